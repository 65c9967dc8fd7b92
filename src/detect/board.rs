//! Devices without a place of their own choice: on the ISA bus, and on the machine's board.

use super::facts::{LiveBusKind, Seat};
use super::mainframe::{Row, row_of};
use super::want::Want;
use crate::machine::{ImplicitBus as Home, Machine};
use crate::model::address::IsaAddress;
use crate::model::{Device, DeviceClass};

/// ISA devices of which a guest may have several, or that it has only when it was asked for them
/// (QEMU `hw/char/serial-isa.c`, `debugcon.c`, `parallel.c`, `hw/audio/sb16.c`,
/// `hw/watchdog/wdt_ib700.c`, `hw/misc/pvpanic-isa.c`, `hw/tpm/tpm_tis_isa.c`; libvirt
/// `qemu_command.c`).
const ISA: &[Row] = &[
    (DeviceClass::Serial, "isa-debug", &["isa-debugcon"]),
    (DeviceClass::Serial, "*", &["isa-serial"]),
    (DeviceClass::Parallel, "*", &["isa-parallel"]),
    (DeviceClass::Sound, "sb16", &["sb16"]),
    (DeviceClass::Watchdog, "*", &["ib700"]),
    (DeviceClass::Panic, "*", &["pvpanic"]),
    (DeviceClass::Tpm, "*", &["tpm-tis"]),
];

/// ISA devices of which a machine has one, whoever configures it (QEMU `hw/block/fdc-isa.c`,
/// `hw/audio/pcspk.c`, `hw/input/pckbd.c`: one chip for keyboard and mouse).
const ISA_PARTS: &[Row] = &[
    (DeviceClass::Controller, "fdc", &["isa-fdc"]),
    (DeviceClass::Sound, "pcspk", &["isa-pcspk"]),
    (DeviceClass::Input, "*", &["i8042"]),
];

/// What a machine has at most one of, beside every bus (QEMU `hw/i386/intel_iommu.c`,
/// `amd_iommu.c`, `hw/display/ramfb-standalone.c`).
const PARTS: &[Row] = &[
    (DeviceClass::Iommu, "intel", &["intel-iommu"]),
    (DeviceClass::Iommu, "amd", &["amd-iommu"]),
    (DeviceClass::Video, "ramfb", &["ramfb"]),
];

/// What a device that needs no address, because it is at `home`, looks like; [`Want::Nothing`] when
/// a monitor does not tell.
pub(super) fn want(device: &Device, machine: Machine, home: Home) -> Want {
    let x86 = machine.arch.is_x86();
    match home {
        Home::Isa | Home::Ps2 if x86 => {
            let part = row_of(ISA_PARTS, device).map(|row| Want::Part(LiveBusKind::Isa, row.2));
            let own = || row_of(ISA, device).map(|row| Want::Model(LiveBusKind::Isa, row.2));
            part.or_else(own).unwrap_or(Want::Nothing)
        }
        Home::Board => row_of(PARTS, device)
            .map_or(Want::Nothing, |row| Want::Part(LiveBusKind::System, row.2)),
        Home::Isa | Home::Ps2 => Want::Nothing,
    }
}

/// The seat of a device on the ISA bus; none for what the machine has anyway.
pub(super) fn seat(driver: &str, number: &dyn Fn(&str) -> Option<u32>) -> Seat {
    if !ISA.iter().any(|row| row.2.contains(&driver)) {
        return Seat::None;
    }
    let port = number("iobase").or_else(|| number("ioport"));
    let irq = number("irq").unwrap_or_default();
    let at = IsaAddress { iobase: port.unwrap_or_default(), irq };
    Seat::Isa { nth: number("index"), at }
}
