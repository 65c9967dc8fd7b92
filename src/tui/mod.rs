//! The screen: keys to actions, state to pictures.

pub mod action;
pub mod config;
pub mod keymap;
pub mod settings;
pub mod theme;
pub mod views;
