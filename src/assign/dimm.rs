//! Sockets for memory modules.
//!
//! Source: `qemu_domain_address.c: qemuDomainAssignMemorySlots`, `qemuAssignMemoryDeviceSlot`.

use std::collections::HashSet;

use super::work::Work;
use crate::model::address::DimmAddress;
use crate::model::{Address, DeviceClass};
use crate::topology::Refusal;

/// Gives every module without a socket the lowest free one, where `<maxMemory>` has any.
pub(super) fn assign(work: &mut Work) {
    let Some(count) = work.domain.features.memory_slots else { return };
    let modules = work.lists.of(DeviceClass::Memory).to_vec();
    let mut used: HashSet<u32> = HashSet::new();
    for no in &modules {
        if let Some(Address::Dimm(dimm)) = work.device(*no).and_then(|device| device.value()) {
            used.insert(dimm.slot);
        }
    }
    let mut next = 0;
    for no in modules {
        let Some(device) = work.device(no) else { continue };
        if device.address.is_some() || !matches!(device.variant(), Some("dimm" | "nvdimm")) {
            continue;
        }
        while next < count && used.contains(&next) {
            next += 1;
        }
        if next == count {
            let refusal = Refusal::new("dimm-no-slot", format!("all {count} sockets are taken"))
                .quoting("internal error: failed to find an empty memory slot")
                .helping("write more slots= in <maxMemory>")
                .on(device.key);
            work.refuse(refusal);
            continue;
        }
        work.place(no, Address::Dimm(DimmAddress { slot: next, base: 0 }));
        work.explain(no, format!("socket {next}, the lowest free of {count}"));
        next += 1;
    }
}

#[cfg(test)]
mod tests {
    use crate::assign::work::assigned::{lines, outer, words};

    use crate::assign::Existing;

    #[test]
    fn modules_take_the_lowest_sockets_while_there_are_any() {
        let dimm = "<memory model='dimm'/>";
        let second = "<memory model='nvdimm'><address type='dimm' slot='1'/></memory>";
        let guest = |slots: &str, count| {
            let devices = format!("{}{second}", dimm.repeat(count));
            outer("x86_64 pc", slots, &devices, Existing::New)
        };
        let fits = guest("<maxMemory slots='3'/>", 2);
        assert_eq!(lines(&fits, "dimm"), ["memory:0 dimm 0", "memory:1 dimm 2", "memory:2 dimm 1"]);
        let over = guest("<maxMemory slots='3'/>", 3);
        assert_eq!(words(&over), ["internal error: failed to find an empty memory slot"]);
        assert_eq!(lines(&guest("", 2), "dimm"), ["memory:2 dimm 1"]);
    }
}
