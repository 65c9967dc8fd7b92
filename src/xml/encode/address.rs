//! `<address>` of a device: set, changed in place, removed.
//!
//! Only the first `<address>` directly inside of a device is its own (`domain_conf.c: virDomainDeviceInfoParseXML`); one in
//! `<source>` is the host's and never touched.

use super::super::element::{Attribute, Element};
use super::super::new_element::NewElement;
use super::super::number;
use super::super::patch::{Patch, PatchError};
use super::numbers::{number_of, spelt};
use crate::model::address::{Base, Zpci};
use crate::model::{Address, AddressMode};

impl<'d> Patch<'d> {
    /// Writes `address` as the one of `device`.
    ///
    /// In an existing address only values that differ are changed, each keeping its spelling of
    /// number and quotes; missing values are added after the last attribute, unless they are a 0
    /// that may be omitted, and values that no longer apply are removed. Attributes libvirt does
    /// not know stay as long as the kind of address does. Comments and elements inside stay;
    /// `<zpci>` is set as `address` says. Otherwise a new address becomes the last child of
    /// `device`.
    ///
    /// `mode` is for 2009's dialect: `None` leaves it as it is and writes none.
    ///
    /// # Errors
    /// [`PatchError::Twice`] when the address of `device` was set before,
    /// [`PatchError::Unwritable`] when an address of unknown kind contains a character that XML
    /// cannot express.
    pub fn set_address(
        &mut self,
        device: Element<'d>,
        address: &Address,
        mode: Option<AddressMode>,
    ) -> Result<(), PatchError> {
        self.claim(device, "address")?;
        match device.child("address") {
            Some(element) => self.change_address(element, address, mode),
            None => {
                let new = self.new_address(address, mode);
                self.insert_part(device, new)
            }
        }
    }

    /// Takes the address of `device` away, with its line; nothing happens when there is none.
    ///
    /// Others behind it, which libvirt overlooks, go too: they would take its place.
    ///
    /// # Errors
    /// [`PatchError::Twice`] when the address of `device` was set or removed before.
    pub fn remove_address(&mut self, device: Element<'d>) -> Result<(), PatchError> {
        self.claim(device, "address")?;
        device.children().filter(|child| child.is("address")).try_for_each(|own| self.remove(own))
    }

    /// Sets 2009's `mode=` and nothing else.
    ///
    /// # Errors
    /// [`PatchError::NoAddress`] when `device` has no address, [`PatchError::Twice`] as [`Patch::set_address`].
    pub fn set_mode(&mut self, device: Element<'d>, mode: AddressMode) -> Result<(), PatchError> {
        self.claim(device, "address")?;
        let none = PatchError::NoAddress(device.span());
        let element = device.child("address").ok_or(none)?;
        self.change_mode(element, mode)
    }

    /// `<address>` as libvirt writes it, its numbers spelt like those of the document's other addresses.
    pub(super) fn new_address(&self, address: &Address, mode: Option<AddressMode>) -> NewElement {
        let sample = self.style.address(address.kind());
        let mut new = NewElement::new("address");
        for (nth, (name, value)) in address.attributes().into_iter().enumerate() {
            let value = if nth == 0 { value } else { spelt(sample, address.kind(), name, value) };
            new = new.with(name, value);
            if nth == 0 {
                new = new.with_some("mode", mode.map(mode_word));
            }
        }
        let zpci = new_zpci(zpci_of(address));
        if zpci.is_empty() { new } else { new.child(zpci) }
    }

    fn change_address(
        &mut self,
        element: Element<'d>,
        address: &Address,
        mode: Option<AddressMode>,
    ) -> Result<(), PatchError> {
        let attributes = address.attributes();
        let word = attributes.first().map(|(_, word)| word.as_str()).unwrap_or_default();
        // Before the others: it follows `type` where both are added at the same place.
        if let Some(mode) = mode {
            self.change_mode(element, mode)?;
        }
        if element.value("type") == Some(word) {
            self.change_values(element, address)?;
        } else {
            self.change_kind(element, address)?;
        }
        self.change_zpci(element, zpci_of(address))
    }

