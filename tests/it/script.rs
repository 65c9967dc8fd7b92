//! Pictures of every view, and sequences of keys with several pictures on the way.
//!
//! The pictures are in `snapshots/`: the text, a copy with a letter for each style, and the roles
//! of the letters. `INSTA_UPDATE=always cargo test --test it script` takes them again.

use crate::harness::screen::Script;
use crate::support::guest::Guest;
use strum::VariantArray as _;
use termprofile::TermProfile;
use virt_topo::sources::{Source, SourceText};
use virt_topo::tui::message::Message;
use virt_topo::tui::theme::BUILTIN;
use virt_topo::tui::views::View;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 20)];

/// Every size of a view, after the same keys.
fn every_size(view: View, demo: &str, keys: &str, name: &str) {
    for (width, height) in SIZES {
        Script::open(demo).view(view).size(width, height).keys(keys).shot(name);
    }
}

#[test]
fn topology_is_drawn_at_every_size() {
    every_size(View::Topology, "plain", "jjjjjjjj", "topology__plain");
    every_size(View::Topology, "conflicts", "8j", "topology__conflict");
    every_size(View::Topology, "numa", "", "topology__numa");
    every_size(View::Topology, "bare", "G", "topology__unplaced");
}

#[test]
fn slots_are_drawn_at_every_size() {
    every_size(View::Slots, "q35", "jll", "slots__q35");
    every_size(View::Slots, "conflicts", "jllv", "slots__functions");
}

#[test]
fn drives_are_drawn_at_every_size() {
    every_size(View::Drives, "scsi", "jjl", "drives__matrix");
    every_size(View::Drives, "scsi", "vjj", "drives__tree");
}

#[test]
fn usb_is_drawn_at_every_size() {
    every_size(View::Usb, "usb", "jj", "usb__hubs");
}

#[test]
fn the_document_is_drawn_at_every_size() {
    every_size(View::Xml, "q35", "jjj", "xml__q35");
}

#[test]
fn details_take_the_room_they_are_given() {
    every_size(View::Topology, "gpu", "Gk<tab>", "topology__details");
}

#[test]
fn a_terminal_too_small_says_so_in_one_line() {
    for (width, height) in [(20, 5), (12, 3), (80, 4)] {
        let screen = Script::open("plain").size(width, height).text();
        let first = screen.lines().next().unwrap();
        assert!(first.starts_with(&format!("{width}x{height}")), "{first}");
        assert!(screen.lines().skip(1).all(str::is_empty), "{screen}");
    }
    let again = Script::open("plain").size(20, 5).size(80, 24).text();
    assert!(again.contains("host bridge"));
}

#[test]
fn every_theme_is_seen_once() {
    for (name, _) in BUILTIN {
        Script::open("conflicts")
            .theme(name, TermProfile::TrueColor)
            .keys("jjjjjj")
            .shot_of_colours(&format!("theme__{name}"));
    }
    Script::open("conflicts")
        .theme("nord", TermProfile::NoColor)
        .keys("jjjjjj")
        .shot_of_colours("theme__no-color");
    Script::open("conflicts")
        .theme("nord", TermProfile::Ansi16)
        .keys("jjjjjj")
        .shot_of_colours("theme__nord-in-16-colours");
}

#[test]
fn ascii_draws_nothing_else() {
    for view in View::VARIANTS.iter().copied() {
        for keys in ["", "?", ":", "'", "<f2>"] {
            let screen = Script::open("conflicts").ascii().view(view).keys(keys).text();
            assert!(screen.is_ascii(), "{view:?} {keys}: {screen}");
        }
    }
    let screen = Script::open("plain").ascii().keys("'1c:dc<enter>m0:10").text();
    assert!(screen.contains("NIC ens4 > ens16"), "{screen}");
    Script::open("conflicts").ascii().keys("jjjj").shot("topology__ascii");
    Script::open("q35").ascii().view(View::Slots).keys("jll").shot("slots__ascii");
}

