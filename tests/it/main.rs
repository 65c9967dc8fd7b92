//! The tests that need no daemon, in one program: `cargo test --test it NAME` runs those of `NAME.rs`.
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

#[path = "../support/mod.rs"]
mod support;

mod assign;
mod assign_command;
mod bad_input;
mod check_cli;
mod check_rules;
mod check_versions;
mod commands_random;
mod corpus_check;
mod corpus_show;
mod defects;
mod detect_again;
mod detect_cli;
mod detect_facts;
mod detect_pairs;
mod foreign_text;
mod from_live;
mod geometry;
mod guest_names;
mod harness;
mod hostile_monitor;
mod hostile_text;
mod hotplug_screen;
mod journal;
mod live_guest;
mod lossless;
mod mending;
mod monitor_server;
mod planted_secrets;
mod pty;
mod pty_save;
mod readme;
mod rebase;
mod save_faults;
mod script;
mod script_edit;
mod script_random;
mod script_save;
mod script_stories;
mod settings;
mod stories;
