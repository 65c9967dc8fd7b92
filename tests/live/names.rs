//! A real Linux guest with a real udev names NICs and disks in places that the forecast was not
//! made from, and is compared with it.
//!
//! Only with `VIRT_TOPO_LIVE=1`. The guest is built from Debian packages by
//! `live/make-udev-guest.sh` of the folder `VIRT_TOPO_SHARED` names, or of `../shared`; a version
//! of udev that apt knows is chosen by `VIRT_TOPO_UDEV`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::harness::libvirt::{self, virsh};
use virt_topo::edit::Revision;
use virt_topo::model::{DeviceClass, DeviceKey};
use virt_topo::topology::names::{DiskNames, NicName, Scheme, disk_names, nic_names};

/// A guest: its name, machine, whether it has ACPI, and its devices, one a line.
///
/// Some functions have no function 0 beside them: no guest finds those.
type Layout = (&'static str, &'static str, bool, &'static str);

const LAYOUTS: [Layout; 4] = [
    (
        "pc",
        "pc",
        true,
        "pci 1 pci-bridge 00:0a.0
        pci 2 pci-bridge 00:14.0
        pci 3 pci-bridge 01:05.0
        pci 4 pci-bridge 03:02.0
        pci 5 pci-bridge 00:10.1
        usb 0 qemu-xhci 00:1c.0
        usb 1 nec-xhci 03:11.0
        scsi 0 virtio-scsi 02:08.0
        scsi 1 virtio-scsi 00:1b.0
        scsi 2 lsilogic 03:0e.0
        sata 0 - 00:18.0
        sata 1 - 04:04.0
        vga 00:02.0
        nic 00:04.0 virtio
        nic 00:0b.0 e1000 mf
        nic 00:0b.1 virtio
        nic 00:0b.7 rtl8139
        nic 00:10.0 virtio mf
        nic 00:1e.0 e1000 100
        nic 01:0f.0 virtio
        nic 01:14.0 e1000
        nic 02:02.0 virtio
        nic 02:14.0 virtio
        nic 02:10.0 virtio
        nic 03:0a.0 virtio mf
        nic 03:0a.4 virtio
        nic 03:1f.0 e1000
        nic 04:02.0 virtio
        nic 04:1f.0 virtio 16383
        nic 05:10.0 virtio
        nic 05:01.0 e1000
        disk virtio 00:09.0
        disk virtio 00:0d.3
        disk virtio 00:0b.5
        disk virtio 02:15.0
        disk virtio 04:0c.0 V4
        disk scsi 0:0:3:7
        disk scsi 0:0:3:255 S255
        disk scsi 0:0:1:256
        disk scsi 1:0:255:0
        disk scsi 1:0:0:16383
        disk scsi 2:0:0:6
        disk ide 0:1:0:1
        disk sata 0:0:0:1
        disk sata 0:0:0:5 A5
        disk sata 1:0:0:2
        hub 0:2
        disk usb 0:1 U1
        disk usb 0:2.3
        disk usb 1:4",
    ),
    (
        "q35",
        "q35",
        true,
        "pci 1 pcie-root-port 00:11.0
        pci 2 pcie-root-port 00:10.0
        pci 3 pcie-root-port 00:10.1
        pci 4 pcie-root-port 00:10.3
        pci 5 pcie-switch-upstream-port 01:00.0
        pci 6 pcie-switch-downstream-port 05:00.0
        pci 7 pcie-switch-downstream-port 05:03.0
        pci 8 pcie-to-pci-bridge 03:00.0
        pci 9 pci-bridge 08:06.0
        pci 10 dmi-to-pci-bridge 00:1c.0
        pci 11 pci-bridge 0a:01.0
        pci 12 pcie-expander-bus 00:1b.0 64
        pci 13 pcie-root-port 0c:00.0
        pci 14 pcie-to-pci-bridge 0d:00.0
        pci 15 pcie-root-port 00:12.0
        usb 0 qemu-xhci 00:1d.0
        scsi 0 virtio-scsi 0e:0a.0
        sata 1 - 08:0b.0
        vga 00:01.0
        nic 00:04.0 virtio
        nic 00:08.0 e1000e mf
        nic 00:08.3 virtio
        nic 02:00.0 virtio mf
        nic 02:00.2 e1000e
        nic 04:00.5 virtio
        nic 06:00.1 virtio
        nic 07:00.0 e1000e mf
        nic 07:00.2 e1000e
        nic 08:02.0 virtio
        nic 08:0a.0 e1000 77
        nic 09:06.0 virtio
        nic 09:02.0 e1000
        nic 0a:03.0 virtio mf
        nic 0a:03.1 virtio
        nic 0b:01.0 virtio
        nic 0b:0b.0 e1000
        nic 0e:07.0 virtio
        disk virtio 0f:00.0
        disk virtio 0b:08.0 V1
        disk virtio 00:14.0
        disk scsi 0:0:9:4
        disk scsi 0:0:254:511 S511
        disk sata 0:0:0:1
        disk sata 0:0:0:5 A5
        disk sata 1:0:0:4
        hub 0:3
        disk usb 0:4
        disk usb 0:3.1",
    ),
    (
        "pc-plain",
        "pc",
        false,
        "pci 1 pci-bridge 00:0a.0
        pci 2 pci-bridge 00:06.0
        pci 3 pci-bridge 02:05.0
        usb 0 none
        nic 00:04.0 virtio
        nic 00:0b.0 e1000 mf
        nic 00:0b.1 virtio
        nic 01:05.0 virtio
        nic 02:0c.1 e1000
        nic 02:11.0 virtio
        nic 03:07.0 virtio mf
        nic 03:09.0 e1000",
    ),
    (
        "q35-plain",
        "q35",
        false,
        "pci 1 pcie-root-port 00:11.0
        pci 2 pcie-root-port 00:10.0
        pci 3 pcie-to-pci-bridge 02:00.0
        pci 4 pci-bridge 03:02.0
        pci 5 pcie-root-port 00:12.0
        usb 0 none
        nic 00:04.0 virtio
        nic 00:09.0 e1000e mf
        nic 00:09.5 virtio
        nic 01:00.1 virtio
        nic 03:07.0 e1000
        nic 04:07.0 virtio mf
        nic 05:00.0 virtio mf
        nic 05:00.3 virtio",
    ),
];

const MIB: u64 = 1 << 20;

fn pci(text: &str, more: &str) -> String {
    let (bus, rest) = text.split_once(':').unwrap();
    let (slot, function) = rest.split_once('.').unwrap();
    format!(
        "<address type='pci' domain='0x0000' bus='0x{bus}' slot='0x{slot}' \
         function='0x{function}'{more}/>"
    )
}

/// Whether another device of the layout is in the same slot.
fn is_shared(lines: &[Vec<&str>], at: &str) -> bool {
    let slot = at.split('.').next().unwrap();
    let other =
        |word: &&str| word.contains('.') && *word != at && word.split('.').next() == Some(slot);
    at.ends_with(".0") && lines.iter().flatten().any(other)
}

/// An address on a disk's own bus.
fn place(bus: &str, at: &str) -> String {
    let parts: Vec<&str> = at.split(':').collect();
    match bus {
        "virtio" => pci(at, ""),
        "usb" => format!("<address type='usb' bus='{}' port='{}'/>", parts[0], parts[1]),
        _ => format!(
            "<address type='drive' controller='{}' bus='{}' target='{}' unit='{}'/>",
            parts[0], parts[1], parts[2], parts[3]
        ),
    }
}

/// The domain of a layout. NICs are identified by MAC, disks by their size: each counts from 1.
fn domain(name: &str, layout: &Layout, folder: &Path) -> String {
    let (_, machine, acpi, devices) = layout;
    let lines: Vec<Vec<&str>> =
        devices.lines().map(|line| line.split_whitespace().collect()).collect();
    let (mut xml, mut nics, mut disks) = (String::new(), 0, 0);
    let mut letters = BTreeMap::new();
    for line in &lines {
        let more = line.get(3).copied();
        match line[0] {
            "pci" => {
                let shared = if is_shared(&lines, line[3]) { " multifunction='on'" } else { "" };
                let target = line.get(4).map(|no| format!("<target busNr='{no}'/>"));
                write!(
                    xml,
                    "<controller type='pci' index='{}' model='{}'>{}{}</controller>",
                    line[1],
                    line[2],
                    target.unwrap_or_default(),
                    pci(line[3], shared)
                )
                .unwrap();
            }
            kind @ ("usb" | "scsi" | "sata") => {
                let model = Some(line[2]).filter(|model| *model != "-");
                let model = model.map(|model| format!(" model='{model}'")).unwrap_or_default();
                let at = more.map(|at| pci(at, "")).unwrap_or_default();
                write!(
                    xml,
                    "<controller type='{kind}' index='{}'{model}>{at}</controller>",
                    line[1]
                )
                .unwrap();
            }
            "vga" => {
                write!(xml, "<video><model type='vga'/>{}</video>", pci(line[1], "")).unwrap();
            }
            "hub" => write!(xml, "<hub type='usb'>{}</hub>", place("usb", line[1])).unwrap(),
            "nic" => {
                nics += 1;
                let multifunction = if more == Some("mf") { " multifunction='on'" } else { "" };
                let index = more.filter(|more| *more != "mf");
                let index = index.map(|index| format!("<acpi index='{index}'/>"));
                write!(
                    xml,
                    "<interface type='user'><mac address='52:54:00:00:00:{nics:02x}'/><model \
                     type='{}'/>{}{}</interface>",
                    line[2],
                    index.unwrap_or_default(),
                    pci(line[1], multifunction)
                )
                .unwrap();
            }
            "disk" => {
                disks += 1;
                let file = folder.join(format!("{disks}.img"));
                std::fs::File::create(&file).unwrap().set_len(disks * MIB).unwrap();
                let prefix = match line[1] {
                    "virtio" => "vd",
                    "ide" => "hd",
                    _ => "sd",
                };
                // The target is only a label; an IDE disk's must not be another's place.
                let letter = letters.entry(prefix).or_insert(b'a');
                let serial = more.map(|serial| format!("<serial>{serial}</serial>"));
                write!(
                    xml,
                    "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source \
                     file='{}'/><target dev='{prefix}{}' bus='{}'/>{}{}</disk>",
                    file.display(),
                    char::from(*letter),
                    line[1],
                    serial.unwrap_or_default(),
                    place(line[1], line[2])
                )
                .unwrap();
                *letter += 1;
            }
            other => panic!("{other}"),
        }
    }
    let folder = folder.display();
    let acpi = if *acpi { "<features><acpi/></features>" } else { "" };
    format!(
        "<domain type='qemu'><name>{name}</name><memory unit='MiB'>384</memory><vcpu>1</vcpu>\
         <os><type arch='x86_64' machine='{machine}'>hvm</type><kernel>{folder}/vmlinuz</kernel>\
         <initrd>{folder}/initrd.gz</initrd><cmdline>console=ttyS0 quiet</cmdline></os>{acpi}\
         <devices><serial type='unix'><source mode='bind' path='{folder}/serial'/><target \
         port='0'/></serial><memballoon model='none'/>{xml}</devices></domain>"
    )
}

fn shared() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    std::env::var_os("VIRT_TOPO_SHARED").map_or(beside, PathBuf::from)
}

