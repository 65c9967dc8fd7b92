//! Models that libvirt fills in for each device, and its refusals on the way.
//!
//! Source: `qemu_postparse.c: qemuDomainDeviceDefPostParse` and the functions it calls.

use super::completion::{Completion, ParseMode};
use super::lists::DeviceIdx;
use super::{drive, hostdev};
use crate::machine::{
    Feature, Machine, MachineKind, OPEN_SCSI_MODEL, Ports, UsbPart, disk_bus, input_bus, net_model,
    own_scsi_model, panic_model, serial_target, tpm_model, usb_model, video_model,
};
use crate::model::{
    Chardev, Code, Controller, ControllerKind, Device, DeviceClass, Kind, PciModel, Problem, Text,
};

/// Fills in every device, in libvirt's order of visiting.
pub(super) fn fill_all(completion: &mut Completion) {
    let order = completion.lists.iterate(&completion.domain);
    let is_disk =
        |no: &DeviceIdx| completion.device(*no).is_some_and(|d| d.class() == DeviceClass::Disk);
    let (disks, others): (Vec<DeviceIdx>, Vec<DeviceIdx>) = order.into_iter().partition(is_disk);
    for no in disks {
        fill(completion, no);
    }
    drive::assign(completion);
    // Host devices come before controllers: those have no model yet when places are looked for.
    let is_early = |no: &DeviceIdx| {
        completion.device(*no).is_some_and(|device| {
            matches!(device.class(), DeviceClass::Interface | DeviceClass::Sound)
        })
    };
    let (early, late): (Vec<DeviceIdx>, Vec<DeviceIdx>) = others.into_iter().partition(is_early);
    for no in early {
        fill(completion, no);
    }
    hostdev::assign(completion);
    for no in late {
        fill(completion, no);
    }
}

/// Fills in one device.
pub(super) fn fill(completion: &mut Completion, no: DeviceIdx) {
    let (machine, mode) = (completion.machine, completion.mode);
    let scsi = scsi_model(completion, no);
    let cells = completion.domain.features.numa_cells;
    let hypervisor = completion.domain.hypervisor.clone();
    let Some(device) = completion.device_mut(no) else { return };
    let has_address = device.address.is_some();
    let mut refusal = None;
    let filled = match &mut device.kind {
        Kind::Disk(disk) => {
            let bus: Text = disk_bus(disk).into();
            set(&mut disk.bus, &bus)
        }
        Kind::Interface(interface) => match net_model(interface, machine) {
            Some(model) => set(&mut interface.model, model),
            None => None,
        },
        Kind::Video(video) => set(&mut video.model, video_model(machine)),
        Kind::Serial(serial) => fill_serial(serial, machine),
        Kind::Controller(controller) => {
            let filled = fill_controller(controller, machine, mode, has_address, scsi);
            refusal = check_controller(controller, machine, cells, hypervisor.as_deref());
            filled
        }
        Kind::Input(input) => {
            let bus: Option<Text> = input_bus(input, machine).map(Into::into);
            bus.and_then(|bus| set(&mut input.bus, &bus))
        }
        Kind::Panic(panic) => match panic_model(machine) {
            Some(model) => set(&mut panic.model, model),
            None => None,
        },
        Kind::Vsock(vsock) => set(&mut vsock.model, "virtio"),
        Kind::Tpm(tpm) => set(&mut tpm.model, tpm_model(machine)),
        _ => None,
    };
    let key = device.key();
    if let Some(word) = filled {
        completion.explain(no, format!("{word}, the default here"));
    }
    if let Some(refusal) = refusal {
        completion.refuse(refusal.on(key));
    }
}

/// Fills in models of devices added since: the first serial port and SCSI controllers.
pub(super) fn fill_again(completion: &mut Completion) {
    let serial = completion.lists.of(DeviceClass::Serial).first().copied();
    let open = |no: &DeviceIdx| {
        completion.device(*no).and_then(|device| device.controller()).is_some_and(|controller| {
            controller.kind == ControllerKind::Scsi && controller.model.is_none()
        })
    };
    let controllers = completion.lists.of(DeviceClass::Controller).iter().copied().filter(open);
    for no in serial.into_iter().chain(controllers).collect::<Vec<_>>() {
        fill(completion, no);
    }
}

/// Writes `word` if the place is empty; returns it if it did.
fn set(place: &mut Option<Text>, word: &str) -> Option<Text> {
    if place.is_some() {
        return None;
    }
    *place = Some(word.into());
    Some(word.into())
}

/// Source: `qemu_postparse.c: qemuDomainChrTargetDefPostParse`: `isa-serial` and an open type have
/// always been the same.
fn fill_serial(serial: &mut Chardev, machine: Machine) -> Option<Text> {
    let written = serial.target_type.take_if(|target| matches!(&**target, "isa-serial" | "serial"));
    let Some(target) = serial_target(machine) else {
        serial.target_type = serial.target_type.take().or(written);
        return None;
    };
    set(&mut serial.target_type, target).filter(|target| Some(target) != written.as_ref())
}

