//! What is known about the machine that a guest runs on, where anybody asked.

use std::collections::BTreeMap;

use crate::model::HostPci;

/// Facts about the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// The NUMA node of its PCI devices, as far as they have one.
    pub nodes: BTreeMap<HostPci, u32>,
}

/// A host nobody knows anything about.
pub(super) static UNKNOWN: Host = Host { nodes: BTreeMap::new() };
