//! The transport of virtio devices without an address: PCI, the channel subsystem or virtio-mmio.
//!
//! Source: `qemu_domain_address.c: qemuDomainAssignS390Addresses`,
//! `qemuDomainAssignVirtioMMIOAddresses`, `qemuDomainPrimeVirtioDeviceAddresses`.

use super::completion::Completion;
use super::lists::DeviceIdx;
use crate::machine::{MachineKind, Model, QemuBus};
use crate::model::{Address, Code, ControllerKind, Device, Kind, Problem};
use crate::topology::is_express;

/// Sets the kind of address of every virtio device without one; the numbers of channel devices and
/// the places on PCI are chosen later.
pub(super) fn choose(completion: &mut Completion) {
    let (address, what) = match completion.machine.kind {
        MachineKind::S390Ccw => (Address::Ccw(None), "virtio devices are channel devices here"),
        MachineKind::Vexpress | MachineKind::ArmVirt | MachineKind::RiscvVirt => {
            let is_mmio = |device: &Device| device.address() == Some(&Address::VirtioMmio);
            let any_mmio = completion.domain.devices.iter().any(is_mmio);
            if is_express(&completion.domain) && !any_mmio {
                return;
            }
            let what = if any_mmio {
                "another device is on virtio-mmio, and all use the same transport"
            } else {
                "the machine has no PCI Express, and virtio goes over virtio-mmio"
            };
            (Address::VirtioMmio, what)
        }
        _ => return,
    };
    let is_ccw = address == Address::Ccw(None);
    let is_meant = |no: &DeviceIdx| {
        completion.device(*no).is_some_and(|device| {
            device.address.is_none() && (is_virtio(device) || is_ccw && is_channel_device(device))
        })
    };
    let meant: Vec<DeviceIdx> =
        completion.lists.iterate(&completion.domain).into_iter().filter(is_meant).collect();
    for no in meant {
        if address == Address::VirtioMmio {
            refuse_scsi_host(completion, no);
        }
        completion.place(no, address.clone());
        completion.explain(no, what);
    }
}

/// A SCSI host adapter that is passed through is on PCI or a channel device
/// (`qemu_validate.c: qemuValidateDomainDeviceDefHostdev`).
fn refuse_scsi_host(completion: &mut Completion, no: DeviceIdx) {
    let Some(device) = completion.device(no) else { return };
    if !matches!(&device.kind, Kind::Hostdev(host) if host.backend.as_deref() == Some("scsi_host"))
    {
        return;
    }
    let message = "a SCSI host adapter cannot be on virtio-mmio";
    let words = "SCSI_host host device must use 'pci' or 'ccw' address type";
    let refusal = Problem::error(Code::HostdevAddressType, message)
        .quoting(format!("unsupported configuration: {words}"))
        .helping("give the other devices PCI addresses, or write one here")
        .on(device.key());
    completion.refuse(refusal);
}

/// Whether libvirt counts a device as a virtio device here: all SCSI controllers, but no
/// filesystems, sockets and IOMMUs.
fn is_virtio(device: &Device) -> bool {
    match &device.kind {
        Kind::Filesystem(_) | Kind::Vsock(_) | Kind::Iommu(_) | Kind::Qemu(_) => false,
        Kind::Controller(controller) if controller.kind == ControllerKind::Scsi => true,
        _ => Model::of(device).is_some_and(|model| model.ids.is_virtio()),
    }
}

/// Whether it is a channel device on s390.
fn is_channel_device(device: &Device) -> bool {
    let has_driver = |model: &Model| model.drivers_on(QemuBus::Ccw).next().is_some();
    matches!(device.kind, Kind::Filesystem(_)) || Model::of(device).is_some_and(has_driver)
}

#[cfg(test)]
mod tests {
    use crate::assign::example::{completed, of_class};

    const DISK: &str = "<disk><target dev='vda' bus='virtio'/></disk>";

    #[test]
    fn one_device_on_virtio_mmio_takes_the_others_along() {
        let guest = completed("aarch64", "virt", DISK);
        assert_eq!(of_class(&guest, "disk"), ["disk:0 pci 0000:01:00.0"]);
        let nic = "<interface type='user'><model type='virtio'/>\
                   <address type='virtio-mmio'/></interface>";
        let guest = completed("aarch64", "virt", &(DISK.to_owned() + nic));
        assert_eq!(of_class(&guest, "disk"), ["disk:0 virtio-mmio"]);
    }

    #[test]
    fn a_board_without_pci_has_virtio_mmio_only() {
        let guest = completed("armv7l", "vexpress-a15", DISK);
        assert_eq!(of_class(&guest, "disk"), ["disk:0 virtio-mmio"]);
    }
}
