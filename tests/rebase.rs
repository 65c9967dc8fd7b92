//! Unsaved edits of one person and saved ones of another: nothing of either is lost.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

use proptest::prelude::*;
use virt_topo::assign::places;
use virt_topo::check::Allowed;
use virt_topo::edit::{Checked, Entry, Record, Revision, Writer, new_error, plan, rebase};
use virt_topo::model::{Change, Device, Problem};
use virt_topo::sources::demos;
use virt_topo::text::ContentMark;
use virt_topo::topology::Asker;

/// A change of one device, chosen by numbers.
fn change(revision: &Revision, device: &Device, choice: u8) -> Option<Change> {
    let completed = revision.assignment.domain.device(device.key)?;
    if choice.is_multiple_of(4) && device.address.is_some() {
        return Some(Change::RemoveAddress(device.key));
    }
    if choice.is_multiple_of(7) && device.controller().is_none() {
        return Some(Change::Remove(device.key));
    }
    let free = places(&revision.assignment.domain, completed.key, Asker::Person).free;
    let place = free.get(usize::from(choice) % free.len().max(1))?;
    Some(Change::Move { device: device.key, to: place.address.clone() })
}

fn problems(revision: &Revision) -> Vec<Problem> {
    Checked::of(revision, &Allowed::default()).problems
}

/// Changes devices of `text`, those whose number is even or odd.
fn edit(text: &str, parity: usize, choices: &[u8]) -> (String, Vec<Entry>) {
    let mut revision = Revision::build(text).unwrap();
    let mut entries = Vec::new();
    for choice in choices {
        let devices: Vec<_> =
            revision.domain.devices.iter().skip(parity).step_by(2).cloned().collect();
        let Some(device) = devices.get(usize::from(*choice) % devices.len().max(1)) else {
            continue;
        };
        let Some(change) = change(&revision, device, *choice) else { continue };
        let Ok(edit) = plan(&revision.document, &revision.domain, &change) else { continue };
        let text = edit.apply(revision.document.text()).unwrap();
        let after = Revision::build(text).unwrap();
        let breaks = new_error(&problems(&revision), &problems(&after)).is_some();
        let title = format!("{change:?}");
        entries.push(Entry::new(title, &revision, &change, edit, breaks));
        revision = after;
    }
    (revision.document.text().to_string(), entries)
}

fn record(base: &str, result: &str, entries: Vec<Entry>) -> Record {
    let writer = Writer { pid: 1, host: String::new(), time: 0 };
    let [base, result] = [base, result].map(ContentMark::of);
    Record::new("a guest".to_owned(), base, result, writer, entries)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_record_gives_the_very_text_again(demo in 0..16_usize, choices in prop::collection::vec(any::<u8>(), 1..8)) {
        let text = demos()[demo].text;
        let (mine, entries) = edit(text, 0, &choices);
        let record = record(text, &mine, entries);
        let again = Record::parse(&record.to_json().unwrap()).unwrap();
        prop_assert_eq!(again.replay(text).unwrap(), mine.clone());
        // On the text they were made for nothing can be in the way.
        let rebased = rebase(Revision::build(text).unwrap(), &again.entries);
        prop_assert_eq!(rebased.dropped.len(), 0, "{:?}", rebased.dropped);
        prop_assert_eq!(rebased.revision.document.text().to_string(), mine);
    }

    /// Removing devices shifts numbers and places of others, so what is left out differs; but what
    /// is there is a person's work or the other's, and every step is accounted for.
    #[test]
    fn every_step_is_done_or_told(
        demo in 0..16_usize,
        mine in prop::collection::vec(any::<u8>(), 1..6),
        theirs in prop::collection::vec(any::<u8>(), 1..6),
    ) {
        let text = demos()[demo].text;
        let (theirs, _) = edit(text, 1, &theirs);
        let theirs = theirs.replacen("<devices>", "<!-- somebody was here -->\n<devices>", 1);
        let (_, entries) = edit(text, 0, &mine);
        let rebased = rebase(Revision::build(theirs.clone()).unwrap(), &entries);
        let told = rebased.entries.len() + rebased.done.len() + rebased.dropped.len();
        prop_assert_eq!(told, entries.len());
        let mut again = theirs.clone();
        for entry in &rebased.entries {
            again = entry.edit.apply(&again).unwrap();
        }
        prop_assert_eq!(&again, &**rebased.revision.document.text());
        prop_assert!(again.contains("somebody was here"));
        let breaks = rebased.entries.iter().any(|entry| entry.breaks);
        let before = problems(&Revision::build(theirs).unwrap());
        prop_assert!(breaks || new_error(&before, &problems(&rebased.revision)).is_none());
    }

    #[test]
    fn damaged_records_are_told_and_nothing_else(
        demo in 0..16_usize, choices in prop::collection::vec(any::<u8>(), 1..4), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let text = demos()[demo].text;
        let (mine, entries) = edit(text, 0, &choices);
        let mut json = record(text, &mine, entries).to_json().unwrap().into_bytes();
        let at = at.index(json.len());
        json[at] = byte;
        let json = String::from_utf8_lossy(&json).into_owned();
        if let Ok(record) = Record::parse(&json)
            && let Ok(again) = record.replay(text)
        {
            prop_assert_eq!(again, mine);
        }
    }
}
