//! The running guest beside the configured one: captures of real guests as pictures, and the
//! connection to a monitor in all its states.

use std::sync::Arc;
use std::time::Duration;

use crate::harness::captures;
use crate::harness::screen::{Script, app_of};
use crate::support::guest::Guest;
use proptest::prelude::{
    ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, proptest,
};
use virt_topo::edit::Revision;
use virt_topo::live::{Answers, Facts};
use virt_topo::rows::{
    Folds, GuestNames, LiveGuest, LiveNames, Mark, Row, Target, path, topology, usb,
};
use virt_topo::sources::monitor::{Logged, MonitorError, MonitorEvent};
use virt_topo::sources::{Source, SourceText};
use virt_topo::tui::app::{LinkState, Live};
use virt_topo::tui::message::{Message, When};
use virt_topo::tui::script::Headless;
use virt_topo::tui::views::View;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 20)];

fn when(seconds: u64) -> When {
    When { clock: "12:04".to_owned(), elapsed: Duration::from_secs(seconds) }
}

fn event(seconds: u64, event: MonitorEvent) -> Message {
    Message::Live(when(seconds), Box::new(event))
}

/// The screen of a document with a monitor that is being connected; without a document that of an
/// unknown guest.
fn connecting(text: Option<&str>) -> Script {
    let source = text.map_or(Source::Monitor("guest.qmp".to_owned()), |_| Source::Stdin);
    let revision = match text {
        Some(text) => Revision::build(text).unwrap(),
        None => Revision::as_written("<domain><name>live</name><devices/></domain>").unwrap(),
    };
    let mut app = app_of(source, revision);
    app.live = Some(Box::new(Live::new("guest.qmp".to_owned(), LinkState::Connecting, false)));
    Script { screen: Headless::new(app, 80, 24) }
}

/// The same, after the monitor has reported a guest.
fn beside(text: Option<&str>, facts: Facts) -> Script {
    let mut script = connecting(text);
    script.screen.send(event(1, MonitorEvent::Connected("QMP")));
    script.screen.send(event(1, MonitorEvent::Facts(Arc::new(facts))));
    script
}

fn captured(guest: &str) -> Script {
    let text = captures::read(guest, "domain-live.xml");
    beside(Some(&text), captures::answers_qmp(guest).facts())
}

fn demo(name: &str) -> String {
    Source::Demo(name.to_owned()).read().unwrap().text
}

#[test]
fn what_is_only_live_or_only_configured_is_drawn_in_every_view() {
    for (width, height) in SIZES {
        captured("pc-drift").size(width, height).keys("<alt-1>4j").shot("live__drift");
    }
    captured("pc-drift").view(View::Slots).keys("G").shot("live__drift-slots");
    captured("pc-drift").view(View::Drives).keys("G").shot("live__drift-drives");
    captured("pc-drift").view(View::Usb).shot("live__drift-usb");
    captured("pc-drift").ascii().keys("<alt-1>4j").shot("live__drift-ascii");
}

#[test]
fn every_row_of_a_guest_that_is_as_configured_says_so() {
    for guest in ["plain-modern", "q35-rich", "pc-bridges", "coop-q35", "pc-isa", "q35-isa"] {
        let script = captured(guest);
        let live = script.screen.app.running().unwrap();
        for row in &script.screen.app.device_tree().rows {
            if let Some(mark) = row.live
                && mark.differs()
            {
                let note = live.note(row.target).unwrap();
                panic!("{guest}: {} {} {note:?}", row.place, row.title);
            }
        }
    }
}

#[test]
fn what_hangs_on_something_that_cannot_be_read_is_drawn_all_the_same() {
    let listing = "  Bus  0, device   1, function 1:\n    PCI bridge: PCI device 1b36:\n      \
        BUS 0.\n      secondary bus 3.\n      subordinate bus 3.\n  Bus  3, device   0, function \
        0:\n    Ethernet controller: PCI device 8086:10d3\n";
    let facts = Answers::from_capture(listing).unwrap().facts();
    // A bridge at the place of the IDE controller.
    let script = beside(Some(&demo("plain")), facts);
    let live = script.screen.app.running().unwrap();
    assert_eq!(
        (live.matching.parts.len(), live.matching.unconfigured.len()),
        (0, 1),
        "{:?}",
        live.facts.devices
    );
    let rows = &script.screen.app.device_tree().rows;
    let only: Vec<&str> = rows
        .iter()
        .filter(|row| matches!(row.target, Target::Live(_)))
        .map(|row| row.title.as_str())
        .collect();
    assert_eq!(only, ["device 8086:10d3"]);
}

