//! Registers on pSeries' virtual I/O bus.
//!
//! Source: `qemu_domain_address.c: qemuDomainAssignSpaprVIOAddresses`.

use std::collections::HashMap;

use super::work::Work;
use crate::machine::MachineKind;
use crate::model::address::SpaprVioAddress;
use crate::model::{Address, ControllerKind, Device, DeviceClass};
use crate::topology::Refusal;

/// Class and its first register, in libvirt's order; the registers are QEMU's (`hw/ppc/spapr_vio.c`).
const FIRST: &[(DeviceClass, u64)] = &[
    (DeviceClass::Interface, 0x1000),
    (DeviceClass::Controller, 0x2000),
    (DeviceClass::Serial, 0x3000_0000),
    (DeviceClass::Nvram, 0x3000),
    (DeviceClass::Tpm, 0x4000),
];

/// How far the next register is.
const STEP: u64 = 0x1000;

/// Whether a device is one of the virtual I/O bus.
fn is_vio(device: &Device, is_pseries: bool) -> bool {
    match device.class() {
        DeviceClass::Interface => device.variant() == Some("spapr-vlan"),
        DeviceClass::Controller => device.controller().is_some_and(|controller| {
            controller.kind == ControllerKind::Scsi
                && controller.model.as_deref() == Some("ibmvscsi")
        }),
        DeviceClass::Serial => device.variant() == Some("spapr-vio-serial"),
        DeviceClass::Nvram => is_pseries,
        DeviceClass::Tpm => is_pseries && device.variant() != Some("spapr-tpm-proxy"),
        _ => false,
    }
}

fn reg(device: &Device) -> Option<u64> {
    match device.value()? {
        Address::SpaprVio(vio) => vio.reg,
        _ => None,
    }
}

/// Gives every device of the bus a register; one that is written has to be its own.
pub(super) fn assign(work: &mut Work) {
    let is_pseries = work.machine.kind == MachineKind::Pseries;
    let mut used: HashMap<u64, u32> = HashMap::new();
    for no in work.lists.iterate(&work.domain) {
        if let Some(reg) = work.device(no).and_then(reg) {
            *used.entry(reg).or_default() += 1;
        }
    }
    for (class, first) in FIRST {
        // Registers are never given back: the next search starts where this one ended.
        let mut next = *first;
        for no in work.lists.of(*class).to_vec() {
            let Some(device) = work.device(no) else { continue };
            if !is_vio(device, is_pseries) {
                continue;
            }
            if let Some(reg) = reg(device) {
                if used.get(&reg).is_some_and(|count| *count > 1) {
                    let message = format!("register {reg:#x} is given to two devices");
                    let refusal = Refusal::new("spapr-vio-double-use", message)
                        .quoting(format!("XML error: spapr-vio address {reg:#x} already in use"))
                        .helping("choose another reg=, or remove the address")
                        .on(device.key);
                    work.refuse(refusal);
                }
                continue;
            }
            while used.contains_key(&next) {
                next = next.wrapping_add(STEP);
            }
            used.insert(next, 1);
            work.place(no, Address::SpaprVio(SpaprVioAddress { reg: Some(next) }));
            work.explain(no, format!("register {next:#x}, the first free from {first:#x}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::assign::work::assigned::{guest, lines, words};

    #[test]
    fn registers_count_up_from_the_first_of_each_class() {
        let vlan = "<interface type='user'><model type='spapr-vlan'/></interface>";
        let scsi = "<controller type='scsi' index='0'/>";
        let taken = "<serial type='pty'><address type='spapr-vio' reg='0x1000'/></serial>";
        let result = guest("ppc64 pseries", &format!("{vlan}{vlan}{scsi}{taken}"));
        assert_eq!(
            lines(&result, "spapr"),
            [
                "interface:0 spapr-vio 0x00002000",
                "interface:1 spapr-vio 0x00003000",
                "controller:0 spapr-vio 0x00004000",
                "serial:0 spapr-vio 0x00001000"
            ]
        );
        let twice = guest("ppc64 pseries", &taken.repeat(2));
        assert_eq!(words(&twice)[0], "XML error: spapr-vio address 0x1000 already in use");
    }
}
