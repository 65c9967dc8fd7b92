//! Executes plans on a monitor: plugs step by step with undo, and waits for the guest when it
//! unplugs.

use std::time::Duration;

use serde_json::{Value, json};

use super::{CallError, Event, MonitorError, Qmp};
use crate::hotplug::{Backends, Plug, QmpCommand, Unplug};
use crate::model::Text;
use crate::sources::Deadline;
use crate::text::Printable;

/// The result of plugging a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlugResult {
    /// The device is plugged.
    Done,
    /// A step was refused, or confirmed and not done; everything before it was undone, except
    /// `left`.
    Refused {
        /// The command that was refused.
        command: String,
        /// The monitor's message, or the state found in place of the device.
        words: String,
        /// Objects that could not be removed, with the monitor's messages.
        left: Vec<String>,
    },
}

impl PlugResult {
    /// A sentence about objects that a refusal leaves behind for a device with this id; safe to
    /// print.
    pub fn aftermath(&self, id: &str) -> String {
        match self {
            Self::Done => String::new(),
            // No device has the id, a backend has it: QEMU's messages for both kinds of backend.
            Self::Refused { words, .. } if words.starts_with("Duplicate ") => {
                format!("an earlier device left it behind; 'virt-topo detach {id}' removes it")
            }
            Self::Refused { left, .. } if left.is_empty() => "nothing is left behind".to_owned(),
            Self::Refused { left, .. } => {
                format!("left behind: {}", Printable::new(&left.join("; ")))
            }
        }
    }
}

/// The result of unplugging a device, or its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unplugged {
    /// The device is gone with its backends, except `left`.
    Gone {
        /// Backends that could not be removed, with the monitor's messages.
        left: Vec<String>,
    },
    /// The request was sent; the guest has not released the device yet.
    Pending,
    /// The monitor refused, with its message.
    Refused(String),
    /// The guest refused.
    GuestRefused,
}

/// A device with an open unplug request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    unplug: Unplug,
    /// Block nodes to remove when it is gone, top first.
    nodes: Vec<String>,
}

impl Waiting {
    /// The QOM path of the device; without one, the path of its id.
    fn path(&self) -> String {
        let Unplug { path, handle, .. } = &self.unplug;
        path.as_ref().map_or_else(|| format!("{PERIPHERAL}/{handle}"), ToString::to_string)
    }
}

/// Backends of a device that was removed after the wait for it had ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftoverBackends {
    /// Names of block nodes.
    pub nodes: Vec<String>,
    /// Names of network backends.
    pub netdevs: Vec<Text>,
}

/// The container of devices with an id (QEMU, `hw/core/qdev.c: qdev_get_peripheral`).
const PERIPHERAL: &str = "/machine/peripheral";

/// Attempts to remove a backend after its device: QEMU may hold it for a moment.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(50);

/// `ACPI_DEVICE_OST` of an ejection (ACPI 6.5, 6.3.5): success, and "in progress".
const OST_EJECT: u64 = 3;
const OST_FINE: [u64; 2] = [0, 132];

impl Qmp {
    /// Plugs a device. When a step is refused, or the guest does not have the device afterwards,
    /// the earlier steps are undone.
    ///
    /// # Errors
    /// When the connection fails; then the state of the guest is unknown.
    pub fn plug(&mut self, plug: &Plug) -> Result<PlugResult, MonitorError> {
        let mut undo = Vec::new();
        let mut last = String::new();
        for step in &plug.steps {
            match self.call(&step.command.name, step.command.arguments.clone()) {
                Ok(_) => {
                    undo.extend(step.undo.clone());
                    last.clone_from(&step.command.name);
                }
                Err(CallError::Refused { words, .. }) => {
                    let (command, left) = (step.command.name.clone(), self.take_back(undo)?);
                    return Ok(PlugResult::Refused { command, words, left });
                }
                Err(CallError::Link(error)) => return Err(error),
            }
        }
        if self.has_object(&format!("{PERIPHERAL}/{}", plug.id))? == Some(false) {
            let words = format!("the monitor reports success, the guest has no device {}", plug.id);
            return Ok(PlugResult::Refused { command: last, words, left: self.take_back(undo)? });
        }
        Ok(PlugResult::Done)
    }

