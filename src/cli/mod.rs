//! Arguments, exit status, one file for each command.

mod args;
mod assign;
mod attach;
mod change;
mod check;
mod config;
mod demo;
mod detach;
mod detect;
mod diff;
mod free;
mod freeze;
mod input;
mod live;
mod mistyped;
mod output;
mod progress;
mod relocate;
mod rules;
mod saving;
mod screen;
mod settings;
mod show;
mod theme;

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
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let is_mistake = error.use_stderr();
            let first = std::env::args_os().nth(1).filter(|_| is_mistake);
            match first.and_then(|word| mistyped::explain(&word)) {
                Some(message) => return Ok(output::fail(&message)),
                None => error.exit(),
            }
        }
    };
    let look = &cli.look;
    match cli.command {
        Some(Command::Detect(args)) => detect::run(&args, look),
        Some(Command::Attach(args)) => attach::run(&args, look),
        Some(Command::Detach(args)) => detach::run(&args, look),
        Some(Command::Show(args)) => show::run(&args, look),
        Some(Command::Assign(args)) => assign::run(&args, look),
        Some(Command::Check(args)) => check::run(&args, look),
        Some(Command::Rules(args)) => rules::run(&args, look),
        Some(Command::Free(args)) => free::run(&args, look),
        Some(Command::Move(args)) => relocate::run(&args, look),
        Some(Command::Freeze(args)) => freeze::freeze(&args, look),
        Some(Command::Thaw(args)) => freeze::thaw(&args, look),
        Some(Command::Diff(args)) => diff::run(&args, look),
        Some(Command::Demo(args)) => demo::run(&args, look),
        Some(Command::Theme(command)) => theme::run(&command, look),
        Some(Command::Config(command)) => config::run(command, look),
        None => {
            if cli.file.is_none() && !cli.live.is_given() {
                return Ok(output::fail("no FILE is named; `virt-topo demo` shows example guests"));
            }
            if let Some(message) = cli.file.as_deref().and_then(mistyped::explain) {
                return Ok(output::fail(&message));
            }
            let (file, live) = (cli.file.as_deref(), Some(&cli.live));
            let wanted = screen::Wanted { file, live, picks_demo: false };
            screen::run(&wanted, &cli.screen, look)
        }
    }
}
