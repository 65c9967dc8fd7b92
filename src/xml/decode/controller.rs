//! `<controller>`

use super::reader::{AttributeReader, invalid};
use crate::model::address::Base;
use crate::model::{
    Code, Controller, ControllerIndex, ControllerKind, DeviceKey, PciTarget, Plain, Problem,
};
use crate::text::Printable;
use crate::xml::Element;

pub(super) fn decode(
    element: Element<'_>,
    key: DeviceKey,
    said: Plain,
    reader: &mut AttributeReader,
) -> Controller {
    // `domain_conf.c: virDomainControllerDefParseXML`: a controller without type is IDE.
    let word = said.kind.unwrap_or_else(|| ControllerKind::Ide.as_str().into());
    let kind = ControllerKind::from_name(&word);
    let mut number = |name: &str| reader.u32(element, name, Base::Ten, key).ok().flatten();
    let index = number("index").map(ControllerIndex);
    let ports = number("ports");
    if let (ControllerKind::Other, Some(attribute)) = (kind, element.attribute("type")) {
        let message = format!("'{}' is not a type of controller", Printable::new(&word));
        let problem =
            Problem::error(Code::WordUnknown, message).quoting(invalid(element, attribute, ""));
        reader.tell(problem, attribute, key);
    }
    let master = element
        .child("master")
        .and_then(|master| reader.u32(master, "startport", Base::Ten, key).ok().flatten());
    Controller {
        kind,
        word,
        index,
        model: said.model,
        model_name: said.name,
        target: element.child("target").map(|t| target(t, key, reader)).unwrap_or_default(),
        ports,
        master,
        serial: element.child("serial").map(|serial| serial.text().trim().into()),
    }
}

/// `domain_conf.c: virDomainControllerDefParseXML`: all but `hotplug` are read in any base.
fn target(element: Element<'_>, key: DeviceKey, reader: &mut AttributeReader) -> PciTarget {
    let mut number = |name: &str| reader.u32(element, name, Base::Any, key).ok().flatten();
    PciTarget {
        chassis_nr: number("chassisNr"),
        chassis: number("chassis"),
        port: number("port"),
        bus_nr: number("busNr"),
        index: number("index"),
        hotplug: reader.switch(element, "hotplug", key).ok().flatten(),
        node: element.child("node").and_then(|node| node.text().trim().parse().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DeviceClass, PciModel};
    use crate::xml::Document;

    fn read(text: &str) -> (Controller, Vec<String>) {
        let document = Document::parse(text).unwrap();
        let mut reader = AttributeReader::default();
        let key = DeviceKey::new(DeviceClass::Controller, 0);
        let controller = crate::xml::decode::device::decode(document.root(), key, &mut reader);
        let controller = controller.controller().unwrap().clone();
        (controller, reader.problems.into_iter().map(|problem| problem.message).collect())
    }

    #[test]
    fn a_port_says_what_the_guest_is_told() {
        let (controller, problems) = read(
            "<controller type='pci' index='3' model='pcie-root-port'><model name='ioh3420'/>\
             <target chassis='3' port='0x1a' hotplug='off'><node>1</node></target></controller>",
        );
        assert_eq!(problems, [""; 0]);
        assert_eq!(controller.pci_model(), Some(PciModel::PcieRootPort));
        assert_eq!(controller.index, Some(ControllerIndex(3)));
        assert_eq!(controller.model_name.as_deref(), Some("ioh3420"));
        let target = controller.target;
        assert_eq!((target.chassis, target.port), (Some(3), Some(0x1a)));
        assert_eq!((target.hotplug, target.node), (Some(false), Some(1)));
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_told() {
        let (controller, problems) = read("<controller type='gizmo' index='0x1' ports='-1'/>");
        assert_eq!((controller.index, controller.ports), (None, None));
        assert_eq!(&*controller.word, "gizmo");
        assert_eq!(problems.len(), 3, "{problems:?}");
    }

    #[test]
    fn without_a_type_it_is_ide() {
        assert_eq!(read("<controller/>").0.kind, ControllerKind::Ide);
    }
}
