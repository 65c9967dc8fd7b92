//! A guest as JSON. The schema is described in `docs/show-json.md`; its `version` counts
//! incompatible changes.

use serde::Serialize;

use super::libvirt::{AnsweredBy, answered_by};
use super::written_json;
use crate::model::{Address, Device, DeviceClass, Domain, Problem};
use crate::rows::{Guest, GuestNames, headroom};
use crate::text::Lines;
use crate::topology::{Bus, Node, NodeId, NodeKind, Shape};

/// Version of the schema.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct GuestReport<'a> {
    schema: &'static str,
    version: u32,
    source: &'a str,
    answered_by: AnsweredBy,
    domain: DomainReport<'a>,
    buses: Vec<BusReport>,
    devices: Vec<DeviceReport<'a>>,
    chipset: Vec<PartReport>,
    headroom: Vec<RoomReport>,
    problems: Vec<ProblemReport<'a>>,
    drawn: Drawn,
}

#[derive(Serialize)]
struct DomainReport<'a> {
    name: &'a str,
    arch: &'a str,
    machine: Option<&'a str>,
    dialect: &'static str,
}

#[derive(Serialize)]
struct BusReport {
    name: String,
    holder: Option<String>,
    model: Option<&'static str>,
    guest_bus: Option<String>,
    places: Option<u64>,
    free: Option<u64>,
    free_runs: Vec<String>,
    devices: Vec<String>,
}

#[derive(Serialize)]
struct DeviceReport<'a> {
    key: String,
    class: &'static str,
    title: String,
    purpose: String,
    alias: Option<&'a str>,
    /// `written` or `implied`
    presence: &'static str,
    /// `static`, `dynamic` or `unplaced`
    placement: &'static str,
    /// `written`, `assigned` or `detected`
    origin: Option<&'static str>,
    address: Option<AddressReport>,
    bus: Option<String>,
    place: Option<String>,
    unplaced: Option<&'static str>,
    contested: bool,
    chipset: bool,
    id: Option<String>,
    guest: Option<String>,
    name: Option<String>,
    line: Option<u32>,
}

#[derive(Serialize)]
pub(super) struct AddressReport {
    #[serde(rename = "type")]
    kind: String,
    place: String,
    attributes: serde_json::Map<String, serde_json::Value>,
}

#[derive(Serialize)]
struct PartReport {
    name: &'static str,
    place: String,
    id: String,
    guest: Option<String>,
    contested: bool,
}

#[derive(Serialize)]
struct RoomReport {
    kind: &'static str,
    free: u64,
    places: u64,
}

#[derive(Serialize)]
pub(super) struct ProblemReport<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    libvirt: Option<&'a str>,
    help: Option<&'a str>,
    devices: Vec<String>,
    line: Option<u32>,
    column: Option<u32>,
}

#[derive(Serialize)]
struct Drawn {
    devices: usize,
    of: usize,
}

/// The guest in the form of the schema, on several lines.
///
/// # Errors
/// None in practice: everything here can be serialized.
pub fn json(
    guest: Guest<'_>,
    source: &str,
    problems: &[Problem],
    lines: &Lines,
) -> Result<String, serde_json::Error> {
    let Guest { domain, topology } = guest;
    let written = |device: &&Device| !device.is_implied();
    let names = GuestNames::of(guest);
    let devices: Vec<DeviceReport<'_>> = topology
        .nodes()
        .filter_map(|(no, node)| device_report(guest, no, node, &names, lines))
        .collect();
    let report = GuestReport {
        schema: "virt-topo/show",
        version: VERSION,
        source,
        answered_by: answered_by(domain.libvirt),
        domain: domain_report(domain),
        buses: topology.buses().map(|(_, bus)| bus_report(guest, bus)).collect(),
        drawn: Drawn {
            devices: devices.iter().filter(|device| device.presence == "written").count(),
            of: domain.devices.iter().filter(written).count(),
        },
        devices,
        chipset: topology.nodes().filter_map(|(no, node)| part_report(guest, no, node)).collect(),
        headroom: headroom(guest)
            .iter()
            .map(|room| RoomReport { kind: room.name, free: room.free, places: room.all })
            .collect(),
        problems: problems.iter().map(|problem| problem_report(problem, lines)).collect(),
    };
    written_json(&report)
}

