//! Parsers of QMP answers: `query-pci`, `query-block`, `query-memory-devices`, `query-status`.
//!
//! Members that are missing or of an unexpected type are taken as absent; entries that need them
//! are skipped.

use serde_json::Value;

use super::facts::{Bridge, Drive, LiveDevice, PciFacts, QdevAddress, Region, RunState};
use super::hmp::memory_driver;
use super::pci_listing::PciEntry;
use crate::machine::PciId;
use crate::model::Text;
use crate::model::address::{Function, Slot};
use crate::topology::GuestBus;

/// Reads `query-pci`, bare or as the `return` of an answer.
pub fn query_pci(answer: &Value) -> Vec<PciEntry> {
    let answer = answer.get("return").unwrap_or(answer);
    let mut found: Vec<PciEntry> = Vec::new();
    // Lists still to be read, in reverse: bridges come before devices behind them.
    let mut todo: Vec<(Option<usize>, &Value)> = Vec::new();
    for root in list(answer).iter().rev() {
        push(&mut todo, None, root.get("devices"));
    }
    while let Some((parent, value)) = todo.pop() {
        let Some(entry) = entry(value, parent) else { continue };
        found.push(entry);
        let no = found.len() - 1;
        push(&mut todo, Some(no), value.get("pci_bridge").and_then(|bridge| bridge.get("devices")));
    }
    found
}

fn push<'v>(
    todo: &mut Vec<(Option<usize>, &'v Value)>,
    parent: Option<usize>,
    devices: Option<&'v Value>,
) {
    todo.extend(devices.map(list).unwrap_or_default().iter().rev().map(|value| (parent, value)));
}

