//! The cost of a key press: the state changed, a picture drawn, and the bytes for the terminal.
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use divan::Bencher;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use termprofile::TermProfile;
use virt_topo::check::Allowed;
use virt_topo::edit::Revision;
use virt_topo::rows::GlyphSet;
use virt_topo::sources::Source;
use virt_topo::tui::app::{App, Settings};
use virt_topo::tui::encode::Encoder;
use virt_topo::tui::keymap::KeyMap;
use virt_topo::tui::message::Message;
use virt_topo::tui::theme::{Appearance, Library};
use virt_topo::tui::update::update;
use virt_topo::tui::view::draw;

const SIZES: [u32; 3] = [100, 1_000, 10_000];

fn main() {
    divan::main();
}

fn app(devices: u32) -> App {
    let source = Source::Demo(devices.to_string());
    let revision = Revision::build(source.read().unwrap().text).unwrap();
    let depth = TermProfile::Ansi256;
    let settings = Settings {
        details: None,
        mouse: false,
        clipboard: true,
        theme: "default".to_owned(),
        read_only: false,
        depth,
        allowed: Allowed::default(),
    };
    let themes = Library::default();
    let theme = themes.load("default", depth).unwrap().theme;
    let appearance = Appearance { theme, glyphs: GlyphSet::Unicode };
    let mut app = App::new(source, revision, settings, appearance, themes, KeyMap::default());
    update(&mut app, Message::Resize(100, 30));
    app
}

#[divan::bench(args = SIZES)]
fn first_state(bencher: Bencher<'_, '_>, devices: u32) {
    bencher.bench_local(|| app(devices));
}

#[divan::bench(args = SIZES)]
fn picture(bencher: Bencher<'_, '_>, devices: u32) {
    let app = app(devices);
    bencher.bench_local(|| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 100, 30));
        draw(&mut buffer, &app);
        buffer
    });
}

#[divan::bench(args = SIZES)]
fn key_press(bencher: Bencher<'_, '_>, devices: u32) {
    let mut app = app(devices);
    let area = Rect::new(0, 0, 100, 30);
    let mut encoder = Encoder::new(area);
    let down = KeyEvent::new(KeyCode::Char('j'), KeyModifiers::NONE);
    bencher.bench_local(|| {
        update(&mut app, Message::Key(down));
        let mut buffer = Buffer::empty(area);
        let cursor = draw(&mut buffer, &app);
        let mut out = String::new();
        encoder.encode(buffer, cursor, &mut out);
        out.len()
    });
}
