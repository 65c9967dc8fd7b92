//! The load of the machine: limits of time hold only when a test of libvirt runs alone. Tests of
//! QEMU have guests of their own and run beside each other.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

static LOAD: RwLock<()> = RwLock::new(());

/// Waits until no other test runs; none begins until the guard is dropped.
pub(crate) fn alone() -> RwLockWriteGuard<'static, ()> {
    // A test that failed is no reason not to run the next.
    LOAD.write().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until no test runs alone; none begins to until the guard is dropped.
pub(crate) fn shared() -> RwLockReadGuard<'static, ()> {
    LOAD.read().unwrap_or_else(PoisonError::into_inner)
}
