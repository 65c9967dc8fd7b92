//! An expander bus on a NUMA node that the guest does not have.

use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::model::{Code, Severity};

/// Found by `assign::models::check_pci`.
pub(in crate::check) static RULE: Rule = Rule {
    code: Code::NumaNode,
    severity: Severity::Error,
    stage: Stage::Assign,
    summary: "an expander bus on a NUMA node that the guest does not have",
    about: "<node> of an expander is the number of a cell of <cpu><numa>.",
    machine: "q35",
    wrong: "<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='254'><node>1</node></target></controller>",
    right: "<vcpu>2</vcpu><cpu><numa><cell id='0' cpus='0' memory='524288'/><cell id='1' cpus='1' memory='524288'/></numa></cpu><devices><controller type='pci' index='1' model='pcie-expander-bus'><target busNr='254'><node>1</node></target></controller></devices>",
    fixes: Some(fixes::remove),
};