#[test]
fn what_is_on_the_isa_bus_or_the_board_has_a_mark_as_well() {
    for (guest, silent) in [("pc-isa", "video none"), ("q35-isa", "watchdog itco")] {
        let script = captured(guest).keys("<alt-3>0");
        let rows = &script.screen.app.device_tree().rows;
        let devices = rows.iter().filter(|row| matches!(row.target, Target::Device(_)));
        let without: Vec<&str> =
            devices.filter(|row| row.live.is_none()).map(|row| row.title.as_str()).collect();
        // No monitor reports these: there is no such device, or it is a part of the bridge.
        assert_eq!(without, [silent], "{guest}");
    }
    captured("pc-isa").size(120, 40).keys("jjjjjjjjj").shot("live__isa");
}

#[test]
fn what_is_behind_bridges_without_numbers_is_unknown_in_a_listing() {
    let text = captures::read("q35-rich-paused", "domain-live.xml");
    let listing = captures::read("q35-rich-paused", "info-pci.txt");
    let facts = || Answers::from_capture(&listing).unwrap().facts();
    beside(Some(&text), facts()).view(View::Slots).shot("live__unnumbered-buses-slots");
    beside(Some(&text), facts()).size(120, 40).keys("<alt-3>0j").shot("live__unnumbered-buses");
}

#[test]
fn a_guest_of_2009_is_found_where_it_runs() {
    // The listing has no ids; AC97 and the disk have changed places in the XML.
    let text = demo("plain");
    let text = text.replace("slot='0x08'", "slot='0x18'").replace("slot='0x0b'", "slot='0x08'");
    let listing = captures::read("bare-pc", "info-pci.txt");
    let facts = Answers::from_capture(&listing).unwrap().facts();
    for (width, height) in SIZES {
        beside(Some(&text), facts.clone())
            .size(width, height)
            .keys("'vda<enter>")
            .shot("live__moved");
    }
    beside(Some(&text), facts).view(View::Slots).keys("'vda<enter>").shot("live__moved-slots");
}

#[test]
fn a_guest_without_a_document_is_drawn_from_what_the_monitor_tells() {
    for guest in ["bare-pc", "q35-rich"] {
        let facts = captures::answers_qmp(guest).facts();
        beside(None, facts).keys("8j").shot(&format!("live__no-xml-{guest}"));
    }
    let listing = captures::read("bare-pc", "info-pci.txt");
    let facts = Answers::from_capture(&listing).unwrap().facts();
    beside(None, facts).shot("live__no-xml-listing");
}

#[test]
fn a_guest_opened_instead_is_not_written_over_by_what_the_monitor_tells() {
    let facts = captures::answers_qmp("bare-pc").facts();
    let mut script = beside(None, facts.clone());
    let text = demo("q35");
    let read = SourceText { name: "demo:q35".to_owned(), text: text.clone() };
    script.screen.send(Message::Read(Source::Demo("q35".to_owned()), Ok(read)));
    let mut facts = facts;
    facts.name = Some("again".into());
    script.screen.send(event(3, MonitorEvent::Facts(Arc::new(facts))));
    let app = &script.screen.app;
    assert_eq!(&**app.session.revision().document.text(), text);
    // It is compared with the running guest instead.
    assert!(app.running().unwrap().matching.matches.len() < app.guest().domain.devices.len());
    // The same for a document that is opened before the monitor has reported anything.
    let mut script = connecting(None);
    let read = SourceText { name: "demo:q35".to_owned(), text };
    script.screen.send(Message::Read(Source::Demo("q35".to_owned()), Ok(read)));
    assert!(script.text().contains("host bridge"), "{}", script.text());
}

#[test]
fn channels_and_virtual_io_are_compared_like_pci() {
    for guest in ["s390x-ccw", "pseries-vio"] {
        let text = captures::read(guest, "guest.xml");
        let facts = captures::answers_hmp(guest).facts();
        beside(Some(&text), facts.clone()).keys("jjjj").shot(&format!("live__{guest}"));
        beside(None, facts).shot(&format!("live__no-xml-{guest}"));
    }
}

