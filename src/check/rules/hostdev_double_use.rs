//! One host device that is passed to the guest twice.

use std::collections::HashMap;

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage, quoted};
use crate::model::{Code, Device, HostSource, Interface, Kind, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::HostdevDoubleUse,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "one host device that is passed to the guest twice",
    about: "A device of the host can be passed once; an interface of type hostdev counts as well.",
    machine: "pc",
    wrong: "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x5e' slot='0' function='0x0'/></source></hostdev>
<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x5e' slot='0' function='0x0'/></source></hostdev>",
    right: "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x5e' slot='0' function='0x0'/></source></hostdev>
<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x5e' slot='0' function='0x1'/></source></hostdev>",
    fixes: Some(fixes::remove),
};

/// Source: `domain_validate.c: virDomainDefHostdevValidate`, `domain_conf.c:
/// virDomainHostdevMatch`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut known: HashMap<String, &Device> = HashMap::new();
    for device in &evidence.domain.devices {
        let host = match &device.kind {
            Kind::Hostdev(hostdev) if hostdev.mode.as_deref() != Some("capabilities") => {
                &hostdev.host
            }
            Kind::Interface(Interface { host: Some(host), .. }) => host,
            _ => continue,
        };
        let name = match host {
            HostSource::Unknown => continue,
            // If vendor and product are written too, bus and device decide.
            HostSource::Usb { at: Some((bus, number)), .. } => format!("{bus} {number}"),
            host => host.to_string(),
        };
        let kind = std::mem::discriminant(host);
        let Some(first) = known.get(&format!("{kind:?} {name}")).copied() else {
            known.insert(format!("{kind:?} {name}"), device);
            continue;
        };
        let problem = RULE
            .problem(format!(
                "the host's {} is passed to the guest twice",
                quoted(&host.to_string())
            ))
            .quoting("XML error: Hostdev already exists in the domain configuration")
            .helping("remove one of them");
        let problem = problem.on(device.key()).at(evidence.attribute(device, "source", ""));
        found.push(problem.on(first.key()).at(evidence.attribute(first, "source", "")));
    }
}
