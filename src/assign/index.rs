//! Controllers without an index get one.
//!
//! Source: `domain_postparse.c: virDomainAssignControllerIndexes`.

use std::collections::{HashMap, HashSet};

use super::completion::Completion;
use crate::machine::{Feature, UsbPart};
use crate::model::{ControllerIndex, ControllerKind, DeviceClass, Text};

/// The lowest free index of a controller type.
#[derive(Default)]
struct Indexes {
    used: HashSet<u32>,
    next: u32,
}

impl Indexes {
    fn lowest(&mut self) -> u32 {
        while self.used.contains(&self.next) && self.next < u32::MAX {
            self.next += 1;
        }
        self.used.insert(self.next);
        self.next
    }
}

/// Gives every controller without an index the lowest one free for its type; the parts of an ICH9
/// USB controller take that of the part before them.
pub(super) fn assign(completion: &mut Completion) {
    let order = completion.lists.of(DeviceClass::Controller).to_vec();
    let mut types: HashMap<Text, Indexes> = HashMap::new();
    let mut parts: HashSet<(Text, u32)> = HashSet::new();
    for (_, controller) in completion.domain.controllers() {
        let Some(index) = controller.index else { continue };
        types.entry(controller.word.clone()).or_default().used.insert(index.0);
        if let Some(model) = &controller.model {
            parts.insert((model.clone(), index.0));
        }
    }
    // The nearest USB controller before, when it is a part of an ICH9: its index.
    let mut before: Option<u32> = None;
    let mut has_joined = false;
    for (nth, no) in order.into_iter().enumerate() {
        let Some(controller) = completion.device(no).and_then(|device| device.controller()) else {
            continue;
        };
        let (kind, name) = (controller.kind, controller.word.clone());
        let part = controller.model.clone().filter(|_| UsbPart::of(controller).is_some());
        let index = match controller.index {
            Some(index) => index.0,
            None => {
                let join = part.clone().filter(|_| nth > 0).zip(before);
                let join = join.filter(|part| !parts.contains(part)).map(|(_, index)| index);
                has_joined |= join.is_some();
                let index = join.unwrap_or_else(|| types.entry(name.clone()).or_default().lowest());
                completion.set_index(no, ControllerIndex(index));
                completion.explain(
                    no,
                    match join {
                        Some(_) => format!("index {index}, that of the ICH9 USB part before it"),
                        None => format!("index {index}, the lowest free for type '{name}'"),
                    },
                );
                index
            }
        };
        if kind == ControllerKind::Usb {
            before = part.as_ref().map(|_| index);
        }
        if let Some(part) = part {
            parts.insert((part, index));
        }
    }
    if has_joined && completion.machine.has(Feature::SortedControllers) {
        completion.lists.reinsert_controllers(&completion.domain);
    }
}

#[cfg(test)]
mod tests {
    use crate::assign::example::guest;

    use crate::model::ControllerKind;

    /// The USB controllers' model and index, in document order.
    fn usb(controllers: &str) -> Vec<String> {
        let result = guest("x86_64 pc", controllers);
        let usb = result.domain.controllers().filter(|(_, c)| c.kind == ControllerKind::Usb);
        usb.map(|(_, c)| format!("{} {}", c.model.as_deref().unwrap(), c.index.unwrap())).collect()
    }

    fn controller(model: &str) -> String {
        format!("<controller type='usb' model='{model}'/>")
    }

    #[test]
    fn an_index_is_the_lowest_that_is_free() {
        let devices = [
            "<controller type='usb' index='1' model='nec-xhci'/>".to_owned(),
            controller("nec-xhci"),
            controller("nec-xhci"),
        ];
        assert_eq!(usb(&devices.concat()), ["nec-xhci 1", "nec-xhci 0", "nec-xhci 2"]);
    }

    #[test]
    fn the_parts_of_an_ich9_share_one() {
        let group = ["ich9-ehci1", "ich9-uhci1", "ich9-uhci2"].map(controller).concat();
        assert_eq!(
            usb(&group.repeat(2)),
            [
                "ich9-ehci1 0",
                "ich9-uhci1 0",
                "ich9-uhci2 0",
                "ich9-ehci1 1",
                "ich9-uhci1 1",
                "ich9-uhci2 1"
            ]
        );
    }
}
