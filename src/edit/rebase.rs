//! One person's edits on a text that another has edited meanwhile.
//!
//! Step by step each is planned anew. A step that would undo what the other did, or that no longer
//! fits, is left out whole and told with its reason; everything else of both stays.

use super::checked::Checked;
use super::journal::{Entry, new_error};
use super::plan::plan;
use super::revision::Revision;
use super::wish::Reason;
use crate::check::Allowed;

/// What became of edits on another text.
#[derive(Debug)]
pub struct Rebased {
    /// The text with what could be done again.
    pub revision: Revision,
    /// Those steps, made for that text.
    pub entries: Vec<Entry>,
    /// The titles of steps that the other had done as well.
    pub done: Vec<String>,
    /// What could not be done again: title and reason.
    pub dropped: Vec<(String, Reason)>,
}

/// Does `entries` again on `theirs`.
pub fn rebase(theirs: Revision, entries: &[Entry]) -> Rebased {
    let problems = Checked::of(&theirs, &Allowed::default()).problems;
    let mut rebased =
        Rebased { revision: theirs, entries: Vec::new(), done: Vec::new(), dropped: Vec::new() };
    let mut problems = problems;
    for entry in entries {
        match again(&rebased.revision, entry) {
            Ok(None) => rebased.done.push(entry.title.clone()),
            Ok(Some((made, revision))) => {
                let after = Checked::of(&revision, &Allowed::default()).problems;
                match new_error(&problems, &after).filter(|_| !entry.breaks) {
                    Some(error) => {
                        let reason = Reason::Breaks(error.message.clone());
                        rebased.dropped.push((entry.title.clone(), reason));
                    }
                    None => {
                        rebased.entries.push(made);
                        rebased.revision = revision;
                        problems = after;
                    }
                }
            }
            Err(reason) => rebased.dropped.push((entry.title.clone(), reason)),
        }
    }
    rebased
}

/// One step again; `None` when there is nothing to do.
fn again(before: &Revision, entry: &Entry) -> Result<Option<(Entry, Revision)>, Reason> {
    let Some(change) = entry.change(before)? else { return Ok(None) };
    let edit = plan(&before.document, &before.domain, &change)?;
    if edit.is_empty() {
        return Ok(None);
    }
    let text = edit.apply(before.document.text());
    let text = text.map_err(|error| Reason::Unwritable(error.to_string()))?;
    let after = Revision::build(text).map_err(|error| Reason::Unwritable(error.to_string()))?;
    let made = Entry::new(entry.title.clone(), before, &change, edit, entry.breaks);
    Ok(Some((made, after)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::address::{Pci, PciAddress};
    use crate::model::{Address, Change, Controller, ControllerKind, DeviceClass, DeviceKey, Part};

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
        let controller = Controller { model, ..Controller::new(ControllerKind::Pci, Some(index)) };
        Change::AddController { controller: Box::new(controller), address: None }
    }

    /// The steps that make these changes of `text`, one after the other.
    fn steps(text: &str, changes: &[Change]) -> (String, Vec<Entry>) {
        let mut revision = Revision::build(text).unwrap();
        let mut entries = Vec::new();
        for (nth, change) in changes.iter().enumerate() {
            let edit = plan(&revision.document, &revision.domain, change).unwrap();
            let text = edit.apply(revision.document.text()).unwrap();
            let after = Revision::build(text).unwrap();
            let [old, new] =
                [&revision, &after].map(|r| Checked::of(r, &Allowed::default()).problems);
            let breaks = new_error(&old, &new).is_some();
            entries.push(Entry::new(format!("step {nth}"), &revision, change, edit, breaks));
            revision = after;
        }
        (revision.document.text().to_string(), entries)
    }

    /// What becomes of `mine` on the text that `theirs` made: the text, what was left out and what
    /// was done already.
    fn both(theirs: &[Change], mine: &[Change]) -> (String, Vec<String>, Vec<String>) {
        let (text, _) = steps(GUEST, theirs);
        on(&text, mine)
    }

    fn on(text: &str, mine: &[Change]) -> (String, Vec<String>, Vec<String>) {
        let rebased = rebase(Revision::build(text).unwrap(), &steps(GUEST, mine).1);
        let mut again = text.to_owned();
        for entry in &rebased.entries {
            again = entry.edit.apply(&again).unwrap();
        }
        let text = rebased.revision.document.text().to_string();
        assert_eq!(again, text, "the steps give the text");
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
        assert_eq!(dropped, ["step 0: net 52:54:00:00:00:01 is not there any more"]);
    }

    #[test]
    fn what_both_changed_stays_as_the_other_has_it() {
        let (text, dropped, _) = both(&[to(nic(0), 9)], &[to(nic(0), 10), to(nic(1), 11)]);
        assert_eq!(
            dropped,
            ["step 0: somebody else changed the address of net 52:54:00:00:00:01: it was pci \
              0000:00:05.0, it is pci 0000:00:09.0"]
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
                "step 0: somebody else changed the <target bus> of disk vda: it was virtio, it is scsi"
            ]
        );
        let (text, dropped, _) = both(&[rename("scsi")], &[Change::Remove(disk)]);
        assert_eq!(dropped, ["step 0: somebody else has changed disk vda"]);
        assert!(text.contains("vda"));
    }

    #[test]
    fn what_both_did_is_done_once() {
        let mine = [to(nic(0), 9), port(1), Change::RemoveAddress(nic(1))];
        let (text, dropped, done) = both(&mine, &mine);
        assert_eq!(dropped, [""; 0]);
        assert_eq!(done, ["step 0", "step 1", "step 2"]);
        assert_eq!(text, steps(GUEST, &mine).0);
    }

    #[test]
    fn a_controller_that_somebody_else_numbered_so_is_not_mine() {
        let expander = Controller {
            model: Some("pci-expander-bus".into()),
            ..Controller::new(ControllerKind::Pci, Some(1))
        };
        let theirs = Change::AddController { controller: Box::new(expander), address: None };
        let (_, dropped, _) = both(&[theirs], &[port(1)]);
        assert_eq!(dropped, ["step 0: somebody else added pci-expander-bus 1, another one"]);
    }

    #[test]
    fn a_place_that_was_taken_meanwhile_is_not_taken_twice() {
        let (text, dropped, _) = both(&[to(nic(1), 9)], &[to(nic(0), 9)]);
        assert!(dropped[0].starts_with("step 0: it does not fit any more: "), "{dropped:?}");
        assert_eq!(text, steps(GUEST, &[to(nic(1), 9)]).0);
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
    fn a_step_is_done_whole_or_not_at_all() {
        let mine = Change::Batch(vec![to(nic(0), 9), to(nic(1), 10)]);
        let theirs = [to(nic(0), 11)];
        let (text, dropped, _) = both(&theirs, std::slice::from_ref(&mine));
        assert_eq!(dropped.len(), 1);
        assert_eq!(text, steps(GUEST, &theirs).0);
        let theirs = [to(nic(0), 9)];
        let (text, dropped, _) = both(&theirs, &[mine]);
        assert_eq!(dropped, [""; 0], "half of it was done already");
        assert!(text.contains("slot='10'"), "{text}");
    }
}
