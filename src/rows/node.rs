//! A node of the topology as rows name it.

use super::{Guest, Target};
use crate::model::Device;
use crate::model::address::PciAddress;
use crate::topology::{NodeId, NodeKind};

/// The target that selects a node.
pub fn target_of(guest: Guest<'_>, no: NodeId) -> Option<Target> {
    Some(match guest.topology.node(no)?.kind {
        NodeKind::Device(_) => Target::Device(guest.topology.device(guest.domain, no)?.key()),
        NodeKind::Chipset(part) => Target::Chipset(part.at),
        NodeKind::Live(id) => Target::Live(id),
    })
}

/// The node that is this part of the chipset.
pub(super) fn chipset(guest: Guest<'_>, at: PciAddress) -> Option<NodeId> {
    guest
        .topology
        .nodes()
        .find(|(_, node)| match node.kind {
            NodeKind::Chipset(part) => part.at == at,
            NodeKind::Device(_) | NodeKind::Live(_) => false,
        })
        .map(|(no, _)| no)
}

/// The title of a node: the device's title, the name of the chipset part, or that of the live
/// device.
pub fn title_of(guest: Guest<'_>, no: NodeId) -> String {
    let part = || guest.topology.node(no).and_then(|node| node.part);
    guest
        .topology
        .device(guest.domain, no)
        .map(Device::title)
        .or_else(|| part().map(|part| part.name.to_owned()))
        .or_else(|| guest.topology.live(no).map(|live| live.name.clone()))
        .unwrap_or_default()
}
