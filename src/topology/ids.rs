//! Numbers of buses and nodes within one topology, and of buses within the guest.

/// Number of a node in [`super::Topology::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

/// Number of a bus in [`super::Topology::buses`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusNo(pub(super) u32);

/// A bus number as the guest counts, 0..=0xff. Never a controller index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GuestBus(pub u8);
