//! `attach`: puts a device into a running guest.

use std::ffi::OsString;
use std::io::{self, Write as _};

use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use super::args::Look;
use super::live::{self, MonitorArgs, Running};
use super::{Outcome, output};
use crate::detect::{Backing, Facts, LiveBusKind, LiveBusNo, NewDevice, Seat, Wanted};
use crate::model::address::{Function, PciAddress, Slot};
use crate::sources::monitor::{Carried, Link};
use crate::text::Printable;
use crate::topology::BusId;

/// `attach`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct AttachArgs {
    /// The guest's XML, when places are to be named by its controller indexes; then what to put
    /// in: scsi-disk, virtio-disk, nic, usb (also sticks), controller (also other PCI devices)
    #[arg(value_name = "[FILE] KIND", num_args = 1..=2, required = true)]
    pub words: Vec<OsString>,
    /// How the guest is reached.
    #[command(flatten)]
    pub monitor: MonitorArgs,
    /// The image of a disk or USB stick
    #[arg(long, value_name = "IMAGE")]
    pub file: Option<String>,
    /// The image's format
    #[arg(long, value_name = "FORMAT", default_value = "raw")]
    pub image_format: String,
    /// Let the guest not write to the image
    #[arg(long)]
    pub readonly_image: bool,
    /// A CD drive instead of a disk
    #[arg(long)]
    pub cdrom: bool,
    /// The serial number the guest reads from the disk
    #[arg(long, value_name = "TEXT")]
    pub serial: Option<String>,
    /// QEMU's model of a NIC [virtio-net-pci], USB device [usb-tablet] or controller
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// A property of a controller, such as ports=8; may be given again
    #[arg(long, value_name = "NAME=VALUE")]
    pub property: Vec<String>,
    /// MAC address of a NIC
    #[arg(long, value_name = "MAC")]
    pub mac: Option<String>,
    /// The backend of a NIC, as QEMU's -netdev without id: user, tap,ifname=tap0, ...
    #[arg(long, value_name = "NETDEV", default_value = "user")]
    pub netdev: String,
    /// Where: pci:00:10.0, drive:0:0:0:3 or usb:0:1.2 by libvirt's indexes, or BUS/PLACE by
    /// QEMU's bus name (pci.0/10.0, scsi0.0/0:3:0, usb.0/1), or a bus name alone
    #[arg(long, value_name = "PLACE")]
    pub at: Option<String>,
    /// The new device's id
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// Print the commands instead of sending them
    #[arg(long)]
    pub dry_run: bool,
    /// Change nothing; refuse
    #[arg(long, conflicts_with = "dry_run")]
    pub read_only: bool,
}

/// What can be put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AttachKind {
    /// A disk on a SCSI controller that is there
    ScsiDisk,
    /// A virtio disk, a PCI device
    VirtioDisk,
    /// A NIC
    Nic,
    /// A USB device
    Usb,
    /// A PCI controller, or another PCI device without a backend
    Controller,
}

/// Runs it.
pub(super) fn run(args: &AttachArgs, _look: &Look) -> color_eyre::Result<Outcome> {
    match attach(args) {
        Ok(text) => {
            output::print(&text)?;
            Ok(Outcome::Fine)
        }
        Err(Failure::Refused(message)) => {
            // Standard error may be closed; there is nobody left to tell.
            let _ = writeln!(io::stderr(), "virt-topo: {message}");
            Ok(Outcome::Found)
        }
        Err(Failure::Failed(message)) => Ok(output::fail(&message)),
    }
}

/// Why nothing was done.
enum Failure {
    /// It is not possible.
    Refused(String),
    /// It could not be tried.
    Failed(String),
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Failed(message)
    }
}

