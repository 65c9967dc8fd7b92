//! What each class of device asks of its place: the one table of PCI needs.
//!
//! Source: `qemu_domain_address.c: qemuDomainDeviceCalculatePCIConnectFlags`. A word that no row
//! has (and a class without rows) never gets a PCI address by itself.

use super::connect::Need;
use crate::model::{Controller, ControllerKind, Device, DeviceClass, Disk, Kind};

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    /// Conventional PCI.
    Legacy,
    /// PCI Express where bus 0 is `pcie-root`, conventional PCI elsewhere; virtio devices too, with
    /// every QEMU that libvirt 11 knows.
    Express,
    /// As `Legacy`, on bus 0.
    OnBoardLegacy,
    /// As `Express`, on bus 0.
    OnBoardExpress,
    /// No PCI address.
    Never,
}

use Ask::{Express, Legacy, Never, OnBoardExpress, OnBoardLegacy};

/// Class, the word that tells its kinds apart (`*`: any other), what it asks. The first row counts.
const DEVICES: &[(DeviceClass, &str, Ask)] = &[
    (DeviceClass::Disk, "virtio-transitional", Legacy),
    (DeviceClass::Disk, "*", Express),
    (DeviceClass::Filesystem, "virtio-transitional", Legacy),
    (DeviceClass::Filesystem, "*", Express),
    (DeviceClass::Interface, "virtio", Express),
    (DeviceClass::Interface, "virtio-non-transitional", Express),
    (DeviceClass::Interface, "virtio-transitional", Legacy),
    (DeviceClass::Interface, "e1000e", Express),
    (DeviceClass::Interface, "igb", Express),
    (DeviceClass::Interface, "usb-net", Never),
    (DeviceClass::Interface, "e1000", Legacy),
    (DeviceClass::Interface, "rtl8139", Legacy),
    (DeviceClass::Interface, "vmxnet3", Legacy),
    (DeviceClass::Interface, "netfront", Legacy),
    (DeviceClass::Interface, "lan9118", Legacy),
    (DeviceClass::Interface, "spapr-vlan", Legacy),
    // libvirt's spelling; `smc91c111` is the other name it takes for it.
    (DeviceClass::Interface, "scm91c111", Legacy),
    (DeviceClass::Interface, "smc91c111", Legacy),
    (DeviceClass::Interface, "vlance", Legacy),
    (DeviceClass::Interface, "vmxnet", Legacy),
    (DeviceClass::Interface, "vmxnet2", Legacy),
    (DeviceClass::Interface, "Am79C970A", Legacy),
    (DeviceClass::Interface, "Am79C973", Legacy),
    (DeviceClass::Interface, "82540EM", Legacy),
    (DeviceClass::Interface, "82545EM", Legacy),
    (DeviceClass::Interface, "82543GC", Legacy),
    // No model, or one libvirt does not know.
    (DeviceClass::Interface, "*", Express),
    (DeviceClass::Sound, "ich6", Legacy),
    (DeviceClass::Sound, "ich9", Legacy),
    (DeviceClass::Sound, "ac97", Legacy),
    (DeviceClass::Sound, "es1370", Legacy),
    (DeviceClass::Sound, "virtio", Express),
    (DeviceClass::Hostdev, "pci", Express),
    (DeviceClass::Hostdev, "mdev", Express),
    (DeviceClass::Hostdev, "scsi_host", Express),
    (DeviceClass::Hostdev, "scsi_host virtio-transitional", Legacy),
    (DeviceClass::Memballoon, "virtio", Express),
    (DeviceClass::Memballoon, "virtio-non-transitional", Express),
    (DeviceClass::Memballoon, "virtio-transitional", Legacy),
    (DeviceClass::Rng, "virtio", Express),
    (DeviceClass::Rng, "virtio-non-transitional", Express),
    (DeviceClass::Rng, "virtio-transitional", Legacy),
    (DeviceClass::Vsock, "virtio", Express),
    (DeviceClass::Vsock, "virtio-non-transitional", Express),
    (DeviceClass::Vsock, "virtio-transitional", Legacy),
    (DeviceClass::Watchdog, "i6300esb", Legacy),
    (DeviceClass::Video, "virtio", Express),
    (DeviceClass::Video, "bochs", Express),
    (DeviceClass::Video, "vga", Legacy),
    (DeviceClass::Video, "cirrus", Legacy),
    (DeviceClass::Video, "vmvga", Legacy),
    (DeviceClass::Video, "qxl", Legacy),
    (DeviceClass::Video, "xen", Legacy),
    (DeviceClass::Video, "vbox", Legacy),
    (DeviceClass::Video, "parallels", Legacy),
    (DeviceClass::Shmem, "*", Legacy),
    (DeviceClass::Crypto, "*", Legacy),
    (DeviceClass::Pstore, "*", Legacy),
    (DeviceClass::Serial, "pci-serial", Legacy),
    (DeviceClass::Input, "virtio-transitional", Legacy),
    (DeviceClass::Input, "*", Express),
    (DeviceClass::Iommu, "virtio", OnBoardExpress),
    (DeviceClass::Panic, "pvpanic", OnBoardLegacy),
    (DeviceClass::Memory, "virtio-mem", Express),
    (DeviceClass::Memory, "virtio-pmem", Express),
];

