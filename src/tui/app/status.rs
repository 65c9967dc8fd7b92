//! Messages of the program: the last one in the status line, all of them in a pager.

use std::collections::VecDeque;

/// The importance of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something was done.
    Info,
    /// Something to look at.
    Warning,
    /// Something could not be done.
    Error,
}

/// The most messages kept.
const KEPT: usize = 200;

/// The messages, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Status {
    messages: VecDeque<(Level, String)>,
    shown: bool,
}

impl Status {
    /// Shows a message.
    pub fn say(&mut self, level: Level, text: impl Into<String>) {
        if self.messages.len() == KEPT {
            self.messages.pop_front();
        }
        self.messages.push_back((level, text.into()));
        self.shown = true;
    }

    /// Records a message without replacing the one shown.
    pub fn mention(&mut self, level: Level, text: impl Into<String>) {
        let latest = if self.shown { self.messages.pop_back() } else { None };
        self.say(level, text);
        self.messages.extend(latest);
    }

    /// The message to show, until the next key is pressed.
    pub fn current(&self) -> Option<(Level, &str)> {
        let (level, text) = self.messages.back().filter(|_| self.shown)?;
        Some((*level, text))
    }

    /// Shows none any more.
    pub fn clear(&mut self) {
        self.shown = false;
    }

    /// All messages, oldest first.
    pub fn all(&self) -> impl Iterator<Item = (Level, &str)> {
        self.messages.iter().map(|(level, text)| (*level, text.as_str()))
    }
}
