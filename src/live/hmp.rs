//! Parsers of the human monitor's output: `info pci` from QEMU 0.6 to today, `info usb`, `info
//! block`, `info network`, `info status`, `info version`, `info memory-devices`.
//!
//! Unknown text is skipped: its form is not guaranteed.

use super::facts::{Bridge, Drive, LiveDevice, Nic, PciFacts, QdevAddress, Region, RunState};
use super::pci_listing::PciEntry;
use crate::machine::{Model, PciId};
use crate::model::Text;
use crate::model::address::{Function, Slot};
use crate::topology::GuestBus;

/// Names of classes (QEMU `hw/pci/pci.c: pci_class_descriptions`); of two classes with one name the
/// first is taken, see [`class_of`].
const CLASSES: &[(u16, &str)] = &[
    (0x0100, "SCSI controller"),
    (0x0101, "IDE controller"),
    (0x0102, "Floppy controller"),
    (0x0103, "IPI controller"),
    (0x0104, "RAID controller"),
    (0x0106, "SATA controller"),
    (0x0107, "SAS controller"),
    (0x0180, "Storage controller"),
    (0x0200, "Ethernet controller"),
    (0x0201, "Token Ring controller"),
    (0x0202, "FDDI controller"),
    (0x0203, "ATM controller"),
    (0x0280, "Network controller"),
    (0x0300, "VGA controller"),
    (0x0301, "XGA controller"),
    (0x0302, "3D controller"),
    (0x0380, "Display controller"),
    (0x0400, "Video controller"),
    (0x0401, "Audio controller"),
    (0x0402, "Phone"),
    (0x0403, "Audio controller"),
    (0x0480, "Multimedia controller"),
    (0x0500, "RAM controller"),
    (0x0501, "Flash controller"),
    (0x0580, "Memory controller"),
    (0x0600, "Host bridge"),
    (0x0601, "ISA bridge"),
    (0x0602, "EISA bridge"),
    (0x0603, "MC bridge"),
    (0x0604, "PCI bridge"),
    (0x0605, "PCMCIA bridge"),
    (0x0606, "NUBUS bridge"),
    (0x0607, "CARDBUS bridge"),
    (0x0608, "RACEWAY bridge"),
    (0x0680, "Bridge"),
    (0x0700, "Serial port"),
    (0x0701, "Parallel port"),
    (0x0800, "Interrupt controller"),
    (0x0801, "DMA controller"),
    (0x0802, "Timer"),
    (0x0803, "RTC"),
    (0x0900, "Keyboard"),
    (0x0901, "Pen"),
    (0x0902, "Mouse"),
    (0x0a00, "Dock station"),
    (0x0b00, "i386 cpu"),
    (0x0c00, "Firewire controller"),
    (0x0c01, "Access bus controller"),
    (0x0c02, "SSA controller"),
    (0x0c03, "USB controller"),
    (0x0c04, "Fibre channel controller"),
    (0x0c05, "SMBus"),
];

/// PCI class of HD audio functions, which has the same name as 0401.
const HD_AUDIO: u16 = 0x0403;

/// The class with this name; `Class %04x` was hexadecimal until QEMU had QMP and is decimal since,
/// which is also when subsystems were first printed (`has_subsystem`).
pub(super) fn class_of(name: &str, id: Option<PciId>, has_subsystem: bool) -> Option<u16> {
    if let Some(number) = name.strip_prefix("Class ") {
        let base = if has_subsystem { 10 } else { 16 };
        return u16::from_str_radix(number.trim(), base).ok();
    }
    let known = id.and_then(|id| Model::of_id(id, Some(HD_AUDIO)));
    if name == "Audio controller" && known.is_some_and(|(_, driver)| driver.class == HD_AUDIO) {
        return Some(HD_AUDIO);
    }
    CLASSES.iter().find(|row| row.1 == name).map(|row| row.0)
}

/// Whether a text looks like `info pci`.
pub fn is_info_pci(text: &str) -> bool {
    text.lines().any(|line| place(line).is_some())
}

