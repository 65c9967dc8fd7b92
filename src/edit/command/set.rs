//! `controller set`: another index, model or number for a controller.

use super::change_builder::{ChangeBuilder, movable, name};
use super::dry_run::DryRun;
use super::remove::{no_controller, on};
use crate::assign::{ParseMode, assign, legal};
use crate::machine::{MachineKind, default_model_name};
use crate::model::address::{CcidAddress, DriveAddress, Pci, PciAddress, Usb, VirtioSerialAddress};
use crate::model::{
    Address, Change, Code, Controller, ControllerField, ControllerIndex, ControllerKind,
    ControllerPart, ControllerPatch, Device, Kind, Part, PciModel, Problem, Selector,
};
use crate::text::Printable;
use crate::topology::{BusId, Guest, bus_and_place};

/// Gives a controller the values of `wanted`. Devices on it follow to a new index.
pub(super) fn build(
    builder: &mut ChangeBuilder<'_>,
    selector: &Selector,
    wanted: &ControllerPatch,
) -> Result<(), Box<Problem>> {
    let device = builder.find(selector)?;
    movable(builder.guest(), device)?;
    let Some(controller) = device.controller() else {
        return no_controller(device).refuse();
    };
    builder.title = title(device, controller, wanted);
    builder.mark_subject(device.key());
    let wanted = completed(builder, controller, wanted);
    let index = wanted.index.filter(|new| Some(*new) != controller.index);
    if let Some(index) = index {
        is_free(builder.guest(), device, index)?;
    }
    if device.is_implied() {
        let merged = merged(controller, &wanted);
        // libvirt would drop the address of one that has none.
        let is_dropped = Kind::Controller(merged.clone()).drops_address();
        let address = device.address().cloned().filter(|_| !is_dropped);
        builder.add_controller(merged, address);
    } else {
        if let Some(model) = new_pci_model(controller, &wanted) {
            drop_stale(builder, device, model);
        }
        builder.set_controller(device.key(), wanted);
    }
    if let Some(new) = index {
        renumber(builder, device, new);
    }
    Ok(())
}

/// Checks that no other controller of the kind has an index; parts of a USB controller share
/// theirs.
fn is_free(guest: Guest<'_>, device: &Device, index: ControllerIndex) -> Result<(), Box<Problem>> {
    let Some(own) = device.controller() else { return Ok(()) };
    let has_it = |other: &Controller| other.word == own.word && other.index == Some(index);
    let Some((other, _)) = guest.domain.controllers().find(|(_, other)| has_it(other)) else {
        return Ok(());
    };
    let message = format!("{} already has index {index}", name(other));
    Problem::error(Code::ControllerTwice, message)
        .helping("choose a free index, or change the other one first")
        .on(device.key())
        .on(other.key())
        .refuse()
}

/// Checks that everything still fits on the controller, and names all that does not in one refusal.
pub(super) fn all_fit(
    builder: &ChangeBuilder<'_>,
    selector: &Selector,
    outcome: &DryRun,
) -> Result<(), Box<Problem>> {
    let device = builder.find(selector)?;
    let Guest { domain, topology } = builder.guest();
    let after = outcome.preview.after.guest();
    let children = topology.node_of(device.key()).and_then(|no| topology.node(no)?.offers);
    let children = children.and_then(|no| topology.bus(no)).map(|bus| bus.nodes.as_slice());
    let new_of = |old: &Device| {
        let (new, _) = outcome.preview.key_map.iter().find(|(_, known)| **known == old.key())?;
        after.domain.device(*new)
    };
    let mut misfits: Vec<(&Device, String)> = Vec::new();
    for old in children.unwrap_or_default().iter().filter_map(|no| topology.device(domain, *no)) {
        // Addresses chosen by libvirt fit anyway.
        let Some(new) = new_of(old).filter(|_| builder.is_static(old)) else { continue };
        if let Err(why) = fits(after, new) {
            misfits.push((old, why));
        }
    }
    let Some((first, why)) = misfits.first() else { return Ok(()) };
    let message = match misfits.len() {
        1 => format!("{} no longer fits: {why}", name(first)),
        many => {
            let names: Vec<String> = misfits.iter().map(|(device, _)| placed(device)).collect();
            format!("{many} devices no longer fit: {}", names.join(", "))
        }
    };
    let refusal = Problem::error(Code::DoesNotFit, message)
        .helping("move them to places that both models have, or to another controller");
    let keys = misfits.iter().map(|(device, _)| device.key());
    Problem { devices: keys.collect(), ..refusal }.refuse()
}

