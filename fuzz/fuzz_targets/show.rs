//! Any text: it is refused with a place, or drawn in every form without a panic and with every
//! device in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use virt_topo::edit::Revision;
use virt_topo::report::{self, Style};
use virt_topo::rows::{self, Folds, GuestNames};

fuzz_target!(|text: &str| {
    let Ok(revision) = Revision::build(text) else { return };
    assert_eq!(&**revision.document.text(), text);
    let guest = revision.guest();
    let written = revision.domain.devices.iter().filter(|device| !device.is_implied()).count();
    let names = GuestNames::of(guest);
    for all in [false, true] {
        let rows = rows::topology(guest, &names, &Folds { all, ..Folds::default() });
        let drawn: u32 = rows.iter().map(|row| row.devices).sum();
        assert_eq!(drawn as usize, written);
        let printed = report::tree(&rows, Style::default());
        assert!(printed.chars().all(|c| c == '\n' || !c.is_control()));
    }
    report::slots(guest, &rows::slots(guest), Style::default());
    report::drives(&rows::drives(guest), Style::default());
    report::lspci(guest);
    report::markdown(guest, &rows::topology(guest, &names, &Folds::default()));
    assert!(report::json(guest, "fuzz", &revision.problems, revision.document.lines()).is_ok());
});
