//! The screen: keys to actions, state to pictures.

pub mod settings;
pub mod theme;
