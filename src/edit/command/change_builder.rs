//! Construction of a command's change: devices get addresses, and with them the controllers above.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::assign::{legal, no_place};
use crate::edit::identity::full_title;
use crate::edit::revision::Revision;
use crate::model::address::{Function, Pci, PciAddress, PortPath, Slot, Usb};
use crate::model::{
    Address, AddressMode, Change, Code, Controller, ControllerIndex, ControllerKind,
    ControllerPatch, Device, DeviceClass, DeviceKey, Dialect, Kind, PciTarget, Placement, Problem,
    Selector, Text,
};
use crate::topology::{BusId, Guest, bus_and_place};

/// A PCI slot: the index of its bus, and its number.
type SlotId = (ControllerIndex, Slot);

/// A change under construction.
#[derive(Clone)]
pub(super) struct ChangeBuilder<'r> {
    pub(super) revision: &'r Revision,
    pub(super) title: String,
    /// Remarks on the change, a sentence each.
    pub(super) notes: Vec<String>,
    /// Every device of the completed guest.
    devices: BTreeMap<DeviceKey, &'r Device>,
    /// The devices of the text, as they are written.
    written: BTreeMap<DeviceKey, &'r Device>,
    /// Addresses to be written; `None` for a device that is written without one.
    places: BTreeMap<DeviceKey, Option<Address>>,
    /// Controllers with written numbers.
    numbered: BTreeSet<DeviceKey>,
    /// Models to be written of controllers with written numbers.
    models: HashMap<DeviceKey, Text>,
    /// Devices that are removed, or lose their address.
    left: BTreeSet<DeviceKey>,
    /// New controllers with their addresses.
    new: Vec<(Controller, Option<Address>)>,
    /// New values of written controllers.
    settings: BTreeMap<DeviceKey, ControllerPatch>,
    /// Further changes, in the order in which they were pushed.
    others: Vec<Change>,
    /// Devices that the command names: they may move or go.
    subjects: BTreeSet<DeviceKey>,
}

impl<'r> ChangeBuilder<'r> {
    /// A change of nothing so far.
    pub(super) fn new(revision: &'r Revision) -> Self {
        Self {
            revision,
            title: String::new(),
            notes: Vec::new(),
            devices: revision.assignment.domain.by_key(),
            written: revision.domain.by_key(),
            places: BTreeMap::new(),
            numbered: BTreeSet::new(),
            models: HashMap::new(),
            left: BTreeSet::new(),
            new: Vec::new(),
            settings: BTreeMap::new(),
            others: Vec::new(),
            subjects: BTreeSet::new(),
        }
    }

