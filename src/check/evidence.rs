//! What rules look at: the guest as it is written, as it would be completed, and its text.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::machine::{Machine, Need, need};
use crate::model::address::{Function, PciAddress, Slot};
use crate::model::{
    Address, AddressKind, Controller, ControllerIndex, ControllerKind, Device, DeviceClass,
    DeviceKey, Domain, Kind, PciModel, Problem,
};
use crate::text::Span;
use crate::topology::{
    Asker, BusId, Occupant, PciBus, PciBuses, Place, Refusal, Request, Topology,
};
use crate::xml::{Attribute, Document, Element};

/// All that is known about a guest.
#[derive(Debug)]
pub struct Evidence<'g> {
    /// The text and its elements.
    pub document: &'g Document,
    /// The guest as it is written.
    pub domain: &'g Domain,
    /// Where everybody stands as it is written.
    pub topology: &'g Topology,
    /// The guest with every address and controller that libvirt would add; devices that are
    /// written have the same number in it.
    pub assigned: &'g Domain,
    /// What could not be read.
    pub unreadable: &'g [Problem],
    /// What libvirt would refuse when it completes the guest.
    pub refusals: &'g [Refusal],
    numbers: OnceCell<HashMap<DeviceKey, usize>>,
    buses: OnceCell<PciBuses>,
}

impl<'g> Evidence<'g> {
    /// What is known about one guest.
    pub fn new(
        document: &'g Document,
        (domain, topology): (&'g Domain, &'g Topology),
        assigned: &'g Domain,
        unreadable: &'g [Problem],
        refusals: &'g [Refusal],
    ) -> Self {
        Self {
            document,
            domain,
            topology,
            assigned,
            unreadable,
            refusals,
            numbers: OnceCell::new(),
            buses: OnceCell::new(),
        }
    }

    /// Its machine.
    pub fn machine(&self) -> Machine {
        self.topology.machine
    }

