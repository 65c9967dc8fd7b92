//! Decodes `<address>`: every kind that libvirt knows, and unknown ones.
//!
//! Source: `device_conf.c`, `domain_conf.c: virDomainDeviceAddressParseXML` and the functions it
//! calls. libvirt stops at the first mistake; here every attribute gets its own problem, and an
//! address with one has no value.

use super::reader::{AttributeReader, Reported, invalid};
use crate::model::address::{
    Base, CcidAddress, CcwAddress, DimmAddress, DriveAddress, Function, IsaAddress, Pci,
    PciAddress, PortPath, PortPathError, Slot, SpaprVioAddress, UnknownAddress, Usb,
    VirtioSerialAddress, Zpci,
};
use crate::model::{
    Address, AddressKind, AddressMode, Code, ControllerIndex, DeviceAddress, DeviceKey, Origin,
    Problem, Text,
};
use crate::text::{Printable, Spanned};
use crate::xml::Element;

/// The address of a device: its first `<address>` child, as libvirt takes it.
pub(super) fn decode(
    device: Element<'_>,
    key: DeviceKey,
    reader: &mut AttributeReader,
) -> Option<DeviceAddress> {
    let element = device.child("address")?;
    let mut fields = Fields { element, key, reader };
    let value = fields.value().ok();
    let kind = value
        .as_ref()
        .map(Address::kind)
        .or_else(|| Some(AddressKind::from_name(element.value("type")?)));
    Some(DeviceAddress {
        value,
        origin: Origin::Written,
        mode: fields.mode(),
        span: Some(element.span()),
        ignored: kind.map(|kind| fields.ignored(kind)).unwrap_or_default(),
    })
}

/// Reads the attributes of one `<address>`.
struct Fields<'d, 'r> {
    element: Element<'d>,
    key: DeviceKey,
    reader: &'r mut AttributeReader,
}

impl Fields<'_, '_> {
    fn value(&mut self) -> Result<Address, Reported> {
        let Some(word) = self.element.value("type") else {
            let problem = Problem::error(Code::AddressTypeMissing, "this <address> has no type=")
                .quoting("XML error: Missing required attribute 'type' in element 'address'")
                .helping("give the type of the bus, for example type='pci'")
                .on(self.key)
                .at(self.element.tag());
            self.reader.problems.push(problem);
            return Err(Reported);
        };
        match AddressKind::from_name(word) {
            AddressKind::Pci => self.pci(),
            AddressKind::Drive => self.drive(),
            AddressKind::Usb => self.usb(),
            AddressKind::VirtioSerial => self.virtio_serial(),
            AddressKind::Ccid => self.ccid(),
            AddressKind::SpaprVio => {
                let reg = self.reader.u64(self.element, "reg", Base::Sixteen, self.key)?;
                Ok(Address::SpaprVio(SpaprVioAddress { reg }))
            }
            AddressKind::Ccw => self.ccw(),
            AddressKind::Isa => self.isa(),
            AddressKind::Dimm => self.dimm(),
            AddressKind::VirtioMmio => Ok(Address::VirtioMmio),
            AddressKind::VirtioS390 => Ok(Address::VirtioS390),
            AddressKind::Mdev => Ok(Address::Mdev),
            AddressKind::Unassigned => Ok(Address::Unassigned),
            AddressKind::Unknown => Ok(self.unknown(word)),
        }
    }

    fn number(&mut self, name: &str, base: Base) -> Result<u32, Reported> {
        Ok(self.reader.u32(self.element, name, base, self.key)?.unwrap_or_default())
    }

    fn controller_index(&mut self, name: &str) -> Result<ControllerIndex, Reported> {
        self.number(name, Base::Ten).map(ControllerIndex)
    }