fn placed(device: &Device) -> String {
    let value = device.address().map(|value| format!(" at {value}")).unwrap_or_default();
    format!("{}{value}", name(device))
}

/// Checks that a device may be at its place.
fn fits(guest: Guest<'_>, device: &Device) -> Result<(), String> {
    let Some(value) = device.address().filter(|value| value.is_complete()) else { return Ok(()) };
    if value.pci().is_some() {
        return legal(guest, device, value, &[device.key()]).map_err(|refusal| refusal.message);
    }
    let node = guest.topology.node_of(device.key());
    let node = node.and_then(|no| guest.topology.node(no));
    let bus = node.and_then(|node| guest.topology.bus(node.bus?));
    match (bus, node) {
        (Some(bus), Some(node)) if bus.shape.has(node.place) => Ok(()),
        (Some(bus), _) => Err(format!("{} has no place {}", bus.name(), value.place())),
        (None, _) => Err(format!("{value} does not exist")),
    }
}

/// The other model that a PCI controller gets.
fn new_pci_model(controller: &Controller, wanted: &ControllerPatch) -> Option<PciModel> {
    let model = wanted.model.as_deref().filter(|new| Some(*new) != controller.model.as_deref())?;
    (controller.kind == ControllerKind::Pci).then(|| PciModel::from_name(model)).flatten()
}

/// Adds to `wanted` what follows from another model.
fn completed(
    builder: &ChangeBuilder<'_>,
    controller: &Controller,
    wanted: &ControllerPatch,
) -> ControllerPatch {
    let mut wanted = wanted.clone();
    if let Some(model) = new_pci_model(controller, &wanted)
        && wanted.model_name.is_none()
        && controller.model_name.is_some()
    {
        let is_pseries = builder.guest().topology.machine.kind == MachineKind::Pseries;
        wanted.model_name = default_model_name(model, is_pseries).map(Into::into);
    }
    wanted
}

/// The attributes of `<target>` that only some models have, and those models.
///
/// Source: `domain_conf.c: virDomainControllerDefParseXML`.
const OF_MODELS: &[(&str, &[PciModel])] = &[
    ("chassisNr", &[PciModel::PciBridge]),
    ("chassis", &[PciModel::PcieRootPort, PciModel::PcieSwitchDownstreamPort]),
    ("port", &[PciModel::PcieRootPort, PciModel::PcieSwitchDownstreamPort]),
    ("busNr", &[PciModel::PciExpanderBus, PciModel::PcieExpanderBus]),
    ("index", &[PciModel::PciRoot]),
];

/// The models that have a field; `None` when all have it.
fn models_with(field: &ControllerField) -> Option<&'static [PciModel]> {
    let row = OF_MODELS.iter().find(|row| row.0 == field.name);
    row.filter(|_| field.part == ControllerPart::Target).map(|row| row.1)
}

/// Takes away the attributes of `<target>` that another model does not have.
fn drop_stale(builder: &mut ChangeBuilder<'_>, device: &Device, model: PciModel) {
    let Some(own) = builder.written(device.key()).and_then(Device::controller) else { return };
    for (field, _) in ControllerPatch::of(own).values() {
        if models_with(field).is_some_and(|models| !models.contains(&model)) {
            builder.push(Change::SetAttribute {
                device: device.key(),
                part: Part::Child("target"),
                name: field.name.to_owned(),
                value: None,
            });
        }
    }
}

/// An implied controller with the values of `wanted`.
fn merged(own: &Controller, wanted: &ControllerPatch) -> Controller {
    let is_other = wanted.model.is_some() && wanted.model != own.model;
    // Numbers that followed from the old model follow from the new one.
    let follows = |field: &ControllerField| {
        field.part == ControllerPart::Model || models_with(field).is_some()
    };
    let kept = ControllerPatch::of(own).only(|field| !(is_other && follows(field)));
    let bare = Controller { word: own.word.clone(), ..Controller::new(own.kind, None) };
    bare.patched(&wanted.or(&kept))
}

