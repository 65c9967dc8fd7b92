//! The result of an assignment with its explanation, as text and as JSON.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::json::{AddressReport, ProblemReport, address_report, problem_report};
use super::libvirt::{AnsweredBy, answered_by};
use super::written_json;
use crate::assign::Assignment;
use crate::model::{Device, DeviceKey, Problem};
use crate::text::{Lines, Printable};

/// Version of the JSON schema, which `docs/assign-json.md` describes.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct AssignmentReport<'a> {
    schema: &'static str,
    version: u32,
    source: &'a str,
    answered_by: AnsweredBy,
    devices: Vec<AssignedDevice<'a>>,
    problems: Vec<ProblemReport<'a>>,
}

#[derive(Serialize)]
struct AssignedDevice<'a> {
    key: String,
    title: String,
    /// `written` or `implied`
    presence: &'static str,
    /// `written` or `assigned`; none where there is no address
    origin: Option<&'static str>,
    address: Option<AddressReport>,
    steps: Vec<&'a str>,
}

/// Every device with a decision, in libvirt's order of deciding: the device, its address, and each
/// decision with its rule.
pub fn explanation(assignment: &Assignment) -> String {
    let mut text = String::new();
    for (device, steps) in decided(assignment) {
        let what = if device.is_implied() { "added" } else { "" };
        let title = device.title();
        let mut head = format!("{} {}", device.key(), Printable::new(&title));
        if !what.is_empty() {
            head = format!("{head}, {what}");
        }
        if let Some(value) = device.address() {
            head = format!("{head}: {value}");
        }
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{head}");
        for step in steps {
            let _ = writeln!(text, "    {}", Printable::new(step));
        }
    }
    text
}

/// Every device with its decisions, in the order of the domain, and the problems.
///
/// # Errors
/// None in practice: everything here can be serialized.
pub fn assignment_json(
    assignment: &Assignment,
    source: &str,
    problems: &[Problem],
    lines: &Lines,
) -> Result<String, serde_json::Error> {
    let mut steps = steps(assignment);
    let devices = assignment.domain.devices.iter().map(|device| AssignedDevice {
        key: device.key().to_string(),
        title: device.title(),
        presence: if device.is_implied() { "implied" } else { "written" },
        origin: device
            .address
            .as_ref()
            .filter(|address| address.value.is_some())
            .map(|address| address.origin.as_str()),
        address: device.address().map(address_report),
        steps: steps.remove(&device.key()).unwrap_or_default(),
    });
    let report = AssignmentReport {
        schema: "virt-topo/assign",
        version: VERSION,
        source,
        answered_by: answered_by(assignment.domain.libvirt),
        devices: devices.collect(),
        problems: problems.iter().map(|problem| problem_report(problem, lines)).collect(),
    };
    written_json(&report)
}

fn steps(assignment: &Assignment) -> HashMap<DeviceKey, Vec<&str>> {
    let mut steps: HashMap<DeviceKey, Vec<&str>> = HashMap::new();
    for step in &assignment.explanations {
        steps.entry(step.device).or_default().push(&step.text);
    }
    steps
}

fn decided(assignment: &Assignment) -> impl Iterator<Item = (&Device, Vec<&str>)> {
    let mut steps = steps(assignment);
    let devices: HashMap<DeviceKey, &Device> =
        assignment.domain.devices.iter().map(|device| (device.key(), device)).collect();
    assignment.explanations.iter().filter_map(move |step| {
        let all = steps.remove(&step.device)?;
        Some((*devices.get(&step.device)?, all))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assign::{ParseMode, assign};
    use crate::model::Code;
    use crate::xml::{Document, decode::decode};

    fn assigned(devices: &str) -> (Assignment, Document) {
        let text = format!(
            "<domain><os><type machine='pc'>hvm</type></os><devices>{devices}</devices></domain>"
        );
        let document = Document::parse(text).unwrap();
        (assign(&decode(&document).unwrap().domain, ParseMode::Define), document)
    }

    #[test]
    fn each_device_is_told_once_with_all_its_steps() {
        let (assignment, _) = assigned("<interface type='user'/>");
        let text = explanation(&assignment);
        let heads: Vec<_> = text.lines().filter(|line| !line.starts_with(' ')).collect();
        let nets = heads.iter().filter(|line| line.starts_with("interface:0 net rtl8139: pci"));
        assert_eq!(nets.count(), 1, "{text}");
        assert!(heads.iter().any(|line| line.contains("balloon virtio, added: pci ")), "{text}");
    }

    #[test]
    fn json_has_every_device_and_problem() {
        let (assignment, document) = assigned("<interface type='user'/>");
        let problem = Problem::warning(Code::ManyControllers, "odd");
        let text = assignment_json(&assignment, "a.xml", &[problem], document.lines()).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["devices"].as_array().unwrap().len(), assignment.domain.devices.len());
        assert_eq!(json["devices"][0]["address"]["slot"], serde_json::Value::Null);
        assert_eq!(json["devices"][0]["address"]["attributes"]["slot"], "0x02");
        assert_eq!(json["devices"][0]["origin"], "assigned");
        assert_eq!(json["problems"][0]["code"], "many-controllers");
    }
}
