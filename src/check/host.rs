//! Facts about the host a guest runs on, as far as they were asked for.

use std::collections::BTreeMap;

use crate::model::HostPci;

/// Facts about the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// NUMA nodes of the host's PCI devices that have one.
    pub nodes: BTreeMap<HostPci, u32>,
}

/// A host without any known facts.
pub(super) static UNKNOWN: Host = Host { nodes: BTreeMap::new() };
