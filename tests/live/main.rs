//! The tests against a real libvirt and real QEMU guests, in one program. They run when
//! `VIRT_TOPO_LIVE=1`, which `.ci/live` sets after installing both; `cargo test --test live NAME`
//! runs those of `NAME.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may fail in any way, and prints what it skips and counts"
)]

#[allow(dead_code, reason = "the tests without a daemon use the rest")]
#[path = "../support/mod.rs"]
mod support;

mod again;
mod assign;
mod catalogue;
mod commands;
mod demos;
mod fixes;
mod geometry;
mod harness;
mod hotplug;
mod monitor;
mod names;
mod rules;
mod screen;
mod secrets;