/// The folder with kernel and initial file system; built when it does not exist yet.
fn guest_folder() -> Result<PathBuf, String> {
    let script = shared().join("live/make-udev-guest.sh");
    if !script.is_file() {
        return Err(format!("no {}", script.display()));
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("udev-guest");
    let mut build = Command::new("bash");
    build.arg(script);
    if let Some(version) = std::env::var_os("VIRT_TOPO_UDEV") {
        build.arg("--udev").arg(version);
    }
    let output = build.arg(&folder).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("the guest cannot be built: {words}"));
    }
    Ok(folder)
}

/// Forgets the guest at the end, also of a test that fails.
struct Running(String);

impl Drop for Running {
    fn drop(&mut self) {
        virsh(&format!("destroy {}", self.0));
    }
}

/// The guest's shell on its serial port.
struct Shell(UnixStream);

impl Shell {
    /// The output before `end`.
    fn until(&mut self, end: &str, limit: Duration) -> String {
        let start = Instant::now();
        let (mut text, mut bytes) = (String::new(), [0; 4096]);
        self.0.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        while start.elapsed() < limit {
            match self.0.read(&mut bytes) {
                Ok(0) => panic!("the guest ended: {text}"),
                Ok(count) => text.push_str(&String::from_utf8_lossy(&bytes[..count])),
                Err(_) => {}
            }
            if let Some((before, _)) = text.split_once(end) {
                return before.replace('\r', "");
            }
        }
        panic!("no {end} within {limit:?}: {text}");
    }

