//! Descriptions of devices that only the running guest has.

use super::bus::BusId;
use super::ids::NodeId;
use super::place::Place;
use crate::machine::PciId;

/// Number of a device that only the running guest has. The same device keeps its number while its
/// monitor calls it the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LiveId(pub u32);

/// A device that only the running guest has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveOnly {
    /// The number that names it.
    pub id: LiveId,
    /// The bus or device that it is on.
    pub parent: LiveParent,
    /// The place there.
    pub place: Place,
    /// The place in QEMU's terms with the bus, for a device that is on no node.
    pub label: String,
    /// The model, or the PCI ids where the monitor names no model.
    pub model: String,
    /// The model with the device's id or path.
    pub name: String,
    /// The id, MAC address and medium: everything particular to it.
    pub purpose: String,
    /// The part it has in the views of drives and of USB.
    pub role: LiveRole,
    /// The PCI ids that the guest reads.
    pub pci_id: Option<PciId>,
}

/// The bus or device that a live device is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveParent {
    /// A bus of the document or of its machine.
    Bus(BusId),
    /// A node of the document that offers no bus for it.
    Node(NodeId),
    /// Another device that only the running guest has.
    Live(LiveId),
    /// A root bus that the document does not have.
    Nothing,
}

/// The part that a live device has in the views of drives and of USB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LiveRole {
    /// A disk, a CD drive, or a device that is a disk itself.
    Drive,
    /// A controller of IDE, SATA or SCSI drives.
    DriveController,
    /// A USB controller.
    UsbController,
    /// Any other device.
    #[default]
    Other,
}
