//! Writes `<controller>`: new elements, and changes of existing ones.

use super::super::element::Element;
use super::super::new_element::NewElement;
use super::super::patch::{Patch, PatchError};
use super::device::InsertAt;
use crate::model::address::Base;
use crate::model::{Address, Controller, ControllerField, ControllerPart, ControllerPatch};

/// An attribute, its value as libvirt writes it, and the base in which libvirt reads it.
type FieldRow = (&'static str, Option<String>, Option<Base>);

/// The attributes of one part of a controller; an empty model is none.
fn rows(patch: &ControllerPatch, part: ControllerPart) -> Vec<FieldRow> {
    let is_value = |text: &String| part != ControllerPart::Own || !text.is_empty();
    ControllerField::of(part)
        .map(|field| (field.name, field.text(patch).filter(is_value), field.base))
        .collect()
}

fn element(name: &str, rows: &[FieldRow]) -> NewElement {
    rows.iter()
        .fold(NewElement::new(name), |new, (name, value, _)| new.with_some(name, value.as_deref()))
}

/// The elements within a controller, with the part of their attributes, in libvirt's order.
const PARTS: [(&str, ControllerPart); 3] = [
    ("model", ControllerPart::Model),
    ("target", ControllerPart::Target),
    ("master", ControllerPart::Master),
];

/// The elements within `<target>`.
fn target_children(patch: &ControllerPatch) -> impl Iterator<Item = (&'static str, String)> {
    ControllerField::of(ControllerPart::TargetChild)
        .filter_map(|field| Some((field.name, field.text(patch)?)))
}

/// The element of one part; empty when the patch changes nothing in it.
fn new_part(patch: &ControllerPatch, name: &str, part: ControllerPart) -> NewElement {
    let new = element(name, &rows(patch, part));
    if part != ControllerPart::Target {
        return new;
    }
    target_children(patch)
        .fold(new, |new, (name, text)| new.child(NewElement::new(name).text(text)))
}

impl<'d> Patch<'d> {
    /// Writes a new controller into the `<devices>` of `domain`, its parts in libvirt's order.
    ///
    /// # Errors
    /// As [`Patch::insert_device`].
    pub fn insert_controller(
        &mut self,
        domain: Element<'d>,
        controller: &Controller,
        address: Option<&Address>,
        place: InsertAt<'d>,
    ) -> Result<(), PatchError> {
        let patch = ControllerPatch::of(controller);
        let word = Some(&*controller.word).filter(|word| !word.is_empty());
        let mut new = NewElement::new("controller").with_some("type", word);
        for (name, value, _) in rows(&patch, ControllerPart::Own) {
            new = new.with_some(name, value);
        }
        let parts = PARTS.iter().map(|(name, part)| new_part(&patch, name, *part));
        let parts = parts.filter(|part| !part.is_empty());
        self.insert_device(domain, parts.fold(new, NewElement::child), address, place)
    }

    /// Gives the controller at `element` the values of `patch`: values that differ are changed,
    /// missing ones added. Fields that `patch` does not name stay as they are.
    ///
    /// # Errors
    /// [`PatchError::Twice`] when something is added for the second time, [`PatchError::Unwritable`] when XML cannot
    /// express a model, [`PatchError::HasText`] when there is more than a number in `<node>`.
    pub fn set_controller(
        &mut self,
        element: Element<'d>,
        patch: &ControllerPatch,
    ) -> Result<(), PatchError> {
        self.set_rows(element, &rows(patch, ControllerPart::Own))?;
        if let Some(target) = element.child("target") {
            for (name, text) in target_children(patch) {
                self.set_number_in(target, name, &text)?;
            }
        }
        for (name, part) in PARTS {
            self.set_part(element, new_part(patch, name, part), &rows(patch, part))?;
        }
        Ok(())
    }

    /// Sets attributes of a part that is there, or adds `new`.
    fn set_part(
        &mut self,
        controller: Element<'d>,
        new: NewElement,
        rows: &[FieldRow],
    ) -> Result<(), PatchError> {
        match controller.child(&new.name) {
            Some(part) => self.set_rows(part, rows),
            None if new.is_empty() => Ok(()),
            None => {
                self.claim(controller, &new.name)?;
                self.insert_part(controller, new)
            }
        }
    }

    fn set_rows(&mut self, element: Element<'d>, rows: &[FieldRow]) -> Result<(), PatchError> {
        for (name, value, base) in rows {
            match (element.attribute(name), value) {
                (Some(attribute), Some(value)) => self.change_number(attribute, value, *base)?,
                (None, Some(value)) => self.set_attribute(element, name, value)?,
                (_, None) => {}
            }
        }
        Ok(())
    }

    /// Sets the number that is the text of the child `name` of `parent`.
    fn set_number_in(
        &mut self,
        parent: Element<'d>,
        name: &'static str,
        number: &str,
    ) -> Result<(), PatchError> {
        match parent.child(name) {
            Some(element) if element.text().trim().parse::<u32>().ok() == number.parse().ok() => {
                Ok(())
            }
            Some(element) => self.set_text(element, number),
            None => {
                self.claim(parent, name)?;
                self.append(parent, NewElement::new(name).text(number))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::address::{Pci, PciAddress};
    use crate::model::{ControllerIndex, ControllerKind, PciTarget};
    use crate::xml::Document;

    fn root_port(index: u32) -> Controller {
        Controller {
            model: Some("pcie-root-port".into()),
            model_name: Some("pcie-root-port".into()),
            target: PciTarget {
                chassis: Some(index),
                port: Some(0x0f + index),
                ..PciTarget::default()
            },
            ..Controller::new(ControllerKind::Pci, Some(ControllerIndex(index)))
        }
    }

    fn at(slot: u32, function: u32) -> Address {
        Address::Pci(Pci::at(PciAddress::new(0, slot, function).unwrap()))
    }

    #[test]
    fn a_new_controller_is_written_as_libvirt_writes_it() {
        let expander = Controller {
            model: Some("pxb".into()),
            target: PciTarget {
                bus_nr: Some(254),
                hotplug: Some(false),
                node: Some(1),
                ..PciTarget::default()
            },
            ..Controller::new(ControllerKind::Pci, Some(ControllerIndex(2)))
        };
        let companion = Controller {
            model: Some("ich9-uhci1".into()),
            ports: Some(4),
            master: Some(0),
            ..Controller::new(ControllerKind::Usb, Some(ControllerIndex(0)))
        };
        for (controller, address, expected) in [
            (
                root_port(1),
                Some(at(2, 0)),
                "<controller type='pci' index='1' model='pcie-root-port'>\n    <model name='pcie-root-port'/>\n    \
                 <target chassis='1' port='0x10'/>\n    \
                 <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>\n  </controller>",
            ),
            (
                expander,
                None,
                "<controller type='pci' index='2' model='pxb'>\n    <target busNr='254' hotplug='off'>\n      \
                 <node>1</node>\n    </target>\n  </controller>",
            ),
            (
                companion,
                None,
                "<controller type='usb' index='0' model='ich9-uhci1' ports='4'>\n    \
                 <master startport='0'/>\n  </controller>",
            ),
            (Controller::new(ControllerKind::Sata, None), None, "<controller type='sata'/>"),
        ] {
            let text = "<domain>\n  <devices>\n  <disk/>\n  </devices>\n</domain>";
            let document = Document::parse(text).unwrap();
            let mut patch = Patch::new(&document);
            patch
                .insert_controller(document.root(), &controller, address.as_ref(), InsertAt::OfType)
                .unwrap();
            let edited = patch.finish().unwrap().apply(text).unwrap();
            assert_eq!(edited, text.replace("<disk/>", &format!("<disk/>\n  {expected}")));
        }
    }

    #[test]
    fn missing_numbers_are_added_and_the_rest_stays() {
        let port = |chassis, port| Controller {
            index: None,
            model: None,
            model_name: None,
            target: PciTarget { chassis: Some(chassis), port: Some(port), ..PciTarget::default() },
            ..Controller::new(ControllerKind::Pci, None)
        };
        for (old, controller, new) in [
            (
                "type='pci' model='pcie-root-port'/>",
                root_port(3),
                "type='pci' model='pcie-root-port' index='3'>\n  <model name='pcie-root-port'/>\n  <target chassis='3' port='0x12'/>\n</c>",
            ),
            (
                "type='pci'/>",
                root_port(3),
                "type='pci' index='3' model='pcie-root-port'>\n  <model name='pcie-root-port'/>\n  <target chassis='3' port='0x12'/>\n</c>",
            ),
            (
                "type='pci'>\n  <address/>\n</c>",
                port(1, 8),
                "type='pci'>\n  <target chassis='1' port='0x8'/>\n  <address/>\n</c>",
            ),
            (
                "type='pci'>\n  <target chassis='0x1'/>\n  <address/>\n</c>",
                port(2, 8),
                "type='pci'>\n  <target chassis='0x2' port='0x8'/>\n  <address/>\n</c>",
            ),
            (
                "type='pci'><target chassis='0x01' port='8'/></c>",
                port(1, 8),
                "type='pci'><target chassis='0x01' port='8'/></c>",
            ),
            (
                "type='pci'><target><node>\n0</node></target></c>",
                Controller {
                    target: PciTarget { node: Some(1), ..PciTarget::default() },
                    ..Controller::new(ControllerKind::Pci, None)
                },
                "type='pci'><target><node>1</node></target></c>",
            ),
            (
                "type='scsi' index='0' model='lsilogic'/>",
                Controller {
                    model: Some("virtio-scsi".into()),
                    ..Controller::new(ControllerKind::Scsi, Some(ControllerIndex(0)))
                },
                "type='scsi' index='0' model='virtio-scsi'/>",
            ),
        ] {
            let text = format!("<?xml version='1.0'?>\n<c {old}");
            let wanted = ControllerPatch::of(&controller);
            let document = Document::parse(text.as_str()).unwrap();
            let mut patch = Patch::new(&document);
            patch.set_controller(document.root(), &wanted).unwrap();
            let edited = patch.finish().unwrap().apply(&text).unwrap();
            assert_eq!(edited, format!("<?xml version='1.0'?>\n<c {new}"));
            let document = Document::parse(edited.as_str()).unwrap();
            let mut patch = Patch::new(&document);
            patch.set_controller(document.root(), &wanted).unwrap();
            assert!(patch.finish().unwrap().is_empty(), "a second time changes nothing");
        }
    }

    #[test]
    fn a_controller_can_take_the_place_of_a_removed_one() {
        for (text, expected) in [
            (
                "<domain>\n <devices>\n  <controller type='scsi'/>\n </devices>\n</domain>",
                "<domain>\n <devices>\n  <controller type='scsi' index='0'/>\n  <x/>\n </devices>\n</domain>",
            ),
            (
                "<domain><devices><controller type='scsi'/></devices></domain>",
                "<domain><devices><controller type='scsi' index='0'/><x/></devices></domain>",
            ),
            (
                "<domain>\n <devices>\n  <controller type='scsi'/></devices>\n</domain>",
                "<domain>\n <devices>\n  <controller type='scsi' index='0'/>\n  <x/></devices>\n</domain>",
            ),
        ] {
            let document = Document::parse(text).unwrap();
            let old = document.root().child("devices").unwrap().last_child().unwrap();
            let mut patch = Patch::new(&document);
            patch.remove(old).unwrap();
            let new = Controller::new(ControllerKind::Scsi, Some(ControllerIndex(0)));
            patch.insert_controller(document.root(), &new, None, InsertAt::OfType).unwrap();
            let other = NewElement::new("x");
            patch.insert_device(document.root(), other, None, InsertAt::Last).unwrap();
            assert_eq!(patch.finish().unwrap().apply(text).unwrap(), expected);
        }
    }
}
