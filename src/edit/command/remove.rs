//! `controller remove`: removes a controller, alone or with everything on it.

use std::collections::BTreeSet;

use super::change_builder::{ChangeBuilder, name};
use super::dry_run::DryRun;
use crate::model::{
    Code, Controller, ControllerKind, Device, DeviceKey, PciModel, Problem, Selector,
};
use crate::topology::Guest;

/// Takes a controller away; with `cascade` everything that is on it goes too.
pub(super) fn build(
    builder: &mut ChangeBuilder<'_>,
    selector: &Selector,
    cascade: bool,
) -> Result<(), Box<Problem>> {
    let device = builder.find(selector)?;
    let controller = device.controller().ok_or_else(|| no_controller(device))?;
    if device.is_implied() {
        let message = format!("{} is not in the XML: libvirt adds it", name(device));
        return Problem::error(Code::NotWritten, message)
            .helping(how_to_do_without(controller))
            .on(device.key())
            .refuse();
    }
    let on_it = on(builder.guest(), device);
    if !cascade && !on_it.is_empty() {
        return in_use(device, &on_it).refuse();
    }
    builder.title = match on_it.as_slice() {
        [] => format!("remove {}", name(device)),
        [one] => format!("remove {} and {} on it", name(device), name(one)),
        many => format!("remove {} and {} devices on it", name(device), many.len()),
    };
    builder.remove(device.key());
    for device in on_it {
        builder.notes.push(format!("{} is also removed", name(device)));
        builder.remove(device.key());
    }
    Ok(())
}

/// Checks that the controller is really removed, and not added again by libvirt.
pub(super) fn is_gone(
    builder: &ChangeBuilder<'_>,
    selector: &Selector,
    outcome: &DryRun,
) -> Result<(), Box<Problem>> {
    let device = builder.find(selector)?;
    let Some(controller) = device.controller() else { return Ok(()) };
    let alike = |other: &Controller| {
        other.word == controller.word
            && other.index == controller.index
            && (other.kind != ControllerKind::Usb || other.model == controller.model)
    };
    let mut after = outcome.preview.after.guest().domain.controllers();
    if !after.any(|(_, other)| alike(other)) {
        return Ok(());
    }
    let message = format!("libvirt would add {} again", name(device));
    let refusal = Problem::error(Code::ComesBack, message).on(device.key());
    let highest =
        builder.guest().domain.controllers().filter(|(_, other)| other.kind == controller.kind);
    let highest = highest.filter_map(|(_, other)| other.index).max();
    let help = if controller.kind == ControllerKind::Pci && controller.index < highest {
        "it fills every index below the highest that is used: remove controllers from the highest \
         down, or give the highest this index"
    } else {
        how_to_do_without(controller)
    };
    refusal.helping(help).refuse()
}

/// The refusal of a request about a controller that names another device.
pub(super) fn no_controller(device: &Device) -> Problem {
    Problem::error(Code::NoController, format!("{} is not a controller", name(device)))
        .helping("`show` lists the controllers")
        .on(device.key())
}

fn how_to_do_without(controller: &Controller) -> &'static str {
    match controller.kind {
        ControllerKind::Usb => "`controller set --model none` switches USB off",
        ControllerKind::Pci if controller.pci_model().is_some_and(PciModel::is_root) => {
            "it is built into the machine"
        }
        _ => "it stays while the machine has one by default or a device is on it",
    }
}

fn in_use(device: &Device, on_it: &[&Device]) -> Problem {
    /// The most devices named in the message.
    const NAMED: usize = 8;
    let names: Vec<String> = on_it.iter().take(NAMED).map(|device| name(device)).collect();
    let more = if on_it.len() > NAMED { ", ..." } else { "" };
    let count = match on_it.len() {
        1 => "a device".to_owned(),
        many => format!("{many} devices"),
    };
    let message = format!("{} has {count} on it: {}{more}", name(device), names.join(", "));
    let refusal = Problem::error(Code::ControllerInUse, message)
        .helping("move them first, or remove them too with --cascade");
    let keys = on_it.iter().map(|device| device.key());
    Problem { devices: std::iter::once(device.key()).chain(keys).collect(), ..refusal }
}

