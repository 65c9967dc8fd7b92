//! The screen: turns keys into actions, and the state into pictures.
//!
//! Every event reaches the state as a [`message::Message`]; [`update::update`] changes the state
//! and returns [`effect::Effect`]s; [`view::draw`] turns the state into cells. Only
//! [`runtime`] and [`terminal`] touch the terminal.

pub mod action;
pub mod app;
pub mod config;
pub mod effect;
pub mod encode;
pub mod export;
pub mod grid;
mod inbox;
mod journal_client;
pub mod keymap;
pub mod layout;
pub mod message;
pub mod runtime;
pub mod script;
pub mod settings;
pub mod terminal;
pub mod theme;
pub mod update;
pub mod view;
pub mod views;
