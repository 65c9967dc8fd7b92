//! Invariant 1, lossless: unchanged parts stay byte for byte, and undoing a change restores every
//! byte.
//!
//! Tested with every XML file next to the repository, and with unusual generated documents.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use virt_topo::model::address::{
    Base, CcwAddress, DriveAddress, Pci, PciAddress, Usb, Zpci, parse_u64,
};
use virt_topo::model::{
    Address, Controller, ControllerIndex, ControllerKind, ControllerPatch, PciTarget,
};
use virt_topo::text::{Span, TextEdit};
use virt_topo::xml::decode::decode;
use virt_topo::xml::{Document, Element, InsertAt, Patch, PatchError};

/// Folders next to the repository in which every XML file is tried.
const FOLDERS: &[&str] = &["captures", "conformance", "conformance-fuzz", "live", "seed"];

fn shared() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    std::env::var_os("VIRT_TOPO_SHARED").map_or_else(beside, PathBuf::from)
}

fn xml_files() -> Vec<PathBuf> {
    let mut folders: Vec<_> = FOLDERS.iter().map(|name| shared().join(name)).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "xml") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Address values that differ from each other in every kind of way.
fn addresses() -> Vec<Address> {
    let at = PciAddress::new(3, 0x1e, 7);
    let zpci = Zpci { uid: Some(7), fid: Some(0x1f) };
    vec![
        Address::Pci(Pci::at(at.unwrap())),
        Address::Pci(Pci { at: PciAddress::new(0, 9, 0), multifunction: Some(true), zpci }),
        Address::Drive(DriveAddress {
            controller: ControllerIndex(2),
            bus: 0,
            target: 0,
            unit: 11,
        }),
        Address::Usb(Usb { bus: ControllerIndex(1), port: "2.10".parse().ok(), dev: None }),
        Address::Ccw(CcwAddress::new(0xfe, 0, 0x1a)),
        Address::Unassigned,
    ]
}

fn new_controller() -> Controller {
    Controller {
        model: Some("pcie-root-port".into()),
        model_name: Some("pcie-root-port".into()),
        target: PciTarget { chassis: Some(77), port: Some(0x4d), ..PciTarget::default() },
        ..Controller::new(ControllerKind::Pci, Some(ControllerIndex(77)))
    }
}

/// The bytes of `span` and the blanks around it, which go with a whole line.
fn with_blanks(text: &str, span: Span) -> Span {
    let blank = [' ', '\t', '\r', '\n'];
    let (before, after) = (&text[..span.start as usize], &text[span.end as usize..]);
    let start = before.trim_end_matches(blank).len();
    let end = text.len() - after.trim_start_matches(blank).len();
    Span::new(u32::try_from(start).unwrap(), u32::try_from(end).unwrap())
}

/// Applies `edit`, which may touch nothing outside of `named`, and proves that it did not and can be undone.
fn applied(document: &Document, edit: &TextEdit, named: Span) -> Document {
    let text: &str = document.text();
    let edited = edit.apply(text).unwrap();
    let (before, after) = (&text[..named.start as usize], &text[named.end as usize..]);
    assert!(edited.starts_with(before), "bytes before {named:?} changed:\n{edited}");
    assert!(edited.ends_with(after), "bytes behind {named:?} changed:\n{edited}");
    assert!(edited.len() >= before.len() + after.len());
    assert_eq!(edit.invert(text).unwrap().apply(&edited).unwrap(), text);
    Document::parse(edited.as_str()).unwrap_or_else(|error| panic!("{error}:\n{edited}"))
}

/// The edit that `change` makes of `document`.
fn edit_of<'d>(
    document: &'d Document,
    change: impl FnOnce(&mut Patch<'d>) -> Result<(), PatchError>,
) -> TextEdit {
    let mut patch = Patch::new(document);
    change(&mut patch).unwrap();
    patch.finish().unwrap()
}

