//! What rules look at: the guest as it is written, as it would be completed, and its text.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::host::{self, Host};
use crate::machine::{Drives, Machine, Need, need};
use crate::model::address::{DriveAddress, PciAddress};
use crate::model::{
    Address, AddressKind, Code, Controller, ControllerIndex, ControllerKind, Device, DeviceClass,
    DeviceKey, Domain, Kind, Problem,
};
use crate::text::Span;
use crate::topology::{
    Asker, BusId, Occupant, PciBuses, Place, Request, Topology, drive_kind, is_express,
};
use crate::xml::{Attribute, Document, Element};

/// All that is known about a guest.
#[derive(Debug)]
pub struct Evidence<'g> {
    /// The text and its elements.
    pub document: &'g Document,
    /// The guest as it is written.
    pub domain: &'g Domain,
    /// The guest with every address and controller that libvirt would add; devices that are
    /// written have the same number in it.
    pub assigned: &'g Domain,
    /// Where everybody stands then.
    pub topology: &'g Topology,
    /// What was told on the way here: what could not be read, what was surprising.
    pub told: Vec<Problem>,
    /// What libvirt would refuse when it completes the guest.
    pub refusals: &'g [Problem],
    /// The machine it runs on.
    pub host: &'g Host,
    numbers: OnceCell<HashMap<DeviceKey, usize>>,
    buses: OnceCell<PciBuses>,
    express: OnceCell<bool>,
    models: OnceCell<HashMap<(ControllerKind, ControllerIndex), Option<&'g str>>>,
}

impl<'g> Evidence<'g> {
    /// What is known about one guest.
    pub fn new(
        document: &'g Document,
        domain: &'g Domain,
        (assigned, topology): (&'g Domain, &'g Topology),
        told: Vec<Problem>,
        refusals: &'g [Problem],
    ) -> Self {
        Self {
            document,
            domain,
            topology,
            assigned,
            told,
            refusals,
            host: &host::UNKNOWN,
            numbers: OnceCell::new(),
            buses: OnceCell::new(),
            express: OnceCell::new(),
            models: OnceCell::new(),
        }
    }

    /// The same guest on a machine that something is known about.
    #[must_use]
    pub fn on_host(self, host: &'g Host) -> Self {
        Self { host, ..self }
    }

    /// Its machine.
    pub fn machine(&self) -> Machine {
        self.topology.machine
    }

    /// Whether a problem of this code was told about a device on the way here.
    pub fn was_told(&self, code: Code, device: DeviceKey) -> bool {
        self.told.iter().any(|told| told.code == code && told.devices.contains(&device))
    }

    /// The device of this name as libvirt completes it.
    pub fn device(&self, key: DeviceKey) -> Option<&'g Device> {
        let numbers = self.numbers.get_or_init(|| {
            let keys = self.assigned.devices.iter().map(Device::key);
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
        self.document.element_at(device.element()?)
    }

    /// Where a device's address stands, or else its start tag; `None` for what libvirt adds.
    pub fn spot(&self, device: &Device) -> Option<Span> {
        let address = device.address.as_ref().and_then(|address| address.span);
        device.tag().map(|tag| address.unwrap_or(tag))
    }

    /// Where an attribute of a child stands (its value, on its own element with an empty name of
    /// the child); else the child or the device's start tag. `None` for what libvirt adds.
    pub fn attribute(&self, device: &Device, child: &str, name: &str) -> Option<Span> {
        let Some(element) = self.element(device) else { return device.tag() };
        let inner = if child.is_empty() { Some(element) } else { element.child(child) };
        let Some(inner) = inner else { return device.tag() };
        Some(inner.attribute(name).map_or(inner.tag(), Attribute::value_span))
    }

    /// `problem` about a device and where it stands.
    #[must_use]
    pub fn on(&self, problem: Problem, device: &Device) -> Problem {
        let problem = problem.on(device.key());
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
        problem.on(device.key()).at(self.attribute(device, child, name))
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
        *self.express.get_or_init(|| is_express(self.assigned))
    }

    /// What a device asks of its PCI bus.
    pub fn need(&self, device: &Device) -> Option<Need> {
        need(device, self.is_express())
    }

    /// The PCI buses with everybody on them, as libvirt completes the guest.
    pub fn buses(&self) -> &PciBuses {
        self.buses.get_or_init(|| self.build_buses())
    }

    /// As the addresses say, with the `-device` arguments of the command line.
    fn build_buses(&self) -> PciBuses {
        let mut buses = PciBuses::of(self.assigned, &[]);
        for (no, node) in self.topology.nodes() {
            let argument = self.topology.device(self.domain, no);
            let argument = argument.filter(|device| device.class() == DeviceClass::Qemu);
            let bus = node.bus.and_then(|no| self.topology.bus(no)).map(|bus| bus.id);
            if let (Some(device), Some(BusId::Pci(index)), Place::Pci(slot, function)) =
                (argument, bus, node.place)
            {
                let at = PciAddress { domain: 0, bus: index, slot, function };
                let occupant = Occupant::Device(device.key());
                let request = Request { occupant, need: Need::PCI, group: 0 };
                // Who has no right to be there is a problem of its own.
                let _ = buses.reserve(request, at, Asker::Written);
            }
        }
        buses
    }

    /// The disks and SCSI host devices that have a drive address, as libvirt completes the guest.
    pub fn drive_places(&self) -> impl Iterator<Item = (&'g Device, DrivePlace<'g>)> {
        let devices = self.assigned.devices.iter();
        devices.filter_map(|device| Some((device, self.drive_place(device)?)))
    }

    fn drive_place(&self, device: &Device) -> Option<DrivePlace<'g>> {
        let at = device.value()?.drive()?;
        let kind = match &device.kind {
            Kind::Disk(disk) => drive_kind(disk)?,
            Kind::Hostdev(hostdev) if hostdev.backend.as_deref() == Some("scsi") => {
                ControllerKind::Scsi
            }
            _ => return None,
        };
        let model = self.model_of(kind, at.controller);
        let drives = match (kind, model) {
            // Of a model that is not known no place is either.
            (ControllerKind::Scsi, None) => Drives::BOUNDLESS,
            _ => Drives::of(kind, model)?,
        };
        Some(DrivePlace { kind, model: model.unwrap_or_default(), drives, at })
    }

    /// Whether a disk or another device is on a controller of this model: the model behind a drive
    /// address.
    pub fn model_of(&self, kind: ControllerKind, index: ControllerIndex) -> Option<&'g str> {
        let models = self.models.get_or_init(|| {
            let mut models = HashMap::new();
            for (_, controller) in self.assigned.controllers() {
                let model = controller.model.as_deref();
                // Of two with one index the first is the one that libvirt finds.
                if let Some(index) = controller.index {
                    models.entry((controller.kind, index)).or_insert(model);
                }
            }
            models
        });
        models.get(&(kind, index)).copied().flatten()
    }
}

/// The drive address of a disk or SCSI host device, and the controller it names.
#[derive(Clone, Copy, Debug)]
pub struct DrivePlace<'g> {
    /// The kind of controller.
    pub kind: ControllerKind,
    /// The controller's model; empty when it is not written or there is no such controller.
    pub model: &'g str,
    /// The places on controllers of that kind and model.
    pub drives: Drives,
    /// The address.
    pub at: DriveAddress,
}

/// What a `<disk>` says.
pub(super) fn disks(domain: &Domain) -> impl Iterator<Item = (&Device, &crate::model::Disk)> {
    domain.devices.iter().filter_map(|device| match &device.kind {
        Kind::Disk(disk) => Some((device, disk)),
        _ => None,
    })
}
