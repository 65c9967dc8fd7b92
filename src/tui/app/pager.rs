//! A text that is paged through: help, messages, the last look before saving.

/// A line of a text to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageLine {
    /// A heading of the text.
    Heading(String),
    /// A term with its explanation.
    Entry(String, String),
    /// A line of text.
    Text(String),
}

/// A text to be paged through.
#[derive(Clone, Debug)]
pub struct Pager {
    /// The title of the text.
    pub title: String,
    /// The lines of the text.
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
