//! The program: hooks, arguments, exit status. Everything else is in the library.

use std::io::Write as _;
use std::process::ExitCode;

use virt_topo::cli::{self, Outcome};

fn main() -> ExitCode {
    if let Err(error) = color_eyre::install() {
        // A second hook is no reason not to work.
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
