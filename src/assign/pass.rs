//! One run over the devices of a guest that gives out places on its PCI buses.
//!
//! Source: `qemu_domain_address.c: qemuDomainPCIAddressSetCreate`, `qemuDomainCollectPCIAddress`.

use std::collections::HashSet;

use super::completion::Completion;
use super::isolation;
use super::lists::DeviceIdx;
use crate::machine::{ChipsetController, MachineKind, Need, default_model_name, need};
use crate::model::address::{Function, Pci, PciAddress};
use crate::model::{
    Address, Code, Controller, ControllerIndex, ControllerKind, Device, Kind, PciModel, Problem,
};
use crate::topology::{Asker, NodeKind, PciBus, PciBuses, Request};

/// One run over the devices, with the buses so far.
pub(super) struct Pass<'w> {
    pub(super) completion: &'w mut Completion,
    pub(super) buses: PciBuses,
    /// Whether results are dropped, except the controllers that were found missing.
    pub(super) dry: bool,
    pub(super) root: Option<PciModel>,
    needs: Vec<Option<Need>>,
    groups: Vec<u32>,
    /// Devices with a refusal already: libvirt would have stopped there.
    blamed: HashSet<DeviceIdx>,
}

impl<'w> Pass<'w> {
    pub(super) fn new(completion: &'w mut Completion) -> Self {
        let root = root(completion);
        let express = root == Some(PciModel::PcieRoot);
        // An element that libvirt does not know gets no place.
        let devices = completion.domain.devices.iter().enumerate();
        let machine = completion.machine;
        let is_placed = |no, device| completion.knows(no) && !machine.has_on_board(device);
        let needs = devices
            .map(|(no, device)| need(device, express).filter(|_| is_placed(no, device)))
            .collect();
        let groups = isolation::groups(completion);
        let buses = PciBuses::new(Vec::new(), false);
        let blamed = foreign(completion);
        Self { completion, buses, dry: true, root, needs, groups, blamed }
    }

    /// The highest index of a PCI controller, of those that are not from nowhere.
    pub(super) fn highest_index(&self) -> Option<usize> {
        let indexes = self.completion.domain.controllers().filter_map(|(_, controller)| {
            (controller.kind == ControllerKind::Pci).then_some(controller.index?)
        });
        indexes
            .filter_map(|index| usize::try_from(index.0).ok())
            .filter(|index| *index < PciBuses::MOST)
            .max()
    }

    /// Starts over with `count` empty buses.
    ///
    /// Source: `qemu_domain_address.c: qemuDomainPCIAddressSetCreate`.
    pub(super) fn open(&mut self, count: usize, dry: bool) {
        let is_pseries = self.completion.machine.kind == MachineKind::Pseries;
        let gap = match self.root {
            _ if is_pseries => PciModel::PciRoot,
            Some(PciModel::PcieRoot) => PciModel::PcieRootPort,
            _ => PciModel::PciBridge,
        };
        let mut models: Vec<Option<(PciModel, Option<bool>)>> = vec![None; count];
        let mut nameless = Vec::new();
        for (device, controller) in self.completion.domain.controllers() {
            let ControllerKind::Pci = controller.kind else { continue };
            let index = controller.index.and_then(|index| usize::try_from(index.0).ok());
            let place = index.and_then(|index| models.get_mut(index));
            match (controller.pci_model(), place) {
                (Some(model), Some(place @ None)) => {
                    *place = Some((model, controller.target.hotplug));
                }
                (Some(_), _) => {}
                (None, _) => nameless.push(device.key()),
            }
        }
        if let (Some(Some((first, _))), Some(root)) = (models.first_mut(), self.root) {
            *first = root;
        }
        if dry {
            for key in nameless {
                let refusal = Problem::error(Code::PciModel, "a PCI controller needs a model")
                    .quoting("internal error: PCI controller model was not set correctly")
                    .helping("write model=, for example model='pcie-root-port'")
                    .on(key);
                self.completion.refuse(refusal);
            }
        }
        let buses = models.into_iter().enumerate().map(|(index, known)| {
            let first = if index == 0 { PciModel::PciRoot } else { gap };
            let (model, hotplug) = known.unwrap_or((first, None));
            // A host device opens a host bridge of its own.
            let mut bus = PciBus::new(model, hotplug);
            bus.locked = is_pseries && index == 0;
            bus
        });
        let buses =
            PciBuses::new(buses.collect(), is_pseries).for_libvirt(self.completion.machine.libvirt);
        self.buses = if dry { buses.growing() } else { buses };
        self.dry = dry;
    }

