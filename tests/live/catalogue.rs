//! The catalogue of hardware against QEMU: ids, classes, kinds of connection and hot-plug of every
//! model, one guest for each.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use virt_topo::machine::{Driver, Form, Model, QemuBus};
use virt_topo::model::DeviceClass;
use virt_topo::sources::monitor::Qmp;

use crate::harness::qemu::{self, Guest};

/// QEMU devices with a required backend, and the property that names it.
const BACKENDS: &[(&str, &str, &str)] = &[
    ("acpi-erst", "-object memory-backend-ram,id=b,size=64k", ",memdev=b"),
    ("ivshmem-plain", "-object memory-backend-ram,id=b,size=1M", ",memdev=b"),
    ("virtio-crypto-pci", "-object cryptodev-backend-builtin,id=b", ",cryptodev=b"),
    ("virtio-blk-pci", "-blockdev null-co,node-name=b,read-zeroes=on", ",drive=b"),
    ("nvme", "-blockdev null-co,node-name=b,read-zeroes=on", ",drive=b,serial=b"),
    ("virtio-9p-pci", "-fsdev local,id=b,path=@DIR@,security_model=none", ",fsdev=b,mount_tag=b"),
    ("virtio-mem-pci", MEMORY, ",memdev=b"),
    ("virtio-pmem-pci", MEMORY, ",memdev=b"),
    ("pci-serial", "-chardev null,id=b", ",chardev=b"),
    ("virtio-sound-pci", "-audiodev none,id=b", ",audiodev=b"),
    ("AC97", "-audiodev none,id=b", ",audiodev=b"),
    ("ES1370", "-audiodev none,id=b", ",audiodev=b"),
    ("pci-bridge", "", ",chassis_nr=3"),
    ("pcie-root-port", "", ",chassis=9"),
    ("ioh3420", "", ",chassis=9"),
    ("xio3130-downstream", "", ",chassis=9"),
    ("pxb", "", ",bus_nr=200"),
    ("pxb-pcie", "", ",bus_nr=200"),
];
const MEMORY: &str = "-m 128M,slots=2,maxmem=1G -object memory-backend-ram,id=b,size=128M";

/// Devices that need something of the host, or a process beside QEMU; those of other machines.
const NOT_HERE: &[&str] = &[
    "ivshmem-doorbell",
    "vhost-user-blk-pci",
    "vhost-user-fs-pci",
    "vhost-vsock-pci",
    "vhost-scsi-pci",
    "virtio-input-host-pci",
    "vfio-pci",
    "vfio-pci-nohotplug",
    "virtio-gpu-gl-pci",
    "virtio-vga-gl",
    "AMDVI-PCI",
];

/// Devices that sit on no PCI Express port, and those that sit on no conventional bus.
const ONLY_ON_PC: &[&str] =
    &["pci-bridge", "pxb", "i82801b11-bridge", "piix3-ide", "virtio-iommu-pci"];
const ONLY_ON_Q35: &[&str] = &[
    "pcie-pci-bridge",
    "x3130-upstream",
    "xio3130-downstream",
    "pcie-root-port",
    "ioh3420",
    "pxb-pcie",
];

/// Every model with its devices on PCI that this QEMU has.
fn models(known: &BTreeSet<String>) -> impl Iterator<Item = (&'static Model, &'static Driver)> {
    Model::all()
        .flat_map(|model| model.drivers_on(QemuBus::Pci).map(move |driver| (model, driver)))
        .filter(|(_, driver)| known.contains(driver.name) && !NOT_HERE.contains(&driver.name))
}

