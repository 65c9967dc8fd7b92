//! Places in libvirt's words: of what is live, and of what is configured.

use crate::live::{Facts, LiveBusKind, LiveNo, Seat};
use crate::machine::Drives;
use crate::model::address::{
    CcidAddress, CcwAddress, DimmAddress, DriveAddress, Function, IsaAddress, Pci, PciAddress,
    PortPath, Slot, SpaprVioAddress, Usb, VirtioSerialAddress,
};
use crate::model::{Address, ControllerIndex, ControllerKind, Device};
use crate::topology::{BusId, Place, Shape, Topology};

/// A place on a controller, as libvirt counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spot {
    /// A slot and function.
    Pci(Slot, Function),
    /// Bus, target and unit.
    Drive(u32, u32, u32),
    /// Ports below a USB controller.
    Usb(PortPath),
    /// A port or slot.
    Number(u32),
    /// A device number in the channel subsystem.
    Ccw(CcwAddress),
    /// A register of pSeries' virtual I/O bus.
    Reg(u64),
    /// I/O ports, and the interrupt.
    Isa(IsaAddress),
}

impl Spot {
    /// The bus and place a configured device names; `None` when it names none.
    pub fn configured(device: &Device, topology: &Topology) -> Option<(BusId, Self)> {
        if let Some(Address::Usb(usb)) = device.value() {
            return Some((BusId::Usb(usb.bus), Self::Usb(usb.port?)));
        }
        if let Some(Address::Isa(isa)) = device.value() {
            return Some((BusId::Isa, Self::Isa(*isa)));
        }
        let resident = topology.resident(topology.resident_of(device.key())?)?;
        let offers = topology.bus(resident.bus?)?;
        let spot = match resident.place {
            Place::Pci(slot, function) => Self::Pci(slot, function),
            Place::Drive { bus, target, unit } => match offers.shape {
                // As QEMU gets it, and as it is seen where it runs.
                Shape::Drive(drives) => {
                    let (id, lun) = drives.scsi_id(target, unit);
                    let (target, unit) = drives.written(id, lun);
                    Self::Drive(bus, target, unit)
                }
                _ => Self::Drive(bus, target, unit),
            },
            Place::Port(number) | Place::Slot(number) => Self::Number(number),
            Place::Ccw(address) => Self::Ccw(address),
            Place::Reg(reg) => Self::Reg(reg),
            _ => return None,
        };
        Some((offers.id, spot))
    }

    /// The place of a live device on its controller.
    pub fn live(facts: &Facts, no: LiveNo) -> Option<Self> {
        let device = facts.device(no)?;
        Some(match device.seat {
            Seat::None | Seat::Host(_) => return None,
            Seat::Ccw(address) => Self::Ccw(address),
            Seat::Reg(reg) => Self::Reg(reg),
            Seat::Isa { at, .. } => Self::Isa(Some(at).filter(|at| at.iobase != 0)?),
            Seat::Pci(slot, function) => Self::Pci(slot, function),
            Seat::Usb(port) => Self::Usb(port),
            Seat::Scsi { channel, target, lun } => {
                let adapter = device.bus.and_then(|bus| facts.device(facts.holder(bus)?));
                let driver = adapter.and_then(|adapter| adapter.driver.as_deref());
                let places = driver.and_then(Drives::of_driver).unwrap_or(Drives::UNKNOWN);
                let (target, unit) = places.written(target, lun);
                Self::Drive(channel, target, unit)
            }
            Seat::Unit(unit) => match facts.bus_kind(no) {
                LiveBusKind::Floppy => Self::Drive(0, 0, unit),
                _ => {
                    let bus = facts.bus(device.bus?)?;
                    let channel = bus.name.as_deref()?.rsplit('.').next()?.parse().ok()?;
                    if is_ahci(facts, facts.holder(device.bus?)?) {
                        Self::Drive(0, 0, channel)
                    } else {
                        Self::Drive(channel, 0, unit)
                    }
                }
            },
            Seat::Port(number) | Seat::Slot(number) => Self::Number(number),
        })
    }

    /// The address that says this place of controller `index` to libvirt. What `old` says besides
    /// the place stays.
    pub fn address(
        self,
        kind: LiveBusKind,
        index: ControllerIndex,
        old: Option<&Address>,
        multifunction: bool,
    ) -> Address {
        match (self, kind) {
            (Self::Pci(slot, function), _) => {
                let at = PciAddress { domain: 0, bus: index, slot, function };
                let old = match old {
                    Some(Address::Pci(old)) => *old,
                    _ => Pci {
                        multifunction: (multifunction && function == Function::ZERO)
                            .then_some(true),
                        ..Pci::default()
                    },
                };
                Address::Pci(Pci { at: Some(at), ..old })
            }
            (Self::Drive(bus, target, unit), _) => {
                Address::Drive(DriveAddress { controller: index, bus, target, unit })
            }
            (Self::Ccw(address), _) => Address::Ccw(Some(address)),
            (Self::Isa(at), _) => Address::Isa(at),
            (Self::Reg(reg), _) => Address::SpaprVio(SpaprVioAddress { reg: Some(reg) }),
            (Self::Usb(port), _) => Address::Usb(Usb { bus: index, port: Some(port), dev: None }),
            (Self::Number(port), LiveBusKind::Serial) => {
                Address::VirtioSerial(VirtioSerialAddress { controller: index, bus: 0, port })
            }
            (Self::Number(slot), LiveBusKind::Ccid) => {
                Address::Ccid(CcidAddress { controller: index, slot })
            }
            (Self::Number(slot), _) => {
                let base = match old {
                    Some(Address::Dimm(old)) if old.slot == slot => old.base,
                    _ => 0,
                };
                Address::Dimm(DimmAddress { slot, base })
            }
        }
    }
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

/// What a controller of this kind offers, on a monitor.
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
            ("am53c974", Spot::Drive(0, 0, 2)),
            ("dc390", Spot::Drive(0, 0, 2)),
            ("lsisas1068", Spot::Drive(0, 3, 2)),
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
                disk.value().unwrap().drive().unwrap().controller,
            );
            assert_eq!(Spot::configured(disk, &topology), Some((id, want)), "{model}");
        }
    }
}
