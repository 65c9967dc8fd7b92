//! Two virtio channels with one name.

use std::collections::HashSet;

use crate::check::evidence::Evidence;
use crate::check::rule::{Rule, Stage};
use crate::model::{Address, Code, Device, Kind, Problem, Severity};
use crate::text::Printable;

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ChannelNameDoubleUse,
    severity: Severity::Error,
    stage: Stage::Start(find),
    summary: "two virtio channels with one name",
    about: "The guest finds a channel by its name. libvirt accepts two with one name on a controller; QEMU refuses to start.",
    machine: "q35",
    wrong: "<channel type='unix'><target type='virtio' name='org.a'/></channel>
<channel type='unix'><target type='virtio' name='org.a'/></channel>",
    right: "<channel type='unix'><target type='virtio' name='org.a'/></channel>
<channel type='unix'><target type='virtio' name='org.b'/></channel>",
    fixes: None,
};

/// Source: QEMU `hw/char/virtio-serial-bus.c: virtser_port_device_realize`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut known = HashSet::new();
    for (device, assigned) in evidence.pairs() {
        let Some((controller, name)) = port(assigned) else { continue };
        if known.insert((controller, name)) {
            continue;
        }
        let name = Printable::new(name);
        let problem = RULE
            .problem(format!("a second channel has the name '{name}'"))
            .quoting(format!("QEMU: virtio-serial-bus: A port already exists by name {name}"))
            .helping("give one of them another name=");
        found.push(evidence.on_attribute(problem, device, ("target", "name")));
    }
}

/// The controller and name of a port on virtio-serial.
fn port(device: &Device) -> Option<(crate::model::ControllerIndex, &str)> {
    let Kind::Channel(channel) = &device.kind else { return None };
    match device.address()? {
        Address::VirtioSerial(at) => Some((at.controller, channel.target_name.as_deref()?)),
        _ => None,
    }
}
