//! An address of a kind that the device's bus does not have.

use crate::check::evidence::Evidence;
use crate::check::fixes;
use crate::check::rule::{Rule, Stage};
use crate::machine::{MachineKind, Model, QemuBus};
use crate::model::{
    AddressKind, Code, ControllerKind, Device, DeviceClass, Kind, Problem, Severity,
};

pub(in crate::check) static RULE: Rule = Rule {
    code: Code::AddressOffBus,
    severity: Severity::Error,
    stage: Stage::Start(find),
    summary: "an address of a kind that the device's bus does not have",
    about: "For many devices libvirt does not check that a PCI device has a PCI address, or a \
            USB device a USB address. The guest is defined and does not start.",
    machine: "q35",
    wrong: "<rng model='virtio'><backend model='random'>/dev/urandom</backend><address type='drive' unit='1'/></rng>",
    right: "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
    fixes: Some(fixes::let_choose),
};

/// Classes of PCI devices whose kind of address libvirt does not check when it defines a guest,
/// with libvirt's message at the start if libvirt refuses it there.
///
/// Source: `qemu_command.c: qemuBuildVirtioDevProps`, `qemuBuildShmemDevProps`.
const ON_PCI: &[(DeviceClass, &str)] = &[
    (DeviceClass::Controller, ""),
    (DeviceClass::Interface, ""),
    (DeviceClass::Sound, ""),
    (DeviceClass::Video, ""),
    (DeviceClass::Vsock, ""),
    (DeviceClass::Input, ""),
    (DeviceClass::Memballoon, "internal error: Unexpected address type for 'virtio-balloon'"),
    (DeviceClass::Rng, "internal error: Unexpected address type for 'virtio-rng'"),
    (DeviceClass::Crypto, "internal error: Unexpected address type for 'virtio-crypto'"),
    (
        DeviceClass::Shmem,
        "unsupported configuration: only 'pci' addresses are supported for the shared memory device",
    ),
];

fn find(evidence: &Evidence<'_>, found: &mut Vec<Problem>) {
    for (written, device) in evidence.pairs() {
        let Some(kind) = Evidence::kind(written) else { continue };
        let Some((bus, words)) = misplaced(evidence, device, kind) else { continue };
        let problem = RULE
            .problem(format!(
                "{} is a {bus} device, its address is of type {}",
                device.title(),
                kind.as_str()
            ))
            .helping("remove the address");
        let problem = if words.is_empty() { problem } else { problem.quoting(words) };
        found.push(evidence.on(problem, written));
    }
}

/// The bus a device is on, when an address of this kind does not name a place there.
fn misplaced(
    evidence: &Evidence<'_>,
    device: &Device,
    kind: AddressKind,
) -> Option<(&'static str, &'static str)> {
    use AddressKind::{Ccid, Ccw, Dimm, Drive, Isa, SpaprVio, Usb, VirtioMmio, VirtioSerial};
    if is_on_usb(device) {
        return (kind != Usb).then_some(("USB", ""));
    }
    if device.is_virtio_console() {
        let words = "internal error: virtio serial device has invalid address type";
        // An address of the channel subsystem is left over from before consoles were on
        // virtio-serial.
        return (!matches!(kind, VirtioSerial | Ccw)).then_some(("virtio-serial", words));
    }
    if Model::of(device).is_some_and(|model| model.is_on(QemuBus::Memory)) {
        // libvirt makes a socket of it, at a base that means something else.
        return (kind != Dimm).then_some(("memory", ""));
    }
    let (_, words) = ON_PCI.iter().find(|row| row.0 == device.class())?;
    if is_on_board(device) {
        return None;
    }
    evidence.need(device)?;
    let machine = evidence.machine().kind;
    let is_wrong = match kind {
        Drive | Usb | VirtioSerial | Ccid | Dimm => true,
        // NE2000 cards are for both buses.
        Isa => device.class() != DeviceClass::Interface,
        SpaprVio => machine != MachineKind::Pseries,
        VirtioMmio => matches!(
            machine,
            MachineKind::I440fx | MachineKind::Q35 | MachineKind::Pseries | MachineKind::S390Ccw
        ),
        _ => false,
    };
    is_wrong.then_some(("PCI", *words))
}

/// Whether the machine has the controller anyway, so that QEMU does not get its address.
fn is_on_board(device: &Device) -> bool {
    device.controller().is_some_and(|controller| match controller.kind {
        ControllerKind::Ide => true,
        ControllerKind::Sata => controller.index_or_zero().0 == 0,
        _ => false,
    })
}

/// Whether this is a USB device whose kind of address libvirt does not check.
fn is_on_usb(device: &Device) -> bool {
    matches!(device.kind, Kind::Controller(_) | Kind::Interface(_) | Kind::Sound(_))
        && Model::of(device).is_some_and(Model::is_usb)
}
