//! A device of another process without shared memory.

use crate::check::evidence::Evidence;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Device, Kind, Problem, Severity};
use crate::xml::Element;

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::SharedMemory,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a device of another process without shared memory",
    about: "virtiofs and vhost-user devices run in another process, which reads and writes the memory of the guest.",
    machine: "q35",
    wrong: "<devices><filesystem type='mount'><driver type='virtiofs'/><source dir='/a'/><target dir='t'/></filesystem></devices>",
    right: "<memoryBacking><access mode='shared'/></memoryBacking><devices><filesystem type='mount'><driver type='virtiofs'/><source dir='/a'/><target dir='t'/></filesystem></devices>",
    fixes: None,
};

/// Source: `qemu_validate.c: qemuValidateDomainDefVhostUserRequireSharedMemory`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let devices = || {
        let devices = evidence.domain.devices.iter();
        devices.filter_map(|device| Some((device, libvirt_name(device)?)))
    };
    if devices().next().is_none() || is_shared(evidence.root()) {
        return;
    }
    for (device, name) in devices() {
        let problem = RULE
            .problem(format!("{} needs shared memory", device.title()))
            .quoting(format!("unsupported configuration: '{name}' requires shared memory"))
            .helping("add <memoryBacking><source type='memfd'/><access mode='shared'/>");
        found.push(evidence.on(problem, device));
    }
}

/// The name in libvirt's message for a device that needs shared memory; `None` for all others.
fn libvirt_name(device: &Device) -> Option<&'static str> {
    match &device.kind {
        Kind::Interface(interface) if interface.backend.as_deref() == Some("vhostuser") => {
            Some("interface")
        }
        Kind::Disk(disk) if disk.backend.as_deref() == Some("vhostuser") => Some("vhostuser"),
        Kind::Filesystem(filesystem) if filesystem.driver.as_deref() == Some("virtiofs") => {
            Some("virtiofs")
        }
        _ => None,
    }
}

/// Whether the memory of the guest is shared: that of every NUMA cell, as the cell or the domain
/// has it.
fn is_shared(domain: Element<'_>) -> bool {
    let access = domain.child("memoryBacking").and_then(|backing| backing.child("access"));
    let of_domain = access.is_some_and(|access| access.value("mode") == Some("shared"));
    let numa = domain.child("cpu").and_then(|cpu| cpu.child("numa"));
    let mut cells = numa.into_iter().flat_map(Element::children).filter(|cell| cell.is("cell"));
    let Some(first) = cells.next() else { return of_domain };
    std::iter::once(first).chain(cells).all(|cell| match cell.value("memAccess") {
        Some(access) => access == "shared",
        None => of_domain,
    })
}

#[cfg(test)]
mod tests {
    use super::is_shared;
    use crate::xml::Document;

    #[test]
    fn memory_is_shared_by_the_domain_or_by_every_cell() {
        let shared = "<memoryBacking><access mode='shared'/></memoryBacking>";
        let cells = |cells: &str| format!("<cpu><numa>{cells}</numa></cpu>");
        for (text, want) in [
            (String::new(), false),
            ("<memoryBacking><source type='memfd'/></memoryBacking>".to_owned(), false),
            (shared.to_owned(), true),
            (cells("<cell memAccess='shared'/>"), true),
            (cells("<cell memAccess='shared'/><cell/>"), false),
            (format!("{shared}{}", cells("<cell/><cell memAccess='shared'/>")), true),
            (format!("{shared}{}", cells("<cell memAccess='private'/>")), false),
        ] {
            let document = Document::parse(format!("<domain>{text}</domain>")).unwrap();
            assert_eq!(is_shared(document.root()), want, "{text}");
        }
    }
}
