//! Walks QEMU's object tree: the next queries, and the facts from their answers.
//!
//! The walk sends nothing itself; the owner of the monitor does. `addr` and `parent_bus` of an object
//! are right at any time, also before firmware has numbered buses.
//!
//! QEMU takes about half a millisecond for a query, whatever it is, because it reads its monitor
//! a byte at a time (`monitor/monitor.c: monitor_can_read`, measured with 10.0.2). So the content of
//! one `info qtree` is not queried again, object by object ([`QtreeDevice`]).
//!
//! # Looking again
//!
//! The first look goes everywhere. A later one keeps known objects, and only queries what may have
//! changed:
//!
//! * An added device is in a container, with everything below it: `peripheral` by id,
//!   `peripheral-anon` without, and `unattached` if QEMU adds it by itself (the hub before a USB
//!   controller's last port, an `nvme`'s subsystem). Nothing is added below an existing device. So
//!   the machine and its containers are listed again, and only new names are walked.
//! * A removed device is missing there. If another has taken its name between two looks, it is of
//!   another model, or elsewhere in the tree, or `DEVICE_DELETED` has named the path
//!   ([`QomWalk::forget`]), which every monitor gets, whichever client requested the removal. The
//!   event alone would not be enough: it comes 50 ms after the name is free, perhaps during a look
//!   that has seen the next object of that name.
//! * A remaining device keeps its place, and all of [`WANTED`]: QEMU sets these when a device is
//!   realized, and neither the guest nor a reset changes them. Changing properties must not be
//!   in that list: `busnr` (firmware numbers; a reset forgets) and `drive` (a node goes on top, a
//!   medium is taken out) come from `info qtree` and `query-pci`, see [`super::Answers`].

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::facts::{Facts, LiveBus, LiveBusKind, LiveBusNo, LiveDevice, LiveNo};
use super::properties::{self, WANTED};
use super::qtree_index::{QtreeDevice, QtreeIndex};

/// A question to the monitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// `qom-list` of this path.
    List(String),
    /// `qom-get` of this property of this path.
    Get(String, String),
}

/// The object at which the walk begins.
const MACHINE: &str = "/machine";
/// The type of objects that only hold others (QEMU `qom/container.c`).
const CONTAINER: &str = "container";
/// The depth of the search below `/machine`: a disk inside of a USB stick is at 5.
const DEPTH: usize = 6;
/// The most objects of a guest.
const OBJECTS: usize = 20_000;

/// An object is only worth questions when it has one of these: a place of its own.
const PLACES: &[&str] =
    &["addr", "port", "scsi-id", "unit", "nr", "slot", "dev_id", "reg", "index"];

/// Types without devices below them.
const BARREN: &[&str] = &["irq", "memory-region", "clock", "qemu:"];

/// The known objects of one guest.
#[derive(Debug, Default)]
pub struct QomWalk {
    objects: BTreeMap<String, Object>,
    told: QtreeIndex,
    todo: Vec<Query>,
}

#[derive(Debug)]
struct Object {
    /// The type of the object.
    driver: String,
    /// The kind of bus, if it is one.
    bus: Option<LiveBusKind>,
    /// The report of `info qtree` when the object was new.
    told: Option<QtreeDevice>,
    /// The queried properties.
    properties: HashMap<String, String>,
}

/// The answer to a `qom-list`.
struct Listed<'v> {
    /// Names of its properties.
    names: Vec<&'v str>,
    /// Objects worth a visit, by path, with their types.
    children: BTreeMap<String, &'v str>,
}

impl<'v> Listed<'v> {
    fn read(path: &str, value: &'v Value) -> Self {
        let (mut names, mut children) = (Vec::new(), BTreeMap::new());
        for entry in value.as_array().map(Vec::as_slice).unwrap_or_default() {
            let word = |name: &str| entry.get(name).and_then(Value::as_str);
            let (Some(name), Some(word)) = (word("name"), word("type")) else { continue };
            match word.strip_prefix("child<").and_then(|word| word.strip_suffix('>')) {
                Some(driver) => {
                    let barren = BARREN.iter().any(|barren| driver.starts_with(barren));
                    if !barren && !name.contains('/') {
                        children.insert(format!("{path}/{name}"), driver);
                    }
                }
                None => names.push(name),
            }
        }
        Self { names, children }
    }
}

impl Object {
    fn get(&self, name: &str) -> Option<&str> {
        let told = || self.told.as_ref()?.get(name);
        self.properties.get(name).map(String::as_str).or_else(told)
    }
}

