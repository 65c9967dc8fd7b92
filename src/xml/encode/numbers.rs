//! Number attributes of addresses, and how they are spelt if there is a choice.

use super::super::element::{Attribute, Element};
use super::super::number;
use super::super::patch::{Patch, PatchError};
use crate::model::AddressKind;
use crate::model::address::Base;

/// Number attributes of each kind, with the base in which libvirt reads them and whether a missing
/// one is 0.
///
/// An attribute that is not listed is no number (`multifunction`), or has several (`port` of USB).
/// Source: `device_conf.c`, `domain_conf.c: virDomainDeviceAddressParseXML`.
const NUMBERS: &[(AddressKind, &[&str], Base, bool)] = &[
    (AddressKind::Pci, &["domain", "bus", "function"], Base::Any, true),
    // The number that distinguishes places of one bus is always written.
    (AddressKind::Pci, &["slot"], Base::Any, false),
    (AddressKind::Drive, &["controller", "bus", "target"], Base::Ten, true),
    (AddressKind::Drive, &["unit"], Base::Ten, false),
    (AddressKind::Usb, &["bus", "dev"], Base::Ten, true),
    (AddressKind::VirtioSerial, &["controller", "bus", "port"], Base::Ten, true),
    (AddressKind::Ccid, &["controller", "slot"], Base::Ten, true),
    (AddressKind::SpaprVio, &["reg"], Base::Sixteen, false),
    // libvirt refuses one or two of the three.
    (AddressKind::Ccw, &["cssid", "ssid", "devno"], Base::Any, false),
    (AddressKind::Isa, &["iobase", "irq"], Base::Sixteen, true),
    (AddressKind::Dimm, &["slot"], Base::Ten, false),
    (AddressKind::Dimm, &["base"], Base::Sixteen, true),
];

/// Base of a number, and whether 0 may go without saying.
pub(super) fn number_of(kind: AddressKind, name: &str) -> Option<(Base, bool)> {
    let mut rows = NUMBERS.iter().filter(|row| row.0 == kind);
    rows.find(|row| row.1.contains(&name)).map(|row| (row.2, row.3))
}

/// `wanted` in the spelling of the same number in `sample`, or of its other numbers.
pub(super) fn spelt(
    sample: Option<Element<'_>>,
    kind: AddressKind,
    name: &str,
    wanted: String,
) -> String {
    let (Some(sample), Some((base, _))) = (sample, number_of(kind, name)) else { return wanted };
    if let Some(value) = sample.value(name) {
        return number::like(value, &wanted, base);
    }
    let mut numbers = kind.attributes().iter().filter(|name| number_of(kind, name).is_some());
    let decimal = |name: &&str| sample.value(name).is_none_or(number::is_decimal);
    let any = base == Base::Any && numbers.clone().any(|name| sample.value(name).is_some());
    if any && numbers.all(decimal) { number::decimal(&wanted, base) } else { wanted }
}

impl<'d> Patch<'d> {
    /// Gives an attribute another value in the spelling it has, when it is another for libvirt.
    pub(super) fn change_number(
        &mut self,
        attribute: Attribute<'d>,
        wanted: &str,
        base: Option<Base>,
    ) -> Result<(), PatchError> {
        let old = attribute.value();
        match base {
            Some(base) if number::same(old, wanted, base) => Ok(()),
            Some(base) => self.set_value(attribute, &number::like(old, wanted, base)),
            None => self.set_value(attribute, wanted),
        }
    }
}