fn types(qmp: &mut Qmp, implements: &str) -> BTreeSet<String> {
    let types = qmp.call("qom-list-types", json!({ "implements": implements })).unwrap();
    let names = types.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

/// The PCI functions of `query-pci`, those behind bridges as well.
fn functions(buses: &Value) -> Vec<Value> {
    let mut open: Vec<Value> = buses.as_array().unwrap().clone();
    let mut found = Vec::new();
    while let Some(bus) = open.pop() {
        for function in bus["devices"].as_array().into_iter().flatten() {
            open.push(function["pci_bridge"].clone());
            found.push(function.clone());
        }
    }
    found
}

/// A guest with the device `t` on a conventional bus, or behind a root port; `None` where it can be
/// on no such bus.
fn guest(name: &str, is_express: bool) -> Option<Guest> {
    let (_, backend, property) =
        BACKENDS.iter().find(|row| row.0 == name).copied().unwrap_or((name, "", ""));
    let (above, bus) = match (name, is_express) {
        _ if is_express && ONLY_ON_PC.contains(&name) => return None,
        (_, false) if ONLY_ON_Q35.contains(&name) => return None,
        (_, false) => ("-M pc", String::new()),
        ("pcie-root-port" | "ioh3420" | "pxb-pcie", true) => ("-M q35", String::new()),
        ("xio3130-downstream", true) => (
            "-M q35 -device pcie-root-port,id=r,chassis=1 -device x3130-upstream,id=u,bus=r",
            ",bus=u".to_owned(),
        ),
        (_, true) => ("-M q35 -device pcie-root-port,id=r,chassis=1", ",bus=r".to_owned()),
    };
    Some(Guest::typed(&format!(
        "{above} -nodefaults -S {backend} -device {name},id=t{property}{bus}"
    )))
}

/// The ids that `info qtree` shows for the device `t`: firmware has not numbered the bus behind a
/// port, so that `query-pci` has none of it.
fn ids_in_tree(qmp: &mut Qmp) -> String {
    let tree = qmp.human("info qtree").unwrap();
    let own = tree.split("id \"t\"").nth(1).unwrap();
    own.split("pci id ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
}

#[test]
fn every_model_is_what_qemu_shows() {
    let Some(_leave) = qemu::leave() else { return };
    let empty = Guest::typed("-M none -S");
    let known = types(&mut empty.qmp(), "pci-device");
    let (mut broken, mut count) = (Vec::new(), 0);
    for (model, driver) in models(&known) {
        let name = driver.name;
        count += 1;
        if let Some(guest) = guest(name, false) {
            let mut qmp = guest.qmp();
            let pci = qmp.call("query-pci", json!({})).unwrap();
            let functions = functions(&pci);
            // A pxb is a host bridge; the bridge behind it has its name.
            let own = functions.iter().find(|function| {
                let class = function["class_info"]["class"].as_u64();
                function["qdev_id"] == "t" && (name != "pxb" || class == Some(0x0600))
            });
            let own = own.unwrap_or_else(|| panic!("{name}: {pci}"));
            let id = &own["id"];
            let number = |value: &Value| u16::try_from(value.as_u64().unwrap()).unwrap();
            let shown = format!("{:04x}:{:04x}", number(&id["vendor"]), number(&id["device"]));
            let want = model.ids.id(Form::ByPlace, false).unwrap().to_string();
            if shown != want {
                broken.push(format!("{name} on a conventional bus: {shown}, not {want}"));
            }
            let class = number(&own["class_info"]["class"]);
            if class != driver.class {
                broken.push(format!("{name}: class {class:04x}, not {:04x}", driver.class));
            }
            let path = json!({ "path": "/machine/peripheral/t", "property": "hotpluggable" });
            let hot = qmp.call("qom-get", path).unwrap() == Value::Bool(true);
            let why = Model::why_cold(name);
            // Controllers may be cold for the place they need.
            let is_wrong = if hot { why.is_some() } else { why.is_none() };
            if is_wrong && !(hot && model.class == DeviceClass::Controller) {
                broken.push(format!("{name}: hotpluggable is {hot}, and {why:?}"));
            }
        }
        if let Some(guest) = guest(name, true) {
            let shown = ids_in_tree(&mut guest.qmp());
            let want = model.ids.id(Form::ByPlace, true).unwrap().to_string();
            if shown != want {
                broken.push(format!("{name} behind a port: {shown}, not {want}"));
            }
        }
    }
    println!("{count} QEMU devices on PCI");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(count > 60, "{count}");
}

#[test]
fn every_express_device_is_one_in_qemu() {
    let Some(_leave) = qemu::leave() else { return };
    let empty = Guest::typed("-M none -S");
    let mut qmp = empty.qmp();
    let (known, express) = (types(&mut qmp, "pci-device"), types(&mut qmp, "pci-express-device"));
    let broken: Vec<&str> = Model::all()
        .flat_map(|model| model.drivers_on(QemuBus::Pci))
        .filter(|driver| known.contains(driver.name))
        .filter(|driver| driver.express != express.contains(driver.name))
        .map(|driver| driver.name)
        .collect();
    assert_eq!(broken, [""; 0]);
    // A form that is always transitional has no such capability.
    assert!(express.contains("virtio-net-pci"));
    assert!(!express.contains("virtio-net-pci-transitional"));
}
