//! A spapr-vio register above 0xffffffff.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::address::SpaprVioAddress;
use crate::model::{Address, Code, Problem, Severity};

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

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefSpaprVIOAddress`. It sees the register that
/// libvirt has read from a PCI address, too.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (device, assigned) in evidence.pairs() {
        let Some(Address::SpaprVio(SpaprVioAddress { reg: Some(reg) })) = assigned.address() else {
            continue;
        };
        if *reg <= 0xffff_ffff {
            continue;
        }
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
