//! The device addresses of libvirt/QEMU guests.

pub mod assign;
pub mod cli;
pub mod edit;
pub mod machine;
pub mod model;
pub mod report;
pub mod rows;
pub mod sources;
pub mod text;
pub mod topology;
pub mod tui;
pub mod xml;
