//! Changes of the attributes of `<controller>`, with the one table of the fields that may change.

use serde::{Deserialize, Serialize};

use super::address::Base;
use super::{Controller, ControllerIndex, PciTarget, Text};

/// New values for some fields of a controller; a field that is `None` stays as it is.
///
/// A patch has no kind: the controller keeps the one it has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ControllerPatch {
    /// Index of the controller, which addresses name.
    pub index: Option<ControllerIndex>,
    /// Model of the controller, as it is written.
    pub model: Option<Text>,
    /// `<model name=>`, the QEMU device behind a PCI controller.
    pub model_name: Option<Text>,
    /// `<target>` of a PCI controller, field by field.
    pub target: PciTarget,
    /// `ports=`, the number of ports of a USB or virtio-serial controller.
    pub ports: Option<u32>,
    /// `<master startport=>` of a USB companion controller.
    pub master: Option<u32>,
}

/// The part of `<controller>` that holds a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControllerPart {
    /// An attribute of `<controller>`.
    Own,
    /// An attribute of `<model>`.
    Model,
    /// An attribute of `<target>`.
    Target,
    /// The text of an element in `<target>`.
    TargetChild,
    /// An attribute of `<master>`.
    Master,
}

/// A field of [`ControllerPatch`]: its place in the XML and its other names.
#[derive(Clone, Copy, Debug)]
pub struct ControllerField {
    /// The part of `<controller>` that holds it.
    pub part: ControllerPart,
    /// Name of the attribute, or of the element for [`ControllerPart::TargetChild`].
    pub name: &'static str,
    /// Base in which libvirt reads the number; `None` for text.
    pub base: Option<Base>,
    /// Option of `controller add` and `controller set` with this value; `None` without one.
    pub option: Option<&'static str>,
    /// Name in messages; empty where the value speaks for itself.
    pub label: &'static str,
    text: fn(&ControllerPatch) -> Option<String>,
    copy: fn(&ControllerPatch, &mut ControllerPatch),
}

macro_rules! field {
    ($part:ident $name:literal, $base:expr, $option:expr, $label:literal, $($path:ident).+, $text:expr) => {
        ControllerField {
            part: ControllerPart::$part,
            name: $name,
            base: $base,
            option: $option,
            label: $label,
            text: |patch| patch.$($path).+.as_ref().map($text),
            copy: |from, to| to.$($path).+.clone_from(&from.$($path).+),
        }
    };
}

const TEN: Option<Base> = Some(Base::Ten);
const ANY: Option<Base> = Some(Base::Any);

impl ControllerField {
    /// Every field, those of one part in the order in which libvirt writes them.
    ///
    /// Source: `domain_conf.c: virDomainControllerDefFormat`, `virDomainControllerDefFormatPCI`
    /// (all numbers but `port` are decimal there), `virDomainControllerDefParseXML` (bases).
    #[rustfmt::skip]
    pub const ALL: &'static [Self] = &[
        field!(Own "index", TEN, Some("index"), "index", index, ToString::to_string),
        field!(Own "model", None, Some("model"), "", model, ToString::to_string),
        field!(Model "name", None, Some("model-name"), "", model_name, ToString::to_string),
        field!(Target "chassisNr", ANY, Some("chassis"), "chassisNr", target.chassis_nr, ToString::to_string),
        field!(Target "chassis", ANY, Some("chassis"), "chassis", target.chassis, ToString::to_string),
        field!(Target "port", ANY, Some("port"), "port", target.port, |port| format!("{port:#x}")),
        field!(Target "busNr", ANY, Some("bus-nr"), "busNr", target.bus_nr, ToString::to_string),
        field!(Target "index", ANY, Some("target-index"), "target index", target.index, ToString::to_string),
        field!(TargetChild "node", TEN, Some("node"), "node", target.node, ToString::to_string),
        field!(Target "hotplug", None, Some("hotplug"), "hotplug", target.hotplug, |on| switch(*on).to_owned()),
        field!(Own "ports", TEN, Some("ports"), "ports", ports, ToString::to_string),
        field!(Master "startport", TEN, None, "startport", master, ToString::to_string),
    ];

    /// The fields of one part.
    pub fn of(part: ControllerPart) -> impl Iterator<Item = &'static Self> {
        Self::ALL.iter().filter(move |field| field.part == part)
    }

    /// The new value as libvirt writes it; `None` when the patch leaves the field alone.
    pub fn text(&self, patch: &ControllerPatch) -> Option<String> {
        (self.text)(patch)
    }
}

