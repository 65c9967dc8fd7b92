//! Any text as a saved listing: it is refused, or the guest in it becomes a document and is
//! compared with a demo domain without a panic, and with every device drawn once.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use virt_topo::live::Answers;
use virt_topo::edit::{Revision, document_from_live};
use virt_topo::rows::{self, Folds, GuestNames, LiveGuest, LiveNames, Scope, Target};
use virt_topo::sources::Source;

static DEMO: LazyLock<Revision> = LazyLock::new(|| {
    let text = Source::Demo("plain".to_owned()).read().expect("a demo").text;
    Revision::build(text).expect("a guest")
});

fuzz_target!(|text: &str| {
    let Ok(answers) = Answers::from_capture(text) else { return };
    let facts = Arc::new(answers.facts());
    let made = document_from_live(&facts);
    for revision in made.as_ref().ok().map(|made| &made.revision).into_iter().chain([&*DEMO]) {
        let guest = revision.guest();
        let mut names = LiveNames::default();
        let live = LiveGuest::compare(guest, &revision.domain, Arc::clone(&facts), &mut names, &[]);
        let folds = Folds { apart: live.apart(), ..Folds::default() };
        let drawn = rows::topology(guest, &GuestNames::of(guest), &folds);
        let before = drawn.len();
        let rows = live.lay(guest, drawn, &folds, Scope::All);
        let only = rows.iter().filter(|row| matches!(row.target, Target::Live(_))).count();
        assert_eq!(only, live.matching.unconfigured.len());
        assert!(rows.len() >= before);
        for row in &rows {
            live.comparison(guest, row.target);
            live.hardware(row.target);
        }
    }
});
