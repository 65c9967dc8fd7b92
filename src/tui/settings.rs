//! Settings files: TOML whose mistakes are collected, with file, line and key, instead of ending
//! the reading at the first one.
//!
//! Configuration, key bindings and themes are read through [`Reader`]. An invalid value
//! is reported and skipped, so a typing error never prevents the start. Opening files
//! is done elsewhere; nothing here touches the disk.

use std::fmt;
use std::ops::Range;

use strum::VariantArray;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::text::Printable;

/// A mistake in a settings file, with its place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mistake {
    /// The file, as the person knows it.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The key it is about, dotted; empty for a syntax error.
    pub key: String,
    /// The problem, as half a sentence.
    pub message: String,
    /// The probable intention.
    pub suggestion: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean `{suggestion}`?"),
            None => Ok(()),
        }
    }
}

/// A table of a settings file: keys and values have spans.
pub type Table<'a> = DeTable<'a>;
/// A value of a settings file, with the bytes it was read from.
pub type Value<'a> = Spanned<DeValue<'a>>;

/// Reads one settings file and collects its mistakes.
pub struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    mistakes: Vec<Mistake>,
}

impl<'a> Reader<'a> {
    /// Starts reading `text`; `file` is its name in messages. Syntax errors are collected and
    /// whatever could be read is returned.
    pub fn open(file: &'a str, text: &'a str) -> (Self, Table<'a>) {
        let mut reader = Self { file, text, mistakes: Vec::new() };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            reader.report(error.span().unwrap_or_default(), "", message, None);
        }
        (reader, table.into_inner())
    }

    /// Collects a mistake about `key`, found at the bytes `at`. Key and message may quote the file: both are made
    /// printable here.
    pub fn report(
        &mut self,
        at: Range<usize>,
        key: &str,
        message: impl Into<String>,
        suggestion: Option<String>,
    ) {
        let before = self.text.get(..at.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        self.mistakes.push(Mistake {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            key: Printable::new(key).to_string(),
            message: Printable::new(&message.into()).to_string(),
            suggestion,
        });
    }

    /// Reports an unknown key, with the nearest one of `known`.
    pub fn unknown_key<'k>(
        &mut self,
        at: Range<usize>,
        key: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        let last = key.rsplit('.').next().unwrap_or(key);
        let suggestion = nearest(last, known).map(str::to_owned);
        self.report(at, key, "unknown key", suggestion);
    }

    /// The value as text; reports anything else.
    pub fn text<'v>(&mut self, key: &str, value: &'v Value<'_>) -> Option<&'v str> {
        let found = value.get_ref().as_str();
        if found.is_none() {
            self.wrong_type(key, value, "text in quotes");
        }
        found
    }

    /// The value as yes or no; reports anything else.
    pub fn boolean(&mut self, key: &str, value: &Value<'_>) -> Option<bool> {
        let found = value.get_ref().as_bool();
        if found.is_none() {
            self.wrong_type(key, value, "true or false");
        }
        found
    }

    /// The value as a table; reports anything else.
    pub fn table<'v, 'd>(&mut self, key: &str, value: &'v Value<'d>) -> Option<&'v Table<'d>> {
        let found = value.get_ref().as_table();
        if found.is_none() {
            self.wrong_type(key, value, "a table");
        }
        found
    }

    /// The value as a list of texts, each with its span; reports anything else.
    pub fn texts<'v>(&mut self, key: &str, value: &'v Value<'_>) -> Vec<(&'v str, Range<usize>)> {
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of texts in quotes");
            return Vec::new();
        };
        let texts = items.iter().filter_map(|item| Some((self.text(key, item)?, item.span())));
        texts.collect()
    }

    /// The value as the name of a variant of `T`; reports anything else.
    pub fn variant<T>(&mut self, key: &str, value: &Value<'_>) -> Option<T>
    where
        T: Copy + Into<&'static str> + VariantArray,
    {
        let choices: Vec<_> =
            T::VARIANTS.iter().map(|variant| ((*variant).into(), *variant)).collect();
        self.choice(key, value, &choices)
    }

    /// The value as one of `choices` (spelling and meaning); reports anything else.
    pub fn choice<T: Copy>(
        &mut self,
        key: &str,
        value: &Value<'_>,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let word = self.text(key, value)?;
        let found = choices.iter().find(|(name, _)| *name == word);
        if found.is_none() {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            let message = format!("`{word}` is not one of {}", names.join(", "));
            let suggestion = nearest(word, names).map(str::to_owned);
            self.report(value.span(), key, message, suggestion);
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// Reports that the value of `key` should have been `expected`.
    pub fn wrong_type(&mut self, key: &str, value: &Value<'_>, expected: &str) {
        let message = format!("expected {expected}, found {}", value.get_ref().type_str());
        self.report(value.span(), key, message, None);
    }

    /// Ends the reading: all mistakes, in the order of the file.
    pub fn close(mut self) -> Vec<Mistake> {
        self.mistakes.sort();
        self.mistakes
    }
}

/// The candidate nearest to a mistyped `word`; `None` if all are too different.
pub fn nearest<'k>(word: &str, candidates: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase();
    // People seldom mistype the first letter.
    let begins_alike = |candidate: &str| candidate.chars().next() == word.chars().next();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min_by_key(|(distance, candidate)| (*distance, !begins_alike(candidate), *candidate))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_names_file_line_column_key_and_suggestion() {
        let (mut reader, table) = Reader::open("config.toml", "# é\nview = 1\nthme = \"x\"\n");
        for (key, value) in &table {
            match key.get_ref().as_ref() {
                "view" => assert!(reader.text("view", value).is_none()),
                other => reader.unknown_key(key.span(), other, ["theme", "view"]),
            }
        }
        let printed: Vec<String> = reader.close().iter().map(Mistake::to_string).collect();
        assert_eq!(
            printed,
            [
                "config.toml:2:8: view: expected text in quotes, found integer",
                "config.toml:3:1: thme: unknown key; did you mean `theme`?",
            ]
        );
    }

    #[test]
    fn a_syntax_error_is_collected_and_the_rest_is_read() {
        let (reader, table) = Reader::open("t.toml", "a = \nb = true\n");
        assert!(table.keys().any(|key| key.get_ref() == "b"));
        let mistakes = reader.close();
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        assert_eq!(mistakes[0].line, 1);
    }

    #[test]
    fn a_choice_is_taken_by_name_and_its_misspelling_is_explained() {
        let (mut reader, table) = Reader::open("t", "a = \"alwys\"\nb = \"never\"");
        let choices = [("always", 1), ("never", 2)];
        let read: Vec<Option<i32>> =
            table.values().map(|value| reader.choice("k", value, &choices)).collect();
        assert_eq!(read, [None, Some(2)]);
        let mistakes = reader.close();
        assert_eq!(mistakes[0].message, "`alwys` is not one of always, never");
        assert_eq!(mistakes[0].suggestion.as_deref(), Some("always"));
    }

    #[test]
    fn nothing_is_suggested_for_something_far_away() {
        assert_eq!(nearest("palete", ["palette", "help"]), Some("palette"));
        assert_eq!(nearest("zzz", ["palette", "help"]), None);
    }
}
