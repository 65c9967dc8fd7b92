//! Chooses addresses and controllers as libvirt would.
//!
//! The steps are libvirt's, in its order (`domain_postparse.c: virDomainDefPostParse`,
//! `qemu_domain_address.c: qemuDomainAssignAddresses`). They work on a copy of the domain and on
//! libvirt's own lists of it (`lists`); what comes out is a domain in which every device that can
//! have an address has one, with [`Origin::Assigned`](crate::model::Origin::Assigned) where it was
//! chosen here.

mod ccid;
mod ccw;
mod chipset;
mod completion;
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
mod pass;
mod pci;
mod places;
mod scsi;
mod serial;
mod spapr;
mod targets;
mod transport;
mod usb;
mod usb_none;
mod usb_ports;
mod warnings;
mod zpci;

use crate::model::Domain;

pub use completion::{Assignment, Explanation, ParseMode};
pub use places::{FreePlace, PlaceNote, Places, RefusedPlace, legal, no_place, places};
pub use warnings::{order_matters, warnings};

/// Completes `domain` as libvirt would: addresses, controllers, default devices.
///
/// Refusals of libvirt are in [`Assignment::refusals`], its own first refusal first; the rest is
/// completed nevertheless. A guest of another hypervisor than QEMU stays as it is.
pub fn assign(domain: &Domain, mode: ParseMode) -> Assignment {
    if !domain.is_of_qemu() {
        let (refusals, explanations) = (Vec::new(), Vec::new());
        return Assignment { domain: domain.clone(), refusals, explanations };
    }
    let mut completion = completion::Completion::new(domain, mode);
    usb_none::check(&mut completion);
    hostdev::add_controllers(&mut completion);
    index::assign(&mut completion);
    defaults::add(&mut completion);
    models::fill_all(&mut completion);
    implicit::check_doubles(&mut completion);
    console::pair(&mut completion);
    drive::add_controllers(&mut completion);
    serial::add_controllers(&mut completion);
    ccid::assign(&mut completion);
    hostdev::add_controllers(&mut completion);
    implicit::add_video(&mut completion);
    models::fill_again(&mut completion);
    serial::assign(&mut completion);
    spapr::assign(&mut completion);
    transport::choose(&mut completion);
    ccw::assign(&mut completion);
    pci::assign(&mut completion);
    zpci::assign(&mut completion);
    usb::assign(&mut completion);
    nvme::check_serials(&mut completion);
    dimm::assign(&mut completion);
    completion.finish()
}
