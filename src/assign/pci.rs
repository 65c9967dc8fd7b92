//! PCI addresses: a dry run that finds out which buses are missing, and the final run.
//!
//! Source: `qemu_domain_address.c: qemuDomainAssignPCIAddresses`.

use std::collections::HashSet;

use super::chipset;
use super::isolation;
use super::lists::No;
use super::order;
use super::targets;
use super::work::Work;
use crate::machine::{
    ChipsetController, Feature, Machine, MachineKind, Need, default_model_name, need,
};
use crate::model::address::{Function, Pci, PciAddress};
use crate::model::{
    Address, Code, Controller, ControllerIndex, ControllerKind, Device, Kind, PciModel, Problem,
};
use crate::topology::{Asker, Occupant, PciBus, PciBuses, Request};

/// Gives every PCI device its place and adds the controllers that takes.
pub(super) fn assign(work: &mut Work) {
    let mut pass = Pass::new(work);
    let written = pass.highest_index().map_or(0, |highest| highest + 1);
    let mut count = written;
    if count > 0 {
        pass.open(count, true);
        pass.dry_run(written);
        count = pass.buses.len();
    }
    pass.open(count, false);
    pass.collect();
    if has_pci(pass.work.machine) {
        chipset::reserve(&mut pass);
        order::place(&mut pass);
        targets::mark_multifunction(pass.work);
        targets::fill(pass.work);
    }
    targets::check_indexes(pass.work);
}

/// Machines on which libvirt places nothing on PCI: ARM and RISC-V boards other than these
/// (`qemu_domain.c: qemuDomainSupportsPCI`).
fn has_pci(machine: Machine) -> bool {
    match machine.kind {
        MachineKind::OtherArm | MachineKind::Vexpress | MachineKind::OtherRiscv => false,
        MachineKind::Realview => machine.has(Feature::RealviewPci),
        _ => true,
    }
}

/// One run over the devices.
pub(super) struct Pass<'w> {
    pub(super) work: &'w mut Work,
    pub(super) buses: PciBuses,
    /// Whether results are forgotten, except the controllers that turned out to be missing.
    pub(super) dry: bool,
    root: Option<PciModel>,
    needs: Vec<Option<Need>>,
    groups: Vec<u32>,
    /// Whom a refusal is about already: libvirt would not have come any further.
    blamed: HashSet<No>,
}

impl<'w> Pass<'w> {
    fn new(work: &'w mut Work) -> Self {
        let root = root(work);
        let express = root == Some(PciModel::PcieRoot);
        let machine = work.machine;
        // An element that libvirt does not know gets no place.
        let need = |device| need(device, express).filter(|_| machine.knows(device));
        let needs = work.domain.devices.iter().map(need).collect();
        let groups = isolation::groups(work);
        let buses = PciBuses::new(Vec::new(), false);
        let blamed = foreign(work);
        Self { work, buses, dry: true, root, needs, groups, blamed }
    }

