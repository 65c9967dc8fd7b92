//! Properties that depend on final places: the multifunction flag, and a PCI controller's numbers
//! in the guest.
//!
//! Source: `domain_addr.c: virDomainPCIAddressSetAllMulti`, `qemu_domain_address.c:
//! qemuDomainAssignPCIAddresses`.

use std::collections::HashSet;

use super::completion::Completion;
use super::lists::DeviceIdx;
use crate::machine::{MachineKind, default_model_name};
use crate::model::address::{Function, Pci, PciAddress};
use crate::model::{
    Address, Code, ControllerIndex, ControllerKind, Device, DeviceClass, DeviceKey, PciModel,
    PciTarget, Problem, Text,
};
use crate::topology::{PciBuses, bridge_order};

/// Sets the multifunction flag of function 0 in a slot with further functions, unless it is
/// written.
pub(super) fn mark_multifunction(completion: &mut Completion) {
    let order = completion.lists.iterate(&completion.domain);
    let slot = |at: PciAddress| PciAddress { function: Function::ZERO, ..at };
    let shared: HashSet<PciAddress> = order
        .iter()
        .filter_map(|no| completion.device(*no)?.pci())
        .filter(|at| at.function != Function::ZERO)
        .map(slot)
        .collect();
    for no in order {
        let Some(device) = completion.device_mut(no) else { continue };
        let Some(address) = &mut device.address else { continue };
        let Some(Address::Pci(pci)) = &mut address.value else { continue };
        let is_first = pci.at.is_some_and(|at| shared.contains(&at));
        if is_first && pci.multifunction.is_none() {
            *pci = Pci { multifunction: Some(true), ..*pci };
            completion.explain(no, "multifunction='on': other devices use functions of its slot");
        }
    }
}

/// Refuses controllers that are too many, once the rest is settled.
pub(super) fn check_indexes(completion: &mut Completion) {
    /// Source: `qemu_validate.c: qemuValidateDomainDeviceDefControllerPCI`.
    const HIGHEST: u32 = 255;
    let controllers = completion.lists.of(DeviceClass::Controller).iter();
    let too_high: Vec<(&Device, ControllerIndex)> = controllers
        .filter_map(|no| {
            let device = completion.device(*no)?;
            let controller = device.controller()?;
            let index = controller.index.filter(|index| index.0 > HIGHEST)?;
            (controller.kind == ControllerKind::Pci).then_some((device, index))
        })
        .collect();
    let Some((_, first)) = too_high.first() else { return };
    // libvirt names the first, which it may have added itself to get to the one that is written.
    let written = too_high.iter().find(|(device, _)| !device.is_implied()).or(too_high.first());
    let Some((device, index)) = written else { return };
    let refusal = Problem {
        libvirt: PciBuses::index_too_high(*first).libvirt,
        ..PciBuses::index_too_high(*index).on(device.key())
    };
    completion.refuse(refusal);
}

/// Numbers that are taken so far.
struct TakenNumbers {
    /// The lowest bus number of an expander; 256 when there is none.
    bus_nr: u32,
    /// Target indexes of pSeries host bridges.
    indexes: HashSet<u32>,
    next_index: u32,
}

/// Fills in `<target>` and `<model>` of every PCI controller.
pub(super) fn fill(completion: &mut Completion) {
    let targets = || {
        completion
            .domain
            .controllers()
            .filter(|(_, controller)| controller.kind == ControllerKind::Pci)
            .map(|(_, controller)| &controller.target)
    };
    let mut numbers = TakenNumbers {
        bus_nr: targets().filter_map(|target| target.bus_nr).min().unwrap_or(256),
        indexes: targets().filter_map(|target| target.index).collect(),
        next_index: 1,
    };
    for no in completion.lists.of(DeviceClass::Controller).to_vec() {
        if let Err(refusal) = fill_one(completion, no, &mut numbers) {
            completion.refuse(*refusal);
        }
    }
}

fn fill_one(
    completion: &mut Completion,
    no: DeviceIdx,
    numbers: &mut TakenNumbers,
) -> Result<(), Box<Problem>> {
    let is_pseries = completion.machine.kind == MachineKind::Pseries;
    let Some(device) = completion.device(no) else { return Ok(()) };
    let (key, at) = (device.key(), device.pci());
    let Some(controller) = device.controller() else { return Ok(()) };
    let Some(model) = controller.pci_model() else { return Ok(()) };
    let index = controller.index_or_zero().0;
    let mut target = controller.target.clone();
    let name = controller.model_name.clone();
    let name = name.or_else(|| default_model_name(model, is_pseries).map(Into::into));
    let mut verdict = Ok(());
    match model {
        PciModel::PciBridge => {
            target.chassis_nr = target.chassis_nr.or(Some(index));
            // A bridge that took the root's index is in the wrong place altogether.
            if let Some(at) = at.filter(|_| index > 0) {
                verdict = bridge_order(key, index, at.bus);
            }
        }
        PciModel::PcieRootPort => {
            target.chassis = target.chassis.or(Some(index));
            let port = at.map(|at| u32::from(at.slot.get()) * 8 + u32::from(at.function.get()));
            target.port = target.port.or(port);
        }
        PciModel::PcieSwitchDownstreamPort => {
            target.chassis = target.chassis.or(Some(index));
            target.port = target.port.or(at.map(|at| u32::from(at.slot.get())));
        }
        PciModel::PciExpanderBus | PciModel::PcieExpanderBus if target.bus_nr.is_none() => {
            target.bus_nr = Some(next_bus_nr(key, at, numbers)?);
        }
        PciModel::PciRoot if is_pseries && target.index.is_none() => {
            target.index = Some(next_index(key, index, numbers)?);
        }
        _ => {}
    }
    store(completion, no, target, name);
    verdict
}

