//! Controllers: the devices that offer places to others.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantNames};

use super::Text;

/// The number in `<controller index=>`, which addresses name as `bus=` or `controller=`.
///
/// It is not the bus number that the guest's firmware writes into a bridge.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct ControllerIndex(pub u32);

impl ControllerIndex {
    /// The index above this one; the highest stays as it is.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for ControllerIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `<controller type=>`
///
/// Source: `domain_conf.c: virDomainController` enumeration; `nvme` is newer than 11.3.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the word libvirt writes")]
pub enum ControllerKind {
    Pci,
    Ide,
    Fdc,
    Scsi,
    Sata,
    VirtioSerial,
    Ccid,
    Usb,
    Xenbus,
    Isa,
    Nvme,
    /// A type that libvirt does not know; [`Controller::word`] has it.
    #[strum(serialize = "")]
    Other,
}

impl ControllerKind {
    /// The kind with this name; `Other` for any other.
    pub fn from_name(word: &str) -> Self {
        word.parse().unwrap_or(Self::Other)
    }

    /// libvirt's name for it; empty for `Other`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// `<controller type='pci' model=>`
///
/// Source: `domain_conf.c: virDomainControllerModelPCI` enumeration.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the word libvirt writes")]
pub enum PciModel {
    PciRoot,
    PcieRoot,
    PciBridge,
    DmiToPciBridge,
    PcieToPciBridge,
    PcieRootPort,
    PcieSwitchUpstreamPort,
    PcieSwitchDownstreamPort,
    PciExpanderBus,
    PcieExpanderBus,
}

impl PciModel {
    /// The model with this name.
    pub fn from_name(word: &str) -> Option<Self> {
        word.parse().ok()
    }

    /// The names of all models.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::VARIANTS.iter().copied()
    }

    /// libvirt's name for it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether it is a root: part of the machine, without an address of its own.
    pub fn is_root(self) -> bool {
        matches!(self, Self::PciRoot | Self::PcieRoot)
    }
}

/// `<target>` of a PCI controller: properties of the bus behind it that the guest sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PciTarget {
    /// `chassisNr` of a pci-bridge, 1..=255.
    pub chassis_nr: Option<u32>,
    /// `chassis` of a root or downstream port, 0..=255.
    pub chassis: Option<u32>,
    /// `port` of a root or downstream port, 0..=255.
    pub port: Option<u32>,
    /// `busNr` of an expander bus, 1..=254.
    pub bus_nr: Option<u32>,
    /// `index` of a pSeries host bridge, 0..=30.
    pub index: Option<u32>,
    /// Value of `hotplug='on'|'off'`.
    pub hotplug: Option<bool>,
    /// Guest NUMA node of an expander bus or host bridge.
    pub node: Option<u32>,
}

/// The attributes of `<controller>` besides its address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controller {
    /// The kind of places it offers.
    pub kind: ControllerKind,
    /// The kind as written; `ide` if `type=` is absent, as in libvirt.
    pub word: Text,
    /// Its index; `None` when not written: libvirt then takes the lowest free one.
    pub index: Option<ControllerIndex>,
    /// `model=`, as written.
    pub model: Option<Text>,
    /// `<model name=>`: the QEMU device behind a PCI controller.
    pub model_name: Option<Text>,
    /// `<target>`, for kind `pci`.
    pub target: PciTarget,
    /// `ports=` of a USB (1..=15) or virtio-serial controller.
    pub ports: Option<u32>,
    /// `<master startport=>` of a USB companion controller.
    pub master: Option<u32>,
    /// `<serial>` of an NVMe controller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<Text>,
}

impl Controller {
    /// A controller of this kind without other attributes.
    pub fn new(kind: ControllerKind, index: Option<ControllerIndex>) -> Self {
        Self {
            kind,
            word: kind.as_str().into(),
            index,
            model: None,
            model_name: None,
            target: PciTarget::default(),
            ports: None,
            master: None,
            serial: None,
        }
    }

    /// The model of a PCI controller; `None` for other kinds and unknown models.
    pub fn pci_model(&self) -> Option<PciModel> {
        match self.kind {
            ControllerKind::Pci => self.model.as_deref().and_then(PciModel::from_name),
            _ => None,
        }
    }

    /// Its index, taking 0 where none is written.
    pub fn index_or_zero(&self) -> ControllerIndex {
        self.index.unwrap_or_default()
    }
}
