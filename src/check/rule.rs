//! The type of a rule and its stages.

use super::evidence::Evidence;
use crate::model::{Code, Fix, Problem, Severity};
use crate::text::Printable;

/// Looks for violations of a rule and adds a problem for each.
pub type Find = fn(&Evidence<'_>, &mut Vec<Problem>);

/// Fixes for one problem of the rule, best first.
pub(super) type FindFixes = fn(&Evidence<'_>, &Problem) -> Vec<Fix>;

/// The step at which a problem is found.
///
/// Where that is not a function of the rule's own file, the description of its `RULE` names the
/// function, which in turn names the [`Code`].
#[derive(Clone, Copy, Debug)]
pub enum Stage {
    /// While decoding the text: [`xml::decode`](crate::xml::decode).
    Decode,
    /// While checking a place: [`topology`](crate::topology).
    Topology,
    /// While choosing addresses and controllers: [`assign`](crate::assign).
    Assign,
    /// By this function, in the completed guest. libvirt refuses an error.
    Check(Find),
    /// By this function, in the completed guest. libvirt accepts it, and QEMU refuses to start.
    Start(Find),
}

impl Stage {
    /// The function that looks for it in the completed guest; `None` for earlier stages.
    pub(super) fn find(self) -> Option<Find> {
        match self {
            Self::Decode | Self::Topology | Self::Assign => None,
            Self::Check(find) | Self::Start(find) => Some(find),
        }
    }

    /// Whether libvirt accepts the guest although QEMU refuses to start it.
    pub fn is_start(self) -> bool {
        matches!(self, Self::Start(_))
    }
}

/// A kind of problem that a guest can have.
#[derive(Debug)]
pub struct Rule {
    /// The permanent name of the rule.
    pub code: Code,
    /// The severity of its problems.
    pub severity: Severity,
    /// The step at which it is found.
    pub stage: Stage,
    /// The problem in one line.
    pub summary: &'static str,
    /// Why it matters, with the source of the rule.
    pub about: &'static str,
    /// The machine of the examples: `pc`, `q35`, `isapc`, `virt`, `pseries` or `s390`.
    pub machine: &'static str,
    /// An example that breaks the rule.
    pub wrong: &'static str,
    /// A similar example that does not.
    pub right: &'static str,
    /// Finds fixes for a problem of this rule.
    pub(super) fixes: Option<FindFixes>,
}

/// Machines of the examples: name, architecture and machine type.
const MACHINES: &[(&str, &str, &str)] = &[
    ("pc", "x86_64", "pc-i440fx-10.0"),
    ("q35", "x86_64", "pc-q35-10.0"),
    ("isapc", "x86_64", "isapc"),
    ("virt", "aarch64", "virt-10.0"),
    ("pseries", "ppc64", "pseries-10.0"),
    ("s390", "s390x", "s390-ccw-virtio-10.0"),
];

impl Rule {
    /// A problem of this rule without a device or span.
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(self.code, self.severity, message)
    }

    /// Whether `problem` was reported for this rule.
    pub fn is_of(&self, problem: &Problem) -> bool {
        problem.code == self.code
    }

    /// The guest of an example: `part` is the content of `<devices>`, or of `<domain>` if it
    /// contains a `<devices>` element.
    pub fn guest(&self, part: &str) -> String {
        let known = MACHINES.iter().find(|row| row.0 == self.machine);
        let (_, arch, machine) = known.copied().unwrap_or(("", "x86_64", self.machine));
        let inside = if part.contains("<devices>") {
            part.to_owned()
        } else {
            format!("<devices>\n{part}\n</devices>")
        };
        let acpi = match arch {
            "x86_64" | "aarch64" => "<features><acpi/></features>\n",
            _ => "",
        };
        format!(
            "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n\
             <name>example</name>\n<memory>1048576</memory>\n\
             <os><type arch='{arch}' machine='{machine}'>hvm</type></os>\n{acpi}{inside}\n</domain>\n"
        )
    }
}

/// A word of the document in quotes, made printable.
pub(super) fn quoted(word: &str) -> String {
    format!("'{}'", Printable::new(word))
}
