//! Matches of live with configured devices, with their reasons and confidence.
//!
//! The reasons, best first: an id; a fixed part of the machine; a unique MAC address, medium or
//! port name; the path through bridges with slot and function; the only device that fits; and, as
//! in 2009, the order among devices with equal ids. Devices that none of them decides stay
//! ambiguous.

use crate::live::{Enumeration, LiveBusNo, LiveNo};
use crate::machine::ChipsetPart;
use crate::model::{Address, DeviceKey};
use crate::topology::BusId;

/// The reason for a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchedBy {
    /// Its id is the configured alias.
    Alias,
    /// The device is a fixed part of the machine.
    Chipset,
    /// Only this device has the configured MAC address.
    Mac,
    /// Only this device has the configured medium.
    Medium,
    /// The port has the configured name.
    PortName,
    /// The device is at the configured place, and of the configured model.
    Place,
    /// The device is at the last place of the configured one, and of its model.
    Remembered,
    /// No other device is of its model.
    Only,
    /// Its turn among devices of one model: they were created in the order of the XML.
    Order,
}

impl MatchedBy {
    /// A short name for the reason.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alias => "alias",
            Self::Chipset => "chipset",
            Self::Mac => "MAC address",
            Self::Medium => "medium",
            Self::PortName => "port name",
            Self::Place => "place",
            Self::Remembered => "its last place",
            Self::Only => "only device of its model",
            Self::Order => "order among devices of its model",
        }
    }

    /// The confidence of the reason.
    pub fn confidence(self) -> Confidence {
        match self {
            Self::Remembered | Self::Only | Self::Order => Confidence::Likely,
            _ => Confidence::Certain,
        }
    }
}

/// The confidence of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// The match rests on an assumption about how the guest was started.
    Likely,
    /// No other match is possible.
    Certain,
}

impl Confidence {
    /// `likely` or `certain`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

/// A configured device and the live one it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The configured device.
    pub device: DeviceKey,
    /// The live one; `None` for the root controller, which is a bus.
    pub live: Option<LiveNo>,
    /// The reason for the match.
    pub matched_by: MatchedBy,
    /// The place as an address of its XML; `None` if the XML cannot express it, such as behind a
    /// bridge that is not in the XML.
    pub address: Option<Address>,
    /// The difference from the address in the XML.
    pub diff: AddressDiff,
}

/// The change of a device's address by detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressDiff {
    /// The XML has the same address, or the device needs none.
    Same,
    /// The XML has no address.
    New,
    /// The XML has another address.
    Moved,
}

/// Devices that cannot be distinguished.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ambiguity {
    /// The configured ones.
    pub devices: Vec<DeviceKey>,
    /// The live ones.
    pub live: Vec<LiveNo>,
}

/// The whole comparison of a domain with a running guest.
#[derive(Clone, Debug)]
pub struct Matching {
    /// The matches, in document order.
    pub matches: Vec<Match>,
    /// Devices that cannot be distinguished.
    pub ambiguous: Vec<Ambiguity>,
    /// Configured devices that the guest does not have.
    pub absent: Vec<DeviceKey>,
    /// Configured devices that may be behind a bridge that firmware has not numbered yet.
    pub not_enumerated: Vec<DeviceKey>,
    /// Live devices that the XML does not mention and could.
    pub unconfigured: Vec<LiveNo>,
    /// Live devices that are parts of the machine.
    pub parts: Vec<(LiveNo, &'static ChipsetPart)>,
    /// The live bus behind each configured controller: the only place where libvirt's indexes and
    /// the guest's bus numbers meet.
    pub buses: Vec<(BusId, LiveBusNo)>,
    /// The progress of the firmware.
    pub enumeration: Enumeration,
}

impl Matching {
    /// The pair of a configured device.
    pub fn of_device(&self, key: DeviceKey) -> Option<&Match> {
        self.matches.iter().find(|pair| pair.device == key)
    }

    /// The pair of a live device.
    pub fn of_live(&self, no: LiveNo) -> Option<&Match> {
        self.matches.iter().find(|pair| pair.live == Some(no))
    }

    /// The configured controller of a live bus: the value of `bus=` in an address.
    pub fn bus_id(&self, no: LiveBusNo) -> Option<BusId> {
        self.buses.iter().find(|(_, live)| *live == no).map(|(id, _)| *id)
    }

    /// Whether the guest equals the XML.
    pub fn is_same(&self) -> bool {
        self.matches.iter().all(|pair| pair.diff == AddressDiff::Same)
            && self.ambiguous.is_empty()
            && self.absent.is_empty()
            && self.not_enumerated.is_empty()
            && self.unconfigured.is_empty()
    }
}