#[test]
fn live_devices_hang_where_they_hang_at_any_depth() {
    // Only the machine is configured.
    let text = Guest::new("q35")
        .named("x")
        .with("<controller type='pci' index='0' model='pcie-root'/>")
        .with("<controller type='usb' model='none'/>")
        .with("<memballoon model='none'/>")
        .text();
    let facts = captures::answers_qmp("q35-rich").facts();
    let count = facts.devices.len();
    assert!(count > 60);
    let script = beside(Some(&text), facts);
    let app = &script.screen.app;
    let live = app.running().unwrap();
    let rows = &app.device_tree().rows;
    for no in &live.matching.unconfigured {
        let target = live.target_of(*no).unwrap();
        let found = rows.iter().filter(|row| row.target == target).count();
        assert_eq!(found, 1, "{:?}", live.facts.device(*no));
        let way = app.way(target);
        assert_eq!(way.last().unwrap().target, target, "{way:?}");
        let depth = rows.iter().find(|row| row.target == target).unwrap().depth;
        assert_eq!(way.len(), usize::from(depth) + 1, "{way:?}");
    }
    script.size(80, 60).keys("<alt-2>0j").shot("live__only-live");
}

#[test]
fn a_fold_hides_what_is_only_live_and_finds_its_way_back() {
    let text = Guest::new("pc").named("x").with("<controller type='usb' model='none'/>").text();
    let script = beside(Some(&text), captures::answers_qmp("plain-modern").facts());
    let disk = script.keys("/sdd<enter>");
    let row = |script: &Script| script.screen.app.device_tree().rows.len();
    let all = row(&disk);
    assert!(all > 1, "{}", disk.text());
    // Left goes to the adapter, left again folds it.
    let folded = disk.keys("<esc>/scsi0-0-3<enter><esc>hh");
    assert!(!folded.text().contains("scsi0-0-3"), "{}", folded.text());
    let open = folded.keys("l");
    assert!(open.text().contains("scsi0-0-3"), "{}", open.text());
}

#[test]
fn the_selection_follows_a_live_device_until_it_is_gone() {
    let script = captured("pc-drift").keys("/foreign<enter><esc>");
    let target = script.screen.app.selected().unwrap();
    assert!(matches!(target, Target::Live(_)), "{target:?}");
    // The monitor reports the devices in another order.
    let mut facts = captures::answers_qmp("pc-drift").facts();
    let mut script = script;
    facts.name = Some("again".into());
    script.screen.send(event(2, MonitorEvent::Facts(Arc::new(facts))));
    assert_eq!(script.screen.app.selected(), Some(target));
    // Without the device its parent is selected.
    let facts = captures::answers_qmp("plain-modern").facts();
    script.screen.send(event(3, MonitorEvent::Facts(Arc::new(facts))));
    let text = script.text();
    assert!(text.contains(" pci-root") && !text.contains("foreign"), "{text}");
    assert!(!script.screen.app.way(script.screen.app.selected().unwrap()).is_empty());
}

#[test]
fn every_failure_of_the_monitor_is_a_state_of_its_own() {
    let mut script = connecting(Some(&demo("plain")));
    assert!(script.text().contains("connecting"), "{}", script.text());
    let second = Duration::from_secs(1);
    let gone = std::io::ErrorKind::NotFound;
    let failures = [
        (MonitorError::Unreachable("No such file".to_owned(), gone), "unreachable 3 s ago"),
        (MonitorError::NoSocket("a file"), "no socket 3 s ago"),
        (MonitorError::Busy(second * 3), "busy 3 s ago"),
        (MonitorError::Silent(second * 10), "silent 3 s ago"),
        (MonitorError::Garbage("SSH-2.0".to_owned()), "no monitor 3 s ago"),
        (MonitorError::TooLong(64), "too long 3 s ago"),
        (MonitorError::Closed, "lost 3 s ago"),
    ];
    for (nth, (why, want)) in failures.into_iter().enumerate() {
        let start = 10 * u64::try_from(nth).unwrap();
        script.screen.send(event(start, MonitorEvent::Connecting));
        let said = why.to_string();
        script.screen.send(event(start, MonitorEvent::Lost(why, second * 8)));
        let messages = script.screen.app.status.all().last().unwrap().1.to_owned();
        assert!(messages.contains(&said), "{messages}");
        script.screen.send(Message::Time(Duration::from_secs(start + 3)));
        let text = script.text();
        assert!(text.contains(&format!("{want}, next try in 5 s")), "{text}");
        // The guest is still drawn.
        assert!(text.contains("host bridge"), "{text}");
    }
    script.screen.send(Message::Time(Duration::from_secs(90)));
    assert!(script.text().contains("trying again"), "{}", script.text());
    let script = script.size(40, 20);
    assert!(script.text().contains("lost, try in 0 s"), "{}", script.text());
}

