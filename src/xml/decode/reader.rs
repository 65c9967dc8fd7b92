//! Reads numbers and keywords from attributes, and reports problems with their span.

use crate::model::address::{Base, NumberError, parse_u32, parse_u64};
use crate::model::{Code, DeviceKey, Problem};
use crate::text::Printable;
use crate::xml::{Attribute, Element};

/// Collects problems while a document is decoded.
#[derive(Default)]
pub(in crate::xml) struct AttributeReader {
    pub(super) problems: Vec<Problem>,
}

impl AttributeReader {
    /// Reads an attribute of 32 bits; `Err` if it is no number, which has been reported.
    pub(super) fn u32(
        &mut self,
        element: Element<'_>,
        name: &str,
        base: Base,
        device: DeviceKey,
    ) -> Result<Option<u32>, Reported> {
        self.number(element, name, device, base, parse_u32)
    }

    /// Like [`AttributeReader::u32`], for 64 bits.
    pub(super) fn u64(
        &mut self,
        element: Element<'_>,
        name: &str,
        base: Base,
        device: DeviceKey,
    ) -> Result<Option<u64>, Reported> {
        self.number(element, name, device, base, parse_u64)
    }

    fn number<N>(
        &mut self,
        element: Element<'_>,
        name: &str,
        device: DeviceKey,
        base: Base,
        parse: fn(&str, Base) -> Result<N, NumberError>,
    ) -> Result<Option<N>, Reported> {
        let Some(attribute) = element.attribute(name) else { return Ok(None) };
        parse(attribute.value(), base).map(Some).map_err(|error| {
            let expected = match base {
                Base::Any => "decimal, or hexadecimal with 0x",
                Base::Ten => "decimal",
                Base::Sixteen => "hexadecimal",
            };
            let message =
                format!("{name}='{}' is {error} ({expected})", Printable::new(attribute.value()));
            let problem = Problem::error(Code::NumberMalformed, message).quoting(invalid(
                element,
                attribute,
                expected_by_libvirt(element, attribute),
            ));
            self.tell(problem, attribute, device)
        })
    }

    /// Reads `on`/`off` or `yes`/`no`; `Err` for any other value, which has been reported.
    pub(super) fn switch(
        &mut self,
        element: Element<'_>,
        name: &str,
        device: DeviceKey,
    ) -> Result<Option<bool>, Reported> {
        let Some(attribute) = element.attribute(name) else { return Ok(None) };
        match attribute.value() {
            "on" => Ok(Some(true)),
            "off" => Ok(Some(false)),
            other => {
                let message = format!("{name}='{}' is neither on nor off", Printable::new(other));
                let problem = Problem::error(Code::WordUnknown, message)
                    .quoting(invalid(element, attribute, ""));
                Err(self.tell(problem, attribute, device))
            }
        }
    }

    /// Adds a problem of `device` at an attribute's value.
    pub(super) fn tell(
        &mut self,
        problem: Problem,
        attribute: Attribute<'_>,
        device: DeviceKey,
    ) -> Reported {
        self.problems.push(problem.on(device).at(attribute.value_span()));
        Reported
    }
}

/// The expectation in libvirt's message: the index of a controller has its own (`domain_conf.c:
/// virDomainControllerDefParseXML`), everything else shares one (`virxml.c: virXMLPropUInt`).
fn expected_by_libvirt(element: Element<'_>, attribute: Attribute<'_>) -> &'static str {
    if !element.is("controller") || attribute.name() != "index" {
        return " Expected non-negative integer value";
    }
    match attribute.value().trim().parse::<i32>() {
        Ok(_) => " Expected non-negative value",
        Err(_) => " Expected integer value",
    }
}

/// A value could not be read, and the problem has been reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reported;

/// libvirt's message about a value that it cannot read (`virxml.c: virXMLPropUInt`,
/// `virXMLPropEnum`).
pub(super) fn invalid(element: Element<'_>, attribute: Attribute<'_>, expected: &str) -> String {
    format!(
        "XML error: Invalid value for attribute '{}' in element '{}': '{}'.{expected}",
        Printable::new(attribute.name()),
        Printable::new(element.name()),
        Printable::new(attribute.value())
    )
}
