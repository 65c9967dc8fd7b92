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
mod options;
mod outcome;
mod output;
mod progress;
mod relocate;
mod rules;
mod saving;
mod screen;
mod set;
mod settings;
mod show;
mod start;
mod theme;

use clap::Parser;

pub use args::{Cli, Command};
pub use outcome::Outcome;

/// Runs the program with the process's arguments.
///
/// # Errors
/// Unexpected errors only: the command itself reports errors that a user can fix.
pub fn run() -> color_eyre::Result<Outcome> {
    let outcome = Cli::try_parse().map_or_else(|error| mistyped::report(&error), dispatch::run);
    match outcome {
        Err(report) if report.is::<output::OutputError>() => Ok(output::fail(&report.to_string())),
        outcome => outcome,
    }
}