/// The value that libvirt reads from an attribute of these addresses: a number where it is one, 0
/// where it is absent.
fn read(name: &str, value: Option<&str>, kind: &str) -> Result<u64, String> {
    let number = match (kind, name) {
        (_, "type" | "multifunction" | "mode") | ("usb", "port") => None,
        ("pci" | "ccw", _) => Some(Base::Any),
        _ => Some(Base::Ten),
    };
    match (number, value) {
        (Some(_), None) => Ok(0),
        (Some(base), Some(value)) => Ok(parse_u64(value, base).unwrap()),
        (None, value) => Err(value.unwrap_or("off").to_owned()),
    }
}

/// Checks that the device reads as this address.
fn assert_reads(device: Element<'_>, address: &Address) {
    let element = device.child("address").expect("it was set");
    let wanted = address.attributes();
    let kind = wanted[0].1.as_str();
    for (name, value) in &wanted {
        let found = read(name, element.value(name), kind);
        assert_eq!(found, read(name, Some(value), kind), "{name} of {element:?}");
    }
    for name in address.kind().attributes() {
        let gone = wanted.iter().all(|(wanted, _)| wanted != name) && element.value(name).is_some();
        assert!(!gone, "{name} should be gone from {element:?}");
    }
    let zpci = match address {
        Address::Pci(pci) => pci.zpci,
        _ => Zpci::default(),
    };
    let id = |name| element.child("zpci")?.value(name).map(|id| parse_u64(id, Base::Any).unwrap());
    assert_eq!((id("uid"), id("fid")), (zpci.uid.map(u64::from), zpci.fid.map(u64::from)));
}

/// The address that the program reads for `device`.
fn decoded(document: &Document, device: Element<'_>) -> Option<Address> {
    let domain = decode(document).unwrap().domain;
    domain.devices.iter().find(|found| found.element() == Some(device.span()))?.address().cloned()
}

/// Numbers that were there keep their spelling, padding included; octal ones are given up.
fn assert_spelling(before: Element<'_>, after: Element<'_>) {
    let (Some(before), Some(after)) = (before.child("address"), after.child("address")) else {
        return;
    };
    if before.value("type") != after.value("type") {
        return;
    }
    for name in ["domain", "bus", "slot", "function", "controller", "target", "unit"] {
        let (Some(old), Some(new)) = (before.value(name), after.value(name)) else { continue };
        let hexadecimal = |text: &str| text.starts_with("0x");
        let octal = !hexadecimal(old) && old.len() > 1 && old.starts_with('0');
        if !octal && old.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            assert_eq!(hexadecimal(old), hexadecimal(new), "{name}: {old} became {new}");
        }
        if hexadecimal(old) && old.starts_with("0x0") && old.len() > 3 {
            assert!(new.len() >= old.len(), "{name}: {old} became {new}");
        }
    }
}

/// Sets, changes and removes the address of one device; `nth` is its number among all elements.
fn try_address(document: &Document, nth: usize, address: &Address) {
    let device = document.descendants().nth(nth).unwrap();
    let set = edit_of(document, |patch| patch.set_address(device, address, None));
    let edited = applied(document, &set, device.span());
    let same = edited.descendants().nth(nth).unwrap();
    assert_reads(same, address);
    assert_spelling(device, same);
    assert_eq!(decoded(&edited, same), Some(address.clone()), "{same:?}");
    let again = edit_of(&edited, |patch| patch.set_address(same, address, None));
    assert!(again.is_empty(), "setting twice is setting once: {again:?}");

    // A second one would take the place of the first.
    let own: Vec<_> = same.children().filter(|child| child.is("address")).collect();
    let around = own.iter().map(|own| own.span()).reduce(Span::cover).unwrap();
    let remove = edit_of(&edited, |patch| patch.remove_address(same));
    let removed = applied(&edited, &remove, with_blanks(edited.text(), around));
    let gone: usize = own.iter().map(|own| 1 + own.descendants().len()).sum();
    assert_eq!(removed.descendants().len(), edited.descendants().len() - gone);
    assert!(removed.descendants().nth(nth).unwrap().child("address").is_none());
}

