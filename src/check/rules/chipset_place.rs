//! A part of the machine at another place than its own.

use crate::check::mend;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// The rule, found by `assign::chipset::elsewhere`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ChipsetPlace,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a part of the machine at another place than its own",
    about: "IDE 0 and the PIIX3 USB controller 0 of i440FX machines, and SATA 0 of q35, are soldered to \
              the board.",
    machine: "q35",
    wrong: "<controller type='sata' index='0'><address type='pci' slot='0x05'/></controller>",
    right: "<controller type='sata' index='0'><address type='pci' slot='0x1f' function='0x2'/></controller>",
    mend: Some(mend::let_choose),
};
