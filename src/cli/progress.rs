//! A progress bar on standard error while many files are checked; nothing without a terminal.

use std::time::{Duration, Instant};

use super::output;

/// The least time between two drawings.
const PAUSE: Duration = Duration::from_millis(100);

/// Cells of the bar.
const WIDTH: usize = 24;

/// The progress of a run.
pub(super) struct Progress {
    all: usize,
    done: usize,
    shown: bool,
    last: Option<Instant>,
}

impl Progress {
    /// A run over this many files.
    pub(super) fn new(all: usize) -> Self {
        let is_seen = all > 1 && output::is_error_terminal();
        Self { all, done: 0, shown: false, last: is_seen.then(Instant::now) }
    }

    /// Counts one more file.
    pub(super) fn step(&mut self, errors: usize) {
        self.done += 1;
        let Some(last) = self.last.filter(|last| last.elapsed() >= PAUSE) else { return };
        let filled = WIDTH * self.done / self.all.max(1);
        let bar = "#".repeat(filled) + &".".repeat(WIDTH - filled.min(WIDTH));
        output::redraw(&format!("[{bar}] {}/{}  {errors} errors", self.done, self.all));
        self.last = Some(last + last.elapsed());
        self.shown = true;
    }

    /// Takes the bar away, for other output.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            output::redraw("");
        }
    }
}