/// Inserts a controller under `domain` and removes it again, as well as some that were there.
fn try_controllers(document: &Document, domain: Element<'_>, turn: usize) {
    let named = domain.child("devices").map_or(domain.span(), Element::span);
    let at = Address::Pci(Pci::at(PciAddress::new(0, 0x1d, 1).unwrap()));
    let controller = new_controller();
    let domain_span = domain.span();
    let domain = document.element_at(domain_span).unwrap();
    let place = [InsertAt::OfType, InsertAt::OfName, InsertAt::Last][turn % 3];
    let insert =
        edit_of(document, |patch| patch.insert_controller(domain, &controller, Some(&at), place));
    let edited = applied(document, &insert, named);
    let made = usize::from(domain.child("devices").is_none());
    assert_eq!(edited.descendants().len(), document.descendants().len() + 4 + made);
    let new = edited.descendants().find(|element| {
        element.is("controller")
            && element.child("target").and_then(|t| t.value("chassis")) == Some("77")
    });
    let new = new.expect("the new controller");
    assert_eq!((new.value("index"), new.value("model")), (Some("77"), Some("pcie-root-port")));
    assert_reads(new, &at);
    let remove = edit_of(&edited, |patch| patch.remove(new));
    let removed = applied(&edited, &remove, with_blanks(edited.text(), new.span()));
    assert_eq!(removed.descendants().len(), document.descendants().len() + made);
    let controllers: Vec<_> = document.descendants().filter(|e| e.is("controller")).collect();
    for controller in controllers.iter().step_by(1 + controllers.len() / 2) {
        let remove = edit_of(document, |patch| patch.remove(*controller));
        let removed = applied(document, &remove, with_blanks(document.text(), controller.span()));
        let inside = controller.descendants().len();
        assert_eq!(removed.descendants().len(), document.descendants().len() - 1 - inside);
    }
}

#[test]
fn every_file_at_hand_survives_reading_and_changing() {
    let files = xml_files();
    if files.is_empty() {
        println!("skipped: no XML files in {}", shared().display());
        return;
    }
    let (mut edits, mut domains, mut broken) = (0, 0, 0);
    let addresses = addresses();
    for (turn, file) in files.iter().enumerate() {
        let bytes = std::fs::read(file).unwrap();
        let document = match Document::parse_bytes(bytes.clone()) {
            Ok(document) => document,
            // Some files are broken on purpose: libvirt has no answer to them either.
            Err(error) => {
                let answer = file.with_file_name("expected.xml");
                assert!(!answer.exists(), "{}: {error}", file.display());
                broken += 1;
                continue;
            }
        };
        assert_eq!(document.text().as_bytes(), bytes, "{}", file.display());
        let Some(domain) = document.descendants().find(|element| element.is("domain")) else {
            continue;
        };
        domains += 1;
        try_controllers(&document, domain, turn);
        let devices = device_numbers(&document);
        // Every device of a small guest, some of a large one; every kind of address in turn.
        for (nth, device) in devices.iter().step_by(1 + devices.len() / 3).enumerate() {
            try_address(&document, *device, &addresses[(turn + nth) % addresses.len()]);
            edits += 1;
        }
    }
    println!("{} files, {broken} broken, {domains} domains, {edits} devices changed", files.len());
    assert!(domains > 0 && broken * 100 < files.len());
}

/// Writes a document that is well-formed and nothing else, driven by a list of choices.
struct Scribe<'c> {
    choices: std::slice::Iter<'c, u8>,
    newline: &'static str,
    indent: &'static str,
    out: String,
}

