//! Rules of the wording: comments name their subject, and each type has a name of its own.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprLit, Field, Ident, ItemMod, Lit, Meta, Variant};

use crate::{files, read};

/// Words by which a comment avoids the noun, or makes a person of a device.
const AVOIDED: [&str; 9] =
    ["told", "tell", "tells", "somebody", "nobody", "anybody", "whom", "whose", "stands"];
/// Occurrences of [`AVOIDED`] per 1,000 words of comments.
const MOST_AVOIDED: usize = 1;
/// Words in the description of a field or variant.
const LEAST_WORDS: usize = 3;
/// Words that name nothing by themselves.
const EMPTY: [&str; 44] = [
    "a", "all", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "here",
    "how", "in", "is", "it", "its", "many", "may", "now", "of", "on", "one", "so", "that", "the",
    "there", "they", "this", "those", "to", "was", "were", "what", "when", "where", "which", "who",
    "whom", "whose", "why", "with",
];

/// Names that several types have, each with the reason.
const ALIKE: &[(&str, &str)] = &[
    (
        "Command",
        "a command of the program with its options, and the change of a guest that it makes",
    ),
    ("View", "the values of `--view`, and the views of the screen: the layers must not share one"),
];

/// The words of the comments of a file: lines that begin with `//`.
fn comments(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim_start).filter(|line| line.starts_with("//"));
    lines.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '_'))
}

#[test]
fn comments_name_their_subject() {
    let paths = ["src", "tests", "benches", "fuzz/fuzz_targets"];
    let (mut all, mut avoided) = (0, BTreeMap::new());
    for path in paths.iter().flat_map(|folder| files(folder, "rs")) {
        for word in comments(&read(&path)).filter(|word| !word.is_empty()) {
            all += 1;
            if AVOIDED.iter().any(|avoided| word.eq_ignore_ascii_case(avoided)) {
                *avoided.entry(path.clone()).or_insert(0) += 1;
            }
        }
    }
    let count: usize = avoided.values().sum();
    assert!(
        count * 1000 <= all * MOST_AVOIDED,
        "{count} of {all} words of comments are of {AVOIDED:?}: name the subject; {avoided:#?}"
    );
}

/// The fields, variants and types of one file.
#[derive(Default)]
struct Items {
    /// Line, name and description of each described field and variant.
    described: Vec<(usize, String, String)>,
    types: Vec<(usize, String)>,
}

impl Items {
    fn of(path: &str) -> Self {
        let mut items = Self::default();
        items.visit_file(&syn::parse_file(&read(path)).unwrap());
        items
    }

    fn describe(&mut self, name: &Ident, attributes: &[Attribute]) {
        let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        });
        let text: Vec<String> = lines.collect();
        if !text.is_empty() {
            self.described.push((name.span().start().line, name.to_string(), text.join(" ")));
        }
    }
}

/// Whether descriptions of the type are help texts of the command line.
fn is_of_command_line(attribute: &Attribute) -> bool {
    let derived = ["Parser", "Args", "Subcommand", "ValueEnum"];
    attribute.path().is_ident("derive")
        && attribute
            .parse_args_with(
                syn::punctuated::Punctuated::<syn::Path, syn::Token![,]>::parse_terminated,
            )
            .is_ok_and(|paths| {
                paths.iter().any(|path| derived.iter().any(|name| path.is_ident(name)))
            })
}

impl<'a> Visit<'a> for Items {
    fn visit_field(&mut self, field: &'a Field) {
        if let Some(name) = &field.ident {
            self.describe(name, &field.attrs);
        }
        visit::visit_field(self, field);
    }

    fn visit_variant(&mut self, variant: &'a Variant) {
        self.describe(&variant.ident, &variant.attrs);
        visit::visit_variant(self, variant);
    }

    fn visit_item_mod(&mut self, module: &'a ItemMod) {
        if !module.attrs.iter().any(|attribute| attribute.path().is_ident("cfg")) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item(&mut self, item: &'a syn::Item) {
        let (name, attributes) = match item {
            syn::Item::Struct(item) => (&item.ident, &item.attrs),
            syn::Item::Enum(item) => (&item.ident, &item.attrs),
            syn::Item::Type(item) => (&item.ident, &item.attrs),
            syn::Item::Trait(item) => (&item.ident, &item.attrs),
            _ => return visit::visit_item(self, item),
        };
        self.types.push((name.span().start().line, name.to_string()));
        let described = self.described.len();
        visit::visit_item(self, item);
        if attributes.iter().any(is_of_command_line) {
            self.described.truncate(described);
        }
    }
}

#[test]
fn a_description_has_a_noun_and_three_words() {
    let mut broken = Vec::new();
    for path in files("src", "rs") {
        for (line, name, text) in Items::of(&path).described {
            let words: Vec<&str> = text.split_whitespace().collect();
            let is_empty = |word: &&str| {
                let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
                EMPTY.contains(&bare.as_str())
            };
            if words.len() < LEAST_WORDS || words.iter().all(is_empty) {
                broken.push(format!("{path}:{line}: {name}: {}", text.trim()));
            }
        }
    }
    assert!(
        broken.is_empty(),
        "name the subject, in {LEAST_WORDS} words or more:\n{}",
        broken.join("\n")
    );
}

#[test]
fn each_type_has_a_name_of_its_own() {
    let mut places: BTreeMap<String, Vec<(String, usize)>> = BTreeMap::new();
    for path in files("src", "rs") {
        for (line, name) in Items::of(&path).types {
            places.entry(name).or_default().push((path.clone(), line));
        }
    }
    let files_of = |places: &[(String, usize)]| -> BTreeSet<String> {
        places.iter().map(|(path, _)| path.clone()).collect()
    };
    places.retain(|_, places| files_of(places).len() > 1);
    let (mut broken, mut unused) = (Vec::new(), Vec::new());
    for (name, places) in &places {
        if !ALIKE.iter().any(|row| row.0 == name) {
            let at: Vec<String> =
                places.iter().map(|(path, line)| format!("{path}:{line}")).collect();
            broken.push(format!("{name}: {}", at.join(", ")));
        }
    }
    unused.extend(ALIKE.iter().map(|row| row.0).filter(|name| !places.contains_key(*name)));
    assert!(
        broken.is_empty(),
        "types of one name, without a reason in `ALIKE`:\n{}",
        broken.join("\n")
    );
    assert!(unused.is_empty(), "no types of one name any more: {unused:?}");
}