/// Reads `info pci`. Blocks that name no legal place are skipped.
pub fn info_pci(text: &str) -> Vec<PciEntry> {
    let mut found: Vec<PciEntry> = Vec::new();
    let mut name: Option<String> = None;
    for line in text.lines() {
        if let Some((bus, slot, function)) = place(line) {
            finish(&mut found, name.take());
            let parent = parent_of(&found, bus);
            let pci = PciFacts { bus: Some(bus), ..PciFacts::default() };
            found.push(PciEntry { parent, bus, slot, function, pci, id: None });
            name = Some(String::new());
        } else if let (Some(entry), Some(name)) = (found.last_mut(), &mut name) {
            property(line.trim().trim_end_matches('.'), entry, name);
        }
    }
    finish(&mut found, name);
    found
}

/// The class is only sure when the whole block has been read.
fn finish(found: &mut [PciEntry], name: Option<String>) {
    if let (Some(entry), Some(name)) = (found.last_mut(), name) {
        entry.pci.class = class_of(&name, entry.pci.id, entry.pci.subsystem.is_some());
    }
}

/// `  Bus %2d, device %3d, function %d:`
fn place(line: &str) -> Option<(GuestBus, Slot, Function)> {
    let rest = line.trim().strip_prefix("Bus")?.strip_suffix(':')?;
    let mut parts = rest.split(',');
    let bus = parts.next()?.trim().parse().ok()?;
    let slot = parts.next()?.trim().strip_prefix("device")?.trim().parse().ok()?;
    let function = parts.next()?.trim().strip_prefix("function")?.trim().parse().ok()?;
    Some((GuestBus(bus), Slot::new(slot)?, Function::new(function)?))
}

/// The bridge with this secondary bus: the last one printed, as bridges come before devices behind
/// them. Bus 0 is behind no bridge: a bridge with 0 has not been numbered.
fn parent_of(found: &[PciEntry], bus: GuestBus) -> Option<usize> {
    found.iter().rposition(|entry| {
        entry.pci.bridge.is_some_and(|bridge| bridge.secondary != 0 && bridge.secondary == bus.0)
    })
}

fn property(line: &str, entry: &mut PciEntry, name: &mut String) {
    let pci = &mut entry.pci;
    if let Some((class, ids)) = line.split_once(": PCI device ") {
        class.clone_into(name);
        pci.id = id(ids);
    } else if let Some(ids) = line.strip_prefix("PCI subsystem ") {
        pci.subsystem = id(ids);
    } else if let Some(rest) = line.strip_prefix("IRQ ") {
        let (number, pin) = rest.split_once(", pin ").unwrap_or((rest, ""));
        pci.irq = number.trim().parse().ok();
        pci.pin = pin.chars().next();
    } else if let Some(rest) = line.strip_prefix("BUS ") {
        // Until 0.11 this is the bus behind the bridge, today the bus it is on; the later line
        // `secondary` replaces it.
        let secondary = rest.trim().parse().unwrap_or_default();
        pci.bridge = Some(Bridge { secondary, subordinate: 0 });
    } else if let Some(rest) = line.strip_prefix("secondary bus ") {
        pci.bridge.get_or_insert_default().secondary = rest.trim().parse().unwrap_or_default();
    } else if let Some(rest) = line.strip_prefix("subordinate bus ") {
        pci.bridge.get_or_insert_default().subordinate = rest.trim().parse().unwrap_or_default();
    } else if let Some(rest) = line.strip_prefix("BAR") {
        pci.regions.extend(region(rest));
    } else if let Some(rest) = line.strip_prefix("id \"") {
        entry.id = Some(rest.trim_end_matches('"')).filter(|id| !id.is_empty()).map(Into::into);
    }
}

/// Parses ids such as `8086:7113`.
fn id(text: &str) -> Option<PciId> {
    let (vendor, device) = text.trim().split_once(':')?;
    let hex = |text: &str| u16::from_str_radix(text, 16).ok();
    Some(PciId { vendor: hex(vendor)?, device: hex(device)? })
}