impl<'c> Scribe<'c> {
    fn document(choices: &'c [u8]) -> String {
        let mut scribe =
            Scribe { choices: choices.iter(), newline: "\n", indent: "  ", out: String::new() };
        scribe.newline = scribe.pick(&["\n", "\r\n", "", " "]);
        scribe.indent = scribe.pick(&["  ", "\t", "", "    "]);
        let before =
            scribe.pick(&["", "\u{feff}", "<?xml version=\"1.0\"?>\n", "<!-- a > b -->\r\n"]);
        scribe.out.push_str(before);
        scribe.domain();
        let after = scribe.pick(&["", "\n", "\r\n<!-- end -->"]);
        scribe.out.push_str(after);
        scribe.out
    }

    /// The one chosen next; the first one when there are no choices left.
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let choice = self.choices.next().copied().unwrap_or_default();
        from[usize::from(choice) % from.len()]
    }

    fn gap(&mut self, depth: usize) {
        let (newline, indent) = (self.newline, self.indent.repeat(depth));
        let line = format!("{newline}{indent}");
        let gap = match self.pick(&[0, 0, 0, 0, 0, 0, 1, 2, 3, 4]) {
            0 => line,
            1 => String::new(),
            2 => format!("{line}<!-- <address type='pci' slot='0x1f'/> -->{line}"),
            3 => format!(" <!-- <d> -->{line}"),
            _ => format!("{newline}{newline}\t "),
        };
        self.out.push_str(&gap);
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let quote = self.pick(&["'", "'", "\""]);
        let equals = self.pick(&["=", "=", "=", " = "]);
        let blank = self.pick(&[" ", " ", " ", "  ", "\n\t"]);
        self.out.extend([blank, name, equals, quote, value, quote]);
    }

    fn domain(&mut self) {
        self.out.push_str("<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'");
        self.attribute("type", "k&#118;m&gt;");
        self.out.push('>');
        self.gap(1);
        self.out.push_str("<name>a &amp; b<![CDATA[</domain> ]]>ö</name>");
        self.gap(1);
        match self.pick(&[0, 0, 0, 0, 1, 2, 3]) {
            0 => self.devices(),
            1 => self.out.push_str("<devices/>"),
            2 => self.out.push_str("<devices\n></devices >"),
            _ => self.out.push_str("<!-- <devices/> -->"),
        }
        self.gap(1);
        self.out.push_str("<qemu:commandline><qemu:arg value=\"'>'\" /></qemu:commandline>");
        self.gap(0);
        self.out.push_str("</domain>");
    }

    fn devices(&mut self) {
        self.out.push_str("<devices>");
        for _ in 0..self.pick(&[1, 2, 3, 5]) {
            self.gap(2);
            self.device();
        }
        self.gap(1);
        self.out.push_str("</devices>");
    }

    fn device(&mut self) {
        let name = self.pick(&["disk", "interface", "controller", "controller", "qemu:disk"]);
        self.out.extend(["<", name]);
        if self.pick(&[true, true, false]) {
            let word = self.pick(&["pci", "file", "network"]);
            self.attribute("type", word);
        }
        let empty = self.pick(&["", "", "", "/>", " />", "></X>"]);
        if !empty.is_empty() {
            self.out.push_str(&empty.replace('X', name));
            return;
        }
        self.out.push('>');
        for _ in 0..self.pick(&[0, 1, 2]) {
            self.gap(3);
            let part = self.pick(&[
                "<source><address type='pci' slot='1'/></source>",
                "<qemu:address slot='7'/>",
                "<boot order=\"1\"/>",
                "<![CDATA[ <address/> ]]>",
                "text &amp; more ",
                "<serial>a&#10;b</serial>",
            ]);
            self.out.push_str(part);
        }
        for _ in 0..self.pick(&[0, 1, 1, 2]) {
            self.gap(3);
            self.address();
        }
        self.gap(2);
        self.out.extend(["</", name, ">"]);
    }

    fn address(&mut self) {
        self.out.push_str("<address");
        let kind = self.pick(&["pci", "pci", "drive", "usb", "strange"]);
        let names: &[&str] = match kind {
            "pci" => &["domain", "bus", "slot", "function"],
            "drive" => &["controller", "bus", "target", "unit"],
            _ => &["bus", "port"],
        };
        self.attribute("type", kind);
        let spelling = self.pick(&[0, 1, 2, 3, 4]);
        for name in names {
            if self.pick(&[true, true, true, false]) {
                let number = self.pick(&[0, 1, 3, 7]);
                let number = match (kind, spelling) {
                    ("pci", 0) => format!("0x{number:02x}"),
                    ("pci", 1) => format!("0x{number:x}"),
                    ("pci" | "drive", 2) => format!("0{number}"),
                    ("pci", 3) => format!("&#x30;x{number}"),
                    _ => number.to_string(),
                };
                self.attribute(name, &number);
            }
        }
        if kind == "pci" && self.pick(&[false, true]) {
            self.attribute("multifunction", "on");
        }
        if self.pick(&[false, false, true]) {
            self.attribute("solt", "&lt;5");
        }
        let end = self.pick(&[
            "/>",
            " />",
            "></address>",
            "><!-- c --></address>",
            "><zpci uid='1'/></address>",
            ">\n<zpci fid=\"0x3\"/>\n</address>",
        ]);
        self.out.push_str(end);
    }
}

