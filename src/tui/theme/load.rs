//! Theme files: parsing, inheritance, and mistakes in them.
//!
//! ```toml
//! inherits = "dark"
//! [palette]
//! sea = "#2e8b97"
//! [roles]
//! bus = "sea"                                        # a colour alone is for the letters
//! "place.free" = { fg = "bright-black" }             # `place` means all of `place.*`
//! selection = { fg = "black", bg = "sea", modifiers = ["bold"] }
//! ```
//! A file only has the differences from the theme it inherits; a palette alone recolours everything
//! the inherited theme draws with those names. A colour is a name of the palette, one
//! of the terminal's 16 (`red`, `bright-red`), `default`, a number up to 255, or `#rrggbb`.

use std::collections::HashMap;

use ratatui::style::{Color, Modifier, Style};
use termprofile::TermProfile;

use super::{BUILTIN, Role, Theme, color, role};
use crate::tui::settings::{Mistake, Reader, Table, Value, nearest};

/// The origin of a theme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThemeOrigin {
    /// Part of the program.
    BuiltIn,
    /// A file in the user's directory.
    User,
}

/// A theme as text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ThemeFile {
    /// The name of the theme: the file's name without `.toml`.
    pub name: String,
    /// The file as shown in messages.
    pub file: String,
    /// The TOML of the theme.
    pub text: String,
    /// The origin of the theme.
    pub origin: ThemeOrigin,
}

/// A theme with the mistakes in its files.
#[derive(Clone, PartialEq, Debug)]
pub struct Loaded {
    /// The theme; unreadable parts are those of the theme it inherits.
    pub theme: Theme,
    /// Mistakes in its file and in the files it inherits.
    pub mistakes: Vec<Mistake>,
    /// Roles without a style in any file; they look like ordinary text.
    pub unstyled: Vec<Role>,
}

/// All available themes: the user's replace embedded ones of the same name.
#[derive(Clone, Debug, Default)]
pub struct Library {
    user: Vec<ThemeFile>,
}

impl Library {
    /// The embedded themes and those of the user.
    pub fn new(mut user: Vec<ThemeFile>) -> Self {
        user.sort_by(|a, b| a.name.cmp(&b.name));
        Self { user }
    }

    /// The names of all themes with their origin: embedded ones first, each name once.
    pub fn names(&self) -> Vec<(&str, ThemeOrigin)> {
        let is_hidden = |name: &str| self.user.iter().any(|file| file.name == name);
        let builtin = BUILTIN.iter().map(|(name, _)| *name).filter(|name| !is_hidden(name));
        let user = self.user.iter().map(|file| (file.name.as_str(), ThemeOrigin::User));
        builtin.map(|name| (name, ThemeOrigin::BuiltIn)).chain(user).collect()
    }

    /// The file of a theme.
    pub fn file(&self, name: &str) -> Option<ThemeFile> {
        self.user.iter().find(|file| file.name == name).cloned().or_else(|| builtin_file(name))
    }

