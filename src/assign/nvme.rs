//! Serial numbers of NVMe controllers.
//!
//! Source: `domain_postparse.c: virDomainDefNVMEControllerSerial...`, libvirt 11.5.

use std::collections::HashMap;

use super::completion::Completion;
use crate::model::{
    Address, Code, ControllerIndex, ControllerKind, Device, DeviceClass, DeviceKey, Kind, Problem,
    Text,
};
use crate::topology::drive_kind;

/// Refuses NVMe controllers that have no serial number, of their own or from a disk, and disks on
/// one controller that differ in it.
pub(super) fn check_serials(completion: &mut Completion) {
    let mut serials: HashMap<ControllerIndex, (Text, DeviceKey)> = HashMap::new();
    let mut refusals = Vec::new();
    let controllers = completion.lists.of(DeviceClass::Controller).iter();
    let controllers: Vec<&Device> = controllers.filter_map(|no| completion.device(*no)).collect();
    for device in &controllers {
        let Some(controller) = device.controller() else { continue };
        let (ControllerKind::Nvme, Some(index)) = (controller.kind, controller.index) else {
            continue;
        };
        if let Some(serial) = &controller.serial {
            serials.insert(index, (serial.clone(), device.key()));
        }
    }
    for no in completion.lists.of(DeviceClass::Disk) {
        let Some(device) = completion.device(*no) else { continue };
        let Kind::Disk(disk) = &device.kind else { continue };
        let at = device.address().and_then(Address::drive);
        let (Some(ControllerKind::Nvme), Some(at), Some(serial)) =
            (drive_kind(disk), at, &disk.serial)
        else {
            continue;
        };
        let index = at.controller;
        match serials.get(&index) {
            Some((known, _)) if known == serial => {}
            Some((known, other)) => {
                refusals.push(conflict(serial, known).on(device.key()).on(*other));
            }
            None => {
                serials.insert(index, (serial.clone(), device.key()));
            }
        }
    }
    for device in controllers {
        let Some(controller) = device.controller() else { continue };
        let is_nameless = controller.kind == ControllerKind::Nvme
            && controller.index.is_some_and(|index| !serials.contains_key(&index));
        if is_nameless {
            let message =
                format!("NVMe controller {} has no serial number", controller.index_or_zero());
            let refusal = Problem::error(Code::NvmeSerial, message)
                .quoting("XML error: Missing mandatory serial for NVMe controller")
                .helping("write <serial> into the controller, or into one of its disks")
                .on(device.key());
            refusals.push(refusal);
        }
    }
    for refusal in refusals {
        completion.refuse(refusal);
    }
}

fn conflict(serial: &str, known: &str) -> Problem {
    let (serial, known) = (crate::text::Printable::new(serial), crate::text::Printable::new(known));
    let message = format!(
        "disks of one NVMe controller have one serial number, not '{known}' and '{serial}'"
    );
    Problem::error(Code::NvmeSerial, message)
        .quoting(format!("XML error: Conflicting NVME disk serial number '{serial}' and '{known}'"))
        .helping("write the same <serial> into all of them, or into one only")
}

#[cfg(test)]
mod tests {
    use crate::assign::example::{controllers, guest, guest_for, of_class, words};

    fn disk(name: &str, serial: &str) -> String {
        let serial =
            if serial.is_empty() { String::new() } else { format!("<serial>{serial}</serial>") };
        format!("<disk><target dev='{name}' bus='nvme'/>{serial}</disk>")
    }

    #[test]
    fn a_name_says_controller_and_namespace() {
        let disks = disk("nvme0n1", "a") + &disk("nvme0n3", "");
        let guest = guest("x86_64 q35", &disks);
        assert_eq!(words(&guest), [""; 0]);
        assert_eq!(of_class(&guest, "disk"), ["disk:0 drive 0:0:0:0", "disk:1 drive 0:0:0:2"]);
        assert_eq!(controllers(&guest, "nvme"), ["0 -"]);
    }

    #[test]
    fn a_controller_needs_one_serial_number() {
        let missing = "XML error: Missing mandatory serial for NVMe controller";
        assert_eq!(words(&guest("x86_64 q35", &disk("nvme0n1", ""))), [missing]);
        // Controllers 0 and 1 are added, and no disk of theirs has one.
        assert_eq!(words(&guest("x86_64 q35", &disk("nvme2n1", "a"))), [missing, missing]);
        let own = "<controller type='nvme' index='0'><serial>b</serial></controller>";
        let both = own.to_owned() + &disk("nvme0n1", "a");
        assert!(words(&guest("x86_64 q35", &both))[0].contains("Conflicting NVME"));
    }

    #[test]
    fn older_releases_do_not_know_the_name() {
        assert_eq!(
            words(&guest_for("11.3", "x86_64 q35", &disk("nvme0n1", "a"))),
            ["XML error: Unknown disk name 'nvme0n1' and no address specified"]
        );
    }
}
