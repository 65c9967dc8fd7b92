//! A key with its modifiers: its spelling, and its different forms in terminals.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A key with modifiers. Two reports of the same key are equal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

const MODIFIERS: [(&str, KeyModifiers); 3] = [
    ("ctrl-", KeyModifiers::CONTROL),
    ("alt-", KeyModifiers::ALT),
    ("shift-", KeyModifiers::SHIFT),
];

/// Names of keys that are not letters. Where a key has two, the first is printed.
const NAMES: [(&str, KeyCode); 21] = [
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("return", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("escape", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("del", KeyCode::Delete),
    ("delete", KeyCode::Delete),
    ("ins", KeyCode::Insert),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pageup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("pagedown", KeyCode::PageDown),
];

impl Chord {
    /// The chord of a key without modifiers.
    pub fn plain(code: KeyCode) -> Self {
        Self::new(code, KeyModifiers::NONE)
    }

    /// The chord of a key and modifiers, in the one form all reports of it share: an upper-case
    /// letter instead of shift, lower case under ctrl, shift-tab instead of back-tab.
    pub fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let known = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        let mut modifiers = modifiers & known;
        let code = match code {
            KeyCode::BackTab => {
                modifiers |= KeyModifiers::SHIFT;
                KeyCode::Tab
            }
            KeyCode::Char(letter) => {
                let shifted = modifiers.contains(KeyModifiers::SHIFT);
                modifiers -= KeyModifiers::SHIFT;
                if modifiers.contains(KeyModifiers::CONTROL) {
                    KeyCode::Char(letter.to_ascii_lowercase())
                } else if shifted {
                    KeyCode::Char(letter.to_ascii_uppercase())
                } else {
                    KeyCode::Char(letter)
                }
            }
            other => other,
        };
        Self { code, modifiers }
    }

    /// The chord of a terminal event; nothing for a key that is let go.
    pub fn from_event(event: KeyEvent) -> Option<Self> {
        (event.kind != KeyEventKind::Release).then(|| Self::new(event.code, event.modifiers))
    }

    /// A terminal event that is this key being pressed.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.modifiers)
    }

    /// The letter it writes into a text field.
    pub fn letter(self) -> Option<char> {
        match self.code {
            KeyCode::Char(letter) if self.modifiers.is_empty() => Some(letter),
            _ => None,
        }
    }

    /// The digit of the key, with or without alt, and whether alt was held.
    pub fn digit(self) -> Option<(u32, bool)> {
        let KeyCode::Char(letter) = self.code else { return None };
        let with_alt = self.modifiers == KeyModifiers::ALT;
        (with_alt || self.modifiers.is_empty()).then_some(())?;
        Some((letter.to_digit(10)?, with_alt))
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, modifier) in MODIFIERS {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        if let Some((name, _)) = NAMES.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(letter) => write!(f, "{letter}"),
            KeyCode::F(number) => write!(f, "F{number}"),
            // Keys that cannot be spelt are not bound either; their name is for messages.
            other => write!(f, "{other:?}"),
        }
    }
}

impl FromStr for Chord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        while let Some((modifier, tail)) = split_modifier(rest) {
            modifiers |= modifier;
            rest = tail;
        }
        let code = parse_code(rest).ok_or_else(|| format!("`{rest}` is not a key"))?;
        let chord = Self::new(code, modifiers);
        let is_letter = matches!(code, KeyCode::Char(letter) if letter.is_ascii_alphabetic());
        if modifiers.contains(KeyModifiers::SHIFT)
            && matches!(code, KeyCode::Char(_))
            && !(is_letter && modifiers == KeyModifiers::SHIFT)
        {
            return Err(format!("`{text}`: terminals do not report shift with this key"));
        }
        Ok(chord)
    }
}

/// Takes one modifier off the front, unless nothing would be left: `ctrl--` is ctrl with `-`.
fn split_modifier(text: &str) -> Option<(KeyModifiers, &str)> {
    MODIFIERS.into_iter().find_map(|(name, modifier)| {
        let (head, tail) = text.split_at_checked(name.len())?;
        (head.eq_ignore_ascii_case(name) && !tail.is_empty()).then_some((modifier, tail))
    })
}

fn parse_code(text: &str) -> Option<KeyCode> {
    let mut letters = text.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return (!letter.is_control() && letter != ' ').then_some(KeyCode::Char(letter));
    }
    let named = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    named.map(|(_, code)| *code).or_else(|| {
        let number = text.strip_prefix(['F', 'f'])?.parse().ok()?;
        (1..=24).contains(&number).then_some(KeyCode::F(number))
    })
}

/// Parses a sequence: chords with blanks between them, `g g`.
///
/// # Errors
/// The part that is no key, as half a sentence.
pub fn parse_sequence(text: &str) -> Result<Vec<Chord>, String> {
    let chords: Vec<Chord> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    if chords.is_empty() { Err("no key is given".to_owned()) } else { Ok(chords) }
}

/// Prints a sequence as [`parse_sequence`] reads it.
pub fn print_sequence(chords: &[Chord]) -> String {
    chords.iter().map(Chord::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_printed_in_one_way() {
        let cases = [
            ("ctrl-p", "ctrl-p"),
            ("Ctrl-P", "ctrl-p"),
            ("alt-enter", "alt-enter"),
            ("ctrl-alt-x", "ctrl-alt-x"),
            ("alt-ctrl-x", "ctrl-alt-x"),
            ("g g", "g g"),
            ("G", "G"),
            ("shift-g", "G"),
            ("f5", "F5"),
            ("F", "F"),
            ("?", "?"),
            ("+", "+"),
            ("-", "-"),
            ("ctrl--", "ctrl--"),
            ("é", "é"),
            ("space", "space"),
            ("Escape", "esc"),
            ("shift-tab", "shift-tab"),
            ("PageDown", "pgdn"),
        ];
        for (text, printed) in cases {
            let chords = parse_sequence(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(print_sequence(&chords), printed, "{text}");
            assert_eq!(parse_sequence(printed), Ok(chords), "{printed}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "  ", "ctrl-", "hyper-x", "F25", "F0", "gg", "shift-?", "ctrl-shift-a"] {
            assert!(parse_sequence(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn different_reports_of_one_key_are_equal() {
        let shift = KeyModifiers::SHIFT;
        let cases = [
            (KeyCode::Char('?'), shift, "?"),
            (KeyCode::Char('G'), shift, "G"),
            (KeyCode::Char('g'), shift, "G"),
            (KeyCode::BackTab, KeyModifiers::NONE, "shift-tab"),
            (KeyCode::BackTab, shift, "shift-tab"),
            (KeyCode::Char('P'), KeyModifiers::CONTROL | shift, "ctrl-p"),
            (KeyCode::Char('x'), KeyModifiers::SUPER, "x"),
        ];
        for (code, modifiers, expected) in cases {
            assert_eq!(Chord::new(code, modifiers), expected.parse().unwrap(), "{code:?}");
        }
        let mut event = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE);
        assert!(Chord::from_event(event).is_some());
        event.kind = KeyEventKind::Release;
        assert_eq!(Chord::from_event(event), None);
    }

    #[test]
    fn only_plain_letters_are_text() {
        let letter = |text: &str| text.parse::<Chord>().unwrap().letter();
        assert_eq!(letter("Q"), Some('Q'));
        assert_eq!(letter("space"), Some(' '));
        assert_eq!(letter("ctrl-q"), None);
        assert_eq!(letter("enter"), None);
    }
}
