//! Slots for smartcards.
//!
//! Source: `domain_conf.c: virDomainDefMaybeAddSmartcardController`.

use std::collections::HashSet;

use super::completion::Completion;
use crate::model::address::CcidAddress;
use crate::model::{Address, Controller, ControllerIndex, ControllerKind, DeviceClass, Kind};

/// Gives every smartcard a slot and adds the readers that are named.
pub(super) fn assign(completion: &mut Completion) {
    let cards = completion.lists.of(DeviceClass::Smartcard).to_vec();
    let mut readers: HashSet<ControllerIndex> = completion
        .domain
        .controllers()
        .filter(|(_, controller)| controller.kind == ControllerKind::Ccid)
        .filter_map(|(_, controller)| controller.index)
        .collect();
    let written = |completion: &Completion, no| match completion.device(no)?.address()? {
        Address::Ccid(ccid) => Some(*ccid),
        _ => None,
    };
    let on_first = cards.iter().filter_map(|no| written(completion, *no));
    // The number after the highest slot, whatever is free below it.
    let mut next = on_first
        .filter(|ccid| ccid.controller == ControllerIndex(0))
        .map(|ccid| ccid.slot.saturating_add(1))
        .max()
        .unwrap_or_default();
    for no in cards {
        let reader = match written(completion, no) {
            Some(ccid) => ccid.controller,
            None if completion.device(no).is_some_and(|device| device.address.is_some()) => {
                continue;
            }
            None => {
                completion.place(
                    no,
                    Address::Ccid(CcidAddress { controller: ControllerIndex(0), slot: next }),
                );
                completion
                    .explain(no, format!("slot {next} of reader 0, behind the last one used"));
                next = next.saturating_add(1);
                ControllerIndex(0)
            }
        };
        if readers.insert(reader) {
            let controller = Controller::new(ControllerKind::Ccid, Some(reader));
            let added = completion.add(Kind::Controller(controller));
            completion.explain(added, "added: a smartcard names it");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::assign::example::{completed, controllers, of_class};

    #[test]
    fn a_smartcard_goes_behind_the_highest_slot_of_the_first_reader() {
        let card = |slot: u32| {
            format!(
                "<smartcard mode='host'><address type='ccid' controller='0' slot='{slot}'/></smartcard>"
            )
        };
        let open = "<smartcard mode='host'/>";
        let guest = completed("x86_64", "pc", &(card(3) + &open.repeat(2)));
        let slots = of_class(&guest, "smartcard");
        assert_eq!(slots, ["smartcard:0 ccid 0:3", "smartcard:1 ccid 0:4", "smartcard:2 ccid 0:5"]);
        assert_eq!(controllers(&guest, "ccid"), ["0 -"]);
    }

    #[test]
    fn only_the_reader_that_is_named_is_added() {
        let card =
            "<smartcard mode='host'><address type='ccid' controller='2' slot='0'/></smartcard>";
        assert_eq!(controllers(&completed("x86_64", "pc", card), "ccid"), ["2 -"]);
    }
}
