//! Arguments, exit status, one file for each command.

mod args;
mod assign;
mod demo;
mod diff;
mod free;
mod input;
mod output;
mod show;

use std::process::ExitCode;

use clap::Parser;

pub use args::{Cli, Command};

/// How a command ended; also the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is fine.
    Fine = 0,
    /// Problems, or differences, were found.
    Found = 1,
    /// It could not be run.
    Failed = 2,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

/// Runs the program with the process's arguments.
///
/// # Errors
/// What should not happen: everything a person can mend is said by the command itself.
pub fn run() -> color_eyre::Result<Outcome> {
    let cli = Cli::parse();
    match cli.command {
        Command::Show(args) => show::run(&args, cli.look),
        Command::Assign(args) => assign::run(&args, cli.look),
        Command::Free(args) => free::run(&args, cli.look),
        Command::Demo(args) => demo::run(&args, cli.look),
        Command::Diff(args) => diff::run(&args, cli.look),
    }
}
