//! PCI controllers: roots, bridges, ports.

use super::bus::QemuBus;
use super::controllers::{ControllerModel, controller};
use super::geometry::Geometry;
use super::model::{Ask, Driver, Words, on, pci, pcie};
use super::pci_bus::BusRules;
use super::pci_id::Ids::{self, Fixed};
use crate::machine::Connect;
use crate::model::address::Slot;
use crate::model::{ControllerKind, PciModel};

/// PCI class of bridges.
const BRIDGE_CLASS: u16 = 0x0604;
/// PCI class of host bridges, which an expander shows to the guest.
const HOST_CLASS: u16 = 0x0600;
const ROOT_PORT_COLD: &str = "root ports are part of the root bus, which has no hot-plugging";
const EXPANDER_COLD: &str = "expander buses bring a root bus, which is there from the start";

const EXPANDER_BUS_COLD: &str = "a root bus of an expander takes devices at the start only";

/// Devices that go into a port.
const PORT: Connect = Connect::EXPRESS.or(Connect::UPSTREAM_PORT).or(Connect::EXPRESS_BRIDGE);
/// Devices that go onto a conventional bus.
const CONVENTIONAL: Connect = Connect::PCI.or(Connect::BRIDGE);
const ONE: Slot = Slot::literal(1);

const fn bridge(
    pci: PciModel,
    connect: Connect,
    bus: BusRules,
    ids: Ids,
    drivers: &'static [Driver],
) -> ControllerModel {
    let bridge = controller(ControllerKind::Pci, &[], Geometry::Pci(bus), drivers);
    ControllerModel { pci: Some(pci), ..bridge.on_pci(Ask::Controller(connect), ids) }
}

/// A root port.
const fn root_port(ids: Ids, drivers: &'static [Driver]) -> ControllerModel {
    bridge(PciModel::PcieRootPort, Connect::ROOT_PORT, BusRules::port(PORT), ids, drivers)
        .cold(ROOT_PORT_COLD)
}

/// PCI controllers; the name of each model is that of [`PciModel`].
///
/// Source: `domain_addr.c: virDomainPCIControllerModelToConnectType`,
/// `virDomainPCIAddressBusSetModel`, `qemu_domain_address.c:
/// qemuDomainPCIControllerSetDefaultModelName`; QEMU `hw/pci-bridge/*.c`.
pub(super) static PCI: &[ControllerModel] = &[
    bridge(
        PciModel::PciRoot,
        Connect::NONE,
        BusRules {
            is_switchable: true,
            ..BusRules::slots(CONVENTIONAL.or(Connect::EXPANDER), ONE)
        },
        Ids::None,
        // On pSeries, where there may be several.
        &[on(QemuBus::System, "spapr-pci-host-bridge")],
    ),
    bridge(
        PciModel::PcieRoot,
        Connect::NONE,
        BusRules::slots(
            Connect::EXPRESS
                .or(Connect::ROOT_PORT)
                .or(Connect::DMI_BRIDGE)
                .or(Connect::EXPRESS_EXPANDER),
            ONE,
        )
        .by_hand()
        .cold("a PCI Express root takes devices at the start only; use a root port"),
        Ids::None,
        &[],
    ),
    bridge(
        PciModel::PciBridge,
        Connect::BRIDGE,
        BusRules::slots(CONVENTIONAL, ONE),
        Fixed(0x1b36, 0x0001),
        &[pci("pci-bridge", BRIDGE_CLASS)],
    ),
    bridge(
        PciModel::DmiToPciBridge,
        Connect::DMI_BRIDGE,
        BusRules::slots(CONVENTIONAL, Slot::ZERO).by_hand(),
        Fixed(0x8086, 0x244e),
        &[pci("i82801b11-bridge", BRIDGE_CLASS)],
    )
    .cold("it sits on the root bus, which has no hot-plugging"),
    bridge(
        PciModel::PcieToPciBridge,
        Connect::EXPRESS_BRIDGE,
        BusRules::slots(CONVENTIONAL, ONE),
        Fixed(0x1b36, 0x000e),
        &[pcie("pcie-pci-bridge", BRIDGE_CLASS)],
    ),
    root_port(Fixed(0x8086, 0x3420), &[pcie("ioh3420", BRIDGE_CLASS)])
        .words(Words { name: &["ioh3420"], ..Words::ANY }),
    root_port(Fixed(0x1b36, 0x000c), &[pcie("pcie-root-port", BRIDGE_CLASS)]),
    bridge(
        PciModel::PcieSwitchUpstreamPort,
        Connect::UPSTREAM_PORT,
        BusRules::slots(Connect::DOWNSTREAM_PORT, Slot::ZERO)
            .by_hand()
            .cold("only switch downstream ports sit there, and only from the start"),
        Fixed(0x104c, 0x8232),
        &[pcie("x3130-upstream", BRIDGE_CLASS)],
    ),
    bridge(
        PciModel::PcieSwitchDownstreamPort,
        Connect::DOWNSTREAM_PORT,
        BusRules::port(PORT),
        Fixed(0x104c, 0x8233),
        &[pcie("xio3130-downstream", BRIDGE_CLASS)],
    ),
    bridge(
        PciModel::PciExpanderBus,
        Connect::EXPANDER,
        BusRules::slots(CONVENTIONAL, Slot::ZERO).cold(EXPANDER_BUS_COLD),
        Fixed(0x1b36, 0x0009),
        &[pci("pxb", HOST_CLASS)],
    )
    .cold(EXPANDER_COLD),
    bridge(
        PciModel::PcieExpanderBus,
        Connect::EXPRESS_EXPANDER,
        BusRules::slots(Connect::ROOT_PORT.or(Connect::DMI_BRIDGE), Slot::ZERO)
            .by_hand()
            .cold(EXPANDER_BUS_COLD),
        Fixed(0x1b36, 0x000b),
        &[pci("pxb-pcie", HOST_CLASS)],
    )
    .cold(EXPANDER_COLD),
];
