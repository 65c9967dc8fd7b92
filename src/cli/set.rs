//! `set`: changes the name or bus of a device.

use std::ffi::OsString;

use clap::{ArgGroup, Args};

use super::Outcome;
use super::arrange::selector;
use super::change::{self, ChangeArgs};
use super::options::OutputOptions;
use crate::edit::Command;
use crate::edit::command::Naming;

/// `set`
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).multiple(true).args(["target", "bus", "acpi_index"])))]
pub struct SetArgs {
    /// Domain XML: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// The device: its alias, target, MAC, address (pci:00:04.0) or class:number (interface:0)
    #[arg(value_name = "DEVICE")]
    pub device: String,
    /// Rename a disk, for example vdb; with --bus, its name on the new bus
    #[arg(long, value_name = "NAME", conflicts_with = "acpi_index")]
    pub target: Option<String>,
    /// Also move the disk to the place of its new name
    #[arg(long, requires = "target", conflicts_with = "bus")]
    pub follow: bool,
    /// Move a disk to this bus: virtio, scsi, sata, usb, ide, fdc
    #[arg(long, value_name = "BUS", conflicts_with = "acpi_index")]
    pub bus: Option<String>,
    /// Set the ACPI index of a NIC, which names it in the guest (eno5), or `none`
    #[arg(long, value_name = "NUMBER|none", value_parser = acpi_index)]
    pub acpi_index: Option<AcpiIndex>,
    /// Options for the result.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// An ACPI index, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcpiIndex(pub Option<u32>);

fn acpi_index(text: &str) -> Result<AcpiIndex, String> {
    match text {
        "none" => Ok(AcpiIndex(None)),
        text => match text.parse() {
            Ok(index) => Ok(AcpiIndex(Some(index))),
            Err(_) => Err("expected a number from 1 to 16383, or 'none'".to_owned()),
        },
    }
}

/// Runs the command.
pub(super) fn run(args: &SetArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    change::run(&args.file, &args.change, options, |_| {
        let device = selector(&args.device);
        Ok(match (args.acpi_index, &args.bus, &args.target) {
            (Some(AcpiIndex(index)), ..) => Command::SetAcpiIndex { device, index },
            (None, Some(bus), name) => {
                Command::SetBus { disk: device, bus: bus.clone(), name: name.clone() }
            }
            (None, None, name) => {
                let naming = if args.follow { Naming::Follow } else { Naming::Keep };
                Command::Rename { disk: device, name: name.clone().unwrap_or_default(), naming }
            }
        })
    })
}
