//! What a PCI controller offers to the devices behind it.

use super::connect::Connect;
use crate::model::address::Slot;
use crate::model::{ControllerKind, PciModel};

/// The places behind a PCI controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusRules {
    /// Which kinds of connection it takes.
    pub accepts: Connect,
    /// Whether libvirt puts endpoints there by itself.
    pub automatic: bool,
    /// The lowest slot a device may have, 0 or 1.
    pub first: Slot,
    /// The highest slot, 0 or 0x1f.
    pub last: Slot,
    /// Whether devices come and go there while the guest runs.
    pub hotplug: bool,
}

type Row = (PciModel, Connect, bool, Slot, Slot, bool);

const ONE: Slot = Slot::literal(1);

const PORT: Connect = Connect::EXPRESS.or(Connect::UPSTREAM_PORT).or(Connect::EXPRESS_BRIDGE);
const BRIDGE: Connect = Connect::PCI.or(Connect::BRIDGE);

/// Model, what it takes, automatic, lowest slot, highest slot, hot-plug.
///
/// Source: `domain_addr.c: virDomainPCIAddressBusSetModel`.
const ROWS: &[Row] = &[
    (PciModel::PciRoot, BRIDGE.or(Connect::EXPANDER), true, ONE, Slot::MAX, true),
    (
        PciModel::PcieRoot,
        Connect::EXPRESS
            .or(Connect::ROOT_PORT)
            .or(Connect::DMI_BRIDGE)
            .or(Connect::EXPRESS_EXPANDER),
        false,
        ONE,
        Slot::MAX,
        false,
    ),
    (PciModel::PciBridge, BRIDGE, true, ONE, Slot::MAX, true),
    (PciModel::PciExpanderBus, BRIDGE, true, Slot::ZERO, Slot::MAX, true),
    (PciModel::DmiToPciBridge, BRIDGE, false, Slot::ZERO, Slot::MAX, false),
    (PciModel::PcieToPciBridge, BRIDGE, true, ONE, Slot::MAX, true),
    (PciModel::PcieRootPort, PORT, true, Slot::ZERO, Slot::ZERO, true),
    (
        PciModel::PcieSwitchUpstreamPort,
        Connect::DOWNSTREAM_PORT,
        false,
        Slot::ZERO,
        Slot::MAX,
        false,
    ),
    (PciModel::PcieSwitchDownstreamPort, PORT, true, Slot::ZERO, Slot::ZERO, true),
    (
        PciModel::PcieExpanderBus,
        Connect::ROOT_PORT.or(Connect::DMI_BRIDGE),
        false,
        Slot::ZERO,
        Slot::MAX,
        false,
    ),
];

impl BusRules {
    /// What a controller of this model offers; `hotplug` is its `<target hotplug=>`, which only
    /// roots and ports listen to.
    pub fn of(model: PciModel, hotplug: Option<bool>) -> Self {
        let row = ROWS.iter().find(|row| row.0 == model);
        let Some((_, accepts, automatic, first, last, plug)) = row.copied() else {
            // Every model has a row, as the test below holds.
            return Self {
                accepts: Connect::NONE,
                automatic: false,
                first: Slot::ZERO,
                last: Slot::ZERO,
                hotplug: false,
            };
        };
        let listens = matches!(
            model,
            PciModel::PciRoot | PciModel::PcieRootPort | PciModel::PcieSwitchDownstreamPort
        );
        let hotplug = plug && !(listens && hotplug == Some(false));
        Self { accepts, automatic, first, last, hotplug }
    }
}

/// The QEMU device libvirt takes for a PCI controller when `<model name=>` is absent
/// (`qemu_domain_address.c: qemuDomainPCIControllerSetDefaultModelName`); `None` where there is
/// none to name.
pub fn default_model_name(model: PciModel, pseries: bool) -> Option<&'static str> {
    Some(match model {
        PciModel::PciRoot if pseries => "spapr-pci-host-bridge",
        PciModel::PciRoot | PciModel::PcieRoot => return None,
        PciModel::PciBridge => "pci-bridge",
        PciModel::DmiToPciBridge => "i82801b11-bridge",
        PciModel::PcieToPciBridge => "pcie-pci-bridge",
        PciModel::PcieRootPort => "pcie-root-port",
        PciModel::PcieSwitchUpstreamPort => "x3130-upstream",
        PciModel::PcieSwitchDownstreamPort => "xio3130-downstream",
        PciModel::PciExpanderBus => "pxb",
        PciModel::PcieExpanderBus => "pxb-pcie",
    })
}

