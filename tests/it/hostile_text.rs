//! Reading is total: whatever the text, there is a document or an error with a place in the text, and never a panic.

use proptest::prelude::*;
use virt_topo::text::Span;
use virt_topo::xml::decode::decode;
use virt_topo::xml::{Document, Element, Patch};

/// Pieces of which texts are made that are nearly XML, and nearly a guest.
const PIECES: &[&str] = &[
    "<",
    ">",
    "/>",
    "</",
    "<!",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "&",
    ";",
    "&lt;",
    "&#",
    "&#x0;",
    "&#x10ffff;",
    "&#xd800;",
    "&amp;",
    "'",
    "\"",
    "=",
    " ",
    "\n",
    "\r",
    "\t",
    "\0",
    "\u{feff}",
    "\u{fffe}",
    "ö",
    "\u{1f980}",
    "<?xml version='1.0'?>",
    "<?xml version='1.0' encoding='latin1'?>",
    "<!DOCTYPE d>",
    "xmlns='u'",
    " xmlns:qemu='q'",
    "xmlns:",
    "<domain>",
    "<domain type='kvm'>",
    "</domain>",
    "<devices>",
    "<devices/>",
    "</devices>",
    "<disk>",
    "<disk ",
    "</disk>",
    "<controller type='pci' index='",
    "<controller type='usb'/>",
    "<qemu:commandline>",
    "<qemu:arg value='-device'/>",
    "<qemu:arg value='",
    "</qemu:commandline>",
    "e1000,addr=",
    "<address type='",
    "pci'",
    "drive'",
    "usb' port='",
    "ccw' ",
    " bus='",
    " slot='0x1f'",
    " port='1.2.3.4.5'",
    "/></disk>",
    "<os><type arch='",
    "x86_64' machine='",
    "pc-q35-",
    "'>hvm</type></os>",
    "<target chassis='",
    "<node>",
    "0",
    "0x",
    "-1",
    "18446744073709551616",
    "99999999999999999999999",
    "<name>",
    "</name>",
];

fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[ -~\n]{0,12}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// A guest in which some bytes were cut away, doubled or replaced.
fn damaged() -> impl Strategy<Value = String> {
    let guests = [
        include_str!("../../demo-domains/q35.xml"),
        include_str!("../../demo-domains/cmdline.xml"),
        include_str!("../../demo-domains/s390x.xml"),
        include_str!("../../demo-domains/conflicts.xml"),
    ];
    let blow = (any::<prop::sample::Index>(), 0_usize..20, prop::sample::select(PIECES));
    let blows = prop::collection::vec(blow, 1..4);
    (prop::sample::select(guests.to_vec()), blows).prop_map(|(guest, blows)| {
        let mut text: Vec<char> = guest.chars().collect();
        for (at, length, piece) in blows {
            let at = at.index(text.len().max(1)).min(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, piece.chars());
        }
        text.into_iter().collect()
    })
}

/// Reads `text` in every way there is and looks at everything that was read.
fn read(text: &str) {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let lines = u32::try_from(text.matches('\n').count()).unwrap() + 1;
            assert!((1..=lines).contains(&error.line), "{error} in {text:?}");
            assert!(error.column >= 1, "{error} in {text:?}");
            assert!(!error.to_string().contains(char::is_control), "{error:?}");
            return;
        }
    };
    assert_eq!(&**document.text(), text);
    for element in document.descendants() {
        look_at(element, text);
    }
    let Ok(decoded) = decode(&document) else { return };
    let whole = Span::new(0, u32::try_from(text.len()).unwrap());
    for device in &decoded.domain.devices {
        let own = device.element().unwrap();
        assert!(whole.contains(own) && own.contains(device.tag().unwrap()));
        let span = device.address.as_ref().and_then(|address| address.span);
        assert!(span.is_none_or(|span| own.contains(span)));
        let Some(element) = document.element_at(own) else { continue };
        let Some(address) = device.address() else { continue };
        let mut patch = Patch::new(&document);
        patch.set_address(element, address, None).unwrap();
        let edit = patch.finish().unwrap();
        let edited = edit.apply(text).unwrap();
        assert_eq!(edit.invert(text).unwrap().apply(&edited).unwrap(), text);
        Document::parse(edited.as_str()).unwrap_or_else(|error| panic!("{error}: {edited:?}"));
    }
}

fn look_at(element: Element<'_>, text: &str) {
    let (span, tag) = (element.span(), element.tag());
    assert!(span.slice(text).starts_with('<') && span.slice(text).ends_with('>'));
    assert!(span.contains(tag) && tag.contains(element.name_span()));
    assert!(element.parent().is_none_or(|parent| parent.span().contains(span)));
    assert_eq!(element.children().last(), element.last_child());
    for attribute in element.attributes() {
        assert!(
            tag.contains(attribute.span()) && attribute.span().contains(attribute.value_span())
        );
    }
    element.text();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        read(&text);
    }

    #[test]
    fn texts_that_are_nearly_xml_are_read_or_refused(text in texts()) {
        read(&text);
        read(&format!("<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>{text}</domain>"));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let valid = std::str::from_utf8(&bytes).is_ok();
        let read = Document::parse_bytes(bytes);
        prop_assert!(valid || read.is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_guests_are_read_or_refused(text in damaged()) {
        read(&text);
    }
}
