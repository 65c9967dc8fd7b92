//! Rules: problems of a guest, where they are, and their fixes.
//!
//! Each rule is one file of `rules`: its code, description, an example that breaks it and one that
//! almost does, how it is found and how it is fixed. Each code is reported by one layer, named by
//! its [`Stage`]: `xml::decode` reports text that cannot be read, `topology` and `assign` what
//! libvirt refuses while it chooses addresses, and a function of the rule's file everything else.

mod allow;
mod evidence;
mod fixes;
mod host;
mod rule;
mod rules;
mod run;

pub use allow::{Allowed, UnknownCodeError};
pub use evidence::Evidence;
pub use host::Host;
pub use rule::{Find, Rule, Stage};
pub use rules::RULES;
pub use run::{find_problems, offer_fixes};

use crate::model::Code;

/// The rule with this code; `None` for refusals and notes of commands.
pub fn rule(code: Code) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.code == code)
}
