//! Unsaved steps applied to a text that was edited meanwhile by another program.
//!
//! Step by step each is planned anew. A step that would undo the other's edits, or that no longer
//! fits, is dropped whole and reported with its reason; everything else of both stays.

use std::collections::BTreeMap;

use super::checked::Checked;
use super::journal::Entry;
use super::portable::Reason;
use super::preview::preview;
use super::revision::Revision;
use crate::check::Allowed;
use crate::model::{Change, Code, Problem, Severity};

/// The result of steps on another text.
#[derive(Debug)]
pub struct Rebased {
    /// The text with the steps that could be done again.
    pub revision: Revision,
    /// Titles and changes of those steps, each for the text after the one before it.
    pub made: Vec<(String, Change)>,
    /// The titles of steps that the other had done as well.
    pub done: Vec<String>,
    /// The titles of steps that could not be done again, with the reason.
    pub dropped: Vec<(String, Reason)>,
}

/// Repeats `entries` on `theirs`.
///
/// A guest may have errors in between, as when two devices swap places in two steps; in the end it
/// has no error that neither `theirs` had nor is among the `known` ones of the text the entries
/// come from.
pub fn rebase(theirs: Revision, entries: &[Entry], known: &[Problem]) -> Rebased {
    let before = Checked::of(&theirs, &Allowed::default()).problems;
    let mut refused = BTreeMap::new();
    loop {
        let pass = Replay::over(&theirs, entries, &refused);
        let after = pass.last.as_ref().map(|last| Checked::of(last, &Allowed::default()).problems);
        let culprit = after.and_then(|after| {
            let error = new_error([&before, known], &after)?;
            Some((pass.culprit(error)?, Reason::Breaks(error.message.clone())))
        });
        match culprit {
            // Each round tries one step less, so the loop ends.
            Some((nth, reason)) => refused.insert(nth, reason),
            None => return pass.finish(theirs),
        };
    }
}

/// One pass over all steps.
#[derive(Default)]
struct Replay {
    last: Option<Revision>,
    made: Vec<Made>,
    done: Vec<String>,
    dropped: Vec<(String, Reason)>,
}

/// A step that could be done again.
struct Made {
    nth: usize,
    title: String,
    change: Change,
}

impl Replay {
    fn over(theirs: &Revision, entries: &[Entry], refused: &BTreeMap<usize, Reason>) -> Self {
        let mut pass = Self::default();
        for (nth, entry) in entries.iter().enumerate() {
            let title = entry.title.clone();
            let before = pass.last.as_ref().unwrap_or(theirs);
            let made = match refused.get(&nth) {
                Some(reason) => Err(reason.clone()),
                None => again(before, entry),
            };
            match made {
                Ok(None) => pass.done.push(title),
                Ok(Some((change, after))) => {
                    pass.made.push(Made { nth, title, change });
                    pass.last = Some(after);
                }
                Err(reason) => pass.dropped.push((title, reason)),
            }
        }
        pass
    }

    /// The last step that is about a device of `error`, else the last one of all.
    fn culprit(&self, error: &Problem) -> Option<usize> {
        let is_about = |made: &&Made| {
            let mut devices = made.change.leaves().filter_map(Change::device);
            devices.any(|key| error.devices.contains(key))
        };
        let about = self.made.iter().rfind(is_about);
        about.or(self.made.last()).map(|made| made.nth)
    }

    fn finish(self, theirs: Revision) -> Rebased {
        let Self { last, made, done, dropped } = self;
        let made = made.into_iter().map(|made| (made.title, made.change)).collect();
        Rebased { revision: last.unwrap_or(theirs), made, done, dropped }
    }
}

/// Repeats one step; `None` if nothing is left to do.
fn again(before: &Revision, entry: &Entry) -> Result<Option<(Change, Revision)>, Reason> {
    let Some(change) = entry.change(before)? else { return Ok(None) };
    let preview = preview(before, change).map_err(|refusal| Reason::Unwritable(refusal.message))?;
    Ok((!preview.edit.is_empty()).then_some((preview.change, preview.after)))
}

