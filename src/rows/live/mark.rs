//! How what is configured and what runs compare, as one sign.

/// How a device that is configured, or runs, or both, compares. What matters most comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LiveMark {
    /// It was asked to go, and is still there.
    Waiting,
    /// It runs elsewhere.
    Moved,
    /// It runs and is not configured.
    Only,
    /// It is configured and does not run.
    Absent,
    /// Not known: it may be on a bus that has no number yet, or may be any of several.
    Unknown,
    /// It runs as it is configured.
    Same,
}

impl LiveMark {
    /// Every mark with its word, for those who do not see signs.
    pub const WORDS: [(Self, &'static str); 6] = [
        (Self::Same, "live"),
        (Self::Moved, "elsewhere"),
        (Self::Only, "only live"),
        (Self::Absent, "not live"),
        (Self::Waiting, "going"),
        (Self::Unknown, "unknown"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }
}