    fn change_values(&mut self, element: Element<'d>, address: &Address) -> Result<(), PatchError> {
        let kind = address.kind();
        let wanted = address.attributes();
        let places_nothing = kind.attributes().iter().all(|name| element.value(name).is_none());
        for (name, value) in wanted.iter().skip(1) {
            let base = number_of(kind, name);
            if let Some(attribute) = element.attribute(name) {
                self.change_number(attribute, value, base.map(|(base, _)| base))?;
                continue;
            }
            let silent = base.is_some_and(|(base, zero)| zero && number::is_zero(value, base));
            if !silent || places_nothing {
                let value = spelt(Some(element), kind, name, value.clone());
                self.add_attribute(element, element.attributes().next_back(), name, &value)?;
            }
        }
        for name in kind.attributes() {
            if let Some(attribute) = element.attribute(name)
                && !wanted.iter().any(|(wanted, _)| wanted == name)
            {
                self.remove_attribute(attribute);
            }
        }
        Ok(())
    }

    /// Another kind has other attributes: all but `type` and `mode` go, the new ones come in libvirt's order.
    fn change_kind(&mut self, element: Element<'d>, address: &Address) -> Result<(), PatchError> {
        let stays = |a: &Attribute<'_>| matches!(a.name(), "type" | "mode");
        let ours = |a: &Attribute<'_>| a.namespace().is_none();
        for attribute in element.attributes().filter(ours).filter(|a| !stays(a)) {
            self.remove_attribute(attribute);
        }
        let mut after = element.attributes().filter(ours).rfind(stays);
        let sample = self.style.address(address.kind());
        for (nth, (name, value)) in address.attributes().into_iter().enumerate() {
            match element.attribute("type") {
                Some(word) if nth == 0 => {
                    self.set_value(word, &value)?;
                    continue;
                }
                None if nth == 0 => after = None,
                _ => {}
            }
            let value = if nth == 0 { value } else { spelt(sample, address.kind(), name, value) };
            self.add_attribute(element, after, name, &value)?;
        }
        Ok(())
    }

    fn change_mode(&mut self, address: Element<'d>, mode: AddressMode) -> Result<(), PatchError> {
        match address.attribute("mode") {
            Some(attribute) => self.set_value(attribute, mode_word(mode)),
            None => self.add_attribute(address, address.attribute("type"), "mode", mode_word(mode)),
        }
    }

    fn change_zpci(&mut self, address: Element<'d>, zpci: Zpci) -> Result<(), PatchError> {
        let Some(element) = address.child("zpci") else {
            let new = new_zpci(zpci);
            return if new.is_empty() { Ok(()) } else { self.append(address, new) };
        };
        if zpci.is_empty() {
            return self.remove(element);
        }
        for name in ["uid", "fid"] {
            let mut wanted = zpci.attributes().into_iter();
            match (element.attribute(name), wanted.find(|(wanted, _)| *wanted == name)) {
                (Some(attribute), Some((_, value))) => {
                    self.change_number(attribute, &value, Some(Base::Any))?;
                }
                (Some(attribute), None) => self.remove_attribute(attribute),
                (None, Some((_, value))) => self.set_attribute(element, name, &value)?,
                (None, None) => {}
            }
        }
        Ok(())
    }
}

fn zpci_of(address: &Address) -> Zpci {
    match address {
        Address::Pci(pci) => pci.zpci,
        _ => Zpci::default(),
    }
}

fn new_zpci(zpci: Zpci) -> NewElement {
    zpci.attributes()
        .into_iter()
        .fold(NewElement::new("zpci"), |new, (name, value)| new.with(name, value))
}

