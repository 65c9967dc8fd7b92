//! The configuration: its settings, their meaning, and the template that explains them.
//!
//! This is a pure function of the file's text. [`crate::sources::dirs`] finds and reads the file;
//! command-line options override it in [`crate::cli`].

use strum::{IntoStaticStr, VariantArray};

use crate::check::Allowed;
use crate::machine::libvirt::LibvirtChoice;
use crate::model::Code;
use crate::rows::GlyphSet;
use crate::tui::keymap::{KeyMap, KeyMode, print_sequence};
use crate::tui::settings::{Mistake, Reader, Value};
use crate::tui::theme::{ColorSetting, Library, detect_glyphs};
use crate::tui::views::View;

/// The commented file `virt-topo config template` prints: every key with its default.
pub const TEMPLATE: &str = include_str!("config.toml");

/// The set of signs to draw with.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Ascii {
    /// ASCII on the Linux console and where the locale is not UTF-8.
    #[default]
    Auto,
    /// ASCII in every case.
    Always,
    /// Unicode in every case.
    Never,
}

impl Ascii {
    /// The set to draw with; `variable` looks up an environment variable.
    pub fn glyphs(self, variable: impl Fn(&str) -> Option<String>) -> GlyphSet {
        match self {
            Self::Auto => detect_glyphs(variable),
            Self::Always => GlyphSet::Ascii,
            Self::Never => GlyphSet::Unicode,
        }
    }
}

/// Everything that can be set in `config.toml`.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// The name of the theme.
    pub theme: String,
    /// The number of colours.
    pub color: ColorSetting,
    /// The set of signs.
    pub ascii: Ascii,
    /// Whether clicks and the wheel reach the program from the start.
    pub mouse: bool,
    /// The view shown first.
    pub view: View,
    /// Whether the details are shown from the start in a narrow terminal.
    pub details: bool,
    /// Silenced rules of `check`.
    pub allowed: Allowed,
    /// Whether saving keeps the old file as `NAME.~1~`, `NAME.~2~`, ...
    pub backups: bool,
    /// The answering libvirt to files.
    pub libvirt: LibvirtChoice,
    /// The bindings of keys.
    pub keys: KeyMap,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            theme: "default".to_owned(),
            color: ColorSetting::default(),
            ascii: Ascii::default(),
            mouse: false,
            view: View::default(),
            details: false,
            allowed: Allowed::default(),
            backups: false,
            libvirt: LibvirtChoice::default(),
            keys: KeyMap::default(),
        }
    }
}

const KEYS: [&str; 10] =
    ["theme", "color", "ascii", "mouse", "view", "details", "check", "libvirt", "save", "keys"];

/// The keys of `[libvirt]`.
const LIBVIRT_KEYS: [&str; 1] = ["version"];

/// The keys of `[save]`.
const SAVE_KEYS: [&str; 1] = ["backups"];

impl Config {
    /// Parses a configuration file; `file` is its name in messages. Mistakes are reported, and the
    /// setting keeps its default.
    pub fn parse(file: &str, text: &str, themes: &Library) -> (Self, Vec<Mistake>) {
        let mut config = Self::default();
        let (mut reader, table) = Reader::open(file, text);
        for (key, value) in &table {
            let name = key.get_ref().as_ref();
            if KEYS.contains(&name) {
                config.set(&mut reader, name, value, themes);
            } else {
                reader.unknown_key(key.span(), name, KEYS);
            }
        }
        (config, reader.close())
    }

