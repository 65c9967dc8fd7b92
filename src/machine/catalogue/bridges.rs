//! PCI controllers: roots, bridges, ports.

use super::bus::QemuBus;
use super::controllers::ControllerModel;
use super::model::{Ask, Driver, Model, Values, Words, on, pci, pcie};
use super::pci_id::Ids::{self, Fixed};
use crate::machine::Connect;
use crate::model::{ControllerKind, DeviceClass, PciModel};

/// PCI class of bridges.
const BRIDGE: u16 = 0x0604;
/// PCI class of host bridges, which an expander shows to the guest.
const HOST_BRIDGE: u16 = 0x0600;
const ROOT_PORT_COLD: &str = "root ports are part of the root bus, which has no hot-plugging";
const EXPANDER_COLD: &str = "expander buses bring a root bus, which is there from the start";

const fn bridge(
    pci: PciModel,
    connect: Connect,
    ids: Ids,
    drivers: &'static [Driver],
) -> ControllerModel {
    let model = Model::new(DeviceClass::Controller, Words::ANY)
        .on_pci(Ask::Controller(connect), ids)
        .drivers(drivers);
    ControllerModel { kind: ControllerKind::Pci, model, pci: Some(pci), part: None }
}

impl ControllerModel {
    /// Known by this name of its QEMU device.
    const fn named(self, name: Values) -> Self {
        let words = Words { name, ..Words::ANY };
        Self { model: Model { words, ..self.model }, ..self }
    }

    /// Part of the guest from its start on, for this reason.
    const fn cold(self, why: &'static str) -> Self {
        Self { model: self.model.cold(why), ..self }
    }
}

/// Source: `domain_addr.c: virDomainPCIControllerModelToConnectType`, `qemu_domain_address.c:
/// qemuDomainPCIControllerSetDefaultModelName`; QEMU `hw/pci-bridge/*.c`. The model's word is that
/// of [`PciModel`].
pub(super) static PCI: &[ControllerModel] = &[
    bridge(
        PciModel::PciRoot,
        Connect::NONE,
        Ids::None,
        // On pSeries, where there may be several.
        &[on(QemuBus::System, "spapr-pci-host-bridge")],
    ),
    bridge(PciModel::PcieRoot, Connect::NONE, Ids::None, &[]),
    bridge(
        PciModel::PciBridge,
        Connect::BRIDGE,
        Fixed(0x1b36, 0x0001),
        &[pci("pci-bridge", BRIDGE)],
    ),
    bridge(
        PciModel::DmiToPciBridge,
        Connect::DMI_BRIDGE,
        Fixed(0x8086, 0x244e),
        &[pci("i82801b11-bridge", BRIDGE)],
    )
    .cold("it sits on the root bus, which has no hot-plugging"),
    bridge(
        PciModel::PcieToPciBridge,
        Connect::EXPRESS_BRIDGE,
        Fixed(0x1b36, 0x000e),
        &[pcie("pcie-pci-bridge", BRIDGE)],
    ),
    bridge(
        PciModel::PcieRootPort,
        Connect::ROOT_PORT,
        Fixed(0x8086, 0x3420),
        &[pcie("ioh3420", BRIDGE)],
    )
    .cold(ROOT_PORT_COLD)
    .named(&["ioh3420"]),
    bridge(
        PciModel::PcieRootPort,
        Connect::ROOT_PORT,
        Fixed(0x1b36, 0x000c),
        &[pcie("pcie-root-port", BRIDGE)],
    )
    .cold(ROOT_PORT_COLD),
    bridge(
        PciModel::PcieSwitchUpstreamPort,
        Connect::UPSTREAM_PORT,
        Fixed(0x104c, 0x8232),
        &[pcie("x3130-upstream", BRIDGE)],
    ),
    bridge(
        PciModel::PcieSwitchDownstreamPort,
        Connect::DOWNSTREAM_PORT,
        Fixed(0x104c, 0x8233),
        &[pcie("xio3130-downstream", BRIDGE)],
    ),
    bridge(
        PciModel::PciExpanderBus,
        Connect::EXPANDER,
        Fixed(0x1b36, 0x0009),
        &[pci("pxb", HOST_BRIDGE)],
    )
    .cold(EXPANDER_COLD),
    bridge(
        PciModel::PcieExpanderBus,
        Connect::EXPRESS_EXPANDER,
        Fixed(0x1b36, 0x000b),
        &[pci("pxb-pcie", HOST_BRIDGE)],
    )
    .cold(EXPANDER_COLD),
];