fn mode_word(mode: AddressMode) -> &'static str {
    match mode {
        AddressMode::Static => "static",
        AddressMode::Dynamic => "dynamic",
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::ControllerIndex;
    use crate::model::address::{
        CcwAddress, DimmAddress, DriveAddress, IsaAddress, Pci, PciAddress, SpaprVioAddress,
        UnknownAddress, Usb, VirtioSerialAddress,
    };
    use crate::xml::Document;

    fn pci(bus: u32, slot: u32, function: u32) -> Address {
        Address::Pci(Pci::at(PciAddress::new(bus, slot, function).unwrap()))
    }

    fn many(bus: u32, slot: u32, on: bool) -> Address {
        let at = PciAddress::new(bus, slot, 0);
        Address::Pci(Pci { at, multifunction: Some(on), zpci: Zpci::default() })
    }

    fn zpci(uid: Option<u32>, fid: Option<u32>) -> Address {
        let at = PciAddress::new(0, 1, 0);
        Address::Pci(Pci { at, multifunction: None, zpci: Zpci { uid, fid } })
    }

    fn drive(controller: u32, bus: u32, target: u32, unit: u32) -> Address {
        let controller = ControllerIndex(controller);
        Address::Drive(DriveAddress { controller, bus, target, unit })
    }

    pub(in super::super) fn usb(bus: u32, port: &str) -> Address {
        Address::Usb(Usb { bus: ControllerIndex(bus), port: port.parse().ok(), dev: None })
    }

    fn set(text: &str, address: &Address, mode: Option<AddressMode>) -> String {
        edit(text, |patch, device| patch.set_address(device, address, mode))
    }

    /// Changes the first `<d>` of `text`; undoing it must give `text` again, and a second time must change nothing.
    pub(in super::super) fn edit<F>(text: &str, change: F) -> String
    where
        F: for<'d> Fn(&mut Patch<'d>, Element<'d>) -> Result<(), PatchError>,
    {
        let once = |text: &str| {
            let document = Document::parse(text).unwrap();
            let device = document.descendants().find(|element| element.is("d")).unwrap();
            let mut patch = Patch::new(&document);
            change(&mut patch, device).unwrap();
            let edit = patch.finish().unwrap();
            let edited = edit.apply(text).unwrap();
            assert_eq!(edit.invert(text).unwrap().apply(&edited).unwrap(), text);
            edited
        };
        let edited = once(text);
        assert_eq!(once(&edited), edited, "a second time changes nothing");
        edited
    }

    #[test]
    fn only_what_differs_is_changed_in_its_own_spelling() {
        for (old, address, new) in [
            (
                "type='pci' domain='0x0000' bus='0x00' slot='0x04' function='0x0'",
                pci(0, 5, 0),
                "type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'",
            ),
            (
                "type='pci' domain='0x0000' bus='0x00' slot='0x04' function='0x0'",
                pci(6, 2, 3),
                "type='pci' domain='0x0000' bus='0x06' slot='0x02' function='0x3'",
            ),
            (
                "type='pci' bus='0' slot='4'",
                pci(0, 10, 1),
                "type='pci' bus='0' slot='10' function='1'",
            ),
            (
                "type='pci' bus='0' slot='0x4'",
                pci(1, 10, 1),
                "type='pci' bus='1' slot='0xa' function='0x1'",
            ),
            ("type='pci' bus='0x01'", pci(2, 0, 0), "type='pci' bus='0x02' slot='0x00'"),
            (
                "type='pci'",
                pci(0, 4, 0),
                "type='pci' domain='0x0000' bus='0x00' slot='0x04' function='0x0'",
            ),
            (
                "slot=\"010\" type='pci'\n  bus='0'",
                pci(0, 9, 1),
                "slot=\"0x09\" type='pci'\n  bus='0'\n  function='0x1'",
            ),
            (
                "type='pci' slot='04' note='&amp;'",
                pci(0, 4, 0),
                "type='pci' slot='04' note='&amp;'",
            ),
            ("type='pci' slot='0x04' solt='5'", pci(0, 3, 0), "type='pci' slot='0x03' solt='5'"),
            (
                "type='pci' slot='0x04' function='0x0'",
                many(0, 4, true),
                "type='pci' slot='0x04' function='0x0' multifunction='on'",
            ),
            (
                "type='pci' slot='0x04' multifunction = \"off\"",
                many(0, 4, true),
                "type='pci' slot='0x04' multifunction = \"on\"",
            ),
            ("type='pci' slot='0x04' multifunction='on'", pci(0, 4, 0), "type='pci' slot='0x04'"),
            ("type='pci' slot='0x04'", Address::Pci(Pci::default()), "type='pci'"),
            ("type='pci' slot=''", pci(0, 4, 0), "type='pci' slot='0x04'"),
            (
                "type='drive' controller='0' bus='1' unit='01'",
                drive(0, 0, 0, 2),
                "type='drive' controller='0' bus='0' unit='02'",
            ),
            (
                "type=\"drive\" unit=\"1\"",
                drive(1, 0, 0, 1),
                "type=\"drive\" unit=\"1\" controller=\"1\"",
            ),
            ("type='usb' bus='0' port='1'", usb(0, "1.2"), "type='usb' bus='0' port='1.2'"),
            ("type='usb' bus='0'", usb(0, "3"), "type='usb' bus='0' port='3'"),
            ("type='usb' bus='0' port='1'", usb(0, ""), "type='usb' bus='0'"),
            (
                "type='ccw' cssid='0xfe' ssid='0x0' devno='0x0001'",
                Address::Ccw(CcwAddress::new(0xfe, 0, 0x1a)),
                "type='ccw' cssid='0xfe' ssid='0x0' devno='0x001a'",
            ),
            (
                "type='ccw' cssid='254' ssid='0'",
                Address::Ccw(CcwAddress::new(0xfe, 0, 26)),
                "type='ccw' cssid='254' ssid='0' devno='26'",
            ),
            ("type='ccw' cssid='254' ssid='0' devno='1'", Address::Ccw(None), "type='ccw'"),
            (
                "type='isa' iobase='505' irq='0x1'",
                Address::Isa(IsaAddress { iobase: 0x3f8, irq: 0 }),
                "type='isa' iobase='3f8'",
            ),
            (
                "type='spapr-vio' reg='0x1000'",
                Address::SpaprVio(SpaprVioAddress { reg: Some(0x2000) }),
                "type='spapr-vio' reg='0x2000'",
            ),
            (
                "type='dimm' slot='0' base='0x100000000'",
                Address::Dimm(DimmAddress { slot: 1, base: 0 }),
                "type='dimm' slot='1'",
            ),
            (
                "type='virtio-serial' controller='0' bus='0' port='1'",
                Address::VirtioSerial(VirtioSerialAddress {
                    controller: ControllerIndex(1),
                    bus: 0,
                    port: 2,
                }),
                "type='virtio-serial' controller='1' bus='0' port='2'",
            ),
        ] {
            let text = |inside: &str| format!("<a>\n <d> <address {inside}/></d>\n</a>");
            assert_eq!(set(&text(old), &address, None), text(new));
        }
    }

    #[test]
    fn another_kind_gets_its_own_attributes_in_libvirts_order() {
        let unknown =
            UnknownAddress { kind: "lane".into(), attributes: vec![("nr".into(), "<1>".into())] };
        for (old, address, new) in [
            (
                "type='pci' domain='0x0000' bus='0x00' slot='0x04' function='0x0'/>",
                drive(1, 0, 0, 2),
                "type='drive' controller='1' bus='0' target='0' unit='2'/>",
            ),
            (
                "bus=\"0\" type=\"pci\" solt='4' />",
                usb(1, "2"),
                "type=\"usb\" bus=\"1\" port=\"2\" />",
            ),
            (
                "type='pci'\n bus='0'><!-- c --><x/></address>",
                Address::Unassigned,
                "type='unassigned'><!-- c --><x/></address>",
            ),
            (
                "type='drive' mode='dynamic' controller='0' bus='0' unit='0'/>",
                pci(0, 4, 0),
                "type='pci' mode='dynamic' domain='0x0000' bus='0x00' slot='0x04' function='0x0'/>",
            ),
            ("/>", usb(0, "1"), "type='usb' bus='0' port='1'/>"),
            ("slot='4'/>", usb(0, "1"), "type='usb' bus='0' port='1'/>"),
            (
                "type='none' xmlns:q='u' q:type='x'/>",
                Address::VirtioMmio,
                "type='virtio-mmio' xmlns:q='u' q:type='x'/>",
            ),
            ("type='pci' slot='1'/>", Address::Unknown(unknown), "type='lane' nr='&lt;1>'/>"),
            (
                "type='pci' slot='1'><zpci uid='1'/></address>",
                drive(0, 0, 0, 0),
                "type='drive' controller='0' bus='0' target='0' unit='0'></address>",
            ),
        ] {
            let text = |inside: &str| {
                let inside =
                    if inside.starts_with('/') { inside.into() } else { format!(" {inside}") };
                format!("<d><address{inside}</d>")
            };
            assert_eq!(set(&text(old), &address, None), text(new));
        }
    }

    #[test]
    fn a_new_address_becomes_the_last_child_in_the_manner_of_the_document() {
        const PCI: &str =
            "<address type='pci' domain='0x0000' bus='0x00' slot='0x04' function='0x0'/>";
        for (old, new) in [
            ("<a>\n  <d/>\n</a>", format!("<a>\n  <d>\n    {PCI}\n  </d>\n</a>")),
            ("<a>\n  <d>\n      <x/>\n  </d>\n</a>", format!("<a>\n  <d>\n      <x/>\n      {PCI}\n  </d>\n</a>")),
            ("<a>\r\n\t<d>\r\n\t\t<x/>\r\n\t</d></a>", format!("<a>\r\n\t<d>\r\n\t\t<x/>\r\n\t\t{PCI}\r\n\t</d></a>")),
            ("<a><d><x/></d></a>", format!("<a><d><x/>{PCI}</d></a>")),
            ("<a><d /></a>", format!("<a><d>{}</d></a>", PCI.replace("/>", " />"))),
            ("<a b=\"c\"><d/></a>", format!("<a b=\"c\"><d>{}</d></a>", PCI.replace('\'', "\""))),
            ("<a><d><source><address type='pci' slot='1'/></source></d></a>",
             "<a><d><source><address type='pci' slot='1'/></source><address type='pci' domain='0x0000' bus='0x00' slot='4' function='0'/></d></a>"
                .replace("domain='0x0000' bus='0x00'", "domain='0' bus='0'")),
            ("<a><d><![CDATA[<x>]]> </d></a>", format!("<a><d><![CDATA[<x>]]> {PCI}</d></a>")),
            ("<a>\n <d><!-- c --></d>\n</a>", format!("<a>\n <d><!-- c -->{PCI}</d>\n</a>")),
            ("<a>\n <d>\n  <x/>\n  <!-- c -->\n </d>\n</a>",
             format!("<a>\n <d>\n  <x/>\n  <!-- c -->\n  {PCI}\n </d>\n</a>")),
            ("<a xmlns:q='u'><d><q:address slot='9'/></d></a>",
             format!("<a xmlns:q='u'><d><q:address slot='9'/>{PCI}</d></a>")),
        ] {
            assert_eq!(set(old, &pci(0, 4, 0), None), new);
        }
        assert_eq!(
            set("<d/>", &drive(0, 0, 0, 1), Some(AddressMode::Dynamic)),
            "<d><address type='drive' mode='dynamic' controller='0' bus='0' target='0' unit='1'/></d>"
        );
    }

    #[test]
    fn zpci_is_set_changed_and_removed() {
        for (old, address, new) in [
            ("/>", zpci(Some(1), Some(0)), "><zpci uid='0x0001' fid='0x00000000'/></address>"),
            ("/>", zpci(None, None), "/>"),
            (
                "><zpci uid='1' fid='0x0'/></address>",
                zpci(Some(2), Some(3)),
                "><zpci uid='2' fid='0x3'/></address>",
            ),
            (
                "><zpci uid='1'/></address>",
                zpci(Some(1), Some(3)),
                "><zpci uid='1' fid='0x00000003'/></address>",
            ),
            (
                "><zpci uid='1' fid='2'/></address>",
                zpci(Some(1), None),
                "><zpci uid='1'/></address>",
            ),
            (">\n  <zpci uid='1'/>\n </address>", zpci(None, None), ">\n </address>"),
        ] {
            let text = |inside: &str| format!("<d><address type='pci' slot='0x01'{inside}</d>");
            assert_eq!(set(&text(old), &address, None), text(new));
        }
        assert_eq!(
            set("<d>\n  <address type='pci' slot='0x01'/>\n</d>", &zpci(Some(1), None), None),
            "<d>\n  <address type='pci' slot='0x01'>\n    <zpci uid='0x0001'/>\n  </address>\n</d>"
        );
    }

    #[test]
    fn the_mode_of_2009_is_set_alone() {
        for (old, mode, new) in [
            (
                "type='pci' mode='dynamic' slot='1'",
                AddressMode::Static,
                "type='pci' mode='static' slot='1'",
            ),
            ("type='pci' mode=\"static\"", AddressMode::Static, "type='pci' mode=\"static\""),
            ("type='pci' slot='1'", AddressMode::Dynamic, "type='pci' mode='dynamic' slot='1'"),
        ] {
            let text = |inside: &str| format!("<d><address {inside}/></d>");
            assert_eq!(edit(&text(old), |patch, device| patch.set_mode(device, mode)), text(new));
        }
        let document = Document::parse("<d/>").unwrap();
        let refused = Patch::new(&document).set_mode(document.root(), AddressMode::Static);
        assert_eq!(refused, Err(PatchError::NoAddress(document.root().span())));
        assert_eq!(
            set("<d><address type='pci'/></d>", &pci(1, 2, 3), Some(AddressMode::Static)),
            "<d><address type='pci' mode='static' domain='0x0000' bus='0x01' slot='0x02' function='0x3'/></d>"
        );
    }

    #[test]
    fn a_removed_address_takes_its_line_along() {
        for (old, new) in [
            ("<d>\n  <x/>\n  <address/>\n</d>", "<d>\n  <x/>\n</d>"),
            ("<d>\r\n\t<address>\r\n\t</address>  \r\n</d>", "<d>\r\n</d>"),
            ("<d><x/><address/></d>", "<d><x/></d>"),
            ("<d>\n  <address/> <!-- c -->\n</d>", "<d>\n   <!-- c -->\n</d>"),
            ("<d>\n  <x/>\n  <address/></d>", "<d>\n  <x/></d>"),
            ("<d>\r\n  <address/></d>", "<d></d>"),
            ("<d>text\n  <address/>\n</d>", "<d>text\n  \n</d>"),
            ("<d><source><address/></source></d>", "<d><source><address/></source></d>"),
            ("<d><address/><x/><address/></d>", "<d><x/></d>"),
            ("<d>\n  <address/>\n  <address/></d>", "<d>\n</d>"),
        ] {
            let document = Document::parse(old).unwrap();
            let mut patch = Patch::new(&document);
            patch.remove_address(document.root()).unwrap();
            assert_eq!(patch.finish().unwrap().apply(old).unwrap(), new);
        }
    }

    #[test]
    fn what_cannot_fit_together_is_an_error() {
        let text = "<a>\n <d>\n  <address type='pci' slot=''/>\n </d>\n <e/>\n</a>";
        let document = Document::parse(text).unwrap();
        let device = document.root().child("d").unwrap();
        let mut patch = Patch::new(&document);
        patch.set_address(device, &pci(0, 1, 0), None).unwrap();
        assert_eq!(
            patch.set_address(device, &pci(0, 2, 0), None),
            Err(PatchError::Twice(device.span()))
        );
        patch.remove(device).unwrap();
        assert!(matches!(patch.finish(), Err(PatchError::Conflict(_))), "changed and removed");

        let mut patch = Patch::new(&document);
        let empty = document.root().child("e").unwrap();
        patch.remove(empty).unwrap();
        patch.set_address(empty, &pci(0, 1, 0), None).unwrap();
        assert!(matches!(patch.finish(), Err(PatchError::Conflict(_))), "opened and removed");

        let mut patch = Patch::new(&document);
        patch.set_acpi_index(device, Some(1)).unwrap();
        patch.remove(device).unwrap();
        assert!(matches!(patch.finish(), Err(PatchError::Conflict(_))), "put into what is removed");

        assert_eq!(Patch::new(&document).remove(document.root()), Err(PatchError::Outermost));
        let strange = UnknownAddress { kind: "\u{1b}".into(), attributes: Vec::new() };
        let refused = Patch::new(&document).set_address(device, &Address::Unknown(strange), None);
        assert!(matches!(refused, Err(PatchError::Unwritable(_))), "{refused:?}");
    }
}