/// All written devices on a device, at any depth; USB companions of a controller count as on it.
pub(super) fn on<'r>(guest: Guest<'r>, device: &Device) -> Vec<&'r Device> {
    let Guest { domain, topology } = guest;
    let mut found: Vec<&'r Device> = Vec::new();
    let mut met: BTreeSet<DeviceKey> = BTreeSet::from([device.key()]);
    let mut todo = vec![device.key()];
    while let Some(key) = todo.pop() {
        let offers = topology.node_of(key).and_then(|no| topology.node(no)?.offers);
        let nodes = offers.and_then(|no| topology.bus(no)).map(|bus| bus.nodes.as_slice());
        let here = nodes.unwrap_or_default().iter().filter_map(|no| topology.device(domain, *no));
        let companions = domain.controllers().filter(|(_, other)| {
            let master = domain.device(key).and_then(Device::controller);
            master.is_some_and(|master| is_companion(other, master))
        });
        for device in here.chain(companions.map(|(device, _)| device)) {
            if !device.is_implied() && met.insert(device.key()) {
                found.push(device);
                todo.push(device.key());
            }
        }
    }
    found.sort_by_key(|device| device.element());
    found
}

/// Whether `other` is a companion of the USB controller `master`.
fn is_companion(other: &Controller, master: &Controller) -> bool {
    other.kind == ControllerKind::Usb
        && master.kind == ControllerKind::Usb
        && other.index == master.index
        && other.master.is_some()
        && master.master.is_none()
}

#[cfg(test)]
mod tests {
    use super::super::example::{diff, done, guest, named, others, refused};
    use crate::edit::Command;
    use crate::model::Code;

    fn remove(device: &str, cascade: bool) -> Command {
        Command::RemoveController { device: named(device), cascade }
    }

    const DEVICES: &str = "<controller type='pci' index='1' model='pci-bridge'><address type='pci' slot='6'/></controller>
<controller type='scsi' index='0' model='virtio-scsi'><address type='pci' bus='1' slot='4'/></controller>
<controller type='usb' index='0' model='ich9-ehci1'><address type='pci' slot='7' function='7'/></controller>
<controller type='usb' index='0' model='ich9-uhci1'><master startport='0'/><address type='pci' slot='7' multifunction='on'/></controller>
<controller type='virtio-serial' index='0'><address type='pci' slot='8'/></controller>
<disk><target dev='sda' bus='scsi'/></disk>
<disk><target dev='sdb' bus='scsi'/></disk>
<memballoon model='none'/>";

    #[test]
    fn one_that_nobody_uses_goes() {
        let revision = guest("pc", DEVICES);
        let outcome = done(&revision, &remove("controller:4", false));
        assert_eq!(
            diff(&revision, &outcome),
            [
                "-<controller type='virtio-serial' index='0'><address type='pci' slot='8'/></controller>"
            ]
        );
        assert_eq!(others(&outcome), [""; 0]);
    }

    #[test]
    fn one_that_is_used_goes_with_all_that_is_on_it_or_not() {
        let revision = guest("pc", DEVICES);
        let refusal = refused(&revision, &remove("controller:0", false));
        assert_eq!(refusal.code, Code::ControllerInUse);
        assert_eq!(
            refusal.message,
            "pci-bridge 1 has 3 devices on it: scsi 0 virtio-scsi, disk sda, disk sdb"
        );
        let outcome = done(&revision, &remove("controller:0", true));
        assert_eq!(outcome.title, "remove pci-bridge 1 and 3 devices on it");
        assert!(!outcome.preview.after.document.text().contains("scsi"));
        assert_eq!(others(&outcome), [""; 0]);
    }

    #[test]
    fn what_libvirt_would_add_again_stays() {
        let revision = guest("pc", DEVICES);
        assert_eq!(refused(&revision, &remove("input:0", false)).code, Code::NoController);
        let refusal = refused(&guest("pc", ""), &remove("controller:0", false));
        assert_eq!(refusal.code, Code::NotWritten);
        let ports = "<controller type='pci' index='1' model='pcie-root-port'><address type='pci' slot='2' multifunction='on'/></controller>
<controller type='pci' index='2' model='pcie-root-port'><address type='pci' slot='2' function='1'/></controller>
<controller type='usb' model='none'/>
<memballoon model='none'/>";
        let revision = guest("q35", ports);
        let refusal = refused(&revision, &remove("controller:0", false));
        assert_eq!(refusal.code, Code::ComesBack);
        assert!(refusal.help.unwrap().contains("from the highest down"));
        let outcome = done(&revision, &remove("controller:1", false));
        assert!(
            !outcome.preview.after.document.text().contains("multifunction"),
            "it is alone now"
        );
        let usb = "<controller type='usb' index='0' model='piix3-uhci'/>";
        assert_eq!(
            refused(&guest("pc", usb), &remove("controller:0", false)).code,
            Code::ComesBack
        );
    }

    #[test]
    fn companions_go_with_their_master() {
        let revision = guest("pc", DEVICES);
        assert_eq!(refused(&revision, &remove("controller:2", false)).code, Code::ControllerInUse);
        let outcome = done(&revision, &remove("controller:2", true));
        assert!(!outcome.preview.after.document.text().contains("ich9"));
    }
}