#[test]
fn the_same_failure_is_said_once() {
    let mut script = connecting(Some(&demo("plain")));
    for seconds in 0..5 {
        script.screen.send(event(seconds, MonitorEvent::Connecting));
        let lost = MonitorEvent::Lost(MonitorError::Closed, Duration::from_secs(1));
        script.screen.send(event(seconds, lost));
    }
    assert_eq!(script.screen.app.status.all().count(), 1);
}

#[test]
fn a_guest_of_which_nothing_is_known_says_how_it_stands() {
    let script = connecting(None).shot("live__no-xml-connecting");
    let mut script = script;
    let busy = MonitorError::Busy(Duration::from_secs(3));
    script.screen.send(event(2, MonitorEvent::Lost(busy, Duration::from_secs(4))));
    let script = script.keys("j").shot("live__no-xml-busy");
    script.size(40, 20).shot("live__no-xml-busy");
}

#[test]
fn what_was_known_stays_when_the_connection_is_lost() {
    let mut script = captured("pc-drift");
    let lost = MonitorEvent::Lost(MonitorError::Closed, Duration::from_millis(500));
    script.screen.send(event(9, lost));
    let text = script.text();
    assert!(text.contains("lost 0 s ago") && text.contains("▓= host bridge"), "{text}");
    script.screen.send(event(10, MonitorEvent::Connecting));
    script.screen.send(event(10, MonitorEvent::Connected("QMP")));
    assert!(script.text().contains("live qmp since 12:04"), "{}", script.text());
}

#[test]
fn the_log_says_what_went_over_the_wire_and_can_be_copied() {
    let mut script = captured("plain-modern");
    let wire = [
        Logged::Looked(812),
        Logged::Sent("{\"execute\":\"device_del\"}".to_owned()),
        Logged::Received("{\"return\":{}}\u{1b}[31m".to_owned()),
    ];
    for logged in wire {
        script.screen.send(event(3, MonitorEvent::Wire(logged)));
    }
    let mut script = script.keys("L").shot("live__log").size(40, 20).shot("live__log");
    // In the view with that title, and elsewhere.
    for keys in ["yl", "<esc>yl"] {
        script.screen.copied.clear();
        script = script.keys(keys);
        let copied = script.screen.copied.last().unwrap();
        assert!(copied.contains("12:04 > {\"execute\":\"device_del\"}\n"), "{copied}");
    }
    assert!(Script::open("plain").keys("L").text().contains("No monitor"));
}

#[test]
fn a_device_is_found_by_what_the_monitor_calls_it() {
    // The document has no aliases: it was made from the guest.
    let mut script = connecting(None);
    let facts = captures::answers_qmp("q35-rich").facts();
    script.screen.send(event(2, MonitorEvent::Facts(Arc::new(facts))));
    let script = script.keys("'scsi0-0-2-300<enter>");
    assert!(script.text().contains("in QEMU scsi-hd scsi0-0-2-300"), "{}", script.text());
}

#[test]
fn a_live_device_is_selected_in_all_views() {
    let script = captured("pc-drift").keys("'foreign<enter>2");
    let text = script.text();
    assert!(text.contains("functions of pci.0 slot 1c"), "{text}");
    assert!(text.contains("virtio-rng-pci foreign"), "{text}");
    // A step to the left and back finds it again.
    let script = script.keys("hl");
    assert!(matches!(script.screen.app.selected(), Some(Target::Live(..))));
    assert!(script.text().contains("virtio-rng-pci foreign"), "{}", script.text());
    let script = script.keys("1");
    let app = &script.screen.app;
    let row = app.device_tree().row_of(app.guest(), app.selected().unwrap()).unwrap();
    assert_eq!(app.device_tree().rows[row].title, "virtio-rng-pci");
    // A unit of an adapter of the document.
    let script = captured("pc-drift").keys("'fdisk<enter>3");
    let app = &script.screen.app;
    assert!(matches!(app.shown(), Some(Target::Live(..))));
    let (row, _) = app.shown_unit().unwrap();
    assert_eq!(app.matrix().rows[row].part, "target 7");
    assert!(script.text().contains("+fdisk"), "{}", script.text());
}

