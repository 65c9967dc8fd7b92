//! Why devices do not come or go while a guest runs: for their own sake, or for that of their bus.

use super::bus::QemuBus;
use super::model::Model;

/// The reason for models whose QEMU device class has `hotpluggable = false`.
pub(super) const NOT_HOTPLUGGABLE: &str = "QEMU has no hot-plugging for this model";
/// The reason for displays.
pub(super) const DISPLAY: &str = "a display is there from the start";

/// Prefixes of QEMU device names that determine the bus, for devices that are not in the catalogue.
const PREFIXES: &[(&str, QemuBus)] = &[("ide-", QemuBus::Ide), ("isa-", QemuBus::Isa)];

impl QemuBus {
    /// Why nothing is plugged into a bus of this kind, or out of it, while a guest runs (QEMU calls
    /// `qbus_set_hotplug_handler` for none of them).
    pub fn cold(self) -> Option<&'static str> {
        Some(match self {
            Self::Ide => "IDE and SATA have no hot-plugging in QEMU",
            Self::Floppy => "the floppy controller has no hot-plugging",
            Self::Isa => "the ISA bus has no hot-plugging",
            _ => return None,
        })
    }
}

impl Model {
    /// Why a QEMU device is not plugged into a running guest: for the reason of its model, or for
    /// that of its bus; `None` when it is.
    pub fn why_cold(driver: &str) -> Option<&'static str> {
        match Self::of_driver(driver) {
            Some((model, own, _)) => model.cold.or_else(|| own.bus.cold()),
            None => PREFIXES.iter().find(|row| driver.starts_with(row.0))?.1.cold(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_cold_for_its_model_or_its_bus() {
        for (driver, want) in [
            ("cirrus-vga", Some(DISPLAY)),
            ("bochs-display", None),
            ("ich9-usb-uhci2", Some(NOT_HOTPLUGGABLE)),
            ("ide-hd", QemuBus::Ide.cold()),
            ("ide-cf", QemuBus::Ide.cold()),
            ("sb16", QemuBus::Isa.cold()),
            ("isa-debug-exit", QemuBus::Isa.cold()),
            ("virtio-net-pci-transitional", None),
            ("usb-tablet", None),
            ("new", None),
        ] {
            assert_eq!(Model::why_cold(driver), want, "{driver}");
        }
    }
}
