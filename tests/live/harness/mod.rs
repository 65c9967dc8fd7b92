//! A real libvirt, real QEMU guests, and the devices they are started with.

pub(crate) mod devices;
pub(crate) mod libvirt;
pub(crate) mod load;
pub(crate) mod qemu;
pub(crate) mod random;
