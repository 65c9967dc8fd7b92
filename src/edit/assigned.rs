//! From what was assigned to the edit that writes it.
//!
//! The guest is compared with itself before the assignment, device by device; only what differs is
//! written. A device libvirt would add is written when it occupies a place, or offers some: a
//! controller. Others (a PS/2 mouse, the chipset's watchdog) come with the machine anyway.

use std::collections::HashMap;

use super::added;
use crate::model::{
    AddressKind, ControllerPatch, Device, DeviceKey, Dialect, Domain, Kind, Mode, Origin,
};
use crate::text::TextEdit;
use crate::xml::{Document, Element, Patch, PatchError, Place};

/// The edit that makes `document`, which says `written`, say `assigned` as well.
///
/// In the dialect of 2009 every address that comes or changes is marked `mode='dynamic'`.
///
/// # Errors
/// [`PatchError`] when something cannot be written where it belongs, such as a model name with
/// characters XML has no way to express.
pub fn write(
    document: &Document,
    written: &Domain,
    assigned: &Domain,
    dialect: Dialect,
) -> Result<TextEdit, PatchError> {
    let mode = match dialect {
        Dialect::Of2009 => Some(Mode::Dynamic),
        Dialect::Current => None,
    };
    let mut patch = Patch::new(document);
    if let Some(mode) = mode {
        patch = patch.marking_new(mode);
    }
    // The outermost domain comes first; deeper ones are somebody's metadata.
    let Some(domain) = document.descendants().find(|element| element.is("domain")) else {
        return patch.finish();
    };
    let before: HashMap<DeviceKey, &Device> =
        written.devices.iter().map(|device| (device.key, device)).collect();
    let elements = elements(domain);
    for device in &assigned.devices {
        match before.get(&device.key) {
            Some(before) => {
                let element = device.element().and_then(|span| elements.get(&span.start));
                if let Some(element) = element {
                    change(&mut patch, *element, before, device, mode)?;
                }
            }
            None => add(&mut patch, domain, device)?,
        }
    }
    patch.finish()
}

/// The devices' elements by where they begin.
fn elements(domain: Element<'_>) -> HashMap<u32, Element<'_>> {
    let devices = domain.children().filter(|child| child.is("devices"));
    devices.flat_map(Element::children).map(|element| (element.span().start, element)).collect()
}

fn change<'d>(
    patch: &mut Patch<'d>,
    element: Element<'d>,
    before: &Device,
    after: &Device,
    mode: Option<Mode>,
) -> Result<(), PatchError> {
    if let (Some(old), Some(new)) = (before.controller(), after.controller())
        && old != new
    {
        patch.set_controller(element, &ControllerPatch::between(old, new))?;
    }
    if let (Some(old), Some(new)) = (before.chardev(), after.chardev())
        && let (Some(old), Some(new)) = (&old.target_type, &new.target_type)
        && let Some(target) = element.child("target")
        && old != new
    {
        // An old word for what has a name of its own now.
        patch.set_attribute(target, "type", new)?;
    }
    match (before.value(), after.value()) {
        (Some(old), Some(new)) if old == new => match element.child("address") {
            Some(address) if !names_place(address, new.kind()) => {
                patch.set_address(element, new, None)
            }
            _ => Ok(()),
        },
        (_, Some(new)) => {
            // A place that was written stays what it was when only a flag is added to it.
            let chosen = after.address.as_ref().is_some_and(|a| a.origin == Origin::Assigned);
            patch.set_address(element, new, mode.filter(|_| chosen))
        }
        (Some(_), None) => patch.remove_address(element),
        (None, None) => Ok(()),
    }
}

/// Whether an address says in so many words where on its bus it is. A 0 that is left out means the
/// same to libvirt, which writes it out.
fn names_place(address: Element<'_>, kind: AddressKind) -> bool {
    match kind {
        AddressKind::Pci => address.attribute("slot").is_some(),
        AddressKind::Drive => address.attribute("unit").is_some(),
        _ => true,
    }
}

