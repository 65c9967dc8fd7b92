//! Which addresses and controllers libvirt would choose for what has none.
//!
//! The steps are libvirt's, in its order (`domain_postparse.c: virDomainDefPostParse`,
//! `qemu_domain_address.c: qemuDomainAssignAddresses`). They work on a copy of the domain and on
//! libvirt's own lists of it (`lists`); what comes out is a domain in which every device that can
//! have an address has one, with [`Origin::Assigned`](crate::model::Origin::Assigned) where it was
//! chosen here.

mod ccid;
mod ccw;
mod chipset;
mod console;
mod defaults;
mod dimm;
mod drive;
#[cfg(test)]
mod example;
mod hostdev;
mod implicit;
mod index;
mod isolation;
mod lists;
mod models;
mod nvme;
mod order;
mod pci;
mod places;
mod reading;
mod serial;
mod spapr;
mod surprises;
mod targets;
mod transport;
mod usb;
mod usb_ports;
mod work;
mod zpci;

use crate::model::Domain;

pub use places::{FreePlace, Note, Places, RefusedPlace, legal, no_place, places};
pub use surprises::{order_matters, surprises};
pub use work::{Assignment, Existing, Step};

/// Completes `domain` as libvirt would: addresses, controllers, default devices.
///
/// What libvirt would refuse is told in [`Assignment::refusals`], its own first refusal first; the
/// rest is completed all the same.
pub fn assign(domain: &Domain, existing: Existing) -> Assignment {
    let mut work = work::Work::new(domain, existing);
    reading::check(&mut work);
    hostdev::add_controllers(&mut work);
    index::assign(&mut work);
    defaults::add(&mut work);
    models::fill_all(&mut work);
    implicit::check_doubles(&mut work);
    console::pair(&mut work);
    drive::add_controllers(&mut work);
    serial::add_controllers(&mut work);
    ccid::assign(&mut work);
    hostdev::add_controllers(&mut work);
    implicit::add_video(&mut work);
    models::fill_again(&mut work);
    serial::assign(&mut work);
    spapr::assign(&mut work);
    transport::choose(&mut work);
    ccw::assign(&mut work);
    pci::assign(&mut work);
    zpci::assign(&mut work);
    usb::assign(&mut work);
    nvme::check_serials(&mut work);
    dimm::assign(&mut work);
    work.finish()
}
