//! Which addresses and controllers libvirt would choose for what has none.
//!
//! The steps are libvirt's, in its order (`domain_postparse.c: virDomainDefPostParse`,
//! `qemu_domain_address.c: qemuDomainAssignAddresses`). They work on a copy of the domain and on
//! libvirt's own lists of it ([`lists`]); what comes out is a domain in which every device that can
//! have an address has one, with [`Origin::Assigned`](crate::model::Origin::Assigned) where it was
//! chosen here.

mod lists;
mod work;

pub use work::{Assignment, Existing, Step};
