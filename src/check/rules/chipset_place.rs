//! A part of the machine at a place other than its own.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::chipset::elsewhere`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ChipsetPlace,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "a part of the machine at a place other than its own",
    about: "IDE 0 and the PIIX3 USB controller 0 of i440FX machines, and SATA 0 of q35, are \
            parts of the board with fixed addresses.",
    machine: "q35",
    wrong: "<controller type='sata' index='0'><address type='pci' slot='0x05'/></controller>",
    right: "<controller type='sata' index='0'><address type='pci' slot='0x1f' function='0x2'/></controller>",
    fixes: Some(fixes::let_choose),
};
