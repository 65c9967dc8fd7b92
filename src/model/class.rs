//! The class of a device: the variant of its kind, with the name of its element.

use std::fmt;

use strum::IntoEnumIterator;

pub use super::kinds::DeviceClass;

impl DeviceClass {
    /// The class written as `<name>`; `None` for elements that are no device with an address of
    /// their own (`emulator`, `graphics`, `audio`, ...).
    pub fn from_element(name: &str) -> Option<Self> {
        Self::from_name(name).filter(|class| !matches!(class, Self::Qemu | Self::Other))
    }

    /// The class a selector names, `qemu` and `other` included.
    pub fn from_name(word: &str) -> Option<Self> {
        word.parse().ok()
    }

    /// The element's name, or `qemu` and `other`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Every class, in the order of libvirt's documentation of `<devices>`.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::iter()
    }
}

impl fmt::Display for DeviceClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_found_by_its_word_and_no_other() {
        for class in DeviceClass::all() {
            assert_eq!(DeviceClass::from_name(class.as_str()), Some(class));
            let is_element = !matches!(class, DeviceClass::Qemu | DeviceClass::Other);
            let found = DeviceClass::from_element(class.as_str());
            assert_eq!(found, is_element.then_some(class));
        }
        let words: Vec<&str> = DeviceClass::all().map(DeviceClass::as_str).collect();
        assert!(words.starts_with(&["disk", "controller", "filesystem", "interface"]), "{words:?}");
        assert!(words.ends_with(&["pstore", "qemu", "other"]), "{words:?}");
        for word in ["Disk", "graphics", "emulator", ""] {
            assert_eq!(DeviceClass::from_name(word), None, "{word}");
        }
    }
}
