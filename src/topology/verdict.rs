//! The one verdict about a place on PCI: whether a device may be there, for this kind of request.
//!
//! Allocation, checking, pickers and hot-plug all ask [`PciBuses::verdict`]. The conditions and
//! their order are libvirt's (`domain_addr.c: virDomainPCIAddressValidate`,
//! `virDomainPCIAddressFlagsCompatible`, `virDomainPCIAddressReserveAddrInternal`).

use std::fmt;

use super::pci::{PciBus, PciBuses};
use super::tree::NodeKind;
use crate::machine::{Connect, Need};
use crate::model::address::{Function, PciAddress, Slot};
use crate::model::{Code, ControllerIndex, Problem};

/// The origin of a request for a place. libvirt's rules differ between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asker {
    /// The XML names the address: endpoints may be on any bus for endpoints.
    Written,
    /// libvirt chooses the place: only buses that it uses automatically.
    Automatic,
    /// The device is plugged into a running guest.
    HotPlug,
}

/// A reason against a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Objection {
    NoBuses,
    Domain,
    NoBus { last: usize },
    NotOnBoard,
    NotAutomatic,
    NoHotplug,
    WrongKind,
    SlotTooLow(Slot),
    SlotTooHigh(Slot),
    HotplugFunction,
    Taken,
}

impl PciBuses {
    /// Checks that a device with this need may be at `at`, and that the place is free.
    ///
    /// # Errors
    /// The reason against it, with libvirt's message and a remedy.
    pub fn verdict(&self, need: Need, at: PciAddress, asker: Asker) -> Result<(), Box<Problem>> {
        self.judge(need, at, asker)
            .and_then(|()| self.vacant(at))
            .map_err(|objection| self.explain(objection, need, at, at, asker).into())
    }

    /// Checks all conditions but the last: that the place is free.
    pub(super) fn judge(&self, need: Need, at: PciAddress, asker: Asker) -> Result<(), Objection> {
        if self.is_empty() {
            return Err(Objection::NoBuses);
        }
        if at.domain != 0 {
            return Err(Objection::Domain);
        }
        let bus = self.bus(at.bus).ok_or(Objection::NoBus { last: self.len() - 1 })?;
        fits(bus, need, at.bus, asker)?;
        if at.slot < bus.first {
            return Err(Objection::SlotTooLow(bus.first));
        }
        if at.slot > bus.last {
            return Err(Objection::SlotTooHigh(bus.last));
        }
        if asker == Asker::HotPlug && at.function != Function::ZERO {
            return Err(Objection::HotplugFunction);
        }
        Ok(())
    }

    /// Checks that the place is free.
    pub(super) fn vacant(&self, at: PciAddress) -> Result<(), Objection> {
        let taken = self.bus(at.bus).is_some_and(|bus| bus.is_taken(at.slot, at.function));
        if taken { Err(Objection::Taken) } else { Ok(()) }
    }

    /// The message for an objection. `wanted` is the requested address; `at` is where growing has
    /// moved it.
    pub(super) fn explain(
        &self,
        objection: Objection,
        need: Need,
        wanted: PciAddress,
        at: PciAddress,
        asker: Asker,
    ) -> Problem {
        let prefix = if asker == Asker::Written { "XML error" } else { "internal error" };
        let index = at.bus;
        let model = self.bus(at.bus).map_or("", |bus| bus.model.as_str());
        let quote = |words: fmt::Arguments<'_>| format!("{prefix}: {words}");
        match objection {
            Objection::NoBuses => no_buses(),
            Objection::Domain => Problem::error(
                Code::PciDomain,
                format!("{wanted} is in PCI domain {}, and QEMU guests have only 0", wanted.domain),
            )
            .quoting(quote(format_args!(
                "Invalid PCI address {wanted}. Only PCI domain 0 is available"
            )))
            .helping("leave out domain=, or write domain='0x0000'"),
            Objection::NoBus { last } => Problem::error(
                Code::PciNoBus,
                format!("there is no PCI controller with index {index}; the highest is {last}"),
            )
            .quoting(quote(format_args!(
                "Invalid PCI address {wanted}. Only PCI buses up to {last} are available"
            )))
            .helping("add a PCI controller with this index, or choose one that is there"),
            Objection::NotOnBoard => Problem::error(
                Code::PciNotOnBoard,
                format!("{wanted}: this device is integrated and must be on bus 0"),
            )
            .quoting(quote(format_args!(
                "The device at PCI address {wanted} needs to be an integrated device (bus=0)"
            )))
            .helping("choose a free slot on bus 0"),
            Objection::NotAutomatic => Problem::error(
                Code::PciNotAutomatic,
                format!(
                    "{wanted}: libvirt places nothing on {model} {index} automatically; write \
                     the address into the XML"
                ),
            )
            .quoting(quote(format_args!(
                "The device at PCI address {wanted} was auto-assigned this address, but the PCI \
                 controller with index='{index}' doesn't allow auto-assignment"
            )))
            .helping("write the address into the XML"),
            Objection::NoHotplug => Problem::error(
                Code::PciNoHotplug,
                format!("{wanted}: {model} {index} has no hot-plug"),
            )
            .quoting(quote(format_args!(
                "The device at PCI address {wanted} requires hotplug capability, but the PCI \
                 controller with index='{index}' doesn't support hotplug"
            )))
            .helping(
                "choose a port or bridge that supports hot-plug, or shut the guest down \
                      first",
            ),
            Objection::WrongKind => Problem::error(
                Code::PciWrongKind,
                format!("{wanted}: {model} {index} takes no {}", need.kind),
            )
            .quoting(quote(format_args!(
                "The device at PCI address {wanted} cannot be plugged into the PCI controller with \
                 index='{index}'. It requires a controller that accepts a {}.",
                need.kind
            )))
            .helping(parent_help(need.kind)),
            Objection::SlotTooLow(first) => Problem::error(
                Code::PciSlotTooLow,
                format!("{wanted}: the lowest slot on {model} {index} is {:#04x}", first.get()),
            )
            .quoting(quote(format_args!(
                "Invalid PCI address {wanted}. slot must be >= {}",
                first.get()
            )))
            .helping("choose a higher slot"),
            Objection::SlotTooHigh(last) => Problem::error(
                Code::PciSlotTooHigh,
                format!("{wanted}: the highest slot on {model} {index} is {:#04x}", last.get()),
            )
            .quoting(quote(format_args!(
                "Invalid PCI address {wanted}. slot must be <= {}",
                last.get()
            )))
            .helping("choose another bus; a port has one slot, 0, with eight functions"),
            Objection::HotplugFunction => Problem::error(
                Code::PciHotplugFunction,
                format!("{wanted}: only function 0 can be hot-plugged"),
            )
            .quoting("internal error: Only PCI device addresses with function=0 are supported")
            .helping("choose function 0 of a free slot"),
            Objection::Taken => self.taken(wanted, at, prefix),
        }
    }

