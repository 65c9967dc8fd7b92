//! Sockets for memory modules.
//!
//! Source: `qemu_domain_address.c: qemuDomainAssignMemorySlots`, `qemuAssignMemoryDeviceSlot`.

use std::collections::HashSet;

use super::completion::Completion;
use crate::model::address::DimmAddress;
use crate::model::{Address, Code, DeviceClass, Problem};

/// Gives every module without a socket the lowest free one, where `<maxMemory>` has any.
pub(super) fn assign(completion: &mut Completion) {
    let Some(count) = completion.domain.features.memory_slots else { return };
    let modules = completion.lists.of(DeviceClass::Memory).to_vec();
    let mut used: HashSet<u32> = HashSet::new();
    for no in &modules {
        if let Some(Address::Dimm(dimm)) =
            completion.device(*no).and_then(|device| device.address())
        {
            used.insert(dimm.slot);
        }
    }
    let mut next = 0;
    for no in modules {
        let Some(device) = completion.device(no) else { continue };
        if device.address.is_some() || !matches!(device.variant(), Some("dimm" | "nvdimm")) {
            continue;
        }
        while next < count && used.contains(&next) {
            next += 1;
        }
        if next == count {
            let refusal =
                Problem::error(Code::DimmNoSlot, format!("all {count} memory slots are taken"))
                    .quoting("internal error: failed to find an empty memory slot")
                    .helping("write more slots= in <maxMemory>")
                    .on(device.key());
            completion.refuse(refusal);
            continue;
        }
        completion.place(no, Address::Dimm(DimmAddress { slot: next, base: 0 }));
        completion.explain(no, format!("slot {next}, the lowest free of {count}"));
        next += 1;
    }
}

#[cfg(test)]
mod tests {
    use crate::assign::ParseMode;
    use crate::assign::example::{of_class, with, words};

    const OPEN: &str = "<memory model='dimm'/>";

    #[test]
    fn modules_take_the_lowest_socket_where_there_are_any() {
        let devices = format!(
            "{OPEN}<memory model='nvdimm'><address type='dimm' slot='1'/></memory>{OPEN}\
             <memory model='virtio-mem'/>"
        );
        let of = |more: &str| {
            let guest = with(more, "x86_64", "pc", &devices, ParseMode::Define);
            let mut sockets = of_class(&guest, "memory");
            sockets.retain(|told| told.contains("dimm"));
            sockets
        };
        assert_eq!(
            of("<maxMemory slots='4'/>"),
            ["memory:0 dimm 0", "memory:1 dimm 1", "memory:2 dimm 2"]
        );
        assert_eq!(of(""), ["memory:1 dimm 1"]);
    }

    #[test]
    fn one_module_too_many_is_refused() {
        let guest =
            with("<maxMemory slots='1'/>", "x86_64", "pc", &OPEN.repeat(2), ParseMode::Define);
        assert_eq!(words(&guest), ["internal error: failed to find an empty memory slot"]);
    }
}
