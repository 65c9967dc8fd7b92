//! What hot-plugging came to, as JSON. The schema is described in `docs/hotplug-json.md`.

use serde::Serialize;
use serde_json::Value;

use super::detected::{Live, live_report};
use super::written_json;
use crate::hotplug::QmpCommand;
use crate::live::{Facts, LiveNo};

/// Where putting a device in, or taking one out, stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hotplugged {
    /// Done, with everything that belongs to it.
    Done,
    /// Nothing was sent: that was what was asked for.
    Planned,
    /// The guest has been asked, and has not let go so far.
    Pending,
    /// The device is gone, its backend is not.
    Left,
    /// Refused: by the rules, by whoever was asked for confirmation, by QEMU or by the guest.
    Refused,
}

impl Hotplugged {
    fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Planned => "planned",
            Self::Pending => "pending",
            Self::Left => "left",
            Self::Refused => "refused",
        }
    }
}

/// What came of `attach` or `detach`.
#[derive(Clone, Debug)]
pub struct Hotplug {
    /// Where it stands.
    pub state: Hotplugged,
    /// The same for a person.
    pub message: String,
    /// The device: where it is, or was.
    pub live: Option<LiveNo>,
    /// What goes with it.
    pub with: Vec<LiveNo>,
    /// What is sent, in this order.
    pub commands: Vec<QmpCommand>,
    /// What is left behind, in the monitor's words.
    pub left: Vec<String>,
}

impl Hotplug {
    /// One about which there is nothing more to tell.
    pub fn new(state: Hotplugged, message: impl Into<String>) -> Self {
        let (with, commands, left) = (Vec::new(), Vec::new(), Vec::new());
        Self { state, message: message.into(), live: None, with, commands, left }
    }
}

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    version: u32,
    command: &'a str,
    monitor: &'a str,
    state: &'static str,
    message: &'a str,
    device: Option<Live<'a>>,
    with: Vec<Live<'a>>,
    commands: Vec<Value>,
    left: &'a [String],
}

/// The JSON of `command`, which is `attach` or `detach`. `facts` are those that its numbers are of.
///
/// # Errors
/// Never for what this module builds; `serde_json` has the last word.
pub fn hotplug_json(
    command: &str,
    monitor: &str,
    hotplug: &Hotplug,
    facts: &Facts,
) -> Result<String, serde_json::Error> {
    let report = Report {
        schema: "virt-topo/hotplug",
        version: 1,
        command,
        monitor,
        state: hotplug.state.word(),
        message: &hotplug.message,
        device: hotplug.live.and_then(|no| live_report(facts, no)),
        with: hotplug.with.iter().filter_map(|no| live_report(facts, *no)).collect(),
        commands: hotplug.commands.iter().map(QmpCommand::to_json).collect(),
        left: &hotplug.left,
    };
    written_json(&report)
}
