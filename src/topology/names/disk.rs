//! Kernel names and links of disks.
//!
//! `/dev/disk/by-path` follows the place, `/dev/disk/by-id` a `<serial>` or else, on most buses,
//! the place again. Kernel names follow the order in which drivers find disks: for one driver that
//! is the order of guest addresses, between drivers nothing promises an order.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::disk_names::{DiskNames, DiskPlace, lun};
use crate::machine::MachineKind;
use crate::model::address::{Address, DriveAddress};
use crate::model::{
    ControllerIndex, ControllerKind, Device, DeviceKey, Disk, Domain, Kind, PciModel,
    target_letters,
};
use crate::topology::{BusId, GuestAddress, NodeId, Place, Shape, Topology, drive_kind};

/// The drivers that serve disks, each with hosts of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum DiskDriver {
    VirtioBlk,
    VirtioScsi,
    Lsi,
    Ide,
    Ahci,
    Usb,
    Nvme,
}

/// A disk before it is counted.
struct FoundDisk {
    key: DeviceKey,
    driver: DiskDriver,
    /// The host number of the controller, then channel, target and lun: the order in which one
    /// driver finds disks.
    host: u32,
    place: (u32, u32, u32),
    names: DiskNames,
}

/// The names of all disks that sit on PCI or below a controller that does.
///
/// Source: measurements of a Linux 6.1 guest with systemd-udevd 254 and 257; systemd
/// `src/udev/udev-builtin-path_id.c`, QEMU `hw/scsi/scsi-disk.c`, `hw/ide/core.c` for serials.
pub fn disk_names(topology: &Topology, domain: &Domain) -> BTreeMap<DeviceKey, DiskNames> {
    let mut found: Vec<FoundDisk> = Vec::new();
    for device in &domain.devices {
        let Some(no) = topology.node_of(device.key()) else { continue };
        if super::is_found(topology, no) {
            found.extend(find(topology, device, no));
        }
    }
    found.sort_by_key(|disk| (disk.driver, disk.names.controller, disk.host, disk.place));
    name_hosts(topology, &mut found);
    name_kernel(&mut found);
    found.into_iter().map(|disk| (disk.key, disk.names)).collect()
}

fn find(topology: &Topology, device: &Device, no: NodeId) -> Option<FoundDisk> {
    match (&device.kind, device.address()) {
        (Kind::Disk(disk), Some(Address::Pci(_))) => {
            let at = topology.guest_address(no)?;
            let place = DiskPlace::VirtioBlk;
            Some(new(device, DiskDriver::VirtioBlk, at, (0, 0, 0), place, Some(disk)))
        }
        (Kind::Disk(disk), Some(Address::Drive(drive))) => {
            on_controller(topology, device, disk, *drive)
        }
        (Kind::Disk(disk), Some(Address::Usb(usb))) => {
            let (at, parent) = controller(topology, BusId::Usb(usb.bus))?;
            let port = usb.port?;
            // A disk is fast if no slower device is in between: hubs are USB 2.
            let is_xhci = topology.node(parent)?.id.is_some_and(|id| {
                matches!((id.vendor, id.device), (0x1b36, 0x000d) | (0x1033, 0x0194))
            });
            let version = if is_xhci && port.hub().is_none() { 3 } else { 2 };
            let mut parts = port.parts().iter().copied();
            let mut next = || parts.next().unwrap_or_default();
            let order = (next(), next(), next());
            let place = DiskPlace::Usb { port, version, path: device_path(topology, parent) };
            Some(new(device, DiskDriver::Usb, at, order, place, Some(disk)))
        }
        (Kind::Qemu(qemu), _) if &*qemu.driver == "nvme" => {
            let at = topology.guest_address(no)?;
            Some(new(device, DiskDriver::Nvme, at, (0, 0, 0), DiskPlace::Nvme, None))
        }
        _ => None,
    }
}

fn new(
    device: &Device,
    driver: DiskDriver,
    controller: GuestAddress,
    place: (u32, u32, u32),
    at: DiskPlace,
    disk: Option<&Disk>,
) -> FoundDisk {
    let is_cdrom = disk.is_some_and(|disk| disk.device.as_deref() == Some("cdrom"));
    let serial = disk.and_then(|disk| disk.serial.clone());
    let names = DiskNames { kernel: None, at, controller, host: None, is_cdrom, serial };
    FoundDisk { key: device.key(), driver, host: 0, place, names }
}

