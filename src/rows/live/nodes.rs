//! Live devices without an element of the document, as nodes of the topology.

use std::collections::HashMap;

use super::LiveNames;
use crate::detect::{LiveLocation, Matching, live_place};
use crate::live::{Facts, LiveBusKind, LiveNo, QdevAddress};
use crate::text::masked_words;
use crate::topology::{LiveId, LiveOnly, LiveParent, LiveRole, NodeId, NodeKind, Place, Topology};

/// Finds out where live devices are in a guest.
pub(super) struct LiveNodes<'g> {
    pub(super) facts: &'g Facts,
    pub(super) matching: &'g Matching,
    pub(super) topology: &'g Topology,
}

impl LiveNodes<'_> {
    /// Describes the live devices that the document does not mention, in the order of their places;
    /// each with its number, as `ids` has it.
    pub(super) fn describe(
        &self,
        names: &mut LiveNames,
        ids: &mut HashMap<LiveNo, LiveId>,
    ) -> Vec<LiveOnly> {
        let unconfigured = self.matching.unconfigured.iter();
        ids.extend(unconfigured.map(|no| (*no, names.id(self.facts, *no))));
        let mut devices: Vec<(QdevAddress, LiveNo, LiveOnly)> = self
            .matching
            .unconfigured
            .iter()
            .filter_map(|no| {
                let address = self.facts.device(*no)?.address;
                Some((address, *no, self.device(*no, *ids.get(no)?, ids)))
            })
            .collect();
        devices.sort_by_key(|(address, no, device)| (device.place, *address, *no));
        devices.into_iter().map(|(.., device)| device).collect()
    }

    fn device(&self, no: LiveNo, id: LiveId, ids: &HashMap<LiveNo, LiveId>) -> LiveOnly {
        let (parent, place) = match self.matching.locate(self.facts, self.topology, no) {
            LiveLocation::Bus(bus, place) => (LiveParent::Bus(bus), place),
            LiveLocation::On(holder) => {
                let place = live_place(self.facts, no).unwrap_or(Place::Unnumbered);
                let parent = match (ids.get(&holder), self.node_of(holder)) {
                    (Some(live), _) => LiveParent::Live(*live),
                    (None, Some(node)) => LiveParent::Node(node),
                    (None, None) => LiveParent::Nothing,
                };
                (parent, place)
            }
            LiveLocation::Elsewhere => (LiveParent::Nothing, Place::Unnumbered),
        };
        let pci_id = self.facts.device(no).and_then(|device| device.pci.as_ref()?.id);
        LiveOnly {
            id,
            parent,
            place,
            label: self.facts.full_address(no),
            model: self.facts.model(no),
            name: self.facts.model_and_name(no),
            purpose: self.purpose(no),
            role: self.role(no),
            pci_id,
        }
    }

    /// The node of a live device that is configured, or a part of the machine.
    fn node_of(&self, no: LiveNo) -> Option<NodeId> {
        let configured =
            self.matching.of_live(no).and_then(|pair| self.topology.node_of(pair.device));
        let part = || {
            let (_, part) = self.matching.parts.iter().find(|(own, _)| *own == no)?;
            let is_part = |kind| matches!(kind, NodeKind::Chipset(own) if std::ptr::eq(own, *part));
            self.topology.nodes().find(|(_, node)| is_part(node.kind)).map(|(no, _)| no)
        };
        configured.or_else(part)
    }

    /// Everything particular to a live device: id, MAC address, medium.
    fn purpose(&self, no: LiveNo) -> String {
        let Some(device) = self.facts.device(no) else { return String::new() };
        let file = self.facts.medium(no).and_then(|drive| drive.file.as_deref());
        // QEMU describes anything but a plain file in JSON.
        let file = file.filter(|file| !file.starts_with("json:"));
        let file = file.map(masked_words);
        let file = file.as_deref().map(|file| file.rsplit('/').next().unwrap_or(file));
        let words = [device.id.as_deref(), device.mac.as_deref(), file];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn role(&self, no: LiveNo) -> LiveRole {
        let driver = self.facts.device(no).and_then(|device| device.driver.as_deref());
        let driver = driver.unwrap_or_default();
        let on = self.facts.bus_kind(no);
        let mut offered = self.facts.numbered_buses().filter(|(_, bus)| {
            matches!(bus.kind, LiveBusKind::Usb | LiveBusKind::Scsi | LiveBusKind::Ide)
        });
        let offered = offered.find(|(bus, _)| self.facts.holder(*bus) == Some(no));
        match (on, offered.map(|(_, bus)| bus.kind)) {
            _ if driver.starts_with("virtio-blk") || driver == "usb-storage" => LiveRole::Drive,
            (LiveBusKind::Scsi | LiveBusKind::Ide | LiveBusKind::Floppy, _) => LiveRole::Drive,
            (_, Some(LiveBusKind::Usb)) => LiveRole::UsbController,
            (_, Some(_)) => LiveRole::DriveController,
            (_, None) => LiveRole::Other,
        }
    }
}
