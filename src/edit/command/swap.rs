//! `swap`: two devices trade places.

use super::change_builder::{ChangeBuilder, movable, name};
use crate::assign::no_place;
use crate::model::{Address, Code, Device, Problem, Selector};
use crate::topology::bus_and_place;

/// Puts each device where the other is.
pub(super) fn build(
    builder: &mut ChangeBuilder<'_>,
    one: &Selector,
    other: &Selector,
) -> Result<(), Box<Problem>> {
    let (one, other) = (builder.find(one)?, builder.find(other)?);
    if one.key() == other.key() {
        return Problem::error(Code::SameDevice, "a device cannot be swapped with itself")
            .on(one.key())
            .refuse();
    }
    builder.title = format!("swap {} and {}", name(one), name(other));
    movable(builder.guest(), one)?;
    movable(builder.guest(), other)?;
    let (from, to) = (place(one)?, place(other)?);
    // An IDE and a SATA disk have the same kind of address, and other controllers.
    if bus_and_place(one, to).ok() != bus_and_place(other, to).ok() {
        let message = format!("{} cannot take the place of {}", name(other), name(one));
        return Problem::error(Code::AddressKind, message)
            .helping("only devices on the same kind of bus can be swapped")
            .on(one.key())
            .on(other.key())
            .refuse();
    }
    let lifted = [one.key(), other.key()];
    builder.move_to(one, to, &lifted)?;
    builder.move_to(other, from, &lifted)
}

fn place(device: &Device) -> Result<&Address, Box<Problem>> {
    let place = device.address().filter(|value| value.is_complete() && !value.place().is_empty());
    let none = || no_place(device, format!("{} has no place to swap", name(device)));
    Ok(place.ok_or_else(none)?)
}

#[cfg(test)]
mod tests {
    use super::super::example::{diff, done, guest, named, others, refused};
    use crate::edit::Command;
    use crate::model::Code;

    fn swap(one: &str, other: &str) -> Command {
        Command::Swap(named(one), named(other))
    }

    const DEVICES: &str = "<disk><target dev='vda' bus='virtio'/><address type='pci' slot='4' multifunction='on'/></disk>
<interface type='user'><model type='virtio'/><address type='pci' slot='4' function='1'/></interface>
<sound model='ac97'/>
<disk><target dev='hda' bus='ide'/></disk>
<disk><target dev='sda' bus='sata'/></disk>
<disk><target dev='sdb' bus='sata'/></disk>
<memballoon model='none'/>";

    #[test]
    fn the_flag_belongs_to_the_slot_and_swapping_back_gives_the_same_places() {
        let revision = guest("pc", DEVICES);
        let outcome = done(&revision, &swap("vda", "interface:0"));
        assert_eq!(
            diff(&revision, &outcome)[2],
            "+<disk><target dev='vda' bus='virtio'/><address type='pci' slot='4' function='1'/></disk>"
        );
        let text = outcome.preview.after.document.text();
        assert!(text.contains("<model type='virtio'/><address type='pci' slot='4' function='0' multifunction='on'/>"), "{text}");
        assert_eq!(others(&outcome), [""; 0]);
        let back = done(&outcome.preview.after, &swap("vda", "interface:0"));
        let domain = |revision: &crate::edit::Revision| {
            let devices = &revision.guest().domain.devices;
            devices.iter().map(|device| device.address().cloned()).collect::<Vec<_>>()
        };
        assert_eq!(domain(&back.preview.after), domain(&revision));
    }

    #[test]
    fn an_unfrozen_one_is_written() {
        let revision = guest("pc", DEVICES);
        let outcome = done(&revision, &swap("vda", "sound:0"));
        let text = outcome.preview.after.document.text();
        assert!(text.contains("dev='vda' bus='virtio'/><address type='pci' slot='2'/>"), "{text}");
        assert!(text.contains("slot='4' function='0' multifunction='on'/>"), "{text}");
    }

    #[test]
    fn drives_trade_places_on_controllers_of_one_kind() {
        let revision = guest("pc", DEVICES);
        let outcome = done(&revision, &swap("sda", "sdb"));
        assert_eq!(others(&outcome), [""; 0]);
        for (one, other, code) in [
            ("sda", "hda", Code::AddressKind),
            ("sda", "vda", Code::AddressKind),
            ("sda", "sda", Code::SameDevice),
            ("input:0", "sda", Code::NoPlace),
            ("controller:0", "sound:0", Code::ChipsetPlace),
        ] {
            assert_eq!(refused(&revision, &swap(one, other)).code, code, "{one} {other}");
        }
    }

    #[test]
    fn a_hub_takes_along_what_hangs_on_it() {
        let devices = "<hub type='usb'><address type='usb' bus='0' port='1'/></hub>
<input type='tablet' bus='usb'><address type='usb' bus='0' port='1.3'/></input>
<input type='mouse' bus='usb'><address type='usb' bus='0' port='2'/></input>";
        let revision = guest("pc", devices);
        let outcome = done(&revision, &swap("hub:0", "input:1"));
        let text = outcome.preview.after.document.text();
        assert!(text.contains("<hub type='usb'><address type='usb' bus='0' port='2'/>"), "{text}");
        assert!(text.contains("port='2.3'/>") && text.contains("port='1'/></input>"), "{text}");
        assert_eq!(refused(&revision, &swap("hub:0", "input:0")).code, Code::UsbLoop);
    }
}
