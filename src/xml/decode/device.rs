//! Decodes one element below `<devices>`.

use super::reader::AttributeReader;
use super::{address, child_text, controller, host, text, vocabulary};
use crate::machine::{Spelling, Where};
use crate::model::address::Base;
use crate::model::{
    Chardev, Device, DeviceAddress, DeviceClass, DeviceKey, Disk, Filesystem, Hostdev, Interface,
    Kind, Memory, Plain, Presence, Text, Video,
};
use crate::xml::Element;

pub(super) fn decode(element: Element<'_>, key: DeviceKey, reader: &mut AttributeReader) -> Device {
    vocabulary::check(element, key, reader);
    let kind = kind(element, key, reader);
    let address = if kind.drops_address() {
        // libvirt drops the element whatever is in it.
        let unread = address::decode(element, key, &mut AttributeReader::default());
        unread.map(|address| DeviceAddress { value: None, ..address })
    } else {
        address::decode(element, key, reader)
    };
    let mut number = |child: &str, attribute: &str| {
        let child = element.child(child)?;
        reader.u32(child, attribute, Base::Ten, key).ok().flatten()
    };
    Device {
        nth: key.nth,
        kind,
        address,
        presence: Presence::Written { element: element.span(), tag: element.tag() },
        alias: child_text(element, "alias", "name"),
        boot_order: number("boot", "order"),
        acpi_index: number("acpi", "index"),
    }
}

/// The values of an element, read from where its class has them.
fn words(element: Element<'_>, class: DeviceClass) -> Plain {
    let Spelling { model, kind, bus, name, .. } = Spelling::of(class);
    let read = |at: Where| match at {
        Where::Own(attribute) => text(element, attribute),
        Where::Child(child, attribute) => child_text(element, child, attribute),
        Where::Text(child) => element.child(child).map(|child| child.text().into()),
        Where::Nowhere => None,
    };
    Plain { model: read(model), kind: read(kind), bus: read(bus), name: read(name) }
}

/// Decodes the content of an element by its class.
fn kind(element: Element<'_>, key: DeviceKey, reader: &mut AttributeReader) -> Kind {
    let said = words(element, key.class);
    match key.class {
        DeviceClass::Disk => Kind::Disk(disk(element, said)),
        DeviceClass::Controller => Kind::Controller(controller::decode(element, key, said, reader)),
        DeviceClass::Filesystem => Kind::Filesystem(filesystem(element, said)),
        DeviceClass::Interface => Kind::Interface(interface(element, said)),
        DeviceClass::Parallel => Kind::Parallel(chardev(element, key, said, reader)),
        DeviceClass::Serial => Kind::Serial(chardev(element, key, said, reader)),
        DeviceClass::Console => Kind::Console(chardev(element, key, said, reader)),
        DeviceClass::Channel => Kind::Channel(chardev(element, key, said, reader)),
        DeviceClass::Video => Kind::Video(video(element, said)),
        DeviceClass::Hostdev => Kind::Hostdev(hostdev(element, said)),
        DeviceClass::Nvram => Kind::Nvram,
        DeviceClass::Memory => Kind::Memory(memory(element, said)),
        class => Kind::of_plain(class, said)
            .unwrap_or_else(|| Kind::Other { name: element.name().into() }),
    }
}

fn disk(element: Element<'_>, said: Plain) -> Disk {
    Disk {
        device: said.kind,
        backend: said.name,
        bus: said.bus,
        target: child_text(element, "target", "dev"),
        model: said.model,
        source: volume(element)
            .or_else(|| host::source_text(element, &["file", "dev", "dir", "name", "path"])),
        serial: element.child("serial").map(|serial| serial.text().into()),
    }
}

/// Value of `<source pool= volume=>`.
fn volume(element: Element<'_>) -> Option<Text> {
    let source = element.child("source")?;
    Some(format!("{}/{}", source.value("pool")?, source.value("volume")?).into())
}

fn filesystem(element: Element<'_>, said: Plain) -> Filesystem {
    Filesystem {
        driver: said.kind,
        model: said.model,
        source: host::source_text(element, &["dir", "file", "dev", "name", "socket", "pool"]),
        target: child_text(element, "target", "dir"),
    }
}

fn interface(element: Element<'_>, said: Plain) -> Interface {
    let backend = said.kind;
    Interface {
        model: said.model,
        mac: child_text(element, "mac", "address"),
        source: host::source_text(element, &["network", "bridge", "dev", "name", "path"]),
        target: child_text(element, "target", "dev"),
        host: (backend.as_deref() == Some("hostdev")).then(|| {
            let kind = element.child("source").and_then(|source| source.child("address"));
            host::source(element, kind.and_then(|kind| kind.value("type")).unwrap_or("pci"))
        }),
        backend,
    }
}