    fn taken(&self, wanted: PciAddress, at: PciAddress, prefix: &str) -> Problem {
        let occupant = self.bus(at.bus).and_then(|bus| bus.occupant(at.slot, at.function));
        let reason = match occupant {
            Some(NodeKind::Device(key)) => key.to_string(),
            Some(NodeKind::Chipset(part)) => format!("the built-in {}", part.name),
            Some(NodeKind::Live(_)) => "a live-only device".to_owned(),
            None => "another device".to_owned(),
        };
        let refusal =
            Problem::error(Code::PciDoubleUse, format!("{wanted} is already used by {reason}"))
                .quoting(format!("{prefix}: Attempted double use of PCI Address {wanted}"))
                .helping("choose a free slot, or remove the address and let libvirt choose one");
        match occupant {
            Some(NodeKind::Device(key)) => refusal.on(key),
            _ => refusal,
        }
    }
}

/// The refusal on a machine without PCI.
pub(super) fn no_buses() -> Problem {
    Problem::error(
        Code::PciNoBuses,
        "this machine has no PCI bus, and no PCI controller is written",
    )
    .quoting("XML error: No PCI buses available")
    .helping(
        "choose a machine with PCI, or remove the device; the default balloon goes with \
             <memballoon model='none'/>",
    )
}

/// Checks that a device with this need may be on `bus`.
///
/// Source: `domain_addr.c: virDomainPCIAddressFlagsCompatible`.
pub(super) fn fits(
    bus: &PciBus,
    need: Need,
    index: ControllerIndex,
    asker: Asker,
) -> Result<(), Objection> {
    let mut accepts = bus.accepts;
    let mut automatic = bus.automatic;
    if need.integrated {
        if index.0 != 0 {
            return Err(Objection::NotOnBoard);
        }
        accepts = accepts.or(Connect::PCI);
        automatic = true;
    }
    match asker {
        Asker::Automatic => {
            if need.automatic && !automatic {
                return Err(Objection::NotAutomatic);
            }
        }
        Asker::Written => accepts = tolerant(accepts),
        Asker::HotPlug => {
            if !bus.hotplug {
                return Err(Objection::NoHotplug);
            }
            accepts = tolerant(accepts);
        }
    }
    if accepts.meets(need.kind) { Ok(()) } else { Err(Objection::WrongKind) }
}

/// The kinds that a bus accepts when the XML names it: endpoints of either kind if it accepts one
/// of them, and a `pci-bridge` wherever a conventional device may be.
fn tolerant(accepts: Connect) -> Connect {
    if !accepts.meets(Connect::ENDPOINT) {
        return accepts;
    }
    accepts.or(Connect::ENDPOINT).or(Connect::BRIDGE)
}

/// A remedy that names the controllers for a device of this kind.
pub(super) fn parent_help(kind: Connect) -> &'static str {
    /// Kinds of connection with their remedies.
    const HELP: &[(Connect, &str)] = &[
        (Connect::PCI, "choose a pci-root, pci-bridge or pcie-to-pci-bridge, or add one"),
        (Connect::EXPRESS, "choose a pcie-root-port or pcie-root, or add a pcie-root-port"),
        (Connect::ROOT_PORT, "put it on pcie-root or a pcie-expander-bus"),
        (Connect::UPSTREAM_PORT, "put it on a pcie-root-port; add one if none is free"),
        (Connect::DOWNSTREAM_PORT, "put it on a pcie-switch-upstream-port; add one first"),
        (Connect::DMI_BRIDGE, "put it on pcie-root or a pcie-expander-bus"),
        (Connect::EXPRESS_BRIDGE, "put it on a free pcie-root-port; add one if none is free"),
        (Connect::EXPANDER, "put it on pci-root"),
        (Connect::EXPRESS_EXPANDER, "put it on pcie-root"),
        (Connect::BRIDGE, "put it on a bus for conventional PCI, with a slot left for it"),
    ];
    HELP.iter().find(|row| kind.meets(row.0)).map_or("choose another bus", |row| row.1)
}
