//! `<acpi index=>` of a device: the number by which its guest names a NIC.

use super::super::element::Element;
use super::super::new_element::NewElement;
use super::super::number;
use super::super::patch::{Patch, PatchError};
use crate::model::address::Base;

impl<'d> Patch<'d> {
    /// Sets the ACPI index of `device`, from which its guest takes the name of a NIC; `None` takes it away.
    ///
    /// # Errors
    /// [`PatchError::Twice`] when it is added twice.
    pub fn set_acpi_index(
        &mut self,
        device: Element<'d>,
        index: Option<u32>,
    ) -> Result<(), PatchError> {
        let acpi = device.child("acpi");
        match (acpi, index) {
            (Some(acpi), Some(index)) => {
                let index = index.to_string();
                let old = acpi.value("index");
                if old.is_some_and(|old| number::same(old, &index, Base::Ten)) {
                    return Ok(());
                }
                self.set_attribute(acpi, "index", &index)
            }
            (None, Some(index)) => {
                self.claim(device, "acpi")?;
                self.insert_part(device, NewElement::new("acpi").with("index", index.to_string()))
            }
            (Some(acpi), None) => {
                let Some(attribute) = acpi.attribute("index") else { return Ok(()) };
                let alone = acpi.attributes().count() == 1 && acpi.children().next().is_none();
                if alone {
                    return self.remove(acpi);
                }
                self.remove_attribute(attribute);
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::tests::{edit, usb};

    #[test]
    fn the_acpi_index_stands_before_the_address() {
        for (old, index, new) in [
            ("<d/>", Some(1), "<d><acpi index='1'/></d>"),
            (
                "<d>\n <x/>\n <address/>\n</d>",
                Some(1),
                "<d>\n <x/>\n <acpi index='1'/>\n <address/>\n</d>",
            ),
            ("<d><acpi index=\"1\"/></d>", Some(12), "<d><acpi index=\"12\"/></d>"),
            ("<d><acpi index=\"01\"/></d>", Some(1), "<d><acpi index=\"01\"/></d>"),
            ("<d><acpi nodeset='0'/></d>", Some(2), "<d><acpi nodeset='0' index='2'/></d>"),
            ("<d>\n <acpi index='1'/>\n</d>", None, "<d>\n</d>"),
            ("<d><acpi nodeset='0' index='1'/></d>", None, "<d><acpi nodeset='0'/></d>"),
            ("<d/>", None, "<d/>"),
        ] {
            assert_eq!(edit(old, |patch, device| patch.set_acpi_index(device, index)), new);
        }
        let edited = edit("<a>\n <d/>\n</a>", |patch, device| {
            if device.child("address").is_none() {
                patch.set_address(device, &usb(0, "1"), None)?;
            }
            patch.set_acpi_index(device, Some(7))
        });
        assert_eq!(
            edited,
            "<a>\n <d>\n  <acpi index='7'/>\n  <address type='usb' bus='0' port='1'/>\n </d>\n</a>"
        );
    }
}
