//! What is wrong with a guest, where, and what would mend it.
//!
//! Each rule is one file of `rules`: its code, what it is about, an example that breaks it and one
//! that nearly does, how it is found and how it is mended. A code is told in one place only, its
//! [`Stage`]: what cannot be read is told by `xml::decode`, what libvirt refuses while it chooses
//! addresses by `topology` and `assign`, everything else by a rule that looks for it here.

mod allow;
mod evidence;
mod host;
mod mend;
mod rule;
mod rules;
mod run;

pub use allow::{Allowed, UnknownCode};
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
