//! Geometry is one fact: a place of a controller model is a place that `check` accepts and `free`
//! offers, for every controller model and every class of device on it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use virt_topo::assign::places;
use virt_topo::check::Allowed;
use virt_topo::edit::{Checked, Revision};
use virt_topo::machine::{Drives, Geometry, Ports, controller_models};
use virt_topo::model::address::DriveAddress;
use virt_topo::model::{Address, Code, ControllerKind, DeviceClass, DeviceKey, PciModel, Severity};
use virt_topo::topology::Asker;

/// A guest of a machine type with these devices.
fn guest(machine: &str, devices: &str) -> String {
    format!(
        "<domain type='qemu'><name>g</name><memory>65536</memory>\
         <os><type arch='x86_64' machine='{machine}'>hvm</type></os><features><acpi/></features>\
         <devices>{devices}</devices></domain>"
    )
}

fn build(machine: &str, devices: &str) -> Revision {
    let text = guest(machine, devices);
    Revision::build(text.as_str()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn key(class: &str, nth: u32) -> DeviceKey {
    DeviceKey::new(DeviceClass::from_name(class).unwrap(), nth)
}

/// The codes of a guest's problems with a device, at define and at start.
fn codes(checked: &Checked, device: DeviceKey, least: Severity) -> BTreeSet<Code> {
    let problems = checked.problems.iter().filter(|problem| problem.severity >= least);
    let mine = problems.filter(|problem| problem.devices.contains(&device));
    mine.map(|problem| problem.code).collect()
}

/// The addresses that `free` offers to a device, the best first.
fn offered(revision: &Revision, device: DeviceKey) -> Vec<Address> {
    let places = places(revision.guest(), device, Asker::Written);
    places.free.into_iter().map(|place| place.address).collect()
}

/// A `<controller>`; an empty model is not written.
fn controller(kind: ControllerKind, index: u32, model: &str) -> String {
    let model = if model.is_empty() { String::new() } else { format!(" model='{model}'") };
    format!("<controller type='{}' index='{index}'{model}/>", kind.as_str())
}

/// Every kind of controller for drives, its models, and the machine that has it.
fn drive_controllers() -> Vec<(ControllerKind, &'static str, &'static str)> {
    let mut all = vec![
        (ControllerKind::Ide, "", "pc"),
        (ControllerKind::Fdc, "", "pc"),
        (ControllerKind::Sata, "", "q35"),
    ];
    for kind in [ControllerKind::Scsi, ControllerKind::Ide] {
        let models = controller_models(kind).unwrap();
        all.extend(models.map(|model| (kind, model, "pc")));
    }
    all
}

/// Numbers around every limit that a controller has.
fn numbers(limits: &[u32]) -> Vec<u32> {
    let around = limits.iter().flat_map(|limit| [limit.saturating_sub(1), *limit, limit + 1]);
    let numbers: BTreeSet<u32> = around.collect();
    numbers.into_iter().collect()
}

fn drive_addresses() -> Vec<DriveAddress> {
    let mut all = Vec::new();
    for bus in 0..=2 {
        for target in numbers(&[1, 8, 64, 128, 256]) {
            for unit in numbers(&[1, 3, 7, 32, 256, 16384]) {
                all.push(DriveAddress { bus, target, unit, ..DriveAddress::default() });
            }
        }
    }
    all
}

fn letters(mut number: usize) -> String {
    let mut name = String::new();
    loop {
        name.insert(0, char::from(b'a' + u8::try_from(number % 26).unwrap()));
        if number < 26 {
            return name;
        }
        number = number / 26 - 1;
    }
}

/// A disk or SCSI host device on this kind of controller.
fn drive(class: &str, kind: ControllerKind, nth: usize, at: Option<DriveAddress>) -> String {
    let address = at.map_or_else(String::new, |at| {
        let DriveAddress { bus, target, unit, .. } = at;
        format!(
            "<address type='drive' controller='0' bus='{bus}' target='{target}' unit='{unit}'/>"
        )
    });
    if class == "hostdev" {
        return format!(
            "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host{nth}'/>\
             <address bus='0' target='0' unit='0'/></source>{address}</hostdev>"
        );
    }
    let (prefix, device) = match kind {
        ControllerKind::Ide => ("hd", "disk"),
        ControllerKind::Fdc => ("fd", "floppy"),
        _ => ("sd", "disk"),
    };
    format!(
        "<disk type='file' device='{device}'><source file='/{nth}'/><target dev='{prefix}{}' \
         bus='{}'/>{address}</disk>",
        letters(nth),
        kind.as_str()
    )
}

#[test]
fn a_place_for_a_drive_is_one_that_check_accepts_and_free_offers() {
    let mut broken = Vec::new();
    for (kind, model, machine) in drive_controllers() {
        let classes: &[&str] =
            if kind == ControllerKind::Scsi { &["disk", "hostdev"] } else { &["disk"] };
        for class in classes {
            let adapter = controller(kind, 0, model);
            let drives = Drives::of(kind, Some(model)).unwrap();
            let alone = build(machine, &(adapter.clone() + &drive(class, kind, 0, None)));
            let checked = Checked::of(&alone, &Allowed::default());
            let usual = codes(&checked, key(class, 0), Severity::Warning);

            let addresses = drive_addresses();
            let mut devices = adapter;
            for (nth, at) in addresses.iter().enumerate() {
                devices += &drive(class, kind, nth, Some(*at));
            }
            let revision = build(machine, &devices);
            let checked = Checked::of(&revision, &Allowed::default());
            for (nth, at) in (0..).zip(&addresses) {
                let told = codes(&checked, key(class, nth), Severity::Warning);
                let is_accepted = told.is_subset(&usual);
                if drives.has(at.bus, at.target, at.unit) != is_accepted {
                    broken.push(format!("{} {model} {class} {at}: check: {told:?}", kind.as_str()));
                }
            }

            let offered = offered(&alone, key(class, 0));
            let own = |(bus, target, unit)| {
                Address::Drive(DriveAddress { bus, target, unit, ..DriveAddress::default() })
            };
            // `free` lists so many places of one controller.
            let want: Vec<Address> = drives.places().take(256).map(own).collect();
            if offered != want {
                let words: Vec<String> = offered.iter().map(ToString::to_string).collect();
                broken.push(format!("{} {model} {class}: free: {words:?}", kind.as_str()));
            }
        }
    }
    let count = broken.len();
    broken.truncate(40);
    assert!(broken.is_empty(), "{count} places, such as\n{}", broken.join("\n"));
}

/// Offered places against accepted ones, where each candidate is tried in a guest of its own.
struct Trial<'t> {
    machine: &'t str,
    /// The controllers of the guest.
    around: &'t str,
    class: &'t str,
    /// The device with an address, or none.
    device: &'t dyn Fn(&str) -> String,
    /// The address of the device when `free` runs; empty where libvirt chooses one without adding
    /// anything.
    at_first: &'t str,
    candidates: Vec<String>,
    /// The mildest problem that makes a place none.
    least: Severity,
}

impl Trial<'_> {
    /// The candidates for which `check` and `free` disagree with the geometry.
    fn run(self) -> Vec<String> {
        let key = key(self.class, 0);
        let make = |address: &str| {
            build(self.machine, &(self.around.to_owned() + &(self.device)(address)))
        };
        let alone = make(self.at_first);
        let usual = codes(&Checked::of(&alone, &Allowed::default()), key, self.least);
        let offered = offered(&alone, key);
        let mut broken = Vec::new();
        for candidate in self.candidates {
            let revision = make(&candidate);
            let checked = Checked::of(&revision, &Allowed::default());
            let told = codes(&checked, key, self.least);
            let at = revision.domain.device(key).unwrap().address().cloned();
            // libvirt answers to some addresses with another one.
            let is_kept = revision.guest().domain.device(key).unwrap().address() == at.as_ref();
            let is_accepted = told.is_subset(&usual) && is_kept;
            let is_offered = offered.iter().any(|place| {
                at.as_ref()
                    .is_some_and(|at| place.place() == at.place() && place.kind() == at.kind())
            });
            if is_accepted != is_offered {
                broken.push(format!(
                    "{} {} {}: offered {is_offered}, check {told:?}",
                    self.around, self.class, candidate
                ));
            }
        }
        broken
    }
}

