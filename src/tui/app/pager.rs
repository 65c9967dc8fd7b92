//! A text that is paged through: help, messages, the last look before saving.

/// One line of a text to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageLine {
    /// A heading.
    Heading(String),
    /// Something short, and what is said about it.
    Entry(String, String),
    /// Words.
    Text(String),
}

/// A text to be paged through.
#[derive(Clone, Debug)]
pub struct Pager {
    /// What it is.
    pub title: String,
    /// Its lines.
    pub lines: Vec<PageLine>,
    /// The first visible one.
    pub offset: usize,
}

impl Pager {
    /// A text at its beginning.
    pub fn new(title: impl Into<String>, lines: Vec<PageLine>) -> Self {
        Self { title: title.into(), lines, offset: 0 }
    }
}
