//! The places a device may have: every free place, the best first, and why not elsewhere.
//!
//! The guest is one in which every device has a place, so that a place that is free here stays free
//! when libvirt completes it.

use std::collections::HashSet;

use super::chipset;
use crate::machine::{ChipsetController, Need, need};
use crate::model::address::{
    CcidAddress, CcwAddress, DimmAddress, DriveAddress, Function, Pci, PciAddress, PortPath, Slot,
    SpaprVioAddress, Usb, VirtioSerialAddress,
};
use crate::model::{
    Address, AddressKind, Code, ControllerIndex, Device, DeviceClass, DeviceKey, Domain, Problem,
};
use crate::topology::{
    Asker, BridgeNesting, Bus, BusId, Guest, NodeKind, PciBus, PciBuses, Place, Request, Shape,
    bus_and_place, is_express,
};

/// A place a device may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreePlace {
    /// The address that names it.
    pub address: Address,
    /// The reason for the place, or a warning.
    pub note: PlaceNote,
}

/// A note on a free place; better ones come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceNote {
    /// libvirt would choose this one.
    Next,
    /// libvirt would use it by itself, once it is the first.
    Plain,
    /// libvirt uses it only if the XML names it.
    Written,
    /// Others have functions of the same slot.
    Shared,
}

impl PlaceNote {
    /// A description; empty for a plain place.
    pub fn words(self) -> &'static str {
        match self {
            Self::Next => "libvirt's own choice",
            Self::Plain => "",
            Self::Written => "only when written into the XML",
            Self::Shared => "shares its slot: function 0 needs multifunction='on'",
        }
    }
}

/// A place, or a whole bus, that a device may not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedPlace {
    /// A PCI address, or the name of the bus.
    pub place: String,
    /// The reason for the refusal.
    pub refusal: Problem,
}

/// The places a device can choose from.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The best first. Not every unit of a SCSI target with thousands is here.
    pub free: Vec<FreePlace>,
    /// In the order of buses.
    pub refused: Vec<RefusedPlace>,
}

/// The most places of one bus in the list.
const MOST: usize = 256;

/// The places that `key` may have in `guest`, where every device has an address. The place it has
/// now counts as free.
pub fn places(guest: Guest<'_>, key: DeviceKey, asker: Asker) -> Places {
    let mut found = Places::default();
    let Some(device) = guest.domain.device(key) else { return found };
    let express = is_express(guest.domain);
    match (device.address(), need(device, express)) {
        (None | Some(Address::Pci(_)), Some(need)) => {
            OnPci { guest, device, need, express, asker, lifted: &[key] }.find(&mut found);
        }
        (Some(Address::Pci(_)), None) => {
            let (need, lifted) = (Need::PCI, &[key]);
            OnPci { guest, device, need, express, asker, lifted }.find(&mut found);
        }
        (Some(value), _) => elsewhere(guest, device, value, &mut found),
        (None, None) => {}
    }
    found.free.sort_by_key(|place| place.note);
    found
}

/// Checks that `device` of `domain` may be put at `to`, in a guest with complete addresses. The
/// places of the devices in `lifted`, which include the device itself, count as free.
///
/// Places on PCI are checked fully. Of others only those are refused that libvirt would answer with
/// something else: another kind of address, and missing controllers.
///
/// # Errors
/// The reason against it, worded as in [`places`].
pub fn legal(
    guest: Guest<'_>,
    device: &Device,
    to: &Address,
    lifted: &[DeviceKey],
) -> Result<(), Box<Problem>> {
    let asker = Asker::Written;
    let express = is_express(guest.domain);
    let own = device.address().map(Address::kind);
    let need = need(device, express);
    if !to.is_complete() {
        let message = format!("{to} is not one place: libvirt chooses");
        let refusal = no_place(device, message);
        return refusal.helping("`free` lists the free places of a device").refuse();
    }
    match to {
        // libvirt puts devices of pSeries' virtual bus there again, whatever is written.
        Address::Pci(pci)
            if own == Some(AddressKind::Pci)
                || need.is_some() && own != Some(AddressKind::SpaprVio) =>
        {
            let Some(at) = pci.at else { return Ok(()) };
            let need = need.unwrap_or(Need::PCI);
            OnPci { guest, device, need, express, asker, lifted }.verdict(at)
        }
        to if own == Some(to.kind()) => match bus_and_place(device, to) {
            Ok((id @ BusId::Drive(..), _)) if guest.topology.bus_no(id).is_none() => {
                no_controller(id).on(device.key()).refuse()
            }
            Ok((id, _)) if device.address().is_some_and(|own| is_inside(id, device, own)) => {
                Problem::error(Code::UsbLoop, "the hub would be on its own port")
                    .helping("choose a port of the controller, or of another hub")
                    .on(device.key())
                    .refuse()
            }
            _ => Ok(()),
        },
        to => other_kind(device, to).on(device.key()).refuse(),
    }
}

