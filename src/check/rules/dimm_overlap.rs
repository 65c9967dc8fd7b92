//! Memory modules whose addresses overlap.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Address, Code, Device, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DimmOverlap,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "memory modules whose addresses overlap",
    about: "A module occupies as many bytes from its base as its size.",
    machine: "pc",
    wrong: "<maxMemory slots='4' unit='KiB'>8388608</maxMemory><cpu><numa><cell id='0' cpus='0' memory='1048576'/></numa></cpu><devices><memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target><address type='dimm' slot='0' base='0x100000000'/></memory>
<memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target><address type='dimm' slot='1' base='0x110000000'/></memory></devices>",
    right: "<maxMemory slots='4' unit='KiB'>8388608</maxMemory><cpu><numa><cell id='0' cpus='0' memory='1048576'/></numa></cpu><devices><memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target><address type='dimm' slot='0' base='0x100000000'/></memory>
<memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target><address type='dimm' slot='1' base='0x120000000'/></memory></devices>",
    fixes: Some(fixes::let_choose),
};

/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefMemory`; compared in order of their bases,
/// so that each needs to be held against one other.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let mut modules: Vec<(u64, u64, &Device)> = evidence
        .domain
        .of_class(DeviceClass::Memory)
        .filter_map(|device| match device.address()? {
            Address::Dimm(dimm) if dimm.base > 0 => {
                Some((dimm.base, dimm.base.checked_add(size(evidence, device)?)?, device))
            }
            _ => None,
        })
        .collect();
    modules.sort_by_key(|module| module.0);
    let mut widest: Option<(u64, u64, &Device)> = None;
    for (base, end, device) in modules {
        if let Some((other_base, other_end, other)) = widest
            && base < other_end
        {
            let problem = RULE
                .problem(format!("{base:#x} lies in the module from {other_base:#x}"))
                .quoting(overlap((device, base, end), (other, other_base, other_end)))
                .helping("leave base= out, so that QEMU chooses");
            found.push(evidence.on(evidence.on(problem, device), other));
        }
        if widest.is_none_or(|(_, last, _)| end > last) {
            widest = Some((base, end, device));
        }
    }
}

/// libvirt holds each against those behind it in the document.
fn overlap(one: (&Device, u64, u64), other: (&Device, u64, u64)) -> String {
    let (first, second) = if one.0.key() < other.0.key() { (one, other) } else { (other, one) };
    let ((_, base, end), (_, other_base, _)) = (first, second);
    format!(
        "unsupported configuration: memory device address [{base:#x}:{end:#x}] overlaps with other \
         memory device ({other_base:#x})"
    )
}

/// Units and their sizes in bytes (`virutil.c: virScaleInteger`).
const UNITS: &[(&str, u64)] = &[
    ("b", 1),
    ("bytes", 1),
    ("KB", 1000),
    ("k", 1 << 10),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("M", 1 << 20),
    ("MiB", 1 << 20),
    ("GB", 1_000_000_000),
    ("G", 1 << 30),
    ("GiB", 1 << 30),
    ("TB", 1_000_000_000_000),
    ("T", 1 << 40),
    ("TiB", 1 << 40),
];

/// `<target><size>` in bytes.
fn size(evidence: &Evidence<'_>, device: &Device) -> Option<u64> {
    let size = evidence.element(device)?.child("target")?.child("size")?;
    let unit = size.value("unit").unwrap_or("KiB");
    let (_, scale) = UNITS.iter().find(|row| row.0 == unit)?;
    size.text().trim().parse::<u64>().ok()?.checked_mul(*scale)
}
