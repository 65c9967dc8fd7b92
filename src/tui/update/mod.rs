//! Messages change the state: `messages` gives each to its file, `route` gives actions to the mode.
//!
//! Nothing here reads or writes anything outside the state: effects are returned.

mod adopt;
mod arrange;
mod browse;
mod copy;
mod count;
mod edit;
mod fold;
mod go;
mod help;
mod hotplug;
mod input;
mod leave;
mod live;
mod messages;
mod mouse;
mod moving;
mod pick;
mod problems;
mod question;
mod renew;
mod resume;
mod route;
mod save;
mod scroll;
mod source;
mod theme;
mod view_switch;
mod walk;

pub use live::learn;
pub use messages::update;
pub use pick::pick_demo;

pub use scroll::settle;
