//! Buses of the machine itself, for devices without an address.

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
