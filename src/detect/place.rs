//! Conversion of places between libvirt's and QEMU's terms.

use crate::live::{Facts, LiveBusKind, LiveNo, QdevAddress};
use crate::machine::Drives;
use crate::model::address::{
    CcidAddress, DimmAddress, DriveAddress, Function, Pci, PciAddress, SpaprVioAddress, Usb,
    VirtioSerialAddress,
};
use crate::model::{Address, ControllerIndex, ControllerKind, Device};
use crate::topology::{BusId, Place, Shape, Topology, bus_and_place};

/// Returns the bus and place that a configured device names, or `None` when it names none. Of a
/// SCSI place only the part counts that QEMU gets.
pub(super) fn configured_place(device: &Device, topology: &Topology) -> Option<(BusId, Place)> {
    if let Some(address @ (Address::Usb(_) | Address::Isa(_))) = device.address() {
        let (bus, place) = bus_and_place(device, address).ok()?;
        return matches!(place, Place::Port(_) | Place::Io(_)).then_some((bus, place));
    }
    let resident = topology.node(topology.node_of(device.key())?)?;
    let bus = topology.bus(resident.bus?)?;
    let place = match (resident.place, bus.shape) {
        (Place::Drive { bus, target, unit }, Shape::Drive(drives)) => {
            let (id, lun) = drives.scsi_id(target, unit);
            let (target, unit) = drives.written(id, lun);
            Place::Drive { bus, target, unit }
        }
        (Place::Unnumbered | Place::Device(_) | Place::Io(_), _) => return None,
        (place, _) => place,
    };
    Some((bus.id, place))
}

/// Returns the place of a live device on its controller, or on its hub for a USB device below one;
/// `None` when it has no place that has a number.
pub fn live_place(facts: &Facts, no: LiveNo) -> Option<Place> {
    let device = facts.device(no)?;
    Some(match device.address {
        QdevAddress::None | QdevAddress::Host(_) => return None,
        QdevAddress::Ccw(address) => Place::Ccw(address),
        QdevAddress::Reg(reg) => Place::Reg(reg),
        QdevAddress::Isa { at, .. } => Place::Io(Some(at.iobase).filter(|base| *base != 0)?),
        QdevAddress::Pci(slot, function) => Place::Pci(slot, function),
        QdevAddress::Usb(path) => Place::Port(path.last()),
        QdevAddress::Scsi { channel, target, lun } => {
            let adapter = device.bus.and_then(|bus| facts.device(facts.holder(bus)?));
            let driver = adapter.and_then(|adapter| adapter.driver.as_deref());
            let places = driver.and_then(Drives::of_driver).unwrap_or(Drives::UNKNOWN);
            let (target, unit) = places.written(target, lun);
            Place::Drive { bus: channel, target, unit }
        }
        QdevAddress::Unit(unit) => {
            let (bus, unit) = match facts.bus_kind(no) {
                LiveBusKind::Floppy => (0, unit),
                _ => {
                    let bus = facts.bus(device.bus?)?;
                    let channel = bus.name.as_deref()?.rsplit('.').next()?.parse().ok()?;
                    let is_ahci = is_ahci(facts, facts.holder(device.bus?)?);
                    if is_ahci { (0, channel) } else { (channel, unit) }
                }
            };
            Place::Drive { bus, target: 0, unit }
        }
        QdevAddress::Port(number) => Place::Port(number),
        QdevAddress::Slot(number) => Place::Slot(number),
    })
}

