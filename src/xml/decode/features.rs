//! Settings outside `<devices>` that decide about devices.

use crate::model::Features;
use crate::model::address::{Base, parse_u32};
use crate::xml::Element;

pub(super) fn decode(domain: Element<'_>) -> Features {
    let features = || domain.children().filter(|child| child.is("features"));
    let feature = |name: &str| features().find_map(|features| features.child(name));
    let number = |text: &str| parse_u32(text.trim(), Base::Ten).ok();
    let cells = domain.child("cpu").and_then(|cpu| cpu.child("numa")).into_iter();
    let cells = cells.flat_map(Element::children).filter(|child| child.is("cell")).count();
    let slots = domain.child("maxMemory").map(|memory| memory.value("slots").and_then(number));
    Features {
        acpi: feature("acpi").is_some(),
        acpi_hotplug: super::argument::acpi_hotplug(domain),
        ps2_off: feature("ps2").is_some_and(|ps2| ps2.value("state") == Some("off")),
        vcpus: domain.child("vcpu").and_then(|vcpu| number(&vcpu.text())).unwrap_or(1),
        numa_cells: u32::try_from(cells).unwrap_or(u32::MAX),
        memory_slots: slots.map(Option::unwrap_or_default),
        graphics: domain
            .children()
            .filter(|child| child.is("devices"))
            .any(|devices| devices.child("graphics").is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AcpiHotplug;
    use crate::xml::Document;

    #[test]
    fn settings_are_found_where_libvirt_has_them() {
        let text = "<domain><vcpu current='1'> 300 </vcpu><maxMemory slots='16'/>\
                    <features><acpi/><ps2 state='off'/></features>\
                    <cpu><numa><cell/><cell/></numa></cpu><devices><graphics/></devices></domain>";
        let document = Document::parse(text).unwrap();
        assert_eq!(
            decode(document.root()),
            Features {
                acpi: true,
                acpi_hotplug: AcpiHotplug::default(),
                ps2_off: true,
                vcpus: 300,
                numa_cells: 2,
                memory_slots: Some(16),
                graphics: true
            }
        );
    }
}