fn hostdev(element: Element<'_>, said: Plain) -> Hostdev {
    let backend = said.kind;
    Hostdev {
        mode: text(element, "mode"),
        model: said.model,
        host: host::source(element, backend.as_deref().unwrap_or_default()),
        backend,
    }
}

fn chardev(
    element: Element<'_>,
    key: DeviceKey,
    said: Plain,
    reader: &mut AttributeReader,
) -> Chardev {
    let target = element.child("target");
    Chardev {
        backend: said.kind,
        target_type: said.model,
        target_name: target.and_then(|target| text(target, "name")),
        target_port: target
            .and_then(|target| reader.u32(target, "port", Base::Ten, key).ok().flatten()),
        target_model: target.and_then(|target| child_text(target, "model", "name")),
    }
}

fn video(element: Element<'_>, said: Plain) -> Video {
    Video {
        primary: element.child("model").is_some_and(|model| model.value("primary") == Some("yes")),
        model: said.model,
        driver: said.name,
    }
}

fn memory(element: Element<'_>, said: Plain) -> Memory {
    let node = element.child("target").and_then(|target| target.child("node"));
    Memory { model: said.model, node: node.and_then(|node| node.text().trim().parse().ok()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::Document;

    /// Title and purpose of the device `text` describes.
    fn told(class: DeviceClass, text: &str) -> (String, String) {
        let document = Document::parse(text).unwrap();
        let mut reader = AttributeReader::default();
        let device = decode(document.root(), DeviceKey::new(class, 0), &mut reader);
        assert_eq!(reader.problems, [], "{text}");
        (device.title(), device.description())
    }

    #[test]
    fn every_class_is_recognised_by_what_it_says() {
        let cases = [
            (
                "<disk type='file' device='cdrom'><source file='/a/b.iso'/><target dev='hdc' \
                 bus='ide'/></disk>",
                "cdrom hdc",
                "b.iso",
            ),
            ("<disk><source pool='p' volume='v'/><target dev='vda'/></disk>", "disk vda", "v"),
            ("<filesystem><source dir='/x'/><target dir='tag'/></filesystem>", "filesystem", "tag"),
            (
                "<interface type='network'><mac address='52:54:00:00:00:01'/><source \
                 network='default'/><model type='virtio'/></interface>",
                "net virtio",
                "52:54:00:00:00:01 default",
            ),
            (
                "<interface type='hostdev'><source><address type='pci' bus='5' slot='0' \
                 function='1'/></source></interface>",
                "net hostdev",
                "hostdev",
            ),
            (
                "<hostdev type='pci'><source><address bus='0x5e' slot='0'/></source></hostdev>",
                "hostdev pci",
                "0000:5e:00.0",
            ),
            (
                "<channel type='unix'><target type='virtio' name='org.a'/></channel>",
                "channel virtio",
                "org.a",
            ),
            ("<serial type='pty'><target type='isa-serial'/></serial>", "serial isa-serial", "pty"),
            ("<video><model type='qxl' primary='yes'/></video>", "video qxl", ""),
            ("<memory model='dimm'><target><node>1</node></target></memory>", "memory dimm", ""),
            ("<input type='tablet' bus='usb'/>", "input tablet", "usb"),
            ("<memballoon model='virtio'/>", "balloon virtio", ""),
            ("<rng model='virtio'><backend model='random'/></rng>", "rng virtio", "random"),
            ("<hub type='usb'/>", "hub usb", ""),
            ("<shmem name='s'><model type='ivshmem-plain'/></shmem>", "shmem ivshmem-plain", "s"),
            ("<vsock model='virtio'><cid address='3'/></vsock>", "vsock virtio", "3"),
        ];
        for (text, title, purpose) in cases {
            let name = text.trim_start_matches('<').split([' ', '>', '/']).next().unwrap();
            let class = DeviceClass::from_element(name).unwrap();
            assert_eq!(told(class, text), (title.to_owned(), purpose.to_owned()), "{text}");
        }
        assert_eq!(told(DeviceClass::Other, "<gizmo/>").0, "gizmo");
    }

    #[test]
    fn what_stands_beside_the_address_is_read() {
        let text = "<interface type='user'><boot order='2'/><alias name='ua-x'/><acpi \
                    index='7'/><address type='pci' slot='4'/></interface>";
        let document = Document::parse(text).unwrap();
        let key = DeviceKey::new(DeviceClass::Interface, 0);
        let device = decode(document.root(), key, &mut AttributeReader::default());
        assert_eq!((device.boot_order, device.acpi_index), (Some(2), Some(7)));
        assert_eq!(device.alias.as_deref(), Some("ua-x"));
        assert_eq!(device.pci().unwrap().to_string(), "0000:00:04.0");
    }
}
