//! Where text and settings come from and go to: everything that can be slow, or fail for reasons
//! outside.

pub mod dirs;
