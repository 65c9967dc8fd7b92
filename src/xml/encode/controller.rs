//! `<controller>`: whole new ones, and what is missing in those that are there.

use super::super::element::Element;
use super::super::new_element::NewElement;
use super::super::patch::{Patch, PatchError};
use super::device::Place;
use crate::model::address::Base;
use crate::model::{Address, Controller, PciTarget};

/// An attribute, its value as libvirt writes it, and the base in which libvirt reads it.
type Row = (&'static str, Option<String>, Option<Base>);

/// Source: `domain_conf.c: virDomainControllerDefFormat`, `virDomainControllerDefParseXML`.
fn attributes(controller: &Controller) -> [Row; 4] {
    let word = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    [
        ("type", word(&controller.word), None),
        ("index", controller.index.map(|index| index.to_string()), Some(Base::Ten)),
        ("model", controller.model.as_deref().and_then(word), None),
        ("ports", controller.ports.map(|ports| ports.to_string()), Some(Base::Ten)),
    ]
}

/// Source: `domain_conf.c: virDomainControllerDefFormatPCI`; all but `port` are decimal there.
fn target_attributes(target: &PciTarget) -> [Row; 6] {
    let decimal = |number: Option<u32>| number.map(|number| number.to_string());
    let any = Some(Base::Any);
    [
        ("chassisNr", decimal(target.chassis_nr), any),
        ("chassis", decimal(target.chassis), any),
        ("port", target.port.map(|port| format!("{port:#x}")), any),
        ("busNr", decimal(target.bus_nr), any),
        ("index", decimal(target.index), any),
        ("hotplug", target.hotplug.map(|on| if on { "on" } else { "off" }.to_owned()), None),
    ]
}

fn model_attributes(controller: &Controller) -> [Row; 1] {
    [("name", controller.model_name.as_deref().map(str::to_owned), None)]
}

fn master_attributes(controller: &Controller) -> [Row; 1] {
    [("startport", controller.master.map(|port| port.to_string()), Some(Base::Ten))]
}

fn element(name: &str, rows: &[Row]) -> NewElement {
    rows.iter()
        .fold(NewElement::new(name), |new, (name, value, _)| new.with_some(name, value.as_deref()))
}

/// `<target>` with what is known of it.
fn new_target(target: &PciTarget) -> NewElement {
    let new = element("target", &target_attributes(target));
    match target.node {
        Some(node) => new.child(NewElement::new("node").text(node.to_string())),
        None => new,
    }
}

/// The parts in libvirt's order; those with nothing to say are empty.
fn parts(controller: &Controller) -> [NewElement; 3] {
    [
        element("model", &model_attributes(controller)),
        new_target(&controller.target),
        element("master", &master_attributes(controller)),
    ]
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
        place: Place<'d>,
    ) -> Result<(), PatchError> {
        let new = element("controller", &attributes(controller));
        let parts = parts(controller).into_iter().filter(|part| !part.is_empty());
        self.insert_device(domain, parts.fold(new, NewElement::child), address, place)
    }

    /// Makes the controller at `element` say what `controller` says: values that differ are changed, missing ones added.
    /// What `controller` leaves open stays as it is.
    ///
    /// # Errors
    /// [`PatchError::Twice`] when something is added for the second time, [`PatchError::Unwritable`] when XML cannot
    /// express a model, [`PatchError::HasText`] when there is more than a number in `<node>`.
    pub fn set_controller(
        &mut self,
        element: Element<'d>,
        controller: &Controller,
    ) -> Result<(), PatchError> {
        self.set_rows(element, &attributes(controller))?;
        let [model, target, master] = parts(controller);
        self.set_part(element, model, &model_attributes(controller))?;
        if let (Some(written), Some(node)) = (element.child("target"), controller.target.node) {
            self.set_node(written, node)?;
        }
        self.set_part(element, target, &target_attributes(&controller.target))?;
        self.set_part(element, master, &master_attributes(controller))
    }

    /// Sets attributes of a part that is there, or adds `new`.
    fn set_part(
        &mut self,
        controller: Element<'d>,
        new: NewElement,
        rows: &[Row],
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

    fn set_rows(&mut self, element: Element<'d>, rows: &[Row]) -> Result<(), PatchError> {
        for (name, value, base) in rows {
            match (element.attribute(name), value) {
                (Some(attribute), Some(value)) => self.change_number(attribute, value, *base)?,
                (None, Some(value)) => self.set_attribute(element, name, value)?,
                (_, None) => {}
            }
        }
        Ok(())
    }

    fn set_node(&mut self, target: Element<'d>, node: u32) -> Result<(), PatchError> {
        match target.child("node") {
            Some(element) if element.text().trim().parse() == Ok(node) => Ok(()),
            Some(element) => self.set_text(element, &node.to_string()),
            None => {
                self.claim(target, "node")?;
                self.append(target, NewElement::new("node").text(node.to_string()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ControllerKind;
    use crate::model::address::{Pci, PciAddress};
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
            ..Controller::new(ControllerKind::Pci, Some(index))
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
            ..Controller::new(ControllerKind::Pci, Some(2))
        };
        let companion = Controller {
            model: Some("ich9-uhci1".into()),
            ports: Some(4),
            master: Some(0),
            ..Controller::new(ControllerKind::Usb, Some(0))
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
                .insert_controller(document.root(), &controller, address.as_ref(), Place::OfType)
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
                    ..Controller::new(ControllerKind::Scsi, Some(0))
                },
                "type='scsi' index='0' model='virtio-scsi'/>",
            ),
        ] {
            let text = format!("<?xml version='1.0'?>\n<c {old}");
            let document = Document::parse(text.as_str()).unwrap();
            let mut patch = Patch::new(&document);
            patch.set_controller(document.root(), &controller).unwrap();
            let edited = patch.finish().unwrap().apply(&text).unwrap();
            assert_eq!(edited, format!("<?xml version='1.0'?>\n<c {new}"));
            let document = Document::parse(edited.as_str()).unwrap();
            let mut patch = Patch::new(&document);
            patch.set_controller(document.root(), &controller).unwrap();
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
            let new = Controller::new(ControllerKind::Scsi, Some(0));
            patch.insert_controller(document.root(), &new, None, Place::OfType).unwrap();
            let other = NewElement::new("x");
            patch.insert_device(document.root(), other, None, Place::Last).unwrap();
            assert_eq!(patch.finish().unwrap().apply(text).unwrap(), expected);
        }
    }
}