/// The refusal of a request that needs a place where `device` has none, or `message` names none.
pub fn no_place(device: &Device, message: impl Into<String>) -> Problem {
    Problem::error(Code::NoPlace, message).on(device.key())
}

fn no_controller(id: BusId) -> Problem {
    Problem::error(Code::NoController, format!("there is no controller {id}"))
        .helping("add one with `controller add`, or choose one that is there")
}

fn other_kind(device: &Device, to: &Address) -> Problem {
    let word = to.kind().as_str();
    let message = match device.address() {
        Some(own) => format!("its address is of kind '{}', not '{word}'", own.kind().as_str()),
        None => format!("it has no address, and none of kind '{word}'"),
    };
    Problem::error(Code::AddressKind, message).helping("`free` lists the free places of a device")
}

/// The search on PCI buses.
struct OnPci<'d> {
    guest: Guest<'d>,
    device: &'d Device,
    need: Need,
    express: bool,
    asker: Asker,
    /// Devices with places that count as free, the device itself included.
    lifted: &'d [DeviceKey],
}

impl OnPci<'_> {
    /// The buses as libvirt sees them: it knows no `-device` arguments.
    fn buses(&self) -> PciBuses {
        PciBuses::of(self.guest, |device| {
            device.class() != DeviceClass::Qemu && !self.lifted.contains(&device.key())
        })
    }

    fn find(&self, found: &mut Places) {
        let mut buses = self.buses();
        if let Some(&ChipsetController { at, .. }) = self.chipset() {
            found
                .free
                .push(FreePlace { address: Address::Pci(Pci::at(at)), note: PlaceNote::Next });
            return;
        }
        let key = self.device.key();
        let request = Request { occupant: Some(NodeKind::Device(key)), need: self.need, group: 0 };
        let next = buses.next(request);
        let nesting = BridgeNesting::new(self.guest.domain, self.device);
        for (index, bus) in buses.buses() {
            let first = PciAddress { bus: index, slot: bus.first, ..PciAddress::default() };
            if let Err(refusal) = self.bus_verdict(&buses, first, &nesting) {
                let name = self.bus_name(index, bus);
                found.refused.push(RefusedPlace { place: name, refusal: *refusal });
                continue;
            }
            for slot in bus.slots() {
                self.slot(&buses, PciAddress { slot, ..first }, next, found);
            }
        }
    }

    /// Checks that the device may be on a bus at all; `first` is the bus's first slot.
    fn bus_verdict(
        &self,
        buses: &PciBuses,
        first: PciAddress,
        nesting: &BridgeNesting,
    ) -> Result<(), Box<Problem>> {
        let hanging = nesting.verdict(first.bus);
        // On itself the device finds no bus at all, whatever it takes.
        let is_loop = hanging.as_ref().err().is_some_and(|refusal| refusal.code == Code::PciLoop);
        match buses.verdict(self.need, first, self.asker) {
            Err(refusal) if refusal.code != Code::PciDoubleUse && !is_loop => Err(refusal),
            _ => hanging,
        }
    }

    fn slot(&self, buses: &PciBuses, at: PciAddress, next: Option<PciAddress>, found: &mut Places) {
        let Some(bus) = buses.bus(at.bus) else { return };
        // A function is only found by the guest where there is a function 0.
        let count = if bus.is_slot_taken(at.slot) { usize::MAX } else { 1 };
        let mut refused = None;
        for function in Function::all().take(count) {
            let at = PciAddress { function, ..at };
            if let Err(refusal) = buses.verdict(self.need, at, self.asker) {
                refused.get_or_insert(refusal);
                continue;
            }
            let is_lone = !bus.is_slot_taken(at.slot) || self.need.aggregate;
            let note = match () {
                () if next == Some(at) => PlaceNote::Next,
                () if !is_lone => PlaceNote::Shared,
                () if buses.verdict(self.need, at, Asker::Automatic).is_ok() => PlaceNote::Plain,
                () => PlaceNote::Written,
            };
            found.free.push(FreePlace { address: Address::Pci(Pci::at(at)), note });
        }
        if let Some(refusal) = refused {
            let whole = PciAddress { function: Function::ZERO, ..at };
            found.refused.push(RefusedPlace { place: whole.to_string(), refusal: *refusal });
        }
    }

    fn bus_name(&self, index: ControllerIndex, bus: &PciBus) -> String {
        let family = if self.express && index.0 == 0 { "pcie" } else { "pci" };
        format!("{family}.{index} ({})", bus.model)
    }

    /// Checks that the device may be at one place.
    fn verdict(&self, at: PciAddress) -> Result<(), Box<Problem>> {
        if let Some(function) = self.chipset().filter(|function| function.at != at) {
            return chipset::elsewhere(function).refuse();
        }
        let buses = self.buses();
        self.bus_verdict(&buses, at, &BridgeNesting::new(self.guest.domain, self.device))?;
        buses.verdict(self.need, at, self.asker)
    }

    /// Parts of the machine have a place of their own.
    fn chipset(&self) -> Option<&'static ChipsetController> {
        ChipsetController::of(self.device.controller()?, self.guest.topology.machine.kind)
    }
}

