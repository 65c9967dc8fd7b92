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