/// Returns the address of a live device on controller `index` as libvirt writes it. Everything in
/// `old` but the place stays.
pub fn live_address(
    facts: &Facts,
    no: LiveNo,
    index: ControllerIndex,
    old: Option<&Address>,
    multifunction: bool,
) -> Option<Address> {
    let place = live_place(facts, no)?;
    Some(match (place, facts.device(no)?.address) {
        (_, QdevAddress::Usb(port)) => {
            Address::Usb(Usb { bus: index, port: Some(port), dev: None })
        }
        (_, QdevAddress::Isa { at, .. }) => Address::Isa(at),
        (Place::Pci(slot, function), _) => {
            let at = PciAddress { domain: 0, bus: index, slot, function };
            let old = match old {
                Some(Address::Pci(old)) => *old,
                _ => Pci {
                    multifunction: (multifunction && function == Function::ZERO).then_some(true),
                    ..Pci::default()
                },
            };
            Address::Pci(Pci { at: Some(at), ..old })
        }
        (Place::Drive { bus, target, unit }, _) => {
            Address::Drive(DriveAddress { controller: index, bus, target, unit })
        }
        (Place::Ccw(address), _) => Address::Ccw(Some(address)),
        (Place::Reg(reg), _) => Address::SpaprVio(SpaprVioAddress { reg: Some(reg) }),
        (Place::Port(port), _) => {
            Address::VirtioSerial(VirtioSerialAddress { controller: index, bus: 0, port })
        }
        (Place::Slot(slot), _) if facts.bus_kind(no) == LiveBusKind::Ccid => {
            Address::Ccid(CcidAddress { controller: index, slot })
        }
        (Place::Slot(slot), _) => {
            let base = match old {
                Some(Address::Dimm(old)) if old.slot == slot => old.base,
                _ => 0,
            };
            Address::Dimm(DimmAddress { slot, base })
        }
        (Place::Device(_) | Place::Io(_) | Place::Unnumbered, _) => return None,
    })
}

/// Whether a controller has one bus for each of its ports: libvirt's unit is then the bus.
fn is_ahci(facts: &Facts, no: LiveNo) -> bool {
    let Some(device) = facts.device(no) else { return false };
    let class = device.pci.as_ref().and_then(|pci| pci.class);
    class == Some(0x0106) || device.driver.as_deref().is_some_and(|name| name.ends_with("ahci"))
}

/// The bus that a live controller offers, by its kind, to be compared with a configured one.
pub(super) fn offered_kind(id: BusId) -> Option<LiveBusKind> {
    Some(match id {
        BusId::Pci(_) | BusId::Qemu(_) => LiveBusKind::Pci,
        BusId::Drive(kind, _) => return bus_kind(kind),
        BusId::Usb(_) => LiveBusKind::Usb,
        BusId::VirtioSerial(_) => LiveBusKind::Serial,
        BusId::Ccid(_) => LiveBusKind::Ccid,
        BusId::Ccw => LiveBusKind::Ccw,
        BusId::SpaprVio => LiveBusKind::Vio,
        BusId::Isa => LiveBusKind::Isa,
        _ => return None,
    })
}

/// The kind of live bus that a controller of this kind offers.
pub fn bus_kind(kind: ControllerKind) -> Option<LiveBusKind> {
    Some(match kind {
        ControllerKind::Pci => LiveBusKind::Pci,
        ControllerKind::Scsi => LiveBusKind::Scsi,
        ControllerKind::Ide | ControllerKind::Sata => LiveBusKind::Ide,
        ControllerKind::Fdc => LiveBusKind::Floppy,
        ControllerKind::Usb => LiveBusKind::Usb,
        ControllerKind::VirtioSerial => LiveBusKind::Serial,
        ControllerKind::Ccid => LiveBusKind::Ccid,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DeviceClass, DeviceKey};
    use crate::xml::Document;
    use crate::xml::decode::decode;

    #[test]
    fn a_target_that_qemu_never_gets_is_no_part_of_the_place() {
        for (model, want) in [
            ("am53c974", Place::Drive { bus: 0, target: 0, unit: 2 }),
            ("dc390", Place::Drive { bus: 0, target: 0, unit: 2 }),
            ("lsisas1068", Place::Drive { bus: 0, target: 3, unit: 2 }),
        ] {
            let text = format!(
                "<domain><os><type arch='x86_64' machine='pc'>hvm</type></os><devices>\
                 <controller type='scsi' index='0' model='{model}'/>\
                 <disk><target dev='sda' bus='scsi'/>\
                 <address type='drive' controller='0' target='3' unit='2'/></disk>\
                 </devices></domain>"
            );
            let domain = decode(&Document::parse(text.as_str()).unwrap()).unwrap().domain;
            let topology = Topology::build(&domain);
            let disk = domain.device(DeviceKey::new(DeviceClass::Disk, 0)).unwrap();
            let id = BusId::Drive(
                ControllerKind::Scsi,
                disk.address().unwrap().drive().unwrap().controller,
            );
            assert_eq!(configured_place(disk, &topology), Some((id, want)), "{model}");
        }
    }
}