    /// The device of this name as libvirt completes it.
    pub fn device(&self, key: DeviceKey) -> Option<&'g Device> {
        let numbers = self.numbers.get_or_init(|| {
            let keys = self.assigned.devices.iter().map(|device| device.key);
            keys.zip(0..).collect()
        });
        self.assigned.devices.get(*numbers.get(&key)?)
    }

    /// Every device that is written: as written, and as libvirt completes it.
    pub fn pairs(&self) -> impl Iterator<Item = (&'g Device, &'g Device)> {
        self.domain.devices.iter().zip(&self.assigned.devices)
    }

    /// The controllers libvirt ends up with.
    pub fn controllers(
        &self,
        kind: ControllerKind,
    ) -> impl Iterator<Item = (&'g Device, &'g Controller)> {
        self.assigned.controllers().filter(move |(_, controller)| controller.kind == kind)
    }

    /// The element of a device; none for what libvirt adds.
    pub fn element(&self, device: &Device) -> Option<Element<'g>> {
        if device.is_implied() { None } else { self.document.element_at(device.element) }
    }

    /// Where a device's address stands, or else its start tag; `None` for what libvirt adds.
    pub fn spot(&self, device: &Device) -> Option<Span> {
        let address = device.address.as_ref().and_then(|address| address.span);
        (!device.is_implied()).then(|| address.unwrap_or(device.tag))
    }

    /// Where an attribute of a child stands (its value, on its own element with an empty name of
    /// the child); else the child or the device's start tag.
    pub fn attribute(&self, device: &Device, child: &str, name: &str) -> Span {
        let Some(element) = self.element(device) else { return device.tag };
        let inner = if child.is_empty() { Some(element) } else { element.child(child) };
        let Some(inner) = inner else { return device.tag };
        inner.attribute(name).map_or(inner.tag(), Attribute::value_span)
    }

    /// `problem` about a device and where it stands.
    #[must_use]
    pub fn on(&self, problem: Problem, device: &Device) -> Problem {
        let problem = problem.on(device.key);
        match self.spot(device) {
            Some(span) => problem.at(span),
            None => problem,
        }
    }

    /// `problem` about a device, at an attribute of it.
    #[must_use]
    pub fn on_attribute(
        &self,
        problem: Problem,
        device: &Device,
        (child, name): (&str, &str),
    ) -> Problem {
        problem.on(device.key).at(self.attribute(device, child, name))
    }

    /// Where the guest as a whole stands: its `<devices>`, or the root.
    pub fn whole(&self) -> Span {
        let domain = self.document.descendants().find(|element| element.is("domain"));
        let devices = domain.and_then(|domain| domain.child("devices"));
        devices.or(domain).unwrap_or(self.document.root()).tag()
    }

    /// The kind of a device's written address, when it can be read.
    pub fn kind(device: &Device) -> Option<AddressKind> {
        device.value().map(Address::kind).filter(|kind| *kind != AddressKind::Unknown)
    }

    /// Whether PCI controller 0 is PCI Express.
    pub fn is_express(&self) -> bool {
        self.controllers(ControllerKind::Pci).any(|(_, controller)| {
            controller.index == Some(ControllerIndex(0))
                && controller.pci_model() == Some(PciModel::PcieRoot)
        })
    }

    /// What a device asks of its PCI bus.
    pub fn need(&self, device: &Device) -> Option<Need> {
        need(device, self.is_express())
    }

    /// The PCI buses with everybody on them, as libvirt completes the guest.
    pub fn buses(&self) -> &PciBuses {
        self.buses.get_or_init(|| self.build_buses())
    }

    fn build_buses(&self) -> PciBuses {
        let highest = self
            .controllers(ControllerKind::Pci)
            .filter_map(|(_, controller)| usize::try_from(controller.index?.0).ok())
            .filter(|index| *index < 256)
            .max();
        let count = highest.map_or(0, |highest| highest + 1);
        let mut models = vec![None; count];
        for (_, controller) in self.controllers(ControllerKind::Pci) {
            let index = controller.index.and_then(|index| usize::try_from(index.0).ok());
            if let Some(place @ None) = index.and_then(|index| models.get_mut(index)) {
                *place = controller.pci_model().map(|model| (model, controller.target.hotplug));
            }
        }
        let gap = if self.is_express() { PciModel::PcieRootPort } else { PciModel::PciBridge };
        let buses = models.into_iter().map(|known| {
            let (model, hotplug) = known.unwrap_or((gap, None));
            PciBus::new(model, hotplug)
        });
        let mut buses = PciBuses::new(buses.collect(), false);
        for device in &self.assigned.devices {
            if let Some(at) = device.pci() {
                let need = self.need(device).unwrap_or(Need::PCI);
                // Who has no right to be there is a problem of its own.
                let _ =
                    buses.reserve(request(Occupant::Device(device.key), need), at, Asker::Written);
            }
        }
        for (_, resident) in self.topology.residents() {
            let Some(bus) = resident.bus.and_then(|no| self.topology.bus(no)) else { continue };
            let crate::topology::Who::Device(nth) = resident.who else { continue };
            let device = usize::try_from(nth).ok().and_then(|nth| self.domain.devices.get(nth));
            if let (Some(device), BusId::Pci(index), Place::Pci(slot, function)) = (
                device.filter(|device| device.class() == DeviceClass::Qemu),
                bus.id,
                resident.place,
            ) {
                let at = PciAddress { domain: 0, bus: index, slot, function };
                let _ = buses.reserve(
                    request(Occupant::Device(device.key), Need::PCI),
                    at,
                    Asker::Written,
                );
            }
        }
        for part in self.machine().chipset() {
            let place =
                Slot::new(u32::from(part.slot)).zip(Function::new(u32::from(part.function)));
            let Some((slot, function)) = place else { continue };
            let at = PciAddress { slot, function, ..PciAddress::default() };
            let _ =
                buses.reserve(request(Occupant::Chipset(part.name), Need::PCI), at, Asker::Written);
        }
        buses
    }

    /// Whether a disk or another device is on a controller of this model: the model behind a drive
    /// address.
    pub fn model_of(&self, kind: ControllerKind, index: u32) -> Option<&'g str> {
        let mut known = self.controllers(kind);
        let (_, found) = known.find(|(_, c)| c.index == Some(ControllerIndex(index)))?;
        found.model.as_deref()
    }
}

fn request(occupant: Occupant, need: Need) -> Request {
    Request { occupant, need, group: 0 }
}

/// What a `<disk>` says.
pub(super) fn disks(domain: &Domain) -> impl Iterator<Item = (&Device, &crate::model::Disk)> {
    domain.devices.iter().filter_map(|device| match &device.kind {
        Kind::Disk(disk) => Some((device, disk)),
        _ => None,
    })
}
