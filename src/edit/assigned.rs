//! The change that writes everything libvirt would choose.
//!
//! The guest is compared with itself before the assignment, device by device; only differences are
//! written. A device that libvirt would add is written if it occupies a place or offers some: a
//! controller. Others (a PS/2 mouse, the chipset's watchdog) are part of the machine anyway.

use std::collections::HashMap;

use super::added::can_be_written;
use super::revision::Revision;
use crate::model::{
    Address, AddressKind, Change, ControllerPatch, Device, DeviceKey, Domain, Part,
};
use crate::xml::Element;

/// The change that makes the document of `revision` hold every address and number of `assigned`,
/// which is the same guest completed.
pub(super) fn assignment_change(revision: &Revision, assigned: &Domain) -> Change {
    let written: HashMap<DeviceKey, &Device> =
        revision.domain.devices.iter().map(|device| (device.key(), device)).collect();
    let mut changes = Vec::new();
    for device in &assigned.devices {
        match written.get(&device.key()) {
            Some(before) => {
                let element = before.element();
                if let Some(element) = element.and_then(|span| revision.document.element_at(span)) {
                    complete(&mut changes, element, before, device);
                }
            }
            None => changes.extend(adopt(device)),
        }
    }
    Change::all_of(changes)
}

/// Adds the changes for what a written device lacks.
fn complete(changes: &mut Vec<Change>, element: Element<'_>, before: &Device, after: &Device) {
    let device = after.key();
    if let (Some(old), Some(new)) = (before.controller(), after.controller())
        && old != new
    {
        let to = Box::new(ControllerPatch::between(old, new));
        changes.push(Change::SetController { device, to });
    }
    if let (Some(old), Some(new)) = (before.chardev(), after.chardev())
        && let (Some(old), Some(new)) = (&old.target_type, &new.target_type)
        && element.child("target").is_some()
        && old != new
    {
        // An old value of an attribute that now has a name of its own.
        let (part, name) = (Part::Child("target"), "type".to_owned());
        let value = Some(new.to_string());
        changes.push(Change::SetAttribute { device, part, name, value });
    }
    match (before.address(), after.address()) {
        (Some(old), Some(new)) if old == new => {
            let address = element.child("address");
            if address.is_some_and(|address| !names_place(address, new.kind())) {
                changes.push(Change::Move { device, to: new.clone() });
            }
        }
        (_, Some(new)) => changes.push(Change::Move { device, to: new.clone() }),
        (_, None) if before.address.is_some() && after.address.is_none() => {
            changes.push(Change::RemoveAddress(device));
        }
        (_, None) => {}
    }
}

/// Whether an address names its place on the bus expressly. An omitted 0 means the same to libvirt,
/// which writes it.
fn names_place(address: Element<'_>, kind: AddressKind) -> bool {
    match kind {
        AddressKind::Pci => address.attribute("slot").is_some(),
        AddressKind::Drive => address.attribute("unit").is_some(),
        _ => true,
    }
}

/// The device that libvirt adds, written where it takes or offers places.
fn adopt(device: &Device) -> Option<Change> {
    let address = device.address().cloned();
    let has_place = address.as_ref().is_some_and(Address::is_complete) && can_be_written(device);
    let is_written = device.controller().is_some() || has_place;
    is_written.then_some(Change::Adopt { device: device.key(), address })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::plan_assignment;
    use crate::model::address::{Pci, PciAddress};
    use crate::model::{
        Controller, ControllerIndex, ControllerKind, DeviceAddress, Dialect, Kind, Plain,
    };

    /// `text` after the devices of its domain were changed as `change` does it.
    fn written(text: &str, dialect: Dialect, change: fn(&mut Domain)) -> String {
        let revision = Revision::build(text).unwrap();
        let mut after = revision.domain.clone();
        change(&mut after);
        let edit = plan_assignment(&revision, &after, dialect).unwrap();
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
                controller.index = Some(ControllerIndex(0));
            }
            let plain = Plain { model: Some("virtio".into()), ..Plain::default() };
            let mut balloon = Device::implied(0, Kind::Memballoon(plain));
            balloon.address = Some(at(4));
            domain.devices.push(balloon);
            let scsi = Controller::new(ControllerKind::Scsi, Some(ControllerIndex(0)));
            domain.devices.push(Device::implied(1, Kind::Controller(scsi)));
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
            let plain = Plain { model: Some("virtio".into()), ..Plain::default() };
            let mut balloon = Device::implied(0, Kind::Memballoon(plain));
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
            let plain =
                Plain { kind: Some("mouse".into()), bus: Some("ps2".into()), ..Plain::default() };
            domain.devices.push(Device::implied(0, Kind::Input(plain)));
        });
        assert_eq!(text, TEXT);
    }
}
