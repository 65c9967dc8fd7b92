//! A guest's object tree as QEMU keeps it, with devices that come and go.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use virt_topo::live::Query;

/// Objects by path.
pub(crate) struct Objects {
    table: BTreeMap<String, Object>,
    /// Counters of devices without id, and of devices that QEMU created.
    numbers: [u32; 2],
    life: u32,
}

struct Object {
    driver: &'static str,
    properties: BTreeMap<&'static str, Value>,
}

/// Kinds of devices that can be plugged; each adds other objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A disk without objects below it.
    Disk,
    /// An inner half on a bus of its own.
    Virtio,
    /// A bus with a disk on it.
    Stick,
    /// A device that QEMU adds by itself besides.
    Nvme,
    /// A bus for others.
    Bridge,
}

impl Objects {
    /// A machine with a chipset, and `disks` disks.
    pub(crate) fn new(disks: u32) -> Self {
        let mut objects = Self { table: BTreeMap::new(), numbers: [0, 0], life: 0 };
        objects.add("/machine".to_owned(), "pc-machine", &[]);
        for name in ["peripheral", "peripheral-anon", "unattached"] {
            objects.add(format!("/machine/{name}"), "container", &[]);
        }
        objects.add("/machine/unattached/sysbus".to_owned(), "System", &[]);
        objects.add("/machine/unattached/irq[0]".to_owned(), "irq", &[]);
        let host = [("parent_bus", json!("/machine/unattached/sysbus"))];
        objects.add("/machine/i440fx".to_owned(), "i440FX-pcihost", &host);
        objects.add("/machine/i440fx/pci.0".to_owned(), "PCI", &[]);
        objects.add("/machine/unattached/scsi.0".to_owned(), "SCSI", &[]);
        objects.add("/machine/unattached/usb.0".to_owned(), "usb-bus", &[]);
        for nth in 0..disks {
            objects.plug(Kind::Disk, Some(&format!("disk{nth}")));
        }
        objects
    }

    fn add(&mut self, path: String, driver: &'static str, properties: &[(&'static str, Value)]) {
        let properties = properties.iter().cloned().collect();
        self.table.insert(path, Object { driver, properties });
    }

    /// Puts a device in; nothing happens where the id is taken. Every life of a device has another
    /// place.
    pub(crate) fn plug(&mut self, kind: Kind, id: Option<&str>) {
        let path = match id {
            Some(id) => format!("/machine/peripheral/{id}"),
            None => format!("/machine/peripheral-anon/device[{}]", self.number(0)),
        };
        if self.table.contains_key(&path) {
            return;
        }
        self.life += 1;
        let bus = |bus: &str| ("parent_bus", json!(bus));
        let place = |name: &'static str| (name, json!(self.life % 200));
        let pci = [bus("/machine/i440fx/pci.0"), place("addr"), ("hotplugged", json!(true))];
        let scsi = |at: &str| {
            [bus(at), place("scsi-id"), place("lun"), ("channel", json!(0)), ("drive", json!("d"))]
        };
        match kind {
            Kind::Disk => {
                let disk = scsi("/machine/unattached/scsi.0");
                self.add(path, "scsi-hd", &disk);
            }
            Kind::Virtio => {
                let inner = [bus(&format!("{path}/virtio-bus"))];
                self.add(path.clone(), "virtio-rng-pci", &pci);
                self.add(format!("{path}/virtio-bus"), "virtio-pci-bus", &[]);
                self.add(format!("{path}/virtio-backend"), "virtio-rng-device", &inner);
            }
            Kind::Stick => {
                let disk = scsi(&format!("{path}/stick.0"));
                let port = ("port", json!(self.life.to_string()));
                self.add(path.clone(), "usb-storage", &[bus("/machine/unattached/usb.0"), port]);
                self.add(format!("{path}/stick.0"), "SCSI", &[]);
                self.add(format!("{path}/stick.0/legacy[0]"), "scsi-hd", &disk);
            }
            Kind::Nvme => {
                let bus = format!("{path}/nvme-bus.0");
                self.add(path, "nvme", &pci);
                self.add(bus, "nvme-bus", &[]);
                let subsystem = format!("/machine/unattached/device[{}]", self.number(1));
                self.add(subsystem.clone(), "nvme-subsys", &[("parent_bus", json!(""))]);
                self.add(format!("{subsystem}/nvme-bus.1"), "nvme-bus", &[]);
            }
            Kind::Bridge => {
                self.add(path.clone(), "pci-bridge", &pci);
                self.add(format!("{path}/bus"), "PCI", &[]);
            }
        }
    }

    fn number(&mut self, which: usize) -> u32 {
        self.numbers[which] += 1;
        self.numbers[which] - 1
    }

    /// Paths of the devices that can be taken out.
    pub(crate) fn removable(&self) -> Vec<String> {
        let is_device = |path: &&String| {
            let holders = ["peripheral/", "peripheral-anon/", "unattached/device["];
            let name = path.strip_prefix("/machine/").unwrap_or_default();
            holders.iter().any(|holder| name.starts_with(holder)) && name.matches('/').count() == 1
        };
        self.table.keys().filter(is_device).cloned().collect()
    }

    /// Removes a device with everything below it; returns the paths that events report, inner ones
    /// first.
    pub(crate) fn unplug(&mut self, path: &str) -> Vec<String> {
        let below = format!("{path}/");
        let gone = self.table.keys().filter(|own| *own == path || own.starts_with(&below));
        let gone: Vec<String> = gone.cloned().collect();
        let mut told = Vec::new();
        for path in gone.into_iter().rev() {
            let object = self.table.remove(&path).unwrap();
            // Events are sent of devices only.
            if object.properties.contains_key("parent_bus") {
                told.push(path);
            }
        }
        told
    }

    /// The output of `info qtree`, each device on its bus, but no bus within another.
    pub(crate) fn tree(&self) -> String {
        let mut text = String::new();
        for (path, object) in &self.table {
            let Some(bus) = object.properties.get("parent_bus").and_then(Value::as_str) else {
                continue;
            };
            let Some(on) = self.table.get(bus) else { continue };
            let name = bus.rsplit('/').next().unwrap();
            let id = path.strip_prefix("/machine/peripheral/").filter(|id| !id.contains('/'));
            let (kind, model, id) = (on.driver, object.driver, id.unwrap_or_default());
            let _ = writeln!(text, "bus: {name}\n  type {kind}\n  dev: {model}, id \"{id}\"");
            for (name, value) in &object.properties {
                // Some are no properties of the model.
                if !["parent_bus", "hotplugged"].contains(name) {
                    let _ = writeln!(text, "    {name} = {value}");
                }
            }
        }
        text
    }

    /// The answer of QEMU; `None` if it refuses.
    pub(crate) fn answer(&self, query: &Query) -> Option<Value> {
        match query {
            Query::Get(path, name) => self.table.get(path)?.properties.get(name.as_str()).cloned(),
            Query::List(path) => {
                let object = self.table.get(path)?;
                let properties =
                    object.properties.keys().map(|name| json!({ "name": name, "type": "str" }));
                let children = self.table.iter().filter_map(|(own, object)| {
                    let name = own.strip_prefix(path.as_str())?.strip_prefix('/')?;
                    let word = format!("child<{}>", object.driver);
                    (!name.contains('/')).then(|| json!({ "name": name, "type": word }))
                });
                Some(properties.chain(children).collect())
            }
        }
    }
}
