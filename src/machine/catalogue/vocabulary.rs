//! The words that libvirt accepts in an element, and its messages for others.
//!
//! Words of the models are those of their rows; this table adds the words that name no device of
//! QEMU. Each row was asked of libvirt 11.3 with every word of it, with a word that no version
//! knows, and without the attribute.

use super::lookup::models_of;
use super::model::{Model, Values};
use super::spelling::{Spelling, Where};
use crate::model::DeviceClass;

/// One of the words of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// The value of the model.
    Model,
    /// The sub-kind: `type=` of an input, `device=` of a disk.
    Kind,
    /// The value of the bus.
    Bus,
    /// The further word: `type=` of a disk, the driver of a video device.
    Name,
}

/// libvirt's message for a word that is not in the list, or is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RefusalForm {
    /// That of `virxml.c: virXMLPropEnum`, which names element, attribute and value.
    Usual,
    /// This text, with `{}` for the value.
    Own(&'static str),
}

/// The words that one attribute of a class accepts.
#[derive(Debug)]
pub struct Vocabulary {
    class: DeviceClass,
    word: Word,
    /// Accepted words that no row of the class has.
    more: Values,
    unknown: RefusalForm,
    /// Message where the attribute is missing; `None` where libvirt has a default.
    missing: Option<RefusalForm>,
}

const fn any(class: DeviceClass, word: Word, more: Values) -> Vocabulary {
    Vocabulary { class, word, more, unknown: RefusalForm::Usual, missing: None }
}

impl Vocabulary {
    const fn needed(self) -> Self {
        Self { missing: Some(RefusalForm::Usual), ..self }
    }

    const fn missing(self, message: &'static str) -> Self {
        Self { missing: Some(RefusalForm::Own(message)), ..self }
    }

    const fn unknown(self, message: &'static str) -> Self {
        Self { unknown: RefusalForm::Own(message), ..self }
    }
}

const TARGET: &str =
    "unsupported configuration: unknown target type '{}' specified for character device";
const BACKEND: &str =
    "unsupported configuration: unknown type presented to host for character device: {}";

/// Types of the host's side of a character device.
const BACKENDS: Values = &[
    "null",
    "vc",
    "pty",
    "dev",
    "file",
    "pipe",
    "stdio",
    "udp",
    "tcp",
    "unix",
    "spicevmc",
    "spiceport",
    "nmdm",
    "qemu-vdagent",
    "dbus",
];

/// Source: `domain_conf.c`: the enumerations `virDomainSoundModel`, `virDomainVideo`, ... and the
/// functions `virDomain...DefParseXML`.
static VOCABULARIES: &[Vocabulary] = &[
    any(DeviceClass::Disk, Word::Kind, &[]),
    any(DeviceClass::Disk, Word::Bus, &[]),
    any(DeviceClass::Disk, Word::Name, &[]),
    // libvirt 12.9 knows the models of USB disks, 11.3 does not.
    any(
        DeviceClass::Disk,
        Word::Model,
        &["default", "virtio", TRANSITIONAL, NON_TRANSITIONAL, "usb-storage", "usb-bot"],
    ),
    any(DeviceClass::Filesystem, Word::Kind, &["loop", "nbd", "ploop"]),
    any(DeviceClass::Filesystem, Word::Model, &["virtio", TRANSITIONAL, NON_TRANSITIONAL]),
    any(
        DeviceClass::Interface,
        Word::Kind,
        &[
            "user",
            "ethernet",
            "vhostuser",
            "server",
            "client",
            "mcast",
            "network",
            "bridge",
            "internal",
            "direct",
            "hostdev",
            "udp",
            "vdpa",
            "null",
            "vds",
        ],
    ),
    any(DeviceClass::Smartcard, Word::Kind, &[]).needed(),
    any(DeviceClass::Serial, Word::Model, &["none"]).unknown(TARGET),
    any(DeviceClass::Serial, Word::Kind, BACKENDS).unknown(BACKEND),
    any(DeviceClass::Parallel, Word::Kind, BACKENDS).unknown(BACKEND),
    any(DeviceClass::Console, Word::Model, &["none", "serial", "uml", "lxc", "openvz"])
        .unknown(TARGET),
    any(DeviceClass::Console, Word::Kind, BACKENDS).unknown(BACKEND),
    any(DeviceClass::Channel, Word::Model, &["none"]).unknown(TARGET),
    any(DeviceClass::Channel, Word::Kind, BACKENDS).unknown(BACKEND),
    any(DeviceClass::Input, Word::Kind, &[])
        .unknown("unsupported configuration: unknown input device type '{}'")
        .missing("internal error: missing input device type"),
    any(DeviceClass::Input, Word::Bus, &[])
        .unknown("unsupported configuration: unknown input bus type '{}'"),
    any(DeviceClass::Input, Word::Model, &["virtio", TRANSITIONAL, NON_TRANSITIONAL])
        .unknown("unsupported configuration: unknown input model '{}'"),
    any(DeviceClass::Sound, Word::Model, &["ich7"]).needed(),
    any(DeviceClass::Video, Word::Model, &["default"]),
    any(DeviceClass::Video, Word::Name, &["qemu", "vhostuser"]),
    any(DeviceClass::Watchdog, Word::Model, &[]).needed(),
    any(DeviceClass::Memballoon, Word::Model, &["xen"]).needed(),
    any(DeviceClass::Rng, Word::Model, &[]).needed(),
    any(DeviceClass::Crypto, Word::Model, &[]).needed(),
    any(DeviceClass::Tpm, Word::Model, &[]),
    any(DeviceClass::Hub, Word::Kind, &[])
        .unknown("unsupported configuration: unknown hub device type '{}'")
        .missing("internal error: missing hub device type"),
    any(DeviceClass::Redirdev, Word::Bus, &[])
        .unknown("unsupported configuration: unknown redirdev bus '{}'"),
    any(DeviceClass::Redirdev, Word::Kind, BACKENDS)
        .unknown("unsupported configuration: unknown redirdev character device type '{}'")
        .missing("internal error: missing type in redirdev"),
    any(DeviceClass::Shmem, Word::Model, &["ivshmem"]),
    any(DeviceClass::Memory, Word::Model, &[]).needed(),
    any(DeviceClass::Iommu, Word::Model, &[]).needed(),
    any(DeviceClass::Vsock, Word::Model, &["default"]),
    any(DeviceClass::Panic, Word::Model, &["default"])
        .unknown("unsupported configuration: unknown panic model '{}'"),
    any(DeviceClass::Pstore, Word::Kind, &[]).needed(),
];

