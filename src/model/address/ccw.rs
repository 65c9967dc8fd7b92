//! Channel subsystem addresses of s390x guests.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A device number in the channel subsystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CcwAddress {
    /// Channel subsystem, 0..=0xfe; 0xfe is the one for virtio.
    pub cssid: u8,
    /// Subchannel set, 0..=3.
    pub ssid: u8,
    /// Device number, 0..=0xffff.
    pub devno: u16,
}

impl CcwAddress {
    /// The channel subsystem libvirt and QEMU keep for virtio (`domain_conf.h:
    /// VIR_DOMAIN_DEVICE_CCW_MAX_CSSID`).
    pub const VIRTIO_CSSID: u8 = 0xfe;

    /// The address with these numbers; `None` when libvirt would refuse one of them
    /// (`device_conf.c: virDomainDeviceCCWAddressIsValid`).
    pub fn new(cssid: u32, ssid: u32, devno: u32) -> Option<Self> {
        let cssid = u8::try_from(cssid).ok().filter(|cssid| *cssid <= Self::VIRTIO_CSSID)?;
        let ssid = u8::try_from(ssid).ok().filter(|ssid| *ssid <= 3)?;
        Some(Self { cssid, ssid, devno: u16::try_from(devno).ok()? })
    }

    pub(super) fn push_attributes(self, out: &mut Vec<(&str, String)>) {
        out.push(("cssid", format!("0x{:x}", self.cssid)));
        out.push(("ssid", format!("0x{:x}", self.ssid)));
        out.push(("devno", format!("0x{:04x}", self.devno)));
    }
}

/// `fe.0.0001`, as libvirt and the guest write it.
impl fmt::Display for CcwAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{:x}.{:04x}", self.cssid, self.ssid, self.devno)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_are_no_address() {
        assert!(CcwAddress::new(0xfe, 3, 0xffff).is_some());
        assert!(CcwAddress::new(0xff, 0, 0).is_none());
        assert!(CcwAddress::new(0xfe, 4, 0).is_none());
        assert!(CcwAddress::new(0xfe, 0, 0x1_0000).is_none());
    }
}
