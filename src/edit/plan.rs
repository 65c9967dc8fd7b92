//! The edit of a text that makes a change: the one place where edits of a document are made.
//!
//! Only whether it can be written is decided here. Whether the guest is better for it shows a check
//! of the result.

use std::collections::BTreeMap;

use thiserror::Error;

use super::added;
use super::assigned::assignment_change;
use super::revision::Revision;
use crate::model::{
    Address, AddressMode, Change, Device, DeviceClass, DeviceKey, Dialect, Domain, Kind, Origin,
    Part,
};
use crate::text::TextEdit;
use crate::xml::{Document, Element, InsertAt, NewElement, Patch, PatchError};

/// Why a change cannot be written.
#[derive(Debug, Error)]
pub enum PlanError {
    /// The document has no such device: it is one that libvirt would add, or there is none.
    #[error("{0} is not in the document")]
    NotWritten(DeviceKey),
    /// The device has no such part.
    #[error("{0} has no <{1}>")]
    NoPart(DeviceKey, &'static str),
    /// libvirt adds no such device, or it is written already.
    #[error("{0} is not an implicit device")]
    NotAdded(DeviceKey),
    /// The device has no element in the text.
    #[error("{0} cannot be written: only libvirt can add it")]
    NoElement(DeviceKey),
    /// The text to add is not an element.
    #[error("the addition is not an XML element")]
    BadElement,
    /// There is no guest to write into.
    #[error("there is no <domain>")]
    DecodeError,
    /// The bytes do not allow it.
    #[error(transparent)]
    Patch(#[from] PatchError),
}

/// The edit of a guest's text for `change`.
///
/// # Errors
/// If it names a device that is not written, or cannot be written.
pub fn plan(revision: &Revision, change: &Change) -> Result<TextEdit, PlanError> {
    let completed = revision.guest().domain;
    let marking = match completed.dialect {
        Dialect::Of2009 => Marking::All(AddressMode::Static),
        Dialect::Current => Marking::None,
    };
    Planner::new(&revision.document, completed, marking).edit(change)
}

/// The edit that writes every address and number of `assigned`, which is the guest of `revision`
/// completed.
///
/// In the dialect of 2009 every address that libvirt chose is marked `mode='dynamic'`.
///
/// # Errors
/// As [`plan`], such as for a model name with characters that XML cannot express.
pub fn plan_assignment(
    revision: &Revision,
    assigned: &Domain,
    dialect: Dialect,
) -> Result<TextEdit, PlanError> {
    let marking = match dialect {
        Dialect::Of2009 => Marking::ChosenDynamic,
        Dialect::Current => Marking::None,
    };
    let change = assignment_change(revision, assigned);
    Planner::new(&revision.document, assigned, marking).edit(&change)
}

/// The addresses that get 2009's `mode=`.
#[derive(Clone, Copy)]
pub(super) enum Marking {
    /// No address, in today's dialect.
    None,
    /// Every address that is written.
    All(AddressMode),
    /// Every address that libvirt chose, as dynamic.
    ChosenDynamic,
}

impl Marking {
    /// The mode of the address of a new device.
    fn of_new(self) -> Option<AddressMode> {
        match self {
            Self::None => None,
            Self::All(mode) => Some(mode),
            Self::ChosenDynamic => Some(AddressMode::Dynamic),
        }
    }

    /// The mode of a new address of `device`, which is part of the completed guest.
    fn of(self, device: &Device) -> Option<AddressMode> {
        match self {
            // A written place keeps its mode when only a flag is added to it.
            Self::ChosenDynamic => {
                let address = device.address.as_ref();
                let is_chosen = address.is_some_and(|address| address.origin == Origin::Assigned);
                is_chosen.then_some(AddressMode::Dynamic)
            }
            marking => marking.of_new(),
        }
    }
}

/// Collects changes of one document as one edit of its text.
pub(super) struct Planner<'d> {
    document: &'d Document,
    /// The devices of the completed guest.
    devices: BTreeMap<DeviceKey, &'d Device>,
    patch: Patch<'d>,
    marking: Marking,
}

impl<'d> Planner<'d> {
    /// Begins an edit of `document`, of which `completed` holds the devices that changes name.
    pub(super) fn new(document: &'d Document, completed: &'d Domain, marking: Marking) -> Self {
        let mut patch = Patch::new(document);
        if let Some(mode) = marking.of_new() {
            patch = patch.marking_new(mode);
        }
        Self { document, devices: completed.by_key(), patch, marking }
    }

