//! The devices that a command names: one, several, a class, or all.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::change_builder::ChangeBuilder;
use crate::model::{Device, DeviceClass, Problem, Selector};

/// Devices of a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All devices of the guest.
    All,
    /// These, in this order.
    Some(Vec<Pick>),
}

/// One device, or all of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// A single device.
    Device(Selector),
    /// All devices of this class.
    Class(DeviceClass),
}

impl From<Selector> for Scope {
    fn from(selector: Selector) -> Self {
        Self::Some(vec![Pick::Device(selector)])
    }
}

impl FromStr for Pick {
    type Err = std::convert::Infallible;

    /// Parses a class name such as `interface`; anything else names a device.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match DeviceClass::from_name(text) {
            Some(class) => Self::Class(class),
            None => Self::Device(text.parse()?),
        })
    }
}

impl fmt::Display for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(selector) => selector.fmt(f),
            Self::Class(class) => class.fmt(f),
        }
    }
}

/// A device in a scope.
#[derive(Clone, Copy)]
pub(super) struct Chosen<'r> {
    pub(super) device: &'r Device,
    /// Whether it was named by itself, so that a refusal is reported if nothing can be done.
    pub(super) is_named: bool,
}

impl Scope {
    /// The devices, each once.
    ///
    /// # Errors
    /// When a selector names none, or several.
    pub(super) fn choose<'r>(
        &self,
        builder: &ChangeBuilder<'r>,
    ) -> Result<Vec<Chosen<'r>>, Box<Problem>> {
        let all = &builder.guest().domain.devices;
        let of_class = |class: Option<DeviceClass>| {
            let devices =
                all.iter().filter(move |device| class.is_none_or(|c| device.class() == c));
            devices.map(|device| Chosen { device, is_named: false })
        };
        let picks = match self {
            Self::All => return Ok(of_class(None).collect()),
            Self::Some(picks) => picks,
        };
        let mut chosen: Vec<Chosen<'r>> = Vec::new();
        for pick in picks {
            match pick {
                Pick::Device(selector) => {
                    chosen.push(Chosen { device: builder.find(selector)?, is_named: true });
                }
                Pick::Class(class) => chosen.extend(of_class(Some(*class))),
            }
        }
        let mut met = BTreeSet::new();
        chosen.retain(|chosen| met.insert(chosen.device.key()));
        Ok(chosen)
    }
}
