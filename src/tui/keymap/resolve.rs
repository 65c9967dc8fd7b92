//! From keys pressed one after the other to the action they ask for.
//!
//! A *count* repeats an action: `alt-1 2 j` goes twelve rows down. Plain digits choose a view, so a
//! count begins with alt; once begun, plain digits continue it. A digit that is bound to nothing
//! begins a count too: whoever unbinds the views' digits in the configuration counts as in vi.

use crossterm::event::KeyCode;

use super::{Chord, KeyMap, KeyMode, print_sequence};
use crate::tui::action::Action;

/// The keys pressed so far that are not an action yet.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Pending {
    count: Option<u32>,
    chords: Vec<Chord>,
}

/// The result of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resolved {
    /// An action, and how often.
    Action(Action, Count),
    /// The beginning of something.
    Waiting,
    /// A letter for the text field.
    Text(char),
    /// The key has no binding.
    Unbound,
}

/// The repeat count of an action.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Count(Option<u32>);

/// The highest count, so that a count cannot hang the program.
const MAX_COUNT: u32 = 9999;

impl Count {
    /// The count, from 1 to 9999; 1 if none was typed.
    pub fn times(self) -> usize {
        self.0.unwrap_or(1).clamp(1, MAX_COUNT) as usize
    }

    /// The number, where one was typed.
    pub fn typed(self) -> Option<u32> {
        self.0
    }
}

impl KeyMode {
    /// Whether an unbound letter is text: any in a field; while a device is moved, characters of an
    /// address.
    fn takes(self, letter: char) -> bool {
        match self {
            Self::Input => true,
            Self::Move => letter.is_ascii_hexdigit() || ":.".contains(letter),
            _ => false,
        }
    }
}

impl Pending {
    /// Whether no key is pending.
    pub fn is_empty(&self) -> bool {
        self.count.is_none() && self.chords.is_empty()
    }

    /// Formats the keys for the status line: `12 g`.
    pub fn shown(&self) -> String {
        let count = self.count.map(|count| count.to_string()).unwrap_or_default();
        format!("{count} {}", print_sequence(&self.chords)).trim().to_owned()
    }

    /// Forgets everything, as when the mode changes.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

impl KeyMap {
    /// The result of `chord` in `mode`, after the pending keys.
    pub fn resolve(&self, mode: KeyMode, pending: &mut Pending, chord: Chord) -> Resolved {
        if !pending.is_empty() && chord == Chord::plain(KeyCode::Esc) {
            // Cancels the pending keys only.
            pending.clear();
            return Resolved::Waiting;
        }
        if pending.chords.is_empty()
            && let Some(count) = self.counted(mode, pending, chord)
        {
            pending.count = Some(count);
            return Resolved::Waiting;
        }
        pending.chords.push(chord);
        if self.begins(mode, &pending.chords) {
            return Resolved::Waiting;
        }
        let Pending { count, chords } = std::mem::take(pending);
        if let Some(action) = self.action(mode, &chords) {
            return Resolved::Action(action, Count(count));
        }
        match chord.letter() {
            Some(letter) if mode.takes(letter) && chords.len() == 1 => Resolved::Text(letter),
            _ => Resolved::Unbound,
        }
    }

    /// The count after this digit, where it is one.
    fn counted(&self, mode: KeyMode, pending: &Pending, chord: Chord) -> Option<u32> {
        if mode.takes('1') {
            return None;
        }
        let (digit, with_alt) = chord.digit()?;
        let is_bound = || self.begins(mode, &[chord]) || self.action(mode, &[chord]).is_some();
        match pending.count {
            Some(count) => Some((count * 10 + digit).min(MAX_COUNT)),
            None if digit == 0 || (!with_alt && is_bound()) => None,
            None => Some(digit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Presses the chords of `text` in turn; all that came of it.
    fn press(map: &KeyMap, mode: KeyMode, text: &str) -> Vec<Resolved> {
        let mut pending = Pending::default();
        text.split_whitespace()
            .map(|chord| map.resolve(mode, &mut pending, chord.parse().unwrap()))
            .filter(|resolved| *resolved != Resolved::Waiting)
            .collect()
    }

    fn once(action: Action) -> Resolved {
        Resolved::Action(action, Count(None))
    }

    #[test]
    fn keys_and_sequences_lead_to_actions() {
        let map = KeyMap::default();
        let browse = |text| press(&map, KeyMode::Browse, text);
        assert_eq!(browse("j"), [once(Action::Down)]);
        assert_eq!(browse("down k"), [once(Action::Down), once(Action::Up)]);
        assert_eq!(browse("g g"), [once(Action::Home)]);
        assert_eq!(browse("G"), [once(Action::End)]);
        assert_eq!(browse("y x"), [once(Action::CopyXml)]);
        assert_eq!(browse("g !"), [Resolved::Unbound]);
        assert_eq!(browse("g"), []);
        assert_eq!(browse("g esc"), []);
        assert_eq!(browse("alt-1 esc"), []);
        assert_eq!(browse("esc"), [once(Action::Cancel)]);
    }

    #[test]
    fn a_count_begins_with_alt_and_goes_on_with_digits() {
        let map = KeyMap::default();
        let times = |text| match press(&map, KeyMode::Browse, text)[..] {
            [Resolved::Action(Action::Down, count)] => count.times(),
            ref other => panic!("{text}: {other:?}"),
        };
        assert_eq!(times("j"), 1);
        assert_eq!(times("alt-1 2 j"), 12);
        assert_eq!(times("alt-1 0 0 0 0 0 j"), 9999);
        assert_eq!(times("9 j"), 9);
        assert_eq!(press(&map, KeyMode::Browse, "2"), [once(Action::ViewSlots)]);
        assert_eq!(press(&map, KeyMode::Browse, "0"), [Resolved::Unbound]);
    }

    #[test]
    fn letters_typed_in_a_field_are_text() {
        let map = KeyMap::default();
        let typed = press(&map, KeyMode::Input, "q 1 : space alt-x ctrl-w");
        let letters = ['q', '1', ':', ' '].map(Resolved::Text);
        assert_eq!(typed[..4], letters);
        assert_eq!(typed[4..], [Resolved::Unbound, once(Action::DeleteWord)]);
    }

    #[test]
    fn what_is_pending_can_be_shown_and_forgotten() {
        let map = KeyMap::default();
        let mut pending = Pending::default();
        for chord in ["alt-1", "2", "g"] {
            map.resolve(KeyMode::Browse, &mut pending, chord.parse().unwrap());
        }
        assert_eq!(pending.shown(), "12 g");
        pending.clear();
        assert!(pending.is_empty());
    }
}
