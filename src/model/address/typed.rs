//! Addresses as people type them: short, with or without their kind.

use thiserror::Error;

use super::{
    Address, AddressKind, Base, CcidAddress, CcwAddress, DimmAddress, DriveAddress, Pci,
    PciAddress, PortPath, SpaprVioAddress, Usb, VirtioSerialAddress, parse_u32, parse_u64,
};
use crate::model::{ControllerIndex, Device};
use crate::text::Printable;

/// Why a typed text is no address; safe to print.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct TypedError(String);

/// The kinds that can be typed, and how.
const FORMS: &[(AddressKind, &str)] = &[
    (AddressKind::Pci, "bus:slot.function, such as 06:02.0"),
    (AddressKind::Drive, "controller:bus:target:unit or controller:unit, such as 0:0:0:3"),
    (AddressKind::Usb, "bus:port, such as 0:1.2"),
    (AddressKind::VirtioSerial, "controller:port, such as 0:1"),
    (AddressKind::Ccid, "controller:slot, such as 0:0"),
    (AddressKind::SpaprVio, "a register, such as 0x2000"),
    (AddressKind::Ccw, "cssid.ssid.devno, such as fe.0.0001"),
    (AddressKind::Dimm, "a slot, such as 2"),
];

impl Address {
    /// Parses an address that a user typed for a device whose addresses are of this kind: `6:2`,
    /// `0000:06:02.0`, `pci:06:02.0`, `0:0:0:3`, `usb:0:1.2`, or as it is printed, `pci 06:02.0`.
    ///
    /// # Errors
    /// If it is no address of its kind; the error has the expected form.
    pub fn typed(text: &str, kind: AddressKind) -> Result<Self, TypedError> {
        let named = text.split_once([':', ' ']).and_then(|(word, place)| {
            let kind = AddressKind::from_name(word);
            (kind != AddressKind::Unknown).then_some((kind, place))
        });
        let (kind, place) = named.unwrap_or((kind, text));
        let Some((_, form)) = FORMS.iter().find(|row| row.0 == kind) else {
            let word = kind.as_str();
            let shown = Printable::new(text);
            return Err(TypedError(format!(
                "'{shown}': addresses of type '{word}' cannot be given here"
            )));
        };
        let place = place.trim();
        if kind == AddressKind::Pci {
            let at = place.parse::<PciAddress>();
            return at
                .map(|at| Self::Pci(Pci::at(at)))
                .map_err(|error| TypedError(Printable::new(&error.to_string()).to_string()));
        }
        numbered(place, kind).ok_or_else(|| {
            let (shown, word) = (Printable::new(text), kind.as_str());
            TypedError(format!("'{shown}' is not a {word} address; write it as {form}"))
        })
    }
}

impl Device {
    /// Reads an address that was typed for this device: one of the kind it has, or on PCI.
    ///
    /// # Errors
    /// As [`Address::typed`].
    pub fn typed_address(&self, text: &str) -> Result<Address, TypedError> {
        Address::typed(text, self.address().map_or(AddressKind::Pci, Address::kind))
    }
}

