//! A second device of a class of which a guest has one.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::Feature;
use crate::model::{Code, Device, DeviceClass, Problem, Severity};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::DeviceTwice,
    severity: Severity::Error,
    stage: Stage::Check(find),
    summary: "a second device of a class of which a guest has one",
    about: "A guest has one memory balloon, one vsock, one TPM besides the proxy, one pstore and one nvram; \
              before libvirt 12.9 one IOMMU, before 9.1 one watchdog.",
    machine: "q35",
    wrong: "<vsock model='virtio'><cid auto='yes'/></vsock>
<vsock model='virtio'><cid auto='yes'/></vsock>",
    right: "<vsock model='virtio'><cid auto='yes'/></vsock>",
    fixes: Some(fixes::remove),
};

/// A class of which a guest has one device.
struct Single {
    class: DeviceClass,
    /// Selects the devices of the class that count.
    counts: fn(&Device) -> bool,
    /// libvirt's message about a second one.
    message: &'static str,
    /// The change since which there may be more.
    until: Option<Feature>,
}

const fn single(class: DeviceClass, message: &'static str) -> Single {
    Single { class, counts: |_| true, message, until: None }
}

const SINGLES: &[Single] = &[
    single(
        DeviceClass::Memballoon,
        "internal error: only a single memory balloon device is supported",
    ),
    single(DeviceClass::Nvram, "internal error: only a single nvram device is supported"),
    Single {
        until: Some(Feature::SeveralWatchdogs),
        ..single(
            DeviceClass::Watchdog,
            "internal error: only a single watchdog device is supported",
        )
    },
    Single {
        until: Some(Feature::SeveralIommus),
        ..single(DeviceClass::Iommu, "XML error: only a single IOMMU device is supported")
    },
    single(DeviceClass::Vsock, "XML error: only a single vsock device is supported"),
    single(DeviceClass::Pstore, "XML error: only a single pstore device is supported"),
    Single {
        counts: |device| device.variant() != Some("spapr-tpm-proxy"),
        ..single(
            DeviceClass::Tpm,
            "unsupported configuration: only a single TPM non-proxy device is supported",
        )
    },
];

/// Source: `domain_conf.c: virDomainDefParseXML` and the parsers of each element, `qemu_validate.c:
/// qemuValidateDomainDef`.
fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    let machine = evidence.machine();
    for single in SINGLES {
        if single.until.is_some_and(|feature| machine.has(feature)) {
            continue;
        }
        let mut devices = evidence.domain.of_class(single.class);
        let Some(first) = devices.find(|device| (single.counts)(device)) else { continue };
        for device in devices.filter(|device| (single.counts)(device)) {
            let problem = RULE
                .problem(format!(
                    "a guest has one {}, and {} is there already",
                    single.class,
                    first.title()
                ))
                .quoting(single.message)
                .helping("remove one of them");
            found.push(evidence.on(problem, device).on(first.key()));
        }
    }
}