/// Controller kind, model (`*`: any other, or none), what it asks. The first row counts.
const CONTROLLERS: &[(ControllerKind, &str, Ask)] = &[
    (ControllerKind::Sata, "*", Legacy),
    (ControllerKind::Ide, "*", Legacy),
    (ControllerKind::Nvme, "*", Express),
    (ControllerKind::Usb, "none", Never),
    (ControllerKind::Usb, "nec-xhci", Express),
    (ControllerKind::Usb, "qemu-xhci", Express),
    (ControllerKind::Usb, "*", Legacy),
    (ControllerKind::Scsi, "virtio-scsi", Express),
    (ControllerKind::Scsi, "virtio-non-transitional", Express),
    (ControllerKind::Scsi, "ncr53c90", Never),
    (ControllerKind::Scsi, "*", Legacy),
    (ControllerKind::VirtioSerial, "virtio-transitional", Legacy),
    (ControllerKind::VirtioSerial, "*", Express),
];

/// What `device` asks of its PCI bus; `None` when it never gets a PCI address by itself.
/// `express` says whether PCI controller 0 is `pcie-root`.
pub fn need(device: &Device, express: bool) -> Option<Need> {
    let ask = match &device.kind {
        Kind::Controller(controller) => match controller.pci_model() {
            Some(model) => return Need::of_controller(model),
            None => controller_ask(controller)?,
        },
        _ => {
            let word = word(device)?;
            let fits = |row: &&(DeviceClass, &str, Ask)| {
                row.0 == device.class() && (row.1 == "*" || row.1.eq_ignore_ascii_case(word))
            };
            DEVICES.iter().find(fits)?.2
        }
    };
    let express = if express { Need::EXPRESS } else { Need::PCI };
    Some(match ask {
        Never => return None,
        Legacy => Need::PCI,
        Express => express,
        OnBoardLegacy => Need { integrated: true, ..Need::PCI },
        OnBoardExpress => Need { integrated: true, ..express },
    })
}

fn controller_ask(controller: &Controller) -> Option<Ask> {
    let model = controller.model.as_deref().unwrap_or_default();
    let row = CONTROLLERS
        .iter()
        .find(|row| row.0 == controller.kind && (row.1 == "*" || row.1 == model))?;
    Some(row.2)
}