fn documents() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<u8>(), 0..160).prop_map(|choices| Scribe::document(&choices))
}

/// Numbers, among all elements, of the devices of libvirt's own; those of QEMU's command line are none.
fn device_numbers(document: &Document) -> Vec<usize> {
    let domain = decode(document).unwrap().domain;
    let own = |element: &Element<'_>| element.namespace().is_none();
    let devices = domain.devices.iter().filter(|found| !found.kind.drops_address());
    let mut devices = devices.filter_map(|found| document.element_at(found.element()?));
    let mut next = devices.find(own).map(Element::span);
    let mut numbers = Vec::new();
    for (nth, element) in document.descendants().enumerate() {
        if next == Some(element.span()) {
            numbers.push(nth);
            next = devices.find(own).map(Element::span);
        }
    }
    numbers
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_changed_address_changes_nothing_else(text in documents(), which in 0_usize..6) {
        let document = Document::parse(text.as_str()).unwrap();
        prop_assert_eq!(&**document.text(), text.as_str());
        for nth in device_numbers(&document) {
            try_address(&document, nth, &addresses()[which]);
        }
    }

    #[test]
    fn controllers_come_and_go_without_a_trace_elsewhere(text in documents(), turn in 0_usize..3) {
        let document = Document::parse(text.as_str()).unwrap();
        try_controllers(&document, document.root(), turn);
    }

    #[test]
    fn many_changes_are_one_edit(text in documents(), which in 0_usize..6, indexes in 0_u32..1000) {
        let document = Document::parse(text.as_str()).unwrap();
        let domain = document.root();
        let devices = device_numbers(&document);
        let addresses = addresses();
        let elements: Vec<_> = document.descendants().collect();
        let edit = edit_of(&document, |patch| {
            for (turn, nth) in devices.iter().enumerate() {
                let address = &addresses[(which + turn) % addresses.len()];
                patch.set_address(elements[*nth], address, None)?;
                patch.set_acpi_index(elements[*nth], Some(indexes))?;
            }
            for index in 0..4 {
                let place = if which == 0 { InsertAt::Last } else { InsertAt::OfName };
                let new = Controller::new(ControllerKind::Usb, Some(ControllerIndex(2000 + index)));
                patch.insert_controller(domain, &new, Some(&addresses[0]), place)?;
            }
            Ok(())
        });
        let named = domain.child("devices").map_or(domain.span(), Element::span);
        let edited = applied(&document, &edit, named);
        let numbers = device_numbers(&edited);
        prop_assert_eq!(numbers.len(), devices.len() + 4);
        let all: Vec<_> = edited.descendants().collect();
        let new = |element: &&Element<'_>| {
            element.is("controller") && element.value("index").is_some_and(|index| index.len() == 4)
        };
        let indexes_found: Vec<_> = all.iter().filter(new).map(|c| c.value("index").unwrap()).collect();
        prop_assert_eq!(indexes_found, ["2000", "2001", "2002", "2003"], "{}", edited.text());
        let old = numbers.iter().map(|nth| all[*nth]).filter(|element| !new(&element));
        for (turn, device) in old.enumerate() {
            assert_reads(device, &addresses[(which + turn) % addresses.len()]);
            let acpi = device.child("acpi").and_then(|acpi| acpi.value("index")?.parse().ok());
            prop_assert_eq!(acpi, Some(indexes));
        }
    }

    #[test]
    fn changes_of_every_sort_fit_together(
        text in documents(),
        wanted in prop::collection::vec(0_u8..7, 5),
        places in prop::collection::vec(0_u8..4, 0..4),
    ) {
        let document = Document::parse(text.as_str()).unwrap();
        let domain = document.root();
        let elements: Vec<_> = document.descendants().collect();
        let devices: Vec<_> = device_numbers(&document).iter().map(|nth| elements[*nth]).collect();
        let address = &addresses()[0];
        let edit = edit_of(&document, |patch| {
            for (device, wanted) in devices.iter().zip(&wanted) {
                change(patch, *device, *wanted, address)?;
            }
            for (nth, place) in places.iter().enumerate() {
                let place = match (place, devices.first()) {
                    (0, Some(first)) => InsertAt::After(*first),
                    (1, _) => InsertAt::OfName,
                    (2, _) => InsertAt::Last,
                    _ => InsertAt::OfType,
                };
                let index = 2000 + u32::try_from(nth).unwrap();
                let new = Controller::new(ControllerKind::Usb, Some(ControllerIndex(index)));
                patch.insert_controller(domain, &new, Some(address), place)?;
            }
            Ok(())
        });
        let named = domain.child("devices").map_or(domain.span(), Element::span);
        let edited = applied(&document, &edit, named);
        let after: Vec<_> = edited.descendants().collect();
        let after = device_numbers(&edited).into_iter().map(|nth| after[nth]);
        let is_new = |e: &Element<'_>| e.value("index").is_some_and(|index| index.len() == 4);
        let (new, mut stayed): (Vec<_>, Vec<_>) = after.partition(is_new);
        prop_assert_eq!(new.len(), places.len());
        stayed.reverse();
        for (device, wanted) in devices.iter().zip(&wanted).filter(|(_, wanted)| **wanted != REMOVE) {
            let found = stayed.pop().unwrap();
            prop_assert_eq!(found.name(), device.name());
            let expected = match wanted {
                1 | 2 => Some(address.clone()),
                3 | 4 => None,
                _ => decoded(&document, *device),
            };
            prop_assert_eq!(decoded(&edited, found), expected, "{}", wanted);
            let acpi = found.child("acpi").and_then(|acpi| acpi.value("index"));
            prop_assert_eq!(acpi, [2, 4].contains(wanted).then_some("12"));
            let chassis = found.child("target").and_then(|target| target.value("chassis"));
            prop_assert_eq!(chassis, (*wanted == 5).then_some("77"));
        }
        prop_assert!(stayed.is_empty());
    }
}

const REMOVE: u8 = 6;

/// One of seven changes of a device.
fn change<'d>(
    patch: &mut Patch<'d>,
    device: Element<'d>,
    wanted: u8,
    address: &Address,
) -> Result<(), PatchError> {
    match wanted {
        1 | 2 => patch.set_address(device, address, None)?,
        3 | 4 => patch.remove_address(device)?,
        5 => patch.set_controller(device, &ControllerPatch::of(&new_controller()))?,
        REMOVE => patch.remove(device)?,
        _ => {}
    }
    if [2, 4].contains(&wanted) {
        patch.set_acpi_index(device, Some(12))?;
    }
    Ok(())
}