    /// Every bus without a controller gets one, and every new controller a place.
    pub(super) fn add_controllers(&mut self) {
        let known: HashSet<ControllerIndex> = self
            .completion
            .domain
            .controllers()
            .filter(|(_, controller)| controller.kind == ControllerKind::Pci)
            .filter_map(|(_, controller)| controller.index)
            .collect();
        let mut index = ControllerIndex(1);
        // The set may grow on the way.
        while let Some(bus) = self.buses.bus(index) {
            let model = bus.model;
            if !known.contains(&index) {
                self.add_controller(index, model);
            }
            index = index.next();
        }
    }

    fn add_controller(&mut self, index: ControllerIndex, model: PciModel) {
        let is_pseries = self.completion.machine.kind == MachineKind::Pseries;
        let controller = Controller {
            model: Some(model.as_str().into()),
            model_name: default_model_name(model, is_pseries).map(Into::into),
            ..Controller::new(ControllerKind::Pci, Some(index))
        };
        let no = self.completion.add(Kind::Controller(controller));
        self.needs.push(Need::of_controller(model));
        self.groups.push(0);
        self.completion.explain(no, "added: there are not enough places otherwise");
        if !model.is_root() {
            self.reserve_next(no, None);
        }
    }

    /// Enters every address that is there.
    ///
    /// Source: `qemu_domain_address.c: qemuDomainCollectPCIAddress`.
    pub(super) fn collect(&mut self) {
        for no in self.completion.lists.iterate(&self.completion.domain) {
            let Some(at) = self.completion.device(no).and_then(Device::pci) else { continue };
            if self.is_piix3_part(no, at) {
                let takes_pci = self
                    .buses
                    .bus(ControllerIndex(0))
                    .is_none_or(|bus| bus.accepts.meets(Need::PCI.kind));
                if !takes_pci {
                    self.refuse(no, not_conventional());
                }
                continue;
            }
            if let Some(moved) = self.reserve(no, at, Asker::Written).filter(|moved| *moved != at) {
                let place = Pci { at: Some(moved), ..self.pci_of(no) };
                self.completion.place(no, Address::Pci(place));
                self.completion.explain(
                    no,
                    format!("{at} becomes {moved}: bus {} is the port of a new bridge", at.bus),
                );
            }
        }
    }

    /// Whether it is an IDE or USB function of the PIIX3; the chipset checks those places.
    fn is_piix3_part(&self, no: DeviceIdx, at: PciAddress) -> bool {
        let Some(controller) = self.completion.device(no).and_then(|device| device.controller())
        else {
            return false;
        };
        ChipsetController::of(controller, MachineKind::I440fx)
            .is_some_and(|function| function.at == at)
    }

    /// The request of a device to the set of buses.
    pub(super) fn request(&self, no: DeviceIdx) -> Request {
        let occupant = self.completion.device(no).map(|device| NodeKind::Device(device.key()));
        let need = self.need(no).unwrap_or(Need::PCI);
        Request { occupant, need, group: self.groups.get(no).copied().unwrap_or_default() }
    }

    /// The requirements of a device; `None` if libvirt does not place it.
    pub(super) fn need(&self, no: DeviceIdx) -> Option<Need> {
        self.needs.get(no).copied().flatten()
    }

