//! Drives that only run, for the matrix of drives.

use super::guest::{Extra, LiveGuest};
use crate::live::LiveBusKind;
use crate::rows::{DriveCell, DriveRow, Mark, Target};
use crate::topology::Place;

impl LiveGuest {
    /// The drives that only run and have no unit in the matrix, as a row of their own; `has_unit`
    /// tells of a free place whether it is drawn.
    pub fn drives(&self, has_unit: impl Fn(Target) -> bool) -> Option<DriveRow> {
        let cells: Vec<DriveCell> = self
            .extras
            .iter()
            .filter(|extra| self.is_drive(extra) && !extra.drawn().is_some_and(&has_unit))
            .map(|extra| DriveCell {
                place: Place::Unnumbered,
                mark: Mark::None,
                devices: Vec::new(),
                live: Some(Target::Live(extra.id)),
                label: format!("{} {}", self.name(extra), extra.address),
                at: self.address(extra.no),
            })
            .collect();
        (!cells.is_empty()).then(|| DriveRow {
            bus: None,
            name: "only live".to_owned(),
            model: String::new(),
            at: String::new(),
            part: String::new(),
            cells,
            more: 0,
        })
    }

    fn is_drive(&self, extra: &Extra) -> bool {
        let device = self.facts.device(extra.no);
        let driver = device.and_then(|device| device.driver.as_deref()).unwrap_or_default();
        let is_medium = driver.starts_with("virtio-blk") || driver == "usb-storage";
        let kinds = [LiveBusKind::Scsi, LiveBusKind::Ide, LiveBusKind::Floppy];
        is_medium || kinds.contains(&self.facts.bus_kind(extra.no))
    }

    fn name(&self, extra: &Extra) -> String {
        let device = self.facts.device(extra.no);
        let handle = device.and_then(|device| device.handle()).unwrap_or("drive");
        handle.rsplit('/').next().unwrap_or(handle).to_owned()
    }
}
