//! Registers on pSeries' virtual I/O bus.
//!
//! Source: `qemu_domain_address.c: qemuDomainAssignSpaprVIOAddresses`.

use std::collections::HashMap;

use super::completion::Completion;
use crate::machine::MachineKind;
use crate::model::address::SpaprVioAddress;
use crate::model::{Address, Code, ControllerKind, Device, DeviceClass, Problem};

/// Class and its first register, in libvirt's order; the registers are QEMU's (`hw/ppc/spapr_vio.c`).
const FIRST: &[(DeviceClass, u64)] = &[
    (DeviceClass::Interface, 0x1000),
    (DeviceClass::Controller, 0x2000),
    (DeviceClass::Serial, 0x3000_0000),
    (DeviceClass::Nvram, 0x3000),
    (DeviceClass::Tpm, 0x4000),
];

/// The distance between registers.
const STEP: u64 = 0x1000;

/// Whether a device is on the virtual I/O bus.
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

/// The register in an address of the bus, or in a PCI address that libvirt reads as one.
fn reg(device: &Device, is_pseries: bool) -> Option<u64> {
    match device.address()? {
        Address::SpaprVio(vio) => vio.reg,
        Address::Pci(pci) if is_vio(device, is_pseries) => Some(pci.at?.spapr_register()),
        _ => None,
    }
}

/// Gives every device of the bus a register; one that is written has to be its own.
pub(super) fn assign(completion: &mut Completion) {
    let is_pseries = completion.machine.kind == MachineKind::Pseries;
    let mut used: HashMap<u64, u32> = HashMap::new();
    for no in completion.lists.iterate(&completion.domain) {
        if let Some(reg) = completion.device(no).and_then(|device| reg(device, is_pseries)) {
            *used.entry(reg).or_default() += 1;
        }
    }
    for (class, first) in FIRST {
        // Registers are never given back: the next search starts where this one ended.
        let mut next = *first;
        for no in completion.lists.of(*class).to_vec() {
            let Some(device) = completion.device(no) else { continue };
            if !is_vio(device, is_pseries) {
                continue;
            }
            if let Some(reg) = reg(device, is_pseries) {
                let is_other = device.pci().is_some();
                if used.get(&reg).is_some_and(|count| *count > 1) {
                    let message = format!("register {reg:#x} is given to two devices");
                    let refusal = Problem::error(Code::SpaprVioDoubleUse, message)
                        .quoting(format!("XML error: spapr-vio address {reg:#x} already in use"))
                        .helping("choose another reg=, or remove the address")
                        .on(device.key());
                    completion.refuse(refusal);
                }
                if is_other {
                    completion.place(no, Address::SpaprVio(SpaprVioAddress { reg: Some(reg) }));
                    completion.explain(no, format!("register {reg:#x}, read from the PCI address"));
                }
                continue;
            }
            while used.contains_key(&next) {
                next = next.wrapping_add(STEP);
            }
            used.insert(next, 1);
            completion.place(no, Address::SpaprVio(SpaprVioAddress { reg: Some(next) }));
            completion.explain(no, format!("register {next:#x}, the first free from {first:#x}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::assign::example::{completed, of_class, words};

    const NET: &str = "<interface type='user'><model type='spapr-vlan'/>";

    #[test]
    fn registers_begin_where_qemu_has_them_and_go_on_by_pages() {
        let devices = format!(
            "{NET}</interface>{NET}<address type='spapr-vio' reg='0x2000'/></interface>\
             {NET}</interface><disk><target dev='sda' bus='scsi'/></disk>\
             <serial type='pty'/><nvram/>"
        );
        let guest = completed("ppc64", "pseries", &devices);
        assert_eq!(
            of_class(&guest, "interface"),
            [
                "interface:0 spapr-vio 0x00001000",
                "interface:1 spapr-vio 0x00002000",
                "interface:2 spapr-vio 0x00003000"
            ]
        );
        // The default SCSI controller is ibmvscsi; its own first register is taken.
        assert!(of_class(&guest, "controller").iter().any(|c| c.ends_with("spapr-vio 0x00004000")));
        assert_eq!(of_class(&guest, "serial"), ["serial:0 spapr-vio 0x30000000"]);
        assert_eq!(of_class(&guest, "nvram"), ["nvram:0 spapr-vio 0x00005000"]);
    }

    #[test]
    fn a_register_given_to_two_devices_is_refused() {
        let net = format!("{NET}<address type='spapr-vio' reg='0x2000'/></interface>");
        let guest = completed("ppc64", "pseries", &net.repeat(2));
        assert_eq!(words(&guest)[0], "XML error: spapr-vio address 0x2000 already in use");
    }
}
