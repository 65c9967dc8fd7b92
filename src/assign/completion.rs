//! The domain while libvirt's addresses and controllers are added to it, and the result.

use std::collections::HashMap;

use super::lists::{DeviceIdx, Lists};
use crate::machine::{Feature, Machine};
use crate::model::{
    Address, ControllerIndex, Device, DeviceAddress, DeviceClass, DeviceKey, Domain, Kind, Origin,
    Problem,
};

/// The reason why libvirt parses the domain, as far as a few of its choices depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ParseMode {
    /// The domain is being defined (`virsh define`, `virsh create`): libvirt may use newer defaults
    /// (`VIR_DOMAIN_DEF_PARSE_ABI_UPDATE`).
    #[default]
    Define,
    /// The domain was defined before and is being loaded: the hardware of the guest stays.
    Load,
}

/// A decision with its reason, for `--explain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The device it is about.
    pub device: DeviceKey,
    /// The decision and the rule: "first free slot of pci.0 after 00:02".
    pub text: String,
}

/// A completed domain.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The domain with every address and controller libvirt would add; those are
    /// [`Presence::Implied`](crate::model::Presence::Implied) and come last.
    pub domain: Domain,
    /// Problems that libvirt would refuse the guest for; the first is the one it would report.
    pub refusals: Vec<Problem>,
    /// Decisions with their reasons, in libvirt's order.
    pub explanations: Vec<Explanation>,
}

/// The domain while it is being completed.
pub(super) struct Completion {
    pub(super) domain: Domain,
    pub(super) lists: Lists,
    pub(super) machine: Machine,
    pub(super) mode: ParseMode,
    pub(super) refusals: Vec<Problem>,
    pub(super) explanations: Vec<Explanation>,
    /// For each device whether libvirt knows its element; those it does not know get no address.
    known: Vec<bool>,
    numbers: HashMap<DeviceClass, u32>,
}

impl Completion {
    pub(super) fn new(domain: &Domain, mode: ParseMode) -> Self {
        let mut numbers: HashMap<DeviceClass, u32> = HashMap::new();
        for device in &domain.devices {
            *numbers.entry(device.class()).or_default() += 1;
        }
        let (lists, machine) = (Lists::new(domain), Machine::of(domain));
        let mut domain = domain.clone();
        let known: Vec<bool> = domain.devices.iter().map(|device| machine.knows(device)).collect();
        for (device, is_known) in domain.devices.iter_mut().zip(&known) {
            if !is_known || device.kind.drops_address() {
                device.address = None;
            }
        }
        Self {
            domain,
            lists,
            machine,
            mode,
            known,
            refusals: Vec::new(),
            explanations: Vec::new(),
            numbers,
        }
    }

    pub(super) fn finish(self) -> Assignment {
        Assignment { domain: self.domain, refusals: self.refusals, explanations: self.explanations }
    }

    /// Whether libvirt knows the element of a device.
    pub(super) fn knows(&self, no: DeviceIdx) -> bool {
        self.known.get(no).copied().unwrap_or_default()
    }

    pub(super) fn device(&self, no: DeviceIdx) -> Option<&Device> {
        self.domain.devices.get(no)
    }

    pub(super) fn device_mut(&mut self, no: DeviceIdx) -> Option<&mut Device> {
        self.domain.devices.get_mut(no)
    }

    /// Gives a controller its index.
    pub(super) fn set_index(&mut self, no: DeviceIdx, index: ControllerIndex) {
        if let Some(Kind::Controller(controller)) =
            self.device_mut(no).map(|device| &mut device.kind)
        {
            controller.index = Some(index);
        }
    }

    /// Adds a device libvirt would add, where it would in its list.
    pub(super) fn add(&mut self, kind: Kind) -> DeviceIdx {
        let class = kind.class();
        let nth = self.numbers.entry(class).or_default();
        let device = Device::implied(*nth, kind);
        *nth += 1;
        let no = self.domain.devices.len();
        self.known.push(self.machine.knows(&device));
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
    pub(super) fn place(&mut self, no: DeviceIdx, address: Address) {
        let Some(device) = self.domain.devices.get_mut(no) else { return };
        match &mut device.address {
            Some(known) => {
                known.value = Some(address);
                known.origin = Origin::Assigned;
            }
            none => *none = Some(DeviceAddress::assigned(address)),
        }
    }

    /// Records a decision about a device and its reason.
    pub(super) fn explain(&mut self, no: DeviceIdx, text: impl Into<String>) {
        if let Some(device) = self.domain.devices.get(no) {
            let explanation = Explanation { device: device.key(), text: text.into() };
            self.explanations.push(explanation);
        }
    }

    /// Records a problem that libvirt would refuse the guest for. The rest is completed all the same,
    /// so that the guest can be shown.
    pub(super) fn refuse(&mut self, refusal: Problem) {
        self.refusals.push(refusal);
    }
}
