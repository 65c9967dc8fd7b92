//! Problems, fixes, changes and undo on the screen.

use crate::harness::screen::Script;
use virt_topo::model::{Change, Severity};
use virt_topo::sources::{Source, SourceText};
use virt_topo::tui::message::Message;
use virt_topo::tui::views::View;

fn text(script: &Script) -> String {
    script.screen.app.session.revision().document.text().to_string()
}

#[test]
fn problems_are_listed_the_worst_first_and_the_selected_one_is_open() {
    for (width, height) in [(80, 24), (120, 40), (40, 20)] {
        Script::open("conflicts").size(width, height).keys("5jjj").shot("problems__conflicts");
    }
    Script::open("plain").keys("5").shot("problems__none");
    let script = Script::open("conflicts").keys("5www");
    assert_eq!(script.screen.app.cursors.least, Severity::Note);
    let screen = Script::open("conflicts").keys("5wG").text();
    assert!(!screen.contains('▲') || screen.lines().next().unwrap().contains('▲'), "{screen}");
}

#[test]
fn enter_goes_to_the_device_and_the_view_comes_back_to_its_problem() {
    let script = Script::open("conflicts").keys("5jjjj<enter>");
    assert_eq!(script.screen.app.view, View::Topology);
    let selected = script.screen.app.selected();
    let script = script.keys("5");
    assert_eq!(script.screen.app.cursors.problem, 4);
    assert_eq!(script.screen.app.selected(), selected);
}

#[test]
fn a_fix_is_a_change_that_can_be_undone_to_the_byte() {
    let script = Script::open("conflicts");
    let first = text(&script);
    let errors = script.screen.app.problems().errors;
    // The first problem that has a fix.
    let mut script = script.keys("5");
    let count = script.screen.app.problems().problems.len();
    let has_offer = |script: &Script| !script.screen.app.offers().is_empty();
    for _ in 0..count {
        if has_offer(&script) {
            break;
        }
        script = script.keys("j");
    }
    assert!(has_offer(&script));
    let problems = script.screen.app.problems().problems.len();
    let script = script.keys("a");
    assert!(script.screen.app.session.is_changed());
    assert_ne!(text(&script), first);
    assert!(script.screen.app.problems().errors <= errors);
    assert!(script.screen.app.problems().problems.len() < problems);
    let script = script.keys("6").shot("changes__one").keys("u");
    assert_eq!(text(&script), first);
    assert!(script.text().contains("no changes"), "{}", script.text());
    let script = script.keys("Uyd");
    assert_ne!(text(&script), first);
    let copied = script.screen.copied.concat();
    assert!(copied.starts_with("--- ") && copied.contains("\n+"), "{copied}");
    let script = script.keys("ggd");
    assert_eq!(text(&script), first);
}

#[test]
fn nothing_to_undo_is_said() {
    assert!(Script::open("plain").keys("u").text().contains("Nothing to undo"));
    assert!(Script::open("plain").keys("U").text().contains("Nothing to redo"));
    assert!(Script::open("plain").keys("5a").text().contains("This problem has no such fix"));
    assert!(Script::open("plain").keys("6D").text().contains("Nothing to discard"));
}

#[test]
fn a_device_is_moved_from_stop_to_stop_with_a_forecast() {
    for (width, height) in [(80, 24), (120, 40), (40, 20)] {
        let script = Script::open("plain").size(width, height);
        script.keys("'1c:dc<enter>2mll").shot("move__slots");
    }
    Script::open("q35").keys("'vda<enter>m0:4").shot("move__typed");
    Script::open("scsi").keys("'sdb<enter>3ml").shot("move__drives");
    let script = Script::open("plain").keys("'1c:dc<enter>m0:1.2");
    let screen = script.text();
    assert!(screen.contains("✗ 0:1.2  00:01.2"), "{screen}");
    assert!(screen.contains("00:01.2 is already used by"), "{screen}");
    let script = script.keys("<enter>");
    assert!(!script.screen.app.session.is_changed(), "a refused place is not taken");
    let script = script.keys("<esc><esc>");
    assert!(script.text().contains("m move"), "{}", script.text());
}

