//! What happens changes the state. Routing only; each file knows one kind of happening.
//!
//! Nothing here reads or writes anything outside the state: what has to be done is returned.

mod adopt;
mod arrange;
mod browse;
mod copy;
mod edit;
mod fold;
mod help;
mod hotplug;
mod input;
mod leave;
mod live;
mod mouse;
mod moving;
mod pick;
mod problems;
mod question;
mod resume;
mod route;
mod save;
mod scroll;
mod source;
mod theme;
mod walk;

pub use live::learn;
pub use pick::pick_demo;
pub use route::update;
pub use scroll::settle;

use route::anywhere;
