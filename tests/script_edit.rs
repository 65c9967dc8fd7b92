//! Problems, fixes, changes and undo on the screen.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

mod support;

use support::Script;
use virt_topo::model::Severity;
use virt_topo::tui::views::View;

fn text(script: &Script) -> String {
    script.screen.app.opened.revision().document.text().to_string()
}

#[test]
fn problems_are_listed_the_worst_first_and_the_selected_one_is_open() {
    for (width, height) in [(80, 24), (120, 40), (40, 20)] {
        Script::open("conflicts").size(width, height).keys("5jjj").shot("problems__conflicts");
    }
    Script::open("plain").keys("5").shot("problems__none");
    let script = Script::open("conflicts").keys("5www");
    assert_eq!(script.screen.app.lists.least, Severity::Note);
    let screen = Script::open("conflicts").keys("5wG").text();
    assert!(!screen.contains('▲') || screen.lines().next().unwrap().contains('▲'), "{screen}");
}

#[test]
fn enter_goes_to_the_device_and_the_view_comes_back_to_its_problem() {
    let script = Script::open("conflicts").keys("5jjjj<enter>");
    assert_eq!(script.screen.app.view, View::Topology);
    let selected = script.screen.app.selected();
    let script = script.keys("5");
    assert_eq!(script.screen.app.lists.problem, 4);
    assert_eq!(script.screen.app.selected(), selected);
}

#[test]
fn a_fix_is_a_change_that_can_be_undone_to_the_byte() {
    let script = Script::open("conflicts");
    let first = text(&script);
    let errors = script.screen.app.pictures.problems.errors;
    // The first problem that has a fix.
    let mut script = script.keys("5");
    let count = script.screen.app.pictures.problems.problems.len();
    let has_offer = |script: &Script| {
        let opened = script.screen.app.pictures.problems.opened();
        opened.is_some_and(|opened| !opened.offers.is_empty())
    };
    for _ in 0..count {
        if has_offer(&script) {
            break;
        }
        script = script.keys("j");
    }
    assert!(has_offer(&script));
    let problems = script.screen.app.pictures.problems.problems.len();
    let script = script.keys("a");
    assert!(script.screen.app.opened.session.is_changed());
    assert_ne!(text(&script), first);
    assert!(script.screen.app.pictures.problems.errors <= errors);
    assert!(script.screen.app.pictures.problems.problems.len() < problems);
    let script = script.keys("6").shot("changes__one").keys("u");
    assert_eq!(text(&script), first);
    assert!(script.text().contains("nothing was changed"), "{}", script.text());
    let script = script.keys("Uyd");
    assert_ne!(text(&script), first);
    let copied = script.screen.copied.concat();
    assert!(copied.starts_with("--- ") && copied.contains("\n+"), "{copied}");
    let script = script.keys("ggd");
    assert_eq!(text(&script), first);
}

#[test]
fn nothing_to_undo_is_said() {
    assert!(Script::open("plain").keys("u").text().contains("nothing to undo"));
    assert!(Script::open("plain").keys("U").text().contains("nothing to redo"));
    assert!(Script::open("plain").keys("5a").text().contains("there is no such fix here"));
    assert!(Script::open("plain").keys("6D").text().contains("nothing to discard"));
}
