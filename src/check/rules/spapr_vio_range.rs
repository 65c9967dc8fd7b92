//! A spapr-vio register above 0xffffffff.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Address, Code, Device, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::SpaprVioRange,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a spapr-vio register above 0xffffffff",
    about: "Registers of the virtual I/O bus have 32 bits.",
    machine: "pseries",
    wrong: "<serial type='pty'><target type='spapr-vio-serial'/><address type='spapr-vio' reg='0x100000000'/></serial>",
    right: "<serial type='pty'><target type='spapr-vio-serial'/><address type='spapr-vio' reg='0x30000000'/></serial>",
    fixes: Some(fixes::let_choose),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefSpaprVIOAddress`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for device in &evidence.domain.devices {
        let Some(reg) = register(device).filter(|reg| *reg > 0xffff_ffff) else { continue };
        let problem = RULE
            .problem(format!("register {reg:#x} is above 0xffffffff"))
            .quoting(format!(
                "unsupported configuration: spapr-vio reg='{reg:#x}' exceeds maximum possible value \
                 (0xffffffff)"
            ))
            .helping("choose a lower register, or leave it to libvirt");
        found.push(evidence.on(problem, device));
    }
}

/// The register that libvirt reads in a device's address. In a PCI address of a device of the
/// virtual I/O bus it takes domain and bus for the two halves of one.
fn register(device: &Device) -> Option<u64> {
    let is_vio = || match device.class() {
        DeviceClass::Interface => device.variant() == Some("spapr-vlan"),
        DeviceClass::Controller => device.variant() == Some("ibmvscsi"),
        _ => false,
    };
    match device.value()? {
        Address::SpaprVio(vio) => vio.reg,
        Address::Pci(pci) if is_vio() => Some(pci.at?.spapr_register()),
        _ => None,
    }
}