    /// `device_conf.c: virPCIDeviceAddressParseXML`, `virPCIDeviceAddressIsValid`.
    fn pci(&mut self) -> Result<Address, Reported> {
        let domain = self.number("domain", Base::Any);
        let bus = self.number("bus", Base::Any);
        let slot = self.number("slot", Base::Any);
        let function = self.number("function", Base::Any);
        let multifunction = self.reader.switch(self.element, "multifunction", self.key);
        let zpci = self.zpci();
        let (domain, bus, slot, function) = (domain?, bus?, slot?, function?);
        let (multifunction, zpci) = (multifunction?, zpci?);
        if domain == 0 && bus == 0 && slot == 0 {
            // libvirt takes this for "choose one", whatever the function and its range.
            return Ok(Address::Pci(Pci { at: None, multifunction, zpci }));
        }
        let too_large = [
            (
                "bus",
                bus > 0xff,
                0xff,
                format!("Invalid PCI address bus='0x{bus:x}', must be <= 0xFF"),
            ),
            (
                "slot",
                slot > u32::from(Slot::MAX.get()),
                u32::from(Slot::MAX.get()),
                format!("Invalid PCI address slot='0x{slot:x}', must be <= 0x1F"),
            ),
            (
                "function",
                function > u32::from(Function::MAX.get()),
                u32::from(Function::MAX.get()),
                format!("Invalid PCI address function=0x{function:x}, must be <= 7"),
            ),
        ];
        let mut bad = None;
        for (name, wrong, max, libvirt) in too_large {
            if wrong {
                bad = Some(self.out_of_range(name, &format!("0x{max:x}"), &libvirt));
            }
        }
        match (bad, Slot::new(slot), Function::new(function)) {
            (None, Some(slot), Some(function)) => {
                let at = PciAddress { domain, bus: ControllerIndex(bus), slot, function };
                Ok(Address::Pci(Pci { at: Some(at), multifunction, zpci }))
            }
            _ => Err(Reported),
        }
    }

    fn zpci(&mut self) -> Result<Zpci, Reported> {
        let Some(zpci) = self.element.child("zpci") else { return Ok(Zpci::default()) };
        let uid = self.reader.u32(zpci, "uid", Base::Any, self.key);
        let fid = self.reader.u32(zpci, "fid", Base::Any, self.key);
        Ok(Zpci { uid: uid?, fid: fid? })
    }

    fn drive(&mut self) -> Result<Address, Reported> {
        let controller = self.controller_index("controller");
        let bus = self.number("bus", Base::Ten);
        let target = self.number("target", Base::Ten);
        let unit = self.number("unit", Base::Ten);
        Ok(Address::Drive(DriveAddress {
            controller: controller?,
            bus: bus?,
            target: target?,
            unit: unit?,
        }))
    }

    fn usb(&mut self) -> Result<Address, Reported> {
        let bus = self.controller_index("bus");
        let dev = self.reader.u32(self.element, "dev", Base::Ten, self.key);
        let port = match self.element.attribute("port") {
            None => Ok(None),
            Some(attribute) => match attribute.value().parse::<PortPath>() {
                Ok(path) => Ok(Some(path)),
                Err(PortPathError::Choose) => Ok(None),
                Err(PortPathError::Malformed) => {
                    let message = format!(
                        "port='{}' is not a path of ports: one to four decimal numbers with dots \
                         between, such as 1.3",
                        Printable::new(attribute.value())
                    );
                    let problem = Problem::error(Code::UsbPortMalformed, message)
                        .quoting("internal error: Cannot parse <address> 'port' attribute");
                    Err(self.reader.tell(problem, attribute, self.key))
                }
            },
        };
        Ok(Address::Usb(Usb { bus: bus?, port: port?, dev: dev? }))
    }

    fn virtio_serial(&mut self) -> Result<Address, Reported> {
        let controller = self.controller_index("controller");
        let bus = self.number("bus", Base::Ten);
        let port = self.number("port", Base::Ten);
        Ok(Address::VirtioSerial(VirtioSerialAddress {
            controller: controller?,
            bus: bus?,
            port: port?,
        }))
    }

    fn ccid(&mut self) -> Result<Address, Reported> {
        let controller = self.controller_index("controller");
        let slot = self.number("slot", Base::Ten);
        Ok(Address::Ccid(CcidAddress { controller: controller?, slot: slot? }))
    }

    /// Reads all three numbers or none (`device_conf.c: virDomainDeviceCCWAddressParseXML`).
    fn ccw(&mut self) -> Result<Address, Reported> {
        let mut number = |name| self.reader.u32(self.element, name, Base::Any, self.key);
        let (cssid, ssid, devno) = (number("cssid"), number("ssid"), number("devno"));
        let (message, libvirt) = match (cssid?, ssid?, devno?) {
            (None, None, None) => return Ok(Address::Ccw(None)),
            (Some(cssid), Some(ssid), Some(devno)) => match CcwAddress::new(cssid, ssid, devno) {
                Some(ccw) => return Ok(Address::Ccw(Some(ccw))),
                None => (
                    "cssid is at most 0xfe, ssid at most 3, devno at most 0xffff",
                    format!(
                        "internal error: Invalid specification for virtio ccw address: \
                         cssid='0x{cssid:x}' ssid='0x{ssid:x}' devno='0x{devno:04x}'"
                    ),
                ),
            },
            _ => (
                "cssid, ssid and devno are given together, or none of them",
                "internal error: Invalid partial specification for virtio ccw address".to_owned(),
            ),
        };
        let problem = Problem::error(Code::CcwAddressInvalid, message)
            .quoting(libvirt)
            .on(self.key)
            .at(self.element.tag());
        self.reader.problems.push(problem);
        Err(Reported)
    }

