//! Arguments, exit status, one file for each command.

mod args;
mod arrange;
mod assign;
mod attach;
mod change;
mod check;
mod config;
mod controller;
pub mod crash;
mod demo;
mod detach;
mod detect;
mod diff;
mod dispatch;
mod free;
mod freeze;
mod hotplug;
mod input;
mod libvirt;
mod live;
mod many;
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
    let outcome = Cli::try_parse().map_or_else(|error| mistyped::report(&error), dispatch::run);
    match outcome {
        Err(report) if report.is::<output::OutputError>() => Ok(output::fail(&report.to_string())),
        outcome => outcome,
    }
}