    /// The guest as it is shown.
    pub(super) fn guest(&self) -> Guest<'r> {
        self.revision.guest()
    }

    /// The device of this name, as libvirt completes it.
    pub(super) fn device(&self, key: DeviceKey) -> Option<&'r Device> {
        self.devices.get(&key).copied()
    }

    /// The device as it is written.
    pub(super) fn written(&self, key: DeviceKey) -> Option<&'r Device> {
        self.written.get(&key).copied()
    }

    /// The one device that a selector names.
    pub(super) fn find(&self, selector: &Selector) -> Result<&'r Device, Box<Problem>> {
        let found = selector.find(self.guest().domain);
        found.or_else(|error| Problem::error(Code::NoDevice, error.to_string()).refuse())
    }

    /// Counts a device as one that the command names.
    pub(super) fn mark_subject(&mut self, key: DeviceKey) {
        self.subjects.insert(key);
    }

    /// Whether the document is in the dialect of 2009, with `mode=` in addresses.
    pub(super) fn is_of_2009(&self) -> bool {
        self.revision.domain.dialect == Dialect::Of2009
    }

    /// The devices that the command names.
    pub(super) fn subjects(&self) -> BTreeSet<DeviceKey> {
        self.subjects.clone()
    }

    /// Adds a change of another kind.
    pub(super) fn push(&mut self, change: Change) {
        self.others.push(change);
    }

    /// Whether the address of a device is in the text and fixed. libvirt puts some devices
    /// elsewhere nevertheless, if a bus has to change for them.
    pub(super) fn is_static(&self, device: &Device) -> bool {
        let own = self.written(device.key()).filter(|own| own.pci() == device.pci());
        own.is_some_and(|own| own.placement() == Placement::Static)
    }

    /// Whether a device has a place that libvirt may choose differently the next time.
    pub(super) fn is_dynamic(&self, device: &Device) -> bool {
        device.address().is_some_and(Address::can_be_written)
            && !self.is_static(device)
            && device.class() != DeviceClass::Qemu
            && !self.guest().domain.is_mirror(device)
    }

    /// Whether this change writes the address of a device.
    pub(super) fn is_placed(&self, key: DeviceKey) -> bool {
        self.places.contains_key(&key)
    }

    /// Moves a device to a place that it may have, and writes the controllers above it.
    ///
    /// # Errors
    /// When it may not be there; the places of `lifted` count as free.
    pub(super) fn move_to(
        &mut self,
        device: &'r Device,
        to: &Address,
        lifted: &[DeviceKey],
    ) -> Result<(), Box<Problem>> {
        movable(self.guest(), device)?;
        legal(self.guest(), device, to, lifted)?;
        if !to.can_be_written() {
            return no_place(device, format!("libvirt reads {to} as no address"))
                .helping("choose a slot above 0")
                .refuse();
        }
        self.mark_subject(device.key());
        self.move_ports(device, to)?;
        let to = match (device.address(), to) {
            // The same place, as it is.
            (Some(own), to) if own.pci().is_some() && own.pci() == to.pci() => own.clone(),
            // s390x's ids are the device's, the flag is the slot's.
            (Some(Address::Pci(own)), Address::Pci(to)) => {
                Address::Pci(Pci { multifunction: None, zpci: own.zpci, ..*to })
            }
            (_, to) => to.clone(),
        };
        self.write_address(device, to);
        Ok(())
    }

    /// Moves the devices on a hub with it: their addresses begin with the hub's port.
    fn move_ports(&mut self, hub: &'r Device, to: &Address) -> Result<(), Box<Problem>> {
        let (Some(Address::Usb(from)), Address::Usb(to)) = (hub.address(), to) else {
            return Ok(());
        };
        let (Some(own), Some(new)) = (from.port, to.port) else { return Ok(()) };
        if hub.class() != DeviceClass::Hub || (from.bus, own) == (to.bus, new) {
            return Ok(());
        }
        for device in self.devices.values().copied().collect::<Vec<_>>() {
            let Some(Address::Usb(usb)) = device.address() else { continue };
            let below = usb.port.filter(|_| usb.bus == from.bus);
            let below =
                below.and_then(|port| port.parts().strip_prefix(own.parts()).map(<[_]>::to_vec));
            let Some(below) = below.filter(|below| !below.is_empty()) else { continue };
            let path = [new.parts(), below.as_slice()].concat();
            let Some(port) = PortPath::new(&path) else {
                let message =
                    format!("{} would be too deep: USB has four levels of ports", name(device));
                return Problem::error(Code::UsbPortMalformed, message).on(device.key()).refuse();
            };
            let place = Address::Usb(Usb { bus: to.bus, port: Some(port), dev: None });
            self.write_address(device, place);
        }
        Ok(())
    }

    /// Writes the address of a device unchecked, and the controllers above it.
    pub(super) fn write_address(&mut self, device: &'r Device, to: Address) {
        self.mark_subject(device.key());
        self.pin_parents(device, &to);
        self.places.insert(device.key(), Some(to));
    }

    /// Writes a device that libvirt would add, where it would be.
    pub(super) fn adopt(&mut self, device: &'r Device) {
        self.mark_subject(device.key());
        let place = device.address().filter(|value| value.can_be_written()).cloned();
        if let Some(place) = &place {
            self.pin_parents(device, place);
        }
        self.places.insert(device.key(), place);
    }

    /// Writes a new controller, and the controllers above it.
    pub(super) fn add_controller(&mut self, controller: Controller, place: Option<Address>) {
        let place = place.filter(Address::can_be_written);
        if let Some(place) = &place {
            let device = self.guest().domain.next(Kind::Controller(controller.clone()));
            self.pin_parents(&device, place);
        }
        self.new.push((controller, place));
    }

    /// Gives some fields of a written controller other values.
    pub(super) fn set_controller(&mut self, key: DeviceKey, patch: ControllerPatch) {
        self.settings.insert(key, patch);
        self.numbered.insert(key);
    }

    /// Writes down the numbers of a controller that libvirt has chosen.
    pub(super) fn pin_numbers(&mut self, key: DeviceKey) {
        self.numbered.insert(key);
    }

    /// Has these models written wherever the numbers of a controller are.
    pub(super) fn pin_models(&mut self, models: HashMap<DeviceKey, Text>) {
        self.models = models;
    }

    /// Takes a device away.
    pub(super) fn remove(&mut self, key: DeviceKey) {
        self.mark_subject(key);
        self.left.insert(key);
        self.others.push(Change::Remove(key));
    }

    /// Writes the address of a device and the controllers it is behind; skips a device that is
    /// fixed already, or has no place.
    pub(super) fn freeze(&mut self, key: DeviceKey) {
        let Some(device) = self.device(key).filter(|device| !self.is_placed(device.key())) else {
            return;
        };
        if !self.is_dynamic(device) {
            return;
        }
        // Written values stay as they are, device numbers of 2009 too.
        let written = self.written(key).filter(|own| own.pci() == device.pci());
        let written = written.and_then(Device::address).filter(|own| own.is_complete());
        let Some(address) = written.or(device.address()).cloned() else { return };
        self.pin_parents(device, &address);
        self.places.insert(key, Some(address));
        self.numbered.insert(key);
    }

    /// Removes the address of a device, or in the dialect of 2009 marks it as dynamic.
    pub(super) fn thaw(&mut self, key: DeviceKey) {
        self.mark_subject(key);
        if self.is_of_2009() {
            self.others.push(Change::SetMode { device: key, mode: AddressMode::Dynamic });
        } else {
            self.drop_address(key);
        }
    }

    /// Removes the address of a device.
    pub(super) fn drop_address(&mut self, key: DeviceKey) {
        self.left.insert(key);
        self.others.push(Change::RemoveAddress(key));
    }

    /// Writes the controllers between a device at `address` and the machine.
    pub(super) fn pin_parents(&mut self, device: &Device, address: &Address) {
        let mut next = bus_and_place(device, address).ok().map(|(bus, _)| bus);
        let mut seen: HashSet<BusId> = HashSet::new();
        while let Some(bus) = next.take().filter(|bus| seen.insert(*bus)) {
            let Some(parent) = self.parent(bus) else { return };
            self.pin_parent(parent);
            let place = match self.places.get(&parent.key()) {
                Some(place) => place.clone(),
                None => parent.address().cloned(),
            };
            next = place.and_then(|place| bus_and_place(parent, &place).ok()).map(|(bus, _)| bus);
        }
    }

    /// The controller or hub that offers a bus.
    pub(super) fn parent(&self, bus: BusId) -> Option<&'r Device> {
        let Guest { domain, topology } = self.guest();
        let parent = topology.bus(topology.bus_no(bus)?)?.parent?;
        topology.device(domain, parent)
    }

    /// Writes one controller or hub, if it does not stay by itself.
    fn pin_parent(&mut self, parent: &'r Device) {
        let key = parent.key();
        if parent.is_implied() && self.is_of_2009() {
            // Controllers that libvirt added had no elements then.
            return;
        }
        self.numbered.insert(key);
        if self.is_placed(key) {
            return;
        }
        let is_dynamic = self.is_dynamic(parent);
        // A host bridge has a number and no address.
        let is_numbered = parent.controller().is_some_and(|controller| {
            controller.kind == ControllerKind::Pci && controller.index_or_zero().0 > 0
        });
        if is_dynamic || (parent.is_implied() && is_numbered) {
            let place = parent.address().filter(|value| value.can_be_written()).cloned();
            self.places.insert(key, place);
            if !self.subjects.contains(&key) {
                self.notes
                    .push(format!("{} is also written: other devices depend on it", name(parent)));
            }
        }
    }

    /// Combines everything into one change.
    pub(super) fn change(&mut self) -> Change {
        self.set_multifunction();
        let mut changes = self.others.clone();
        for (key, place) in &self.places {
            let Some(device) = self.device(*key) else { continue };
            changes.extend(self.written_at(device, place.as_ref()));
        }
        let new = self.new.iter().map(|(controller, place)| Change::AddController {
            controller: Box::new(controller.clone()),
            address: place.clone(),
        });
        changes.extend(new);
        let numbers = self.numbered.iter().filter(|key| !self.left.contains(*key));
        changes.extend(numbers.filter_map(|key| self.numbers(*key)));
        Change::all_of(changes)
    }

    /// The change that writes a device with this address.
    fn written_at(&self, device: &Device, place: Option<&Address>) -> Option<Change> {
        let key = device.key();
        if device.is_implied() {
            return Some(Change::Adopt { device: key, address: place.cloned() });
        }
        let place = place?;
        let is_there = self.written(key).and_then(Device::address) == Some(place);
        Some(if is_there && self.is_of_2009() {
            Change::SetMode { device: key, mode: AddressMode::Static }
        } else {
            Change::Move { device: key, to: place.clone() }
        })
    }

    /// The change that writes the attributes of a controller, and the numbers that libvirt has
    /// chosen so far.
    fn numbers(&self, key: DeviceKey) -> Option<Change> {
        let (own, full) = (self.written(key)?.controller()?, self.device(key)?.controller()?);
        let index = full.index.filter(|_| own.index.is_none());
        if let Some(wanted) = self.settings.get(&key) {
            // The numbers may depend on the new values.
            let to = ControllerPatch { index: wanted.index.or(index), ..wanted.clone() };
            return Some(Change::SetController { device: key, to: Box::new(to) });
        }
        // Chassis and port follow from index and place, and stay where those do.
        let target = if self.is_placed(key) {
            full.target.clone()
        } else {
            PciTarget {
                bus_nr: full.target.bus_nr.filter(|_| own.target.bus_nr.is_none()),
                index: full.target.index.filter(|_| own.target.index.is_none()),
                ..PciTarget::default()
            }
        };
        let target = if target == own.target { PciTarget::default() } else { target };
        let model = self.models.get(&key).cloned();
        let to = ControllerPatch { index, model, target, ..ControllerPatch::default() };
        (!to.is_empty()).then(|| Change::SetController { device: key, to: Box::new(to) })
    }

    /// Sets `multifunction=` of function 0 in every slot that a device leaves or comes to.
    fn set_multifunction(&mut self) {
        let touched = self.touched();
        let mut members: BTreeMap<SlotId, Vec<(Function, &'r Device)>> = BTreeMap::new();
        for device in self.devices.values().filter(|device| !self.left.contains(&device.key())) {
            let Some(at) = self.place_of(device).filter(|at| touched.contains(&slot(*at))) else {
                continue;
            };
            members.entry(slot(at)).or_default().push((at.function, device));
        }
        let new: Vec<PciAddress> =
            self.new.iter().filter_map(|(_, to)| to.as_ref()?.pci()).collect();
        for (id, members) in members {
            let functions = members.iter().map(|(function, _)| *function);
            let new = new.iter().filter(|at| slot(**at) == id).map(|at| at.function);
            let is_shared = functions.chain(new).any(|function| function != Function::ZERO);
            for (function, device) in members {
                let flag = (function == Function::ZERO && is_shared).then_some(true);
                self.set_flag(device, flag, function == Function::ZERO);
            }
        }
    }

    fn set_flag(&mut self, device: &'r Device, flag: Option<bool>, is_first: bool) {
        if let Some(place) = self.places.get_mut(&device.key()) {
            if let Some(Address::Pci(pci)) = place {
                pci.multifunction = flag;
            }
            return;
        }
        let flagged = |value: Option<&Address>| match value {
            Some(Address::Pci(pci)) => pci.multifunction,
            _ => None,
        };
        let Some(Address::Pci(pci)) = device.address() else { return };
        let now = flagged(self.written(device.key()).and_then(Device::address));
        let is_static = self.is_static(device);
        // An unfrozen function 0 of a slot that is shared now has to stay where it is.
        let wants = match (flag, is_static) {
            (Some(_), false) => true,
            (flag, true) => is_first && now.unwrap_or(false) != flag.unwrap_or(false),
            (None, false) => false,
        };
        if !wants {
            return;
        }
        let to = Address::Pci(Pci { multifunction: flag, ..*pci });
        if !to.can_be_written() {
            return;
        }
        self.pin_parents(device, &to);
        self.places.insert(device.key(), Some(to));
        self.notes.push(match flag {
            Some(_) => {
                format!("{} gets multifunction='on': other devices share its slot", name(device))
            }
            None => format!("{} loses multifunction='on': it is alone in its slot", name(device)),
        });
    }

    /// The slots that a device leaves or comes to.
    fn touched(&self) -> BTreeSet<SlotId> {
        let mut touched = BTreeSet::new();
        for (key, place) in &self.places {
            let old = self.device(*key).and_then(Device::pci);
            let new = place.as_ref().and_then(Address::pci);
            if old != new {
                touched.extend(old.into_iter().chain(new).map(slot));
            }
        }
        let left = self.left.iter().filter_map(|key| self.device(*key)?.pci());
        let new = self.new.iter().filter_map(|(_, place)| place.as_ref()?.pci());
        touched.extend(left.chain(new).map(slot));
        touched
    }

    /// The PCI address of a device after the change.
    fn place_of(&self, device: &Device) -> Option<PciAddress> {
        match self.places.get(&device.key()) {
            Some(place) => place.as_ref()?.pci(),
            None => device.pci(),
        }
    }
}

fn slot(at: PciAddress) -> SlotId {
    (at.bus, at.slot)
}

/// The name of a device in messages.
pub(super) fn name(device: &Device) -> String {
    match (&device.kind, device.class()) {
        (Kind::Disk(_) | Kind::Controller(_), _) => device.title(),
        _ => full_title(device),
    }
}

/// Checks that a device has an address that can be written at all.
pub(super) fn movable(guest: Guest<'_>, device: &Device) -> Result<(), Box<Problem>> {
    let refuse = |message: &str, help: &'static str| {
        Problem::error(Code::NotMovable, message).helping(help).on(device.key()).refuse()
    };
    if device.class() == DeviceClass::Qemu {
        return refuse(
            "a -device argument is shown but cannot be edited",
            "edit <qemu:commandline> by hand, or use libvirt's own element for it",
        );
    }
    if guest.domain.is_mirror(device) {
        return refuse(
            "the first console is serial port 0 under another name",
            "move serial:0 instead",
        );
    }
    if matches!(device.address(), Some(Address::Unknown(_))) {
        return refuse("its address has an unknown type", "correct its type= first");
    }
    Ok(())
}
