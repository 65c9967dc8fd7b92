//! Two devices with one register on pSeries' virtual bus.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::spapr::assign`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::SpaprVioDoubleUse,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "two devices with one register on pSeries' virtual bus",
    about: "Every device on the virtual I/O bus has its own register.",
    machine: "pseries",
    wrong: "<serial type='pty'><target type='spapr-vio-serial'/><address type='spapr-vio' reg='0x30000000'/></serial>
<serial type='pty'><target type='spapr-vio-serial'/><address type='spapr-vio' reg='0x30000000'/></serial>",
    right: "<serial type='pty'><target type='spapr-vio-serial'/><address type='spapr-vio' reg='0x30000000'/></serial>
<serial type='pty'><target type='spapr-vio-serial'/><address type='spapr-vio' reg='0x30001000'/></serial>",
    fixes: Some(fixes::let_choose),
};
