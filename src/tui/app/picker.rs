//! A list to choose from by typing a few letters: devices, commands, themes.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use tui_input::Input;

use super::saving::{Answer, Question};
use crate::edit::Command;
use crate::rows::Target;
use crate::tui::action::Action;

/// The contents of a list to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickerKind {
    /// Devices of the guest.
    Find,
    /// Actions of the program.
    Palette,
    /// Themes, without a field: the selected one is shown at once.
    Theme,
    /// Demo domains, without a field.
    Demo,
    /// Answers to a question, without a field.
    Ask(Question),
    /// Changes of the guest, under this title.
    Command(&'static str),
}

/// The meaning of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A row of the tree.
    Target(Target),
    /// An action of the program.
    Action(Action),
    /// A theme by name.
    Theme(String),
    /// A demo domain by name.
    Demo(&'static str),
    /// An answer to a question.
    Answer(Answer),
    /// A change of the guest.
    Command(Box<Command>),
}

/// A line of the list.
#[derive(Clone, Debug)]
pub struct Item {
    /// The meaning of the line.
    pub choice: Choice,
    /// The text to match.
    pub label: String,
    /// The text beside it.
    pub hint: String,
}

/// A match: which item, and which of its letters matched.
#[derive(Clone, Debug)]
pub struct PickerMatch {
    /// Number of the item.
    pub item: usize,
    /// Letters of its label, counted in characters.
    pub letters: Vec<u32>,
}

/// A list with the typed text and the matching lines.
#[derive(Clone, Debug)]
pub struct Picker {
    /// The contents of the list.
    pub kind: PickerKind,
    /// The text typed so far.
    pub input: Input,
    /// Everything there is.
    pub items: Vec<Item>,
    /// The matching lines, best first.
    pub matches: Vec<PickerMatch>,
    /// The match that is selected.
    pub cursor: usize,
}

impl Picker {
    /// A list of everything in `items`.
    pub fn new(kind: PickerKind, items: Vec<Item>) -> Self {
        let mut picker =
            Self { kind, input: Input::default(), items, matches: Vec::new(), cursor: 0 };
        picker.search();
        picker
    }

    /// The title of the list.
    pub fn title(&self) -> &'static str {
        match self.kind {
            PickerKind::Find => "go to",
            PickerKind::Palette => "command",
            PickerKind::Theme => "theme",
            PickerKind::Demo => "demo domains",
            PickerKind::Ask(question) => question.title(),
            PickerKind::Command(title) => title,
        }
    }

    /// Whether there is a text field above the list.
    pub fn has_field(&self) -> bool {
        matches!(self.kind, PickerKind::Find | PickerKind::Palette | PickerKind::Command(_))
    }

    /// The selected line.
    pub fn choice(&self) -> Option<&Choice> {
        let found = self.matches.get(self.cursor)?;
        self.items.get(found.item).map(|item| &item.choice)
    }

    /// Selects the line of `choice`, where it is.
    pub fn select(&mut self, choice: &Choice) {
        let is_it =
            |found: &PickerMatch| self.items.get(found.item).map(|i| &i.choice) == Some(choice);
        self.cursor = self.matches.iter().position(is_it).unwrap_or_default();
    }

    /// Moves the selection by so many lines, not around the ends.
    pub fn step(&mut self, by: isize) {
        let last = self.matches.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(by).min(last);
    }

    /// Finds the lines that match the input; without input all lines in their own order.
    pub fn search(&mut self) {
        self.cursor = 0;
        let pattern = Pattern::parse(self.input.value(), CaseMatching::Smart, Normalization::Smart);
        if pattern.atoms.is_empty() {
            let all = 0..self.items.len();
            self.matches = all.map(|item| PickerMatch { item, letters: Vec::new() }).collect();
            return;
        }
        let mut matcher = Matcher::new(Config::DEFAULT);
        let (mut buffer, mut old_name) = (Vec::new(), Vec::new());
        let mut found: Vec<(u32, PickerMatch)> = Vec::new();
        for (item, line) in self.items.iter().enumerate() {
            let mut letters = Vec::new();
            let text = Utf32Str::new(&line.label, &mut buffer);
            let score = pattern.indices(text, &mut matcher, &mut letters);
            // An action is found by its name of an earlier version too; no letters of that are shown.
            let by_old_name = || {
                let Choice::Action(action) = line.choice else { return None };
                let scores = action.old_names().filter_map(|old| {
                    pattern.score(Utf32Str::new(old, &mut old_name), &mut matcher)
                });
                scores.max()
            };
            if let Some(score) = score.or_else(by_old_name) {
                letters.sort_unstable();
                letters.dedup();
                found.push((score, PickerMatch { item, letters }));
            }
        }
        found.sort_by_key(|(score, found)| (std::cmp::Reverse(*score), found.item));
        self.matches = found.into_iter().map(|(_, found)| found).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picker(labels: &[&str]) -> Picker {
        let item = |label: &&str| Item {
            choice: Choice::Theme((*label).to_owned()),
            label: (*label).to_owned(),
            hint: String::new(),
        };
        Picker::new(PickerKind::Theme, labels.iter().map(item).collect())
    }

    #[test]
    fn a_few_letters_find_the_best_match_first() {
        let mut picker = picker(&["view-topology", "view-slots", "toggle-fold", "quit"]);
        picker.input = Input::new("slo".to_owned());
        picker.search();
        assert_eq!(picker.choice(), Some(&Choice::Theme("view-slots".to_owned())));
        assert_eq!(picker.matches[0].letters, [5, 6, 7]);
        picker.input = Input::new("zzz".to_owned());
        picker.search();
        assert_eq!(picker.choice(), None);
    }

    #[test]
    fn the_selection_stays_within_the_list() {
        let mut picker = picker(&["a", "b", "c"]);
        picker.step(10);
        assert_eq!(picker.cursor, 2);
        picker.step(-10);
        assert_eq!(picker.cursor, 0);
    }
}
