//! Commands to choose from. A dry run shows whether one of them can be done.

use super::{Command, disk};
use crate::machine::{controller_models, disk_bus};
use crate::model::{
    Address, Controller, ControllerKind, ControllerPatch, Device, DeviceKey, Domain, Kind,
    PciModel, Selector,
};

/// The controllers that people add, the commonest first.
const ADDED: &[(ControllerKind, Option<&str>)] = &[
    (ControllerKind::Pci, Some("pcie-root-port")),
    (ControllerKind::Pci, Some("pci-bridge")),
    (ControllerKind::Pci, Some("pcie-to-pci-bridge")),
    (ControllerKind::Scsi, Some("virtio-scsi")),
    (ControllerKind::Scsi, Some("lsilogic")),
    (ControllerKind::Usb, Some("qemu-xhci")),
    (ControllerKind::Sata, None),
    (ControllerKind::VirtioSerial, None),
    (ControllerKind::Ccid, None),
    (ControllerKind::Pci, Some("dmi-to-pci-bridge")),
    (ControllerKind::Pci, Some("pcie-switch-upstream-port")),
    (ControllerKind::Pci, Some("pcie-switch-downstream-port")),
    (ControllerKind::Pci, Some("pci-expander-bus")),
    (ControllerKind::Pci, Some("pcie-expander-bus")),
];

/// The highest number of partners in a list.
const PARTNERS: usize = 64;

/// The controllers that can be added, with a name for each.
pub fn additions() -> impl Iterator<Item = (String, Command)> {
    ADDED.iter().map(|(kind, model)| {
        let name = match (kind, model) {
            (ControllerKind::Pci, Some(model)) => (*model).to_owned(),
            (kind, Some(model)) => format!("{} {model}", kind.as_str()),
            (kind, None) => kind.as_str().to_owned(),
        };
        let controller =
            Controller { model: model.map(Into::into), ..Controller::new(*kind, None) };
        (name, Command::AddController { controller: Box::new(controller), at: None })
    })
}

/// The other models a controller may have, or the other buses of a disk.
pub fn models(domain: &Domain, device: &Device) -> Vec<(String, Command)> {
    let selector = || Selector::of(domain, device.key());
    if let Kind::Disk(own) = &device.kind {
        let others = disk::buses(own).filter(|bus| *bus != disk_bus(own));
        return others
            .map(|bus| {
                let bus = (*bus).to_owned();
                let command = Command::SetBus { disk: selector(), bus: bus.clone(), name: None };
                (format!("on {bus}"), command)
            })
            .collect();
    }
    let Some(own) = device.controller() else { return Vec::new() };
    let known: Vec<&str> = match own.kind {
        ControllerKind::Pci => PciModel::names().collect(),
        kind => controller_models(kind).into_iter().flatten().collect(),
    };
    let others = known.into_iter().filter(|model| own.model.as_deref() != Some(*model));
    others
        .map(|model| {
            let to = ControllerPatch { model: Some(model.into()), ..ControllerPatch::default() };
            let command = Command::SetController { device: selector(), to: Box::new(to) };
            (model.to_owned(), command)
        })
        .collect()
}

/// The devices with which one may trade places: those with an address of the same kind.
pub fn partners(domain: &Domain, key: DeviceKey) -> Vec<(String, Command)> {
    let Some(device) = domain.device(key) else { return Vec::new() };
    let Some(own) = device.address().map(Address::kind) else { return Vec::new() };
    let others = domain.devices.iter().filter(|other| {
        other.key() != key
            && !other.is_implied()
            && other.address().is_some_and(|value| value.kind() == own && value.is_complete())
    });
    others
        .take(PARTNERS)
        .map(|other| {
            let place = other.address().map(Address::place).unwrap_or_default();
            let command =
                Command::Swap(Selector::of(domain, key), Selector::of(domain, other.key()));
            (format!("{} {}  {place}", other.title(), other.description()), command)
        })
        .collect()
}