/// Places of the device's kind on all other buses.
fn elsewhere(guest: Guest<'_>, device: &Device, value: &Address, found: &mut Places) {
    let Guest { domain, topology } = guest;
    let own = topology.node_of(device.key());
    let own_bus = own.and_then(|no| topology.node(no)?.bus);
    let own_bus = own_bus.and_then(|no| topology.bus(no)).map(|bus| bus.id);
    let taken = |bus: &Bus| -> HashSet<Place> {
        let others = bus.nodes.iter().filter(|no| Some(**no) != own);
        others.filter_map(|no| Some(topology.node(*no)?.place)).collect()
    };
    let mut buses: Vec<&Bus> = topology.buses().map(|(_, bus)| bus).collect();
    buses.sort_by_key(|bus| bus.id);
    for bus in buses {
        if !is_alike(bus.id, value, own_bus) || is_inside(bus.id, device, value) {
            continue;
        }
        let taken = taken(bus);
        let all = candidates(domain, device, bus);
        let free = all.filter(|place| !taken.contains(place)).take(MOST);
        let addresses = free.filter_map(|place| address(bus.id, place));
        found.free.extend(addresses.map(|address| FreePlace { address, note: PlaceNote::Plain }));
    }
    if let Some(first) = found.free.first_mut() {
        first.note = PlaceNote::Next;
    }
}

/// Whether addresses of this kind name places of a bus, for this device.
fn is_alike(id: BusId, value: &Address, own: Option<BusId>) -> bool {
    match (id, value) {
        // A disk does not change the kind of its controller.
        (BusId::Drive(kind, _), Address::Drive(_)) => {
            matches!(own, Some(BusId::Drive(own, _)) if own == kind)
        }
        (BusId::Usb(_) | BusId::Hub(..), Address::Usb(_))
        | (BusId::VirtioSerial(_), Address::VirtioSerial(_))
        | (BusId::Ccid(_), Address::Ccid(_))
        | (BusId::Ccw, Address::Ccw(_))
        | (BusId::SpaprVio, Address::SpaprVio(_))
        | (BusId::Dimm, Address::Dimm(_)) => true,
        _ => false,
    }
}

/// Whether a bus is the hub itself, or behind it.
fn is_inside(id: BusId, device: &Device, value: &Address) -> bool {
    match (id, value) {
        (BusId::Hub(bus, path), Address::Usb(Usb { bus: own_bus, port: Some(own), .. })) => {
            device.class() == DeviceClass::Hub
                && bus == *own_bus
                && path.parts().starts_with(own.parts())
        }
        _ => false,
    }
}

/// The places of a bus, in the order in which libvirt would try them.
fn candidates(domain: &Domain, device: &Device, bus: &Bus) -> Box<dyn Iterator<Item = Place>> {
    match (bus.id, bus.shape) {
        (_, Shape::Drive(drives)) => {
            let places = drives.places();
            Box::new(places.map(|(bus, target, unit)| Place::Drive { bus, target, unit }))
        }
        (_, Shape::Ports { first, count }) => {
            // Port 0 of a virtio-serial controller is for a console.
            let least = u32::from(device.class() == DeviceClass::Channel);
            let ports = (first..first.saturating_add(count)).filter(move |port| *port >= least);
            Box::new(ports.map(Place::Port))
        }
        (BusId::Dimm, _) => {
            let slots = domain.features.memory_slots.unwrap_or_default();
            Box::new((0..slots).map(Place::Slot))
        }
        (_, Shape::Slots { count }) => Box::new((0..count).map(Place::Slot)),
        (BusId::Ccw, _) => Box::new((0..=u32::from(u16::MAX)).filter_map(|devno| {
            CcwAddress::new(u32::from(CcwAddress::VIRTIO_CSSID), 0, devno).map(Place::Ccw)
        })),
        // QEMU's own registers begin there, each a page from the next.
        (BusId::SpaprVio, _) => Box::new((1..=0xff).map(|page: u64| Place::Reg(page * 0x1000))),
        _ => Box::new(std::iter::empty()),
    }
}

