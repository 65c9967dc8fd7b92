//! Guests of any size, for measuring: the time to draw ten thousand devices shows how the time for
//! a real guest grows.

use std::fmt::Write as _;

use crate::model::target_letters;

/// A q35 guest with about `devices` devices: ports with NICs, SCSI and SATA disks, channels, USB.
///
/// The same number always gives the same text. PCI Express ports run out at 255 buses (a limit of
/// PCI itself), so a larger guest grows by SCSI disks.
pub fn generate(devices: u32) -> String {
    const PORTS: u32 = 200;
    let mut text = String::from(
        "<domain type='kvm'>\n  <name>generated</name>\n  <memory unit='GiB'>4</memory>\n  \
         <vcpu>2</vcpu>\n  <os>\n    <type arch='x86_64' machine='q35'>hvm</type>\n  </os>\n  \
         <features>\n    <acpi/>\n  </features>\n  <devices>\n",
    );
    let ports = (devices / 4).min(PORTS);
    let disks = devices.saturating_sub(2 * ports + 6);
    let mut add = |line: std::fmt::Arguments<'_>| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "    {line}");
    };
    for disk in 0..disks {
        // Controller 0 is enough: 256 targets of 16384 units.
        let (target, unit) = (disk / 1024 % 256, disk % 1024);
        add(format_args!(
            "<disk type='file' device='disk'><source file='/images/{disk}.qcow2'/><target \
             dev='sd{}' bus='scsi'/><address type='drive' controller='0' bus='0' target='{target}' \
             unit='{unit}'/></disk>",
            target_letters(disk)
        ));
    }
    add(format_args!("<controller type='pci' index='0' model='pcie-root'/>"));
    for port in 0..ports {
        let (slot, function) = (port / 8 + 4, port % 8);
        let multifunction = if function == 0 { " multifunction='on'" } else { "" };
        add(format_args!(
            "<controller type='pci' index='{}' model='pcie-root-port'><target chassis='{0}' \
             port='0x{:x}'/><address type='pci' domain='0x0000' bus='0x00' slot='0x{slot:02x}' \
             function='0x{function}'{multifunction}/></controller>",
            port + 1,
            slot * 8 + function
        ));
    }
    add(format_args!(
        "<controller type='scsi' index='0' model='virtio-scsi'><address type='pci' \
         domain='0x0000' bus='0x00' slot='0x02' function='0x0'/></controller>"
    ));
    add(format_args!(
        "<controller type='usb' index='0' model='qemu-xhci' ports='15'><address type='pci' \
         domain='0x0000' bus='0x00' slot='0x03' function='0x0'/></controller>"
    ));
    add(format_args!(
        "<controller type='sata' index='0'><address type='pci' domain='0x0000' bus='0x00' \
         slot='0x1f' function='0x2'/></controller>"
    ));
    for port in 0..ports {
        add(format_args!(
            "<interface type='network'><mac address='52:54:00:00:{:02x}:{:02x}'/><source \
             network='default'/><model type='virtio'/><address type='pci' domain='0x0000' \
             bus='0x{:02x}' slot='0x00' function='0x0'/></interface>",
            port >> 8,
            port & 0xff,
            port + 1
        ));
    }
    add(format_args!(
        "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>"
    ));
    add(format_args!("<memballoon model='none'/>"));
    text.push_str("  </devices>\n</domain>\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_number_gives_more_devices() {
        let count = |devices| {
            let text = generate(devices);
            let document = roxmltree::Document::parse(&text).unwrap();
            let element = document.descendants().find(|node| node.has_tag_name("devices")).unwrap();
            element.children().filter(roxmltree::Node::is_element).count()
        };
        for want in [100, 1_000, 10_000] {
            let got = count(want);
            assert!(got.abs_diff(want as usize) <= 5, "{want}: {got}");
        }
    }
}
