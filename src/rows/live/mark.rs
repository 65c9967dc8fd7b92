//! Marks of the comparison between configured and running devices.

/// The comparison of a device that is configured, or runs, or both. The most important comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LiveMark {
    /// An unplug was requested, and it is still there.
    Waiting,
    /// It runs at another place.
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
    /// A word for the mark, for screen readers.
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