    fn isa(&mut self) -> Result<Address, Reported> {
        let iobase = self.number("iobase", Base::Sixteen);
        let irq = self.number("irq", Base::Sixteen);
        Ok(Address::Isa(IsaAddress { iobase: iobase?, irq: irq? }))
    }

    fn dimm(&mut self) -> Result<Address, Reported> {
        let slot = self.reader.u32(self.element, "slot", Base::Ten, self.key);
        let base = self.reader.u64(self.element, "base", Base::Sixteen, self.key);
        let Some(slot) = slot? else {
            let problem = Problem::error(Code::DimmSlotMissing, "a memory socket needs slot=")
                .quoting("XML error: Missing required attribute 'slot' in element 'address'")
                .on(self.key)
                .at(self.element.tag());
            self.reader.problems.push(problem);
            return Err(Reported);
        };
        Ok(Address::Dimm(DimmAddress { slot, base: base?.unwrap_or_default() }))
    }

    fn unknown(&mut self, word: &str) -> Address {
        let attributes =
            self.element.attributes().filter(|a| !["type", "mode"].contains(&a.name()));
        let attributes: Vec<(Text, Text)> = attributes
            .map(|attribute| (attribute.name().into(), attribute.value().into()))
            .collect();
        if let Some(attribute) = self.element.attribute("type") {
            let known: Vec<&str> = AddressKind::names().collect();
            let message = format!(
                "'{}' is not a type of address; libvirt knows {}",
                Printable::new(word),
                known.join(", ")
            );
            let problem = Problem::error(Code::AddressTypeUnknown, message).quoting(invalid(
                self.element,
                attribute,
                "",
            ));
            self.reader.tell(problem, attribute, self.key);
        }
        Address::Unknown(UnknownAddress { kind: word.into(), attributes })
    }

    fn out_of_range(&mut self, name: &str, max: &str, libvirt: &str) -> Reported {
        let Some(attribute) = self.element.attribute(name) else { return Reported };
        let message = format!("{name}='{}' is above {max}", Printable::new(attribute.value()));
        let problem =
            Problem::error(Code::PciOutOfRange, message).quoting(format!("XML error: {libvirt}"));
        self.reader.tell(problem, attribute, self.key)
    }

    fn mode(&mut self) -> Option<AddressMode> {
        let attribute = self.element.attribute("mode")?;
        match attribute.value() {
            "static" => Some(AddressMode::Static),
            "dynamic" => Some(AddressMode::Dynamic),
            other => {
                let message =
                    format!("mode='{}' is neither static nor dynamic", Printable::new(other));
                let problem = Problem::warning(Code::AddressModeUnknown, message).helping(
                    "released versions of libvirt ignore mode=; remove it, or correct the word",
                );
                self.reader.tell(problem, attribute, self.key);
                None
            }
        }
    }