impl QomWalk {
    /// Begins a look: the first at the machine, a later one for changes since the last, which was
    /// walked to its end. `qtree` is the text of a present `info qtree`, if available.
    pub fn look(&mut self, qtree: Option<&str>) {
        self.told = qtree.map(QtreeIndex::read).unwrap_or_default();
        let others = self.objects.iter().filter(|(path, object)| {
            let told = self.told.of(path, &object.driver);
            told.is_some() && told != object.told.as_ref()
        });
        let others: Vec<String> = others.map(|(path, _)| path.clone()).collect();
        for path in others {
            self.remove(&path);
        }
        let holds =
            |(path, object): &(&String, &Object)| *path == MACHINE || object.driver == CONTAINER;
        let again = self.objects.iter().filter(holds);
        self.todo = again.map(|(path, _)| Query::List(path.clone())).collect();
        self.visit(MACHINE, "");
    }

    /// Forgets an object that is gone, with everything below it. A look that is under way lists the
    /// objects around it again: another one may have its name by now.
    pub fn forget(&mut self, path: &str) {
        self.remove(path);
        let around = path.rsplit_once('/').map(|(around, _)| around);
        let list = around.filter(|around| self.objects.contains_key(*around));
        let list = list.map(|around| Query::List(around.to_owned()));
        self.todo.extend(list.filter(|list| !self.todo.contains(list)));
    }

    /// Drops an object with everything below it.
    fn remove(&mut self, path: &str) {
        let below: Vec<String> = self.below(path).map(|(path, _)| path.clone()).collect();
        for path in below.iter().map(String::as_str).chain([path]) {
            self.objects.remove(path);
        }
    }

    /// The queries that can be sent now, in any order; empty when the walk is over.
    pub fn questions(&mut self) -> Vec<Query> {
        std::mem::take(&mut self.todo)
    }

    /// Takes the answer to a question; `None` when the monitor refused, as it does when the object
    /// has gone meanwhile.
    pub fn answer(&mut self, query: &Query, value: Option<&Value>) {
        match (query, value) {
            (Query::List(path), Some(value)) => self.listed(path, value),
            // An object of this name at the next look was not queried.
            (Query::List(path), None) => self.remove(path),
            (Query::Get(path, name), Some(value)) => {
                let Some(object) = self.objects.get_mut(path) else { return };
                let value = match value {
                    Value::String(text) => text.clone(),
                    Value::Bool(_) | Value::Number(_) => value.to_string(),
                    _ => return,
                };
                object.properties.insert(name.clone(), value);
            }
            (Query::Get(..), None) => {}
        }
    }

    /// Every known object below a path, at any depth.
    fn below(&self, path: &str) -> impl Iterator<Item = (&String, &Object)> {
        let prefix = format!("{path}/");
        self.objects.range(prefix.clone()..).take_while(move |(path, _)| path.starts_with(&prefix))
    }

    fn visit(&mut self, path: &str, driver: &str) {
        let depth = path.matches('/').count();
        if depth > DEPTH || self.objects.len() >= OBJECTS || self.objects.contains_key(path) {
            return;
        }
        let bus = LiveBusKind::from_name(driver);
        let told = self.told.of(path, driver).cloned();
        let object = Object { driver: driver.to_owned(), bus, told, properties: HashMap::new() };
        self.objects.insert(path.to_owned(), object);
        self.todo.push(Query::List(path.to_owned()));
    }

    fn listed(&mut self, path: &str, value: &Value) {
        let Some(own) = self.objects.get(path) else { return };
        let Listed { names, children } = Listed::read(path, value);
        let placed = PLACES.iter().any(|place| names.contains(place));
        if own.bus.is_none() && names.contains(&"parent_bus") {
            let wanted = WANTED.iter().filter(|wanted| names.contains(wanted));
            // Added devices can be removed on request, also without a place.
            let added = path.starts_with("/machine/peripheral") && path.matches('/').count() == 3;
            let wanted = wanted.filter(|wanted| placed || added || **wanted == "parent_bus");
            let wanted = wanted.filter(|wanted| own.get(wanted).is_none());
            self.todo.extend(wanted.map(|name| Query::Get(path.to_owned(), (*name).to_owned())));
        }
        let gone: Vec<String> = self.gone(path, &children).map(str::to_owned).collect();
        for path in gone {
            self.remove(&path);
        }
        for (path, driver) in children {
            self.visit(&path, driver);
        }
    }

