//! What a rule is.

use super::evidence::Evidence;
use crate::model::{Code, Fix, Problem, Severity};
use crate::text::Printable;

/// Looks for what a rule is about and adds a problem for each case.
pub type Find = fn(&Evidence<'_>, &mut Vec<Problem>);

/// What would mend one problem of the rule, best first.
pub(super) type Mend = fn(&Evidence<'_>, &Problem) -> Vec<Fix>;

/// The step at which a problem is found.
///
/// Where that is not a function of the rule's own file, the description of its `RULE` names the
/// function that finds it, which names its [`Code`].
#[derive(Clone, Copy, Debug)]
pub enum Stage {
    /// While the text is read: [`xml::decode`](crate::xml::decode).
    Decode,
    /// When a place is judged: [`topology`](crate::topology).
    Topology,
    /// When addresses and controllers are chosen: [`assign`](crate::assign).
    Assign,
    /// In the completed guest, by this function. libvirt refuses an error.
    Check(Find),
    /// In the completed guest, by this function. libvirt accepts it, and QEMU refuses to start.
    Start(Find),
}

impl Stage {
    /// The function that finds it in the completed guest, if it is not found before.
    pub(super) fn find(self) -> Option<Find> {
        match self {
            Self::Decode | Self::Topology | Self::Assign => None,
            Self::Check(find) | Self::Start(find) => Some(find),
        }
    }

    /// Whether libvirt accepts the guest all the same, and QEMU refuses to start.
    pub fn is_start(self) -> bool {
        matches!(self, Self::Start(_))
    }
}

/// One thing that can be wrong with a guest.
#[derive(Debug)]
pub struct Rule {
    /// Its permanent name.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The step at which it is found.
    pub stage: Stage,
    /// What it is about, in a line.
    pub summary: &'static str,
    /// Why it matters, and who says so.
    pub about: &'static str,
    /// The machine of the examples: `pc`, `q35`, `isapc`, `virt`, `pseries` or `s390`.
    pub machine: &'static str,
    /// Devices that break it.
    pub wrong: &'static str,
    /// Devices that nearly do.
    pub right: &'static str,
    /// Mends it.
    pub(super) mend: Option<Mend>,
}

/// A machine of the examples: its word, architecture and machine type.
const MACHINES: &[(&str, &str, &str)] = &[
    ("pc", "x86_64", "pc-i440fx-10.0"),
    ("q35", "x86_64", "pc-q35-10.0"),
    ("isapc", "x86_64", "isapc"),
    ("virt", "aarch64", "virt-10.0"),
    ("pseries", "ppc64", "pseries-10.0"),
    ("s390", "s390x", "s390-ccw-virtio-10.0"),
];

impl Rule {
    /// A problem of this rule with this message, nowhere in particular.
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(self.code, self.severity, message)
    }

    /// Whether `problem` is one of this rule's.
    pub fn is_of(&self, problem: &Problem) -> bool {
        problem.code == self.code
    }

    /// The guest of an example: `part` is what stands in `<devices>`, or, when it holds a
    /// `<devices>` of its own, what stands in `<domain>`.
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

/// A word of the document, quoted, as it may be printed.
pub(super) fn quoted(word: &str) -> String {
    format!("'{}'", Printable::new(word))
}