#[test]
fn a_port_or_slot_is_one_that_check_accepts_and_free_offers() {
    let mut broken = Vec::new();
    let usb_at = |port: u32| format!("<address type='usb' bus='0' port='{port}'/>");
    let models = controller_models(ControllerKind::Usb).unwrap();
    for model in models.chain([""]) {
        // A companion has no bus of its own, and a guest without USB takes no device.
        if Geometry::of(ControllerKind::Usb, Some(model)) == Some(Geometry::Nothing) {
            continue;
        }
        let adapter = controller(ControllerKind::Usb, 0, model);
        let devices: [(&str, &str); 4] = [
            ("input", "<input type='tablet' bus='usb'>@</input>"),
            ("hub", "<hub type='usb'>@</hub>"),
            ("redirdev", "<redirdev bus='usb' type='spicevmc'>@</redirdev>"),
            ("disk", "<disk type='file'><source file='/a'/><target dev='sda' bus='usb'/>@</disk>"),
        ];
        for (class, text) in devices {
            broken.extend(
                Trial {
                    machine: "pc",
                    around: &adapter,
                    class,
                    device: &|address| text.replace('@', address),
                    at_first: "",
                    candidates: (1..=17).map(usb_at).collect(),
                    least: Severity::Warning,
                }
                .run(),
            );
        }
    }
    let most = Ports::VIRTIO_SERIAL.count;
    for ports in ["", " ports='1'", " ports='4'"] {
        broken.extend(
            Trial {
                machine: "pc",
                around: &format!("<controller type='virtio-serial' index='0'{ports}/>"),
                class: "channel",
                device: &|address| {
                    format!(
                        "<channel type='pty'><target type='virtio' name='a'/>{address}</channel>"
                    )
                },
                at_first: "",
                candidates: (0..most + 2)
                    .map(|port| {
                        format!("<address type='virtio-serial' controller='0' port='{port}'/>")
                    })
                    .collect(),
                least: Severity::Warning,
            }
            .run(),
        );
    }
    let readers =
        controller(ControllerKind::Ccid, 0, "") + &controller(ControllerKind::Ccid, 1, "");
    let slots = (0..2).flat_map(|reader| (0..3).map(move |slot| (reader, slot)));
    broken.extend(
        Trial {
            machine: "pc",
            around: &readers,
            class: "smartcard",
            device: &|address| format!("<smartcard mode='host'>{address}</smartcard>"),
            at_first: "",
            candidates: slots
                .map(|(reader, slot)| {
                    format!("<address type='ccid' controller='{reader}' slot='{slot}'/>")
                })
                .collect(),
            least: Severity::Warning,
        }
        .run(),
    );
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_second_controller_of_a_kind_that_has_one_offers_nothing() {
    for (kind, machine) in [(ControllerKind::Ide, "pc"), (ControllerKind::Fdc, "pc")] {
        let adapters = controller(kind, 0, "") + &controller(kind, 1, "");
        let revision = build(machine, &(adapters + &drive("disk", kind, 0, None)));
        let on_first = |address: &Address| address.drive().is_some_and(|at| at.controller.0 == 0);
        let offered = offered(&revision, key("disk", 0));
        assert!(!offered.is_empty() && offered.iter().all(on_first), "{offered:?}");
    }
}

#[test]
fn a_slot_behind_a_pci_controller_is_one_that_check_accepts_and_free_offers() {
    /// The bus with the highest index, and that index.
    const BUSES: &[(&str, &str, u32)] = &[
        ("pc", "pci-root", 0),
        ("pc", "pci-bridge", 1),
        ("pc", "pci-expander-bus", 1),
        ("q35", "pcie-root", 0),
        ("q35", "dmi-to-pci-bridge", 1),
        ("q35", "pcie-root-port", 1),
        ("q35", "pcie-expander-bus", 1),
        ("q35", "pcie-root-port pcie-to-pci-bridge", 2),
        ("q35", "pcie-root-port pcie-switch-upstream-port", 2),
        ("q35", "pcie-root-port pcie-switch-upstream-port pcie-switch-downstream-port", 3),
    ];
    let known: BTreeSet<&str> =
        BUSES.iter().filter_map(|row| row.1.split(' ').next_back()).collect();
    assert_eq!(known, PciModel::names().collect(), "every model is here");
    let mut broken = Vec::new();
    for (machine, chain, bus) in BUSES {
        let mut around =
            String::from("<controller type='usb' model='none'/><memballoon model='none'/>");
        for (index, model) in chain.split(' ').enumerate() {
            let index = if *bus == 0 { 0 } else { index + 1 };
            let _ = write!(around, "<controller type='pci' index='{index}' model='{model}'/>");
        }
        let devices: [(&str, &str); 3] = [
            ("sound", "<sound model='ac97'>@</sound>"),
            ("interface", "<interface type='user'><model type='virtio'/>@</interface>"),
            ("rng", "<rng model='virtio'><backend model='random'>/dev/random</backend>@</rng>"),
        ];
        for (class, text) in devices {
            broken.extend(
                Trial {
                    machine,
                    around: &around,
                    class,
                    device: &|address| text.replace('@', address),
                    // No bridge or port has to be added for it there.
                    at_first: "<address type='pci' bus='0' slot='0x1d'/>",
                    candidates: (0..32)
                        .map(|slot| format!("<address type='pci' bus='{bus}' slot='{slot}'/>"))
                        .collect(),
                    least: Severity::Error,
                }
                .run(),
            );
        }
    }
    assert!(
        broken.is_empty(),
        "{} such as\n{}",
        broken.len(),
        broken[..broken.len().min(30)].join("\n")
    );
}
