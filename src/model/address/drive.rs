//! Drive addresses: the place of a disk on its controller.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::ControllerIndex;

/// A place on an IDE, SCSI, SATA or floppy controller; all four numbers decimal.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct DriveAddress {
    /// Index of the controller (its kind follows from the disk's bus).
    pub controller: ControllerIndex,
    /// Bus on the controller: IDE has two (0 primary, 1 secondary), the others one.
    pub bus: u32,
    /// SCSI target; 0 on the other kinds.
    pub target: u32,
    /// Unit (LUN) on the target.
    pub unit: u32,
}

impl DriveAddress {
    pub(super) fn push_attributes(&self, out: &mut Vec<(&str, String)>) {
        out.push(("controller", self.controller.to_string()));
        out.push(("bus", self.bus.to_string()));
        out.push(("target", self.target.to_string()));
        out.push(("unit", self.unit.to_string()));
    }
}

/// Formats as `controller:bus:target:unit`.
impl fmt::Display for DriveAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}:{}", self.controller, self.bus, self.target, self.unit)
    }
}