/// An error of `after` of a kind that both of `before` have fewer of; one with a message that
/// neither has, where there is such a one.
fn new_error<'p>(before: [&[Problem]; 2], after: &'p [Problem]) -> Option<&'p Problem> {
    let is_error = |problem: &&Problem| problem.severity == Severity::Error;
    let count = |problems: &[Problem], code: &Code| {
        problems.iter().filter(is_error).filter(|problem| problem.code == *code).count()
    };
    let more = |problem: &&Problem| {
        let code = &problem.code;
        is_error(problem) && before.iter().all(|before| count(after, code) > count(before, code))
    };
    let told = |problem: &&Problem| {
        let mut known = before.iter().copied().flatten();
        known.any(|known| (&known.code, &known.message) == (&problem.code, &problem.message))
    };
    let new: Vec<_> = after.iter().filter(more).collect();
    new.iter().find(|problem| !told(problem)).or(new.first()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::command::Scope;
    use crate::edit::{Command, Options, Session};
    use crate::model::address::{Pci, PciAddress};
    use crate::model::{
        Address, Controller, ControllerIndex, ControllerKind, DeviceClass, DeviceKey, Part,
    };

    const GUEST: &str = "<domain><os><type arch='x86_64' machine='pc'/></os><devices>
  <controller type='pci' index='0' model='pci-root'/>
  <interface><mac address='52:54:00:00:00:01'/><address type='pci' slot='5'/></interface>
  <interface><mac address='52:54:00:00:00:02'/><address type='pci' slot='6'/></interface>
  <disk><target dev='vda' bus='virtio'/><address type='pci' slot='7'/></disk>
  <memballoon model='none'/>
</devices></domain>";

    fn nic(nth: u32) -> DeviceKey {
        DeviceKey::new(DeviceClass::Interface, nth)
    }

    fn pci(slot: u32) -> Address {
        Address::Pci(Pci::at(PciAddress::new(0, slot, 0).unwrap()))
    }

    fn to(device: DeviceKey, slot: u32) -> Change {
        Change::Move { device, to: pci(slot) }
    }

    fn port(index: u32) -> Change {
        let model = Some("pci-bridge".into());
        let controller = Controller {
            model,
            ..Controller::new(ControllerKind::Pci, Some(ControllerIndex(index)))
        };
        Change::AddController { controller: Box::new(controller), address: None }
    }

    /// `text` after these changes.
    fn session(text: &str, changes: &[Change]) -> Session {
        let mut session = Session::new(Revision::build(text).unwrap());
        for (nth, change) in changes.iter().enumerate() {
            session.make(format!("step {nth}"), change.clone()).unwrap();
        }
        session
    }

    fn changed(changes: &[Change]) -> String {
        session(GUEST, changes).revision().document.text().to_string()
    }

    /// Applies `mine` to the text that `theirs` made: returns the text, the steps left out and the
    /// steps done already.
    fn both(theirs: &[Change], mine: &[Change]) -> (String, Vec<String>, Vec<String>) {
        on(&changed(theirs), mine)
    }

    fn on(text: &str, mine: &[Change]) -> (String, Vec<String>, Vec<String>) {
        let entries = session(GUEST, mine).unsaved();
        let rebased = rebase(Revision::build(text).unwrap(), &entries, &[]);
        let changes: Vec<_> = rebased.made.into_iter().map(|(_, change)| change).collect();
        let again = session(text, &changes).revision().document.text().to_string();
        let text = rebased.revision.document.text().to_string();
        assert_eq!(again, text, "the changes give the text");
        let dropped = rebased.dropped.iter().map(|(title, why)| format!("{title}: {why}"));
        (text, dropped.collect(), rebased.done)
    }

    #[test]
    fn what_two_people_changed_of_different_devices_is_all_there() {
        let (mine, theirs) = ([to(nic(0), 9), port(1)], [to(nic(1), 10), Change::Remove(nic(1))]);
        let (text, dropped, done) = both(&theirs, &mine);
        assert_eq!((dropped, done), (vec![], vec![]));
        assert_eq!(text, both(&mine, &theirs).0, "whoever came first");
        assert!(text.contains("slot='9'") && text.contains("index='1'"), "{text}");
        assert!(!text.contains("00:02"), "{text}");
    }

    #[test]
    fn a_device_is_the_same_after_others_came_and_went_before_it() {
        let text = GUEST.replacen(
            "<interface><mac address='52:54:00:00:00:01'/><address type='pci' slot='5'/></interface>",
            "<!-- moved to the end -->",
            1,
        );
        let (text, dropped, _) = on(&text, &[to(nic(1), 9)]);
        assert_eq!(dropped, [""; 0]);
        assert!(text.contains("00:02'/><address type='pci' slot='9'/>"), "{text}");
        let (_, dropped, _) = on(&text, &[to(nic(0), 10)]);
        assert_eq!(dropped, ["step 0: net rtl8139 52:54:00:00:00:01 no longer exists"]);
    }

    #[test]
    fn what_both_changed_stays_as_the_other_has_it() {
        let (text, dropped, _) = both(&[to(nic(0), 9)], &[to(nic(0), 10), to(nic(1), 11)]);
        assert_eq!(
            dropped,
            [
                "step 0: the file has another value for the address of net rtl8139 52:54:00:00:00:01: \
              pci 0000:00:09.0 instead of pci 0000:00:05.0"
            ]
        );
        assert!(text.contains("slot='9'") && text.contains("slot='11'"), "{text}");
        let disk = DeviceKey::new(DeviceClass::Disk, 0);
        let rename = |name: &str| Change::SetAttribute {
            device: disk,
            part: Part::Child("target"),
            name: "bus".to_owned(),
            value: Some(name.to_owned()),
        };
        let (_, dropped, _) = both(&[rename("scsi")], &[rename("sata")]);
        assert_eq!(
            dropped,
            [
                "step 0: the file has another value for the <target bus> of disk vda: scsi instead of virtio"
            ]
        );
        let (text, dropped, _) = both(&[rename("scsi")], &[Change::Remove(disk)]);
        assert_eq!(dropped, ["step 0: disk vda was changed in the file"]);
        assert!(text.contains("vda"));
    }

    #[test]
    fn what_both_did_is_done_once() {
        let mine = [to(nic(0), 9), port(1), Change::RemoveAddress(nic(1))];
        let (text, dropped, done) = both(&mine, &mine);
        assert_eq!(dropped, [""; 0]);
        assert_eq!(done, ["step 0", "step 1", "step 2"]);
        assert_eq!(text, changed(&mine));
    }

    #[test]
    fn a_controller_that_somebody_else_numbered_so_is_not_mine() {
        let expander = Controller {
            model: Some("pci-expander-bus".into()),
            ..Controller::new(ControllerKind::Pci, Some(ControllerIndex(1)))
        };
        let theirs = Change::AddController { controller: Box::new(expander), address: None };
        let (_, dropped, _) = both(&[theirs], &[port(1)]);
        assert_eq!(dropped, ["step 0: another pci-expander-bus 1 was added in the file"]);
    }

    #[test]
    fn a_place_that_was_taken_meanwhile_is_not_taken_twice() {
        let (text, dropped, _) = both(&[to(nic(1), 9)], &[to(nic(0), 9)]);
        assert!(dropped[0].starts_with("step 0: it no longer fits: "), "{dropped:?}");
        assert_eq!(text, changed(&[to(nic(1), 9)]));
    }

    #[test]
    fn two_that_trade_places_in_two_steps_still_do() {
        let (text, dropped, _) = both(
            &[Change::RemoveAddress(DeviceKey::new(DeviceClass::Disk, 0))],
            &[to(nic(0), 6), to(nic(1), 5)],
        );
        assert_eq!(dropped, [""; 0]);
        assert!(text.contains("00:01'/><address type='pci' slot='6'/>"), "{text}");
        assert!(text.contains("00:02'/><address type='pci' slot='5'/>"), "{text}");
    }

    #[test]
    fn errors_that_were_mine_before_do_not_stand_in_the_way() {
        let mine = session(GUEST, &[to(nic(0), 6)]);
        let known = Checked::of(mine.revision(), &Allowed::default()).problems;
        let theirs = changed(&[Change::RemoveAddress(DeviceKey::new(DeviceClass::Disk, 0))]);
        let theirs = || Revision::build(theirs.as_str()).unwrap();
        assert_eq!(rebase(theirs(), &mine.unsaved(), &known).dropped.len(), 0);
        assert_eq!(rebase(theirs(), &mine.unsaved(), &[]).dropped.len(), 1);
    }

    #[test]
    fn a_guest_is_frozen_together_with_what_somebody_else_wrote_meanwhile() {
        let text = "<domain><os><type arch='x86_64' machine='q35'/></os><devices>
  <interface><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>
  <interface><mac address='52:54:00:00:00:02'/><model type='virtio'/></interface>
</devices></domain>";
        let mut mine = session(text, &[]);
        let outcome = Command::Freeze(Scope::All).dry_run(mine.revision(), Options::default());
        mine.run(Command::Freeze(Scope::All), Options::default(), outcome.unwrap()).unwrap();
        let entries = mine.unsaved();
        let commented = text.replace("<devices>", "<!-- mine --><devices>");
        let rebased = rebase(Revision::build(commented.as_str()).unwrap(), &entries, &[]);
        assert_eq!(rebased.dropped, []);
        let frozen = rebased.revision.document.text().replace("<!-- mine -->", "");
        assert_eq!(frozen, **mine.revision().document.text());
        // The other edit has written what libvirt would have added.
        let theirs = rebased.revision.document.text().to_string();
        let rebased = rebase(Revision::build(theirs).unwrap(), &entries, &[]);
        assert_eq!((rebased.dropped.len(), rebased.done.len()), (0, 1));
    }

    #[test]
    fn a_step_is_done_whole_or_not_at_all() {
        let mine = Change::Batch(vec![to(nic(0), 9), to(nic(1), 10)]);
        let theirs = [to(nic(0), 11)];
        let (text, dropped, _) = both(&theirs, std::slice::from_ref(&mine));
        assert_eq!(dropped.len(), 1);
        assert_eq!(text, changed(&theirs));
        let theirs = [to(nic(0), 9)];
        let (text, dropped, _) = both(&theirs, &[mine]);
        assert_eq!(dropped, [""; 0], "half of it was done already");
        assert!(text.contains("slot='10'"), "{text}");
    }
}
