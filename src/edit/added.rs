//! Elements for devices that libvirt adds by itself.

use crate::machine::Spelling;
use crate::model::{Device, Kind};
use crate::xml::{Element, NewElement};

/// Whether there is an element for a device that libvirt would add.
pub(super) fn can_be_written(device: &Device) -> bool {
    match &device.kind {
        Kind::Controller(_) | Kind::Video(_) | Kind::Serial(_) => true,
        kind => kind.plain().is_some(),
    }
}

/// The element of a device that was added, its address excepted; `None` for classes libvirt never
/// adds.
pub(super) fn element(device: &Device, domain: Element<'_>) -> Option<NewElement> {
    match &device.kind {
        Kind::Video(video) => {
            let model = NewElement::new("model").with_some("type", video.model.as_deref());
            let model = if video.primary { model.with("primary", "yes") } else { model };
            Some(NewElement::new("video").child(model))
        }
        Kind::Serial(serial) => {
            let target = NewElement::new("target")
                .with_some("type", serial.target_type.as_deref())
                .with("port", serial.target_port.unwrap_or_default().to_string());
            let target = match serial.target_model.as_deref() {
                Some(model) => target.child(NewElement::new("model").with("name", model)),
                None => target,
            };
            Some(backend(domain)?.child(target))
        }
        other => {
            let (plain, class) = (other.plain()?, other.class());
            let Spelling { model, kind, bus, name, .. } = Spelling::of(class);
            let values = [
                (kind, &plain.kind),
                (bus, &plain.bus),
                (model, &plain.model),
                (name, &plain.name),
            ];
            let values = values.into_iter().filter_map(|(at, word)| Some((at, word.as_deref()?)));
            let new = NewElement::new(class.as_str());
            Some(values.fold(new, |new, (at, word)| new.with_word(at, word)))
        }
    }
}

/// A serial port is only added for the first console: with its way out of the guest.
fn backend(domain: Element<'_>) -> Option<NewElement> {
    /// Parts of a console that are the guest's side of it, or no settings at all.
    const GUEST_SIDE: &[&str] = &["target", "alias", "address", "boot", "acpi"];
    let devices = domain.children().filter(|child| child.is("devices"));
    let console = devices.flat_map(Element::children).find(|child| child.is("console"))?;
    let parts = console.children();
    let parts =
        parts.filter(|part| part.namespace().is_none() && !GUEST_SIDE.contains(&part.name()));
    let new = bare(console, "serial");
    Some(parts.fold(new, |new, part| {
        let inner = part.children().filter(|inner| inner.namespace().is_none());
        let whole = bare(part, part.name());
        new.child(inner.fold(whole, |whole, inner| whole.child(bare(inner, inner.name()))))
    }))
}

/// An element of this name with the attributes of another.
fn bare(element: Element<'_>, name: &str) -> NewElement {
    let own = element.attributes().filter(|attribute| attribute.namespace().is_none());
    own.fold(NewElement::new(name), |new, attribute| new.with(attribute.name(), attribute.value()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Chardev, Plain, Video};
    use crate::xml::{Document, InsertAt, Patch};

    /// The text of `kind` written into a guest with this console.
    fn written(kind: Kind) -> String {
        let text = "<domain><devices><console type='file'><source path='/a'><seclabel model='x'/>\
                    </source><target type='serial'/></console></devices></domain>";
        let document = Document::parse(text).unwrap();
        let device = Device::implied(0, kind);
        let new = element(&device, document.root()).unwrap();
        let mut patch = Patch::new(&document);
        patch.insert_device(document.root(), new, None, InsertAt::Last).unwrap();
        let text = patch.finish().unwrap().apply(text).unwrap();
        let (_, rest) = text.split_once("</console>").unwrap();
        rest.trim_end_matches("</devices></domain>").to_owned()
    }

    #[test]
    fn every_class_libvirt_adds_can_be_written() {
        let plain = |model: Option<&str>, kind: Option<&str>, bus: Option<&str>| Plain {
            model: model.map(Into::into),
            kind: kind.map(Into::into),
            bus: bus.map(Into::into),
            name: None,
        };
        let video = Video { model: Some("cirrus".into()), primary: true, driver: None };
        for (kind, want) in [
            (Kind::Memballoon(plain(Some("virtio"), None, None)), "<memballoon model='virtio'/>"),
            (Kind::Hub(plain(None, Some("usb"), None)), "<hub type='usb'/>"),
            (
                Kind::Input(plain(None, Some("keyboard"), Some("usb"))),
                "<input type='keyboard' bus='usb'/>",
            ),
            (Kind::Video(video), "<video><model type='cirrus' primary='yes'/></video>"),
        ] {
            let text = written(kind);
            assert_eq!(text.split_whitespace().collect::<Vec<_>>().join(" "), want);
        }
    }

    #[test]
    fn a_serial_port_takes_over_the_way_out_of_its_console() {
        let serial = Chardev { target_type: Some("spapr-vio-serial".into()), ..Chardev::default() };
        let text = written(Kind::Serial(serial));
        for part in
            ["<serial type='file'>", "<source path='/a'>", "<seclabel model='x'/>", "port='0'"]
        {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("type='serial'"), "{text}");
    }
}
