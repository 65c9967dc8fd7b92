//! Something that is wrong with a guest, as data.

use std::borrow::Cow;

use thiserror::Error;

use super::{Code, DeviceKey, Fix};
use crate::text::Span;

/// The severity of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing, and harmless.
    Note,
    /// Accepted, but the guest or the admin will suffer.
    Warning,
    /// libvirt refuses the definition, or QEMU refuses to start.
    Error,
}

impl Severity {
    /// `note`, `warning` or `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A problem of a guest, or the reason why a request is refused.
///
/// A refusal has no spans and no fixes: it is about a request and not about a text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Problem {
    /// The code of the rule.
    pub code: Code,
    /// The severity of the problem.
    pub severity: Severity,
    /// The problem in one sentence.
    pub message: String,
    /// libvirt's message, for those who search for it.
    pub libvirt: Option<String>,
    /// The remedy in one sentence.
    pub help: Option<Cow<'static, str>>,
    /// The devices concerned, the one to look at first.
    pub devices: Vec<DeviceKey>,
    /// The places in the text, the one to look at first.
    pub spans: Vec<Span>,
    /// Fixes, the best first.
    pub fixes: Vec<Fix>,
}

impl Problem {
    /// An error with this code and message, nowhere in particular.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message)
    }

    /// A warning with this code and message, nowhere in particular.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message)
    }

    /// A note with this code and message, nowhere in particular.
    pub fn note(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, message)
    }

    /// A problem with this code, severity and message, nowhere in particular.
    pub fn new(code: Code, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            libvirt: None,
            help: None,
            devices: Vec::new(),
            spans: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// Refuses a request with this problem as the reason.
    ///
    /// # Errors
    /// Always the problem.
    pub fn refuse<T>(self) -> Result<T, Box<Self>> {
        Err(Box::new(self))
    }

    /// Adds a device that it is about.
    #[must_use]
    pub fn on(mut self, device: DeviceKey) -> Self {
        self.devices.push(device);
        self
    }

    /// Adds a span of the text; `None` (for what libvirt adds) adds nothing.
    #[must_use]
    pub fn at(mut self, span: impl Into<Option<Span>>) -> Self {
        self.spans.extend(span.into());
        self
    }

    /// Adds libvirt's message.
    #[must_use]
    pub fn quoting(mut self, libvirt: impl Into<String>) -> Self {
        self.libvirt = Some(libvirt.into());
        self
    }

    /// Adds a remedy.
    #[must_use]
    pub fn helping(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = Some(help.into());
        self
    }
}
