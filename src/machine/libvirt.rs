//! Changes between releases of libvirt that concern addresses and controllers.
//!
//! One row per change: the release that introduced it, how that release is known, and a sentence
//! for `--explain`. Code asks [`has`] for a change by name and never compares versions itself.

use std::fmt;
use std::str::FromStr;

use strum::VariantArray;

use crate::model::Version;

const OLDEST: Version = Version::OLDEST_LIBVIRT;
const NEWEST: Version = Version::NEWEST_LIBVIRT;

/// Releases that were compared with a running daemon.
pub const MEASURED: &[Version] = &[Version::new(9, 0), Version::new(11, 3), Version::new(12, 9)];

/// A change in what libvirt chooses, accepts or refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, VariantArray)]
pub enum Feature {
    /// Controllers that libvirt adds are sorted into its list by index.
    SortedControllers,
    /// The bus of an input that names none is chosen after the whole guest was read.
    InputBusAfterParsing,
    /// Several watchdogs, the TCO watchdog of q35 written as one of them.
    SeveralWatchdogs,
    /// ib700 is refused on machines without an ISA slot for it, itco on all but q35.
    WatchdogMachines,
    /// The panic device `pvpanic` on PCI.
    PvpanicPci,
    /// `<crypto>`; the element is dropped before.
    Crypto,
    /// Only dimm and nvdimm modules take memory slots.
    MemorySlotsOfModules,
    /// `<filesystem>` with driver type mtp.
    MtpFilesystem,
    /// usb-net is a USB device, and USB ports are handed out in another order.
    UsbNetOnUsb,
    /// The virtio sound card.
    VirtioSound,
    /// `<pstore>`; the element is dropped before.
    Pstore,
    /// The switch `<features><ps2 state=>`.
    Ps2Switch,
    /// q35 gets an intel IOMMU for more than 255 processors.
    IommuForProcessors,
    /// versatilepb has PCI.
    VersatilePci,
    /// RISC-V machines get no memory balloon.
    RiscvWithoutBalloon,
    /// microvm, isapc and boards without PCI have none, and the first two get neither balloon nor
    /// USB.
    PciMachines,
    /// NVMe disks and controllers.
    Nvme,
    /// The AMD IOMMU.
    AmdIommu,
    /// SCSI controllers without a model are virtio-scsi on ARM and RISC-V virt.
    VirtioScsiOnVirt,
    /// A USB controller without a model is qemu-xhci on ARM and RISC-V, and pci-ohci on machines
    /// that are neither these nor PC, POWER or s390.
    UsbModelOfArch,
    /// realview boards have PCI.
    RealviewPci,
    /// More than 255 processors are accepted with a virtio or amd IOMMU too.
    VirtioIommuForProcessors,
    /// A SCSI controller without a model has that of the first one that has a model.
    ScsiModelOfFirst,
    /// A root port is added for a pcie-to-pci-bridge that finds none.
    PortForBridge,
    /// Any number of IOMMUs.
    SeveralIommus,
    /// Network cards of boards, lan9118 and smc91c111, get no PCI address.
    BoardCards,
    /// A virtio console takes a port of the controller it names, from 0 on.
    ConsolePorts,
    /// Messages name PCIe slots and unrecognized connect flags.
    PcieMessages,
}

/// How the release of a change is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// From libvirt's release notes or sources; no daemon of a neighbouring release was run.
    Read,
    /// From daemons that differ: the change came in some release after the first version and not
    /// after the second.
    Between(Version, Version),
}

/// A change in libvirt.
#[derive(Clone, Copy, Debug)]
pub struct LibvirtChange {
    /// The name of the change.
    pub feature: Feature,
    /// The first release that has it.
    pub since: Version,
    /// How the release is known.
    pub known: Known,
    /// A sentence about it, in the present tense of that release.
    pub summary: &'static str,
}

const fn read(feature: Feature, since: (u16, u16), summary: &'static str) -> LibvirtChange {
    LibvirtChange { feature, since: Version::new(since.0, since.1), known: Known::Read, summary }
}

