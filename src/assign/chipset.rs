//! Places on bus 0 that the machine's own parts have, or had on real hardware.
//!
//! Source: `qemu_domain_address.c: qemuDomainValidateDevicePCISlotsPIIX3` and `...Q35`.

use super::pass::Pass;
use crate::machine::{ChipsetController, ChipsetPart, MachineKind, Need, UsbPart};
use crate::model::address::{Function, PciAddress};
use crate::model::{Code, DeviceClass, PciModel, Problem};
use crate::topology::{Asker, NodeKind, Request};

use super::lists::DeviceIdx;

const PIIX3_VIDEO: PciAddress = PciAddress::literal(2, 0);

const Q35_VIDEO: PciAddress = PciAddress::literal(1, 0);
const ICH9_SOUND: PciAddress = PciAddress::literal(0x1b, 0);
const ICH9_USB: [PciAddress; 2] = [PciAddress::literal(0x1d, 0), PciAddress::literal(0x1a, 0)];
const ICH9_BRIDGE: PciAddress = PciAddress::literal(0x1e, 0);

/// Reserves the places of the machine's own parts.
pub(super) fn reserve(pass: &mut Pass<'_>) {
    match pass.completion.machine.kind {
        MachineKind::I440fx => piix3(pass),
        MachineKind::Q35 => q35(pass),
        _ => {}
    }
}

/// The refusal of another place than that of a controller in the chipset.
pub(super) fn elsewhere(function: &ChipsetController) -> Problem {
    let at = function.at;
    Problem::error(
        Code::ChipsetPlace,
        format!("this controller is built into the machine, at {at}"),
    )
    .quoting(format!("internal error: {}", function.refusal()))
    .helping("remove the address, or write this one")
}

fn controllers(pass: &Pass<'_>) -> Vec<DeviceIdx> {
    pass.completion.lists.of(DeviceClass::Controller).to_vec()
}

fn piix3(pass: &mut Pass<'_>) {
    for no in controllers(pass) {
        let Some(controller) = pass.completion.device(no).and_then(|device| device.controller())
        else {
            continue;
        };
        let function = ChipsetController::of(controller, MachineKind::I440fx);
        let Some(function) = function else { continue };
        fixed(pass, no, function);
    }
    parts(pass);
    primary_video(pass, PIIX3_VIDEO);
}

fn q35(pass: &mut Pass<'_>) {
    for no in controllers(pass) {
        let Some(device) = pass.completion.device(no) else { continue };
        let has_address = device.address.is_some();
        let Some(controller) = device.controller() else { continue };
        if let Some(function) = ChipsetController::of(controller, MachineKind::Q35) {
            // A written address has been entered with the others.
            if device.pci() != Some(function.at) {
                fixed(pass, no, function);
            }
        } else if has_address {
            // A place is only chosen for a controller without one.
        } else if UsbPart::of(controller).is_some_and(|part| part.function == Function::ZERO) {
            let free = ICH9_USB.into_iter().find(|at| !pass.buses.is_slot_taken(*at));
            usual(pass, no, free, Some(true));
        } else if controller.pci_model() == Some(PciModel::DmiToPciBridge) {
            let at = Some(ICH9_BRIDGE).filter(|at| !pass.buses.is_slot_taken(*at));
            usual(pass, no, at, None);
        }
    }
    parts(pass);
    primary_video(pass, Q35_VIDEO);
    let sound = pass.completion.lists.of(DeviceClass::Sound).iter().copied().find(|no| {
        let model = pass.completion.device(*no).and_then(|device| device.variant());
        model == Some("ich9") && pass.is_wanted(*no) && !pass.buses.is_slot_taken(ICH9_SOUND)
    });
    if let Some(no) = sound {
        usual(pass, no, Some(ICH9_SOUND), None);
    }
}

/// Reserves the parts of the machine that no device represents.
fn parts(pass: &mut Pass<'_>) {
    let all = pass.completion.machine.chipset().iter();
    all.filter(|one| one.is_anonymous()).for_each(|one| part(pass, one));
}