    /// The name nearest to a mistyped one.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.names().into_iter().map(|(known, _)| known))
    }

    /// Loads the theme called `name`, with no more colours than `depth` has. `None` if there is no
    /// theme of that name.
    ///
    /// Without colours every theme looks like `mono`: a theme that relies on colours would have
    /// holes.
    pub fn load(&self, name: &str, depth: TermProfile) -> Option<Loaded> {
        let mut loaded = self.read(self.file(name)?);
        if depth < TermProfile::Ansi16
            && let Some(mono) = builtin_file("mono")
        {
            loaded.theme = self.read(mono).theme;
        }
        loaded.theme = loaded.theme.reduced_to(depth);
        Some(loaded)
    }

    /// Reads one theme file and those it inherits, in full colour.
    pub fn read(&self, file: ThemeFile) -> Loaded {
        let (chain, end) = self.chain(file);
        let mut opened: Vec<_> =
            chain.iter().map(|file| Reader::open(&file.file, &file.text)).collect();
        let mut palette = HashMap::new();
        for (reader, table) in &mut opened {
            read_palette(reader, table, &mut palette);
        }
        if let (Some((reader, table)), Some((message, suggestion))) = (opened.last_mut(), end)
            && let Some(value) = table.get("inherits")
        {
            reader.report(value.span(), "inherits", message, suggestion);
        }
        let mut styles = HashMap::new();
        let mut mistakes = Vec::new();
        for (mut reader, table) in opened {
            read_top(&mut reader, &palette, &table, &mut styles);
            mistakes.extend(reader.close());
        }
        let find = |role: Role| role.names().find_map(|name| styles.get(name)).copied();
        let unstyled = Role::ALL.into_iter().filter(|role| find(*role).is_none()).collect();
        let theme = Theme::from_fn(|role| find(role).unwrap_or_default());
        Loaded { theme, mistakes, unstyled }
    }

    /// The file and all it inherits, nearest first; and the reason if the last one's parent is
    /// missing.
    fn chain(&self, file: ThemeFile) -> (Vec<ThemeFile>, Option<(String, Option<String>)>) {
        let mut chain: Vec<ThemeFile> = Vec::new();
        let mut next = Some(file);
        while let Some(file) = next.take() {
            let (_, table) = Reader::open(&file.file, &file.text);
            let parent = table.get("inherits").and_then(|value| value.get_ref().as_str());
            let parent = parent.map(str::to_owned);
            drop(table);
            chain.push(file);
            let Some(name) = parent else { break };
            next = self.parent(&name, &chain);
            if next.is_none() {
                let end = if chain.iter().any(|seen| seen.name == name) {
                    (format!("`{name}` would inherit itself"), None)
                } else {
                    let suggestion = self.nearest(&name).map(str::to_owned);
                    (format!("there is no theme `{name}`"), suggestion)
                };
                return (chain, Some(end));
            }
        }
        (chain, None)
    }

    /// The theme `name` for the end of this chain: never one that is in it, so that a user's `dark`
    /// can build on the embedded `dark` and nothing runs in a circle.
    fn parent(&self, name: &str, chain: &[ThemeFile]) -> Option<ThemeFile> {
        let is_new = |file: &ThemeFile| !chain.contains(file);
        self.file(name).filter(is_new).or_else(|| builtin_file(name).filter(is_new))
    }
}

fn builtin_file(name: &str) -> Option<ThemeFile> {
    let (name, text) = BUILTIN.iter().find(|(known, _)| *known == name)?;
    Some(ThemeFile {
        name: (*name).to_owned(),
        file: format!("themes/{name}.toml"),
        text: (*text).to_owned(),
        origin: ThemeOrigin::BuiltIn,
    })
}

/// Adds the colours a file names, where no file nearer to the user's has named them.
fn read_palette(reader: &mut Reader<'_>, table: &Table<'_>, palette: &mut HashMap<String, Color>) {
    let Some(value) = table.get("palette") else { return };
    for (name, value) in reader.table("palette", value).into_iter().flatten() {
        let key = format!("palette.{}", name.get_ref());
        // A palette names colours of the world outside, not its own.
        if let Some(color) = read_color(reader, &HashMap::new(), &key, value) {
            palette.entry(name.get_ref().to_string()).or_insert(color);
        }
    }
}

fn read_top(
    reader: &mut Reader<'_>,
    palette: &HashMap<String, Color>,
    table: &Table<'_>,
    styles: &mut HashMap<String, Style>,
) {
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "palette" => {}
            "inherits" => {
                reader.text("inherits", value);
            }
            "roles" => {
                if let Some(roles) = reader.table("roles", value) {
                    read_roles(reader, palette, roles, styles);
                }
            }
            other => reader.unknown_key(key.span(), other, ["inherits", "palette", "roles"]),
        }
    }
}

