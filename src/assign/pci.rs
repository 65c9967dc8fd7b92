//! PCI addresses: a dry run that finds out which buses are missing, and the final run.
//!
//! Source: `qemu_domain_address.c: qemuDomainAssignPCIAddresses`.

use super::chipset;
use super::completion::Completion;
use super::order;
use super::pass::Pass;
use super::targets;
use crate::machine::{Feature, Machine, MachineKind, Need};
use crate::model::PciModel;
use crate::topology::Request;

/// Gives every PCI device its place and adds the controllers that takes.
pub(super) fn assign(completion: &mut Completion) {
    let mut pass = Pass::new(completion);
    let written = pass.highest_index().map_or(0, |highest| highest + 1);
    let mut count = written;
    if count > 0 {
        pass.open(count, true);
        dry_run(&mut pass, written);
        count = pass.buses.len();
    }
    pass.open(count, false);
    pass.collect();
    if has_pci(pass.completion.machine) {
        chipset::reserve(&mut pass);
        order::place(&mut pass);
        targets::mark_multifunction(pass.completion);
        targets::fill(pass.completion);
    }
    targets::check_indexes(pass.completion);
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

/// Finds out which buses are missing: places every device as the final run will, in a set that
/// grows, and adds the controllers of the new buses.
fn dry_run(pass: &mut Pass<'_>, written: usize) {
    pass.collect();
    chipset::reserve(pass);
    let spare = |need| Request { occupant: None, need, group: 0 };
    let is_full = pass.buses.buses().all(|(_, bus)| bus.is_full());
    if pass.root == Some(PciModel::PciRoot) && !is_full {
        // A slot for a bridge that may be plugged later.
        pass.reserve_next_for(None, spare(Need::PCI), None);
    }
    order::place(pass);
    let is_root_only = written <= 1;
    if is_root_only && pass.buses.len() > written && pass.root == Some(PciModel::PcieRoot) {
        // A guest whose buses are all chosen by libvirt gets a port for hot-plug.
        pass.reserve_next_for(None, spare(Need::EXPRESS), None);
    }
    pass.add_controllers();
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