fn add<'d>(patch: &mut Patch<'d>, domain: Element<'d>, device: &Device) -> Result<(), PatchError> {
    // Behind the last of their class, so that nobody else's number changes.
    let (address, place) = (device.value(), Place::OfName);
    if let Kind::Controller(controller) = &device.kind {
        return patch.insert_controller(domain, controller, address, place);
    }
    let Some(address) = address.filter(|address| address.is_complete()) else { return Ok(()) };
    match added::element(device, domain) {
        Some(new) => patch.insert_device(domain, new, Some(address), place),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::address::{Pci, PciAddress};
    use crate::model::{Address, Controller, ControllerKind, DeviceAddress, DeviceClass, Plain};
    use crate::xml::decode::decode;

    /// `text` after the devices of its domain were changed as `change` does it.
    fn written(text: &str, dialect: Dialect, change: fn(&mut Domain)) -> String {
        let document = Document::parse(text).unwrap();
        let before = decode(&document).unwrap().domain;
        let mut after = before.clone();
        change(&mut after);
        let edit = write(&document, &before, &after, dialect).unwrap();
        edit.apply(text).unwrap()
    }

    fn at(slot: u32) -> DeviceAddress {
        let at = PciAddress::new(0, slot, 0).unwrap();
        DeviceAddress::assigned(Address::Pci(Pci::at(at)))
    }

    const TEXT: &str = "<domain>
  <devices>
    <controller type='usb'/>
    <disk type='file'><target dev='vda'/></disk>
    <sound model='ac97'>
      <!-- anywhere -->
      <address type='pci'/>
    </sound>
  </devices>
</domain>
";

    #[test]
    fn only_what_is_missing_is_written_in_the_style_of_the_document() {
        let text = written(TEXT, Dialect::Current, |domain| {
            for (device, slot) in domain.devices.iter_mut().zip(1..) {
                device.address = Some(at(slot));
            }
            if let Kind::Controller(controller) = &mut domain.devices[0].kind {
                controller.index = Some(crate::model::ControllerIndex(0));
            }
            let key = DeviceKey::new(DeviceClass::Memballoon, 0);
            let plain = Plain { model: Some("virtio".into()), ..Plain::default() };
            let mut balloon = Device::implied(key, Kind::Plain(plain));
            balloon.address = Some(at(4));
            domain.devices.push(balloon);
            let key = DeviceKey::new(DeviceClass::Controller, 1);
            let scsi = Controller::new(ControllerKind::Scsi, Some(0));
            domain.devices.push(Device::implied(key, Kind::Controller(scsi)));
        });
        let address = |slot: u32| {
            format!(
                "<address type='pci' domain='0x0000' bus='0x00' slot='0x0{slot}' function='0x0'/>"
            )
        };
        let want = TEXT
            .replace(
                "<controller type='usb'/>",
                &format!(
                    "<controller type='usb' index='0'>\n      {}\n    </controller>\n    \
                     <controller type='scsi' index='0'/>",
                    address(1)
                ),
            )
            .replace("<target dev='vda'/>", &format!("<target dev='vda'/>{}", address(2)))
            .replace("<address type='pci'/>", &address(3))
            .replace(
                "</sound>\n",
                &format!(
                    "</sound>\n    <memballoon model='virtio'>\n      {}\n    </memballoon>\n",
                    address(4)
                ),
            );
        assert_eq!(text, want);
    }

    #[test]
    fn the_dialect_of_2009_marks_what_was_chosen() {
        let text = written(TEXT, Dialect::Of2009, |domain| {
            domain.devices[2].address = Some(at(3));
            let key = DeviceKey::new(DeviceClass::Memballoon, 0);
            let plain = Plain { model: Some("virtio".into()), ..Plain::default() };
            let mut balloon = Device::implied(key, Kind::Plain(plain));
            balloon.address = Some(at(4));
            domain.devices.push(balloon);
        });
        assert_eq!(text.matches("<address type='pci' mode='dynamic' domain=").count(), 2, "{text}");
    }

    #[test]
    fn an_address_that_leaves_its_slot_out_is_completed() {
        for (address, want) in [
            ("<address type='pci' bus='2'/>", "<address type='pci' bus='2' slot='0'/>"),
            (
                "<address type='drive' controller='1'/>",
                "<address type='drive' controller='1' unit='0'/>",
            ),
            ("<address type='pci' slot='3'/>", "<address type='pci' slot='3'/>"),
        ] {
            let text = TEXT.replace("<address type='pci'/>", address);
            let done = written(&text, Dialect::Of2009, |_| ());
            assert_eq!(done, TEXT.replace("<address type='pci'/>", want));
        }
    }

    #[test]
    fn what_is_the_same_stays_byte_for_byte() {
        assert_eq!(written(TEXT, Dialect::Current, |_| ()), TEXT);
    }

    #[test]
    fn a_device_without_a_place_of_its_own_is_not_written() {
        let text = written(TEXT, Dialect::Current, |domain| {
            let key = DeviceKey::new(DeviceClass::Input, 0);
            let plain = Plain {
                variety: Some("mouse".into()),
                bus: Some("ps2".into()),
                ..Plain::default()
            };
            domain.devices.push(Device::implied(key, Kind::Plain(plain)));
        });
        assert_eq!(text, TEXT);
    }
}