/// The address of a place.
fn address(id: BusId, place: Place) -> Option<Address> {
    Some(match (id, place) {
        (BusId::Drive(_, controller), Place::Drive { bus, target, unit }) => {
            Address::Drive(DriveAddress { controller, bus, target, unit })
        }
        (BusId::Usb(bus), Place::Port(port)) => {
            Address::Usb(Usb { bus, port: Some(PortPath::new(&[port])?), dev: None })
        }
        (BusId::Hub(bus, hub), Place::Port(port)) => {
            Address::Usb(Usb { bus, port: Some(hub.below(port)?), dev: None })
        }
        (BusId::VirtioSerial(controller), Place::Port(port)) => {
            Address::VirtioSerial(VirtioSerialAddress { controller, bus: 0, port })
        }
        (BusId::Ccid(controller), Place::Slot(slot)) => {
            Address::Ccid(CcidAddress { controller, slot })
        }
        (BusId::Ccw, Place::Ccw(at)) => Address::Ccw(Some(at)),
        (BusId::SpaprVio, Place::Reg(reg)) => Address::SpaprVio(SpaprVioAddress { reg: Some(reg) }),
        (BusId::Dimm, Place::Slot(slot)) => Address::Dimm(DimmAddress { slot, base: 0 }),
        _ => return None,
    })
}

impl FreePlace {
    /// Whether `next` is the place directly after this one with the same note, so that both can be
    /// shown as one range.
    pub fn is_followed_by(&self, next: &Self) -> bool {
        self.note == next.note && follower(&self.address).as_ref() == Some(&next.address)
    }
}

