//! Names a real Linux guest gave to its NICs and disks, against the forecast.
//!
//! The tables lie beside the checkout (`../shared/reference`) or where `VIRT_TOPO_SHARED` says;
//! without them there is nothing to compare and the test says so.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use virt_topo::edit::Revision;
use virt_topo::model::{DeviceClass, DeviceKey};
use virt_topo::topology::names::{Scheme, disk_names, nic_names};

type Row = BTreeMap<String, String>;

fn table(name: &str) -> Option<Vec<Row>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("VIRT_TOPO_SHARED").map_or(beside, PathBuf::from);
    let path = shared.join("reference").join(name);
    if !path.is_file() {
        println!("skipped: no {name}");
        return None;
    }
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let heads: Vec<String> = lines.next().unwrap().split('\t').map(str::to_owned).collect();
    let row = |line: &str| {
        let cells = line.split('\t').map(str::to_owned).chain(std::iter::repeat(String::new()));
        heads.iter().cloned().zip(cells).collect()
    };
    Some(lines.map(row).collect())
}

/// `<address>` for `bus:slot.function`, hexadecimal.
fn address(text: &str, more: &str) -> String {
    let (bus, rest) = text.split_once(':').unwrap();
    let (slot, function) = rest.split_once('.').unwrap();
    format!(
        "<address type='pci' domain='0x0000' bus='0x{bus}' slot='0x{slot}' \
         function='0x{function}'{more}/>"
    )
}

fn domain(machine: &str, acpi: bool, devices: &str, globals: &[&str]) -> String {
    let acpi = if acpi { "<features><acpi/></features>" } else { "" };
    let arguments: String = globals
        .iter()
        .map(|value| format!("<q:arg value='-global'/><q:arg value='{value}'/>"))
        .collect::<Vec<_>>()
        .concat();
    // The guests lacked the devices that libvirt adds by default.
    let usb = if devices.contains("<controller type='usb'") {
        ""
    } else {
        "<controller type='usb' index='0' model='none'/>"
    };
    format!(
        "<domain xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><name>t</name><os><type \
         arch='x86_64' machine='{machine}'>hvm</type></os>{acpi}<devices>{devices}{usb}<memballoon \
         model='none'/></devices>\
         <q:commandline>{arguments}</q:commandline></domain>"
    )
}

/// A device of the second table as an element.
fn other_device(row: &Row) -> String {
    let at = address(&row["xml_address"], "");
    match row["kind"].as_str() {
        "controller:pci" => {
            let target: Vec<String> = row["target"]
                .split_whitespace()
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| format!("{name}='{value}'"))
                .collect();
            format!(
                "<controller type='pci' index='{}' model='{}'><target {}/>{at}</controller>",
                row["index"],
                row["model"],
                target.join(" ")
            )
        }
        kind @ ("controller:usb" | "controller:sata") => {
            let kind = kind.trim_start_matches("controller:");
            let model = row["model"].as_str();
            let model = if model.is_empty() { String::new() } else { format!(" model='{model}'") };
            format!("<controller type='{kind}' index='{}'{model}>{at}</controller>", row["index"])
        }
        "sound" => format!("<sound model='{}'>{at}</sound>", row["model"]),
        "video" => format!("<video><model type='{}'/>{at}</video>", row["model"]),
        other => panic!("{other}"),
    }
}

/// The acpi index a note speaks of was 3, 17, 5 or 9; the onboard name has it, except where ACPI
/// is off, where any will do.
fn acpi_index(row: &Row) -> String {
    let index = row["name_onboard"].strip_prefix("eno").unwrap_or("5");
    if row["note"].contains("acpi index") {
        format!("<acpi index='{index}'/>")
    } else {
        String::new()
    }
}

fn multifunction(row: &Row) -> &'static str {
    let note = row["note"].as_str();
    let is_first = row["xml_address"].ends_with(".0") && note.contains("multifunction");
    let is_said = note.contains("multifunction=on") && !note.contains("without");
    if is_first || is_said { " multifunction='on'" } else { "" }
}