/// Whether a value looks like the answer to `query-pci`.
pub fn is_query_pci(answer: &Value) -> bool {
    let answer = answer.get("return").unwrap_or(answer);
    list(answer).iter().any(|root| root.get("devices").is_some_and(Value::is_array))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn number(value: &Value, name: &str) -> Option<u32> {
    value.get(name)?.as_u64().and_then(|number| u32::try_from(number).ok())
}

fn small(value: &Value, name: &str) -> Option<u8> {
    number(value, name).and_then(|number| u8::try_from(number).ok())
}

/// A text that is not empty.
fn text(value: &Value, name: &str) -> Option<Text> {
    value.get(name)?.as_str().filter(|text| !text.is_empty()).map(Into::into)
}

fn entry(value: &Value, parent: Option<usize>) -> Option<PciEntry> {
    let id = |vendor, device| {
        let ids = value.get("id")?;
        let number = |name| number(ids, name).and_then(|number| u16::try_from(number).ok());
        Some(PciId { vendor: number(vendor)?, device: number(device)? })
    };
    let pin = number(value, "irq_pin").filter(|pin| (1..=4).contains(pin));
    let bus = GuestBus(small(value, "bus")?);
    let class = value.get("class_info").and_then(|class| number(class, "class"));
    let bridge = value.get("pci_bridge").and_then(|bridge| bridge.get("bus"));
    let pci = PciFacts {
        class: class.and_then(|class| u16::try_from(class).ok()),
        id: id("vendor", "device"),
        subsystem: id("subsystem-vendor", "subsystem"),
        irq: number(value, "irq"),
        pin: pin.and_then(|pin| char::from_u32(u32::from(b'A') + pin - 1)),
        bus: Some(bus),
        regions: value
            .get("regions")
            .map(list)
            .unwrap_or_default()
            .iter()
            .filter_map(region)
            .collect(),
        bridge: bridge.map(|bus| Bridge {
            secondary: small(bus, "secondary").unwrap_or_default(),
            subordinate: small(bus, "subordinate").unwrap_or_default(),
        }),
    };
    Some(PciEntry {
        parent,
        bus,
        slot: Slot::new(number(value, "slot")?)?,
        function: Function::new(number(value, "function")?)?,
        pci,
        id: text(value, "qdev_id"),
    })
}

fn region(value: &Value) -> Option<Region> {
    let flag = |name: &str| value.get(name).and_then(Value::as_bool).unwrap_or_default();
    // -1 means "not mapped"; QEMU's 64 bits arrive signed or not.
    let address = value.get("address").and_then(Value::as_u64).filter(|at| *at != u64::MAX);
    Some(Region {
        bar: number(value, "bar")?,
        io: value.get("type").and_then(Value::as_str) == Some("io"),
        address,
        size: address.and(value.get("size").and_then(Value::as_u64)),
        prefetch: flag("prefetch"),
        wide: flag("mem_type_64"),
    })
}

/// Parses the answer to `query-block`.
pub fn query_block(answer: &Value) -> Vec<Drive> {
    list(answer)
        .iter()
        .map(|value| {
            let medium = value.get("inserted");
            Drive {
                name: text(value, "device").unwrap_or_default(),
                node: medium.and_then(|medium| text(medium, "node-name")),
                file: medium.and_then(|medium| text(medium, "file")),
                format: medium.and_then(|medium| text(medium, "drv")),
                read_only: medium
                    .and_then(|medium| medium.get("ro")?.as_bool())
                    .unwrap_or_default(),
                at: text(value, "qdev"),
            }
        })
        .collect()
}

/// Parses the answer to `query-memory-devices`.
pub fn query_memory_devices(answer: &Value) -> Vec<LiveDevice> {
    list(answer)
        .iter()
        .map(|value| {
            let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
            let data = value.get("data").unwrap_or(&Value::Null);
            LiveDevice {
                id: text(data, "id"),
                driver: Some(memory_driver(kind).into()),
                address: number(data, "slot").map_or(QdevAddress::None, QdevAddress::Slot),
                hotpluggable: data.get("hotpluggable").and_then(Value::as_bool),
                hotplugged: data.get("hotplugged").and_then(Value::as_bool),
                ..LiveDevice::default()
            }
        })
        .collect()
}

/// Parses the answer to `query-status`.
pub fn query_status(answer: &Value) -> RunState {
    RunState::from_name(answer.get("status").and_then(Value::as_str).unwrap_or_default())
}

/// The version in the greeting, or in the answer to `query-version`.
pub fn version(answer: &Value) -> Option<Text> {
    let version = answer.get("QMP").and_then(|qmp| qmp.get("version")).unwrap_or(answer);
    let qemu = version.get("qemu")?;
    let part = |name| qemu.get(name).and_then(Value::as_u64);
    Some(format!("{}.{}.{}", part("major")?, part("minor")?, part("micro")?).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_behind_bridges_come_after_them() {
        let answer: Value = serde_json::from_str(
            r#"{"return":[{"bus":0,"devices":[
              {"bus":0,"slot":3,"function":0,"class_info":{"class":1540},"id":{"vendor":6966,"device":1},
               "qdev_id":"b","irq_pin":1,"irq":10,"regions":[{"bar":0,"type":"memory","address":-1,"size":256}],
               "pci_bridge":{"bus":{"secondary":1,"subordinate":1},"devices":[
                 {"bus":1,"slot":2,"function":1,"id":{"vendor":1,"device":2},"qdev_id":"","irq_pin":0}]}},
              {"bus":0,"slot":40,"function":0},{"bus":0,"slot":4}]}]}"#,
        )
        .unwrap();
        assert!(is_query_pci(&answer));
        let found = query_pci(&answer);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].id.as_deref(), Some("b"));
        assert_eq!(found[0].pci.pin, Some('A'));
        assert_eq!(found[0].pci.regions[0].address, None);
        assert_eq!((found[1].parent, found[1].id.as_deref()), (Some(0), None));
    }

    #[test]
    fn answers_of_another_form_say_nothing() {
        for text in ["{}", "[]", "[1,{\"devices\":3}]", "null", "{\"return\":{\"bus\":0}}"] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert!(query_pci(&value).is_empty());
            assert!(query_memory_devices(&value).len() <= 2);
            assert_eq!(query_status(&value), RunState::Unknown);
            assert_eq!(version(&value), None);
        }
    }
}
