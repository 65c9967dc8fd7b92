//! `move`: another place for a device.

use std::ffi::OsString;

use clap::Args;

use super::Outcome;
use super::change::{self, ChangeArgs};
use super::options::OutputOptions;
use crate::edit::Command;
use crate::edit::command::{Extent, Naming};
use crate::model::Selector;

/// `move`
#[derive(Debug, Args)]
pub struct MoveArgs {
    /// Domain XML: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// The device: its alias, target, MAC, address (pci:00:04.0) or class:number (interface:0)
    #[arg(value_name = "DEVICE")]
    pub device: String,
    /// The new address: 06:02.0 or 6:2 on PCI, controller:bus:target:unit or controller:unit for
    /// drives,
    /// bus:port for USB; with a prefix `pci:`, `drive:` or `usb:` if it is ambiguous
    #[arg(value_name = "ADDRESS")]
    pub address: String,
    /// Move all functions of its slot
    #[arg(long)]
    pub slot: bool,
    /// Rename the disk after its new place: sdd on unit 3
    #[arg(long)]
    pub rename: bool,
    /// Options for the result.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Runs the command.
pub(super) fn run(args: &MoveArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    change::run(&args.file, &args.change, options, |revision| {
        // Parsing cannot fail: text without another form is a name.
        let Ok(device) = args.device.parse::<Selector>();
        let found = device.find(revision.guest().domain).map_err(|error| error.to_string())?;
        let to = found.typed_address(&args.address).map_err(|error| error.to_string())?;
        let extent = if args.slot { Extent::Slot } else { Extent::Device };
        let naming = if args.rename { Naming::Follow } else { Naming::Keep };
        Ok(Command::Move { device, to, extent, naming })
    })
}
