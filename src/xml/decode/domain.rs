//! Decodes the domain of a document, wherever it is.

use std::collections::HashMap;

use thiserror::Error;

use super::reader::AttributeReader;
use super::{argument, device, features, text};
use crate::machine::Machine;
use crate::model::{Arch, Device, DeviceClass, DeviceKey, Dialect, Domain, Problem, Text, Version};
use crate::text::{Position, Printable};
use crate::xml::{Document, Element};

/// A domain with the problems found while it was decoded.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The decoded guest.
    pub domain: Domain,
    /// Problems of the text, in document order.
    pub problems: Vec<Problem>,
}

/// Why a document is no guest.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {}, column {}: {message}", .at.line, .at.column)]
pub struct DecodeError {
    /// The position to look at.
    pub at: Position,
    /// A description of what is there; safe to print.
    pub message: String,
    /// The remedy in one sentence.
    pub hint: &'static str,
}

/// Reads the one `<domain>` in `document`, at its root or inside `<domstatus>`,
/// `<domainsnapshot>`, `<domaincheckpoint>` or any other wrapper.
///
/// # Errors
/// When there is no domain, or more than one.
pub fn decode(document: &Document) -> Result<Decoded, DecodeError> {
    decode_for(document, Version::NEWEST_LIBVIRT)
}

/// Like [`decode`], for a libvirt of this version.
///
/// # Errors
/// Like [`decode`].
pub fn decode_for(document: &Document, libvirt: Version) -> Result<Decoded, DecodeError> {
    let root = the_domain(document)?;
    let mut reader = AttributeReader::default();
    let (arch, arch_name, machine) = machine(root);
    let mut domain = Domain {
        name: root.child("name").map(Element::text).unwrap_or_default().into(),
        hypervisor: text(root, "type"),
        arch,
        arch_name,
        machine,
        dialect: Dialect::Current,
        libvirt,
        features: features::decode(root),
        devices: Vec::new(),
    };
    push_devices(&mut domain, root, &mut reader);
    if domain.devices.iter().any(has_mode) {
        domain.dialect = Dialect::Of2009;
    }
    Ok(Decoded { domain, problems: reader.problems })
}

/// Every device of the document, then those of QEMU's command line.
fn push_devices(domain: &mut Domain, root: Element<'_>, reader: &mut AttributeReader) {
    let mut numbers = DeviceCounter::default();
    for element in root.children().filter(|child| child.is("devices")).flat_map(Element::children) {
        if let Some(class) = class_of(element) {
            let key = numbers.next(class);
            domain.devices.push(device::decode(element, key, reader));
        }
    }
    let machine = Machine::of(domain);
    for argument in argument::devices(root, machine) {
        let key = numbers.next(DeviceClass::Qemu);
        domain.devices.push(argument.into_device(key));
    }
}

fn has_mode(device: &Device) -> bool {
    device.address.as_ref().is_some_and(|address| address.mode.is_some())
}

/// Elements below `<devices>` that never have an address: `domain_conf.c:
/// virDomainDefParseXML` reads them without device info.
const NO_DEVICES: &[&str] = &["emulator", "graphics", "audio", "lease", "redirfilter"];

fn class_of(element: Element<'_>) -> Option<DeviceClass> {
    if NO_DEVICES.contains(&element.name()) {
        return None;
    }
    let known =
        element.namespace().is_none().then(|| DeviceClass::from_element(element.name())).flatten();
    Some(known.unwrap_or(DeviceClass::Other))
}

/// Counts the devices of each class.
#[derive(Default)]
struct DeviceCounter(HashMap<DeviceClass, u32>);

impl DeviceCounter {
    fn next(&mut self, class: DeviceClass) -> DeviceKey {
        let nth = self.0.entry(class).or_default();
        let key = DeviceKey::new(class, *nth);
        *nth += 1;
        key
    }
}

/// The outermost `<domain>` elements; one inside another's metadata does not count.
fn the_domain(document: &Document) -> Result<Element<'_>, DecodeError> {
    let mut domains: Vec<Element<'_>> = Vec::new();
    for element in document.descendants().filter(|element| element.is("domain")) {
        if domains.last().is_none_or(|last| !last.span().contains(element.span())) {
            domains.push(element);
        }
    }
    let at = |element: Element<'_>| document.lines().position(element.span().start);
    match domains.as_slice() {
        [domain] => Ok(*domain),
        [] => {
            let root = document.root();
            Err(DecodeError {
                at: at(root),
                message: format!("there is no <domain> in <{}>", Printable::new(root.name())),
                hint: "a guest's definition is printed by `virsh dumpxml --inactive NAME`",
            })
        }
        [_, second, ..] => Err(DecodeError {
            at: at(*second),
            message: format!("there are {} domains here, this is the second", domains.len()),
            hint: "put each guest into a file of its own",
        }),
    }
}

/// `<os><type arch= machine=>`; the host's architecture is taken to be `x86_64`.
fn machine(domain: Element<'_>) -> (Arch, Text, Option<Text>) {
    let kind = domain.child("os").and_then(|os| os.child("type"));
    let arch = kind.and_then(|kind| kind.value("arch")).unwrap_or("x86_64");
    (Arch::from_name(arch), arch.into(), kind.and_then(|kind| text(kind, "machine")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Result<Decoded, DecodeError> {
        decode(&Document::parse(text).unwrap())
    }

    #[test]
    fn one_domain_is_found_in_any_wrapper() {
        for text in [
            "<domain><name>a</name></domain>",
            "<domstatus state='running'><vcpus/><domain><name>a</name></domain></domstatus>",
            "<domainsnapshot><domain><name>a</name></domain><inactiveDomain/></domainsnapshot>",
            "<domain><name>a</name><metadata><domain/></metadata></domain>",
        ] {
            assert_eq!(&*decoded(text).unwrap().domain.name, "a", "{text}");
        }
    }

    #[test]
    fn no_domain_and_two_domains_are_refused_with_their_place() {
        let error = decoded("<network>\n</network>").unwrap_err();
        assert_eq!(error.to_string(), "line 1, column 1: there is no <domain> in <network>");
        let error = decoded("<a>\n <domain/>\n <domain/></a>").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 3, column 2: there are 2 domains here, this is the second"
        );
        assert!(decoded("<q:domain xmlns:q='u'/>").is_err());
    }

    #[test]
    fn devices_are_numbered_by_class_in_document_order() {
        let domain = decoded(
            "<domain><devices><disk/><emulator/><controller/><disk/><gizmo/></devices></domain>",
        )
        .unwrap()
        .domain;
        let keys: Vec<String> = domain.devices.iter().map(|d| d.key().to_string()).collect();
        assert_eq!(keys, ["disk:0", "controller:0", "disk:1", "other:0"]);
    }

    #[test]
    fn a_mode_anywhere_makes_it_the_dialect_of_2009() {
        let one = |address: &str| {
            let text = format!("<domain><devices><sound>{address}</sound></devices></domain>");
            decoded(&text).unwrap().domain.dialect
        };
        assert_eq!(one("<address type='pci' slot='3'/>"), Dialect::Current);
        assert_eq!(one("<address type='pci' mode='dynamic' slot='3'/>"), Dialect::Of2009);
    }
}