fn part(pass: &mut Pass<'_>, part: &'static ChipsetPart) {
    let ChipsetPart { at, name, .. } = *part;
    let request = Request { occupant: Some(NodeKind::Chipset(part)), need: Need::PCI, group: 0 };
    if let Err(mut refusal) = pass.buses.reserve(request, at, Asker::Written) {
        // A bus 0 without such a place is not the machine's own: another rule reports that.
        if !pass.dry || refusal.code != Code::PciDoubleUse {
            return;
        }
        refusal.message = format!("{at} belongs to the machine's built-in {name}");
        pass.completion.refuse(*refusal);
    }
}

/// A controller that is a part of the machine: it has this place or none.
fn fixed(pass: &mut Pass<'_>, no: DeviceIdx, function: &ChipsetController) {
    let at = function.at;
    let written = pass.completion.device(no).and_then(crate::model::Device::pci);
    if written.is_some_and(|written| written != at) {
        pass.refuse(no, elsewhere(function));
        return;
    }
    if pass.reserve(no, at, Asker::Written).is_some() && written.is_none() {
        pass.place(no, at, None);
        pass.completion.explain(no, format!("{at}: its place in the chipset"));
    }
}

/// A device that goes where it was on real hardware, if that is free.
fn usual(pass: &mut Pass<'_>, no: DeviceIdx, at: Option<PciAddress>, multifunction: Option<bool>) {
    let Some(at) = at else { return };
    if pass.reserve(no, at, Asker::Written).is_some() {
        pass.place(no, at, multifunction);
        pass.completion.explain(no, format!("{at}: its place on real hardware, which is free"));
    }
}

/// The first video device goes to the slot QEMU would give it, or else to the first that is free.
fn primary_video(pass: &mut Pass<'_>, at: PciAddress) {
    let Some(no) = pass.completion.lists.of(DeviceClass::Video).first().copied() else { return };
    if pass.need(no).is_none() || !pass.is_wanted(no) {
        return;
    }
    if !pass.buses.is_slot_taken(at) {
        usual(pass, no, Some(at), None);
        return;
    }
    if let Some(found) = pass.reserve_next(no, None)
        && !pass.dry
    {
        pass.place(no, found, None);
        pass.completion.explain(no, format!("{found}: slot {:02x} is taken", at.slot.get()));
    }
}

#[cfg(test)]
mod tests {
    use crate::assign::example::{guest, lines, words};

    #[test]
    fn parts_of_the_machine_have_their_place_and_no_other() {
        let ide = "<controller type='ide' index='0'/>";
        assert_eq!(
            lines(&guest("x86_64 pc", ide), "controller:0"),
            ["controller:0 pci 0000:00:01.1"]
        );
        let moved = |controller: &str| {
            format!("<controller {controller}><address type='pci' slot='9'/></controller>")
        };
        let cases = [
            (
                "x86_64 pc",
                moved("type='ide' index='0'"),
                "internal error: Primary IDE controller must have PCI address 0:0:1.1",
            ),
            (
                "x86_64 pc",
                moved("type='usb' index='0'"),
                "internal error: PIIX3 USB controller at index 0 must have PCI address 0:0:1.2",
            ),
            (
                "x86_64 q35",
                moved("type='sata' index='0'"),
                "internal error: Primary SATA controller must have PCI address 0:0:1f.2",
            ),
        ];
        for (machine, devices, want) in cases {
            assert_eq!(words(&guest(machine, &devices)), [want]);
        }
        let isa = "<sound model='ac97'><address type='pci' slot='1'/></sound>";
        assert_eq!(
            words(&guest("x86_64 pc", isa)),
            ["XML error: Attempted double use of PCI Address 0000:00:01.0"]
        );
        let usb = "<controller type='usb' index='0'><address type='pci' slot='1' function='2'/>\
                   </controller>";
        assert_eq!(
            words(&guest("x86_64 q35", usb)),
            ["internal error: Bus 0 must be PCI for integrated PIIX3 USB or IDE controllers"]
        );
    }
}
