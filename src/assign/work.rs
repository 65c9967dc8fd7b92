//! The domain that is being completed, and what was done to it.

use std::collections::HashMap;

use super::lists::{Lists, No};
use crate::machine::{Feature, Machine};
use crate::model::{
    Address, ControllerIndex, Device, DeviceAddress, DeviceClass, DeviceKey, Domain, Kind, Origin,
    Problem,
};

/// Whether libvirt meets the domain for the first time. A few answers differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Existing {
    /// It is being defined (`virsh define`, `virsh create`): libvirt may choose anew
    /// (`VIR_DOMAIN_DEF_PARSE_ABI_UPDATE`).
    #[default]
    New,
    /// It was defined long ago and is being loaded: what a guest may rely on stays.
    Loaded,
}

/// One decision, for `--explain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whom it is about.
    pub device: DeviceKey,
    /// What was decided, with the rule: "first free slot of pci.0 after 00:02".
    pub what: String,
}

/// A completed domain.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The domain with every address and controller libvirt would add; those are
    /// [`Presence::Implied`](crate::model::Presence::Implied) and stand last.
    pub domain: Domain,
    /// What could not be done; the first is what libvirt would say.
    pub refusals: Vec<Problem>,
    /// What was decided, in libvirt's order.
    pub steps: Vec<Step>,
}

/// The domain while it is being completed.
pub(super) struct Work {
    pub(super) domain: Domain,
    pub(super) lists: Lists,
    pub(super) machine: Machine,
    pub(super) existing: Existing,
    pub(super) refusals: Vec<Problem>,
    pub(super) steps: Vec<Step>,
    numbers: HashMap<DeviceClass, u32>,
}

impl Work {
    pub(super) fn new(domain: &Domain, existing: Existing) -> Self {
        let mut numbers: HashMap<DeviceClass, u32> = HashMap::new();
        for device in &domain.devices {
            *numbers.entry(device.class()).or_default() += 1;
        }
        let (lists, machine) = (Lists::new(domain), Machine::of(domain));
        let mut domain = domain.clone();
        for device in &mut domain.devices {
            let is_dropped = !machine.knows(device);
            if is_dropped || device.kind.drops_address() {
                device.address = None;
            }
        }
        Self { domain, lists, machine, existing, refusals: Vec::new(), steps: Vec::new(), numbers }
    }

    pub(super) fn finish(self) -> Assignment {
        Assignment { domain: self.domain, refusals: self.refusals, steps: self.steps }
    }

    pub(super) fn device(&self, no: No) -> Option<&Device> {
        self.domain.devices.get(no)
    }

    pub(super) fn device_mut(&mut self, no: No) -> Option<&mut Device> {
        self.domain.devices.get_mut(no)
    }

    /// Gives a controller its index.
    pub(super) fn set_index(&mut self, no: No, index: ControllerIndex) {
        if let Some(Kind::Controller(controller)) =
            self.device_mut(no).map(|device| &mut device.kind)
        {
            controller.index = Some(index);
        }
    }

    /// Adds a device libvirt would add, where it would in its list.
    pub(super) fn add(&mut self, kind: Kind) -> No {
        let class = kind.class();
        let nth = self.numbers.entry(class).or_default();
        let device = Device::implied(*nth, kind);
        *nth += 1;
        let no = self.domain.devices.len();
        self.domain.devices.push(device);
        if class == DeviceClass::Controller && !self.machine.has(Feature::SortedControllers) {
            self.lists.append(class, no);
        } else {
            self.lists.insert(&self.domain, no);
        }
        no
    }

    /// Gives a device the address that was chosen for it. An incomplete `<address>` in the text
    /// keeps its place there, so that it can be completed instead of written twice.
    pub(super) fn place(&mut self, no: No, address: Address) {
        let Some(device) = self.domain.devices.get_mut(no) else { return };
        match &mut device.address {
            Some(known) => {
                known.value = Some(address);
                known.origin = Origin::Assigned;
            }
            none => *none = Some(DeviceAddress::assigned(address)),
        }
    }

    /// Notes what was decided about a device and why.
    pub(super) fn explain(&mut self, no: No, what: impl Into<String>) {
        if let Some(device) = self.domain.devices.get(no) {
            let step = Step { device: device.key(), what: what.into() };
            self.steps.push(step);
        }
    }

    /// Notes what cannot be done. The rest is completed all the same, so that the guest can be
    /// shown.
    pub(super) fn refuse(&mut self, refusal: Problem) {
        self.refusals.push(refusal);
    }
}