    fn ask(&mut self, line: &str) -> String {
        self.0.write_all(format!("{line}\n").as_bytes()).unwrap();
        self.until("VT-END", Duration::from_secs(120))
    }
}

type Row = BTreeMap<String, String>;

/// The `key=value` parts of the lines that begin with `head`.
fn rows(text: &str, head: &str) -> Vec<Row> {
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix(head)?.strip_prefix(' '));
    let pairs = |line: &str| {
        let pairs = line.split_whitespace().filter_map(|word| word.split_once('='));
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    };
    lines.map(pairs).collect()
}

/// The report of a guest: NICs, NICs under another scheme, disks.
struct Said {
    xml: String,
    nics: Vec<Row>,
    others: Vec<Row>,
    disks: Vec<Row>,
}

fn boot(layout: &Layout, kernel: &Path) -> Said {
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
    for file in ["vmlinuz", "initrd.gz"] {
        std::fs::copy(kernel.join(file), folder.path().join(file)).unwrap();
    }
    let name = format!("virt-topo-names-{}-{}", layout.0, std::process::id());
    let file = folder.path().join("domain.xml");
    std::fs::write(&file, domain(&name, layout, folder.path())).unwrap();
    let (done, _, error) = virsh(&format!("create {}", file.display()));
    assert!(done, "{}: {error}", layout.0);
    let running = Running(name);
    let mut shell = Shell(UnixStream::connect(folder.path().join("serial")).unwrap());
    shell.until("VT-READY", Duration::from_secs(180));
    let (_, xml, _) = virsh(&format!("dumpxml {}", running.0));
    // USB disks come late, and some disks never: the list is complete when no more arrive.
    let mut disks = Vec::new();
    let mut last_came = Instant::now();
    while last_came.elapsed() < Duration::from_secs(5) {
        let sizes = "for b in /sys/block/*; do echo SIZE name=${b##*/} size=$(cat $b/size); done;";
        let text = shell.ask(&format!("{sizes} vtn disk"));
        let sizes = rows(&text, "SIZE");
        let mut now = rows(&text, "DISK");
        now.retain_mut(|disk| {
            let own = sizes.iter().find(|size| size["name"] == disk["name"]);
            own.is_some_and(|own| disk.insert("size".to_owned(), own["size"].clone()).is_none())
        });
        if now.len() != disks.len() {
            last_came = Instant::now();
        }
        disks = now;
        std::thread::sleep(Duration::from_millis(500));
    }
    let text = shell.ask("vtn nic v247");
    let (nics, others) = (rows(&text, "NIC"), rows(&text, "SCHEME"));
    Said { xml, nics, others, disks }
}

