//! The way from the machine down to a row: `pci.0 › 02.0 › 00.0`.

use super::node::{chipset, target_of, title_of};
use super::{Guest, Target};
use crate::topology::{BusNo, NodeId};

/// A step of the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathStep {
    /// The object of the step.
    pub target: Target,
    /// Its place or name.
    pub label: String,
}

/// The steps from a bus of the machine down to `target`, that one included; empty when it is gone.
pub fn path(guest: Guest<'_>, target: Target) -> Vec<PathStep> {
    let topology = guest.topology;
    let mut steps = Vec::new();
    let mut at = match target {
        Target::Device(key) | Target::Siblings(key) => match topology.node_of(key) {
            Some(no) => PathPoint::Node(no),
            None => return steps,
        },
        Target::Chipset(at) => match chipset(guest, at) {
            Some(no) => PathPoint::Node(no),
            None => return steps,
        },
        Target::Bus(id) => match topology.bus_no(id) {
            Some(no) => PathPoint::Bus(no),
            None => return steps,
        },
        Target::Free(id, place) => match topology.bus_no(id) {
            Some(no) => {
                steps.push(PathStep { target, label: place.to_string() });
                PathPoint::Bus(no)
            }
            None => return steps,
        },
        Target::Unplaced => {
            return vec![PathStep { target, label: "unplaced".to_owned() }];
        }
        Target::Live(id) => match topology.node_of_live(id) {
            Some(no) => PathPoint::Node(no),
            None => return steps,
        },
    };
    // No more steps than there are nodes: a placed node is in no loop, but a bus without a root
    // might be.
    let mut left = topology.nodes().count() + 1;
    while left > 0 {
        left -= 1;
        at = match at {
            PathPoint::Bus(no) => match topology.bus(no).and_then(|bus| bus.parent) {
                Some(parent) => PathPoint::Node(parent),
                None => {
                    if let Some(bus) = topology.bus(no) {
                        steps.push(PathStep { target: Target::Bus(bus.id), label: bus.name() });
                    }
                    break;
                }
            },
            PathPoint::Node(no) => {
                let Some(node) = topology.node(no) else { break };
                let step = target_of(guest, no);
                match (node.bus, node.unplaced) {
                    (Some(bus), _) => {
                        steps.extend(
                            step.map(|target| PathStep { target, label: node.place.to_string() }),
                        );
                        PathPoint::Bus(bus)
                    }
                    (None, None) => {
                        let name = node.offers.and_then(|no| topology.bus(no));
                        let label = match topology.live(no) {
                            Some(live) => live.label.clone(),
                            None => name.map(crate::topology::Bus::name).unwrap_or_default(),
                        };
                        steps.extend(step.map(|target| PathStep { target, label }));
                        break;
                    }
                    (None, Some(_)) => {
                        let label = title_of(guest, no);
                        steps.extend(step.map(|target| PathStep { target, label }));
                        let label = "unplaced".to_owned();
                        steps.push(PathStep { target: Target::Unplaced, label });
                        break;
                    }
                }
            }
        };
    }
    steps.reverse();
    // Devices without a number on their bus are called by their name.
    for step in steps.iter_mut().filter(|step| step.label.is_empty()) {
        let node = match step.target {
            Target::Device(key) => topology.node_of(key),
            Target::Live(id) => topology.node_of_live(id),
            _ => None,
        };
        step.label = node.map(|no| title_of(guest, no)).unwrap_or_default();
    }
    steps
}

enum PathPoint {
    Bus(BusNo),
    Node(NodeId),
}
