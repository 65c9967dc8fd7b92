//! Decodes `<source>` of a host device.

use super::{child_text, text};
use crate::model::address::{Base, parse_u32, parse_u64};
use crate::model::{HostPci, HostSource, Text};
use crate::xml::Element;

/// The first of these attributes that `<source>` has, as it is written.
pub(super) fn source_text(device: Element<'_>, attributes: &[&str]) -> Option<Text> {
    let source = device.child("source")?;
    attributes.iter().find_map(|name| text(source, name))
}

/// `<source>` of a `<hostdev>` of type `backend`, or of an `<interface type='hostdev'>`.
pub(super) fn source(device: Element<'_>, backend: &str) -> HostSource {
    let Some(source) = device.child("source") else { return HostSource::Unknown };
    let address = source.child("address");
    let number = |name: &str, base| {
        address.and_then(|address| parse_u32(address.value(name)?, base).ok()).unwrap_or_default()
    };
    match backend {
        "pci" => HostSource::Pci(HostPci {
            domain: number("domain", Base::Any),
            bus: number("bus", Base::Any),
            slot: number("slot", Base::Any),
            function: number("function", Base::Any),
        }),
        "usb" => {
            let pair = |one: Option<Text>, other: Option<Text>| one.zip(other);
            HostSource::Usb {
                ids: pair(child_text(source, "vendor", "id"), child_text(source, "product", "id")),
                at: address.and_then(|a| pair(text(a, "bus"), text(a, "device"))),
            }
        }
        "scsi" => {
            let unit =
                address.and_then(|address| parse_u64(address.value("unit")?, Base::Ten).ok());
            HostSource::Scsi {
                adapter: child_text(source, "adapter", "name")
                    .or_else(|| text(source, "name"))
                    .unwrap_or_default(),
                at: (
                    number("bus", Base::Ten),
                    number("target", Base::Ten),
                    unit.unwrap_or_default(),
                ),
            }
        }
        "scsi_host" => HostSource::ScsiHost { wwpn: text(source, "wwpn").unwrap_or_default() },
        "mdev" => HostSource::Mdev {
            uuid: address.and_then(|address| text(address, "uuid")).unwrap_or_default(),
        },
        _ => HostSource::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::Document;

    #[test]
    fn every_kind_of_host_device_has_a_name() {
        let cases = [
            ("pci", "<address domain='0' bus='0x5e' slot='0' function='0x1'/>", "0000:5e:00.1"),
            ("usb", "<vendor id='0x046d'/><product id='0xc077'/>", "0x046d:0xc077"),
            ("usb", "<address bus='1' device='4'/>", "bus 1 device 4"),
            (
                "scsi",
                "<adapter name='scsi_host2'/><address bus='0' target='3' unit='1'/>",
                "scsi_host2 0:3:1",
            ),
            ("mdev", "<address uuid='c2177883'/>", "c2177883"),
            ("vdpa", "", ""),
        ];
        for (backend, inside, want) in cases {
            let text = format!("<hostdev><source>{inside}</source></hostdev>");
            let document = Document::parse(text).unwrap();
            assert_eq!(source(document.root(), backend).to_string(), want, "{backend}");
        }
    }
}
