//! Random keys, clicks and sizes over all demo domains: nothing panics, and the invariants of the
//! screen hold. A share runs with every test; `VIRT_TOPO_RANDOM=100000 cargo test --release --test
//! it script_random` sets the number of steps.

use crate::harness::screen::app;
use crate::support::dice::Dice;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use virt_topo::edit::{Revision, Session};
use virt_topo::sources::{Source, demos};
use virt_topo::tui::message::Message;
use virt_topo::tui::script::Headless;

/// The number of steps by default.
const SHARE: u64 = 4_000;

const KEYS: [KeyCode; 16] = [
    KeyCode::Up,
    KeyCode::Down,
    KeyCode::Left,
    KeyCode::Right,
    KeyCode::Enter,
    KeyCode::Esc,
    KeyCode::Tab,
    KeyCode::BackTab,
    KeyCode::Backspace,
    KeyCode::Delete,
    KeyCode::Home,
    KeyCode::End,
    KeyCode::PageUp,
    KeyCode::PageDown,
    KeyCode::F(2),
    KeyCode::F(1),
];

fn key(dice: &mut Dice) -> KeyEvent {
    let modifiers = match dice.below(12) {
        0 => KeyModifiers::CONTROL,
        1 => KeyModifiers::ALT,
        _ => KeyModifiers::NONE,
    };
    let code = match dice.below(3) {
        0 => KEYS[dice.below(16)],
        _ => KeyCode::Char(char::from(b' ' + dice.below(95))),
    };
    KeyEvent::new(code, modifiers)
}

fn message(dice: &mut Dice) -> Message {
    match dice.below(40) {
        0 => Message::Resize(dice.below(230), dice.below(80)),
        1 => Message::Paste("Ünïcode\tテスト\u{202e}".to_owned()),
        2..5 => Message::Mouse(MouseEvent {
            kind: match dice.below(3) {
                0 => MouseEventKind::ScrollUp,
                1 => MouseEventKind::ScrollDown,
                _ => MouseEventKind::Down(MouseButton::Left),
            },
            column: dice.below(230),
            row: dice.below(80),
            modifiers: KeyModifiers::NONE,
        }),
        5 => Message::Changed,
        6 => Message::Gone,
        _ => Message::Key(key(dice)),
    }
}

#[test]
fn random_keys_clicks_and_sizes_never_panic() {
    let asked = std::env::var("VIRT_TOPO_RANDOM").ok().and_then(|steps| steps.parse().ok());
    let steps: u64 = asked.unwrap_or(SHARE);
    let count = u64::try_from(demos().len()).unwrap();
    for (seed, demo) in (1..).zip(demos()) {
        let source = Source::Demo(demo.name.to_owned());
        let mut screen = Headless::new(app(source.clone()), 80, 24);
        let mut dice = Dice::new(0x9e37_79b9_7f4a_7c15 ^ seed);
        for step in 0..steps.div_ceil(count) {
            let message = message(&mut dice);
            let said = format!("{} step {step}: {message:?}", demo.name);
            screen.send(message);
            let picture = screen.picture();
            let size = screen.app.size;
            assert_eq!((picture.area.width, picture.area.height), (size.width, size.height));
            let (drawn, all) = screen.app.counts();
            assert!(drawn <= all, "{said}: drawn {drawn} of {all}");
            assert!(screen.app.selected().is_some(), "{said}: Select a device first");
            if screen.has_quit {
                // Whoever left without his changes wanted that.
                screen = Headless::new(app(source.clone()), 80, 24);
            }
            if step % 64 == 63 {
                nothing_is_lost(&mut screen, &said);
            }
        }
        nothing_is_lost(&mut screen, demo.name);
    }
}

/// The record of the journal gives the text on the screen again, and undoing gives the first one.
fn nothing_is_lost(screen: &mut Headless, said: &str) {
    let session = &screen.app.session;
    let (first, now) = (session.first_text(), session.revision().document.text().to_string());
    let mut again = Session::new(Revision::build(first.as_str()).unwrap());
    if session.is_changed() {
        again.replay(screen.kept.clone()).unwrap();
    }
    assert_eq!(&**again.revision().document.text(), now, "{said}: the journal has another text");
    let mut back = 0;
    while again.undo().is_some() {
        back += 1;
    }
    assert_eq!(&**again.revision().document.text(), first, "{said}: {back} undos");
}
