//! A value that everything may read, and only the state may change.

use std::ops::Deref;

/// An input of what is derived: outside of the state it can be read, but not changed or replaced.
#[derive(Clone, Debug, Default)]
pub struct Watched<T>(T);

impl<T> Watched<T> {
    pub(super) fn new(value: T) -> Self {
        Self(value)
    }

    pub(super) fn get_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> Deref for Watched<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