#[test]
fn one_selection_is_shared_by_all_views() {
    Script::open("plain")
        .keys("'sdd<enter>")
        .shot("selection__found")
        .keys("2")
        .shot("selection__found-in-slots")
        .keys("3")
        .shot("selection__found-in-drives")
        .keys("7")
        .shot("selection__found-in-xml")
        .keys("jjjjjjjjjjjjjj1")
        .shot("selection__moved-in-xml");
}

#[test]
fn folding_filtering_and_the_way_back() {
    Script::open("server")
        .keys("jjjz")
        .shot("fold__toggled")
        .keys("/mail")
        .shot("filter__typed")
        .keys("<enter>n")
        .shot("filter__next-match")
        .keys("<esc>[")
        .shot("filter__cancelled")
        .keys(")")
        .shot("fold__all-open");
}

#[test]
fn identical_siblings_are_one_row_until_they_are_told_apart() {
    let port = |port| {
        format!(
            "<controller type='pci' index='{}' model='pcie-root-port'><address type='pci' \
             bus='0x00' slot='0x02' function='0x{port}' multifunction='on'/></controller>",
            port + 1
        )
    };
    let mut guest = Guest::new("q35").named("ports");
    guest.put("<controller type='pci' index='0' model='pcie-root'/>");
    for number in 0..5 {
        guest.put(&port(number));
    }
    guest.put("<controller type='usb' model='none'/>");
    guest.put("<memballoon model='none'/>");
    let mut script = Script::open("plain");
    let read = SourceText { name: "ports".to_owned(), text: guest.text() };
    script.screen.send(Message::Read(Source::Stdin, Ok(read)));
    let script = script.keys("jjj").shot("siblings__as-one-row");
    assert!(script.text().contains("pcie-root-port ×5"), "{}", script.text());
    let script = script.keys("z").shot("siblings__apart");
    assert_eq!(script.text().matches("pcie-root-port ").count(), 6, "five rows and the title");
    let script = script.keys("jz");
    assert!(script.text().contains("pcie-root-port ×5"), "{}", script.text());
}

#[test]
fn popups_stand_over_the_view() {
    Script::open("q35").keys("?").shot("popup__help").keys("<pgdn>").shot("popup__help-below");
    Script::open("q35").keys(":copy").shot("popup__palette");
    Script::open("q35").keys("'e1").shot("popup__find");
    Script::open("q35").keys("<f2>").shot("popup__themes");
    Script::open("q35").keys("gd").shot("popup__demos");
    Script::open("q35").size(40, 20).keys("?").shot("popup__help");
    Script::open("q35").size(40, 20).keys(":").shot("popup__palette");
    Script::open("q35").keys("yagm").shot("popup__messages");
}

#[test]
fn the_palette_runs_what_it_names() {
    let mut script = Script::open("plain").keys(":view-dr<enter>");
    assert_eq!(script.screen.app.view, View::Drives);
    script = script.keys(":quit<enter>");
    assert!(script.screen.has_quit);
}

#[test]
fn letters_typed_in_a_field_are_text_and_escape_goes_one_step_back() {
    let script = Script::open("plain").keys("/q1:?");
    assert!(!script.screen.has_quit);
    assert_eq!(*script.screen.app.filter, "q1:?");
    let script = script.keys("<esc>");
    assert_eq!(*script.screen.app.filter, "");
    assert!(!script.keys("<esc><esc><esc>").screen.has_quit);
}

#[test]
fn counts_repeat_and_an_unknown_key_says_where_help_is() {
    let app = Script::open("plain").keys("<alt-1>2j").screen.app;
    let row = app.device_tree().row_of(app.guest(), app.selected().unwrap());
    assert_eq!(row, Some(12));
    let screen = Script::open("plain").keys("#").text();
    assert!(screen.contains("# has no function here; ? shows all keys"), "{screen}");
}

