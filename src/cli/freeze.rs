//! `freeze` and `thaw`: whether addresses stay.

use std::ffi::OsString;

use clap::Args;

use super::Outcome;
use super::change::{self, ChangeArgs};
use super::options::OutputOptions;
use crate::edit::Command;
use crate::edit::command::{Pick, Scope};

/// `freeze`
#[derive(Debug, Args)]
pub struct FreezeArgs {
    /// Domain XML: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// Devices, or a class of them such as `interface` [default: all]
    #[arg(value_name = "DEVICE|CLASS")]
    pub devices: Vec<String>,
    /// Everything
    #[arg(long, conflicts_with = "devices")]
    pub all: bool,
    /// Options for the result.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// `thaw`
#[derive(Debug, Args)]
pub struct ThawArgs {
    /// Domain XML: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// Devices, or a class of them such as `interface`
    #[arg(value_name = "DEVICE|CLASS", required_unless_present = "all")]
    pub devices: Vec<String>,
    /// Everything
    #[arg(long, conflicts_with = "devices")]
    pub all: bool,
    /// Options for the result.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Runs `freeze`.
pub(super) fn freeze(args: &FreezeArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    change::run(&args.file, &args.change, options, |_| Ok(Command::Freeze(scope(&args.devices))))
}

/// Runs `thaw`.
pub(super) fn thaw(args: &ThawArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    change::run(&args.file, &args.change, options, |_| Ok(Command::Thaw(scope(&args.devices))))
}

/// The devices that are named; all when there is none.
pub(super) fn scope(words: &[String]) -> Scope {
    if words.is_empty() {
        return Scope::All;
    }
    let pick = |word: &String| {
        // Parsing cannot fail: text that is no class is a selector.
        let Ok(pick) = word.parse::<Pick>();
        pick
    };
    Scope::Some(words.iter().map(pick).collect())
}
