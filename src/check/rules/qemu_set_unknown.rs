//! A `-set` for a device that QEMU does not know yet.

use crate::check::evidence::Evidence;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, DeviceClass, Kind, Problem, Severity};
use crate::text::Printable;
use crate::xml::Element;

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::QemuSetUnknown,
    severity: Severity::Error,
    stage: Stage::Start(find),
    summary: "a -set of qemu:commandline for a device that it does not find",
    about: "libvirt since 7.9 writes its devices as JSON, which -set does not reach. <qemu:override> changes properties of them.",
    machine: "q35",
    wrong: "<devices></devices><qemu:commandline><qemu:arg value='-set'/><qemu:arg value='device.net0.addr=0x1'/></qemu:commandline>",
    right: "<devices></devices><qemu:commandline><qemu:arg value='-device'/><qemu:arg value='e1000,id=n,addr=0x1e'/><qemu:arg value='-set'/><qemu:arg value='device.n.romfile='/></qemu:commandline>",
    fixes: None,
};

/// Source: QEMU `system/vl.c: qemu_set_option`; message of QEMU 10.0.2.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let commandlines = evidence.root().children().filter(|child| child.name() == "commandline");
    let arguments: Vec<Element<'_>> =
        commandlines.flat_map(Element::children).filter(|child| child.name() == "arg").collect();
    for pair in arguments.windows(2) {
        let [option, argument] = pair else { continue };
        let (Some("-set" | "--set"), Some(value)) =
            (option.value("value"), argument.value("value"))
        else {
            continue;
        };
        let mut parts = value.splitn(3, '.');
        let (Some("device"), Some(id)) = (parts.next(), parts.next()) else { continue };
        let is_known = evidence.domain.of_class(DeviceClass::Qemu).any(|device| {
            matches!(&device.kind, Kind::Qemu(qemu) if !qemu.json && qemu.id.as_deref() == Some(id))
        });
        if is_known {
            continue;
        }
        let (id, value) = (Printable::new(id), Printable::new(value));
        let problem = RULE
            .problem(format!("-set finds no device '{id}'"))
            .quoting(format!("QEMU: -set {value}: there is no device \"{id}\" defined"))
            .helping("use <qemu:override> for devices of libvirt");
        found.push(problem.at(argument.tag()));
    }
}