/// `0: I/O at 0xc000 [0xc03f]`, `4: 64 bit prefetchable memory (not mapped)`
fn region(text: &str) -> Option<Region> {
    let (bar, rest) = text.split_once(':')?;
    let bar = bar.trim().parse().ok()?;
    let (io, wide) = (rest.contains("I/O"), rest.contains("64 bit"));
    let prefetch = rest.contains("prefetchable");
    let mut numbers = rest.split("0x").skip(1).map(|number| {
        let end = number.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(number.len());
        u64::from_str_radix(number.get(..end)?, 16).ok()
    });
    let first = numbers.next().flatten().filter(|first| *first != u64::MAX);
    let last = numbers.next().flatten();
    let size = first
        .zip(last)
        .and_then(|(first, last)| last.checked_sub(first))
        .and_then(|size| size.checked_add(1));
    Some(Region { bar, io, address: first, size, prefetch, wide })
}

/// Parses `info usb`: bus and device number, port (since about 1.0), product, id. The devices have
/// no bus: only their numbers are known.
pub fn info_usb(text: &str) -> Vec<UsbEntry> {
    text.lines().filter_map(usb_line).collect()
}

/// A line of `info usb`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbEntry {
    /// Number of the bus, in order of creation.
    pub bus: u32,
    /// The device number the guest has given it; 0 before that.
    pub device: u32,
    /// The ports on the way to it.
    pub port: Option<crate::model::address::PortPath>,
    /// The product name.
    pub product: Text,
    /// `id=` of its `-device`.
    pub id: Option<Text>,
}

fn usb_line(line: &str) -> Option<UsbEntry> {
    let (numbers, rest) = line.trim().strip_prefix("Device ")?.split_once(',')?;
    let (bus, device) = numbers.split_once('.')?;
    let (rest, product) = rest.split_once("Product ")?;
    let port = rest
        .split(',')
        .find_map(|part| part.trim().strip_prefix("Port "))
        .and_then(|port| port.trim().parse().ok());
    let (product, id) = match product.rsplit_once(", ID: ") {
        Some((product, id)) => (product, Some(id.trim().into())),
        None => (product, None),
    };
    Some(UsbEntry {
        bus: bus.trim().parse().ok()?,
        device: device.trim().parse().ok()?,
        port,
        product: product.trim().into(),
        id,
    })
}

/// Reads `info block`: today's blocks of lines, and the single lines of old
/// (`ide0-hd0: type=hd removable=0 file=/x.img ...`).
pub fn info_block(text: &str) -> Vec<Drive> {
    let mut found: Vec<Drive> = Vec::new();
    for line in text.lines() {
        if let Some(at) = line.trim().strip_prefix("Attached to:") {
            if let Some(drive) = found.last_mut().filter(|_| line.starts_with(' ')) {
                drive.at = Some(at.trim().into());
            }
        } else if !line.starts_with([' ', '\t'])
            && let Some((name, rest)) = line.split_once(": ")
        {
            found.push(block_head(name.trim(), rest.trim()));
        }
    }
    found
}

/// `virtio0 (#block713): /images/v.img (raw, read-only)`
fn block_head(name: &str, rest: &str) -> Drive {
    let (name, node) = match name.split_once(" (") {
        Some((name, node)) => (name, Some(node.trim_end_matches(')').into())),
        // Without a drive's name the block node's name is printed.
        None => (name, Some(name.into())),
    };
    let mut drive = Drive { name: name.into(), node, ..Drive::default() };
    if let Some((_, rest)) = rest.split_once("file=") {
        let value = |key: &str| rest.split(' ').find_map(|word| word.strip_prefix(key));
        drive.file = rest.split(' ').next().map(Into::into);
        drive.format = value("drv=").map(Into::into);
        drive.read_only = value("ro=") == Some("1");
    } else if !rest.starts_with('[') {
        let (file, words) = rest.rsplit_once(" (").unwrap_or((rest, ""));
        let mut words = words.trim_end_matches(')').split(", ").filter(|word| !word.is_empty());
        drive.file = Some(file.into());
        drive.format = words.next().map(Into::into);
        drive.read_only = words.any(|word| word == "read-only");
    }
    drive
}