fn domain_report(domain: &Domain) -> DomainReport<'_> {
    DomainReport {
        name: &domain.name,
        arch: &domain.arch_name,
        machine: domain.machine.as_deref(),
        dialect: match domain.dialect {
            crate::model::Dialect::Current => "current",
            crate::model::Dialect::Of2009 => "2009",
        },
    }
}

fn bus_report(guest: Guest<'_>, bus: &Bus) -> BusReport {
    BusReport {
        name: bus.name(),
        holder: bus.parent.and_then(|no| name(guest, no)),
        model: match bus.shape {
            Shape::Pci { model, .. } => Some(model.as_str()),
            _ => None,
        },
        guest_bus: bus.guest.map(|number| format!("{:02x}", number.0)),
        places: bus.shape.capacity(),
        free: bus.free(),
        free_runs: bus.free_runs().iter().map(ToString::to_string).collect(),
        devices: bus.nodes.iter().filter_map(|no| name(guest, *no)).collect(),
    }
}

/// A device's key, or the place of a part of the chipset.
fn name(guest: Guest<'_>, no: NodeId) -> Option<String> {
    match guest.topology.node(no)?.kind {
        NodeKind::Device(_) => {
            guest.topology.device(guest.domain, no).map(|device| device.key().to_string())
        }
        NodeKind::Chipset(part) => Some(format!("chipset:{}", part.at.short())),
        NodeKind::Live(_) => guest.topology.live(no).map(|live| format!("live:{}", live.name)),
    }
}

fn device_report<'g>(
    guest: Guest<'g>,
    no: NodeId,
    node: &Node,
    names: &GuestNames,
    lines: &Lines,
) -> Option<DeviceReport<'g>> {
    let device = guest.topology.device(guest.domain, no)?;
    let bus = node.bus.and_then(|no| guest.topology.bus(no));
    Some(DeviceReport {
        key: device.key().to_string(),
        class: match device.class() {
            DeviceClass::Other => "other",
            class => class.as_str(),
        },
        title: device.title(),
        purpose: device.description(),
        alias: device.alias.as_deref(),
        presence: if device.is_implied() { "implied" } else { "written" },
        placement: device.placement().as_str(),
        origin: device.address.as_ref().map(|address| address.origin.as_str()),
        address: device.address().map(address_report),
        bus: bus.map(Bus::name),
        place: bus.map(|_| node.place.to_string()).filter(|place| !place.is_empty()),
        unplaced: node.unplaced.map(crate::topology::Unplaced::as_str),
        contested: node.contested,
        chipset: node.part.is_some(),
        id: node.id.map(|id| id.to_string()),
        guest: guest.topology.guest_address(no).map(|address| address.to_string()),
        name: names.short(device.key()).map(str::to_owned),
        line: device.element().map(|span| lines.position(span.start).line),
    })
}

pub(super) fn address_report(address: &Address) -> AddressReport {
    let mut attributes = address.attributes().into_iter();
    let kind = attributes.next().map(|(_, word)| word).unwrap_or_default();
    AddressReport {
        kind,
        place: address.place(),
        attributes: attributes.map(|(name, value)| (name.to_owned(), value.into())).collect(),
    }
}

fn part_report(guest: Guest<'_>, no: NodeId, node: &Node) -> Option<PartReport> {
    let NodeKind::Chipset(part) = node.kind else { return None };
    Some(PartReport {
        name: part.name,
        place: node.place.to_string(),
        id: part.id.to_string(),
        guest: guest.topology.guest_address(no).map(|address| address.to_string()),
        contested: node.contested,
    })
}

pub(super) fn problem_report<'p>(problem: &'p Problem, lines: &Lines) -> ProblemReport<'p> {
    let position = problem.spans.first().map(|span| lines.position(span.start));
    ProblemReport {
        code: problem.code.as_str(),
        severity: problem.severity.as_str(),
        message: &problem.message,
        libvirt: problem.libvirt.as_deref(),
        help: problem.help.as_deref(),
        devices: problem.devices.iter().map(ToString::to_string).collect(),
        line: position.map(|at| at.line),
        column: position.map(|at| at.column),
    }
}
