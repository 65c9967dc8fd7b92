//! Arguments, exit status, one file for each command.

mod args;
mod arrange;
mod assign;
mod attach;
mod change;
mod check;
mod config;
mod controller;
mod demo;
mod detach;
mod detect;
mod diff;
mod dispatch;
mod free;
mod freeze;
mod hotplug;
mod input;
mod live;
mod mistyped;
mod output;
mod progress;
mod relocate;
mod rules;
mod saving;
mod screen;
mod set;
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
        Some(command) => dispatch::run(command, look),
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
