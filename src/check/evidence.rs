//! The input of rules: the guest as written, the guest as libvirt would complete it, and its text.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use super::host::{self, Host};
use crate::machine::{Drives, Machine, Need, need};
use crate::model::address::DriveAddress;
use crate::model::{
    Address, AddressKind, Code, Controller, ControllerIndex, ControllerKind, Device, DeviceKey,
    Domain, Kind, Problem,
};
use crate::text::Span;
use crate::topology::{Guest, PciBuses, Topology, drive_kind, is_express};
use crate::xml::{Attribute, Document, Element};

/// The facts about one guest that rules examine.
#[derive(Debug)]
pub struct Evidence<'g> {
    /// The parsed text with its elements.
    pub document: &'g Document,
    /// The guest as the text has it.
    pub domain: &'g Domain,
    /// The guest with every address and controller that libvirt would add; written devices keep
    /// their number.
    pub assigned: &'g Domain,
    /// The buses and occupied places of `assigned`.
    pub topology: &'g Topology,
    /// Problems that decoding and assigning reported before the rules run.
    pub prior: Vec<Problem>,
    /// Errors that libvirt would report while it completes the guest.
    pub refusals: &'g [Problem],
    /// Facts about the host it runs on.
    pub host: &'g Host,
    numbers: OnceCell<HashMap<DeviceKey, usize>>,
    buses: OnceCell<PciBuses>,
    express: OnceCell<bool>,
    models: OnceCell<Models<'g>>,
    disk_names: OnceCell<HashSet<&'g str>>,
}

/// The model of each controller of the completed guest, by kind and index.
type Models<'g> = HashMap<(ControllerKind, ControllerIndex), Option<&'g str>>;

impl<'g> Evidence<'g> {
    /// Gathers the facts about one guest, with nothing known about the host.
    pub fn new(
        document: &'g Document,
        domain: &'g Domain,
        (assigned, topology): (&'g Domain, &'g Topology),
        prior: Vec<Problem>,
        refusals: &'g [Problem],
    ) -> Self {
        Self {
            document,
            domain,
            topology,
            assigned,
            prior,
            refusals,
            host: &host::UNKNOWN,
            numbers: OnceCell::new(),
            buses: OnceCell::new(),
            express: OnceCell::new(),
            models: OnceCell::new(),
            disk_names: OnceCell::new(),
        }
    }

    /// The same guest on this host.
    #[must_use]
    pub fn on_host(self, host: &'g Host) -> Self {
        Self { host, ..self }
    }

    /// The guest's machine type.
    pub fn machine(&self) -> Machine {
        self.topology.machine
    }

    /// Whether decoding or assigning reported this code for a device.
    pub fn was_reported(&self, code: Code, device: DeviceKey) -> bool {
        self.prior.iter().any(|problem| problem.code == code && problem.devices.contains(&device))
    }