    fn set(&mut self, reader: &mut Reader<'_>, key: &str, value: &Value<'_>, themes: &Library) {
        /// Sets `target` if the file has a usable value.
        fn keep<T>(target: &mut T, found: Option<T>) {
            if let Some(found) = found {
                *target = found;
            }
        }
        match key {
            "theme" => {
                if let Some(name) = reader.text(key, value) {
                    if themes.file(name).is_some() {
                        name.clone_into(&mut self.theme);
                    } else {
                        let suggestion = themes.nearest(name).map(str::to_owned);
                        let message = format!("there is no theme `{name}`");
                        reader.report(value.span(), key, message, suggestion);
                    }
                }
            }
            "color" => keep(&mut self.color, reader.variant(key, value)),
            "ascii" => keep(&mut self.ascii, reader.variant(key, value)),
            "mouse" => keep(&mut self.mouse, reader.boolean(key, value)),
            "view" => keep(&mut self.view, reader.variant(key, value)),
            "details" => keep(&mut self.details, reader.boolean(key, value)),
            "check" => self.allowed = allowed(reader, value),
            "libvirt" => {
                for (key, value) in reader.table(key, value).into_iter().flatten() {
                    let name = format!("libvirt.{}", key.get_ref());
                    if name == "libvirt.version" {
                        let text = reader.text(&name, value).unwrap_or_default();
                        match text.parse() {
                            Ok(choice) => self.libvirt = choice,
                            Err(message) => reader.report(value.span(), &name, message, None),
                        }
                    } else {
                        reader.unknown_key(key.span(), &name, LIBVIRT_KEYS);
                    }
                }
            }
            "save" => {
                for (key, value) in reader.table(key, value).into_iter().flatten() {
                    let name = format!("save.{}", key.get_ref());
                    if name == "save.backups" {
                        keep(&mut self.backups, reader.boolean(&name, value));
                    } else {
                        reader.unknown_key(key.span(), &name, SAVE_KEYS);
                    }
                }
            }
            _ => self.keys = KeyMap::configured(reader, value),
        }
    }

    /// Everything as it is in force, as a file that would set it so.
    pub fn to_toml(&self) -> String {
        let Self { theme, mouse, details, backups, .. } = self;
        let codes: Vec<&str> = self.allowed.everywhere().map(Code::as_str).collect();
        let color = <&str>::from(self.color);
        let ascii = <&str>::from(self.ascii);
        let view = <&str>::from(self.view);
        let mut text = format!(
            "theme = {theme:?}\ncolor = {color:?}\nascii = {ascii:?}\nmouse = {mouse}\n\
             view = {view:?}\ndetails = {details}\n\n[check]\nallow = {codes:?}\n\n\
             [save]\nbackups = {backups}\n"
        );
        for mode in KeyMode::VARIANTS.iter().copied() {
            let name = mode.into();
            text.extend(["\n[keys.", name, "]\n"]);
            for (_, rows) in self.keys.help(mode) {
                for (_, action) in rows {
                    for keys in self.keys.keys(mode, action) {
                        let keys = toml_string(&print_sequence(keys));
                        text.extend([&keys, " = \"", action.name(), "\"\n"]);
                    }
                }
            }
        }
        text
    }
}

/// `allow = [...]` of the table `check`. A code that no rule has is reported and left out.
fn allowed(reader: &mut Reader<'_>, value: &Value<'_>) -> Allowed {
    let mut allowed = Allowed::default();
    let Some(table) = reader.table("check", value) else { return allowed };
    for (key, value) in table {
        if key.get_ref() != "allow" {
            reader.unknown_key(key.span(), &format!("check.{}", key.get_ref()), ["allow"]);
            continue;
        }
        for (code, at) in reader.texts("check.allow", value) {
            match Allowed::new([code]) {
                Ok(one) => allowed = allowed.and(&one),
                Err(error) => {
                    let message = format!("no rule has the code `{code}`");
                    reader.report(
                        at,
                        "check.allow",
                        message,
                        error.close.map(|code| code.to_string()),
                    );
                }
            }
        }
    }
    allowed
}