    /// Whether libvirt is to choose the place.
    pub(super) fn is_wanted(&self, no: DeviceIdx) -> bool {
        self.completion.device(no).is_some_and(|device| match &device.address {
            None => true,
            Some(address) => {
                matches!(&address.value, Some(Address::Pci(pci)) if pci.at.is_none())
            }
        })
    }

    fn pci_of(&self, no: DeviceIdx) -> Pci {
        match self.completion.device(no).and_then(|device| device.address()) {
            Some(Address::Pci(pci)) => *pci,
            _ => Pci::default(),
        }
    }

    /// Reserves a place for a device; `None` when that is refused.
    pub(super) fn reserve(
        &mut self,
        no: DeviceIdx,
        at: PciAddress,
        asker: Asker,
    ) -> Option<PciAddress> {
        let request = self.request(no);
        match self.buses.reserve(request, at, asker) {
            Ok(place) => Some(place),
            Err(refusal) => {
                self.refuse(no, *refusal);
                None
            }
        }
    }

    /// Finds a place for a device and reserves it.
    pub(super) fn reserve_next(
        &mut self,
        no: DeviceIdx,
        function: Option<Function>,
    ) -> Option<PciAddress> {
        let request = self.request(no);
        self.reserve_next_for(Some(no), request, function)
    }

    pub(super) fn reserve_next_for(
        &mut self,
        no: Option<DeviceIdx>,
        request: Request,
        function: Option<Function>,
    ) -> Option<PciAddress> {
        // A device without a place in an earlier run takes none here.
        if no.is_some_and(|no| self.blamed.contains(&no)) {
            return None;
        }
        match self.buses.reserve_next(request, function) {
            Ok(place) => Some(place),
            Err(refusal) => {
                match no {
                    Some(no) => self.refuse(no, *refusal),
                    None => self.completion.refuse(*refusal),
                }
                None
            }
        }
    }

    /// Gives a device the place that was reserved for it.
    pub(super) fn place(&mut self, no: DeviceIdx, at: PciAddress, multifunction: Option<bool>) {
        let Pci { zpci, .. } = self.pci_of(no);
        self.completion.place(no, Address::Pci(Pci { at: Some(at), multifunction, zpci }));
    }

    /// Notes a refusal about a device, unless there is one already.
    pub(super) fn refuse(&mut self, no: DeviceIdx, mut refusal: Problem) {
        if !self.blamed.insert(no) {
            return;
        }
        if let Some(device) = self.completion.device(no) {
            refusal.devices.insert(0, device.key());
        }
        self.completion.refuse(refusal);
    }
}

/// The model of PCI controller 0: the machine's own root if another has been refused, so that the
/// rest is checked as it will be once that is fixed.
fn root(completion: &Completion) -> Option<PciModel> {
    if completion.refusals.iter().any(|refusal| refusal.code == Code::PciRootModel) {
        return completion.machine.root();
    }
    let mut controllers = completion.domain.controllers();
    let (_, first) = controllers.find(|(_, controller)| {
        controller.kind == ControllerKind::Pci && controller.index == Some(ControllerIndex(0))
    })?;
    first.pci_model()
}

/// Expanders that the machine does not take; no other bus does either, which is no second problem.
fn foreign(completion: &Completion) -> HashSet<DeviceIdx> {
    let refused =
        completion.refusals.iter().filter(|refusal| refusal.code == Code::ExpanderMachine);
    let keys: HashSet<_> = refused.flat_map(|refusal| &refusal.devices).collect();
    (0..completion.domain.devices.len())
        .filter(|no| completion.device(*no).is_some_and(|device| keys.contains(&device.key())))
        .collect()
}

fn not_conventional() -> Problem {
    Problem::error(Code::Piix3Bus, "the PIIX3's functions need conventional PCI on bus 0")
        .quoting("internal error: Bus 0 must be PCI for integrated PIIX3 USB or IDE controllers")
        .helping("remove the address, and libvirt chooses one that fits this machine")
}
