//! What a Linux guest will call its NICs and disks, told from where they sit.
//!
//! The rules were measured with QEMU 10.0, Debian's kernel 6.1 and systemd-udevd 252, 254 and 257
//! on i440fx and q35. Where two versions of systemd differ both answers can be asked for; where the
//! place does not decide, there is no name here. Names pinned inside the guest (a `.link` file,
//! `net.ifnames=0`) are nothing the XML shows.

mod disk;
mod nic;

pub use disk::{DiskNames, disk_names};
pub use nic::{NicName, Scheme, nic_names};
