//! The bus behind a PCI controller.

use crate::machine::Connect;
use crate::model::address::Slot;

/// The places behind a PCI controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusRules {
    /// Kinds of connection that the bus accepts.
    pub accepts: Connect,
    /// Whether libvirt chooses this bus for endpoints.
    pub automatic: bool,
    /// The lowest slot a device may have, 0 or 1.
    pub first: Slot,
    /// The highest slot, 0 or 0x1f.
    pub last: Slot,
    /// Whether libvirt plugs devices there while the guest runs.
    pub hotplug: bool,
    /// Why QEMU takes none there while the guest runs.
    pub cold: Option<&'static str>,
    /// Whether `<target hotplug='off'/>` of its controller disables hot-plug.
    pub is_switchable: bool,
}

impl BusRules {
    /// A bus with slots from `first` on, where devices come and go.
    pub(super) const fn slots(accepts: Connect, first: Slot) -> Self {
        Self {
            accepts,
            automatic: true,
            first,
            last: Slot::MAX,
            hotplug: true,
            cold: None,
            is_switchable: false,
        }
    }

    /// A port: one slot, where devices come and go.
    pub(super) const fn port(accepts: Connect) -> Self {
        Self { last: Slot::ZERO, is_switchable: true, ..Self::slots(accepts, Slot::ZERO) }
    }

    /// Marks a bus that libvirt uses only when an address names it, and never while the guest runs.
    pub(super) const fn by_hand(self) -> Self {
        Self { automatic: false, hotplug: false, ..self }
    }

    /// Closed to devices while the guest runs, for this reason.
    pub(super) const fn cold(self, why: &'static str) -> Self {
        Self { cold: Some(why), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Need;
    use crate::model::PciModel;

    fn models() -> impl Iterator<Item = PciModel> {
        PciModel::names().filter_map(PciModel::from_name)
    }

    #[test]
    fn every_model_takes_something_and_fits_somewhere() {
        for model in models() {
            assert_ne!(BusRules::of(model, None).accepts, Connect::NONE, "{model}");
            let Some(need) = Need::of_controller(model) else {
                assert!(model.is_root());
                continue;
            };
            let takes = |parent: &PciModel| BusRules::of(*parent, None).accepts.meets(need.kind);
            assert!(models().any(|parent| takes(&parent)), "{model}");
        }
    }

    #[test]
    fn a_port_without_hot_plug_says_so_in_its_target() {
        assert!(BusRules::of(PciModel::PcieRootPort, None).hotplug);
        assert!(!BusRules::of(PciModel::PcieRootPort, Some(false)).hotplug);
        assert!(BusRules::of(PciModel::PciBridge, Some(false)).hotplug);
    }
}