/// The address of a kind that is made of decimal numbers, or has a spelling of its own.
fn numbered(place: &str, kind: AddressKind) -> Option<Address> {
    let number = |text: &str| parse_u32(text, Base::Ten).ok();
    let parts: Vec<&str> = place.split(':').collect();
    Some(match (kind, parts.as_slice()) {
        (AddressKind::Drive, [controller, bus, target, unit]) => Address::Drive(DriveAddress {
            controller: ControllerIndex(number(controller)?),
            bus: number(bus)?,
            target: number(target)?,
            unit: number(unit)?,
        }),
        (AddressKind::Drive, [controller, unit]) => Address::Drive(DriveAddress {
            controller: ControllerIndex(number(controller)?),
            unit: number(unit)?,
            ..DriveAddress::default()
        }),
        (AddressKind::Usb, [bus, port]) => {
            let port = port.parse::<PortPath>().ok()?;
            Address::Usb(Usb { bus: ControllerIndex(number(bus)?), port: Some(port), dev: None })
        }
        (AddressKind::VirtioSerial, [controller, bus, port]) => {
            Address::VirtioSerial(VirtioSerialAddress {
                controller: ControllerIndex(number(controller)?),
                bus: number(bus)?,
                port: number(port)?,
            })
        }
        (AddressKind::VirtioSerial, [controller, port]) => {
            Address::VirtioSerial(VirtioSerialAddress {
                controller: ControllerIndex(number(controller)?),
                bus: 0,
                port: number(port)?,
            })
        }
        (AddressKind::Ccid, [controller, slot]) => Address::Ccid(CcidAddress {
            controller: ControllerIndex(number(controller)?),
            slot: number(slot)?,
        }),
        (AddressKind::SpaprVio, [reg]) => {
            Address::SpaprVio(SpaprVioAddress { reg: Some(parse_u64(reg, Base::Sixteen).ok()?) })
        }
        (AddressKind::Ccw, [number]) => Address::Ccw(Some(ccw(number)?)),
        (AddressKind::Dimm, [slot]) => Address::Dimm(DimmAddress { slot: number(slot)?, base: 0 }),
        _ => return None,
    })
}

/// `fe.0.0001`, all hexadecimal.
fn ccw(text: &str) -> Option<CcwAddress> {
    let parts: Vec<u32> =
        text.split('.').map(|part| parse_u32(part, Base::Sixteen).ok()).collect::<Option<_>>()?;
    match parts.as_slice() {
        [cssid, ssid, devno] => CcwAddress::new(*cssid, *ssid, *devno),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_typed_short_or_with_its_kind() {
        use AddressKind::{Ccid, Ccw, Dimm, Drive, Pci, SpaprVio, Usb, VirtioSerial};
        let cases = [
            ("6:2", Pci, "pci 0000:06:02.0"),
            ("06:02.0", Pci, "pci 0000:06:02.0"),
            ("0000:06:02.1", Pci, "pci 0000:06:02.1"),
            ("pci:00:10.0", Drive, "pci 0000:00:10.0"),
            ("pci 0000:00:10.0", Pci, "pci 0000:00:10.0"),
            ("0:0:0:3", Drive, "drive 0:0:0:3"),
            ("1:3", Drive, "drive 1:0:0:3"),
            ("drive:0:0:0:3", Pci, "drive 0:0:0:3"),
            ("0:1.2", Usb, "usb 0:1.2"),
            ("usb:0:1.2", Usb, "usb 0:1.2"),
            ("0:3", VirtioSerial, "virtio-serial 0:0:3"),
            ("virtio-serial:0:0:3", VirtioSerial, "virtio-serial 0:0:3"),
            ("0:0", Ccid, "ccid 0:0"),
            ("0x2000", SpaprVio, "spapr-vio 0x00002000"),
            ("fe.0.0001", Ccw, "ccw fe.0.0001"),
            ("2", Dimm, "dimm 2"),
        ];
        for (text, kind, want) in cases {
            let got = Address::typed(text, kind).map(|address| address.to_string());
            assert_eq!(got.as_deref(), Ok(want), "{text}");
        }
    }

    #[test]
    fn what_is_none_is_told_with_the_form_of_one() {
        for (text, kind, want) in [
            ("0:0:3", AddressKind::Drive, "write it as controller:bus:target:unit"),
            ("0:x", AddressKind::Usb, "write it as bus:port"),
            ("0:20", AddressKind::Pci, "the slot '20' is above 1f"),
            ("virtio-mmio:1", AddressKind::Pci, "cannot be given here"),
            ("a\x1b[2J", AddressKind::Dimm, "a slot, such as 2"),
        ] {
            let error = Address::typed(text, kind).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
            assert!(!error.contains('\x1b'), "{error:?}");
        }
    }
}