#[test]
fn copying_takes_address_xml_and_path() {
    let copied = Script::open("plain").keys("'vda<enter>yayxyp").screen.copied;
    assert_eq!(copied[0], "pci:0000:00:0b.0");
    assert!(copied[1].trim_start().starts_with("<disk") && copied[1].ends_with("</disk>\n"));
    assert_eq!(copied[2], "pci.0 > 0b.0");
}

#[test]
fn what_cannot_be_copied_is_shown() {
    let mut script = Script::open("plain");
    script.screen.app.settings.clipboard = false;
    let script = script.keys("'vda<enter>yx");
    assert!(script.screen.copied.is_empty());
    let screen = script.text();
    assert!(screen.contains("Not copied: this terminal has no clipboard"), "{screen}");
    assert!(screen.contains("<target dev='vda' bus='virtio'/>"), "{screen}");
}

#[test]
fn a_source_that_changed_is_read_again_with_selection_and_folds_kept() {
    let mut script = Script::open("plain").keys("jjz'sdd<enter>");
    let source = Source::Demo("plain".to_owned());
    let text = source.read().unwrap().text;
    let text = text.replacen("<devices>", "<devices>\n    <watchdog model='ib700'/>", 1);
    let before = (script.screen.app.selected(), script.screen.app.folds.closed.clone());
    script.screen.app.opened.stale = Some("changed on disk".to_owned());
    let read = SourceText { name: source.name(), text };
    script.screen.send(Message::Read(source.clone(), Ok(read)));
    let app = &script.screen.app;
    assert_eq!((app.selected(), app.folds.closed.clone()), before);
    let script = script.shot("reread__changed");
    // A text that is no guest leaves everything as it was.
    let mut script = script;
    let read = SourceText { name: source.name(), text: "<domain><oops</domain>".to_owned() };
    script.screen.send(Message::Read(source, Ok(read)));
    script.shot("reread__unreadable");
}

#[test]
fn a_list_of_demos_opens_what_is_taken() {
    let script = Script::open("plain").keys("gdjj<enter>");
    assert_eq!(script.screen.app.opened.source, Source::Demo("q35".to_owned()));
    assert!(script.text().contains("workshop"));
}

#[test]
fn choosing_a_theme_shows_it_and_leaving_the_list_takes_it_back() {
    let script = Script::open("plain").theme("default", TermProfile::TrueColor);
    let before = script.screen.app.appearance.theme.clone();
    let script = script.keys("<f2>jj");
    assert_ne!(script.screen.app.appearance.theme, before);
    let script = script.keys("<esc>");
    assert_eq!(script.screen.app.appearance.theme, before);
    let script = script.keys("<f2>jj<enter>");
    assert_eq!(script.screen.app.settings.theme, "light");
}

#[test]
fn no_picture_holds_a_control_character() {
    let hostile = "<domain type='kvm'><name>a\u{9b}31m\u{202e}b</name><os><type arch='x86_64' \
                   machine='q35'>hvm</type></os><devices><disk type='file' device='disk'>\
                   <source file='/x/&#x9;\u{200b}e\u{9d}'/><target dev='vd\u{85}a' bus='virtio'/>\
                   </disk></devices></domain>";
    let mut script = Script::open("plain");
    let read = SourceText { name: "x".to_owned(), text: hostile.to_owned() };
    script.screen.send(Message::Read(Source::Stdin, Ok(read)));
    for keys in ["1", "2", "3", "4", "7", "1'", "<esc>gm", "<esc>G<tab>"] {
        script = script.keys(keys);
        let picture = script.screen.picture();
        for cell in picture.content() {
            let is_hidden = |c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}');
            let is_safe = |c: char| !c.is_control() && !is_hidden(c);
            assert!(cell.symbol().chars().all(is_safe), "{:?} after {keys}", cell.symbol());
        }
    }
}
