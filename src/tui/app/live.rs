//! The running guest on the screen: the connection to its monitor, its facts, open requests, and
//! the log of messages.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::live::Facts;
use crate::model::Domain;
use crate::rows::{Guest, LiveGuest, LiveNames};
use crate::sources::monitor::MonitorError;

/// The state of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// There is none: a listing was saved.
    Saved,
    /// The connection is being made.
    Connecting,
    /// The connection exists since this time of day.
    Up(String),
    /// The connection is lost, or could not be made.
    Lost {
        /// The reason of the loss.
        why: MonitorError,
        /// The time of the loss, counted from the program's start.
        at: Duration,
        /// The pause before the next attempt.
        pause: Duration,
    },
}

/// A request to the running guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HotplugKind {
    /// Plugs a device in.
    Plug,
    /// Takes a device out.
    Unplug,
}

/// A request that has not ended.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The number of the request.
    pub number: u64,
    /// Whether a device is plugged or unplugged.
    pub kind: HotplugKind,
    /// The title of the device.
    pub title: String,
    /// The paths and ids of the device on the monitor.
    pub names: Vec<String>,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The time of day.
    pub clock: String,
    /// `>` for commands, `<` for answers, blank for the connection itself.
    pub direction: char,
    /// The text of the line.
    pub text: String,
}

/// `12:04 > {"execute":"stop"}`
impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.clock, self.direction, self.text)
    }
}

/// Messages to and from the monitor, the oldest first; the oldest are dropped when there are too
/// many.
#[derive(Clone, Debug, Default)]
pub struct WireLog {
    lines: VecDeque<LogLine>,
    bytes: usize,
}

/// Lines and bytes that are kept, and bytes of one line.
const KEPT: (usize, usize) = (2000, 1 << 20);
const LONGEST: usize = 8 << 10;

impl WireLog {
    /// Adds a line.
    pub fn add(&mut self, clock: &str, direction: char, text: &str) {
        let mut shown: String = text.trim_end().chars().take(LONGEST).collect();
        if shown.len() < text.trim_end().len() {
            shown.push('…');
        }
        self.bytes += shown.len();
        self.lines.push_back(LogLine { clock: clock.to_owned(), direction, text: shown });
        while self.lines.len() > KEPT.0 || self.bytes > KEPT.1 {
            let Some(line) = self.lines.pop_front() else { break };
            self.bytes -= line.text.len();
        }
    }

    /// All lines, the oldest first.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &LogLine> {
        self.lines.iter()
    }
}

/// The running guest.
#[derive(Debug)]
pub struct Live {
    /// The name of the monitor or listing; safe to print.
    pub name: String,
    /// `QMP` or `HMP`, once it was connected.
    pub language: Option<&'static str>,
    /// The state of the connection.
    pub link: LinkState,
    /// The time that is shown, counted from the program's start.
    pub now: Duration,
    /// Whether changes are disabled.
    pub read_only: bool,
    /// Requests that have not ended.
    pub(super) asked: Vec<Asked>,
    /// The log of messages.
    pub log: WireLog,
    facts: Option<Arc<Facts>>,
    names: RefCell<LiveNames>,
    next: u64,
}

impl Live {
    /// A guest that is not known yet.
    pub fn new(name: String, link: LinkState, read_only: bool) -> Self {
        Self {
            name,
            language: None,
            link,
            now: Duration::ZERO,
            read_only,
            asked: Vec::new(),
            log: WireLog::default(),
            facts: None,
            names: RefCell::default(),
            next: 0,
        }
    }

    /// The latest facts from the monitor.
    pub fn facts(&self) -> Option<&Arc<Facts>> {
        self.facts.as_ref()
    }

    /// Stores new facts.
    pub(super) fn learn(&mut self, facts: Arc<Facts>) {
        self.facts = Some(facts);
    }

    /// Requests that have not ended.
    pub fn asked(&self) -> &[Asked] {
        &self.asked
    }

    /// Compares the running guest with the document; `None` before the first facts.
    pub(super) fn compare(&self, guest: Guest<'_>, written: &Domain) -> Option<LiveGuest> {
        let facts = Arc::clone(self.facts.as_ref()?);
        let asked = self.asked.iter().filter(|asked| asked.kind == HotplugKind::Unplug);
        let asked: Vec<String> = asked.flat_map(|asked| asked.names.clone()).collect();
        // The same live device has the same number in every comparison.
        Some(LiveGuest::compare(guest, written, facts, &mut self.names.borrow_mut(), &asked))
    }

    /// A number for a request.
    pub fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Whether the monitor accepts requests now.
    pub fn is_up(&self) -> bool {
        matches!(self.link, LinkState::Up(_))
    }

    /// The time until the picture changes by itself; `None` while there is a connection.
    pub fn next_change(&self, now: Duration) -> Option<Duration> {
        let LinkState::Lost { at, .. } = &self.link else { return None };
        let begun = Duration::from_nanos(u64::from(now.saturating_sub(*at).subsec_nanos()));
        Some(Duration::from_secs(1).saturating_sub(begun))
    }

    /// Full seconds since the connection was lost, and until the next attempt.
    pub fn seconds(&self) -> Option<(u64, u64)> {
        let LinkState::Lost { at, pause, .. } = &self.link else { return None };
        let ago = self.now.saturating_sub(*at);
        let left = pause.saturating_sub(ago);
        let up = u64::from(left.subsec_nanos() > 0);
        Some((ago.as_secs(), left.as_secs() + up))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_counted_from_the_loss_and_to_the_next_attempt() {
        let seconds = Duration::from_secs;
        let link =
            LinkState::Lost { why: MonitorError::Closed, at: seconds(10), pause: seconds(8) };
        let mut live = Live::new("x".to_owned(), link, false);
        live.now = Duration::from_millis(13_250);
        assert_eq!(live.seconds(), Some((3, 5)));
        assert_eq!(live.next_change(live.now), Some(Duration::from_millis(750)));
        live.now = seconds(30);
        assert_eq!(live.seconds(), Some((20, 0)));
        live.link = LinkState::Up("12:04".to_owned());
        assert_eq!((live.seconds(), live.next_change(live.now)), (None, None));
    }

    #[test]
    fn a_log_keeps_the_latest_and_cuts_what_is_long() {
        let mut log = WireLog::default();
        for nth in 0..KEPT.0 + 5 {
            log.add("12:04", '>', &nth.to_string());
        }
        assert_eq!(log.lines().next().unwrap().text, "5");
        let much = "x".repeat(LONGEST + 1);
        for _ in 0..1000 {
            log.add("12:04", '<', &much);
        }
        assert!(log.bytes <= KEPT.1);
        assert!(log.lines().next_back().unwrap().text.ends_with("x…"));
    }
}
