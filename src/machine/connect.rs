//! Kinds of PCI connection: what a device requires of its bus and a bus accepts.
//!
//! A set with libvirt's names and numbers (`domain_addr.h: virDomainPCIConnectFlags`), for
//! choosing places and checking them.

use std::fmt;

/// A set of kinds of PCI connection.
///
/// A device requires one of them, a bus accepts one or more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Connect(u16);

impl Connect {
    /// The empty set.
    pub const NONE: Self = Self(0);
    /// A conventional PCI endpoint.
    pub const PCI: Self = Self(1 << 4);
    /// A PCI Express endpoint.
    pub const EXPRESS: Self = Self(1 << 5);
    /// The controller `pcie-root-port`.
    pub const ROOT_PORT: Self = Self(1 << 6);
    /// The controller `pcie-switch-upstream-port`.
    pub const UPSTREAM_PORT: Self = Self(1 << 7);
    /// The controller `pcie-switch-downstream-port`.
    pub const DOWNSTREAM_PORT: Self = Self(1 << 8);
    /// The controller `dmi-to-pci-bridge`.
    pub const DMI_BRIDGE: Self = Self(1 << 9);
    /// The controller `pci-expander-bus`.
    pub const EXPANDER: Self = Self(1 << 10);
    /// The controller `pcie-expander-bus`.
    pub const EXPRESS_EXPANDER: Self = Self(1 << 11);
    /// The controller `pci-bridge`.
    pub const BRIDGE: Self = Self(1 << 12);
    /// The controller `pcie-to-pci-bridge`.
    pub const EXPRESS_BRIDGE: Self = Self(1 << 13);
    /// Endpoints of either kind.
    pub const ENDPOINT: Self = Self::PCI.or(Self::EXPRESS);

    /// Both sets together.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the two sets have a kind in common.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// libvirt's number for it.
    pub const fn bits(self) -> u16 {
        self.0
    }
}

/// Every kind with libvirt's name, in the order in which libvirt looks for the first that applies.
///
/// Source: `domain_addr.c: virDomainPCIAddressFlagsCompatible`.
const WORDS: &[(Connect, &str)] = &[
    (Connect::PCI, "standard PCI device"),
    (Connect::EXPRESS, "PCI Express device"),
    (Connect::ROOT_PORT, "pcie-root-port"),
    (Connect::UPSTREAM_PORT, "pcie-switch-upstream-port"),
    (Connect::DOWNSTREAM_PORT, "pcie-switch-downstream-port"),
    (Connect::DMI_BRIDGE, "dmi-to-pci-bridge"),
    (Connect::EXPRESS_BRIDGE, "pcie-to-pci-bridge"),
    (Connect::EXPANDER, "pci-expander-bus"),
    (Connect::EXPRESS_EXPANDER, "pcie-expander-bus"),
    (Connect::BRIDGE, "pci-bridge"),
];

/// Formats the first kind of the set with libvirt's name.
impl fmt::Display for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(WORDS.iter().find(|row| self.meets(row.0)).map_or("", |row| row.1))
    }
}

/// The requirements of a device on its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Need {
    /// The kind of connection.
    pub kind: Connect,
    /// Whether it may only be on buses that libvirt chooses by itself: all endpoints, no
    /// controller.
    pub automatic: bool,
    /// Whether it may share a slot with others of its kind: root ports.
    pub aggregate: bool,
    /// Whether it must be on bus 0.
    pub integrated: bool,
}

impl Need {
    /// A conventional PCI endpoint; also for a device that has a PCI address although it needs
    /// none.
    pub const PCI: Self = Self::endpoint(Connect::PCI);
    /// A PCI Express endpoint.
    pub const EXPRESS: Self = Self::endpoint(Connect::EXPRESS);

    const fn endpoint(kind: Connect) -> Self {
        Self { kind, automatic: true, aggregate: false, integrated: false }
    }
}
