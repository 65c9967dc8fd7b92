//! Device numbers in the channel subsystem.
//!
//! Source: `domain_addr.c: virDomainCCWAddressSetCreateFromDomain`, `virDomainCCWAddressAssign`.

use std::collections::HashMap;

use super::completion::Completion;
use crate::machine::MachineKind;
use crate::model::address::CcwAddress;
use crate::model::{Address, Code, DeviceKey, Problem};

/// Enters every number that is written, then gives the lowest free ones to those without.
pub(super) fn assign(completion: &mut Completion) {
    if completion.machine.kind != MachineKind::S390Ccw {
        return;
    }
    let order = completion.lists.iterate(&completion.domain);
    let mut used: HashMap<CcwAddress, DeviceKey> = HashMap::new();
    for no in &order {
        let Some(device) = completion.device(*no) else { continue };
        let Some(Address::Ccw(Some(number))) = device.address() else { continue };
        let (number, key) = (*number, device.key());
        match used.get(&number) {
            Some(other) => {
                let message = format!("channel device {number} is not free: {other} has it");
                let refusal = Problem::error(Code::CcwDoubleUse, message)
                    .quoting(format!("XML error: The CCW devno '{number}' is in use already"))
                    .helping("choose another devno=, or remove the address")
                    .on(key)
                    .on(*other);
                completion.refuse(refusal);
            }
            None => {
                used.insert(number, key);
            }
        }
    }
    let mut next = 0;
    for no in order {
        let Some(device) = completion.device(no) else { continue };
        if device.address() != Some(&Address::Ccw(None)) {
            continue;
        }
        let key = device.key();
        let number = |devno| CcwAddress::new(u32::from(CcwAddress::VIRTIO_CSSID), 0, devno);
        let free = std::iter::from_fn(|| {
            let found = number(next);
            next = next.saturating_add(1);
            found
        })
        .find(|number| !used.contains_key(number));
        let Some(free) = free else {
            let refusal = Problem::error(Code::CcwNoNumber, "all 65,536 device numbers are taken")
                .quoting("internal error: There are no more free CCW devnos.")
                .on(key);
            completion.refuse(refusal);
            return;
        };
        completion.place(no, Address::Ccw(Some(free)));
        completion.explain(no, format!("{free}, the lowest free number"));
    }
}

#[cfg(test)]
mod tests {
    use crate::assign::example::{completed, of_class, words};

    fn disk(letter: char, devno: Option<u32>) -> String {
        let address = devno.map_or(String::new(), |devno| {
            format!("<address type='ccw' cssid='0xfe' ssid='0x0' devno='{devno:#06x}'/>")
        });
        format!("<disk><target dev='vd{letter}' bus='virtio'/>{address}</disk>")
    }

    #[test]
    fn numbers_count_up_and_skip_those_that_are_written() {
        let devices = disk('a', None) + &disk('b', Some(1)) + &disk('c', None);
        let guest = completed("s390x", "s390-ccw-virtio", &devices);
        assert_eq!(
            of_class(&guest, "disk"),
            ["disk:0 ccw fe.0.0000", "disk:1 ccw fe.0.0001", "disk:2 ccw fe.0.0002"]
        );
        assert_eq!(of_class(&guest, "memballoon"), ["memballoon:0 ccw fe.0.0003"]);
    }

    #[test]
    fn a_number_given_to_two_devices_is_refused() {
        let guest =
            completed("s390x", "s390-ccw-virtio", &(disk('a', Some(1)) + &disk('b', Some(1))));
        assert_eq!(words(&guest), ["XML error: The CCW devno 'fe.0.0001' is in use already"]);
    }
}