/// A change that is in `last` and not in `before`; it is taken to have come with `last`.
const fn between(
    feature: Feature,
    before: (u16, u16),
    last: (u16, u16),
    summary: &'static str,
) -> LibvirtChange {
    let (before, last) = (Version::new(before.0, before.1), Version::new(last.0, last.1));
    LibvirtChange { feature, since: last, known: Known::Between(before, last), summary }
}

/// Every change, in the order of [`Feature`]: a feature's own number is that of its row.
///
/// Source: libvirt `NEWS.rst` for rows that are read; definitions by libvirt 9.0, 11.3 and 12.9 for
/// all of them.
pub const CHANGES: &[LibvirtChange] = &[
    between(
        Feature::SortedControllers,
        (9, 0),
        (11, 3),
        "controllers that libvirt adds are sorted into the list by index",
    ),
    between(
        Feature::InputBusAfterParsing,
        (9, 0),
        (11, 3),
        "an input without a bus is refused in other words where USB is off",
    ),
    read(Feature::SeveralWatchdogs, (9, 1), "a guest may have several watchdogs, q35 has itco"),
    read(Feature::WatchdogMachines, (9, 3), "ib700 is refused on q35, itco elsewhere"),
    read(Feature::PvpanicPci, (9, 1), "there is a panic device on PCI, pvpanic"),
    read(Feature::Crypto, (9, 1), "there are crypto devices"),
    read(Feature::MemorySlotsOfModules, (9, 5), "only dimm and nvdimm modules take memory slots"),
    read(Feature::MtpFilesystem, (10, 2), "a filesystem may be a USB device, mtp"),
    read(Feature::UsbNetOnUsb, (10, 3), "usb-net is a USB device; USB ports have another order"),
    read(Feature::VirtioSound, (10, 4), "there is a virtio sound card"),
    read(Feature::Pstore, (10, 6), "there are pstore devices"),
    read(Feature::Ps2Switch, (10, 7), "PS/2 devices can be switched off"),
    read(Feature::IommuForProcessors, (10, 10), "q35 gets an IOMMU for more than 255 processors"),
    between(Feature::VersatilePci, (9, 0), (11, 3), "versatilepb has PCI"),
    between(
        Feature::RiscvWithoutBalloon,
        (11, 3),
        (12, 5),
        "RISC-V machines get no memory balloon",
    ),
    between(
        Feature::PciMachines,
        (11, 3),
        (12, 5),
        "microvm, isapc and boards without PCI have none",
    ),
    read(Feature::Nvme, (11, 5), "there are NVMe disks and controllers"),
    read(Feature::AmdIommu, (11, 5), "there is an amd IOMMU"),
    read(Feature::VirtioScsiOnVirt, (11, 6), "SCSI controllers of virt are virtio-scsi"),
    read(
        Feature::UsbModelOfArch,
        (11, 9),
        "USB controllers are qemu-xhci on ARM and RISC-V, pci-ohci on the oldest architectures",
    ),
    between(Feature::RealviewPci, (11, 3), (12, 9), "realview boards have PCI"),
    read(Feature::VirtioIommuForProcessors, (12, 2), "more than 255 processors, any IOMMU"),
    between(
        Feature::ScsiModelOfFirst,
        (12, 1),
        (12, 9),
        "a SCSI controller without a model has that of the first one with a model",
    ),
    between(
        Feature::PortForBridge,
        (11, 3),
        (12, 9),
        "a root port is added for a pcie-to-pci-bridge that finds none",
    ),
    between(Feature::SeveralIommus, (11, 3), (12, 9), "a guest may have several IOMMUs"),
    between(Feature::BoardCards, (11, 3), (12, 9), "network cards of boards get no PCI address"),
    between(
        Feature::ConsolePorts,
        (11, 3),
        (12, 9),
        "a virtio console takes a port of the controller it names, from 0 on",
    ),
    between(Feature::PcieMessages, (11, 3), (12, 9), "messages name PCIe slots"),
];

/// Whether `libvirt` has a change.
pub fn has(libvirt: Version, feature: Feature) -> bool {
    CHANGES.get(feature as usize).is_some_and(|change| change.since <= libvirt)
}

