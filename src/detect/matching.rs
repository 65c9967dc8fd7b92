//! Which live device is which configured one, on what grounds, and how sure.
//!
//! The grounds, best first: an id; a fixed part of the machine; a MAC address, a medium or a port's
//! name that nobody else has; the way through bridges with slot and function; what is left when
//! only one fits; and, as in 2009, the order among devices with equal ids. What none of them
//! decides is ambiguous, and stays so.

use crate::live::{Enumeration, LiveBusNo, LiveNo};
use crate::machine::ChipsetPart;
use crate::model::{Address, DeviceKey};
use crate::topology::BusId;

/// What says that a live device is a configured one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchedBy {
    /// Its id is the configured alias.
    Alias,
    /// It is a fixed part of the machine.
    Chipset,
    /// It has the configured MAC address, and only it.
    Mac,
    /// It shows the configured medium, and only it.
    Medium,
    /// It is the port of that name.
    PortName,
    /// It is at the configured place, and of the configured model.
    Place,
    /// It is where the configured one was last, and of its model.
    Remembered,
    /// Nothing else is of its model.
    Only,
    /// Its turn among devices of one model: they were created in the order of the XML.
    Order,
}

impl MatchedBy {
    /// In a few words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alias => "alias",
            Self::Chipset => "chipset",
            Self::Mac => "MAC address",
            Self::Medium => "medium",
            Self::PortName => "port name",
            Self::Place => "place",
            Self::Remembered => "place it had last",
            Self::Only => "only one of its model",
            Self::Order => "order among its model",
        }
    }

    /// How sure it is.
    pub fn confidence(self) -> Confidence {
        match self {
            Self::Remembered | Self::Only | Self::Order => Confidence::Likely,
            _ => Confidence::Certain,
        }
    }
}

/// How sure a match is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It rests on an assumption about how the guest was started.
    Likely,
    /// It cannot be another.
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
    /// On what grounds.
    pub matched_by: MatchedBy,
    /// Where it is, as its XML would say; `None` when the XML has no words for it, such as behind
    /// a bridge that the XML does not mention.
    pub address: Option<Address>,
    /// Against what the XML says.
    pub diff: AddressDiff,
}

/// What detection changes about a device's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressDiff {
    /// The XML says so already, or an address is not for it to say.
    Same,
    /// The XML says none.
    New,
    /// The XML says another.
    Moved,
}

/// Devices that cannot be told apart.
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
    /// Who is who, in document order.
    pub matches: Vec<Match>,
    /// Who cannot be told.
    pub ambiguous: Vec<Ambiguity>,
    /// Configured devices that the guest does not have.
    pub absent: Vec<DeviceKey>,
    /// Configured devices that may be behind a bridge that firmware has not numbered yet.
    pub not_enumerated: Vec<DeviceKey>,
    /// Live devices that the XML does not mention and could.
    pub unconfigured: Vec<LiveNo>,
    /// Live devices that are parts of the machine.
    pub parts: Vec<(LiveNo, &'static ChipsetPart)>,
    /// Which live bus is behind which configured controller. The only place where libvirt's
    /// indexes and the guest's bus numbers meet.
    pub buses: Vec<(BusId, LiveBusNo)>,
    /// How far firmware is.
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

    /// The configured device at whose bus a live one sits: what `bus=` in its address would name.
    pub fn bus_id(&self, no: LiveBusNo) -> Option<BusId> {
        self.buses.iter().find(|(_, live)| *live == no).map(|(id, _)| *id)
    }

    /// Whether the guest is exactly as the XML says.
    pub fn is_same(&self) -> bool {
        self.matches.iter().all(|pair| pair.diff == AddressDiff::Same)
            && self.ambiguous.is_empty()
            && self.absent.is_empty()
            && self.not_enumerated.is_empty()
            && self.unconfigured.is_empty()
    }
}