fn fill_controller(
    controller: &mut Controller,
    machine: Machine,
    mode: ParseMode,
    has_address: bool,
    scsi: Option<Text>,
) -> Option<Text> {
    match controller.kind {
        ControllerKind::Usb => {
            let filled = usb_model(machine, mode == ParseMode::Define, has_address)
                .and_then(|model| set(&mut controller.model, model));
            let start = UsbPart::of(controller).and_then(|part| part.start_port);
            controller.master = controller.master.or(start);
            filled
        }
        ControllerKind::Scsi => {
            if controller.model.as_deref() == Some("auto") {
                controller.model = None;
            }
            scsi.and_then(|scsi| set(&mut controller.model, &scsi))
        }
        _ => None,
    }
}

/// The model libvirt gives a SCSI controller that has none written; `None` for everything else.
///
/// Source: `qemu_domain.c: qemuDomainDefaultSCSIControllerModel`.
fn scsi_model(completion: &Completion, no: DeviceIdx) -> Option<Text> {
    let controller = completion.device(no)?.controller()?;
    let is_open = matches!(controller.model.as_deref(), None | Some("auto"));
    if controller.kind != ControllerKind::Scsi || !is_open {
        return None;
    }
    let machine = completion.machine;
    let own = own_scsi_model(machine);
    if let Some(own) = own {
        return Some(own.into());
    }
    let first = || {
        let controllers = completion.lists.of(DeviceClass::Controller).iter();
        controllers.filter_map(|no| completion.device(*no)?.controller()).find_map(|controller| {
            let model = controller.model.as_ref().filter(|model| &***model != "auto")?;
            (controller.kind == ControllerKind::Scsi).then(|| model.clone())
        })
    };
    let first = if machine.has(Feature::ScsiModelOfFirst) { first() } else { None };
    first.or_else(|| Some(OPEN_SCSI_MODEL.into()))
}

/// Source: `qemu_postparse.c: qemuDomainControllerDefPostParse`.
fn check_controller(
    controller: &Controller,
    machine: Machine,
    cells: u32,
    hypervisor: Option<&str>,
) -> Option<Problem> {
    match controller.kind {
        ControllerKind::Usb => check_usb(controller, hypervisor.unwrap_or("qemu")),
        ControllerKind::Pci => check_pci(controller, machine, cells),
        _ => None,
    }
}

fn check_usb(controller: &Controller, hypervisor: &str) -> Option<Problem> {
    /// `qemu_postparse.c: QEMU_MAX_PORTS` of an XHCI controller.
    const MOST: u32 = Ports::MOST_XHCI;
    let model = controller.model.as_deref().unwrap_or_default();
    match model {
        "qusb1" | "qusb2" => Some(
            Problem::error(Code::UsbModel, format!("QEMU has no {model} USB controller")).quoting(format!(
                "unsupported configuration: USB controller model type 'qusb1' or 'qusb2' is not \
                 supported in {hypervisor}"
            )),
        ),
        "nec-xhci" | "qemu-xhci" if controller.ports.is_some_and(|ports| ports > MOST) => Some(
            Problem::error(Code::UsbPorts, format!("a {model} controller has at most {MOST} ports"))
                .quoting(format!(
                    "unsupported configuration: '{model}' controller only supports up to '{MOST}' \
                     ports"
                ))
                .helping(format!("write ports='{MOST}', or add a second controller")),
        ),
        _ => None,
    }
}

fn check_pci(controller: &Controller, machine: Machine, cells: u32) -> Option<Problem> {
    let model = controller.pci_model()?;
    let index = controller.index_or_zero();
    if model.is_root() && index.0 != 0 && machine.kind != MachineKind::Pseries {
        return Some(
            Problem::error(
                Code::PciRootIndex,
                format!("{model} is the root of the buses, index 0"),
            )
            .quoting("XML error: pci-root and pcie-root controllers should have index 0")
            .helping("write index='0', or remove the controller"),
        );
    }
    if model == PciModel::PciExpanderBus && machine.kind != MachineKind::I440fx {
        return Some(
            Problem::error(Code::ExpanderMachine, "only i440FX machines have a pci-expander-bus")
                .quoting(
                    "unsupported configuration: pci-expander-bus controllers are only supported \
                     on 440fx-based machinetypes",
                )
                .helping("on q35 use a pcie-expander-bus"),
        );
    }
    let has_express_expander = matches!(machine.kind, MachineKind::Q35 | MachineKind::ArmVirt);
    if model == PciModel::PcieExpanderBus && !has_express_expander {
        return Some(
            Problem::error(Code::ExpanderMachine, "only q35 and ARM virt have a pcie-expander-bus")
                .quoting(
                    "unsupported configuration: pcie-expander-bus controllers are not supported \
                     with this machine type",
                )
                .helping("on i440FX use a pci-expander-bus"),
        );
    }
    let node = controller.target.node.filter(|node| *node >= cells)?;
    Some(
        Problem::error(Code::NumaNode, format!("the guest has no NUMA node {node}"))
            .quoting(format!(
                "XML error: {model} with index {index} is configured for a NUMA node ({node}) not \
                 present in the domain's <cpu><numa> array ({cells})"
            ))
            .helping("add a <cell> to <cpu><numa>, or name a node that is there"),
    )
}

