//! `adopt`: devices that libvirt would add are written into the document.

use super::change_builder::{ChangeBuilder, name};
use super::scope::{Chosen, Scope};
use crate::edit::added::can_be_written;
use crate::model::{Code, Device, DeviceKey, Problem};

/// Writes the devices that libvirt would add, with the addresses they would have.
pub(super) fn build(builder: &mut ChangeBuilder<'_>, scope: &Scope) -> Result<(), Box<Problem>> {
    let mut adopted: Vec<&Device> = Vec::new();
    for Chosen { device, is_named } in scope.choose(builder)? {
        if device.is_implied() && can_be_written(device) {
            adopted.push(device);
        } else if is_named && device.is_implied() {
            let message = format!("{} has no element of its own", name(device));
            return Problem::error(Code::CannotBeWritten, message).on(device.key()).refuse();
        } else if is_named {
            builder.notes.push(format!("{} is already in the XML", name(device)));
        }
    }
    builder.title = match adopted.as_slice() {
        [device] => format!("add {} to the XML", name(device)),
        devices => format!("add {} implicit devices to the XML", devices.len()),
    };
    for device in adopted {
        builder.adopt(device);
    }
    placed(builder)
}

/// Checks that libvirt has a place for each device that would be written. It refuses the whole guest otherwise, and adds
/// nothing: an element without a place would only make it look for more controllers.
fn placed(builder: &ChangeBuilder<'_>) -> Result<(), Box<Problem>> {
    let is_written = |key: &DeviceKey| {
        builder.is_placed(*key) && builder.device(*key).is_some_and(Device::is_implied)
    };
    let mut refusals = builder.revision.assignment.refusals.iter();
    let unplaced = refusals.find(|refusal| refusal.devices.iter().any(is_written));
    unplaced.map_or(Ok(()), |refusal| refusal.clone().refuse())
}

#[cfg(test)]
mod tests {
    use super::super::example::{diff, done, guest, others, scope};
    use crate::edit::{Command, Options, Revision};
    use crate::model::Code;

    #[test]
    fn what_libvirt_would_add_is_written_as_it_would_be() {
        let revision = guest("pc", "<input type='tablet' bus='usb'/>");
        let outcome = done(&revision, &Command::Adopt(scope("memballoon:0")));
        assert_eq!(
            diff(&revision, &outcome),
            [
                "+<memballoon model='virtio'>",
                "+<address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>",
                "+</memballoon>"
            ]
        );
        assert_eq!(others(&outcome), [""; 0]);
        let outcome = done(&revision, &Command::Adopt(scope("controller")));
        let text = outcome.preview.after.document.text();
        assert!(text.contains("<controller type='pci' index='0' model='pci-root'/>"), "{text}");
        assert!(text.contains("<controller type='usb' index='0' model='piix3-uhci'>"), "{text}");
    }

    /// SCSI controllers up to this one, 31 on each bridge.
    fn controllers(last: u32) -> String {
        format!(
            "<disk type='file'><source file='/a'/><target dev='sda' bus='scsi'/>\
             <address type='drive' controller='{last}' bus='0' target='0' unit='0'/></disk>"
        )
    }

    #[test]
    fn what_libvirt_has_no_place_for_is_not_written_even_when_forced() {
        let options = Options { force: true, ..Options::default() };
        let revision = guest("pc", &controllers(2000));
        let adopt = |scope| Command::Adopt(scope).dry_run(&revision, options);
        let refusal = adopt(scope("")).unwrap_err();
        assert_eq!(refusal.code, Code::PciNoPlace);
        // A controller on a bridge without a place, and one that needs no such bridge.
        assert_eq!(adopt(scope("controller:1800")).unwrap_err().code, Code::PciNoPlace);
        assert_eq!(adopt(scope("input:0")).unwrap().elements_added(), 1);
    }

    #[test]
    fn a_second_time_changes_nothing() {
        let options = Options { force: true, ..Options::default() };
        let adopt = |revision: &Revision| Command::Adopt(scope("")).dry_run(revision, options);
        for last in [0, 70, 200] {
            let once = adopt(&guest("pc", &controllers(last))).unwrap();
            assert!(once.elements_added() > last as usize, "{}", once.elements_added());
            let twice = adopt(&once.preview.after).unwrap();
            assert!(twice.is_empty() && twice.elements_added() == 0, "{last}");
        }
    }

    #[test]
    fn all_of_it_leaves_nothing_to_be_added() {
        for machine in ["pc", "q35", "aarch64 virt", "ppc64 pseries", "s390x s390-ccw-virtio"] {
            let revision = guest(machine, "<graphics type='vnc'/>\n<console type='pty'/>");
            let outcome = done(&revision, &Command::Adopt(scope("")));
            let devices = &outcome.preview.after.guest().domain.devices;
            let left: Vec<_> = devices.iter().filter(|device| device.is_implied()).collect();
            assert!(left.is_empty(), "{machine}: {left:?}");
            assert_eq!(others(&outcome), [""; 0], "{machine}");
            let again = done(&outcome.preview.after, &Command::Adopt(scope("memballoon")));
            assert!(again.is_empty());
        }
    }
}