#[test]
fn what_moves_with_it_is_named_and_can_be_held() {
    let script = Script::open("plain").keys("'1c:dc<enter>m0:10");
    assert!(script.text().contains("also: balloon virtio"), "{}", script.text());
    let first = text(&script);
    let script = script.keys("F");
    assert!(!script.text().contains("also: "), "{}", script.text());
    let script = script.keys("<enter>").shot("move__held");
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (before, after) = (lines(&first), lines(&text(&script)));
    let changed = after.iter().filter(|line| !before.contains(line)).count();
    assert_eq!(changed, 4, "the NIC's address, and the balloon that nobody had written");
    assert_eq!(text(&script.keys("u")), first);
}

#[test]
fn freezing_the_guest_of_2009_changes_modes_only() {
    let script = Script::open("plain");
    let first = text(&script);
    let script = script.keys("F").shot("freeze__all");
    let after = text(&script);
    let frozen: String = first
        .split_inclusive('\n')
        .map(|line| {
            let is_address = line.trim_start().starts_with("<address");
            if is_address { line.replace("mode='dynamic'", "mode='static'") } else { line.into() }
        })
        .collect();
    assert_ne!(after, first);
    assert_eq!(after, frozen);
    let script = script.keys("T");
    assert_eq!(text(&script), first, "thawing all is the way back");
}

#[test]
fn marked_devices_are_frozen_together() {
    let script = Script::open("bare").keys("'vda<enter><space>'52:<enter><space>");
    assert_eq!(script.screen.app.selection.marked.len(), 2);
    let script = script.shot("selection__two-marked").keys("f");
    assert_eq!(script.screen.app.session.steps().len(), 1);
    let script = script.keys("<esc>");
    assert!(script.screen.app.selection.marked.is_empty());
}

#[test]
fn read_only_refuses_every_change() {
    let mut script = Script::open("conflicts");
    script.screen.app.settings.read_only = true;
    let first = text(&script);
    for keys in ["m", "F", "5a", "6D", "u", "s", "S", "+", "R", "1x"] {
        script = script.keys(keys);
        let screen = script.text();
        assert!(
            screen.contains("Read-only: start without --read-only to make changes"),
            "{keys}: {screen}"
        );
    }
    assert_eq!(text(&script), first);
    let script = script.keys("1:freeze-all<enter>");
    assert!(script.text().contains("--read-only"), "{}", script.text());
}

#[test]
fn in_a_large_guest_a_fix_is_tried_when_it_is_taken() {
    let large = Source::Demo("2500".to_owned()).read().unwrap().text;
    let wrong = "<watchdog model='i6300esb'><address type='pci' slot='0x20'/></watchdog></devices>";
    let large = large.replace("</devices>", wrong);
    let mut script = Script::open("plain");
    let read = SourceText { name: "large".to_owned(), text: large };
    script.screen.send(Message::Read(Source::Stdin, Ok(read)));
    let script = script.keys("5");
    assert!(script.text().contains("not tried yet"), "{}", script.text());
    let errors = script.screen.app.problems().errors;
    let first = text(&script);
    let script = script.keys("a");
    assert!(script.screen.app.problems().errors < errors, "{}", script.text());
    // A fix that no longer mends is refused.
    let mut script = script.keys("1u");
    let problems = script.screen.app.problems_mut().unwrap();
    let fixes = &problems.problems[0].fixes;
    assert!(!fixes.is_empty());
    problems.problems[0].fixes[0].change = Change::Batch(Vec::new());
    let script = script.keys("5a");
    assert!(
        script.text().contains("Not applied: the fix would solve nothing"),
        "{}",
        script.text()
    );
    assert_eq!(text(&script), first);
    assert_ne!(text(&script.keys("U")), first, "what was taken back can be made again");
}

#[test]
fn all_changes_are_taken_back_at_once_and_made_again_one_by_one() {
    let script = Script::open("plain").keys("'1c:dc<enter>m0:10<enter>F");
    let last = text(&script);
    let script = script.keys("6D");
    assert!(script.text().contains("Discarded all changes"), "{}", script.text());
    assert!(!script.screen.app.session.is_changed());
    assert_eq!(text(&script.keys("UU")), last);
}
