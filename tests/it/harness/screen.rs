//! Driving the screen without a terminal, and pictures of it that record styles.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::harness::snapshots::snapshot;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Color;
use termprofile::TermProfile;
use virt_topo::edit::Revision;
use virt_topo::rows::GlyphSet;
use virt_topo::sources::Source;
use virt_topo::tui::app::{App, Settings};
use virt_topo::tui::keymap::KeyMap;
use virt_topo::tui::script::{Headless, parse_keys, text};
use virt_topo::tui::theme::{Appearance, Layer, Library, Role, Theme};
use virt_topo::tui::views::View;

/// The screen of a demo domain, driven by keys.
pub(crate) struct Script {
    pub(crate) screen: Headless,
}

/// A state with roles as styles.
pub(crate) fn app(source: Source) -> App {
    let text = source.read().unwrap().text;
    let revision = Revision::build(text).unwrap();
    app_of(source, revision)
}

/// The same of a guest that was read already.
pub(crate) fn app_of(source: Source, revision: Revision) -> App {
    let settings = Settings {
        details: None,
        mouse: false,
        clipboard: true,
        theme: "default".to_owned(),
        read_only: false,
        depth: TermProfile::TrueColor,
        allowed: virt_topo::check::Allowed::default(),
    };
    let appearance = Appearance { theme: Theme::marked(), glyphs: GlyphSet::Unicode };
    App::new(source, revision, settings, appearance, Library::default(), KeyMap::default())
}

impl Script {
    /// The screen of a demo domain at 80x24.
    pub(crate) fn open(demo: &str) -> Self {
        let app = app(Source::Demo(demo.to_owned()));
        Self { screen: Headless::new(app, 80, 24) }
    }

    /// Begins with this view.
    pub(crate) fn view(mut self, view: View) -> Self {
        self.screen.app.view = view;
        let size = self.screen.app.size;
        self.size(size.width, size.height)
    }

    /// The terminal has another size.
    pub(crate) fn size(mut self, width: u16, height: u16) -> Self {
        self.screen.send(virt_topo::tui::message::Message::Resize(width, height));
        self
    }

    /// Presses these keys.
    pub(crate) fn keys(mut self, keys: &str) -> Self {
        self.screen.press(&parse_keys(keys).unwrap());
        self
    }

    /// Only ASCII from here on.
    pub(crate) fn ascii(mut self) -> Self {
        self.screen.app.appearance.glyphs = GlyphSet::Ascii;
        self
    }

    /// Draws with a theme instead of with roles.
    pub(crate) fn theme(mut self, name: &str, depth: TermProfile) -> Self {
        self.screen.app.appearance.theme = Library::default().load(name, depth).unwrap().theme;
        self
    }

    /// The screen as text.
    pub(crate) fn text(&self) -> String {
        text(&self.screen.picture())
    }

    /// Compares the screen with its snapshot, styles by role.
    pub(crate) fn shot(self, name: &str) -> Self {
        let picture = self.screen.picture();
        snapshot(&self.name(name), &styled(&picture, by_role));
        self
    }

    /// Compares the screen with its snapshot, styles as they are sent.
    pub(crate) fn shot_of_colours(self, name: &str) -> Self {
        let picture = self.screen.picture();
        snapshot(&self.name(name), &styled(&picture, by_colour));
        self
    }

    fn name(&self, name: &str) -> String {
        let size = self.screen.app.size;
        format!("{name}__{}x{}", size.width, size.height)
    }
}

/// The text, a copy with a letter for each style, and a legend of the letters.
fn styled(picture: &Buffer, name: fn(&Cell) -> String) -> String {
    let mut letters: BTreeMap<String, char> = BTreeMap::new();
    let mut free = ('a'..='z').chain('A'..='Z').chain('0'..='9');
    let mut styles = String::new();
    let area = picture.area;
    for y in area.top()..area.bottom() {
        let line: String = (area.left()..area.right())
            .map(|x| {
                let cell = &picture[(x, y)];
                match name(cell).as_str() {
                    "text" => '.',
                    other => {
                        *letters.entry(other.to_owned()).or_insert_with(|| free.next().unwrap())
                    }
                }
            })
            .collect();
        let _ = writeln!(styles, "{}", line.trim_end_matches('.'));
    }
    let mut legend: Vec<(char, String)> =
        letters.into_iter().map(|(name, letter)| (letter, name)).collect();
    legend.sort_by_key(|(letter, _)| {
        ('a'..='z').chain('A'..='Z').chain('0'..='9').position(|c| c == *letter)
    });
    let mut out = text(picture);
    let _ = write!(out, "---\n{styles}---\n");
    for (letter, name) in legend {
        let _ = writeln!(out, "{letter} {name}");
    }
    out
}

/// The roles of a cell drawn with [`Theme::marked`]: ink on ground.
fn by_role(cell: &Cell) -> String {
    let role = |color, layer| match color {
        Color::Indexed(number) => {
            let role = Role::ALL[usize::from(number)];
            assert_eq!(role.layer(), layer, "{role:?}");
            Some(role.name())
        }
        _ => None,
    };
    let ground = role(cell.bg, Layer::Ground).unwrap_or("none");
    match role(cell.fg, Layer::Ink).filter(|_| cell.symbol() != " ") {
        Some(ink) if ground == "text" => ink.to_owned(),
        Some(ink) => format!("{ink} on {ground}"),
        None => ground.to_owned(),
    }
}

/// Colours and attributes of a cell.
fn by_colour(cell: &Cell) -> String {
    let mut words = Vec::new();
    if cell.fg != Color::Reset && cell.symbol() != " " {
        words.push(cell.fg.to_string());
    }
    if cell.bg != Color::Reset {
        words.push(format!("on {}", cell.bg));
    }
    let modifiers = cell.modifier.iter_names().map(|(name, _)| name.to_lowercase());
    words.extend(modifiers);
    if words.is_empty() { "text".to_owned() } else { words.join(" ") }
}
