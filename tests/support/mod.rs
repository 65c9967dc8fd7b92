//! Guests, their mending, and the program on a pseudo terminal: for the tests with and without a
//! daemon.

pub(crate) mod corpora;
pub(crate) mod dice;
pub(crate) mod guest;
pub(crate) mod mending;
pub(crate) mod other_machine;
pub(crate) mod pty;
pub(crate) mod random_command;
pub(crate) mod random_guest;
pub(crate) mod stories;
