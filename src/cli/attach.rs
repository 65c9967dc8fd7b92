//! `attach`: puts a device into a running guest.

use std::ffi::{OsStr, OsString};

use clap::Args;

use super::Outcome;
use super::hotplug::{self, Ended};
use super::live::{self, MonitorArgs, RunningGuest};
use super::options::OutputOptions;
use super::output::ReportFormat;
use crate::hotplug::{At, DeviceRequest, QmpCommand, RequestError, RequestKind};
use crate::live::{Facts, LiveDevice, QdevAddress};
use crate::model::address::Function;
use crate::report::{Hotplug, Hotplugged};
use crate::sources::monitor::{Link, PlugResult};
use crate::text::Printable;

/// `attach`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct AttachArgs {
    /// The guest's XML, if places are given by its controller indexes; then the kind of device:
    /// scsi-disk, virtio-disk, nic, usb (also sticks), controller (also other PCI devices)
    #[arg(value_name = "[FILE] KIND", num_args = 1..=2, required = true)]
    pub words: Vec<OsString>,
    /// Options of the monitor.
    #[command(flatten)]
    pub monitor: MonitorArgs,
    /// The image of a disk or USB stick
    #[arg(long, value_name = "IMAGE")]
    pub file: Option<String>,
    /// The image's format
    #[arg(long, value_name = "FORMAT", default_value = "raw")]
    pub image_format: String,
    /// Read-only image
    #[arg(long)]
    pub readonly_image: bool,
    /// Attach a CD drive instead of a disk
    #[arg(long)]
    pub cdrom: bool,
    /// Serial number of the disk
    #[arg(long, value_name = "TEXT")]
    pub serial: Option<String>,
    /// QEMU's model of a NIC [virtio-net-pci], USB device [usb-tablet] or controller
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// A property of a controller, such as ports=8; can be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub property: Vec<String>,
    /// MAC address of a NIC; without it QEMU counts from 52:54:00:12:34:56 in every guest
    #[arg(long, value_name = "MAC")]
    pub mac: Option<String>,
    /// The backend of a NIC, as QEMU's -netdev without id: user, tap,ifname=tap0, ...
    #[arg(long, value_name = "NETDEV", default_value = "user")]
    pub netdev: String,
    /// The place: pci:00:10.0, drive:0:0:0:3 or usb:0:1.2 by libvirt's indexes, or BUS/PLACE by
    /// QEMU's bus name (pci.0/10.0, scsi0.0/0:3:0, usb.0/1), or a bus name alone
    #[arg(long, value_name = "PLACE")]
    pub at: Option<String>,
    /// Id of the new device
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// Print the commands instead of sending them
    #[arg(long)]
    pub dry_run: bool,
    /// Refuse to change anything
    #[arg(long, conflicts_with = "dry_run")]
    pub read_only: bool,
    /// Output format of the result
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
}

/// Runs the command.
pub(super) fn run(args: &AttachArgs, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    let name = args.monitor.name();
    hotplug::tell("attach", &name, args.format, attach(args, &name, options))
}

