//! Plans to attach a device to a running guest and to detach one: the commands of the monitor, the
//! undo of each, and the reasons of refusals.
//!
//! Pure: nothing is sent here.

mod free_places;
mod plug;
mod request;
mod unplug;

pub use free_places::{At, PlaceError};
pub use plug::{Backends, Backing, NewDevice, Plug, PlugError, PlugStep, QmpCommand};
pub use request::{DeviceRequest, RequestError, RequestKind};
pub use unplug::{Unplug, UnplugError};
