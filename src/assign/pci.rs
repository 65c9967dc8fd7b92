//! PCI addresses: a dry run that finds out which buses are missing, and the final run.
//!
//! Source: `qemu_domain_address.c: qemuDomainAssignPCIAddresses`.

use super::chipset;
use super::completion::Completion;
use super::order;
use super::pass::Pass;
use super::{targets, usb};
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
        if !pass.completion.machine.has(Feature::UsbNetOnUsb) {
            usb::refuse_older_cards(pass.completion);
        }
        targets::mark_multifunction(pass.completion);
        targets::fill(pass.completion);
    }
    targets::check_indexes(pass.completion);
}

/// Whether libvirt looks for PCI places on this machine. On boards without PCI it did not for a long
/// time, and left devices without an address; now it refuses them.
///
/// Source: `qemu_domain.c: qemuDomainSupportsPCI`.
fn has_pci(machine: Machine) -> bool {
    match machine.kind {
        MachineKind::OtherArm | MachineKind::Vexpress | MachineKind::OtherRiscv => {
            machine.has(Feature::PciMachines)
        }
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
        // A guest with no written bus gets a port for hot-plug.
        pass.reserve_next_for(None, spare(Need::EXPRESS), None);
    }
    pass.add_controllers();
}

#[cfg(test)]
mod tests {
    use crate::assign::example::{guest, guest_for};
    use crate::model::Code;

    /// Source: definitions by libvirt 11.3 and 12.9.
    #[test]
    fn a_board_without_pci_refuses_devices_since_it_is_known_to_have_none() {
        let nic = "<interface type='user'><model type='e1000'/></interface>";
        for machine in ["armv7l vexpress-a9", "aarch64 raspi3b", "riscv64 sifive_u"] {
            let old = guest_for("11.3", machine, nic);
            assert!(old.refusals.is_empty() && old.domain.devices[0].address.is_none());
            let new = guest_for("12.9", machine, nic);
            let quote = new.refusals.first().and_then(|refusal| refusal.libvirt.as_deref());
            assert_eq!(quote, Some("XML error: No PCI buses available"), "{machine}");
        }
    }

    /// Source: definitions by libvirt 9.0.
    #[test]
    fn a_usb_card_is_refused_before_indexes_are_compared() {
        let devices = "<controller type='pci' index='1' model='pci-bridge'/>\
                       <interface type='user'><model type='usb-net'/></interface>";
        let codes: Vec<Code> = guest_for("9.0", "x86_64 q35", devices)
            .refusals
            .iter()
            .map(|refusal| refusal.code)
            .collect();
        assert_eq!(codes, [Code::PciNoPlace, Code::BridgeIndex]);
    }

    /// Source: definitions by libvirt 11.3 and 12.9.
    #[test]
    fn network_cards_of_boards_get_no_pci_address_any_more() {
        let card = |model: &str, address: &str| {
            format!("<interface type='user'><model type='{model}'/>{address}</interface>")
        };
        let place = |libvirt: &str, machine: &str, nic: &str| {
            let guest = guest_for(libvirt, machine, nic);
            assert!(guest.refusals.is_empty(), "{:?}", guest.refusals);
            guest.domain.devices[0].pci().map(|at| at.to_string())
        };
        for model in ["lan9118", "scm91c111"] {
            for (machine, old) in [("x86_64 q35", "02:01.0"), ("aarch64 versatilepb", "00:01.0")] {
                let nic = card(model, "");
                assert!(place("11.3", machine, &nic).is_some_and(|at| at.ends_with(old)));
                assert_eq!(place("12.9", machine, &nic), None, "{machine} {model}");
            }
            let fixed = card(model, "<address type='pci' slot='0x04'/>");
            assert!(place("12.9", "alpha clipper", &fixed).is_some_and(|at| at.ends_with("04.0")));
        }
        // The name that QEMU has for it is one that libvirt does not know.
        let nic = card("smc91c111", "");
        assert!(place("12.9", "x86_64 q35", &nic).is_some_and(|at| at.ends_with("01:00.0")));
    }

    fn codes(machine: &str, devices: &str) -> Vec<Code> {
        guest(machine, devices).refusals.iter().map(|refusal| refusal.code).collect()
    }

    #[test]
    fn beside_a_wrong_root_the_rest_is_judged_as_if_the_right_one_were_there() {
        // Without index= it takes index 0, and everything else is on it.
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
