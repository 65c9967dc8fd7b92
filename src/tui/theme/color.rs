//! Colours: their spelling in a theme, and the number that the terminal has.
//!
//! The terminal's abilities are determined once; themes are reduced to them on load. Drawing is
//! independent of them.

use ratatui::style::{Color, Modifier};
use strum::{IntoStaticStr, VariantArray};
use termprofile::{DetectorSettings, TermProfile};

/// The names of the terminal's own 16 colours, and `default` for its foreground and background.
pub(super) const NAMES: [(&str, Color); 17] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

/// The names of the attributes a theme may ask for.
pub(super) const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

/// A colour by name (`red`, `bright-blue`, `default`), number (`0` to `255`) or hex (`#rgb`,
/// `#rrggbb`).
pub(super) fn parse(text: &str) -> Option<Color> {
    if let Some(hex) = text.strip_prefix('#') {
        return parse_hex(hex);
    }
    if let Some((_, color)) = NAMES.iter().find(|(name, _)| *name == text) {
        return Some(*color);
    }
    text.parse().ok().map(Color::Indexed)
}

fn parse_hex(hex: &str) -> Option<Color> {
    if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let number = u32::from_str_radix(hex, 16).ok()?;
    let [_, red, green, blue] = match hex.len() {
        6 => number,
        // Each digit is doubled: `#8af` is `#88aaff`.
        3 => ((number & 0xf00) << 8 | (number & 0xf0) << 4 | number & 0xf) * 0x11,
        _ => return None,
    }
    .to_be_bytes();
    Some(Color::Rgb(red, green, blue))
}

/// The choice of `--color` or the configuration.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum ColorSetting {
    /// As many colours as the terminal reports; `NO_COLOR` is respected.
    #[default]
    Auto,
    /// 24 bits per colour.
    #[strum(serialize = "truecolor")]
    TrueColor,
    /// The 256 colours of xterm.
    #[strum(serialize = "256")]
    Ansi256,
    /// The 16 colours of the terminal.
    #[strum(serialize = "16")]
    Ansi16,
    /// No colour codes; bold, underline and reverse stay.
    Never,
}

impl ColorSetting {
    /// The number of colours on standard output, by the environment's description of the terminal.
    pub fn depth(self) -> TermProfile {
        match self {
            Self::Auto => {
                // Asking `tmux info` would start a process; inside tmux 256 colours it is.
                let settings = DetectorSettings::default().enable_tmux_info(false);
                // A screen that is drawn at all is on a terminal: less than "no colour" is not
                // useful here.
                TermProfile::detect(&std::io::stdout(), settings).max(TermProfile::NoColor)
            }
            Self::TrueColor => TermProfile::TrueColor,
            Self::Ansi256 => TermProfile::Ansi256,
            Self::Ansi16 => TermProfile::Ansi16,
            Self::Never => TermProfile::NoColor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_in_every_spelling() {
        let cases = [
            ("default", Some(Color::Reset)),
            ("bright-black", Some(Color::DarkGray)),
            ("white", Some(Color::Gray)),
            ("0", Some(Color::Indexed(0))),
            ("255", Some(Color::Indexed(255))),
            ("#102030", Some(Color::Rgb(0x10, 0x20, 0x30))),
            ("#8aF", Some(Color::Rgb(0x88, 0xaa, 0xff))),
            ("256", None),
            ("#12", None),
            ("#+12345", None),
            ("#1020304", None),
            ("rde", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn never_means_no_colours_but_still_attributes() {
        assert_eq!(ColorSetting::Never.depth(), TermProfile::NoColor);
        assert!(ColorSetting::Auto.depth() >= TermProfile::NoColor);
    }
}
