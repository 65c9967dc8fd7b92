//! One problem as text: place, message, devices, libvirt's message, and remedy.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::{Device, DeviceKey, Problem};
use crate::text::{Lines, Printable};

/// `problem` of the guest in `source`, on several lines, safe to print.
///
/// The first line can be followed by an editor: source, line, column.
pub fn complaint(
    problem: &Problem,
    source: &str,
    devices: &BTreeMap<DeviceKey, &Device>,
    lines: &Lines,
) -> String {
    let span = problem.spans.first();
    let position = span.map(|span| lines.position(span.start));
    let at = position.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
    let (severity, message) = (problem.severity.as_str(), Printable::new(&problem.message));
    let mut text = format!("{source}{at}: {severity}: {message} [{}]\n", problem.code);
    for key in &problem.devices {
        let Some(device) = devices.get(key) else { continue };
        let title = device.title();
        let place = device.address().map(|value| format!(" at {value}")).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  device: {key} ({}){}",
            Printable::new(&title),
            Printable::new(&place)
        );
    }
    if let Some(libvirt) = &problem.libvirt {
        let _ = writeln!(text, "  libvirt: {}", Printable::new(libvirt));
    }
    if let Some(help) = &problem.help {
        let _ = writeln!(text, "  help: {}", Printable::new(help));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Code, DeviceClass};
    use crate::xml::{Document, decode::decode};

    #[test]
    fn a_problem_says_where_who_and_what_to_do() {
        let text = "<domain><devices>\n<sound model='ac97'><address type='pci' slot='4'/></sound>\
                    </devices></domain>";
        let document = Document::parse(text).unwrap();
        let domain = decode(&document).unwrap().domain;
        let problem = Problem::error(Code::PciDoubleUse, "the slot is \u{1b}taken")
            .on(DeviceKey::new(DeviceClass::Sound, 0))
            .at(domain.devices[0].tag())
            .quoting("XML error: no")
            .helping("take another");
        let told = complaint(&problem, "a.xml", &domain.by_key(), document.lines());
        assert_eq!(
            told,
            "a.xml:2:1: error: the slot is \u{241b}taken [pci-double-use]\n  \
             device: sound:0 (sound ac97) at pci 0000:00:04.0\n  \
             libvirt: XML error: no\n  help: take another\n"
        );
    }
}