fn on_controller(
    topology: &Topology,
    device: &Device,
    disk: &Disk,
    drive: DriveAddress,
) -> Option<FoundDisk> {
    let kind = drive_kind(disk)?;
    let (at, parent) = controller(topology, BusId::Drive(kind, drive.controller))?;
    let DriveAddress { bus, target, unit, .. } = drive;
    match kind {
        ControllerKind::Ide | ControllerKind::Sata => {
            let is_ide = kind == ControllerKind::Ide;
            let (driver, port, slave) =
                if is_ide { (DiskDriver::Ide, bus, unit) } else { (DiskDriver::Ahci, unit, 0) };
            let place = DiskPlace::Ata { port, slave, number: ata_number(topology, is_ide, drive) };
            let found = new(device, driver, at, (port, slave, 0), place, Some(disk));
            Some(FoundDisk { host: port, ..found })
        }
        ControllerKind::Scsi => {
            let id = topology.node(parent)?.id;
            let (driver, order) = match id.map(|id| (id.vendor, id.device)) {
                Some((0x1af4, _)) => (DiskDriver::VirtioScsi, (target, lun(unit), 0)),
                Some((0x1000, 0x0012)) | None => (DiskDriver::Lsi, (unit, 0, 0)),
                // Other models were not seen in a guest.
                _ => return None,
            };
            let place = DiskPlace::Scsi { drive, is_parallel: driver == DiskDriver::Lsi };
            Some(new(device, driver, at, order, place, Some(disk)))
        }
        _ => None,
    }
}

/// QEMU numbers the places of ATA drives over the whole machine: the four of the IDE controller on
/// pc, then twelve of each SATA controller, two for a port (`hw/ide/core.c: ide_init_drive`).
fn ata_number(topology: &Topology, is_ide: bool, drive: DriveAddress) -> u32 {
    let DriveAddress { controller, bus, unit, .. } = drive;
    let has_ide = topology.machine.kind == MachineKind::I440fx;
    let before = if has_ide { 4_u32 } else { 0 };
    let number = if is_ide {
        bus.saturating_mul(2).saturating_add(unit)
    } else {
        before
            .saturating_add(controller.0.saturating_mul(12))
            .saturating_add(unit.saturating_mul(2))
    };
    number.saturating_add(1)
}

/// QEMU's path of a PCI place: the root bus, then the slots from it down, without bus numbers
/// (`hw/pci/pci.c: pcibus_get_dev_path`). `None` below an expander, which was not measured.
fn device_path(topology: &Topology, mut no: NodeId) -> Option<String> {
    let mut path = String::new();
    let mut seen = HashSet::new();
    while seen.insert(no) {
        let node = topology.node(no)?;
        let bus = topology.bus(node.bus?)?;
        let Place::Pci(slot, function) = node.place else { return None };
        path = format!(":{:02x}.{:x}{path}", slot.get(), function.get());
        match bus.id {
            BusId::Pci(ControllerIndex(0)) => return Some(format!("0000:00{path}")),
            _ => no = bus.parent?,
        }
        let is_expander = matches!(
            bus.shape,
            Shape::Pci { model: PciModel::PciExpanderBus | PciModel::PcieExpanderBus, .. }
        );
        if is_expander {
            return None;
        }
    }
    None
}

/// The node and guest address of the controller that offers `bus`.
fn controller(topology: &Topology, bus: BusId) -> Option<(GuestAddress, NodeId)> {
    let parent = topology.bus(topology.bus_no(bus)?)?.parent?;
    Some((topology.guest_address(parent)?, parent))
}

/// Host numbers, where only one driver has any: within a driver they follow guest addresses.
fn name_hosts(topology: &Topology, found: &mut [FoundDisk]) {
    // An IDE controller has a host for each channel, an AHCI one for each port, used or not.
    let mut hosts: BTreeSet<(DiskDriver, GuestAddress, u32)> = BTreeSet::new();
    for (_, bus) in topology.buses() {
        let BusId::Drive(kind, _) = bus.id else { continue };
        let Some(parent) = bus.parent else { continue };
        let Some(at) = topology.guest_address(parent) else { continue };
        let id = topology.node(parent).and_then(|node| node.id);
        let (driver, count) = match (kind, id.map(|id| id.vendor)) {
            (ControllerKind::Ide, _) => (DiskDriver::Ide, 2),
            (ControllerKind::Sata, _) => (DiskDriver::Ahci, 6),
            (ControllerKind::Scsi, Some(0x1af4)) => (DiskDriver::VirtioScsi, 1),
            (ControllerKind::Scsi, _) => (DiskDriver::Lsi, 1),
            _ => continue,
        };
        hosts.extend((0..count).map(|host| (driver, at, host)));
    }
    for disk in found.iter().filter(|disk| disk.driver == DiskDriver::Usb) {
        let (one, two, _) = disk.place;
        hosts.insert((DiskDriver::Usb, disk.names.controller, one * 256 + two));
    }
    let drivers: BTreeSet<DiskDriver> = hosts.iter().map(|(driver, ..)| *driver).collect();
    if drivers.len() != 1 {
        return;
    }
    for disk in found {
        let own = (disk.driver, disk.names.controller, disk.host);
        disk.names.host = hosts.iter().position(|host| *host == own);
    }
}

