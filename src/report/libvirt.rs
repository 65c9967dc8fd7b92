//! The libvirt that a result is valid for, and how well its rules are known.

use std::fmt::Write as _;

use serde::Serialize;

use crate::machine::libvirt::{CHANGES, LibvirtChange, MEASURED};
use crate::model::Version;

/// The answering libvirt, in JSON.
#[derive(Debug, Serialize)]
pub struct AnsweredBy {
    /// The release, `11.3`.
    libvirt: String,
    /// Whether the rules were compared with a daemon of this release, or of releases on both sides
    /// with no change between them.
    measured: bool,
    /// The changes of which it is not certain whether this release has them.
    unmeasured: Vec<ChangeReport>,
}

#[derive(Debug, Serialize)]
struct ChangeReport {
    change: &'static str,
    since: String,
    known: String,
}

fn unmeasured(libvirt: Version) -> impl Iterator<Item = &'static LibvirtChange> {
    CHANGES.iter().filter(move |change| change.is_unmeasured(libvirt))
}

/// The answering libvirt, for the JSON of every command.
pub fn answered_by(libvirt: Version) -> AnsweredBy {
    let unmeasured: Vec<ChangeReport> = unmeasured(libvirt)
        .map(|change| ChangeReport {
            change: change.summary,
            since: change.since.to_string(),
            known: change.known.to_string(),
        })
        .collect();
    AnsweredBy { libvirt: libvirt.to_string(), measured: unmeasured.is_empty(), unmeasured }
}

/// The releases whose rules are known, and those whose daemons were asked: "rules of libvirt 8.0 to
/// 12.9, measured against 9.0, 11.3 and 12.9".
pub fn known_libvirts() -> String {
    let (oldest, newest) = (Version::OLDEST_LIBVIRT, Version::NEWEST_LIBVIRT);
    format!("rules of libvirt {oldest} to {newest}, measured against {}", measured())
}

/// The releases whose daemons were asked: "9.0, 11.3 and 12.9".
fn measured() -> String {
    let words: Vec<String> = MEASURED.iter().map(ToString::to_string).collect();
    match words.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => words.concat(),
    }
}

/// The libvirt whose rules hold, for people: a line, and one for each change of which it is not
/// certain whether this release has it.
pub fn libvirt_lines(libvirt: Version) -> String {
    let mut text = format!("by the rules of libvirt {libvirt}");
    let mut changes = unmeasured(libvirt).peekable();
    if changes.peek().is_none() {
        text.push('\n');
        return text;
    }
    // Writing to a string cannot fail.
    let _ =
        writeln!(text, "; measured against {} only, so of these it is not certain:", measured());
    for change in changes {
        let has = if change.since <= libvirt { "has it" } else { "does not have it" };
        let _ = writeln!(
            text,
            "  {}: taken to be in {} ({}), so {libvirt} {has}",
            change.summary, change.since, change.known
        );
    }
    text
}

/// The effect on a guest of an upgrade from one release to another, with a remedy.
pub fn forecast((from, to): (Version, Version), is_same: bool) -> String {
    if is_same {
        return format!("nothing changes from libvirt {from} to {to}\n");
    }
    format!(
        "from libvirt {from} to {to} this changes where the guest is defined anew without its \
         addresses;\n'virt-topo freeze FILE --all --libvirt {from} --write' fixes them as they are\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_releases_are_those_of_the_table() {
        let text = known_libvirts();
        assert_eq!(text, "rules of libvirt 8.0 to 12.9, measured against 9.0, 11.3 and 12.9");
    }

    #[test]
    fn a_measured_release_has_no_doubts() {
        let report = answered_by(Version::new(11, 3));
        assert!(report.measured);
        assert_eq!(libvirt_lines(Version::new(11, 3)), "by the rules of libvirt 11.3\n");
    }

    #[test]
    fn a_release_between_measured_ones_names_its_doubts() {
        let text = libvirt_lines(Version::new(11, 5));
        assert!(text.contains("measured against 9.0, 11.3 and 12.9 only"), "{text}");
        assert!(
            text.contains("taken to be in 11.5 (read, not measured), so 11.5 has it"),
            "{text}"
        );
        assert!(text.contains("so 11.5 does not have it"), "{text}");
        assert!(!answered_by(Version::new(11, 5)).measured);
    }
}