/// Reads `info network`: the NICs, not the backends.
pub fn info_network(text: &str) -> Vec<Nic> {
    text.lines()
        .filter_map(|line| {
            let line = line.trim().trim_start_matches('\\').trim();
            let (name, rest) = line.split_once(": ")?;
            let value = |key: &str| rest.split(',').find_map(|part| part.strip_prefix(key));
            (value("type=") == Some("nic")).then_some(())?;
            Some(Nic {
                name: name.into(),
                model: value("model=").unwrap_or_default().into(),
                mac: value("macaddr=")?.trim().to_ascii_lowercase().into(),
            })
        })
        .collect()
}

/// Reads `info status`: `VM status: paused (prelaunch)`.
pub fn info_status(text: &str) -> RunState {
    let word = text.trim().strip_prefix("VM status:").unwrap_or_default().trim();
    match word.split_once(" (") {
        Some(("running", _)) => RunState::Running,
        Some((_, why)) => RunState::from_name(why.trim_end_matches(')')),
        None => RunState::from_name(word),
    }
}

/// Whether the monitor did not know the command, or could not execute it.
fn is_refusal(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || text.starts_with("unknown command") || text.starts_with("Error:")
}

/// Reads `info name`.
pub(super) fn info_name(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|name| !is_refusal(name))
}

/// Reads `qom-get /machine type`: a JSON string.
pub(super) fn machine_type(text: &str) -> Option<&str> {
    text.trim().strip_prefix('"')?.strip_suffix('"')
}

/// Reads `info memory_size_summary`: bytes of memory at start.
pub(super) fn info_memory_size(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.trim().strip_prefix("base memory:")?.trim().parse().ok())
}

/// Reads `info cpus`: how many there are.
pub(super) fn info_cpus(text: &str) -> Option<u32> {
    let lines =
        text.lines().filter(|line| line.trim_start_matches(['*', ' ']).starts_with("CPU #"));
    u32::try_from(lines.count()).ok().filter(|count| *count > 0)
}

/// Reads `info version`: `10.0.2Debian 1:10.0.2+ds-2`.
pub fn info_version(text: &str) -> Option<Text> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text.get(..end).filter(|version| !version.is_empty()).map(Into::into)
}

/// Reads `info memory-devices`: modules with their socket.
pub fn info_memory_devices(text: &str) -> Vec<LiveDevice> {
    let mut found: Vec<LiveDevice> = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.trim().strip_prefix("Memory device [") {
            let (driver, id) = rest.split_once("]:").unwrap_or((rest, ""));
            let id = id.trim().trim_matches('"');
            found.push(LiveDevice {
                id: Some(id).filter(|id| !id.is_empty()).map(Into::into),
                driver: Some(memory_driver(driver).into()),
                ..LiveDevice::default()
            });
        } else if let (Some(slot), Some(device)) =
            (line.trim().strip_prefix("slot:"), found.last_mut())
        {
            device.address = slot.trim().parse().map_or(QdevAddress::None, QdevAddress::Slot);
        }
    }
    found
}