/// Reads `[roles]`. `place.free = ..` without quotes is a table in TOML and means the same.
fn read_roles(
    reader: &mut Reader<'_>,
    palette: &HashMap<String, Color>,
    roles: &Table<'_>,
    styles: &mut HashMap<String, Style>,
) {
    let mut tables = vec![(String::new(), roles)];
    while let Some((prefix, table)) = tables.pop() {
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            if !prefix.is_empty() && STYLE_KEYS.contains(&key.get_ref().as_ref()) {
                continue;
            }
            if !role::is_known(&name) {
                unknown_role(reader, key.span(), &name);
                continue;
            }
            if let Some(style) = read_style(reader, palette, &name, value) {
                styles.entry(name.clone()).or_insert(style);
            }
            if let Some(inner) = value.get_ref().as_table() {
                tables.push((format!("{name}."), inner));
            }
        }
    }
}

fn unknown_role(reader: &mut Reader<'_>, at: std::ops::Range<usize>, name: &str) {
    let last = name.rsplit('.').next().unwrap_or(name);
    let suggestion = nearest(name, Role::ALL.into_iter().flat_map(Role::names))
        .or_else(|| nearest(last, STYLE_KEYS))
        .map(str::to_owned);
    reader.report(at, &format!("roles.{name}"), "unknown role", suggestion);
}

const STYLE_KEYS: [&str; 3] = ["fg", "bg", "modifiers"];

/// Reads the style of a role: a colour, or a table of colours and modifiers. `None` for a table that
/// only holds longer names.
fn read_style(
    reader: &mut Reader<'_>,
    palette: &HashMap<String, Color>,
    name: &str,
    value: &Value<'_>,
) -> Option<Style> {
    let key = format!("roles.{name}");
    let Some(table) = value.get_ref().as_table() else {
        return read_color(reader, palette, &key, value).map(|color| Style::new().fg(color));
    };
    let mut style = Style::new();
    let mut is_style = table.is_empty();
    for (part, value) in table {
        let part_key = format!("{key}.{}", part.get_ref());
        match part.get_ref().as_ref() {
            "fg" => style.fg = read_color(reader, palette, &part_key, value),
            "bg" => style.bg = read_color(reader, palette, &part_key, value),
            "modifiers" => style = style.add_modifier(read_modifiers(reader, &part_key, value)),
            _ => continue,
        }
        is_style = true;
    }
    is_style.then_some(style)
}

fn read_color(
    reader: &mut Reader<'_>,
    palette: &HashMap<String, Color>,
    key: &str,
    value: &Value<'_>,
) -> Option<Color> {
    let text = match value.get_ref() {
        toml::de::DeValue::Integer(number) => number.to_string(),
        _ => reader.text(key, value)?.to_owned(),
    };
    let found = palette.get(&text).copied().or_else(|| color::parse(&text));
    if found.is_none() {
        let names = color::NAMES.iter().map(|(name, _)| *name);
        let known = palette.keys().map(String::as_str).chain(names);
        let suggestion = nearest(&text, known).map(str::to_owned);
        reader.report(value.span(), key, format!("`{text}` is not a colour"), suggestion);
    }
    found
}

