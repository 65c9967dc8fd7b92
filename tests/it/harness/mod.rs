//! Stand-ins for the world around the program: a screen, a monitor, a guest's objects, a folder.

pub(crate) mod captures;
pub(crate) mod fake;
pub(crate) mod home;
pub(crate) mod hostile;
pub(crate) mod objects;
pub(crate) mod screen;
pub(crate) mod snapshots;