    /// Undoes the steps, the latest first; returns the monitor's messages about failures.
    fn take_back(&mut self, undo: Vec<QmpCommand>) -> Result<Vec<String>, MonitorError> {
        let mut left = Vec::new();
        for command in undo.into_iter().rev() {
            match self.call(&command.name, command.arguments) {
                Ok(_) => {}
                Err(CallError::Refused { words, .. }) => left.push(words),
                Err(CallError::Link(error)) => return Err(error),
            }
        }
        Ok(left)
    }

    /// Whether there is an object at this path; `None` if the monitor cannot list it.
    fn has_object(&mut self, path: &str) -> Result<Option<bool>, MonitorError> {
        let Some((parent, name)) = path.rsplit_once('/') else { return Ok(None) };
        let listed = match self.call("qom-list", json!({ "path": parent })) {
            Ok(listed) => listed,
            Err(CallError::Refused { .. }) => return Ok(None),
            Err(CallError::Link(error)) => return Err(error),
        };
        let is_it = |entry: &Value| entry.get("name").and_then(Value::as_str) == Some(name);
        Ok(listed.as_array().map(|entries| entries.iter().any(is_it)))
    }

    /// Requests the removal of a device, and waits for it until `deadline`; then removes its
    /// backends.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn unplug(
        &mut self,
        unplug: &Unplug,
        deadline: impl Into<Deadline>,
    ) -> Result<Unplugged, MonitorError> {
        let deadline = deadline.into();
        let waiting = match self.start_unplug(unplug)? {
            Ok(waiting) => waiting,
            Err(words) => return Ok(Unplugged::Refused(words)),
        };
        loop {
            if let Some(event) = self.event(deadline)?
                && let Some(ended) = self.settle(&waiting, &event)?
            {
                return Ok(ended);
            }
            if deadline.is_over() {
                return Ok(Unplugged::Pending);
            }
        }
    }

    /// Requests the removal of a device. Events report the result, see [`Qmp::settle`]; the inner
    /// error is the monitor's refusal.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn start_unplug(
        &mut self,
        unplug: &Unplug,
    ) -> Result<Result<Waiting, String>, MonitorError> {
        let nodes = self.chains(unplug)?;
        let QmpCommand { name, arguments } = QmpCommand::device_del(&unplug.handle);
        match self.call(&name, arguments) {
            Ok(_) => {}
            // The removal was requested before, by this or another client: wait for it
            // nevertheless.
            Err(CallError::Refused { words, .. }) if words.contains("in the process of unplug") => {
            }
            Err(CallError::Refused { words, .. }) => return Ok(Err(words)),
            Err(CallError::Link(error)) => return Err(error),
        }
        Ok(Ok(Waiting { unplug: unplug.clone(), nodes }))
    }

    /// The result that an event reports for a device with an open unplug request; `None` if it
    /// concerns another device, or the device is still there. Removes the backends of a removed
    /// device.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn settle(
        &mut self,
        waiting: &Waiting,
        event: &Event,
    ) -> Result<Option<Unplugged>, MonitorError> {
        Ok(match verdict(event, &waiting.unplug) {
            Some(true) if self.has_object(&waiting.path())? == Some(true) => None,
            Some(true) => {
                let left = self.remove_backends(&waiting.unplug.netdevs, &waiting.nodes)?;
                Some(Unplugged::Gone { left })
            }
            Some(false) => Some(Unplugged::GuestRefused),
            None => None,
        })
    }

    /// The backends that a device of this id, which is gone, has left; only those that were made
    /// with it by [`Qmp::plug`].
    ///
    /// # Errors
    /// When the connection fails.
    pub fn left_of(&mut self, id: &str) -> Result<LeftoverBackends, MonitorError> {
        let Backends { node, host } = Backends::of(id);
        let answered = |result: Result<Value, CallError>| match result {
            Err(CallError::Link(error)) => Err(error),
            result => Ok(result.unwrap_or_default()),
        };
        let nodes = answered(self.call("query-named-block-nodes", json!({ "flat": true })))?;
        let is_node = |own: &Value| own.get("node-name").and_then(Value::as_str) == Some(&node);
        let has_node = nodes.as_array().into_iter().flatten().any(is_node);
        let network = answered(self.human("info network").map(Value::from))?;
        // A connected backend is listed below its NIC, with more indentation.
        let is_host = |line: &str| line.split(": ").next() == Some(&host);
        let has_host = network.as_str().unwrap_or_default().lines().any(is_host);
        Ok(LeftoverBackends {
            nodes: has_node.then_some(node).into_iter().collect(),
            netdevs: has_host.then(|| host.into()).into_iter().collect(),
        })
    }

    /// Removes leftover backends; returns the monitor's messages about failures.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn clear(&mut self, left: &LeftoverBackends) -> Result<Vec<String>, MonitorError> {
        self.remove_backends(&left.netdevs, &left.nodes)
    }

    fn remove_backends(
        &mut self,
        netdevs: &[Text],
        nodes: &[String],
    ) -> Result<Vec<String>, MonitorError> {
        let netdevs = netdevs.iter().map(|id| QmpCommand::netdev_del(id));
        let nodes = nodes.iter().map(|node| QmpCommand::blockdev_del(node));
        let mut left = Vec::new();
        for QmpCommand { name, arguments } in netdevs.chain(nodes) {
            let mut refused = None;
            for nth in 0..TRIES {
                match self.call(&name, arguments.clone()) {
                    Ok(_) => {
                        refused = None;
                        break;
                    }
                    Err(CallError::Link(error)) => return Err(error),
                    // libvirt watches too, and may have been faster.
                    Err(CallError::Refused { words, .. }) if is_missing(&words) => {
                        refused = None;
                        break;
                    }
                    Err(CallError::Refused { words, .. }) => {
                        let busy = words.contains("in use") || words.contains("busy");
                        refused = Some(words);
                        if !busy || nth + 1 == TRIES {
                            break;
                        }
                        self.rest(Deadline::after(PAUSE))?;
                    }
                }
            }
            left.extend(refused);
        }
        Ok(left)
    }

    /// The named nodes below those that the device shows, top first: a format's file has a node of
    /// its own when libvirt made it.
    fn chains(&mut self, unplug: &Unplug) -> Result<Vec<String>, MonitorError> {
        let mut chains: Vec<String> = unplug.nodes.iter().map(ToString::to_string).collect();
        if chains.is_empty() {
            return Ok(chains);
        }
        let graph = match self.call("x-debug-query-block-graph", json!({})) {
            Ok(graph) => graph,
            Err(CallError::Refused { .. }) => return Ok(chains),
            Err(CallError::Link(error)) => return Err(error),
        };
        let list =
            |name: &str| graph.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let (nodes, edges) = (list("nodes"), list("edges"));
        let name = |id: &Value| {
            let node = nodes.iter().find(|node| node.get("id") == Some(id))?;
            node.get("name").and_then(Value::as_str).map(str::to_owned)
        };
        let mut looked = 0;
        while let Some(above) = chains.get(looked).cloned() {
            looked += 1;
            let below = edges.iter().filter_map(|edge| {
                let parent = name(edge.get("parent")?)?;
                (parent == above).then(|| name(edge.get("child")?)).flatten()
            });
            // QEMU removes nodes that it named itself with the node they belong to.
            let below: Vec<String> = below
                .filter(|name| !name.is_empty() && !name.starts_with('#') && !chains.contains(name))
                .collect();
            chains.extend(below);
        }
        Ok(chains)
    }
}