/// The places that a reference table has for a machine.
fn known(table: &str, place: impl Fn(&Row) -> String) -> BTreeSet<String> {
    let Ok(text) = std::fs::read_to_string(shared().join("reference").join(table)) else {
        println!("no {table}: nothing is left out");
        return BTreeSet::new();
    };
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let heads: Vec<String> = lines.next().unwrap().collect();
    lines.map(|cells| place(&heads.iter().cloned().zip(cells).collect())).collect()
}

fn family(machine: &str) -> &'static str {
    if machine.contains("q35") { "q35" } else { "pc" }
}

fn scheme(name: &str) -> Scheme {
    match name {
        "v247" | "v249" | "v250" | "v255" => Scheme::V255,
        "v251" | "v252" | "v253" => Scheme::V251,
        "v257" => Scheme::V257,
        other => panic!("no forecast for scheme {other}"),
    }
}

/// Whether the forecast equals the guest's name; `final_name` is `None` if the guest was not asked
/// for it.
fn nic_fits(nic: &NicName, said: &Row, final_name: Option<&str>) -> bool {
    let is = |name: &Option<String>, key: &str| name.as_deref().unwrap_or_default() == said[key];
    let fits_final = final_name.is_none_or(|last| match nic.name() {
        Some(name) => name == last,
        None => last.starts_with("eth"),
    });
    is(&nic.onboard, "onboard") && is(&nic.slot, "slot") && nic.path == said["path"] && fits_final
}

fn disk_fits(disk: &DiskNames, said: &Row) -> bool {
    let links: BTreeSet<&str> = said["links"].split(',').collect();
    let in_folder = |folder: &str| -> BTreeSet<&str> {
        links.iter().filter_map(|link| link.strip_prefix(folder)).collect()
    };
    let by_path = disk.by_path();
    let by_path: BTreeSet<&str> = by_path.iter().map(String::as_str).collect();
    let by_id = in_folder("/dev/disk/by-id/");
    let fits_id = disk.by_id().as_deref().map_or(by_id.is_empty(), |id| by_id.contains(id));
    let fits_hctl = disk.hctl().as_deref().is_none_or(|hctl| match hctl.strip_prefix('?') {
        Some(rest) => said["scsi"].ends_with(rest),
        None => said["scsi"] == hctl,
    });
    let fits_kernel = disk.kernel.as_deref().is_none_or(|kernel| kernel == said["name"]);
    by_path == in_folder("/dev/disk/by-path/") && fits_id && fits_hctl && fits_kernel
}

