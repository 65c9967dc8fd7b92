//! No bus number is left for an expander bus.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::targets::next_bus_nr`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::ExpanderBusNumber,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "no bus number is left for an expander bus",
    about: "Expanders without busNr= get numbers downwards from the lowest, in steps of two; \
            the last is 2.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='2'/></controller>
<controller type='pci' index='2' model='pcie-expander-bus'/>",
    right: "<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='20'/></controller>
<controller type='pci' index='2' model='pcie-expander-bus'/>",
    fixes: Some(fixes::remove),
};
