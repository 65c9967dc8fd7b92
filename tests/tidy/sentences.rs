//! Every sentence that a user can read: string literals of the program, and the help of its commands.
//!
//! `cargo test --test tidy -- --nocapture sentences` prints the list, so that it can be read in one go.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ExprLit, ExprMethodCall, Item, Lit, Macro, Meta};

use super::{files, holds, read};

/// Words that no sentence for users contains, each with what is written in its place.
const AVOIDED: &[(&str, &str)] = &[
    ("told", "reported, shown, known"),
    ("tell", "report, show, distinguish"),
    ("tells", "reports, shows"),
    ("somebody", "another program, another user"),
    ("nobody", "no device, no program"),
    ("anybody", "any device, any program"),
    ("whom", "the noun"),
    ("mends", "fixes"),
    ("mend", "fix"),
    ("mended", "fixed"),
    ("taken up", "restored"),
    ("done again", "redone"),
    ("take back", "undo"),
    ("taken back", "undone"),
    ("all the same", "anyway"),
    ("where they are", "at their addresses"),
    ("hangs on", "is on, depends on"),
    ("lets go", "releases"),
    ("let go", "release"),
    ("put in", "attach"),
    ("takes nothing", "accepts no devices"),
    ("what now", "choose what to do"),
    ("make room", "reserve ports, free some space"),
];

/// Methods whose argument is a message of libvirt or QEMU, quoted word for word.
const QUOTES: &[&str] = &["quoting", "quote"];

/// A sentence with its place.
struct Sentence {
    at: String,
    text: String,
}

/// The sentences of one file.
struct Reader<'a> {
    path: &'a str,
    found: Vec<Sentence>,
}

impl Reader<'_> {
    fn push(&mut self, line: usize, text: &str) {
        if is_sentence(text) {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            self.found.push(Sentence { at: format!("{}:{line}", self.path), text });
        }
    }

    fn push_tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.push_tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    let line = literal.span().start().line;
                    if let Lit::Str(text) = Lit::new(literal) {
                        self.push(line, &text.value());
                    }
                }
                _ => {}
            }
        }
    }

    /// Documentation of arguments is their help; `#[error]` is the message of an error.
    fn push_attribute(&mut self, attribute: &Attribute, is_help: bool) {
        match &attribute.meta {
            Meta::NameValue(doc) if is_help && doc.path.is_ident("doc") => {
                visit::visit_expr(self, &doc.value);
            }
            Meta::List(list) if list.path.is_ident("error") => {
                self.push_tokens(list.tokens.clone());
            }
            _ => {}
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, is_type): (&[Attribute], bool) = match item {
            Item::Mod(item) => (&item.attrs, false),
            Item::Fn(item) => (&item.attrs, false),
            Item::Struct(item) => (&item.attrs, true),
            Item::Enum(item) => (&item.attrs, true),
            _ => (&[], false),
        };
        if attributes.iter().any(super::source::is_for_tests) {
            return;
        }
        let is_help = is_type && attributes.iter().any(is_of_clap);
        let (fields, variants) = match item {
            Item::Struct(item) => (Some(&item.fields), None),
            Item::Enum(item) => (None, Some(&item.variants)),
            _ => (None, None),
        };
        for attribute in attributes {
            self.push_attribute(attribute, is_help);
        }
        let of_variants = variants.into_iter().flatten().flat_map(|variant| {
            variant.attrs.iter().chain(variant.fields.iter().flat_map(|field| &field.attrs))
        });
        let of_fields = fields.into_iter().flatten().flat_map(|field| &field.attrs);
        for attribute in of_variants.chain(of_fields) {
            self.push_attribute(attribute, is_help);
        }
        visit::visit_item(self, item);
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.visit_expr(&call.receiver);
        if !QUOTES.contains(&call.method.to_string().as_str()) {
            call.args.iter().for_each(|argument| self.visit_expr(argument));
        }
    }

    fn visit_expr_lit(&mut self, literal: &'ast ExprLit) {
        if let Lit::Str(text) = &literal.lit {
            self.push(text.span().start().line, &text.value());
        }
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.push_tokens(call.tokens.clone());
    }
}

/// `#[derive(Args)]` and the other derives of clap.
fn is_of_clap(attribute: &Attribute) -> bool {
    let derives = ["Args", "Parser", "Subcommand", "ValueEnum"];
    matches!(&attribute.meta, Meta::List(list) if list.path.is_ident("derive")
        && list.tokens.to_string().split(|c: char| !c.is_alphanumeric()).any(|word| derives.contains(&word)))
}

/// Whether a text is words for a reader: two words or more, and no XML or path.
fn is_sentence(text: &str) -> bool {
    let words = text.split_whitespace().filter(|word| {
        let letters = word.trim_matches(|letter: char| !letter.is_alphabetic());
        letters.len() > 1
            && letters.chars().all(|letter| letter.is_lowercase() || letter.is_uppercase())
    });
    words.count() > 1 && !text.trim_start().starts_with('<')
}

fn sentences() -> Vec<Sentence> {
    let mut all = Vec::new();
    for path in files("src", "rs") {
        let file = syn::parse_file(&read(&path)).unwrap();
        let mut reader = Reader { path: &path, found: Vec::new() };
        reader.visit_file(&file);
        all.append(&mut reader.found);
    }
    all
}

#[test]
fn sentences_for_users_are_in_plain_words() {
    let all = sentences();
    for sentence in &all {
        println!("{}: {}", sentence.at, sentence.text);
    }
    println!("{} sentences", all.len());
    assert!(all.len() > 1000, "only {} sentences: looked in the wrong place?", all.len());
    let mut broken = Vec::new();
    for Sentence { at, text } in &all {
        let words =
            format!(" {} ", super::words(text).collect::<Vec<_>>().join(" ")).to_lowercase();
        for (avoided, instead) in AVOIDED {
            if words.contains(&format!(" {avoided} ")) {
                broken.push(format!("{at}: `{avoided}` (write: {instead}) in {text:?}"));
            }
        }
    }
    holds("words for users are plain", &broken);
}