/// Whether this is QEMU's message about a missing block node or network backend
/// (`block/monitor/block-hmp-cmds.c`, `blockdev.c: qmp_blockdev_del`, `net/net.c: qmp_netdev_del`).
fn is_missing(words: &str) -> bool {
    words.starts_with("Failed to find node") || words.ends_with("not found")
}

/// The result that an event reports for a device: removed, refused by the guest, or `None`.
fn verdict(event: &Event, unplug: &Unplug) -> Option<bool> {
    let word = |name: &str| event.data.get(name).and_then(Value::as_str);
    // By id, or by path where there is no id; a virtio device's inner half has another path.
    let same = match (word("path"), &unplug.path) {
        (Some(path), Some(own)) => path == &**own,
        _ => word("device").is_some() && word("device") == unplug.id.as_deref(),
    };
    match event.name.as_str() {
        "DEVICE_DELETED" => same.then_some(true),
        "DEVICE_UNPLUG_GUEST_ERROR" | "MEM_UNPLUG_ERROR" => same.then_some(false),
        "ACPI_DEVICE_OST" => {
            let info = event.data.get("info")?;
            let own = info.get("device").and_then(Value::as_str) == unplug.id.as_deref();
            let number = |name: &str| info.get(name).and_then(Value::as_u64);
            let ejected = number("source") == Some(OST_EJECT);
            let failed = number("status").is_some_and(|status| !OST_FINE.contains(&status));
            (own && unplug.id.is_some() && ejected && failed).then_some(false)
        }
        _ => None,
    }
}
