//! Unsaved edits of one person and saved ones of another: nothing of either is lost.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use virt_topo::assign::places;
use virt_topo::check::Allowed;
use virt_topo::edit::{
    Checked, Command, Entry, Options, Record, Revision, Session, Writer, rebase,
};
use virt_topo::model::{Change, Code, Device, Selector, Severity};
use virt_topo::sources::demos;
use virt_topo::text::ContentMark;
use virt_topo::topology::Asker;

/// A change of one device, chosen by numbers.
fn change(revision: &Revision, device: &Device, choice: u8) -> Option<Change> {
    let completed = revision.assignment.domain.device(device.key())?;
    if choice.is_multiple_of(4) && device.address.is_some() {
        return Some(Change::RemoveAddress(device.key()));
    }
    if choice.is_multiple_of(7) && device.controller().is_none() {
        return Some(Change::Remove(device.key()));
    }
    let free = places(revision.guest(), completed.key(), Asker::Written).free;
    let place = free.get(usize::from(choice) % free.len().max(1))?;
    Some(Change::Move { device: device.key(), to: place.address.clone() })
}

/// Changes devices of `text` with even or odd numbers.
fn edit(text: &str, parity: usize, choices: &[u8]) -> (String, Vec<Entry>) {
    let mut session = Session::new(Revision::build(text).unwrap());
    for choice in choices {
        let devices = &session.revision().domain.devices;
        let devices: Vec<_> = devices.iter().skip(parity).step_by(2).cloned().collect();
        let Some(device) = devices.get(usize::from(*choice) % devices.len().max(1)) else {
            continue;
        };
        if choice.is_multiple_of(5) {
            // Freezing includes the controllers of a device.
            let command = Command::Freeze(Selector::Key(device.key()).into());
            if let Ok(outcome) = command.dry_run(session.revision(), Options::default()) {
                session.run(command, Options::default(), outcome).unwrap();
            }
            continue;
        }
        if let Some(change) = change(session.revision(), device, *choice) {
            // Not every change can be written.
            let _ = session.make(format!("{change:?}"), change);
        }
    }
    (session.revision().document.text().to_string(), session.unsaved())
}

/// The number of errors of each code.
fn errors(revision: &Revision) -> BTreeMap<Code, usize> {
    let mut counts = BTreeMap::new();
    for problem in Checked::of(revision, &Allowed::default()).problems {
        if problem.severity == Severity::Error {
            *counts.entry(problem.code).or_default() += 1;
        }
    }
    counts
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
        let known = Checked::of(&Revision::build(mine.as_str()).unwrap(), &Allowed::default());
        let rebased = rebase(Revision::build(text).unwrap(), &again.entries, &known.problems);
        prop_assert_eq!(rebased.dropped.len(), 0, "{:?}", rebased.dropped);
        prop_assert_eq!(rebased.revision.document.text().to_string(), mine);
    }

    /// Removing devices shifts numbers and places of others, so the dropped steps differ; but every
    /// change is from one of both sides, and every step is accounted for.
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
        let rebased = rebase(Revision::build(theirs.as_str()).unwrap(), &entries, &[]);
        let told = rebased.made.len() + rebased.done.len() + rebased.dropped.len();
        prop_assert_eq!(told, entries.len());
        let mut again = Session::new(Revision::build(theirs.as_str()).unwrap());
        for (title, change) in rebased.made {
            prop_assert!(again.make(title, change).is_ok());
        }
        let text = rebased.revision.document.text();
        prop_assert_eq!(again.revision().document.text(), text);
        prop_assert!(text.contains("somebody was here"));
        let codes = |text: &str| errors(&Revision::build(text).unwrap());
        for (code, count) in codes(text) {
            prop_assert!(Some(&count) <= codes(&theirs).get(&code), "{code}");
        }
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

/// A file of the record that virt-topo 0.1.0 left: one step of every kind of change.
fn of_first_version(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/journal-0.1.0");
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn a_record_of_version_0_1_0_is_read_and_applied_again() {
    let [guest, result] = ["guest.xml", "result.xml"].map(of_first_version);
    let record = Record::parse(&of_first_version("record.json")).unwrap();
    assert_eq!(record.replay(&guest).unwrap(), result, "byte for byte");
    // Each step also as a change, without its bytes.
    let mut again = Session::new(Revision::build(guest.as_str()).unwrap());
    for entry in &record.entries {
        let change = entry.change(again.revision()).unwrap().unwrap();
        again.make(entry.title.clone(), change).unwrap();
    }
    assert_eq!(**again.revision().document.text(), *result);
    // A record written by this version is read back as well.
    let json = self::record(&guest, &result, again.unsaved()).to_json().unwrap();
    let mut restored = Session::new(Revision::build(guest.as_str()).unwrap());
    restored.replay(Record::parse(&json).unwrap().entries).unwrap();
    assert_eq!(**restored.revision().document.text(), *result);
}

#[test]
fn a_record_of_version_0_1_0_is_applied_to_a_text_that_was_edited_meanwhile() {
    let record = Record::parse(&of_first_version("record.json")).unwrap();
    let theirs = Revision::build(of_first_version("theirs.xml")).unwrap();
    let rebased = rebase(theirs, &record.entries, &[]);
    assert_eq!(**rebased.revision.document.text(), *of_first_version("rebased.xml"));
    let dropped: Vec<_> =
        rebased.dropped.iter().map(|(title, why)| format!("{title}: {why}")).collect();
    assert_eq!(dropped.join("\n") + "\n", of_first_version("dropped.txt"));
}
