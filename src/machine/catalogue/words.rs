//! The attribute values by which a device of a domain is matched to a model.

use super::model::{Values, Words};
use super::network::CAPABILITIES;
use super::storage::disk_bus;
use crate::model::{Controller, Device, Kind};

/// The values of one device, empty if they are not written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spoken<'d> {
    pub(super) model: &'d str,
    pub(super) kind: &'d str,
    pub(super) bus: &'d str,
    pub(super) name: &'d str,
}

impl<'d> Spoken<'d> {
    /// The values of `device`, as [`super::Spelling`] names them.
    pub(super) fn of(device: &'d Device) -> Self {
        let none = Self::default();
        match &device.kind {
            Kind::Disk(disk) => Self {
                model: word(disk.model.as_ref()),
                kind: word(disk.device.as_ref()),
                bus: disk_bus(disk),
                name: word(disk.backend.as_ref()),
            },
            Kind::Controller(controller) => Self::of_controller(controller),
            Kind::Filesystem(filesystem) => Self {
                model: word(filesystem.model.as_ref()),
                kind: word(filesystem.driver.as_ref()),
                ..none
            },
            Kind::Interface(interface) => Self {
                model: word(interface.model.as_ref()),
                kind: word(interface.backend.as_ref()),
                ..none
            },
            Kind::Hostdev(hostdev) => Self {
                model: word(hostdev.model.as_ref()),
                kind: match hostdev.mode.as_deref() {
                    Some(CAPABILITIES) => CAPABILITIES,
                    _ => word(hostdev.backend.as_ref()),
                },
                ..none
            },
            Kind::Parallel(chardev)
            | Kind::Serial(chardev)
            | Kind::Console(chardev)
            | Kind::Channel(chardev) => Self {
                model: word(chardev.target_type.as_ref()),
                kind: word(chardev.backend.as_ref()),
                ..none
            },
            Kind::Video(video) => Self {
                model: word(video.model.as_ref()),
                name: word(video.driver.as_ref()),
                ..none
            },
            Kind::Memory(memory) => Self { model: word(memory.model.as_ref()), ..none },
            kind => kind.plain().map_or(none, |plain| Self {
                model: word(plain.model.as_ref()),
                kind: word(plain.kind.as_ref()),
                bus: word(plain.bus.as_ref()),
                name: word(plain.name.as_ref()),
            }),
        }
    }

    /// The values of a controller.
    pub(super) fn of_controller(controller: &'d Controller) -> Self {
        Self {
            model: word(controller.model.as_ref()),
            name: word(controller.model_name.as_ref()),
            ..Self::default()
        }
    }
}

fn word(word: Option<&crate::model::Text>) -> &str {
    word.map_or("", |word| word)
}

impl Words {
    /// Whether these values of a device match the model.
    pub(super) fn fit(&self, spoken: &Spoken<'_>) -> bool {
        has(self.kind, spoken.kind)
            && has(self.bus, spoken.bus)
            && has(self.name, spoken.name)
            && has(self.model, spoken.model)
    }

    /// Whether these values match a model whose name is not case-sensitive.
    pub(super) fn fit_any_case(&self, spoken: &Spoken<'_>) -> bool {
        let is_it = |own: &&str| own.eq_ignore_ascii_case(spoken.model);
        self.model.is_empty() || self.model.iter().any(is_it)
    }
}

/// Whether a value is accepted.
fn has(values: Values, word: &str) -> bool {
    values.is_empty() || values.contains(&word)
}