/// Whether an interface or another device is a host device for the guest's PCI.
pub(super) fn is_host_nic(device: &Device) -> bool {
    matches!(&device.kind, Kind::Interface(nic) if nic.backend.as_deref() == Some("hostdev"))
}

#[cfg(test)]
mod tests {
    use crate::assign::example::{guest, guest_for, with, words};

    use crate::assign::ParseMode;

    fn model(machine: &str, device: &str, mode: ParseMode) -> String {
        let (arch, machine) = machine.split_once(' ').unwrap();
        let result = with("", arch, machine, device, mode);
        result.domain.devices[0].variant().unwrap_or("-").to_owned()
    }

    #[test]
    fn models_left_open_are_the_machines() {
        let cases = [
            ("x86_64 pc", "<interface type='user'/>", "rtl8139"),
            ("aarch64 virt", "<interface type='user'/>", "virtio"),
            ("armv7l versatilepb", "<interface type='user'/>", "scm91c111"),
            ("x86_64 pc", "<interface type='hostdev'/>", "-"),
            ("x86_64 pc", "<interface type='vdpa'/>", "virtio"),
            ("ppc64 pseries", "<video/>", "vga"),
            ("riscv64 virt", "<video/>", "virtio"),
            ("x86_64 q35", "<controller type='usb' index='0'/>", "piix3-uhci"),
            ("ppc64 pseries", "<controller type='usb' index='0'/>", "qemu-xhci"),
            ("s390x s390-ccw-virtio", "<controller type='usb' index='0'/>", "none"),
            ("x86_64 pc", "<controller type='scsi' index='0' model='auto'/>", "lsilogic"),
            ("loongarch64 virt", "<controller type='scsi' index='0'/>", "virtio-scsi"),
            (
                "ppc64 pseries",
                "<serial type='pty'><target type='isa-serial'/></serial>",
                "spapr-vio-serial",
            ),
            ("aarch64 virt", "<panic/>", "pvpanic"),
        ];
        for (machine, device, want) in cases {
            assert_eq!(model(machine, device, ParseMode::Define), want, "{machine} {device}");
        }
        let usb = "<controller type='usb' index='0'/>";
        assert_eq!(model("ppc64 pseries", usb, ParseMode::Load), "pci-ohci");
    }

    /// Source: definitions by libvirt 11.3 and 12.9.
    #[test]
    fn usb_controllers_left_open_are_those_of_the_architecture_and_release() {
        let cases = [
            ("x86_64 pc", "piix3-uhci", "piix3-uhci"),
            ("aarch64 virt", "qemu-xhci", "qemu-xhci"),
            ("armv7l virt", "piix3-uhci", "qemu-xhci"),
            ("armv7l realview-eb", "piix3-uhci", "qemu-xhci"),
            ("riscv32 virt", "piix3-uhci", "qemu-xhci"),
            ("ppc64 powernv9", "qemu-xhci", "qemu-xhci"),
            ("ppc mac99", "piix3-uhci", "pci-ohci"),
            ("alpha clipper", "piix3-uhci", "pci-ohci"),
            ("mips malta", "piix3-uhci", "pci-ohci"),
            ("sh4 r2d", "piix3-uhci", "pci-ohci"),
            ("sparc64 sun4u", "piix3-uhci", "pci-ohci"),
            ("s390x s390-ccw-virtio", "none", "none"),
        ];
        for (machine, old, new) in cases {
            for (libvirt, want) in [("11.3", old), ("12.9", new)] {
                let guest = guest_for(libvirt, machine, "<controller type='usb' index='1'/>");
                let model = guest.domain.devices[0].variant();
                assert_eq!(model, Some(want), "{machine} {libvirt}");
            }
        }
        let fixed = "<controller type='usb' index='0'><address type='pci' slot='28'/></controller>";
        for (libvirt, want) in [("11.3", None), ("12.9", Some("none"))] {
            let guest = guest_for(libvirt, "s390x s390-ccw-virtio", fixed);
            assert_eq!(guest.domain.devices[0].variant(), want, "{libvirt}");
        }
    }

    #[test]
    fn what_a_machine_does_not_have_is_refused() {
        let cases = [
            (
                "x86_64 q35",
                "<controller type='pci' index='1' model='pci-expander-bus'/>",
                "unsupported configuration: pci-expander-bus controllers are only supported on \
              440fx-based machinetypes",
            ),
            (
                "x86_64 pc",
                "<controller type='pci' index='3' model='pci-root'/>",
                "XML error: pci-root and pcie-root controllers should have index 0",
            ),
            (
                "x86_64 pc",
                "<controller type='usb' index='0' model='nec-xhci' ports='16'/>",
                "unsupported configuration: 'nec-xhci' controller only supports up to '15' ports",
            ),
        ];
        for (machine, device, want) in cases {
            assert_eq!(words(&guest(machine, device))[0], want);
        }
    }
}
