//! The devices libvirt adds to every guest of a machine.
//!
//! Source: `qemu_postparse.c: qemuDomainDefAddDefaultDevices`.

use std::collections::HashSet;

use super::completion::Completion;
use crate::machine::{Feature, Machine, MachineKind, input_bus};
use crate::model::{
    Arch, Code, Controller, ControllerIndex, ControllerKind, DeviceClass, Kind, PciModel, Plain,
    Problem,
};

/// The default devices of a machine.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a row of a table, one column each")]
struct Defaults {
    /// PS/2 mouse and keyboard, unless `<ps2 state='off'/>`.
    ps2: bool,
    /// USB controller 0: its model, empty for "left open".
    usb: Option<&'static str>,
    /// SATA controller 0.
    sata: bool,
    balloon: bool,
    /// The TCO watchdog of the chipset.
    itco: bool,
    /// An `intel` IOMMU for more than 255 processors.
    iommu: bool,
    /// USB keyboard and mouse where there is a screen.
    usb_input: bool,
    panic: bool,
}

const OPEN: Option<&str> = Some("");

fn of(machine: Machine, name: Option<&str>) -> Defaults {
    let pc = Defaults { ps2: true, usb: OPEN, balloon: true, ..Defaults::default() };
    match machine.kind {
        MachineKind::I440fx => pc,
        MachineKind::Q35 => {
            let itco = machine.has(Feature::SeveralWatchdogs);
            let iommu = machine.has(Feature::IommuForProcessors);
            Defaults { usb: Some("qemu-xhci"), sata: true, itco, iommu, ..pc }
        }
        MachineKind::Isapc if machine.has(Feature::PciMachines) => {
            Defaults { usb: None, balloon: false, ..pc }
        }
        MachineKind::Isapc => Defaults { usb: None, ..pc },
        MachineKind::Microvm if machine.has(Feature::PciMachines) => Defaults::default(),
        MachineKind::Microvm | MachineKind::OtherX86 => {
            Defaults { ps2: name == Some("xenfv"), ..pc }
        }
        MachineKind::Versatilepb | MachineKind::Realview if !machine.has(Feature::VersatilePci) => {
            Defaults::default()
        }
        MachineKind::Versatilepb | MachineKind::Realview => {
            let xhci = machine.has(Feature::UsbModelOfArch);
            let model = if xhci { "qemu-xhci" } else { "pci-ohci" };
            Defaults { usb: Some(model), ..Defaults::default() }
        }
        MachineKind::RiscvVirt | MachineKind::OtherRiscv
            if machine.has(Feature::RiscvWithoutBalloon) =>
        {
            Defaults::default()
        }
        MachineKind::ArmVirt
        | MachineKind::Vexpress
        | MachineKind::OtherArm
        | MachineKind::LoongarchVirt => Defaults::default(),
        MachineKind::RiscvVirt | MachineKind::OtherRiscv => {
            Defaults { balloon: true, ..Defaults::default() }
        }
        MachineKind::Pseries => Defaults { panic: true, ..power() },
        MachineKind::S390Ccw => s390(),
        MachineKind::Malta | MachineKind::Other => match machine.arch {
            Arch::Ppc64 | Arch::Ppc64le => power(),
            Arch::S390 | Arch::S390x => s390(),
            Arch::Loongarch64 => Defaults::default(),
            _ => Defaults { usb: OPEN, balloon: true, ..Defaults::default() },
        },
    }
}

fn power() -> Defaults {
    Defaults { usb: OPEN, balloon: true, usb_input: true, ..Defaults::default() }
}

fn s390() -> Defaults {
    Defaults { balloon: true, panic: true, ..Defaults::default() }
}

/// Adds missing default devices to the guest.
pub(super) fn add(completion: &mut Completion) {
    let machine = completion.machine;
    let defaults = of(machine, completion.domain.machine.as_deref());
    let known: HashSet<(ControllerKind, ControllerIndex)> = completion
        .domain
        .controllers()
        .filter_map(|(_, controller)| Some((controller.kind, controller.index?)))
        .collect();
    if defaults.ps2 && !completion.domain.features.ps2_off {
        add_input(completion, "mouse", "ps2");
        add_input(completion, "keyboard", "ps2");
    }
    if let Some(model) = defaults.usb
        && !known.contains(&(ControllerKind::Usb, ControllerIndex(0)))
    {
        let model = Some(model).filter(|model| !model.is_empty());
        add_controller(completion, ControllerKind::Usb, model);
    }
    if defaults.sata && !known.contains(&(ControllerKind::Sata, ControllerIndex(0))) {
        add_controller(completion, ControllerKind::Sata, None);
    }
    if let Some(root) = machine.root() {
        if known.contains(&(ControllerKind::Pci, ControllerIndex(0))) {
            check_root(completion, root);
        } else {
            add_controller(completion, ControllerKind::Pci, Some(root.as_str()));
        }
    }
    if defaults.balloon && completion.lists.of(DeviceClass::Memballoon).is_empty() {
        let no = completion.add(Kind::Memballoon(of_model("virtio")));
        completion.explain(no, "every guest gets a memory balloon");
    }
    if defaults.itco && !has_model(completion, DeviceClass::Watchdog, "itco") {
        add_itco(completion);
    }
    if defaults.iommu
        && completion.domain.features.vcpus > 255
        && completion.lists.of(DeviceClass::Iommu).is_empty()
    {
        let no = completion.add(Kind::Iommu(of_model("intel")));
        completion.explain(no, "more than 255 processors need an IOMMU");
    }
    if defaults.usb_input && completion.domain.features.graphics {
        add_input(completion, "keyboard", "usb");
        if !has_input(completion, "tablet", "usb") {
            add_input(completion, "mouse", "usb");
        }
    }
    if defaults.panic && completion.lists.of(DeviceClass::Panic).is_empty() {
        let no = completion.add(Kind::Panic(Plain::default()));
        completion.explain(no, "the machine has a panic notifier");
    }
}