    /// The known objects in `path` that are missing, or of another model.
    fn gone<'s>(
        &'s self,
        path: &str,
        children: &BTreeMap<String, &str>,
    ) -> impl Iterator<Item = &'s str> {
        let depth = path.matches('/').count() + 1;
        let gone = self.below(path).filter(move |(below, object)| {
            below.matches('/').count() == depth
                && children.get(*below).is_none_or(|driver| *driver != object.driver)
        });
        gone.map(|(path, _)| path.as_str())
    }

    /// Whether objects were added to, or removed from, the container at `path` since the last look;
    /// `listed` is its present content.
    pub fn is_news(&self, path: &str, listed: &Value) -> bool {
        let Listed { children, .. } = Listed::read(path, listed);
        children.keys().any(|child| !self.objects.contains_key(child))
            || self.gone(path, &children).next().is_some()
    }

    /// The known devices and buses.
    pub fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        let mut by_path: HashMap<&str, LiveBusNo> = HashMap::new();
        let mut objects: Vec<(&String, &Object)> = self.objects.iter().collect();
        objects.sort_by_cached_key(|(path, _)| order(path));
        for (path, object) in &objects {
            let Some(kind) = object.bus else { continue };
            by_path.insert(path, LiveBusNo(facts.buses.len()));
            facts.buses.push(LiveBus {
                name: path.rsplit('/').next().map(Into::into),
                path: Some(path.as_str().into()),
                kind,
                ..LiveBus::default()
            });
        }
        let mut devices = objects;
        devices.retain(|(_, object)| object.properties.contains_key("parent_bus"));
        let mut numbers: HashMap<&str, LiveNo> = HashMap::new();
        for (path, object) in &devices {
            numbers.insert(path, LiveNo(facts.devices.len()));
            let on = object.properties.get("parent_bus").and_then(|bus| by_path.get(bus.as_str()));
            facts.devices.push(LiveDevice {
                path: Some(path.as_str().into()),
                id: path
                    .strip_prefix("/machine/peripheral/")
                    .filter(|id| !id.contains('/'))
                    .map(Into::into),
                driver: Some(object.driver.as_str().into()),
                bus: on.copied(),
                ..LiveDevice::default()
            });
        }
        for bus in &mut facts.buses {
            let path = bus.path.as_deref().unwrap_or_default();
            let above = path.rsplit_once('/').map_or("", |(above, _)| above);
            bus.holder = numbers.get(above).copied();
        }
        for (no, (_, object)) in devices.iter().enumerate() {
            let get = |name: &str| object.get(name);
            properties::settle(&mut facts, LiveNo(no), &get);
        }
        properties::number_roots(&mut facts);
        facts.has_tree = !facts.buses.is_empty();
        facts
    }
}

/// Containers in the order of names, and in each `device[N]` by number, which is the order of
/// creation.
fn order(path: &str) -> (String, u32, String) {
    let last = path.rsplit('/').next().unwrap_or_default();
    let number = creation(path);
    let container = path.strip_suffix(last).unwrap_or(path);
    match number {
        Some((_, number)) => (container.to_owned(), number, String::new()),
        None => (container.to_owned(), 0, last.to_owned()),
    }
}

/// The container of a device without id and its number there: devices in one container are numbered
/// in the order of creation (QEMU `hw/core/qdev.c: qdev_set_id`, `device_set_realized`).
pub fn creation(path: &str) -> Option<(&str, u32)> {
    let (container, last) = path.rsplit_once('/')?;
    let number = last.strip_prefix("device[")?.strip_suffix(']')?;
    Some((container, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_without_end_is_left_at_some_depth() {
        let mut walk = QomWalk::default();
        walk.look(None);
        let mut asked = 0;
        loop {
            let questions = walk.questions();
            if questions.is_empty() {
                break;
            }
            for question in questions {
                asked += 1;
                let value = serde_json::json!([{"name": "a", "type": "child<x>"},
                    {"name": "b", "type": "child<irq>"}, {"name": "parent_bus", "type": "link<bus>"}]);
                walk.answer(&question, Some(&value));
            }
        }
        assert!(asked < 30, "{asked}");
        assert!(walk.facts().devices.is_empty());
    }

    #[test]
    fn what_comes_and_goes_in_a_container_is_news() {
        let path = "/machine/peripheral";
        let list = |names: &[(&str, &str)]| -> Value {
            let child = |(name, driver): &(&str, &str)| serde_json::json!({ "name": name, "type": format!("child<{driver}>") });
            names.iter().map(child).collect()
        };
        let mut walk = QomWalk::default();
        walk.visit(path, CONTAINER);
        walk.listed(path, &list(&[("a", "e1000"), ("b", "nvme")]));
        assert!(!walk.is_news(path, &list(&[("b", "nvme"), ("a", "e1000")])));
        assert!(walk.is_news(path, &list(&[("a", "e1000")])));
        assert!(walk.is_news(path, &list(&[("a", "e1000"), ("b", "nvme"), ("c", "nvme")])));
        assert!(walk.is_news(path, &list(&[("a", "nvme"), ("b", "nvme")])));
    }

    #[test]
    fn devices_without_id_are_in_the_order_of_creation() {
        let mut paths =
            ["/machine/peripheral-anon/device[10]", "/machine/peripheral-anon/device[9]"];
        paths.sort_by_cached_key(|path| order(path));
        assert!(paths[0].ends_with("[9]"));
    }
}
