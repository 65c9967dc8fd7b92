//! Records without a running session.

use std::time::{Duration, SystemTime};

use super::folder::JournalSlot;
use super::lock::Lock;
use crate::edit::Record;

/// A record without a running session. It is not offered to another session while it is in use.
#[derive(Debug)]
pub struct LeftOver {
    /// The record's content.
    pub record: Record,
    pub(super) slot: JournalSlot,
    pub(super) _lock: Lock,
}

impl LeftOver {
    /// The time since it was written.
    pub fn age(&self) -> Duration {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        // The clock may have been set back since, and a damaged record may name any time.
        now.saturating_sub(Duration::from_secs(self.record.writer.time))
    }
}