/// QEMU's model behind a kind of memory device (`hw/core/machine-hmp-cmds.c:
/// hmp_info_memory_devices`).
pub(super) fn memory_driver(kind: &str) -> &str {
    match kind {
        "dimm" => "pc-dimm",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "  Bus  0, device   0, function 0:\r\n    Host bridge: PCI device 8086:1237\r\n  \
        Bus  0, device   1, function 3:\r\n    Bridge: PCI device 8086:7113\r\n      IRQ 9.\r\n  \
        Bus  0, device   3, function 0:\r\n    PCI bridge: PCI device 1011:0026\r\n      BUS 2.\r\n  \
        Bus  2, device   4, function 0:\r\n    Class 00ff: PCI device 1af4:1002\r\n      IRQ 11.\r\n      \
        BAR0: I/O at 0xc020 [0xc03f].\r\n      BAR1: 32 bit memory at 0xffffffffffffffff [0x00000ffe].\r\n";

    #[test]
    fn the_listing_of_2009_is_read_with_its_full_stops_and_hexadecimal_classes() {
        let found = info_pci(OLD);
        assert_eq!(found.len(), 4);
        assert_eq!(found[1].pci.class, Some(0x0680));
        assert_eq!(found[1].pci.irq, Some(9));
        assert_eq!(found[3].pci.class, Some(0x00ff));
        assert_eq!(found[3].parent, Some(2));
        assert_eq!(found[3].pci.regions[0].size, Some(32));
        assert_eq!(found[3].pci.regions[1].address, None);
    }

    #[test]
    fn todays_unknown_classes_are_decimal() {
        let text = "  Bus  0, device  11, function 0:\n    Class 2176: PCI device 8086:25ab\n      \
                    PCI subsystem 1af4:1100\n      BAR0: 32 bit memory (not mapped)\n      id \"w\"\n";
        let found = info_pci(text);
        assert_eq!(found[0].pci.class, Some(0x0880));
        assert_eq!(found[0].id.as_deref(), Some("w"));
        assert_eq!(found[0].pci.regions[0].address, None);
    }

    #[test]
    fn usb_lines_of_every_era_are_read() {
        let text = "  Device 0.2, Port 2.1, Speed 12 Mb/s, Product QEMU USB Hub, ID: hub0\n  \
                    Device 0.1, Speed 12 Mb/s, Product QEMU USB Tablet\n\
                    USB support not enabled\n";
        let found = info_usb(text);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].port.unwrap().to_string(), "2.1");
        assert_eq!(found[0].id.as_deref(), Some("hub0"));
        assert_eq!((found[1].device, found[1].port), (1, None));
        assert_eq!(&*found[1].product, "QEMU USB Tablet");
    }

    #[test]
    fn drives_are_read_in_both_forms() {
        let text = "s0 (#block115): /x/s0.img (raw, read-only)\n    Attached to:      /machine/a[3]\n\n\
                    floppy0: [not inserted]\n    Attached to:      f\n\
                    ide0-hd0: type=hd removable=0 file=/h.img ro=0 drv=raw encrypted=0\n";
        let found = info_block(text);
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].file.as_deref(), Some("/x/s0.img"));
        assert_eq!((found[0].format.as_deref(), found[0].read_only), (Some("raw"), true));
        assert_eq!((found[2].format.as_deref(), found[2].read_only), (Some("raw"), false));
        assert_eq!(found[0].node.as_deref(), Some("#block115"));
        assert_eq!(found[0].at.as_deref(), Some("/machine/a[3]"));
        assert_eq!(found[1].file, None);
        assert_eq!(found[2].file.as_deref(), Some("/h.img"));
    }

    #[test]
    fn states_and_versions_are_read() {
        assert_eq!(info_status("VM status: running\n"), RunState::Running);
        let paused = RunState::Stopped("prelaunch".into());
        assert_eq!(info_status("VM status: paused (prelaunch)"), paused);
        assert_eq!(info_version("10.0.2Debian 1:10").as_deref(), Some("10.0.2"));
        assert_eq!(info_version(""), None);
    }

    #[test]
    fn what_a_guest_is_called_and_made_of_is_read() {
        assert_eq!(info_name("web 1\n"), Some("web 1"));
        assert_eq!(info_name("unknown command: 'info name'\n"), None);
        assert_eq!(info_name(""), None);
        assert_eq!(machine_type("\"pc-q35-10.0-machine\"\n"), Some("pc-q35-10.0-machine"));
        assert_eq!(machine_type("Error: no"), None);
        assert_eq!(
            info_memory_size("base memory: 67108864\nplugged memory: 0\n"),
            Some(67_108_864)
        );
        assert_eq!(info_cpus("* CPU #0: thread_id=1\n  CPU #1: thread_id=2\n"), Some(2));
        assert_eq!(info_cpus("unknown command: 'info cpus'"), None);
    }
}
