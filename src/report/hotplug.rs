//! The result of hot-plugging, as JSON. The schema is described in `docs/hotplug-json.md`.

use serde::Serialize;
use serde_json::Value;

use super::detected::{LiveReport, live_report};
use super::written_json;
use crate::hotplug::QmpCommand;
use crate::live::{Facts, LiveNo};

/// The state of an attach or detach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hotplugged {
    /// Done, with everything that belongs to it.
    Done,
    /// Only planned, as requested: nothing was sent.
    Planned,
    /// The guest has been asked and has not released the device yet.
    Pending,
    /// The device is gone, its backend is not.
    Left,
    /// Refused: by the rules, at the confirmation, by QEMU or by the guest.
    Refused,
}

impl Hotplugged {
    fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Planned => "planned",
            Self::Pending => "pending",
            Self::Left => "left",
            Self::Refused => "refused",
        }
    }
}

/// The result of `attach` or `detach`.
#[derive(Clone, Debug)]
pub struct Hotplug {
    /// The state of the request.
    pub state: Hotplugged,
    /// The same for a person.
    pub message: String,
    /// The device: where it is, or was.
    pub live: Option<LiveNo>,
    /// The devices that go with it.
    pub with: Vec<LiveNo>,
    /// The commands to send, in this order.
    pub commands: Vec<QmpCommand>,
    /// Objects that remain, with the monitor's names.
    pub left: Vec<String>,
}

impl Hotplug {
    /// A result with nothing but a state and a message.
    pub fn new(state: Hotplugged, message: impl Into<String>) -> Self {
        let (with, commands, left) = (Vec::new(), Vec::new(), Vec::new());
        Self { state, message: message.into(), live: None, with, commands, left }
    }
}

#[derive(Serialize)]
struct HotplugReport<'a> {
    schema: &'static str,
    version: u32,
    command: &'a str,
    monitor: &'a str,
    state: &'static str,
    message: &'a str,
    device: Option<LiveReport<'a>>,
    with: Vec<LiveReport<'a>>,
    commands: Vec<Value>,
    left: &'a [String],
}

/// The JSON of `command`, which is `attach` or `detach`. `facts` are those that its numbers refer
/// to.
///
/// # Errors
/// None in practice: everything here can be serialized.
pub fn hotplug_json(
    command: &str,
    monitor: &str,
    hotplug: &Hotplug,
    facts: &Facts,
) -> Result<String, serde_json::Error> {
    let report = HotplugReport {
        schema: "virt-topo/hotplug",
        version: 1,
        command,
        monitor,
        state: hotplug.state.as_str(),
        message: &hotplug.message,
        device: hotplug.live.and_then(|no| live_report(facts, no)),
        with: hotplug.with.iter().filter_map(|no| live_report(facts, *no)).collect(),
        commands: hotplug.commands.iter().map(QmpCommand::to_json).collect(),
        left: &hotplug.left,
    };
    written_json(&report)
}
