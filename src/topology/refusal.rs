//! Why something cannot be: one wording for everybody who asks.

use std::borrow::Cow;
use std::fmt;

use crate::model::{Code, DeviceKey, Problem};

/// A place, an address or a whole allocation that is refused: code, reason, what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The permanent name of what is wrong.
    pub code: Code,
    /// The reason, in a sentence of our own.
    pub message: String,
    /// libvirt's words for it, prefix included, where it has any.
    pub libvirt: Option<String>,
    /// What to do instead.
    pub help: Option<Cow<'static, str>>,
    /// Whom it is about, the one to look at first.
    pub devices: Vec<DeviceKey>,
}

impl Refusal {
    /// A refusal with this code and reason.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), libvirt: None, help: None, devices: Vec::new() }
    }

    /// Quotes libvirt.
    #[must_use]
    pub fn quoting(mut self, libvirt: impl Into<String>) -> Self {
        self.libvirt = Some(libvirt.into());
        self
    }

    /// Says what to do instead.
    #[must_use]
    pub fn helping(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says whom it is about.
    #[must_use]
    pub fn on(mut self, device: DeviceKey) -> Self {
        self.devices.push(device);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let Refusal { code, message, libvirt, help, devices } = refusal;
        Self { libvirt, help, devices, ..Self::error(code, message) }
    }
}