    /// The highest index of a PCI controller, of those that are not from nowhere.
    fn highest_index(&self) -> Option<usize> {
        let indexes = self.work.domain.controllers().filter_map(|(_, controller)| {
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
    fn open(&mut self, count: usize, dry: bool) {
        let is_pseries = self.work.machine.kind == MachineKind::Pseries;
        let gap = match self.root {
            _ if is_pseries => PciModel::PciRoot,
            Some(PciModel::PcieRoot) => PciModel::PcieRootPort,
            _ => PciModel::PciBridge,
        };
        let mut models: Vec<Option<(PciModel, Option<bool>)>> = vec![None; count];
        let mut nameless = Vec::new();
        for (device, controller) in self.work.domain.controllers() {
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
                let refusal =
                    Problem::error(Code::PciModel, "a PCI controller has to say its model")
                        .quoting("internal error: PCI controller model was not set correctly")
                        .helping("write model=, for example model='pcie-root-port'")
                        .on(key);
                self.work.refuse(refusal);
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
            PciBuses::new(buses.collect(), is_pseries).for_libvirt(self.work.machine.libvirt);
        self.buses = if dry { buses.growing() } else { buses };
        self.dry = dry;
    }

    fn dry_run(&mut self, written: usize) {
        self.collect();
        chipset::reserve(self);
        let spare = |need| Request { occupant: Occupant::Reserve, need, group: 0 };
        let is_full = self.buses.buses().all(|(_, bus)| bus.is_full());
        if self.root == Some(PciModel::PciRoot) && !is_full {
            // A slot for a bridge that may be plugged later.
            self.reserve_next_for(None, spare(Need::PCI), None);
        }
        order::place(self);
        let is_root_only = written <= 1;
        if is_root_only && self.buses.len() > written && self.root == Some(PciModel::PcieRoot) {
            // Whoever leaves the buses to libvirt gets a port for hot-plug.
            self.reserve_next_for(None, spare(Need::EXPRESS), None);
        }
        self.add_controllers();
    }

    /// Every bus without a controller gets one, and every new controller a place.
    fn add_controllers(&mut self) {
        let known: HashSet<ControllerIndex> = self
            .work
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
        let is_pseries = self.work.machine.kind == MachineKind::Pseries;
        let controller = Controller {
            model: Some(model.word().into()),
            model_name: default_model_name(model, is_pseries).map(Into::into),
            ..Controller::new(ControllerKind::Pci, Some(index))
        };
        let no = self.work.add(Kind::Controller(controller));
        self.needs.push(Need::of_controller(model));
        self.groups.push(0);
        self.work.explain(no, "added: without it there are not enough places");
        if !model.is_root() {
            self.reserve_next(no, None);
        }
    }

    /// Enters every address that is there.
    ///
    /// Source: `qemu_domain_address.c: qemuDomainCollectPCIAddress`.
    pub(super) fn collect(&mut self) {
        for no in self.work.lists.iterate(&self.work.domain) {
            let Some(at) = self.work.device(no).and_then(Device::pci) else { continue };
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
                self.work.place(no, Address::Pci(place));
                self.work.explain(
                    no,
                    format!("{at} becomes {moved}: bus {} is the port of a new bridge", at.bus),
                );
            }
        }
    }

    /// The IDE and USB functions of the PIIX3, whose places are checked with the chipset.
    fn is_piix3_part(&self, no: No, at: PciAddress) -> bool {
        let Some(controller) = self.work.device(no).and_then(|device| device.controller()) else {
            return false;
        };
        ChipsetController::of(controller, MachineKind::I440fx)
            .is_some_and(|function| function.at == at)
    }

    /// What a device asks the set for.
    pub(super) fn request(&self, no: No) -> Request {
        let occupant = match self.work.device(no) {
            Some(device) => Occupant::Device(device.key()),
            None => Occupant::Reserve,
        };
        let need = self.need(no).unwrap_or(Need::PCI);
        Request { occupant, need, group: self.groups.get(no).copied().unwrap_or_default() }
    }

    /// What a device needs; `None` when libvirt places it nowhere.
    pub(super) fn need(&self, no: No) -> Option<Need> {
        self.needs.get(no).copied().flatten()
    }

    /// Whether libvirt is to choose.
    pub(super) fn is_wanted(&self, no: No) -> bool {
        self.work.device(no).is_some_and(|device| match &device.address {
            None => true,
            Some(address) => {
                matches!(&address.value, Some(Address::Pci(pci)) if pci.at.is_none())
            }
        })
    }

    fn pci_of(&self, no: No) -> Pci {
        match self.work.device(no).and_then(|device| device.value()) {
            Some(Address::Pci(pci)) => *pci,
            _ => Pci::default(),
        }
    }

    /// Reserves a place for a device; `None` when that is refused.
    pub(super) fn reserve(&mut self, no: No, at: PciAddress, asker: Asker) -> Option<PciAddress> {
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
        no: No,
        function: Option<Function>,
    ) -> Option<PciAddress> {
        let request = self.request(no);
        self.reserve_next_for(Some(no), request, function)
    }

    fn reserve_next_for(
        &mut self,
        no: Option<No>,
        request: Request,
        function: Option<Function>,
    ) -> Option<PciAddress> {
        // Who has found no place before takes nobody else's now.
        if no.is_some_and(|no| self.blamed.contains(&no)) {
            return None;
        }
        match self.buses.reserve_next(request, function) {
            Ok(place) => Some(place),
            Err(refusal) => {
                match no {
                    Some(no) => self.refuse(no, *refusal),
                    None => self.work.refuse(*refusal),
                }
                None
            }
        }
    }

    /// Gives a device the place that was reserved for it.
    pub(super) fn place(&mut self, no: No, at: PciAddress, multifunction: Option<bool>) {
        let Pci { zpci, .. } = self.pci_of(no);
        self.work.place(no, Address::Pci(Pci { at: Some(at), multifunction, zpci }));
    }

    /// Notes a refusal about a device, unless there is one already.
    pub(super) fn refuse(&mut self, no: No, mut refusal: Problem) {
        if !self.blamed.insert(no) {
            return;
        }
        if let Some(device) = self.work.device(no) {
            refusal.devices.insert(0, device.key());
        }
        self.work.refuse(refusal);
    }
}

/// What PCI controller 0 is: the machine's own root where another has been refused, so that the rest
/// is judged as it will be once that is mended.
fn root(work: &Work) -> Option<PciModel> {
    if work.refusals.iter().any(|refusal| refusal.code == Code::PciRootModel) {
        return work.machine.root();
    }
    let mut controllers = work.domain.controllers();
    let (_, first) = controllers.find(|(_, controller)| {
        controller.kind == ControllerKind::Pci && controller.index == Some(ControllerIndex(0))
    })?;
    first.pci_model()
}

/// Expanders that the machine does not take; no other bus does either, which is no second problem.
fn foreign(work: &Work) -> HashSet<No> {
    let refused = work.refusals.iter().filter(|refusal| refusal.code == Code::ExpanderMachine);
    let keys: HashSet<_> = refused.flat_map(|refusal| &refusal.devices).collect();
    (0..work.domain.devices.len())
        .filter(|no| work.device(*no).is_some_and(|device| keys.contains(&device.key())))
        .collect()
}

fn not_conventional() -> Problem {
    Problem::error(Code::Piix3Bus, "the PIIX3's functions need conventional PCI on bus 0")
        .quoting("internal error: Bus 0 must be PCI for integrated PIIX3 USB or IDE controllers")
        .helping("remove the address, and libvirt chooses one that fits this machine")
}

#[cfg(test)]
mod tests {
    use crate::assign::example::guest;
    use crate::model::Code;

    fn codes(machine: &str, devices: &str) -> Vec<Code> {
        guest(machine, devices).refusals.iter().map(|refusal| refusal.code).collect()
    }

    #[test]
    fn beside_a_wrong_root_the_rest_is_judged_as_if_the_right_one_were_there() {
        // Without index= it takes index 0, and everybody else stands on it.
        let port = "<controller type='pci' model='pcie-root-port'/>";
        let nic = "<interface type='user'><address type='pci' slot='0x13'/></interface>";
        assert_eq!(codes("x86_64 q35", &[port, nic].concat()), [Code::PciRootModel]);
        let twice = [port, nic, nic].concat();
        assert_eq!(codes("x86_64 q35", &twice), [Code::PciRootModel, Code::PciDoubleUse]);
        let bridge = "<controller type='pci' model='pci-bridge'>\
                      <address type='pci' slot='0x05'/></controller>";
        assert_eq!(codes("x86_64 pc", bridge), [Code::PciRootModel]);
    }

    #[test]
    fn of_too_many_buses_the_one_that_is_written_is_named() {
        let guest = guest("x86_64 pc", "<controller type='pci' index='258' model='pci-bridge'/>");
        let refusal = guest.refusals.iter().find(|refusal| refusal.code == Code::PciTooManyBuses);
        let refusal = refusal.unwrap();
        assert!(refusal.message.contains("258"), "{refusal:?}");
        // libvirt comes across those that it adds before.
        assert!(refusal.libvirt.as_ref().unwrap().contains("index 256 too high"), "{refusal:?}");
        assert_eq!(refusal.devices[0].nth, 0);
    }
}
