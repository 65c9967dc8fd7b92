//! The attributes and elements that hold the model of each device class, and the other parts of its
//! new elements.

use ElementPart::{Bus, Kind, Model, Name, Says};
use Where::{Child, Nowhere, Own, Text};

use crate::model::DeviceClass;

/// A position of a value in an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// In this attribute of its own.
    Own(&'static str),
    /// In an attribute of a child: the child, and the attribute.
    Child(&'static str, &'static str),
    /// The text of this child.
    Text(&'static str),
    /// No position: the class has no such value.
    Nowhere,
}

/// The positions of a class's values.
///
/// Source: libvirt `docs/formatdomain.rst`, section of each element.
#[derive(Clone, Copy, Debug)]
pub struct Spelling {
    /// Place of the model.
    pub model: Where,
    /// Place of the sub-kind: `type=` of an input, `device=` of a disk, ...
    pub kind: Where,
    /// Place of the bus.
    pub bus: Where,
    /// Position of a name, or of a further value: `<model name=>` of a PCI controller, the action
    /// of a watchdog, the name of shared memory.
    pub name: Where,
    /// Parts of a new element for a live device, in writing order; `None` if such an element needs
    /// more than a monitor reports.
    pub parts: Option<&'static [ElementPart]>,
}

/// A part of a new element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementPart {
    /// The value of the model.
    Model,
    /// The value of the sub-kind.
    Kind,
    /// The value of the bus.
    Bus,
    /// The further value.
    Name,
    /// A value that is the same for all models of the class.
    Says(Where, &'static str),
}

const fn spelling(
    model: Where,
    kind: Where,
    bus: Where,
    name: Where,
    parts: Option<&'static [ElementPart]>,
) -> Spelling {
    Spelling { model, kind, bus, name, parts }
}

/// A class whose elements have a model and no other value.
const fn model_only(parts: Option<&'static [ElementPart]>) -> Spelling {
    spelling(Own("model"), Nowhere, Nowhere, Nowhere, parts)
}

/// A character device; the type is that of the host's side.
const fn chardev(parts: &'static [ElementPart]) -> Spelling {
    spelling(Child("target", "type"), Own("type"), Nowhere, Nowhere, Some(parts))
}

const NONE: Spelling = spelling(Nowhere, Nowhere, Nowhere, Nowhere, None);

impl Spelling {
    /// The positions of a class's values.
    pub const fn of(class: DeviceClass) -> Self {
        match class {
            DeviceClass::Disk => spelling(
                Own("model"),
                Own("device"),
                Child("target", "bus"),
                Own("type"),
                Some(&[Says(Own("type"), "file"), Kind, Model]),
            ),
            DeviceClass::Controller => spelling(
                Own("model"),
                Own("type"),
                Nowhere,
                Child("model", "name"),
                Some(&[Kind, Model, Name]),
            ),
            DeviceClass::Filesystem => {
                spelling(Own("model"), Child("driver", "type"), Nowhere, Nowhere, None)
            }
            DeviceClass::Interface => spelling(
                Child("model", "type"),
                Own("type"),
                Nowhere,
                Nowhere,
                Some(&[Says(Own("type"), "user"), Model]),
            ),
            DeviceClass::Smartcard => spelling(
                Nowhere,
                Own("mode"),
                Nowhere,
                Own("type"),
                Some(&[Kind, Says(Own("type"), "spicevmc")]),
            ),
            DeviceClass::Parallel => chardev(&[Says(Own("type"), "pty")]),
            DeviceClass::Serial | DeviceClass::Console => {
                chardev(&[Says(Own("type"), "pty"), Model])
            }
            DeviceClass::Channel => chardev(&[Says(Own("type"), "unix"), Model]),
            DeviceClass::Input => spelling(
                Own("model"),
                Own("type"),
                Own("bus"),
                Child("source", "dev"),
                Some(&[Kind, Bus, Model]),
            ),
            DeviceClass::Sound
            | DeviceClass::Memballoon
            | DeviceClass::Iommu
            | DeviceClass::Panic => model_only(Some(&[Model])),
            DeviceClass::Video => spelling(
                Child("model", "type"),
                Nowhere,
                Nowhere,
                Child("driver", "name"),
                Some(&[Model]),
            ),
            DeviceClass::Hostdev => spelling(Own("model"), Own("type"), Nowhere, Nowhere, None),
            DeviceClass::Watchdog => spelling(
                Own("model"),
                Nowhere,
                Nowhere,
                Own("action"),
                Some(&[Model, Says(Own("action"), "reset")]),
            ),
            DeviceClass::Rng => spelling(
                Own("model"),
                Nowhere,
                Nowhere,
                Child("backend", "model"),
                Some(&[
                    Model,
                    Says(Child("backend", "model"), "random"),
                    Says(Text("backend"), "/dev/urandom"),
                ]),
            ),
            DeviceClass::Crypto => spelling(
                Own("model"),
                Own("type"),
                Nowhere,
                Child("backend", "model"),
                Some(&[
                    Model,
                    Says(Own("type"), "qemu"),
                    Says(Child("backend", "model"), "builtin"),
                ]),
            ),
            DeviceClass::Tpm => {
                spelling(Own("model"), Nowhere, Nowhere, Child("backend", "type"), None)
            }
            DeviceClass::Hub => spelling(Nowhere, Own("type"), Nowhere, Nowhere, Some(&[Kind])),
            DeviceClass::Redirdev => spelling(
                Nowhere,
                Own("type"),
                Own("bus"),
                Nowhere,
                Some(&[Bus, Says(Own("type"), "spicevmc")]),
            ),
            DeviceClass::Shmem => spelling(
                Child("model", "type"),
                Nowhere,
                Nowhere,
                Own("name"),
                Some(&[Says(Own("name"), "shmem"), Model]),
            ),
            DeviceClass::Memory => model_only(None),
            DeviceClass::Vsock => {
                spelling(Own("model"), Nowhere, Nowhere, Child("cid", "address"), None)
            }
            DeviceClass::Pstore => spelling(
                Nowhere,
                Own("backend"),
                Nowhere,
                Nowhere,
                // The smallest size that QEMU takes; libvirt chooses a file (QEMU
                // `hw/acpi/erst.c: check_erst_backend_storage`).
                Some(&[Kind, Says(Child("size", "unit"), "KiB"), Says(Text("size"), "64")]),
            ),
            DeviceClass::Nvram => Spelling { parts: Some(&[]), ..NONE },
            DeviceClass::Qemu | DeviceClass::Other => NONE,
        }
    }
}