#[derive(Default)]
struct Tally {
    nics: usize,
    disks: usize,
    right: usize,
    wrong: String,
}

fn compare(layout: &Layout, said: &Said, tally: &mut Tally) {
    let (name, machine, acpi, devices) = layout;
    let of_nic = |machine: &str, acpi: bool, at: &str| format!("{} {acpi} {at}", family(machine));
    let known_nics = known("guest-names.tsv", |row| {
        of_nic(&row["machine"], row["acpi"] == "on", &row["xml_address"])
    });
    let known_disks = known("guest-disk-names.tsv", |row| {
        let at =
            if row["bus"] == "virtio" { "controller_or_disk_xml_address" } else { "drive_address" };
        format!("{} {} {}", row["machine"], row["bus"], row[at].trim_start_matches("usb "))
    });
    let revision = Revision::build(said.xml.clone()).unwrap();
    let (topology, described) = (&revision.topology, &revision.assignment.domain);
    let own = scheme(&said.nics[0]["scheme"]);
    let nics = nic_names(topology, described, own);
    let other_nics = nic_names(topology, described, Scheme::V255);
    let disks = disk_names(topology, described);
    let (mut nic_no, mut disk_no) = (0, 0);
    for line in devices.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (forecast, heard, fits) = match words[0] {
            "nic" => {
                nic_no += 1;
                if known_nics.contains(&of_nic(machine, *acpi, words[1])) {
                    continue;
                }
                tally.nics += 1;
                let key = DeviceKey::new(DeviceClass::Interface, nic_no - 1);
                let mac = format!("52:54:00:00:00:{nic_no:02x}");
                let of = |rows: &[Row]| rows.iter().find(|row| row["mac"] == mac).cloned();
                let (heard, other) = (of(&said.nics), of(&said.others));
                let fits = match (nics.get(&key), &heard, other_nics.get(&key), &other) {
                    (Some(nic), Some(heard), Some(other_nic), Some(other)) => {
                        nic_fits(nic, heard, Some(&heard["final"]))
                            && nic.guest.to_string() == heard["bdf"].trim_start_matches("0000:")
                            && nic_fits(other_nic, other, None)
                    }
                    (None, None, None, None) => true,
                    _ => false,
                };
                (
                    format!("{:?}\n    {:?}", nics.get(&key), other_nics.get(&key)),
                    (heard, other),
                    fits,
                )
            }
            "disk" => {
                disk_no += 1;
                if known_disks.contains(&format!("{machine} {} {}", words[1], words[2])) {
                    continue;
                }
                tally.disks += 1;
                let size = (u64::from(disk_no) * MIB / 512).to_string();
                let key = DeviceKey::new(DeviceClass::Disk, disk_no - 1);
                let heard = said.disks.iter().find(|disk| disk["size"] == size).cloned();
                let fits = match (disks.get(&key), &heard) {
                    (Some(disk), Some(heard)) => disk_fits(disk, heard),
                    (forecast, heard) => forecast.is_none() && heard.is_none(),
                };
                (format!("{:?}", disks.get(&key)), (heard, None), fits)
            }
            _ => continue,
        };
        if fits {
            tally.right += 1;
        } else {
            writeln!(
                tally.wrong,
                "{name}: {}\n  forecast {forecast}\n  guest {heard:?}",
                line.trim()
            )
            .unwrap();
        }
    }
}

#[test]
fn a_guest_gives_the_names_that_were_forecast_for_places_not_measured_before() {
    let Some(_daemon) = libvirt::daemon() else { return };
    let kernel = match guest_folder() {
        Ok(folder) => folder,
        Err(reason) => {
            println!("skipped: {reason}");
            return;
        }
    };
    let mut tally = Tally::default();
    for layout in &LAYOUTS {
        let start = Instant::now();
        let said = boot(layout, &kernel);
        compare(layout, &said, &mut tally);
        println!("{}: {:.0} s", layout.0, start.elapsed().as_secs_f64());
    }
    let Tally { nics, disks, right, wrong } = tally;
    println!("{nics} NICs and {disks} disks in places not measured before, {right} right");
    assert!(wrong.is_empty(), "{wrong}");
    assert!(nics + disks >= 24, "{nics} {disks}");
}