fn add_controller(completion: &mut Completion, kind: ControllerKind, model: Option<&str>) {
    let controller = Controller {
        model: model.map(Into::into),
        ..Controller::new(kind, Some(ControllerIndex(0)))
    };
    let no = completion.add(Kind::Controller(controller));
    completion.explain(no, "the machine has one by default, and the XML has none with index 0");
}

fn of_model(model: &str) -> Plain {
    Plain { model: Some(model.into()), ..Plain::default() }
}

/// Adds the TCO watchdog, with the action of the guest's first watchdog.
fn add_itco(completion: &mut Completion) {
    let action =
        completion.lists.of(DeviceClass::Watchdog).first().and_then(|no| {
            match &completion.device(*no)?.kind {
                Kind::Watchdog(watchdog) => watchdog.name.clone(),
                _ => None,
            }
        });
    let plain = Plain {
        model: Some("itco".into()),
        name: Some(action.unwrap_or_else(|| "reset".into())),
        ..Plain::default()
    };
    let no = completion.add(Kind::Watchdog(plain));
    completion.explain(no, "the chipset has this watchdog");
}

fn add_input(completion: &mut Completion, kind: &str, bus: &str) {
    if has_input(completion, kind, bus) {
        return;
    }
    let plain = Plain { kind: Some(kind.into()), bus: Some(bus.into()), ..Plain::default() };
    let no = completion.add(Kind::Input(plain));
    completion.explain(no, format!("every guest of this machine gets a {bus} {kind}"));
}

fn has_input(completion: &Completion, kind: &str, bus: &str) -> bool {
    // An input without `bus=` gets the machine's bus later; it is known already.
    completion.lists.of(DeviceClass::Input).iter().any(|no| match completion.device(*no) {
        Some(device) => match &device.kind {
            Kind::Input(input) => {
                input.kind.as_deref() == Some(kind)
                    && input_bus(input, completion.machine) == Some(bus)
            }
            _ => false,
        },
        None => false,
    })
}

fn has_model(completion: &Completion, class: DeviceClass, model: &str) -> bool {
    completion
        .lists
        .of(class)
        .iter()
        .any(|no| completion.device(*no).and_then(|device| device.variant()) == Some(model))
}

/// Controller 0 has to be the machine's own root.
fn check_root(completion: &mut Completion, root: PciModel) {
    let found = completion.domain.controllers().find(|(_, controller)| {
        controller.kind == ControllerKind::Pci && controller.index.is_some_and(|index| index.0 == 0)
    });
    let Some((device, controller)) = found else { return };
    if controller.pci_model() == Some(root) {
        return;
    }
    let model = controller.model.as_deref().unwrap_or("(null)");
    let refusal = Problem::error(
        Code::PciRootModel,
        format!("PCI controller 0 is the machine's {root}, not a {model}"),
    )
    .quoting(format!(
        "XML error: The PCI controller with index='0' must be model='{root}' for this machine \
         type, but model='{model}' was found instead"
    ))
    .helping("give it an index of its own, or leave index= out and write the root as well")
    .on(device.key());
    completion.refuse(refusal);
}

#[cfg(test)]
mod tests {
    use crate::assign::example::{guest, with, words};

    use crate::assign::ParseMode;

    /// The devices that are added to a guest without devices.
    fn added(machine: &str, beside: &str, devices: &str) -> String {
        let (arch, machine) = machine.split_once(' ').unwrap();
        let result = with(beside, arch, machine, devices, ParseMode::Define);
        let names = result.domain.devices.iter().filter(|device| device.is_implied());
        names.map(crate::model::Device::title).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn every_machine_has_devices_of_its_own() {
        let cases = [
            (
                "x86_64 pc",
                "input mouse, input keyboard, usb 0 piix3-uhci, pci-root, balloon virtio",
            ),
            ("x86_64 isapc", "input mouse, input keyboard"),
            ("x86_64 microvm", ""),
            ("riscv64 virt", "pcie-root"),
            ("aarch64 virt", "pcie-root"),
            ("armv7l versatilepb", "usb 0 qemu-xhci, pci-root"),
            ("s390x s390-ccw-virtio", "pci-root, balloon virtio, panic s390"),
            ("sparc64 sun4u", "usb 0 pci-ohci, pci-root, balloon virtio"),
            ("riscv64 sifive_u", ""),
        ];
        for (machine, want) in cases {
            assert_eq!(added(machine, "", ""), want, "{machine}");
        }
        let q35 = added("x86_64 q35", "<vcpu>256</vcpu>", "");
        for device in ["usb 0 qemu-xhci", "sata 0", "watchdog itco", "iommu intel"] {
            assert!(q35.contains(device), "{device}: {q35}");
        }
        let off = "<features><ps2 state='off'/></features>";
        assert!(!added("x86_64 pc", off, "").contains("input"));
        let screen = added("ppc64 pseries", "", "<graphics type='vnc'/>");
        assert!(screen.contains("input keyboard, input mouse, panic pseries"), "{screen}");
    }

    #[test]
    fn controller_0_is_the_machines_root() {
        let port = "<controller type='pci' model='pcie-root-port'/>";
        assert_eq!(
            words(&guest("x86_64 q35", port))[0],
            "XML error: The PCI controller with index='0' must be model='pcie-root' for this \
             machine type, but model='pcie-root-port' was found instead"
        );
    }
}
