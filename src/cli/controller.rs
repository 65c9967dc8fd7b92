//! `controller` and `reserve`: adds, removes and changes controllers.

use std::ffi::OsString;

use clap::{Args, Subcommand, ValueEnum};

use super::Outcome;
use super::arrange::selector;
use super::change::{self, ChangeArgs};
use super::options::OutputOptions;
use crate::edit::Command;
use crate::model::{
    Address, AddressKind, Controller, ControllerIndex, ControllerKind, ControllerPatch, PciModel,
    PciTarget,
};

/// `controller`
#[derive(Debug, Subcommand)]
pub enum ControllerCommand {
    /// Add a controller, at the next index and best place by default
    Add(AddArgs),
    /// Remove a controller; refused while it has devices
    Remove(RemoveArgs),
    /// Change the model, index or number of a controller; its devices move with it
    Set(ControllerSetArgs),
}

/// `controller add`
#[derive(Debug, Args)]
pub struct AddArgs {
    /// Domain XML: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// A model of PCI controller such as pcie-root-port, or a type: scsi, usb, sata, virtio-serial
    #[arg(value_name = "KIND")]
    pub kind: String,
    /// Its address, written as for `move` [default: the best place]
    #[arg(long, value_name = "ADDRESS")]
    pub at: Option<String>,
    /// Values of the controller.
    #[command(flatten)]
    pub settings: ControllerSettings,
    /// Options for the result.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// `controller remove`
#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// Domain XML: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// The controller: its alias, address (pci:00:04.0) or class:number (controller:0)
    #[arg(value_name = "DEVICE")]
    pub device: String,
    /// Also remove all devices on it
    #[arg(long)]
    pub cascade: bool,
    /// Options for the result.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// `controller set`
#[derive(Debug, Args)]
pub struct ControllerSetArgs {
    /// Domain XML: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// The controller: its alias, address (pci:00:04.0) or class:number (controller:0)
    #[arg(value_name = "DEVICE")]
    pub device: String,
    /// New values of the controller.
    #[command(flatten)]
    pub settings: ControllerSettings,
    /// Options for the result.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Values of a controller; omitted ones are libvirt's choice, or stay.
#[derive(Clone, Debug, Default, Args)]
pub struct ControllerSettings {
    /// Its model, such as virtio-scsi or qemu-xhci
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Its index, which addresses name
    #[arg(long, value_name = "N")]
    pub index: Option<u32>,
    /// The QEMU device behind a PCI controller
    #[arg(long, value_name = "NAME")]
    pub model_name: Option<String>,
    /// Chassis number of a port or pci-bridge
    #[arg(long, value_name = "N")]
    pub chassis: Option<u32>,
    /// Port number of a PCI Express port; 0x begins a hexadecimal one
    #[arg(long, value_name = "N", value_parser = number)]
    pub port: Option<u32>,
    /// Bus number an expander bus begins with
    #[arg(long, value_name = "N")]
    pub bus_nr: Option<u32>,
    /// Number of a pSeries host bridge
    #[arg(long, value_name = "N")]
    pub target_index: Option<u32>,
    /// NUMA node of an expander bus or host bridge
    #[arg(long, value_name = "N")]
    pub node: Option<u32>,
    /// Whether devices may be plugged in while the guest runs
    #[arg(long, value_enum, value_name = "WHETHER")]
    pub hotplug: Option<Switch>,
    /// Ports of a USB or virtio-serial controller
    #[arg(long, value_name = "N")]
    pub ports: Option<u32>,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// Yes
    On,
    /// No
    Off,
}

/// `reserve`
#[derive(Debug, Args)]
pub struct ReserveArgs {
    /// Domain XML: a file, '-' for standard input, or demo:NAME
    #[arg(value_name = "FILE")]
    pub file: OsString,
    /// Number of devices to reserve ports for
    #[arg(value_name = "N", value_parser = clap::value_parser!(u32).range(1..=255))]
    pub count: u32,
    /// Options for the result.
    #[command(flatten)]
    pub change: ChangeArgs,
}

fn number(text: &str) -> Result<u32, String> {
    let hexadecimal = text.strip_prefix("0x");
    let found = hexadecimal.map_or_else(|| text.parse(), |digits| u32::from_str_radix(digits, 16));
    found.map_err(|_| "expected a number, such as 16 or 0x10".to_owned())
}

impl ControllerSettings {
    /// The values as a patch of a controller with this model, which decides the meaning of
    /// `--chassis`.
    fn patch(&self, model: Option<&str>) -> ControllerPatch {
        let is_bridge = model == Some(PciModel::PciBridge.as_str());
        let target = PciTarget {
            chassis_nr: self.chassis.filter(|_| is_bridge),
            chassis: self.chassis.filter(|_| !is_bridge),
            port: self.port,
            bus_nr: self.bus_nr,
            index: self.target_index,
            hotplug: self.hotplug.map(|switch| switch == Switch::On),
            node: self.node,
        };
        ControllerPatch {
            index: self.index.map(ControllerIndex),
            model: self.model.as_deref().map(Into::into),
            model_name: self.model_name.as_deref().map(Into::into),
            target,
            ports: self.ports,
            master: None,
        }
    }
}

/// Runs `controller`.
pub(super) fn run(
    command: &ControllerCommand,
    options: &OutputOptions,
) -> color_eyre::Result<Outcome> {
    match command {
        ControllerCommand::Add(args) => add(args, options),
        ControllerCommand::Remove(args) => change::run(&args.file, &args.change, options, |_| {
            let device = selector(&args.device);
            Ok(Command::RemoveController { device, cascade: args.cascade })
        }),
        ControllerCommand::Set(args) => {
            change::run(&args.file, &args.change, options, |revision| {
                let device = selector(&args.device);
                let domain = revision.guest().domain;
                let own = device.find(domain).ok().and_then(|device| device.controller());
                let model = own.and_then(|own| own.model.as_deref());
                let to = args.settings.patch(args.settings.model.as_deref().or(model));
                Ok(Command::SetController { device, to: Box::new(to) })
            })
        }
    }
}

fn add(args: &AddArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    change::run(&args.file, &args.change, options, |_| {
        let kind = args.kind.as_str();
        let (kind, model) = match PciModel::from_name(kind) {
            Some(model) => (ControllerKind::Pci, Some(model.as_str().to_owned())),
            None => (ControllerKind::from_name(kind), args.settings.model.clone()),
        };
        if kind == ControllerKind::Other {
            return Err(format!(
                "there is no controller '{}'; name a PCI model such as pcie-root-port, or a type \
                 such as scsi",
                crate::text::Printable::new(&args.kind)
            ));
        }
        let settings = ControllerSettings { model, ..args.settings.clone() };
        let patch = settings.patch(settings.model.as_deref());
        let controller = Box::new(Controller::new(kind, None).patched(&patch));
        let at = args.at.as_deref().map(|at| Address::typed(at, AddressKind::Pci));
        let at = at.transpose().map_err(|error| error.to_string())?;
        Ok(Command::AddController { controller, at })
    })
}

/// Runs `reserve`.
pub(super) fn reserve(args: &ReserveArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    change::run(&args.file, &args.change, options, |_| Ok(Command::Reserve(args.count)))
}