    fn edit(mut self, change: &Change) -> Result<TextEdit, PlanError> {
        for leaf in change.leaves() {
            self.add(leaf)?;
        }
        self.finish()
    }

    /// Returns all changes as one edit.
    ///
    /// # Errors
    /// When two changes want the same bytes.
    pub(super) fn finish(self) -> Result<TextEdit, PlanError> {
        Ok(self.patch.finish()?)
    }

    fn element(&self, key: DeviceKey) -> Result<Element<'d>, PlanError> {
        let element = self.devices.get(&key).and_then(|device| device.element());
        element
            .and_then(|element| self.document.element_at(element))
            .ok_or(PlanError::NotWritten(key))
    }

    /// Adds one change that is no batch.
    ///
    /// # Errors
    /// As [`plan`].
    pub(super) fn add(&mut self, change: &Change) -> Result<(), PlanError> {
        match change {
            Change::Move { device, to } => {
                let element = self.element(*device)?;
                let mode = self.devices.get(device).and_then(|device| self.marking.of(device));
                self.patch.set_address(element, to, mode)?;
            }
            Change::RemoveAddress(device) => {
                let element = self.element(*device)?;
                self.patch.remove_address(element)?;
            }
            Change::SetController { device, to } => {
                let element = self.element(*device)?;
                self.patch.set_controller(element, to)?;
            }
            Change::SetAttribute { device, part, name, value } => {
                self.set_attribute(*device, *part, name, value.as_deref())?;
            }
            Change::SetMode { device, mode } => {
                let element = self.element(*device)?;
                self.patch.set_mode(element, *mode)?;
            }
            Change::SetAcpiIndex { device, index } => {
                let element = self.element(*device)?;
                self.patch.set_acpi_index(element, *index)?;
            }
            Change::AddController { controller, address } => {
                let (domain, place) = (self.guest()?, InsertAt::OfName);
                self.patch.insert_controller(domain, controller, address.as_ref(), place)?;
            }
            Change::AddDevice { element, address } => {
                let new = NewElement::parse(element).ok_or(PlanError::BadElement)?;
                self.insert_device(new, address.as_ref())?;
            }
            Change::Adopt { device, address } => self.adopt(*device, address.as_ref())?,
            Change::Remove(device) => {
                let element = self.element(*device)?;
                self.patch.remove(element)?;
            }
            // Opened by the caller.
            Change::Batch(_) => {}
        }
        Ok(())
    }

    /// Adds a new device: after the last one of its name, a controller after those of its type.
    ///
    /// # Errors
    /// If there is no guest, or XML cannot express a value of the element.
    pub(super) fn insert_device(
        &mut self,
        new: NewElement,
        address: Option<&Address>,
    ) -> Result<(), PlanError> {
        let is_controller = new.name() == DeviceClass::Controller.as_str();
        let place = if is_controller { InsertAt::OfType } else { InsertAt::OfName };
        Ok(self.patch.insert_device(self.guest()?, new, address, place)?)
    }

