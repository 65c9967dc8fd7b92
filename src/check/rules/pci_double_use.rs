//! Two devices at one PCI address.

use crate::check::mend;
use crate::check::rule::Rule;
use crate::model::Severity;

/// The rule.
pub(in crate::check) static RULE: Rule = Rule {
    code: "pci-double-use",
    severity: Severity::Error,
    at_start: false,
    summary: "two devices at one PCI address",
    about: "A function of a slot holds one device; some are held by parts of the machine that the XML \
              does not mention.",
    machine: "pc",
    wrong:
        "<interface type='user'><model type='virtio'/><address type='pci' slot='0x04'/></interface>
<interface type='user'><model type='e1000'/><address type='pci' slot='0x04'/></interface>",
    right:
        "<interface type='user'><model type='virtio'/><address type='pci' slot='0x04'/></interface>
<interface type='user'><model type='e1000'/><address type='pci' slot='0x05'/></interface>",
    find: None,
    mend: Some(mend::pci),
};