/// A text between quotes, as a key of a TOML table.
fn toml_string(text: &str) -> String {
    let quote = if text.contains(['"', '\\']) { '\'' } else { '"' };
    format!("{quote}{text}{quote}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::action::Action;

    fn parse(text: &str) -> (Config, Vec<String>) {
        let (config, mistakes) = Config::parse("config.toml", text, &Library::default());
        (config, mistakes.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_key_sets_something() {
        let (config, mistakes) = parse(
            "theme = \"nord\"\ncolor = \"256\"\nascii = \"always\"\nmouse = true\n\
             view = \"slots\"\ndetails = true\n[check]\nallow = [\"nic-unfrozen\"]\n\
             [libvirt]\nversion = \"11.3\"\n[save]\nbackups = true\n[keys.browse]\nQ = \"quit\"\n",
        );
        assert_eq!(mistakes, [""; 0]);
        let default = Config::default();
        assert_eq!((config.theme.as_str(), config.color), ("nord", ColorSetting::Ansi256));
        assert_eq!((config.ascii, config.mouse), (Ascii::Always, true));
        assert_eq!((config.view, config.details), (View::Slots, true));
        assert_eq!(config.allowed.everywhere().collect::<Vec<_>>(), [Code::NicUnfrozen]);
        assert_ne!(config.keys, default.keys);
        assert!(config.backups);
        assert_eq!(Ok(config.libvirt), "11.3".parse());
        let keys = (KEYS.len(), LIBVIRT_KEYS.len(), SAVE_KEYS.len());
        assert_eq!(keys, (10, 1, 1), "a key was added: set it above");
    }

    #[test]
    fn mistakes_are_reported_and_leave_the_default() {
        let (config, mistakes) = parse(
            "theme = \"nrod\"\ncolour = \"256\"\nview = \"slot\"\nmouse = \"yes\"\n[save]\nbackup = 1",
        );
        assert_eq!(config, Config::default());
        assert_eq!(
            mistakes,
            [
                "config.toml:1:9: theme: there is no theme `nrod`; did you mean `nord`?",
                "config.toml:2:1: colour: unknown key; did you mean `color`?",
                "config.toml:3:8: view: `slot` is not one of topology, slots, drives, usb, problems, changes, xml; \
                 did you mean `slots`?",
                "config.toml:4:9: mouse: expected true or false, found string",
                "config.toml:6:1: save.backup: unknown key; did you mean `backups`?",
            ]
        );
    }

    #[test]
    fn codes_that_no_rule_has_are_reported_with_the_closest() {
        let (config, mistakes) =
            parse("[check]\nallow = [\"pci-duble-use\", \"usb-none\", 3]\nalow = []\n");
        assert_eq!(config.allowed.everywhere().collect::<Vec<_>>(), [Code::UsbNone]);
        assert_eq!(
            mistakes,
            [
                "config.toml:2:10: check.allow: no rule has the code `pci-duble-use`; did you mean \
                 `pci-double-use`?",
                "config.toml:2:39: check.allow: expected text in quotes, found integer",
                "config.toml:3:1: check.alow: unknown key; did you mean `allow`?",
            ]
        );
        assert_eq!(parse("[check]\nallow = \"usb-none\"\n").1.len(), 1);
        assert_eq!(parse("check = 1\n").1.len(), 1);
    }

    #[test]
    fn the_template_without_its_comment_signs_is_the_default() {
        assert_eq!(parse(TEMPLATE), (Config::default(), Vec::new()));
        let settings = TEMPLATE.lines().filter_map(|line| line.strip_prefix('#'));
        let settings: Vec<&str> = settings.filter(|line| !line.starts_with([' ', '#'])).collect();
        let (mut config, mistakes) = parse(&settings.join("\n"));
        assert_eq!(mistakes, [""; 0]);
        config.keys = KeyMap::default();
        assert_eq!(config, Config::default());
        for key in KEYS.into_iter().chain(SAVE_KEYS) {
            assert!(settings.iter().any(|line| line.contains(key)), "{key} is not explained");
        }
    }

    #[test]
    fn what_is_shown_can_be_read_back() {
        let (config, _) = parse(
            "view = \"usb\"\n[check]\nallow = [\"usb-none\"]\n[keys.browse]\n'\\' = \"find\"\nq = \"none\"\n",
        );
        let (again, mistakes) = parse(&config.to_toml());
        assert_eq!(mistakes, [""; 0]);
        assert_eq!((again.view, &again.allowed), (View::Usb, &config.allowed));
        for mode in KeyMode::VARIANTS.iter().copied() {
            for action in Action::ALL.into_iter().filter(|action| action.is_for(mode)) {
                for keys in config.keys.keys(mode, action) {
                    assert_eq!(again.keys.action(mode, keys), Some(action));
                }
            }
        }
    }

    #[test]
    fn ascii_can_be_forced_either_way() {
        let utf8 = |name: &str| (name == "LANG").then(|| "C.UTF-8".to_owned());
        assert_eq!(Ascii::Auto.glyphs(utf8), GlyphSet::Unicode);
        assert_eq!(Ascii::Always.glyphs(utf8), GlyphSet::Ascii);
        assert_eq!(Ascii::Never.glyphs(|_| None), GlyphSet::Unicode);
    }
}