    /// Attributes that libvirt would ignore without a message, each with a warning.
    fn ignored(&mut self, kind: AddressKind) -> Vec<Spanned<Text>> {
        if kind == AddressKind::Unknown {
            return Vec::new();
        }
        let known = kind.attributes();
        let mut found = Vec::new();
        for attribute in self.element.attributes() {
            let name = attribute.name();
            if matches!(name, "type" | "mode") || known.contains(&name) {
                continue;
            }
            let shown = Printable::new(name).to_string();
            let close = known.iter().find(|known| strsim::damerau_levenshtein(name, known) <= 2);
            let help = match close {
                Some(close) => format!("did you mean {close}=?"),
                None if known.is_empty() => "this type has no attributes".to_owned(),
                None => format!("this type has {}", known.join(", ")),
            };
            let message =
                format!("libvirt ignores {shown}= on an address of type {}", kind.as_str());
            let problem = Problem::warning(Code::AddressAttributeIgnored, message).helping(help);
            self.reader.problems.push(problem.on(self.key).at(attribute.span()));
            found.push(Spanned::new(name.into(), attribute.span()));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DeviceClass;
    use crate::xml::Document;

    fn read(address: &str) -> (DeviceAddress, Vec<Problem>) {
        let document = Document::parse(format!("<sound>{address}</sound>")).unwrap();
        let mut reader = AttributeReader::default();
        let key = DeviceKey::new(DeviceClass::Sound, 0);
        (decode(document.root(), key, &mut reader).unwrap(), reader.problems)
    }

    #[test]
    fn every_kind_is_read_in_libvirts_bases() {
        for (address, want) in [
            ("<address type='pci' bus='0x6' slot='010' function='2'/>", "pci 0000:06:08.2"),
            ("<address type='pci' domain='1' slot='0'/>", "pci 0001:00:00.0"),
            ("<address type='pci' function='8'/>", "pci"),
            ("<address type='drive' controller='1' unit='010'/>", "drive 1:0:0:10"),
            ("<address type='usb' bus='1' port='01.2'/>", "usb 1:1.2"),
            ("<address type='usb' bus='1' dev='3'/>", "usb 1 dev 3"),
            ("<address type='usb' port='0'/>", "usb 0"),
            ("<address type='virtio-serial' controller='2' port='3'/>", "virtio-serial 2:0:3"),
            ("<address type='ccid' slot='1'/>", "ccid 0:1"),
            ("<address type='spapr-vio' reg='1000'/>", "spapr-vio 0x00001000"),
            ("<address type='ccw' cssid='0xfe' ssid='0' devno='1'/>", "ccw fe.0.0001"),
            ("<address type='ccw'/>", "ccw"),
            ("<address type='isa' iobase='505'/>", "isa 0x505"),
            ("<address type='dimm' slot='3' base='100000000'/>", "dimm 3"),
            ("<address type='virtio-mmio'/>", "virtio-mmio"),
            ("<address type='virtio-s390'/>", "virtio-s390"),
            ("<address type='mdev' uuid='a'/>", "mdev"),
            ("<address type='unassigned'/>", "unassigned"),
        ] {
            let (read, problems) = read(address);
            assert_eq!(problems, [], "{address}");
            let value = read.value.unwrap().to_string();
            assert!(value == want || value.starts_with("dimm 3"), "{address}: {value}");
        }
    }

    #[test]
    fn what_libvirt_refuses_has_no_value_and_a_problem_at_its_place() {
        for (address, libvirt) in [
            ("<address slot='3'/>", "Missing required attribute 'type' in element 'address'"),
            ("<address type='pci' slot='0x20'/>", "slot='0x20', must be <= 0x1F"),
            ("<address type='pci' bus='256'/>", "bus='0x100', must be <= 0xFF"),
            ("<address type='pci' slot='1' function='8'/>", "function=0x8, must be <= 7"),
            ("<address type='pci' slot='1e'/>", "'slot' in element 'address': '1e'. Expected"),
            ("<address type='pci' slot='1' multifunction='yes'/>", "'address': 'yes'."),
            ("<address type='pci'><zpci uid='x'/></address>", "'uid' in element 'zpci': 'x'."),
            ("<address type='drive' unit='0x1'/>", "'unit' in element 'address': '0x1'."),
            ("<address type='usb' port='1..2'/>", "Cannot parse <address> 'port' attribute"),
            ("<address type='ccw' cssid='0'/>", "Invalid partial specification"),
            ("<address type='ccw' cssid='255' ssid='0' devno='0'/>", "cssid='0xff' ssid='0x0'"),
            ("<address type='dimm'/>", "Missing required attribute 'slot'"),
        ] {
            let (read, problems) = read(address);
            assert_eq!(read.value, None, "{address}");
            assert_eq!(problems.len(), 1, "{address}: {problems:?}");
            let quoted = problems[0].libvirt.clone().unwrap();
            assert!(quoted.contains(libvirt), "{address}: {quoted}");
            assert_eq!(problems[0].spans.len(), 1, "{address}");
        }
    }

    #[test]
    fn all_mistakes_of_one_address_are_told() {
        let (_, problems) = read("<address type='pci' bus='a' slot='b' function='c'/>");
        assert_eq!(problems.len(), 3);
    }

    #[test]
    fn an_unknown_type_is_kept_with_its_attributes() {
        let (read, problems) = read("<address type='cxl' port='1' lane='2'/>");
        assert_eq!(read.value.unwrap().to_string(), "cxl port=1 lane=2");
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn ignored_attributes_are_noticed() {
        let (read, problems) = read("<address type='pci' solt='0x3' mode='dynamic'/>");
        assert_eq!(read.mode, Some(AddressMode::Dynamic));
        assert_eq!(read.ignored.len(), 1);
        assert_eq!(problems[0].help.as_deref(), Some("did you mean slot=?"));
    }
}
