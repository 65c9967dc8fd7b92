//! A spapr-vio register above 0xffffffff.

use crate::check::evidence::Evidence;
use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Address, Code, Problem, Severity};

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::SpaprVioRange,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a spapr-vio register above 0xffffffff",
    about: "Registers of the virtual I/O bus have 32 bits.",
    machine: "pseries",
    wrong: "<serial type='pty'><target type='spapr-vio-serial'/><address type='spapr-vio' reg='0x100000000'/></serial>",
    right: "<serial type='pty'><target type='spapr-vio-serial'/><address type='spapr-vio' reg='0x30000000'/></serial>",
    mend: Some(mend::let_choose),
};

/// `qemu_validate.c: qemuValidateDomainDeviceDefSpaprVIOAddress`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for device in &evidence.domain.devices {
        let Some(Address::SpaprVio(vio)) = device.value() else { continue };
        let Some(reg) = vio.reg.filter(|reg| *reg > 0xffff_ffff) else { continue };
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
