//! Random commands for a guest: some possible, some not.

use crate::support::dice::Dice;
use virt_topo::assign::places;
use virt_topo::edit::command::{Extent, Naming, Pick, Scope};
use virt_topo::edit::{Command, Revision};
use virt_topo::model::address::{
    DriveAddress, Function, Pci, PciAddress, PortPath, Slot, Usb, VirtioSerialAddress,
};
use virt_topo::model::{
    Address, Controller, ControllerIndex, ControllerKind, ControllerPatch, Device, DeviceClass,
    Selector,
};
use virt_topo::topology::Asker;

/// Somewhere a device may be or not: half of the time a place it may have.
fn place(dice: &mut Dice, revision: &Revision, device: &Device) -> Address {
    let free = places(revision.guest(), device.key(), Asker::Written).free;
    if dice.below(2) == 0 && !free.is_empty() {
        let few = free.len().min(1 + dice.below(free.len()));
        return free[dice.below(few)].address.clone();
    }
    match dice.below(5) {
        0 => Address::Drive(DriveAddress {
            controller: ControllerIndex(dice.below(3)),
            bus: dice.below(2),
            target: dice.below(2),
            unit: dice.below(9),
        }),
        1 => Address::Usb(Usb {
            bus: ControllerIndex(dice.below(2)),
            port: PortPath::new(&[1 + dice.below(4), dice.below(3)]),
            dev: None,
        }),
        2 => Address::VirtioSerial(VirtioSerialAddress {
            controller: ControllerIndex(dice.below(2)),
            bus: 0,
            port: dice.below(4),
        }),
        _ => Address::Pci(Pci::at(PciAddress {
            domain: 0,
            bus: ControllerIndex(dice.below(6)),
            slot: Slot::new(dice.below(32)).unwrap(),
            function: Function::new([0, 0, 0, 1, 7][dice.below(5)]).unwrap(),
        })),
    }
}

fn controller(dice: &mut Dice) -> Controller {
    /// Type and model.
    const KINDS: &[(&str, &str)] = &[
        ("pci", "pcie-root-port"),
        ("pci", "pci-bridge"),
        ("pci", "pcie-to-pci-bridge"),
        ("pci", "pcie-expander-bus"),
        ("pci", "pci-root"),
        ("scsi", "virtio-scsi"),
        ("scsi", "lsilogic"),
        ("scsi", "lsisas1068"),
        ("usb", "qemu-xhci"),
        ("usb", "piix3-uhci"),
        ("usb", "none"),
        ("sata", ""),
        ("virtio-serial", ""),
        ("ccid", ""),
        ("ide", ""),
    ];
    let (kind, model) = dice.pick(KINDS);
    let index = (dice.below(4) == 0).then(|| dice.below(6));
    let model = Some(model).filter(|model| !model.is_empty()).map(Into::into);
    Controller {
        model,
        ..Controller::new(ControllerKind::from_name(kind), index.map(ControllerIndex))
    }
}

/// A random command.
pub(crate) fn command(dice: &mut Dice, revision: &Revision) -> Command {
    let domain = revision.guest().domain;
    let device = &domain.devices[dice.below(domain.devices.len())];
    let named = |device: &Device| Selector::of(domain, device.key());
    let alike: Vec<&Device> = domain
        .devices
        .iter()
        .filter(|other| other.address().map(Address::kind) == device.address().map(Address::kind))
        .collect();
    match dice.below(16) {
        0..5 => Command::Move {
            device: named(device),
            to: place(dice, revision, device),
            extent: dice.pick(&[Extent::Device, Extent::Device, Extent::Slot]),
            naming: dice.pick(&[Naming::Keep, Naming::Keep, Naming::Follow]),
        },
        5..7 => Command::Swap(named(device), named(alike[dice.below(alike.len())])),
        7 => Command::Group {
            devices: (0..2 + dice.below(2))
                .map(|_| named(alike[dice.below(alike.len())]))
                .collect(),
            at: (dice.below(2) == 0).then(|| PciAddress::new(0, 9 + dice.below(9), 0).unwrap()),
        },
        8 => Command::Freeze(scope(dice, named(device))),
        9 => Command::Thaw(scope(dice, named(device))),
        10 => Command::Adopt(scope(dice, named(device))),
        11 => Command::AddController { controller: Box::new(controller(dice)), at: None },
        12 => Command::Reserve(1 + dice.below(40)),
        13 => {
            let controllers: Vec<_> = domain.of_class(DeviceClass::Controller).collect();
            let Some(device) = controllers.get(dice.below(controllers.len())) else {
                return Command::Reserve(1);
            };
            let device = named(device);
            if dice.below(2) == 0 {
                Command::RemoveController { device, cascade: dice.below(2) == 0 }
            } else {
                let to = ControllerPatch::of(&controller(dice));
                Command::SetController { device, to: Box::new(to) }
            }
        }
        _ => {
            let disks: Vec<_> = domain.of_class(DeviceClass::Disk).collect();
            let Some(disk) = disks.get(dice.below(disks.len())).map(|disk| named(disk)) else {
                let index = Some(dice.below(20_000));
                return Command::SetAcpiIndex { device: named(device), index };
            };
            let name = dice.pick(&["vda", "vdz", "sda", "sdd", "hdc"]).to_string();
            if dice.below(2) == 0 {
                let naming = dice.pick(&[Naming::Keep, Naming::Follow]);
                Command::Rename { disk, name, naming }
            } else {
                let bus = dice.pick(&["virtio", "scsi", "sata", "usb", "ide"]).to_string();
                Command::SetBus { disk, bus, name: None }
            }
        }
    }
}

fn scope(dice: &mut Dice, device: Selector) -> Scope {
    match dice.below(4) {
        0 => Scope::All,
        1 => Scope::Some(vec![Pick::Class(dice.pick(&[
            DeviceClass::Disk,
            DeviceClass::Interface,
            DeviceClass::Controller,
        ]))]),
        _ => device.into(),
    }
}
