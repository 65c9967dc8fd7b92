//! Inserts new elements at their place among existing ones.

use std::collections::HashMap;

use super::super::element::Element;
use super::super::new_element::NewElement;
use super::super::patch::{Patch, PatchError, expressible};
use crate::model::Address;

/// The position of a new device under `<devices>`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InsertAt<'d> {
    /// Behind the last one of its name and `type=`, else of its name, else at the end.
    OfType,
    /// Behind the last one of its name, so that the others keep their number in document order; else at the end.
    OfName,
    /// Directly behind this one.
    After(Element<'d>),
    /// At the end.
    Last,
}

/// Parts of a device in the order in which libvirt writes them; parts that are not listed come
/// first.
///
/// Source: `domain_conf.c: virDomainControllerDefFormat`, `virDomainDeviceInfoFormat`.
const ORDER: &[&str] =
    &["model", "target", "driver", "boot", "alias", "master", "rom", "acpi", "address"];

fn rank(name: &str) -> usize {
    ORDER.iter().position(|known| *known == name).map_or(0, |nth| nth + 1)
}

impl<'d> Patch<'d> {
    /// Inserts a new device, with `address` as its last child, into the `<devices>` of `domain`,
    /// which is created if missing.
    ///
    /// # Errors
    /// [`PatchError::Unwritable`] when XML cannot express a value, [`PatchError::Outermost`] when
    /// `place` names the root.
    pub fn insert_device(
        &mut self,
        domain: Element<'d>,
        mut device: NewElement,
        address: Option<&Address>,
        place: InsertAt<'d>,
    ) -> Result<(), PatchError> {
        if let Some(address) = address {
            device = device.child(self.new_address(address, self.new_mode));
        }
        let Some(devices) = domain.child("devices") else {
            return self.append_to_new_devices(domain, device);
        };
        let behind = match place {
            InsertAt::After(sibling) => Some(sibling),
            InsertAt::Last => None,
            InsertAt::OfName => self.last_of(devices, &device.name, None),
            InsertAt::OfType => {
                let word = device.attributes.iter().find(|(name, _)| &**name == "type");
                let word = word.map(|(_, word)| word.as_str());
                self.last_of(devices, &device.name, word)
                    .or_else(|| self.last_of(devices, &device.name, None))
            }
        };
        match behind {
            Some(sibling) => self.insert_after(sibling, &device),
            None => self.append(devices, device),
        }
    }

    /// Puts a part into a device: before the first one that libvirt writes later, else at the end.
    pub(super) fn insert_part(
        &mut self,
        device: Element<'d>,
        part: NewElement,
    ) -> Result<(), PatchError> {
        let own = rank(&part.name);
        let later = |child: &Element<'_>| child.namespace().is_none() && rank(child.name()) > own;
        if own > 0
            && let Some(sibling) = device.children().find(later)
        {
            return self.insert_before(sibling, &part);
        }
        self.append(device, part)?;
        self.appended(device).sort_by_key(|part| rank(&part.name));
        Ok(())
    }

    fn append_to_new_devices(
        &mut self,
        domain: Element<'d>,
        device: NewElement,
    ) -> Result<(), PatchError> {
        if self.appended(domain).iter().all(|new| &*new.name != "devices") {
            self.append(domain, NewElement::new("devices"))?;
        }
        expressible(&device)?;
        let devices = self.appended(domain).iter_mut().find(|new| &*new.name == "devices");
        if let Some(devices) = devices {
            devices.children.push(device);
        }
        Ok(())
    }

    /// The last child of `devices` with this name, and this `type=` when one is given.
    fn last_of(
        &mut self,
        devices: Element<'d>,
        name: &str,
        word: Option<&str>,
    ) -> Option<Element<'d>> {
        let index = self.last_of.get_or_insert_with(|| {
            let mut last = HashMap::new();
            for child in devices.children().filter(|child| child.namespace().is_none()) {
                last.insert((child.name(), None), child);
                if let Some(word) = child.value("type") {
                    last.insert((child.name(), Some(word)), child);
                }
            }
            last
        });
        index.get(&(name, word)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::Document;

    #[test]
    fn parts_come_in_libvirts_order() {
        assert!(rank("source") < rank("model"));
        assert!(rank("model") < rank("target") && rank("target") < rank("master"));
        assert!(rank("acpi") < rank("address"));
    }

    #[test]
    fn a_device_goes_where_it_is_asked_to() {
        let text = "<domain>\n <devices>\n  <a type='x'/>\n  <a type='y'/> <!-- c -->\n  <b/>\n </devices>\n</domain>";
        let document = Document::parse(text).unwrap();
        let domain = document.root();
        let b = document.descendants().find(|element| element.is("b")).unwrap();
        for (name, word, place, before) in [
            ("a", "x", InsertAt::OfType, "<a type='x'/>\n  "),
            ("a", "z", InsertAt::OfType, "<!-- c -->\n  "),
            ("a", "x", InsertAt::OfName, "<!-- c -->\n  "),
            ("c", "x", InsertAt::OfName, "<b/>\n  "),
            ("a", "x", InsertAt::Last, "<b/>\n  "),
            ("a", "x", InsertAt::After(b), "<b/>\n  "),
        ] {
            let mut patch = Patch::new(&document);
            let new = NewElement::new(name).with("type", word).with("new", "");
            patch.insert_device(domain, new, None, place).unwrap();
            let edited = patch.finish().unwrap().apply(text).unwrap();
            let written = format!("<{name} type='{word}' new=''/>");
            let (found, _) = edited.split_once(&written).unwrap();
            assert!(found.ends_with(before), "{place:?}: {edited}");
        }
    }

    #[test]
    fn many_devices_go_into_one_element_in_order() {
        for (text, expected) in [
            (
                "<domain>\n  <devices/>\n</domain>",
                "<domain>\n  <devices>\n    <a/>\n    <b/>\n    <a/>\n  </devices>\n</domain>",
            ),
            (
                "<domain>\r\n\t<devices></devices>\r\n</domain>",
                "<domain>\r\n\t<devices>\r\n\t\t<a/>\r\n\t\t<b/>\r\n\t\t<a/>\r\n\t</devices>\r\n</domain>",
            ),
            (
                "<domain>\n   <name>n</name>\n</domain>",
                "<domain>\n   <name>n</name>\n   <devices>\n      <a/>\n      <b/>\n      <a/>\n   </devices>\n</domain>",
            ),
            ("<domain/>", "<domain><devices><a/><b/><a/></devices></domain>"),
            ("<domain><devices /></domain>", "<domain><devices><a /><b /><a /></devices></domain>"),
            (
                "<domain>\n<devices>\n</devices>\n</domain>",
                "<domain>\n<devices>\n<a/>\n<b/>\n<a/>\n</devices>\n</domain>",
            ),
        ] {
            let document = Document::parse(text).unwrap();
            let mut patch = Patch::new(&document);
            for name in ["a", "b", "a"] {
                let place = InsertAt::OfName;
                patch.insert_device(document.root(), NewElement::new(name), None, place).unwrap();
            }
            assert_eq!(patch.finish().unwrap().apply(text).unwrap(), expected);
        }
    }
}