/// Kernel names in the order of finding; `found` is sorted by driver, then by that order.
fn name_kernel(found: &mut [FoundDisk]) {
    type Family = (&'static str, &'static [DiskDriver], bool);
    const SD: &[DiskDriver] = &[
        DiskDriver::VirtioScsi,
        DiskDriver::Lsi,
        DiskDriver::Ide,
        DiskDriver::Ahci,
        DiskDriver::Usb,
    ];
    const FAMILIES: &[Family] = &[
        ("vd", &[DiskDriver::VirtioBlk], false),
        ("sd", SD, false),
        ("sr", SD, true),
        ("nvme", &[DiskDriver::Nvme], false),
    ];
    for (prefix, drivers, is_cdrom) in FAMILIES {
        let mut own: Vec<&mut FoundDisk> = found
            .iter_mut()
            .filter(|disk| {
                let is_cd = disk.names.is_cdrom && disk.driver != DiskDriver::VirtioBlk;
                drivers.contains(&disk.driver) && is_cd == *is_cdrom
            })
            .collect();
        let first = own.first().map(|disk| disk.driver);
        if own.iter().any(|disk| Some(disk.driver) != first) {
            continue;
        }
        for (nth, disk) in (0..).zip(&mut own) {
            disk.names.kernel = Some(match *prefix {
                "sr" => format!("sr{nth}"),
                "nvme" => format!("nvme{nth}n1"),
                prefix => format!("{prefix}{}", target_letters(nth)),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{Document, decode::decode};

    fn names(devices: &str) -> Vec<DiskNames> {
        let text = format!(
            "<domain><os><type arch='x86_64' machine='pc'/></os><devices>{devices}</devices></domain>"
        );
        let domain = decode(&Document::parse(text).unwrap()).unwrap().domain;
        disk_names(&Topology::build(&domain), &domain).into_values().collect()
    }

    #[test]
    fn virtio_disks_are_named_by_place_and_not_by_target() {
        let disk = |target: &str, slot: u32| {
            format!(
                "<disk><target dev='{target}' bus='virtio'/><address type='pci' slot='{slot}'/></disk>"
            )
        };
        let found = names(&(disk("vda", 14) + &disk("vdb", 5)));
        let kernel: Vec<_> = found.iter().map(|disk| disk.kernel.as_deref().unwrap()).collect();
        assert_eq!(kernel, ["vdb", "vda"]);
        assert_eq!(found[0].by_path(), ["pci-0000:00:0e.0", "virtio-pci-0000:00:0e.0"]);
        assert_eq!(found[0].by_id(), None);
    }

    #[test]
    fn a_lun_above_255_is_written_flat() {
        let found = names(
            "<controller type='scsi' index='0' model='virtio-scsi'><address type='pci' slot='3'/>\
             </controller><disk><target dev='sda' bus='scsi'/><address type='drive' target='1' \
             unit='300'/></disk>",
        );
        assert_eq!(found[0].by_path(), ["pci-0000:00:03.0-scsi-0:0:1:16684"]);
        assert_eq!(found[0].hctl().as_deref(), Some("?:0:1:16684"));
        assert_eq!(
            found[0].by_id().as_deref(),
            Some("scsi-0QEMU_QEMU_HARDDISK_drive-scsi0-0-1-300")
        );
    }

    #[test]
    fn disks_of_two_drivers_have_no_order() {
        let found = names(
            "<controller type='scsi' index='0' model='virtio-scsi'><address type='pci' slot='3'/>\
             </controller><disk><target dev='sda' bus='scsi'/><address type='drive' unit='0'/></disk>\
             <disk><target dev='hda' bus='ide'/><address type='drive' unit='0'/></disk>",
        );
        assert!(found.iter().all(|disk| disk.kernel.is_none()));
    }

    #[test]
    fn a_function_without_function_0_is_found_by_no_guest() {
        let disk = |slot: u32, function: u32| {
            format!(
                "<disk><target dev='vda' bus='virtio'/><address type='pci' slot='{slot}' \
                 function='{function}'/></disk>"
            )
        };
        assert_eq!(names(&disk(4, 3)), []);
        assert_eq!(names(&(disk(4, 0) + &disk(4, 3))).len(), 2);
    }

    #[test]
    fn serials_that_qemu_makes_count_the_places_before() {
        let found = names(
            "<controller type='sata' index='0'><address type='pci' slot='24'/></controller>\
             <controller type='sata' index='1'><address type='pci' slot='25'/></controller>\
             <disk><target dev='sda' bus='sata'/><address type='drive' unit='1'/></disk>\
             <disk><target dev='sdb' bus='sata'/><address type='drive' controller='1' unit='2'/>\
             </disk><disk><target dev='hda' bus='ide'/><address type='drive' bus='1' unit='1'/></disk>",
        );
        let ids: Vec<_> = found.iter().map(|disk| disk.by_id().unwrap()).collect();
        let want = [7, 21, 4].map(|number| format!("ata-QEMU_HARDDISK_QM{number:05}"));
        assert_eq!(ids, want);
    }

    #[test]
    fn a_usb_disk_without_serial_carries_the_path_to_its_controller() {
        let found = names(
            "<controller type='pci' index='1' model='pci-bridge'><address type='pci' slot='10'/>\
             </controller><controller type='usb' index='0' model='qemu-xhci'><address type='pci' \
             bus='1' slot='17'/></controller><disk><target dev='sda' bus='usb'/><address type='usb' \
             bus='0' port='4'/></disk>",
        );
        let want = "usb-QEMU_QEMU_HARDDISK_1-0000:00:0a.0:11.0-4-0:0";
        assert_eq!(found[0].by_id().as_deref(), Some(want));
    }
}
