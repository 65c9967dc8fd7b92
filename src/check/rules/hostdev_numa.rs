//! A passed-through device on a NUMA node other than its expander's.

use std::collections::{BTreeSet, HashSet};

use crate::check::evidence::Evidence;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, ControllerIndex, ControllerKind, Device, Problem, Severity};
use crate::xml::Element;

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::HostdevNuma,
    severity: Severity::Note,
    stage: Stage::Check(find),
    summary: "a passed-through device on a NUMA node other than its expander's",
    about: "The guest sees a device on the node of its expander bus and puts the device's \
            buffers there. With <numatune> that node's memory is on some node of the host; if \
            the card is on another, every transfer crosses sockets. Reported when the card is \
            in the host that checks.",
    machine: "q35",
    wrong: "",
    right: "",
    fixes: None,
};

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    if evidence.host.nodes.is_empty() {
        return;
    }
    let cells = cells(evidence);
    for (device, node) in evidence
        .domain
        .devices
        .iter()
        .filter_map(|device| Some((device, *evidence.host.nodes.get(&device.host_pci()?)?)))
    {
        // The guest's nodes whose memory is near the card; without any there is no better place.
        let near: BTreeSet<u32> = cells
            .iter()
            .filter(|(_, nodes)| nodes.contains(&node))
            .map(|(cell, _)| *cell)
            .collect();
        let (Some(best), false) = (near.first(), near.len() == cells.len()) else { continue };
        let what = match node_of(evidence, device) {
            Some(cell) if near.contains(&cell) => continue,
            Some(cell) => format!("is on node {cell} of the guest"),
            None => "is on no node of the guest".to_owned(),
        };
        let problem = RULE
            .problem(format!(
                "{} {what}, but its card is near the memory of node {best}",
                device.title()
            ))
            .helping(format!("put it behind an expander bus with <node>{best}</node>"));
        found.push(evidence.on(problem, device));
    }
}

/// The guest's cells with the nodes of the host that each has its memory on: `<memnode>`.
fn cells(evidence: &Evidence<'_>) -> Vec<(u32, BTreeSet<u32>)> {
    let domain = evidence.document.descendants().find(|element| element.is("domain"));
    let tune = domain.and_then(|domain| domain.child("numatune"));
    let nodes = tune.into_iter().flat_map(Element::children).filter(|child| child.is("memnode"));
    nodes
        .filter_map(|node| Some((node.value("cellid")?.parse().ok()?, set(node.value("nodeset")?))))
        .collect()
}

/// The numbers of `0-3,^2,8`.
fn set(text: &str) -> BTreeSet<u32> {
    /// The most nodes that Linux supports (`MAX_NUMNODES`).
    const MOST: u32 = 1024;
    let mut numbers = BTreeSet::new();
    for part in text.split(',').map(str::trim) {
        let (is_out, range) = part.strip_prefix('^').map_or((false, part), |rest| (true, rest));
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (Ok(first), Ok(last)) = (first.parse::<u32>(), last.parse::<u32>()) else { continue };
        for number in first..=last.min(MOST) {
            if is_out {
                numbers.remove(&number);
            } else {
                numbers.insert(number);
            }
        }
    }
    numbers
}

/// The node of the expander bus that a device is behind.
fn node_of(evidence: &Evidence<'_>, device: &Device) -> Option<u32> {
    let mut at = evidence.device(device.key())?.pci();
    let mut seen = HashSet::new();
    while let Some(place) = at.filter(|place| seen.insert(place.bus)) {
        let ControllerIndex(index) = place.bus;
        let mut known = evidence.controllers(ControllerKind::Pci);
        let (bridge, controller) =
            known.find(|(_, known)| known.index == Some(ControllerIndex(index)))?;
        if controller.target.node.is_some() {
            return controller.target.node;
        }
        at = bridge.pci();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_nodes_is_read_as_libvirt_writes_it() {
        for (text, want) in [
            ("0", &[0][..]),
            ("0-2,4", &[0, 1, 2, 4]),
            ("0-3,^2", &[0, 1, 3]),
            ("x,1", &[1]),
            ("5-1", &[]),
        ] {
            assert_eq!(set(text), want.iter().copied().collect(), "{text}");
        }
        assert_eq!(set("0-4294967295").len(), 1025);
    }
}