#[test]
fn nics_are_called_as_forecast() {
    let (Some(nics), Some(others)) = (table("guest-names.tsv"), table("guest-names-devices.tsv"))
    else {
        return;
    };
    let mut cases: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in &nics {
        cases.entry(row["case"].trim_end_matches("+hp")).or_default().push(row);
    }
    let (mut right, mut excepted, mut wrong) = (0, 0, String::new());
    for (case, rows) in &cases {
        let mut devices = String::new();
        for row in rows {
            let at = address(&row["xml_address"], multifunction(row));
            write!(
                devices,
                "<interface type='user'><model type='{}'/>{}{at}</interface>",
                row["model"],
                acpi_index(row)
            )
            .unwrap();
        }
        // Another version of udev in the same guest.
        let guest = case.trim_end_matches("-252").trim_end_matches("-257");
        for row in others.iter().filter(|row| row["case"] == guest) {
            devices.push_str(&other_device(row));
        }
        let mut globals = Vec::new();
        let notes = rows[0]["note"].as_str();
        if notes.contains("pci-root target hotplug=off") {
            devices.push_str(
                "<controller type='pci' index='0' model='pci-root'><target hotplug='off'/></controller>",
            );
        }
        if notes.contains("acpi-root-pci-hotplug=off") {
            globals.push("PIIX4_PM.acpi-root-pci-hotplug=off");
        }
        if notes.contains("acpi-pci-hotplug-with-bridge-support=off") {
            globals.push(if rows[0]["machine"] == "q35" {
                "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"
            } else {
                "PIIX4_PM.acpi-pci-hotplug-with-bridge-support=off"
            });
        }
        let text = domain(&rows[0]["machine"], rows[0]["acpi"] == "on", &devices, &globals);
        let revision = Revision::build(text).unwrap();
        let scheme = if rows[0]["scheme"] == "v257" { Scheme::V257 } else { Scheme::V251 };
        let names = nic_names(&revision.topology, &revision.assignment.domain, scheme);
        for (nth, row) in (0..).zip(rows) {
            let got = names.get(&DeviceKey::new(DeviceClass::Interface, nth));
            let bdf = row["guest_bdf"].trim_start_matches("0000:");
            // Causes that the XML does not show: kernel options, QEMU overrides, a driver that
            // fails.
            let beyond = ["net.ifnames=0", "qemu:override", "did not bind"]
                .iter()
                .any(|words| row["note"].contains(words));
            let name = got.and_then(|got| got.name());
            let stays = row["final_name"].starts_with("eth");
            let fits = match got {
                None => bdf.is_empty(),
                Some(got) => {
                    got.guest.to_string() == bdf
                        && got.path == row["name_path"]
                        && got.slot.as_deref().unwrap_or_default() == row["name_slot"]
                        && got.onboard.as_deref().unwrap_or_default() == row["name_onboard"]
                        && (name == Some(&row["final_name"]) || (stays && name.is_none()))
                }
            };
            match (fits, beyond) {
                (true, _) => right += 1,
                (false, true) => excepted += 1,
                (false, false) => writeln!(wrong, "{case} {row:?}\n   forecast {got:?}").unwrap(),
            }
        }
    }
    println!("{right} placements right, {excepted} beyond what the XML shows");
    assert!(wrong.is_empty(), "{wrong}");
    assert!(right >= 240, "{right}");
}