fn switch(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

impl ControllerPatch {
    /// All attributes of `controller` besides its kind.
    pub fn of(controller: &Controller) -> Self {
        let Controller {
            kind: _,
            word: _,
            serial: _,
            index,
            model,
            model_name,
            target,
            ports,
            master,
        } = controller.clone();
        Self { index, model, model_name, target, ports, master }
    }

    /// The fields of `after` that differ from `before`.
    pub fn between(before: &Controller, after: &Controller) -> Self {
        let before = Self::of(before);
        let after = Self::of(after);
        after.only(|field| field.text(&before) != field.text(&after))
    }

    /// The fields for which `is_kept` holds.
    #[must_use]
    pub fn only(&self, is_kept: impl Fn(&ControllerField) -> bool) -> Self {
        let mut kept = Self::default();
        for field in ControllerField::ALL.iter().filter(|field| is_kept(field)) {
            (field.copy)(self, &mut kept);
        }
        kept
    }

    /// The values that `controller` has for the fields of this patch.
    #[must_use]
    pub fn of_same_fields(&self, controller: &Controller) -> Self {
        Self::of(controller).only(|field| field.text(self).is_some())
    }

    /// Whether `controller` has all values of this patch.
    pub fn is_met_by(&self, controller: &Controller) -> bool {
        self.of_same_fields(controller) == *self
    }

    /// Both patches in one; where they differ, this one counts.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let mut both = other.clone();
        for (field, _) in self.values() {
            (field.copy)(self, &mut both);
        }
        both
    }

    /// Whether the patch changes nothing.
    pub fn is_empty(&self) -> bool {
        self.values().next().is_none()
    }

    /// The fields that it changes, with their values as libvirt writes them.
    pub fn values(&self) -> impl Iterator<Item = (&'static ControllerField, String)> {
        ControllerField::ALL.iter().filter_map(|field| Some((field, field.text(self)?)))
    }
}

impl Controller {
    /// The controller with the new values of `patch`.
    #[must_use]
    pub fn patched(&self, patch: &ControllerPatch) -> Self {
        let ControllerPatch { index, model, model_name, target, ports, master } =
            patch.or(&ControllerPatch::of(self));
        let (kind, word) = (self.kind, self.word.clone());
        let serial = self.serial.clone();
        Self { kind, word, index, model, model_name, target, ports, master, serial }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ControllerKind;

    /// A patch of every field.
    fn whole() -> ControllerPatch {
        ControllerPatch {
            index: Some(ControllerIndex(1)),
            model: Some("pci-bridge".into()),
            model_name: Some("i82801b11-bridge".into()),
            target: PciTarget {
                chassis_nr: Some(2),
                chassis: Some(3),
                port: Some(0x14),
                bus_nr: Some(5),
                index: Some(6),
                hotplug: Some(false),
                node: Some(7),
            },
            ports: Some(8),
            master: Some(9),
        }
    }

    #[test]
    fn every_field_has_a_row_of_its_own() {
        let whole = whole();
        assert_eq!(whole.only(|_| true), whole, "no field is missing in the table");
        let texts: Vec<_> = whole.values().map(|(_, text)| text).collect();
        let want = "1 pci-bridge i82801b11-bridge 2 3 0x14 5 6 7 off 8 9";
        assert_eq!(texts.join(" "), want);
        for (nth, field) in ControllerField::ALL.iter().enumerate() {
            let one = whole.only(|other| (other.part, other.name) == (field.part, field.name));
            assert_eq!(one.values().count(), 1, "{field:?}");
            assert_eq!(field.text(&one).as_ref(), texts.get(nth), "{field:?}");
        }
    }

    #[test]
    fn a_patch_changes_the_fields_it_has_and_no_others() {
        let old = Controller {
            model: Some("pcie-root-port".into()),
            ..Controller::new(ControllerKind::Pci, Some(ControllerIndex(4)))
        };
        let patch = ControllerPatch { index: Some(ControllerIndex(5)), ..Default::default() };
        let new = old.patched(&patch);
        assert_eq!(new, Controller { index: Some(ControllerIndex(5)), ..old.clone() });
        assert_eq!(ControllerPatch::between(&old, &new), patch);
        assert!(ControllerPatch::between(&new, &new).is_empty());
        assert!(patch.is_met_by(&new) && !patch.is_met_by(&old));
        assert!(ControllerPatch::default().is_met_by(&old), "nothing is asked for");
        assert_eq!(old.patched(&ControllerPatch::default()), old);
    }

    #[test]
    fn what_a_controller_loses_is_no_value_of_a_patch() {
        let new = Controller::new(ControllerKind::Pci, None);
        assert!(ControllerPatch::between(&new.patched(&whole()), &new).is_empty());
    }

    #[test]
    fn a_patch_kept_as_half_a_controller_is_read() {
        let json = r#"{"kind":"scsi","word":"","index":null,"model":"virtio-scsi","model_name":null,
            "target":{"chassis_nr":null,"chassis":null,"port":null,"bus_nr":null,"index":null,
            "hotplug":null,"node":null},"ports":null,"master":null}"#;
        let patch: ControllerPatch = serde_json::from_str(json).unwrap();
        let model = Some("virtio-scsi".into());
        assert_eq!(patch, ControllerPatch { model, ..ControllerPatch::default() });
    }
}
