//! Buses of the machine itself, for devices without an address.

use super::defaults;
use super::lookup::with_words;
use super::model::Model;
use super::words::Spoken;
use crate::machine::Machine;
use crate::model::{Device, DeviceClass};

/// A bus of the machine itself, for devices without an address.
///
/// Source: what libvirt passes to QEMU for each (`qemu_command.c`), and the bus of that QEMU
/// device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImplicitBus {
    /// The ISA bus, with I/O ports and interrupts that are fixed or written.
    Isa,
    /// The keyboard controller's two ports.
    Ps2,
    /// Part of the board, firmware or hypervisor: no bus that a user could choose.
    Board,
}

/// The bus that `device` is on when it has no address on `machine`; `None` when it ought to have
/// one.
pub fn implicit_bus(device: &Device, machine: Machine) -> Option<ImplicitBus> {
    if device.class() == DeviceClass::Console && defaults::is_open_port(device) {
        // It is a serial port of the type that libvirt chooses.
        let serial = defaults::serial_target(machine).unwrap_or(defaults::OWN_SERIAL);
        let words = Spoken { model: serial, ..Spoken::default() };
        return with_words(DeviceClass::Serial, words)?.implicit;
    }
    Model::on(device, machine)?.implicit
}