fn attach(args: &AttachArgs) -> Result<String, Failure> {
    if args.read_only {
        return Err(Failure::Refused("nothing is attached: --read-only".to_owned()));
    }
    let (file, kind) = live::file_and(&args.words);
    let kind = kind.to_str().and_then(|kind| AttachKind::from_str(kind, false).ok());
    let kind = kind.ok_or_else(|| {
        let kinds = "scsi-disk, virtio-disk, nic, usb, controller";
        Failure::Failed(format!("what is to be attached? One of: {kinds}"))
    })?;
    let device = device(args, kind)?;
    let (name, mut link) = args.monitor.open()?;
    let facts = link.facts().map_err(|error| live::complaint(&name, &error))?;
    let Link::Qmp(qmp) = &mut link else {
        return Err(Failure::Refused(format!(
            "monitor {name} speaks HMP, which has no device_add with an answer that can be \
             trusted; give QEMU a '-qmp' socket"
        )));
    };
    let running = Running::new(file, &name, facts)?;
    let wanted = match &args.at {
        Some(at) => wanted(&running, at, device.bus_kind())
            .ok_or_else(|| Failure::Failed(unknown_place(&running.facts, at)))?,
        None => Wanted::Anywhere,
    };
    let plug = running
        .facts
        .plug(&device, args.id.as_deref(), wanted)
        .map_err(|why| Failure::Refused(format!("nothing is attached: {why}")))?;
    if args.dry_run {
        let lines = plug.steps.iter().map(|step| format!("{}\n", step.command));
        return Ok(lines.collect());
    }
    match qmp.plug(&plug).map_err(|error| live::complaint(&name, &error))? {
        Carried::Done => {}
        Carried::Refused { command, words, left } => {
            let left = if left.is_empty() {
                "nothing is left behind".to_owned()
            } else {
                format!("left behind: {}", left.join("; "))
            };
            let words = Printable::new(&words).to_string();
            return Err(Failure::Refused(format!("{command}: {words}\n  {left}")));
        }
    }
    let facts = qmp.facts().map_err(|error| live::complaint(&name, &error))?;
    Ok(format!("{}\n", told(&facts, &plug.id)))
}

/// Where the new device has come to be.
fn told(facts: &Facts, id: &str) -> String {
    let device = facts.by_id(id).and_then(|no| facts.device(no));
    let Some(device) = device else { return format!("{id} attached") };
    let bus = device.bus.and_then(|bus| facts.bus(bus)).and_then(|bus| bus.name.clone());
    let driver = device.driver.as_deref().unwrap_or_default();
    format!("{id} ({driver}) attached at {}/{}", bus.unwrap_or_default(), device.seat)
}

fn device(args: &AttachArgs, kind: AttachKind) -> Result<NewDevice, Failure> {
    let backing = || {
        args.file.clone().map(|file| Backing {
            file,
            format: args.image_format.clone(),
            read_only: args.readonly_image || args.cdrom,
        })
    };
    let needed = || {
        backing().ok_or_else(|| Failure::Failed("which image? '--file IMAGE' names it".to_owned()))
    };
    let model = |default: &str| args.model.clone().unwrap_or_else(|| default.to_owned());
    Ok(match kind {
        AttachKind::ScsiDisk => {
            NewDevice::ScsiDisk { backing: needed()?, cd: args.cdrom, serial: args.serial.clone() }
        }
        AttachKind::VirtioDisk => {
            NewDevice::VirtioDisk { backing: needed()?, serial: args.serial.clone() }
        }
        AttachKind::Nic => NewDevice::Nic {
            driver: model("virtio-net-pci"),
            mac: args.mac.clone(),
            netdev: options(&args.netdev),
        },
        AttachKind::Usb => {
            let backing = backing();
            let default = if backing.is_some() { "usb-storage" } else { "usb-tablet" };
            NewDevice::Usb { driver: model(default), backing }
        }
        AttachKind::Controller => {
            let driver = args.model.clone().ok_or_else(|| {
                let example = "'--model virtio-scsi-pci', for example";
                Failure::Failed(format!("which controller? {example}"))
            })?;
            let properties = args.property.join(",");
            let mut properties = options(&properties);
            properties.remove("type");
            NewDevice::Controller { driver, properties }
        }
    })
}

