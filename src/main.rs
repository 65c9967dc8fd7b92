//! The program: hooks, arguments, exit status. Everything else is in the library.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGXFSZ;
use virt_topo::cli::{self, Outcome, crash};

fn main() -> ExitCode {
    if let Err(error) = crash::install() {
        // A second hook is no reason not to work.
        crash::warn(&error);
    }
    // A write beyond the largest size of a file (ulimit -f) is then an error like others, instead of the end.
    let is_too_large = Arc::new(AtomicBool::new(false));
    if let Err(error) = signal_hook::flag::register(SIGXFSZ, is_too_large) {
        crash::warn(&error);
    }
    match cli::run() {
        Ok(outcome) => outcome.into(),
        Err(report) => {
            crash::explain(&report);
            Outcome::Failed.into()
        }
    }
}
