//! The views: names and titles, without their contents.

use strum::{IntoStaticStr, VariantArray};

use crate::tui::action::Action;

/// A view of the guest, in the order of tabs. `cli` has a type of this name for its options, since the
/// screen does not depend on the parser of the command line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum View {
    /// The device tree.
    #[default]
    Topology,
    /// PCI buses as rows of slots.
    Slots,
    /// Drive controllers and their units.
    Drives,
    /// USB controllers, hubs and ports.
    Usb,
    /// The problems and their fixes.
    Problems,
    /// The unsaved changes.
    Changes,
    /// The text of the document.
    Xml,
}

impl View {
    /// The title of its tab.
    pub fn title(self) -> &'static str {
        match self {
            Self::Topology => "Topology",
            Self::Slots => "Slots",
            Self::Drives => "Drives",
            Self::Usb => "USB",
            Self::Problems => "Problems",
            Self::Changes => "Changes",
            Self::Xml => "XML",
        }
    }

    /// The action that shows it; its key is in the tab.
    pub fn action(self) -> Action {
        match self {
            Self::Topology => Action::ViewTopology,
            Self::Slots => Action::ViewSlots,
            Self::Drives => Action::ViewDrives,
            Self::Usb => Action::ViewUsb,
            Self::Problems => Action::ViewProblems,
            Self::Changes => Action::ViewChanges,
            Self::Xml => Action::ViewXml,
        }
    }

    /// The view so many tabs further, around the end.
    #[must_use]
    pub fn stepped(self, by: isize) -> Self {
        let here = Self::VARIANTS.iter().position(|view| *view == self).unwrap_or_default();
        let count = Self::VARIANTS.len().cast_signed();
        let there = (here.cast_signed() + by).rem_euclid(count).cast_unsigned();
        Self::VARIANTS.get(there).copied().unwrap_or(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stepping_goes_around() {
        assert_eq!(View::Topology.stepped(1), View::Slots);
        assert_eq!(View::Topology.stepped(-1), View::Xml);
        assert_eq!(View::Xml.stepped(1), View::Topology);
    }
}