/// What libvirt knows as `<model name=>` of a PCI controller.
///
/// Source: `domain_conf.c: virDomainControllerPCIModelName`.
pub const MODEL_NAMES: &[&str] = &[
    "none",
    "pci-bridge",
    "i82801b11-bridge",
    "ioh3420",
    "x3130-upstream",
    "xio3130-downstream",
    "pxb",
    "pxb-pcie",
    "pcie-root-port",
    "spapr-pci-host-bridge",
    "pcie-pci-bridge",
];

/// Whether libvirt takes this QEMU device for a PCI controller of this model.
///
/// Source: `qemu_validate.c: qemuValidateDomainDeviceDefControllerPCI`.
pub fn takes_model_name(model: PciModel, pseries: bool, name: &str) -> bool {
    let older = model == PciModel::PcieRootPort && name == "ioh3420";
    older || name == "none" || default_model_name(model, pseries) == Some(name)
}

/// The models that libvirt knows, but for PCI.
///
/// Source: `domain_conf.c: virDomainControllerModel*` enumerations.
const CONTROLLER_MODELS: &[(ControllerKind, &[&str])] = &[
    (
        ControllerKind::Scsi,
        &[
            "auto",
            "buslogic",
            "lsilogic",
            "lsisas1068",
            "vmpvscsi",
            "ibmvscsi",
            "virtio-scsi",
            "lsisas1078",
            "virtio-transitional",
            "virtio-non-transitional",
            "ncr53c90",
            "dc390",
            "am53c974",
        ],
    ),
    (
        ControllerKind::Usb,
        &[
            "piix3-uhci",
            "piix4-uhci",
            "ehci",
            "ich9-ehci1",
            "ich9-uhci1",
            "ich9-uhci2",
            "ich9-uhci3",
            "vt82c686b-uhci",
            "pci-ohci",
            "nec-xhci",
            "qusb1",
            "qusb2",
            "qemu-xhci",
            "none",
        ],
    ),
    (ControllerKind::Ide, &["piix3", "piix4", "ich6"]),
    (ControllerKind::VirtioSerial, &["virtio", "virtio-transitional", "virtio-non-transitional"]),
    (ControllerKind::Fdc, &[]),
    (ControllerKind::Sata, &[]),
    (ControllerKind::Ccid, &[]),
    (ControllerKind::Xenbus, &[]),
];

/// The models that libvirt knows of a kind of controller; `None` where it looks at none, or at those
/// of [`PciModel`].
pub fn controller_models(kind: ControllerKind) -> Option<&'static [&'static str]> {
    CONTROLLER_MODELS.iter().find(|row| row.0 == kind).map(|row| row.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Need;

    const MODELS: [PciModel; 10] = [
        PciModel::PciRoot,
        PciModel::PcieRoot,
        PciModel::PciBridge,
        PciModel::DmiToPciBridge,
        PciModel::PcieToPciBridge,
        PciModel::PcieRootPort,
        PciModel::PcieSwitchUpstreamPort,
        PciModel::PcieSwitchDownstreamPort,
        PciModel::PciExpanderBus,
        PciModel::PcieExpanderBus,
    ];

    #[test]
    fn every_model_takes_something_and_fits_somewhere() {
        for model in MODELS {
            assert_ne!(BusRules::of(model, None).accepts, Connect::NONE, "{model}");
            let Some(need) = Need::of_controller(model) else {
                assert!(model.is_root());
                continue;
            };
            let parents = MODELS
                .iter()
                .filter(|parent| BusRules::of(**parent, None).accepts.meets(need.kind));
            assert!(parents.count() > 0, "{model}");
        }
    }

    #[test]
    fn a_port_without_hot_plug_says_so_in_its_target() {
        assert!(BusRules::of(PciModel::PcieRootPort, None).hotplug);
        assert!(!BusRules::of(PciModel::PcieRootPort, Some(false)).hotplug);
        assert!(BusRules::of(PciModel::PciBridge, Some(false)).hotplug);
    }
}