fn attach(args: &AttachArgs, name: &str, options: &OutputOptions) -> Result<Ended, String> {
    if args.read_only {
        return Ok(Ended::refused("not attached: --read-only is given"));
    }
    let (file, kind) = live::file_and(&args.words);
    let request = request(args, kind).map_err(|why| unsaid(&why))?;
    let device = request.device().map_err(|why| unsaid(&why))?;
    let mut link = args.monitor.open()?;
    let complaint = |error| live::complaint(name, &error);
    let facts = link.facts().map_err(complaint)?;
    let Link::Qmp(qmp) = &mut link else {
        return Ok(Ended::refused(format!(
            "monitor {name} speaks HMP, whose device_add reports no reliable result; give QEMU a \
             '-qmp' socket"
        )));
    };
    let running = RunningGuest::new(file, name, facts, options)?;
    let wanted = match &args.at {
        Some(at) => running
            .matching
            .requested_place(&running.facts, at, device.bus_kind())
            .ok_or_else(|| Printable::new(&running.facts.no_place(at)).to_string())?,
        None => At::Anywhere,
    };
    let plug = match running.facts.plug(&device, args.id.as_deref(), wanted) {
        Ok(plug) => plug,
        Err(why) => return Ok(Ended::refused(format!("not attached: {why}"))),
    };
    let commands: Vec<QmpCommand> = plug.steps.iter().map(|step| step.command.clone()).collect();
    let ended = |state, message: String, facts: Facts| {
        let (live, commands) = (facts.by_id(&plug.id), commands.clone());
        let hotplug = Hotplug { live, commands, ..Hotplug::new(state, message) };
        Ended { hotplug, facts }
    };
    if args.dry_run {
        let lines: Vec<String> = commands.iter().map(QmpCommand::to_string).collect();
        return Ok(ended(Hotplugged::Planned, lines.join("\n"), running.facts));
    }
    let carried = qmp.plug(&plug).map_err(complaint)?;
    if let PlugResult::Refused { command, words, left } = &carried {
        let after = carried.aftermath(&plug.id);
        let message = format!("{command}: {}\n  {after}", Printable::new(words));
        let mut ended = ended(Hotplugged::Refused, message, running.facts);
        ended.hotplug.left.clone_from(left);
        return Ok(ended);
    }
    let facts = qmp.facts().map_err(complaint)?;
    let (state, message) = match facts.by_id(&plug.id).and_then(|no| facts.device(no)) {
        Some(device) => (Hotplugged::Done, told(&facts, &plug.id, device)),
        None => (Hotplugged::Refused, unseen(&plug.id)),
    };
    Ok(ended(state, message, facts))
}

/// A device that was confirmed and is not there.
fn unseen(id: &str) -> String {
    format!(
        "{id} is not attached: the monitor reports success, the guest has no such device; 'virt-topo \
         detach {id}' removes what may be left of it"
    )
}

/// A sentence with the place of the new device.
fn told(facts: &Facts, id: &str, device: &LiveDevice) -> String {
    let bus = device.bus.and_then(|bus| facts.bus(bus)).and_then(|bus| bus.name.clone());
    let driver = device.driver.as_deref().unwrap_or_default();
    let unseen = match device.address {
        QdevAddress::Pci(_, function) if function != Function::ZERO => {
            "\n  the guest scans it when function 0 of its slot is attached"
        }
        _ => "",
    };
    let text =
        format!("{id} ({driver}) attached at {}/{}", bus.unwrap_or_default(), device.address);
    format!("{}{unseen}", Printable::new(&text))
}

/// The requested device of the arguments.
fn request(args: &AttachArgs, kind: &OsStr) -> Result<DeviceRequest, RequestError> {
    let kind = kind.to_str().and_then(RequestKind::from_name).ok_or(RequestError::NoKind)?;
    // QEMU has a working directory of its own.
    let from_here = |file: &String| {
        std::path::absolute(file).ok().and_then(|path| path.to_str().map(str::to_owned))
    };
    Ok(DeviceRequest {
        kind: Some(kind),
        file: args.file.as_ref().map(|file| from_here(file).unwrap_or_else(|| file.clone())),
        format: Some(args.image_format.clone()),
        read_only: args.readonly_image,
        cdrom: args.cdrom,
        serial: args.serial.clone(),
        model: args.model.clone(),
        mac: args.mac.clone(),
        netdev: Some(args.netdev.clone()),
        properties: args.property.join(","),
        at: args.at.clone(),
        id: args.id.clone(),
    })
}

/// The hint with the missing option.
fn unsaid(why: &RequestError) -> String {
    let hint = match why {
        RequestError::NoImage => " give one with '--file IMAGE'",
        RequestError::NoModel => " give one with '--model MODEL'",
        _ => "",
    };
    format!("{why}{hint}")
}
