//! From values of the model to changes of a document: what libvirt's elements look like when they are written.
//!
//! Every entry is a method of [`Patch`](super::Patch), so any number of them become one edit.

mod acpi;
mod address;
mod controller;
mod device;
mod numbers;

pub use device::Place;