#[test]
fn disks_are_called_as_forecast() {
    let Some(rows) = table("guest-disk-names.tsv") else { return };
    let mut wrong = String::new();
    let (mut right, mut unsure) = (0, 0);
    for case in ["dpc", "dq35"] {
        let rows: Vec<&Row> =
            rows.iter().filter(|row| row["case"] == case && row["bus"] != "nvme").collect();
        let text = disk_guest(case, &rows);
        let revision = Revision::build(text).unwrap();
        let names = disk_names(&revision.topology, &revision.assignment.domain);
        for (nth, row) in (0..).zip(&rows) {
            let got = names.get(&DeviceKey::new(DeviceClass::Disk, nth));
            let by_path: Vec<&str> = row["by_path"].split_whitespace().collect();
            let Some(got) = got else {
                if by_path.is_empty() {
                    right += 1;
                } else {
                    writeln!(wrong, "{row:?}\n  no forecast").unwrap();
                }
                continue;
            };
            let mut forecast = got.by_path();
            forecast.sort_unstable();
            let hctl = got.hctl().unwrap_or_default();
            let fits_hctl = match hctl.strip_prefix('?') {
                Some(rest) => row["hctl"].ends_with(rest),
                None => row["hctl"] == hctl,
            };
            let fits = forecast == by_path
                && got.by_id().as_deref().unwrap_or_default() == row["by_id"]
                && fits_hctl
                && got.kernel.as_deref().is_none_or(|kernel| kernel == row["kernel_name"]);
            unsure += usize::from(got.kernel.is_none());
            if fits {
                right += 1;
            } else {
                writeln!(wrong, "{row:?}\n  forecast {got:?}").unwrap();
            }
        }
    }
    println!("{right} disks right, {unsure} of them without a kernel name");
    assert!(wrong.is_empty(), "{wrong}");
}

/// The guest of a case of the disk table.
fn disk_guest(case: &str, rows: &[&Row]) -> String {
    let mut devices = String::new();
    let mut controllers: BTreeMap<(String, String), String> = BTreeMap::new();
    for row in rows {
        let at = row["controller_or_disk_xml_address"].as_str();
        let serial = row["serial"].as_str();
        let serial =
            if serial.is_empty() { String::new() } else { format!("<serial>{serial}</serial>") };
        let drive = row["drive_address"].as_str();
        let address = match (row["bus"].as_str(), drive.strip_prefix("usb ")) {
            ("virtio", _) => self::address(at, ""),
            (_, Some(usb)) => {
                let (bus, port) = usb.split_once(':').unwrap();
                format!("<address type='usb' bus='{bus}' port='{port}'/>")
            }
            _ => {
                let parts: Vec<&str> = drive.split(':').collect();
                format!(
                    "<address type='drive' controller='{}' bus='{}' target='{}' unit='{}'/>",
                    parts[0], parts[1], parts[2], parts[3]
                )
            }
        };
        write!(
            devices,
            "<disk type='file' device='{}'><target dev='{}' bus='{}'/>{serial}{address}</disk>",
            row["device"], row["xml_target"], row["bus"]
        )
        .unwrap();
        let kind = row["bus"].as_str();
        if kind != "virtio" {
            let index = drive.trim_start_matches("usb ").split(':').next().unwrap();
            let model = match row["model"].as_str() {
                "ide" | "ahci" => String::new(),
                model => format!(" model='{model}'"),
            };
            controllers.insert(
                (kind.to_owned(), index.to_owned()),
                format!(
                    "<controller type='{kind}' index='{index}'{model}>{}</controller>",
                    self::address(at, "")
                ),
            );
        }
    }
    if case == "dpc" {
        // The companion in function 0, without which the guest finds no EHCI in function 7.
        let at = address("00:06.0", " multifunction='on'");
        write!(
            devices,
            "<controller type='usb' index='0' model='ich9-uhci1'><master startport='0'/>{at}\
             </controller>"
        )
        .unwrap();
    }
    let machine = if case == "dq35" { "q35" } else { "pc" };
    devices.extend(controllers.into_values());
    devices.push_str(&bridges(case, rows));
    domain(machine, true, &devices, &[])
}

/// Bridges so that XML buses get the guest's numbers: on pc one pci-bridge, on q35 a root port for
/// each bus that is used.
fn bridges(case: &str, rows: &[&Row]) -> String {
    if case == "dpc" {
        return "<controller type='pci' index='1' model='pci-bridge'><address type='pci' \
                slot='0x0a'/></controller>"
            .to_owned();
    }
    let last = rows
        .iter()
        .filter_map(|row| row["guest_bdf"].split(':').nth(1))
        .filter_map(|bus| u32::from_str_radix(bus, 16).ok())
        .max()
        .unwrap();
    let port = |index: u32| {
        format!(
            "<controller type='pci' index='{index}' model='pcie-root-port'><address type='pci' \
             slot='0x1{:x}'/></controller>",
            index - 1
        )
    };
    (1..=last).map(port).collect::<Vec<_>>().concat()
}