/// The address of the place behind this one: next slot, unit, port or number.
fn follower(address: &Address) -> Option<Address> {
    Some(match address {
        Address::Pci(Pci { at: Some(at), .. }) if at.function == Function::ZERO => {
            let slot = Slot::new(u32::from(at.slot.get()) + 1)?;
            Address::Pci(Pci::at(PciAddress { slot, ..*at }))
        }
        Address::Pci(Pci { at: Some(at), .. }) => {
            let function = Function::new(u32::from(at.function.get()) + 1)?;
            Address::Pci(Pci::at(PciAddress { function, ..*at }))
        }
        Address::Drive(at) => Address::Drive(DriveAddress { unit: at.unit.checked_add(1)?, ..*at }),
        Address::Usb(usb) => {
            let (last, above) = usb.port?.parts().split_last().map(|(l, a)| (*l, a.to_vec()))?;
            let port = PortPath::new(&[above, vec![last.checked_add(1)?]].concat())?;
            Address::Usb(Usb { port: Some(port), ..*usb })
        }
        Address::VirtioSerial(at) => {
            Address::VirtioSerial(VirtioSerialAddress { port: at.port.checked_add(1)?, ..*at })
        }
        Address::Dimm(at) => Address::Dimm(DimmAddress { slot: at.slot.checked_add(1)?, ..*at }),
        Address::Ccw(Some(at)) => {
            Address::Ccw(Some(CcwAddress { devno: at.devno.checked_add(1)?, ..*at }))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assign::{ParseMode, assign};
    use crate::topology::Topology;
    use crate::xml::{Document, decode::decode};

    fn found(machine: &str, devices: &str, key: &str, asker: Asker) -> Places {
        let text = format!(
            "<domain><os><type arch='x86_64' machine='{machine}'>hvm</type></os>\
             <devices>{devices}</devices></domain>"
        );
        let domain = decode(&Document::parse(text).unwrap()).unwrap().domain;
        let domain = assign(&domain, ParseMode::Define).domain;
        let (class, nth) = key.split_once(':').unwrap();
        let class = DeviceClass::from_name(class).unwrap();
        let topology = Topology::build(&domain);
        let guest = Guest { domain: &domain, topology: &topology };
        places(guest, DeviceKey::new(class, nth.parse().unwrap()), asker)
    }

    fn free(machine: &str, devices: &str, key: &str) -> Vec<String> {
        let places = found(machine, devices, key, Asker::Written);
        places.free.iter().map(|place| place.address.place()).collect()
    }

    #[test]
    fn on_a_pc_every_free_slot_is_a_place_and_libvirts_own_comes_first() {
        let devices = "<interface type='user'/><memballoon model='none'/>";
        let all = free("pc", devices, "interface:0");
        assert_eq!(all[0], "0000:00:02.0");
        assert_eq!(all[29], "0000:00:1f.0");
        // Behind the whole slots: functions beside the chipset's.
        assert_eq!(all[30..], ["0000:00:01.4", "0000:00:01.5", "0000:00:01.6", "0000:00:01.7"]);
    }

    #[test]
    fn pcie_root_takes_an_endpoint_only_when_it_is_written() {
        let devices = "<interface type='user'><model type='virtio'/></interface>";
        let places = found("q35", devices, "interface:0", Asker::Written);
        let first = &places.free[0];
        assert_eq!((first.address.place().as_str(), first.note), ("0000:01:00.0", PlaceNote::Next));
        let on_root = places.free.iter().find(|place| place.address.place() == "0000:00:05.0");
        assert_eq!(on_root.unwrap().note, PlaceNote::Written);
        let taken = places.refused.iter().find(|refused| refused.place == "0000:02:00.0");
        assert_eq!(taken.unwrap().refusal.code, Code::PciDoubleUse);
        let places = found("q35", devices, "interface:0", Asker::HotPlug);
        let root = places.refused.iter().find(|refused| refused.place == "pcie.0 (pcie-root)");
        assert_eq!(root.unwrap().refusal.code, Code::PciNoHotplug);
    }

    #[test]
    fn a_bridge_does_not_go_below_itself() {
        let devices = "<controller type='pci' index='0' model='pci-root'/>\
                       <controller type='pci' index='1' model='pci-bridge'/>\
                       <controller type='pci' index='2' model='pci-bridge'>\
                       <address type='pci' bus='1' slot='4'/></controller>";
        let places = found("pc", devices, "controller:1", Asker::Written);
        let codes: Vec<_> = places.refused.iter().map(|refused| refused.refusal.code).collect();
        assert_eq!(codes.iter().filter(|code| **code == Code::PciLoop).count(), 2, "{codes:?}");
        assert!(places.free.iter().all(|place| place.address.pci().unwrap().bus.0 == 0));
    }

    #[test]
    fn a_part_of_the_machine_has_one_place() {
        assert_eq!(free("q35", "", "controller:1"), ["0000:00:1f.2"]);
        assert_eq!(free("pc", "", "controller:0"), ["0000:00:01.2"]);
    }

    #[test]
    fn a_disk_stays_with_its_kind_of_controller() {
        let devices = "<disk><target dev='hda' bus='ide'/></disk>\
                       <disk><target dev='sda' bus='sata'/></disk>\
                       <disk><target dev='hdc' bus='ide'/></disk>";
        assert_eq!(free("pc", devices, "disk:0"), ["0:0:0:0", "0:0:0:1", "0:1:0:1"]);
        assert_eq!(free("pc", devices, "disk:1").len(), 6);
    }

    #[test]
    fn usb_ports_are_those_of_controllers_before_those_of_hubs() {
        let devices = "<hub type='usb'/><input type='tablet' bus='usb'/>";
        let all = free("pc", devices, "input:0");
        assert_eq!(all[..3], ["0:2", "0:1.1", "0:1.2"]);
        // The hub itself cannot hang on its own ports.
        assert_eq!(free("pc", devices, "hub:0"), ["0:1"]);
    }

    #[test]
    fn a_channel_never_has_port_0() {
        let devices = "<channel type='pty'><target type='virtio'/></channel>";
        let all = free("pc", devices, "channel:0");
        assert_eq!((all[0].as_str(), all.len()), ("0:0:1", 30));
    }

    #[test]
    fn neighbours_are_told_as_one_range() {
        let places = found(
            "pc",
            "<memballoon model='none'/><sound model='ac97'/>",
            "sound:0",
            Asker::Written,
        );
        let (first, second, third) = (&places.free[0], &places.free[1], &places.free[2]);
        assert!(!first.is_followed_by(second), "another note");
        assert!(second.is_followed_by(third));
        assert!(!second.is_followed_by(first));
    }
}