/// `user,hostfwd=...` as QMP wants it; numbers and switches as what they are.
fn options(text: &str) -> Map<String, Value> {
    let mut map = Map::new();
    for (nth, part) in text.split(',').filter(|part| !part.is_empty()).enumerate() {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name, value),
            None if nth == 0 => ("type", part),
            None => (part, "on"),
        };
        let value = match value {
            "on" | "true" => Value::Bool(true),
            "off" | "false" => Value::Bool(false),
            text => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        };
        map.insert(name.to_owned(), value);
    }
    map
}

/// The place `text` names.
fn wanted(running: &Running, text: &str, kind: LiveBusKind) -> Option<Wanted> {
    let facts = &running.facts;
    let named = |name: &str| {
        let bus = facts.numbered_buses().find(|(_, bus)| bus.name.as_deref() == Some(name));
        bus.map(|(no, _)| no)
    };
    if let Some(bus) = named(text) {
        return Some(Wanted::On(bus));
    }
    if let Some((bus, place)) = text.rsplit_once('/') {
        let bus = named(bus)?;
        return Some(Wanted::At(bus, seat(facts, bus, place)?));
    }
    let (word, place) = text.split_once(':')?;
    match word {
        "pci" => {
            let at: PciAddress = place.parse().ok()?;
            let bus = running.pairing.buses.iter().find(|(id, _)| *id == BusId::Pci(at.bus))?.1;
            Some(Wanted::At(bus, Seat::Pci(at.slot, at.function)))
        }
        "drive" => {
            let (controller, rest) = place.split_once(':')?;
            let id = BusId::Drive(crate::model::ControllerKind::Scsi, controller.parse().ok()?);
            let bus = running.pairing.buses.iter().find(|(own, _)| *own == id)?.1;
            let numbers: Vec<u32> =
                rest.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
            let [channel, target, unit] = numbers.as_slice() else { return None };
            Some(Wanted::At(bus, facts.scsi_seat(bus, *channel, *target, *unit)))
        }
        "usb" => {
            let (index, port) = place.split_once(':')?;
            let id = BusId::Usb(index.parse().ok()?);
            let bus = running.pairing.buses.iter().find(|(own, _)| *own == id)?.1;
            Some(Wanted::At(bus, Seat::Usb(port.parse().ok()?)))
        }
        _ => None,
    }
    .filter(|_| matches!(kind, LiveBusKind::Pci | LiveBusKind::Scsi | LiveBusKind::Usb))
}

/// A place on a bus, in QEMU's words.
fn seat(facts: &Facts, bus: LiveBusNo, text: &str) -> Option<Seat> {
    match facts.bus(bus)?.kind {
        LiveBusKind::Pci => {
            let (slot, function) = text.split_once('.').unwrap_or((text, "0"));
            let hex = |text: &str| u32::from_str_radix(text, 16).ok();
            Some(Seat::Pci(Slot::new(hex(slot)?)?, Function::new(hex(function)?)?))
        }
        LiveBusKind::Scsi => {
            let numbers: Vec<u32> =
                text.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
            match numbers.as_slice() {
                [target] => Some(Seat::Scsi { channel: 0, target: *target, lun: 0 }),
                [channel, target, lun] => {
                    Some(Seat::Scsi { channel: *channel, target: *target, lun: *lun })
                }
                _ => None,
            }
        }
        LiveBusKind::Usb => text.parse().ok().map(Seat::Usb),
        _ => None,
    }
}

fn unknown_place(facts: &Facts, at: &str) -> String {
    let names: Vec<&str> = facts
        .buses
        .iter()
        .filter(|bus| matches!(bus.kind, LiveBusKind::Pci | LiveBusKind::Scsi | LiveBusKind::Usb))
        .filter_map(|bus| bus.name.as_deref())
        .collect();
    Printable::new(&format!("the guest has no place '{at}'; its buses: {}", names.join(", ")))
        .to_string()
}