/// Gives the new index to the addresses of the devices on a controller, and to its companions.
fn renumber(builder: &mut ChangeBuilder<'_>, device: &Device, new: ControllerIndex) {
    let Guest { domain, topology } = builder.guest();
    for companion in on(builder.guest(), device).into_iter().filter(|on| on.controller().is_some())
    {
        let alike = |one: &Controller| one.kind == ControllerKind::Usb && one.master.is_some();
        if companion.controller().is_some_and(alike) && device.controller().is_some_and(is_usb) {
            let to = ControllerPatch { index: Some(new), ..ControllerPatch::default() };
            builder.mark_subject(companion.key());
            builder.set_controller(companion.key(), to);
        }
    }
    let offers = topology.node_of(device.key()).and_then(|no| topology.node(no)?.offers);
    let Some(own) = offers.and_then(|no| topology.bus(no)).map(|bus| bus.id) else { return };
    let is_own = |bus: BusId| match (own, bus) {
        (BusId::Usb(index), BusId::Hub(hub, _)) => index == hub,
        (own, bus) => own == bus,
    };
    for child in domain.devices.iter().filter(|child| !child.is_implied()) {
        let Some(value) = child.address().filter(|value| value.is_complete()) else { continue };
        if !bus_and_place(child, value).is_ok_and(|(bus, _)| is_own(bus)) || domain.is_mirror(child)
        {
            continue;
        }
        if let Some(to) = on_controller(value, new) {
            // Its address stays only where that of the controller does.
            builder.freeze(device.key());
            builder.write_address(child, to);
        }
    }
}

fn is_usb(controller: &Controller) -> bool {
    controller.kind == ControllerKind::Usb
}

/// The same place on the controller with another index.
fn on_controller(value: &Address, new: ControllerIndex) -> Option<Address> {
    Some(match value {
        Address::Pci(pci) => {
            Address::Pci(Pci { at: Some(PciAddress { bus: new, ..pci.at? }), ..*pci })
        }
        Address::Drive(at) => Address::Drive(DriveAddress { controller: new, ..*at }),
        Address::Usb(usb) => Address::Usb(Usb { bus: new, ..*usb }),
        Address::VirtioSerial(at) => {
            Address::VirtioSerial(VirtioSerialAddress { controller: new, ..*at })
        }
        Address::Ccid(at) => Address::Ccid(CcidAddress { controller: new, ..*at }),
        _ => return None,
    })
}

fn title(device: &Device, old: &Controller, wanted: &ControllerPatch) -> String {
    let model = wanted.model.as_deref().filter(|new| Some(*new) != old.model.as_deref());
    match (model, wanted.index.filter(|new| Some(*new) != old.index)) {
        (Some(model), None) => format!("make {} a {}", name(device), Printable::new(model)),
        (None, Some(index)) => format!("give {} the index {index}", name(device)),
        _ => format!("change {}", name(device)),
    }
}

