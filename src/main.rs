//! The program: hooks, arguments, exit status. Everything else is in the library.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGXFSZ;
use virt_topo::cli::{self, Outcome};

fn main() -> ExitCode {
    if let Err(error) = color_eyre::install() {
        // A second hook is no reason not to work.
        let _ = writeln!(std::io::stderr(), "virt-topo: {error}");
    }
    // A write beyond the largest size of a file (ulimit -f) is then an error like others, instead of the end.
    let is_too_large = Arc::new(AtomicBool::new(false));
    if let Err(error) = signal_hook::flag::register(SIGXFSZ, is_too_large) {
        let _ = writeln!(std::io::stderr(), "virt-topo: {error}");
    }
    match cli::run() {
        Ok(outcome) => outcome.into(),
        Err(report) => {
            let _ = writeln!(std::io::stderr(), "virt-topo: {report:?}");
            Outcome::Failed.into()
        }
    }
}
