//! Encoding: from values of the model to changes of a document.
//!
//! Every entry is a method of [`Patch`](super::Patch), so any number of them become one edit.

mod acpi;
mod address;
mod controller;
mod device;
mod numbers;

pub use device::InsertAt;
