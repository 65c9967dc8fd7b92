//! A memory device with an address that is not for its model.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{AddressKind, Code, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::MemoryAddressType,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a memory device with an address that is not for its model",
    about: "virtio-pmem and virtio-mem are on PCI (or ccw), sgx-epc has no address.",
    machine: "pc",
    wrong: "<maxMemory slots='4' unit='KiB'>8388608</maxMemory><cpu><numa><cell id='0' cpus='0' memory='1048576'/></numa></cpu><devices><memory model='virtio-mem'><target><size unit='KiB'>524288</size><node>0</node><block unit='KiB'>2048</block><requested unit='KiB'>0</requested></target><address type='dimm' slot='0'/></memory></devices>",
    right: "<maxMemory slots='4' unit='KiB'>8388608</maxMemory><cpu><numa><cell id='0' cpus='0' memory='1048576'/></numa></cpu><devices><memory model='virtio-mem'><target><size unit='KiB'>524288</size><node>0</node><block unit='KiB'>2048</block><requested unit='KiB'>0</requested></target><address type='pci' slot='0x05'/></memory></devices>",
    fixes: Some(fixes::let_choose),
};

/// Source: `qemu_validate.c: qemuValidateDomainDefMemoryHotplugDevice`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    use AddressKind::{Ccw, Pci};
    for device in evidence.domain.of_class(DeviceClass::Memory) {
        let Some(kind) = Evidence::kind(device) else { continue };
        let (allowed, words): (&[AddressKind], _) = match device.variant() {
            Some("virtio-pmem") => {
                (&[Pci], "only 'pci' addresses are supported for the virtio-pmem device")
            }
            Some("virtio-mem") => (
                &[Pci, Ccw],
                "only 'pci' and 'ccw' addresses are supported for the virtio-mem device",
            ),
            Some("sgx-epc") => (&[], "memory device address is not supported for model 'sgx-epc'"),
            _ => continue,
        };
        if !allowed.contains(&kind) {
            let message = format!("{} has no address of type {}", device.title(), kind.as_str());
            let problem = RULE
                .problem(message)
                .quoting(format!("unsupported configuration: {words}"))
                .helping("remove the address");
            found.push(evidence.on(problem, device));
        }
    }
}
