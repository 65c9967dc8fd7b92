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
    /// Its word, for those who do not see signs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "going",
            Self::Moved => "elsewhere",
            Self::Only => "only live",
            Self::Absent => "not live",
            Self::Unknown => "unknown",
            Self::Same => "live",
        }
    }
}