/// Gives a controller the address libvirt would choose, if its new model needs another kind of
/// address.
pub(super) fn readdress(
    builder: &mut ChangeBuilder<'_>,
    selector: &Selector,
    outcome: &DryRun,
) -> Result<(), Box<Problem>> {
    let device = builder.find(selector)?;
    if !builder.is_static(device) {
        return Ok(());
    }
    let key =
        outcome.preview.key_map.iter().find(|(_, old)| **old == device.key()).map(|(new, _)| *new);
    let mut domain = outcome.preview.after.domain.clone();
    let found = domain.devices.iter_mut().find(|device| Some(device.key()) == key);
    if let Some(device) = found {
        device.address = None;
    }
    let chosen = key
        .and_then(|key| assign(&domain, ParseMode::Define).domain.device(key)?.address().cloned());
    match (device.address(), chosen) {
        (Some(own), Some(chosen)) if own.kind() != chosen.kind() => {
            builder.write_address(device, chosen);
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::example::{diff, done, guest, named, others, refused};
    use crate::edit::{Command, Revision};
    use crate::model::{Code, ControllerIndex, ControllerPatch, PciTarget};

    fn set(device: &str, wanted: ControllerPatch) -> Command {
        Command::SetController { device: named(device), to: Box::new(wanted) }
    }

    fn model(device: &str, model: &str) -> Command {
        set(device, ControllerPatch { model: Some(model.into()), ..ControllerPatch::default() })
    }

    fn index(device: &str, index: u32) -> Command {
        let index = Some(ControllerIndex(index));
        set(device, ControllerPatch { index, ..ControllerPatch::default() })
    }

    fn scsi(model: &str) -> Revision {
        let disks: Vec<_> = ('a'..='f')
            .zip(0..)
            .map(|(letter, unit)| {
                format!(
                    "<disk><target dev='sd{letter}' bus='scsi'/><address type='drive' unit='{unit}'/></disk>"
                )
            })
            .collect();
        let controller = format!(
            "<controller type='scsi' index='0' model='{model}'><address type='pci' slot='4'/></controller>"
        );
        guest("pc", &format!("{}\n{controller}\n<memballoon model='none'/>", disks.join("\n")))
    }

    #[test]
    fn another_model_keeps_the_disks_where_they_are() {
        let revision = scsi("lsilogic");
        let outcome = done(&revision, &model("controller:0", "virtio-scsi"));
        assert_eq!(diff(&revision, &outcome).len(), 2);
        assert_eq!(outcome.title, "make scsi 0 lsilogic a virtio-scsi");
        assert_eq!(others(&outcome), [""; 0]);
        let disks = |revision: &Revision| {
            let names =
                crate::topology::names::disk_names(&revision.topology, revision.guest().domain);
            names.into_values().filter_map(|names| names.kernel).collect::<Vec<_>>()
        };
        assert_eq!(disks(&revision), disks(&outcome.preview.after));
    }

    #[test]
    fn what_does_not_fit_any_more_is_listed_whole() {
        let revision = scsi("virtio-scsi");
        let refusal = refused(&revision, &model("controller:0", "lsisas1068"));
        assert_eq!(refusal.code, Code::DoesNotFit);
        assert_eq!(refusal.devices.len(), 4);
        assert!(refusal.message.starts_with("4 devices no longer fit: disk sdc at drive 0:0:0:2"));
        done(&revision, &model("controller:0", "lsilogic"));
    }

    #[test]
    fn a_new_index_takes_along_what_names_it() {
        let devices = "<controller type='pci' index='1' model='pci-bridge'><target chassisNr='1'/><address type='pci' slot='6'/></controller>
<sound model='ac97'><address type='pci' bus='1' slot='2'/></sound>
<controller type='usb' index='0' model='ich9-ehci1'><address type='pci' slot='7' function='7'/></controller>
<controller type='usb' index='0' model='ich9-uhci1'><master startport='0'/><address type='pci' slot='7' multifunction='on'/></controller>
<hub type='usb'><address type='usb' bus='0' port='1'/></hub>
<input type='tablet' bus='usb'><address type='usb' bus='0' port='1.2'/></input>
<memballoon model='none'/>";
        let revision = guest("pc", devices);
        let outcome = done(&revision, &index("controller:0", 3));
        let text = outcome.preview.after.document.text();
        assert!(text.contains("index='3' model='pci-bridge'><target chassisNr='1'/>"), "{text}");
        assert!(text.contains("<address type='pci' bus='3' slot='2'/></sound>"), "{text}");
        let outcome = done(&revision, &index("controller:1", 2));
        let text = outcome.preview.after.document.text();
        assert_eq!(text.matches("index='2' model='ich9").count(), 2, "{text}");
        assert_eq!(text.matches("bus='2' port=").count(), 2, "{text}");
        let taken =
            guest("pc", "<controller type='scsi' index='0'/>\n<controller type='scsi' index='1'/>");
        assert_eq!(refused(&taken, &index("controller:0", 1)).code, Code::ControllerTwice);
    }

    #[test]
    fn numbers_of_the_old_model_go_with_it() {
        let devices = "<controller type='pci' index='1' model='pcie-root-port'><model name='pcie-root-port'/><target chassis='1' port='0x10'/><address type='pci' slot='2'/></controller>
<controller type='usb' model='none'/>
<memballoon model='none'/>";
        let revision = guest("q35", devices);
        let outcome = done(&revision, &model("controller:0", "dmi-to-pci-bridge"));
        let text = outcome.preview.after.document.text();
        assert!(text.contains("<model name='i82801b11-bridge'/><target/>"), "{text}");
        let target = PciTarget { hotplug: Some(false), ..PciTarget::default() };
        let hotplug = ControllerPatch { target, ..ControllerPatch::default() };
        let outcome = done(&revision, &set("controller:0", hotplug));
        assert!(outcome.preview.after.document.text().contains("port='0x10' hotplug='off'/>"));
    }

    #[test]
    fn one_that_libvirt_adds_is_written_with_what_was_asked() {
        let revision = guest("pc", "<input type='tablet' bus='usb'/>");
        let outcome = done(&revision, &model("controller:0", "qemu-xhci"));
        let text = outcome.preview.after.document.text();
        assert!(text.contains("<controller type='usb' index='0' model='qemu-xhci'>"), "{text}");
        assert_eq!(refused(&revision, &model("input:0", "x")).code, Code::NoController);
    }

    #[test]
    fn another_kind_of_address_comes_with_the_model() {
        let devices = "<controller type='scsi' index='0' model='ibmvscsi'><address type='spapr-vio' reg='0x2000'/></controller>";
        let revision = guest("ppc64 pseries", devices);
        let outcome = done(&revision, &model("controller:0", "virtio-scsi"));
        let text = outcome.preview.after.document.text();
        assert!(text.contains("model='virtio-scsi'><address type='pci' domain="), "{text}");
    }
}