    /// The device of this key as libvirt completes it.
    pub fn device(&self, key: DeviceKey) -> Option<&'g Device> {
        let numbers = self.numbers.get_or_init(|| {
            let keys = self.assigned.devices.iter().map(Device::key);
            keys.zip(0..).collect()
        });
        self.assigned.devices.get(*numbers.get(&key)?)
    }

    /// Every written device, paired with the same device as libvirt completes it.
    pub fn pairs(&self) -> impl Iterator<Item = (&'g Device, &'g Device)> {
        self.domain.devices.iter().zip(&self.assigned.devices)
    }

    /// The controllers of the completed guest.
    pub fn controllers(
        &self,
        kind: ControllerKind,
    ) -> impl Iterator<Item = (&'g Device, &'g Controller)> {
        self.assigned.controllers().filter(move |(_, controller)| controller.kind == kind)
    }

    /// The element of a device; `None` for what libvirt adds.
    pub fn element(&self, device: &Device) -> Option<Element<'g>> {
        self.document.element_at(device.element()?)
    }

    /// The span of a device's address, else of its start tag; `None` for what libvirt adds.
    pub fn spot(&self, device: &Device) -> Option<Span> {
        let address = device.address.as_ref().and_then(|address| address.span);
        device.tag().map(|tag| address.unwrap_or(tag))
    }

    /// The span of an attribute's value in this child (in the device's own element when `child` is
    /// empty); else of the child or the device's start tag. `None` for what libvirt adds.
    pub fn attribute(&self, device: &Device, child: &str, name: &str) -> Option<Span> {
        let Some(element) = self.element(device) else { return device.tag() };
        let inner = if child.is_empty() { Some(element) } else { element.child(child) };
        let Some(inner) = inner else { return device.tag() };
        Some(inner.attribute(name).map_or(inner.tag(), Attribute::value_span))
    }

    /// Attaches `problem` to a device and its span in the text.
    #[must_use]
    pub fn on(&self, problem: Problem, device: &Device) -> Problem {
        let problem = problem.on(device.key());
        match self.spot(device) {
            Some(span) => problem.at(span),
            None => problem,
        }
    }

    /// Attaches `problem` to a device and the span of one attribute.
    #[must_use]
    pub fn on_attribute(
        &self,
        problem: Problem,
        device: &Device,
        (child, name): (&str, &str),
    ) -> Problem {
        problem.on(device.key()).at(self.attribute(device, child, name))
    }

    /// The `<domain>` element.
    pub fn root(&self) -> Element<'g> {
        let domain = self.document.descendants().find(|element| element.is("domain"));
        domain.unwrap_or(self.document.root())
    }

    /// The span for problems of the whole guest: `<devices>`, else the `<domain>` element.
    pub fn whole(&self) -> Span {
        let domain = self.root();
        domain.child("devices").unwrap_or(domain).tag()
    }

    /// The element of a feature of the guest: `<features><ps2/>`.
    pub fn feature(&self, name: &str) -> Option<Element<'g>> {
        let features = self.root().children().filter(|child| child.is("features"));
        features.into_iter().find_map(|features| features.child(name))
    }

    /// The kind of a device's written address, when it can be read.
    pub fn kind(device: &Device) -> Option<AddressKind> {
        device.address().map(Address::kind).filter(|kind| *kind != AddressKind::Unknown)
    }

    /// Whether PCI controller 0 is PCI Express.
    pub fn is_express(&self) -> bool {
        *self.express.get_or_init(|| is_express(self.assigned))
    }

    /// The requirements of a device on its PCI bus.
    pub fn need(&self, device: &Device) -> Option<Need> {
        need(device, self.is_express())
    }

    /// The PCI buses with all devices of the completed guest, `-device` arguments among them.
    pub fn buses(&self) -> &PciBuses {
        self.buses.get_or_init(|| {
            let guest = Guest { domain: self.assigned, topology: self.topology };
            PciBuses::of(guest, |_| true)
        })
    }

    /// The disks and SCSI host devices that have a drive address, as libvirt completes the guest.
    pub fn drive_places(&self) -> impl Iterator<Item = (&'g Device, DrivePlace<'g>)> {
        let devices = self.assigned.devices.iter();
        devices.filter_map(|device| Some((device, self.drive_place(device)?)))
    }

    fn drive_place(&self, device: &Device) -> Option<DrivePlace<'g>> {
        let at = device.address()?.drive()?;
        let kind = match &device.kind {
            Kind::Disk(disk) => drive_kind(disk)?,
            Kind::Hostdev(hostdev) if hostdev.backend.as_deref() == Some("scsi") => {
                ControllerKind::Scsi
            }
            _ => return None,
        };
        let model = self.model_of(kind, at.controller);
        let drives = match (kind, model) {
            // An unknown model gets no limits.
            (ControllerKind::Scsi, None) => Drives::BOUNDLESS,
            _ => Drives::of(kind, model)?,
        };
        Some(DrivePlace { kind, model: model.unwrap_or_default(), drives, at })
    }

    /// The model of the controller behind a drive address.
    pub fn model_of(&self, kind: ControllerKind, index: ControllerIndex) -> Option<&'g str> {
        self.models().get(&(kind, index)).copied().flatten()
    }

    /// Whether the completed guest has a controller of this kind and index.
    pub fn has_controller(&self, kind: ControllerKind, index: ControllerIndex) -> bool {
        self.models().contains_key(&(kind, index))
    }

    fn models(&self) -> &Models<'g> {
        self.models.get_or_init(|| {
            let mut models = HashMap::new();
            for (_, controller) in self.assigned.controllers() {
                let model = controller.model.as_deref();
                // libvirt finds the first of two controllers with one index.
                if let Some(index) = controller.index {
                    models.entry((controller.kind, index)).or_insert(model);
                }
            }
            models
        })
    }

    /// The target names of all disks.
    pub fn disk_names(&self) -> &HashSet<&'g str> {
        self.disk_names.get_or_init(|| {
            disks(self.domain).filter_map(|(_, disk)| disk.target.as_deref()).collect()
        })
    }
}

/// The drive address of a disk or SCSI host device, and the controller it names.
#[derive(Clone, Copy, Debug)]
pub struct DrivePlace<'g> {
    /// The kind of controller.
    pub kind: ControllerKind,
    /// The controller's model; empty when it is not written or the controller is missing.
    pub model: &'g str,
    /// The places that such a controller has.
    pub drives: Drives,
    /// The drive address itself.
    pub at: DriveAddress,
}

/// The disks of a guest.
pub(super) fn disks(domain: &Domain) -> impl Iterator<Item = (&Device, &crate::model::Disk)> {
    domain.devices.iter().filter_map(|device| match &device.kind {
        Kind::Disk(disk) => Some((device, disk)),
        _ => None,
    })
}
