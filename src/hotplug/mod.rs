//! Plans to attach a device to a running guest and to detach one: the commands of the monitor, what
//! undoes each, and why a place or a device is refused.
//!
//! Pure: nothing is sent here.

mod free_places;
mod plug;
mod request;
mod unplug;

pub use free_places::NoSeat;
pub use plug::{Backends, Backing, Command, NewDevice, NoPlug, Plug, Step, Wanted};
pub use request::{NoOrder, Order, OrderKind};
pub use unplug::{NoUnplug, Unplug};