/// The text without the first element of this name that holds `word`.
fn without_element(text: &str, name: &str, word: &str) -> String {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let at = text.find(word).unwrap();
    let start = text[..at].rfind(&open).unwrap();
    let end = at + text[at..].find(&close).unwrap() + close.len();
    [&text[..start], text[end..].trim_start()].concat()
}

#[test]
fn a_place_that_only_a_live_device_fills_is_not_free() {
    // Slot 8 is the only free one between slots 7 and 9 of the document.
    let text = captures::read("pc-drift", "domain-live.xml");
    let text = without_element(&text, "disk", "<target dev='vda'");
    let script = beside(Some(&text), captures::answers_qmp("pc-drift").facts());
    let app = &script.screen.app;
    let guest = app.guest();
    let bus = guest.topology.bus(guest.topology.roots()[0]).unwrap();
    let runs: Vec<String> = bus.free_runs().iter().map(ToString::to_string).collect();
    assert!(!runs.iter().any(|run| run.starts_with("08")), "{runs:?}");
    let rows = &app.device_tree().rows;
    let here: Vec<&Row> = rows.iter().filter(|row| row.place.starts_with("08")).collect();
    assert_eq!(here.len(), 1, "{here:#?}");
    assert!(matches!(here[0].target, Target::Live(_)), "{here:#?}");
    let slots = script.keys("2");
    let slots = slots.screen.app.slots();
    assert_ne!(slots.buses[0].cells[8].mark, Mark::Free);
}

/// A captured guest with less information: without some devices, ids, numbers.
fn weakened() -> impl Strategy<Value = Facts> {
    let guest = prop::sample::select(captures::GUESTS);
    (guest, prop::collection::vec(any::<(prop::sample::Index, u8)>(), 0..40)).prop_map(
        |(guest, changes)| {
            let mut facts = captures::answers_qmp(guest).facts();
            for (at, what) in changes {
                let count = facts.devices.len();
                let device = &mut facts.devices[at.index(count)];
                match what % 6 {
                    0 => device.id = None,
                    1 => device.path = None,
                    2 => device.address = virt_topo::live::QdevAddress::None,
                    3 => device.driver = None,
                    4 => device.bus = None,
                    _ => device.pci = None,
                }
            }
            facts
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_runs_is_drawn_once_and_nobody_configured_is_lost(
        facts in weakened(),
        demo in prop::sample::select(vec!["plain", "q35", "scsi", "usb", "numa", "conflicts", "bare"]),
    ) {
        let revision = Revision::build(Source::Demo(demo.to_owned()).read().unwrap().text).unwrap();
        let guest = revision.guest();
        let mut names = LiveNames::default();
        let live = LiveGuest::compare(guest, &revision.domain, Arc::new(facts), &mut names, &[]);
        let folds = Folds { apart: live.apart(), ..Folds::default() };
        let names = GuestNames::of(guest);
        let drawn = topology(guest, &names, &folds);
        let running = live.guest(guest.domain);
        let mut rows = topology(running, &names, &folds);
        live.annotate(running, &mut rows);
        let only: Vec<Target> =
            rows.iter().map(|row| row.target).filter(|t| matches!(t, Target::Live(_))).collect();
        let mut once = only.clone();
        once.sort_unstable();
        once.dedup();
        prop_assert_eq!(once.len(), only.len());
        prop_assert_eq!(only.len(), live.matching.unconfigured.len());
        let devices = |rows: &[Row]| rows.iter().map(|row| row.devices).sum::<u32>();
        prop_assert_eq!(devices(&rows), devices(&drawn));
        for row in &rows {
            live.comparison(running, row.target);
            live.hardware(row.target);
            prop_assert!(!path(running, row.target).is_empty() || !matches!(row.target, Target::Live(_)));
        }
        // In the other trees no row is there twice either.
        let rows = usb(running, &names, &folds);
        let mut targets: Vec<Target> = rows.iter().map(|row| row.target).collect();
        let all = targets.len();
        targets.sort_unstable();
        targets.dedup();
        prop_assert_eq!(targets.len(), all);
    }
}
