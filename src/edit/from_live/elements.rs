//! The element of a live device: from QEMU devices back to libvirt elements, by the catalogue.

use crate::live::{LiveDevice, QdevAddress};
use crate::machine::{ControllerModel, Model, QemuBus, Written};
use crate::model::DeviceClass;

/// The element that libvirt has for a live device.
#[derive(Debug)]
pub(super) struct LiveElement {
    pub(super) class: DeviceClass,
    /// The model of a controller.
    pub(super) controller: Option<&'static ControllerModel>,
    /// Values of the element that are the same for every device of the model.
    pub(super) words: Vec<Written>,
}

/// The element for a live device; `None` if libvirt has none, or one that needs more than a monitor
/// reports.
pub(super) fn element_of(device: &LiveDevice) -> Option<LiveElement> {
    let name = device.qemu_driver()?;
    let (model, own, form) = Model::of_driver(name)?;
    let class = model.class;
    // The inner disk of a USB stick, and a drive at an unknown place, have no address to write.
    let is_drive = class == DeviceClass::Disk && !model.ids.is_virtio();
    if own.builtin || own.bus == QemuBus::Virtio || is_drive && device.address == QdevAddress::None
    {
        return None;
    }
    let controller = ControllerModel::of_driver(name).map(|(controller, _)| controller);
    let words = match controller {
        Some(controller) => controller.written(form),
        None => model.written(form),
    };
    Some(LiveElement { class, controller, words: words? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Where;
    use crate::xml::{Document, decode::decode};

    fn live(driver: &str) -> LiveDevice {
        let address = QdevAddress::Unit(0);
        LiveDevice { driver: Some(driver.into()), address, ..LiveDevice::default() }
    }

    /// The element as text.
    fn text(element: &LiveElement) -> String {
        let mut own = String::new();
        let mut children: Vec<(&str, String, String)> = Vec::new();
        for (at, word) in &element.words {
            let child = match *at {
                Where::Own(name) => {
                    own.extend([" ", name, "='", word, "'"]);
                    continue;
                }
                Where::Child(child, _) | Where::Text(child) => child,
                Where::Nowhere => panic!("{word} has no place"),
            };
            if children.last().is_none_or(|last| last.0 != child) {
                children.push((child, String::new(), String::new()));
            }
            let (_, words, text) = children.last_mut().unwrap();
            match *at {
                Where::Child(_, name) => words.extend([" ", name, "='", word, "'"]),
                _ => text.push_str(word),
            }
        }
        let mut inside = String::new();
        for (name, words, text) in &children {
            inside.extend(["<", name, words, ">", text, "</", name, ">"]);
        }
        let class = element.class;
        format!("<{class}{own}>{inside}</{class}>")
    }

    #[test]
    fn a_qemu_device_s_element_is_read_as_the_same_model() {
        let mut count = 0;
        for model in Model::all() {
            let named = model.drivers.iter().filter(|driver| !driver.name.is_empty());
            for driver in named {
                let Some(element) = element_of(&live(driver.name)) else { continue };
                let element = text(&element);
                // The place of disks of one model determines their bus.
                let bus = model.words.bus.first().copied().unwrap_or_default();
                let target = format!("<target bus='{bus}'/></disk>");
                let element = element.replace("</disk>", &target);
                let document = format!(
                    "<domain type='qemu'><name>a</name><os><type arch='x86_64'>hvm</type></os>\
                     <devices>{element}</devices></domain>"
                );
                let domain = decode(&Document::parse(&*document).unwrap()).unwrap().domain;
                let [device] = &domain.devices[..] else { panic!("{element}") };
                let found = Model::of(device).unwrap_or_else(|| panic!("{element}"));
                assert!(std::ptr::eq(found, model), "{element}: {found:#?}");
                count += 1;
            }
        }
        assert!(count > 90, "{count}");
    }

    #[test]
    fn a_model_that_says_more_than_a_monitor_tells_has_no_element() {
        for driver in ["vfio-pci", "virtio-9p-pci", "scsi-block", "isa-fdc", "edu", "new"] {
            assert!(element_of(&live(driver)).is_none(), "{driver}");
        }
    }

    #[test]
    fn a_form_is_written_and_so_is_what_a_class_asks_for() {
        let words = |driver| text(&element_of(&live(driver)).unwrap());
        assert_eq!(
            words("virtio-scsi-pci-transitional"),
            "<controller type='scsi' model='virtio-transitional'></controller>"
        );
        assert_eq!(
            words("ioh3420"),
            "<controller type='pci' model='pcie-root-port'><model name='ioh3420'></model>\
             </controller>"
        );
        assert_eq!(
            words("ich9-usb-uhci2"),
            "<controller type='usb' model='ich9-uhci2'><master startport='2'></master>\
             </controller>"
        );
        assert_eq!(
            words("acpi-erst"),
            "<pstore backend='acpi-erst'><size unit='KiB'>64</size></pstore>"
        );
    }
}
