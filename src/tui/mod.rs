//! The screen: keys to actions, state to pictures.

pub mod action;
pub mod keymap;
pub mod settings;
pub mod theme;