fn store(completion: &mut Completion, no: DeviceIdx, target: PciTarget, name: Option<Text>) {
    if let Some(device) = completion.device_mut(no)
        && let crate::model::Kind::Controller(controller) = &mut device.kind
    {
        controller.target = target;
        controller.model_name = name;
    }
}

/// The next bus number of an expander: downwards in steps of two, to leave a number for a bridge
/// behind each (`qemu_domain_address.c: qemuDomainAddressFindNewBusNr`).
fn next_bus_nr(
    key: DeviceKey,
    at: Option<PciAddress>,
    numbers: &mut TakenNumbers,
) -> Result<u32, Box<Problem>> {
    if numbers.bus_nr > 2 {
        numbers.bus_nr -= 2;
        return Ok(numbers.bus_nr);
    }
    let bus = at.map_or(0, |at| at.bus.0);
    Problem::error(Code::ExpanderBusNumber, "no bus number is left for this expander")
        .quoting(format!(
            "unsupported configuration: No free busNr lower than current lowest busNr is \
             available to auto-assign to bus {bus}. Must be manually assigned"
        ))
        .helping("write <target busNr='...'/> with a number that leaves room")
        .on(key)
        .refuse()
}

/// Source: `qemu_domain_address.c: qemuDomainAddressFindNewTargetIndex`.
fn next_index(key: DeviceKey, index: u32, numbers: &mut TakenNumbers) -> Result<u32, Box<Problem>> {
    /// Host bridges of a pSeries machine: QEMU `hw/ppc/spapr.c: SPAPR_MAX_PHBS`.
    const MOST: u32 = 31;
    if index == 0 {
        return Ok(0);
    }
    while numbers.indexes.contains(&numbers.next_index) && numbers.next_index <= MOST {
        numbers.next_index += 1;
    }
    if numbers.next_index <= MOST {
        numbers.indexes.insert(numbers.next_index);
        return Ok(numbers.next_index);
    }
    Problem::error(Code::PhbIndex, "no target index is left for this host bridge")
        .quoting(format!("unsupported configuration: No usable target index found for {index}"))
        .helping("a pSeries guest has at most 31 host bridges besides the first")
        .on(key)
        .refuse()
}

#[cfg(test)]
mod tests {
    use crate::assign::example::{guest, words};

    fn targets(machine: &str, devices: &str) -> Vec<String> {
        let result = guest(machine, devices);
        assert_eq!(words(&result), [""; 0]);
        let shown = result.domain.controllers().filter(|(_, c)| &*c.word == "pci").map(|(_, c)| {
            let t = &c.target;
            let numbers = [t.chassis_nr, t.chassis, t.port, t.bus_nr, t.index];
            let numbers = numbers.map(|number| number.map_or("-".to_owned(), |n| n.to_string()));
            format!("{} {}", c.index.unwrap(), numbers.join(" "))
        });
        shown.collect()
    }

    #[test]
    fn a_controller_tells_the_guest_its_index_and_place() {
        let port = "<controller type='pci' model='pcie-root-port'><address type='pci' slot='2' \
                    function='1'/></controller>";
        let root = "<controller type='pci' index='0' model='pcie-root'/>";
        let quiet = "<memballoon model='none'/><controller type='usb' model='none'/>";
        assert_eq!(
            targets("x86_64 q35", &format!("{root}{port}{quiet}")),
            ["0 - - - - -", "1 - 1 17 - -"]
        );
        let root = "<controller type='pci' index='0' model='pci-root'/>";
        let pxb = "<controller type='pci' model='pci-expander-bus'/>";
        let bridge = "<controller type='pci' model='pci-bridge'/>";
        assert_eq!(
            targets("x86_64 pc", &format!("{root}{pxb}{pxb}{bridge}")),
            ["0 - - - - -", "1 - - - 254 -", "2 - - - 252 -", "3 3 - - - -"]
        );
        let phb = "<controller type='pci' model='pci-root'/>";
        assert_eq!(
            targets("ppc64 pseries", &phb.repeat(3)),
            ["0 - - - - 0", "1 - - - - 1", "2 - - - - 2"]
        );
    }

    #[test]
    fn a_bridge_has_a_higher_index_than_its_bus() {
        let low = "<controller type='pci' index='1' model='pci-bridge'>\
                   <address type='pci' bus='2' slot='1'/></controller>\
                   <controller type='pci' index='2' model='pci-bridge'/>";
        assert_eq!(
            words(&guest("x86_64 pc", low)),
            ["unsupported configuration: PCI controller at index 1 (0x01) has bus='0x02', but \
              index must be larger than bus"]
        );
    }

    #[test]
    fn a_shared_slot_is_multifunction_unless_it_says_no() {
        let pair = |first: &str| {
            format!(
                "<sound model='ac97'><address type='pci' slot='5' {first}/></sound>\
                 <sound model='ac97'><address type='pci' slot='5' function='1'/></sound>"
            )
        };
        let flag = |first: &str| match guest("x86_64 pc", &pair(first)).domain.devices[0].address()
        {
            Some(crate::model::Address::Pci(pci)) => pci.multifunction,
            _ => None,
        };
        assert_eq!(flag(""), Some(true));
        assert_eq!(flag("multifunction='off'"), Some(false));
    }
}