const TRANSITIONAL: &str = "virtio-transitional";
const NON_TRANSITIONAL: &str = "virtio-non-transitional";

impl Vocabulary {
    /// The attributes of a class with a libvirt list of values.
    pub fn of(class: DeviceClass) -> impl Iterator<Item = &'static Self> {
        VOCABULARIES.iter().filter(move |vocabulary| vocabulary.class == class)
    }

    /// Place of the word in an element of the class.
    pub fn place(&self) -> Where {
        let Spelling { model, kind, bus, name, .. } = Spelling::of(self.class);
        match self.word {
            Word::Model => model,
            Word::Kind => kind,
            Word::Bus => bus,
            Word::Name => name,
        }
    }

    /// The accepted words, those of models first.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        let values = |model: &'static Model| match self.word {
            Word::Model => model.words.model,
            Word::Kind => model.words.kind,
            Word::Bus => model.words.bus,
            Word::Name => model.words.name,
        };
        let models = models_of(self.class).iter().flat_map(values).chain(self.more);
        models.copied().filter(|word| !word.is_empty())
    }

    /// libvirt's message where the word of `attribute` in `element` is `value`, which is unknown.
    pub fn unknown_message(&self, element: &str, attribute: &str, value: &str) -> String {
        match self.unknown {
            RefusalForm::Usual => format!(
                "XML error: Invalid value for attribute '{attribute}' in element '{element}': \
                 '{value}'."
            ),
            RefusalForm::Own(text) => text.replace("{}", value),
        }
    }

    /// libvirt's message where `attribute` of `element` is missing; `None` where it has a default.
    pub fn missing_message(&self, element: &str, attribute: &str) -> Option<String> {
        Some(match self.missing? {
            RefusalForm::Usual => format!(
                "XML error: Missing required attribute '{attribute}' in element '{element}'"
            ),
            RefusalForm::Own(text) => text.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_models_and_others_are_accepted() {
        let words = |class, word| -> Vec<&str> {
            let found = Vocabulary::of(class).find(|vocabulary| vocabulary.word == word).unwrap();
            found.words().collect()
        };
        let buses = words(DeviceClass::Disk, Word::Bus);
        for bus in ["virtio", "scsi", "ide", "sata", "fdc", "usb", "nvme", "sd", "xen", "uml"] {
            assert!(buses.contains(&bus), "{bus} in {buses:?}");
        }
        assert!(words(DeviceClass::Sound, Word::Model).contains(&"ich7"));
        assert!(!words(DeviceClass::Sound, Word::Model).contains(&"foo"));
        assert_eq!(words(DeviceClass::Hub, Word::Kind), ["usb"]);
    }

    #[test]
    fn each_row_has_its_place_in_the_element() {
        for vocabulary in VOCABULARIES {
            assert_ne!(vocabulary.place(), Where::Nowhere, "{vocabulary:?}");
            assert!(vocabulary.words().next().is_some(), "{vocabulary:?}");
        }
    }

    #[test]
    fn messages_are_those_of_libvirt() {
        let panic = Vocabulary::of(DeviceClass::Panic).next().unwrap();
        assert_eq!(
            panic.unknown_message("panic", "model", "foo"),
            "unsupported configuration: unknown panic model 'foo'"
        );
        assert_eq!(panic.missing_message("panic", "model"), None);
        let sound = Vocabulary::of(DeviceClass::Sound).next().unwrap();
        assert_eq!(
            sound.unknown_message("sound", "model", "foo"),
            "XML error: Invalid value for attribute 'model' in element 'sound': 'foo'."
        );
        assert_eq!(
            sound.missing_message("sound", "model").unwrap(),
            "XML error: Missing required attribute 'model' in element 'sound'"
        );
    }
}