    /// Adds arguments of QEMU to the `<qemu:commandline>` of the guest; returns whether it has one.
    ///
    /// # Errors
    /// When there is no guest, or XML cannot express an argument.
    pub(super) fn append_arguments(&mut self, arguments: &[&str]) -> Result<bool, PlanError> {
        let is_command_line = |child: &Element<'_>| {
            child.name() == "commandline"
                && child.prefix() == Some("qemu")
                && child.namespace() == Some("http://libvirt.org/schemas/domain/qemu/1.0")
        };
        let Some(command_line) = self.guest()?.children().find(is_command_line) else {
            return Ok(false);
        };
        for value in arguments {
            let argument = NewElement::new("qemu:arg").with("value", *value);
            self.patch.append(command_line, argument)?;
        }
        Ok(true)
    }

    /// The element of the guest; deeper `<domain>`s are metadata.
    fn guest(&self) -> Result<Element<'d>, PlanError> {
        let mut elements = self.document.descendants();
        elements.find(|element| element.is("domain")).ok_or(PlanError::DecodeError)
    }

    fn adopt(&mut self, key: DeviceKey, address: Option<&Address>) -> Result<(), PlanError> {
        let (domain, place) = (self.guest()?, InsertAt::OfName);
        let device = self.devices.get(&key).copied().filter(|device| device.is_implied());
        let device = device.ok_or(PlanError::NotAdded(key))?;
        if let Kind::Controller(controller) = &device.kind {
            return Ok(self.patch.insert_controller(domain, controller, address, place)?);
        }
        let new = added::element(device, domain).ok_or(PlanError::NoElement(key))?;
        Ok(self.patch.insert_device(domain, new, address, place)?)
    }

    fn set_attribute(
        &mut self,
        device: DeviceKey,
        part: Part,
        name: &str,
        value: Option<&str>,
    ) -> Result<(), PlanError> {
        let own = self.element(device)?;
        let inside = |element: Element<'d>, child: &'static str| {
            element.child(child).ok_or(PlanError::NoPart(device, child))
        };
        let element = match part {
            Part::Own => own,
            Part::Child(child) => inside(own, child)?,
            Part::Grandchild(child, grandchild) => inside(inside(own, child)?, grandchild)?,
        };
        match (value, element.attribute(name)) {
            (Some(value), _) => self.patch.set_attribute(element, name, value)?,
            (None, Some(attribute)) => {
                let alone =
                    element.attributes().count() == 1 && element.children().next().is_none();
                if alone && part != Part::Own {
                    self.patch.remove(element)?;
                } else {
                    self.patch.remove_attribute(attribute);
                }
            }
            (None, None) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::address::{DriveAddress, Pci, PciAddress};
    use crate::model::{Controller, ControllerIndex, ControllerKind};

    const TEXT: &str = "<domain>\n <devices>\n  <disk>\n   <target dev=\"vda\"/>\n   \
                        <boot order='1'/>\n   <address type='drive' unit='1'/>\n  </disk>\n \
                        </devices>\n</domain>";

    fn planned(change: &Change) -> Result<String, PlanError> {
        let revision = Revision::build(TEXT).unwrap();
        plan(&revision, change).map(|edit| edit.apply(TEXT).unwrap())
    }

    #[test]
    fn a_change_touches_what_it_names_and_nothing_else() {
        let disk = DeviceKey::new(DeviceClass::Disk, 0);
        let to = Address::Drive(DriveAddress { unit: 2, ..DriveAddress::default() });
        let target = Part::Child("target");
        let set = |part, name: &str, value: Option<&str>| Change::SetAttribute {
            device: disk,
            part,
            name: name.to_owned(),
            value: value.map(Into::into),
        };
        let line = |line: &str| format!("\n   {line}");
        let address = "<address type='drive' unit='1'/>";
        let cases = [
            (Change::Move { device: disk, to }, "unit='1'", "unit='2'".to_owned()),
            (Change::RemoveAddress(disk), &line(address), String::new()),
            (set(target, "dev", Some("vdb")), "vda", "vdb".to_owned()),
            (set(Part::Child("boot"), "order", None), &line("<boot order='1'/>"), String::new()),
        ];
        for (change, old, new) in cases {
            assert_eq!(planned(&change).unwrap(), TEXT.replacen(old, &new, 1), "{change:?}");
        }
        let both = Change::Batch(vec![
            Change::Remove(disk),
            Change::AddController {
                controller: Box::new(Controller::new(
                    ControllerKind::Scsi,
                    Some(ControllerIndex(1)),
                )),
                address: None,
            },
        ]);
        let text = planned(&both).unwrap();
        assert!(text.contains("<controller type='scsi' index='1'/>") && !text.contains("disk"));
    }

    #[test]
    fn what_libvirt_would_add_is_written_as_libvirt_would() {
        let balloon = DeviceKey::new(DeviceClass::Memballoon, 0);
        let address = Some(Address::Pci(Pci::at(PciAddress::new(0, 9, 0).unwrap())));
        let text = planned(&Change::Adopt { device: balloon, address }).unwrap();
        assert!(text.contains("<memballoon model='virtio'>\n   <address type='pci'"), "{text}");
        let usb = DeviceKey::new(DeviceClass::Controller, 0);
        let text = planned(&Change::Adopt { device: usb, address: None }).unwrap();
        assert!(text.contains("<controller type='usb' index='0' model='piix3-uhci'/>"), "{text}");
        let disk = DeviceKey::new(DeviceClass::Disk, 0);
        let change = Change::Adopt { device: disk, address: None };
        assert!(matches!(planned(&change), Err(PlanError::NotAdded(_))));
    }

    #[test]
    fn what_is_not_written_cannot_be_changed() {
        let other = DeviceKey::new(DeviceClass::Disk, 1);
        assert!(matches!(planned(&Change::Remove(other)), Err(PlanError::NotWritten(_))));
        let change = Change::SetAttribute {
            device: DeviceKey::new(DeviceClass::Disk, 0),
            part: Part::Child("acpi"),
            name: "index".to_owned(),
            value: Some("1".into()),
        };
        assert!(matches!(planned(&change), Err(PlanError::NoPart(_, "acpi"))));
    }
}