/// The release whose rules are used for `asked`: `asked` itself if it is known, else the oldest or
/// the newest.
pub fn answering(asked: Version) -> Version {
    asked.clamp(OLDEST, NEWEST)
}

impl LibvirtChange {
    /// Whether it is uncertain if the rules of `libvirt` have this change: no daemon of that
    /// release was run, and the release of the change was read, or is only known within bounds.
    pub fn is_unmeasured(&self, libvirt: Version) -> bool {
        let before = MEASURED.iter().filter(|known| **known < self.since).max();
        let after = MEASURED.iter().filter(|known| **known >= self.since).min();
        before.is_none_or(|before| libvirt > *before) && after.is_none_or(|after| libvirt < *after)
    }
}

/// "since 11.6, read, not measured", "after 12.1, by 12.9".
impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read => f.write_str("read, not measured"),
            Self::Between(before, last) => write!(f, "after {before}, not after {last}"),
        }
    }
}

/// The value of `--libvirt` or `[libvirt] version`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LibvirtChoice {
    /// The newest known release.
    #[default]
    Newest,
    /// This release, known or not.
    Release(Version),
}

impl FromStr for LibvirtChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "newest" {
            return Ok(Self::Newest);
        }
        text.parse().map(Self::Release).map_err(|_| {
            format!(
                "expected 'newest' or a release of libvirt from {} to {}, such as 11.3",
                Version::OLDEST_LIBVIRT,
                Version::NEWEST_LIBVIRT
            )
        })
    }
}

/// The libvirt that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Libvirt {
    /// The release with these rules.
    pub version: Version,
    /// The requested release, if its own rules are not known.
    pub asked: Option<Version>,
}

impl LibvirtChoice {
    /// The release that answers for it.
    pub fn resolve(self) -> Libvirt {
        match self {
            Self::Newest => Libvirt { version: Version::NEWEST_LIBVIRT, asked: None },
            Self::Release(asked) => {
                let version = answering(asked);
                Libvirt { version, asked: (version != asked).then_some(asked) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_holds_from_its_release_on() {
        for change in CHANGES {
            assert!(has(change.since, change.feature), "{change:?}");
            assert!(has(NEWEST, change.feature), "{change:?}");
            assert!(!has(OLDEST, change.feature), "{change:?}");
            if let Known::Between(before, last) = change.known {
                assert!(before < last && change.since == last, "{change:?}");
            }
        }
    }

    #[test]
    fn every_change_has_the_row_of_its_number() {
        let numbers = CHANGES.iter().map(|change| change.feature as usize);
        assert!(numbers.eq(0..Feature::VARIANTS.len()));
    }

    #[test]
    fn releases_that_were_asked_are_measured() {
        let nvme = CHANGES.iter().find(|change| change.feature == Feature::Nvme).unwrap();
        for asked in MEASURED {
            assert!(CHANGES.iter().all(|change| !change.is_unmeasured(*asked)), "{asked}");
        }
        assert!(nvme.is_unmeasured(Version::new(11, 4)));
        assert!(nvme.is_unmeasured(Version::new(12, 0)));
        assert!(!nvme.is_unmeasured(Version::new(10, 0)));
    }

    #[test]
    fn a_choice_is_a_word_or_a_release() {
        let of = |text: &str| text.parse::<LibvirtChoice>().map(LibvirtChoice::resolve);
        assert_eq!(of("newest"), Ok(Libvirt { version: NEWEST, asked: None }));
        let old = Version::new(6, 2);
        assert_eq!(of("6.2"), Ok(Libvirt { version: OLDEST, asked: Some(old) }));
        let error = of("q35").unwrap_err();
        assert!(error.contains("8.0 to 12.9"), "{error}");
    }

    #[test]
    fn releases_out_of_reach_are_answered_by_the_nearest() {
        assert_eq!(answering(Version::new(7, 1)), OLDEST);
        assert_eq!(answering(Version::new(10, 4)), Version::new(10, 4));
        assert_eq!(answering(Version::new(13, 0)), NEWEST);
    }
}
