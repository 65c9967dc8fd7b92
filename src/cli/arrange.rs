//! `swap`, `group`, `adopt`: several devices at once.

use std::ffi::OsString;

use clap::Args;

use super::Outcome;
use super::change::{self, ChangeArgs};
use super::freeze::scope;
use super::options::OutputOptions;
use crate::edit::Command;
use crate::model::address::PciAddress;
use crate::model::{Address, AddressKind, Selector};

/// `swap`
#[derive(Debug, Args)]
pub struct SwapArgs {
    /// Domain XML: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// The first device: its alias, target, MAC, address (pci:00:04.0) or class:number
    /// (interface:0)
    #[arg(value_name = "DEVICE")]
    pub one: String,
    /// The second device, named in the same ways
    #[arg(value_name = "DEVICE")]
    pub other: String,
    /// Options for the result.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// `group`
#[derive(Debug, Args)]
pub struct GroupArgs {
    /// Domain XML: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// The devices, the one for function 0 first
    #[arg(value_name = "DEVICE", required = true)]
    pub devices: Vec<String>,
    /// The slot [default: that of the first device]
    #[arg(long, value_name = "ADDRESS")]
    pub at: Option<String>,
    /// Options for the result.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// `adopt`
#[derive(Debug, Args)]
pub struct AdoptArgs {
    /// Domain XML: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// Implicit devices, or a class of them such as `controller`
    #[arg(value_name = "DEVICE|CLASS", required_unless_present = "all")]
    pub devices: Vec<String>,
    /// All implicit devices
    #[arg(long, conflicts_with = "devices")]
    pub all: bool,
    /// Options for the result.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Runs `swap`.
pub(super) fn swap(args: &SwapArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    change::run(&args.file, &args.change, options, |_| {
        Ok(Command::Swap(selector(&args.one), selector(&args.other)))
    })
}

/// Runs `group`.
pub(super) fn group(args: &GroupArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    change::run(&args.file, &args.change, options, |_| {
        let devices = args.devices.iter().map(|word| selector(word)).collect();
        Ok(Command::Group { devices, at: args.at.as_deref().map(pci).transpose()? })
    })
}

/// Runs `adopt`.
pub(super) fn adopt(args: &AdoptArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    change::run(&args.file, &args.change, options, |_| Ok(Command::Adopt(scope(&args.devices))))
}

/// Parses a selector. This cannot fail: text without another form is a name.
pub(super) fn selector(word: &str) -> Selector {
    let Ok(selector) = word.parse();
    selector
}

fn pci(text: &str) -> Result<PciAddress, String> {
    let address = Address::typed(text, AddressKind::Pci).map_err(|error| error.to_string())?;
    address.pci().ok_or_else(|| format!("{address} is not a slot"))
}