fn read_modifiers(reader: &mut Reader<'_>, key: &str, value: &Value<'_>) -> Modifier {
    let Some(list) = value.get_ref().as_array() else {
        reader.wrong_type(key, value, "a list such as [\"bold\"]");
        return Modifier::empty();
    };
    list.iter().filter_map(|item| reader.choice(key, item, &color::MODIFIERS)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str, text: &str) -> ThemeFile {
        ThemeFile {
            name: name.to_owned(),
            file: format!("{name}.toml"),
            text: text.to_owned(),
            origin: ThemeOrigin::User,
        }
    }

    fn read(text: &str) -> (Loaded, Vec<String>) {
        let loaded = Library::default().read(user("mine", text));
        let mistakes = loaded.mistakes.iter().map(Mistake::to_string).collect();
        (loaded, mistakes)
    }

    #[test]
    fn a_role_falls_back_to_what_stands_before_the_dot() {
        let (loaded, mistakes) = read("[roles]\nplace = \"red\"\n\"place.free\" = 8\n");
        assert_eq!(mistakes, [""; 0]);
        assert_eq!(loaded.theme.style(Role::PlaceStatic), Style::new().fg(Color::Red));
        assert_eq!(loaded.theme.style(Role::PlaceFree), Style::new().fg(Color::Indexed(8)));
        assert!(loaded.unstyled.contains(&Role::Text));
        assert!(!loaded.unstyled.contains(&Role::PlaceRefused));
    }

    #[test]
    fn dots_mean_the_same_with_and_without_quotes() {
        let quoted = read("[roles]\n\"selection.inactive\" = { bg = \"blue\" }\n").0;
        let bare = read("[roles]\nselection.inactive.bg = \"blue\"\n").0;
        assert_eq!(quoted, bare);
        assert_eq!(bare.theme.style(Role::SelectionInactive), Style::new().bg(Color::Blue));
        assert!(bare.unstyled.contains(&Role::Selection));
    }

    #[test]
    fn a_palette_recolours_what_is_inherited() {
        let (loaded, mistakes) = read("inherits = \"dark\"\n[palette]\ngreen = \"#010203\"\n");
        assert_eq!(mistakes, [""; 0]);
        let green = Color::Rgb(1, 2, 3);
        assert_eq!(loaded.theme.style(Role::PlaceStatic).fg, Some(green));
        assert_eq!(loaded.unstyled, []);
    }

    #[test]
    fn names_of_an_inherited_palette_may_be_used() {
        let (loaded, _) = read("inherits = \"dark\"\n[roles]\ndevice = \"violet\"\n");
        assert_eq!(loaded.theme.style(Role::Device), loaded.theme.style(Role::GuestName));
    }

    #[test]
    fn mistakes_name_file_line_key_and_what_was_meant() {
        let text = "inherits = \"drak\"\nrole = 1\n[roles]\nplace.fre = \"red\"\n\
                    bus = { fgg = \"red\", bg = \"gren\", modifiers = [\"blod\"] }\ndim = true\n";
        let (_, mistakes) = read(text);
        assert_eq!(
            mistakes,
            [
                "mine.toml:1:12: inherits: there is no theme `drak`; did you mean `dark`?",
                "mine.toml:2:1: role: unknown key; did you mean `roles`?",
                "mine.toml:4:7: roles.place.fre: unknown role; did you mean `place.free`?",
                "mine.toml:5:9: roles.bus.fgg: unknown role; did you mean `fg`?",
                "mine.toml:5:27: roles.bus.bg: `gren` is not a colour; did you mean `green`?",
                "mine.toml:5:48: roles.bus.modifiers: `blod` is not one of bold, dim, italic, \
                 underline, reverse; did you mean `bold`?",
                "mine.toml:6:7: roles.dim: expected text in quotes, found boolean",
            ]
        );
    }

    #[test]
    fn a_theme_may_build_on_the_embedded_one_it_hides_but_not_on_itself() {
        let library = Library::new(vec![
            user("dark", "inherits = \"dark\"\n[roles]\nbus = 9\n"),
            user("a", "inherits = \"b\"\n"),
            user("b", "inherits = \"a\"\n"),
        ]);
        let dark = library.load("dark", TermProfile::TrueColor).unwrap();
        assert_eq!((dark.mistakes.len(), dark.unstyled.len()), (0, 0));
        assert_eq!(dark.theme.style(Role::Bus).fg, Some(Color::Indexed(9)));
        let circle = library.load("a", TermProfile::TrueColor).unwrap();
        assert_eq!(
            circle.mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>(),
            ["b.toml:1:12: inherits: `a` would inherit itself"]
        );
        assert_eq!(library.names().iter().filter(|(name, _)| *name == "dark").count(), 1);
    }

    #[test]
    fn without_colours_every_theme_is_mono() {
        let library = Library::default();
        let load = |name| library.load(name, TermProfile::NoColor).unwrap().theme;
        assert_eq!(load("nord"), load("mono"));
        assert!(library.load("nrod", TermProfile::NoColor).is_none());
        assert_eq!(library.nearest("nrod"), Some("nord"));
    }
}
