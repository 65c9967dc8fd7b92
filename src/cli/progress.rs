//! A bar on standard error while many files are checked; nothing when nobody looks.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// The least time between two drawings.
const PAUSE: Duration = Duration::from_millis(100);

/// Cells of the bar.
const WIDTH: usize = 24;

/// How far a run is.
pub(super) struct Progress {
    all: usize,
    done: usize,
    shown: bool,
    last: Option<Instant>,
}

impl Progress {
    /// A run over this many files.
    pub(super) fn new(all: usize) -> Self {
        let is_seen = all > 1 && io::stderr().is_terminal();
        Self { all, done: 0, shown: false, last: is_seen.then(Instant::now) }
    }

    /// One more file is done.
    pub(super) fn step(&mut self, errors: usize) {
        self.done += 1;
        let Some(last) = self.last.filter(|last| last.elapsed() >= PAUSE) else { return };
        let filled = WIDTH * self.done / self.all.max(1);
        let bar = "#".repeat(filled) + &".".repeat(WIDTH - filled.min(WIDTH));
        // Standard error may be closed; there is nobody left to tell.
        let _ = write!(io::stderr(), "\r[{bar}] {}/{}  {errors} errors", self.done, self.all);
        let _ = io::stderr().flush();
        self.last = Some(last + last.elapsed());
        self.shown = true;
    }

    /// Takes the bar away, for other output.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = write!(io::stderr(), "\r\x1b[K");
            let _ = io::stderr().flush();
        }
    }
}
