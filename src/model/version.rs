//! Releases of libvirt and QEMU.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A release: `11.3`. Maintenance numbers (`11.3.2`) are read and ignored, since no rule about
/// addresses ever changed in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The number before the dot.
    pub major: u16,
    /// The number after the dot.
    pub minor: u16,
}

impl Version {
    /// The oldest known libvirt.
    pub const OLDEST_LIBVIRT: Self = Self::new(8, 0);
    /// The newest known libvirt, which is the default.
    pub const NEWEST_LIBVIRT: Self = Self::new(12, 9);

    /// The release `major.minor`.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

/// Formats as `11.3`.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A text that is no release number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected a release such as 11.3")]
pub struct VersionError;

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |part: &str| {
            let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            if is_number {
                part.parse::<u16>().map_err(|_| VersionError)
            } else {
                Err(VersionError)
            }
        };
        let mut parts = text.split('.');
        let major = number(parts.next().unwrap_or_default())?;
        let minor = number(parts.next().unwrap_or_default())?;
        match (parts.next(), parts.next()) {
            (None, _) => {}
            (Some(maintenance), None) => {
                number(maintenance)?;
            }
            (Some(_), Some(_)) => return Err(VersionError),
        }
        Ok(Self { major, minor })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_has_two_numbers_or_three() {
        assert_eq!("11.3".parse(), Ok(Version::new(11, 3)));
        assert_eq!("12.10.2".parse(), Ok(Version::new(12, 10)));
        for wrong in ["", "11", "11.", "11.3.", "11.3.0.1", "v11.3", "+1.2", "11.3rc1", "99999.0"] {
            assert_eq!(wrong.parse::<Version>(), Err(VersionError), "{wrong}");
        }
        assert!(Version::new(9, 0) < Version::new(10, 0));
        assert!(Version::new(12, 9) < Version::new(12, 10));
    }
}