/// The word the table knows a device by; `None` when its kind is never on PCI.
fn word(device: &Device) -> Option<&str> {
    match &device.kind {
        Kind::Disk(disk) => {
            (disk_bus(disk) == "virtio").then(|| disk.model.as_deref().unwrap_or("virtio"))
        }
        Kind::Filesystem(filesystem) => match filesystem.driver.as_deref() {
            None | Some("path" | "handle" | "default") => {
                Some(filesystem.model.as_deref().unwrap_or("virtio"))
            }
            Some("virtiofs") => Some("virtiofs"),
            Some(_) => None,
        },
        // The host device it stands for asks for both.
        Kind::Interface(interface) if interface.backend.as_deref() == Some("hostdev") => Some("*"),
        Kind::Interface(interface) => Some(interface.model.as_deref().unwrap_or("*")),
        Kind::Hostdev(hostdev) => {
            if hostdev.mode.as_deref() == Some("capabilities") {
                return None;
            }
            match (hostdev.backend.as_deref()?, hostdev.model.as_deref()) {
                ("scsi_host", Some("virtio-transitional")) => Some("scsi_host virtio-transitional"),
                (backend, _) => Some(backend),
            }
        }
        Kind::Plain(plain) => match device.class() {
            DeviceClass::Input if plain.bus.as_deref() != Some("virtio") => None,
            DeviceClass::Input | DeviceClass::Shmem | DeviceClass::Crypto | DeviceClass::Pstore => {
                Some(plain.model.as_deref().unwrap_or("*"))
            }
            _ => plain.model.as_deref(),
        },
        _ => device.variant(),
    }
}

/// The bus of a disk: its own word, or what the first letters of its target name stand for.
///
/// Source: `domain_postparse.c: virDomainDiskDefPostParse`.
pub fn disk_bus(disk: &Disk) -> &str {
    /// Prefix of a target name, and the bus it stands for.
    const PREFIXES: &[(&str, &str)] =
        &[("hd", "ide"), ("sd", "scsi"), ("vd", "virtio"), ("xvd", "xen"), ("ubd", "uml")];
    if let Some(bus) = disk.bus.as_deref() {
        return bus;
    }
    if disk.device.as_deref() == Some("floppy") {
        return "fdc";
    }
    let target = disk.target.as_deref().unwrap_or_default();
    PREFIXES.iter().find(|row| target.starts_with(row.0)).map_or("ide", |row| row.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Connect;
    use crate::model::{DeviceKey, Interface, Plain};

    fn net(model: Option<&str>) -> Device {
        let interface = Interface { model: model.map(Into::into), ..Interface::default() };
        Device::implied(DeviceKey::new(DeviceClass::Interface, 0), Kind::Interface(interface))
    }

    #[test]
    fn a_nic_libvirt_does_not_know_counts_as_express() {
        let cases = [
            (Some("e1000"), Connect::PCI),
            (Some("E1000"), Connect::PCI),
            (Some("e1000e"), Connect::EXPRESS),
            (Some("virtio"), Connect::EXPRESS),
            (Some("virtio-transitional"), Connect::PCI),
            (Some("ne2k_pci"), Connect::EXPRESS),
            (None, Connect::EXPRESS),
        ];
        for (model, kind) in cases {
            assert_eq!(need(&net(model), true).unwrap().kind, kind, "{model:?}");
            assert_eq!(need(&net(model), false).unwrap().kind, Connect::PCI, "{model:?}");
        }
        assert_eq!(need(&net(Some("usb-net")), true), None);
    }

    #[test]
    fn crypto_is_conventional_although_it_is_virtio() {
        let key = DeviceKey::new(DeviceClass::Crypto, 0);
        let plain = Plain { model: Some("virtio".into()), ..Plain::default() };
        let crypto = Device::implied(key, Kind::Plain(plain));
        assert_eq!(need(&crypto, true).unwrap().kind, Connect::PCI);
    }

    #[test]
    fn a_panic_device_on_pci_has_to_be_on_bus_0() {
        let key = DeviceKey::new(DeviceClass::Panic, 0);
        let panic = |model: &str| {
            let plain = Plain { model: Some(model.into()), ..Plain::default() };
            need(&Device::implied(key, Kind::Plain(plain)), true)
        };
        assert!(panic("pvpanic").unwrap().integrated);
        assert_eq!(panic("isa"), None);
    }
}
