//! A second query of a guest finds what a first one would find, with few commands.

use std::collections::VecDeque;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::harness::fake::Fake;
use crate::harness::objects::{Kind, Objects};
use proptest::prelude::*;
use serde_json::{Value, json};
use virt_topo::live::{Facts, QomWalk, Query};
use virt_topo::sources::monitor::{
    Endpoint, Limits, Link, Monitor, MonitorEvent, MonitorRequest, Qmp,
};

/// A change that another client makes to the guest.
#[derive(Clone, Debug)]
enum Deed {
    Plug(Kind, Option<u8>),
    /// The nth of those that can go, modulo their number.
    Unplug(usize),
    /// Unplugs and plugs at the same place of the tree.
    Replace(usize, Kind),
}

/// Makes the change; returns the paths that events report.
fn act(objects: &mut Objects, deed: &Deed) -> Vec<String> {
    let nth = |objects: &Objects, nth: usize| {
        let paths = objects.removable();
        (!paths.is_empty()).then(|| paths[nth % paths.len()].clone())
    };
    match deed {
        Deed::Plug(kind, id) => {
            objects.plug(*kind, id.map(|id| format!("id{id}")).as_deref());
            Vec::new()
        }
        Deed::Unplug(which) => {
            nth(objects, *which).map(|path| objects.unplug(&path)).unwrap_or_default()
        }
        Deed::Replace(which, kind) => {
            let Some(path) = nth(objects, *which) else { return Vec::new() };
            let told = objects.unplug(&path);
            if let Some(id) = path.strip_prefix("/machine/peripheral/") {
                objects.plug(*kind, Some(id));
            }
            told
        }
    }
}

/// Walks to the end and returns the queries; `between` is called before each answer.
fn walk(
    walk: &mut QomWalk,
    objects: &mut Objects,
    mut between: impl FnMut(&mut Objects, &mut QomWalk),
) -> Vec<Query> {
    let mut asked = Vec::new();
    loop {
        let questions = walk.questions();
        if questions.is_empty() {
            return asked;
        }
        // A round is answered as a whole: events are heard before its first answer is looked at.
        let answers: Vec<_> = questions
            .iter()
            .map(|question| {
                between(objects, walk);
                objects.answer(question)
            })
            .collect();
        for (question, answer) in questions.iter().zip(answers) {
            walk.answer(question, answer.as_ref());
        }
        asked.extend(questions);
    }
}

/// A look at a guest that nothing happens to.
fn look(known: &mut QomWalk, objects: &mut Objects) -> Vec<Query> {
    known.look(Some(&objects.tree()));
    walk(known, objects, |_, _| ())
}

/// The same where there is no `info qtree`.
fn look_untold(known: &mut QomWalk, objects: &mut Objects) -> Vec<Query> {
    known.look(None);
    walk(known, objects, |_, _| ())
}

/// The facts of a first query, which asks for everything.
fn fresh(objects: &mut Objects) -> Facts {
    let mut first = QomWalk::default();
    look_untold(&mut first, objects);
    first.facts()
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![Kind::Disk, Kind::Virtio, Kind::Stick, Kind::Nvme, Kind::Bridge])
}

fn deeds(most: usize) -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        (kinds(), prop::option::of(0..4_u8)).prop_map(|(kind, id)| Deed::Plug(kind, id)),
        any::<usize>().prop_map(Deed::Unplug),
        (any::<usize>(), kinds()).prop_map(|(which, kind)| Deed::Replace(which, kind)),
    ];
    prop::collection::vec(deed, 0..most)
}

proptest! {
    #[test]
    fn a_later_look_finds_what_a_first_one_would(rounds in prop::collection::vec(deeds(6), 1..8)) {
        let mut objects = Objects::new(2);
        // One walk that gets events and not the tree, and one the other way round.
        let (mut hears, mut sees) = (QomWalk::default(), QomWalk::default());
        look_untold(&mut hears, &mut objects);
        look(&mut sees, &mut objects);
        for deeds in &rounds {
            for deed in deeds {
                for path in act(&mut objects, deed) {
                    hears.forget(&path);
                }
            }
            look_untold(&mut hears, &mut objects);
            look(&mut sees, &mut objects);
            let first = fresh(&mut objects);
            prop_assert_eq!(&hears.facts(), &first);
            prop_assert_eq!(&sees.facts(), &first);
        }
    }

    /// Events arrive in their order, at any time after their cause.
    #[test]
    fn what_happens_during_a_look_is_right_at_the_next(
        rounds in prop::collection::vec((deeds(8), prop::collection::vec(0..12_u8, 40)), 1..6),
        is_told: bool,
    ) {
        let look = if is_told { look } else { look_untold };
        let mut objects = Objects::new(2);
        let mut known = QomWalk::default();
        for (deeds, pauses) in &rounds {
            let mut deeds = deeds.iter();
            let mut pauses = pauses.iter();
            let mut told = VecDeque::new();
            known.look(is_told.then(|| objects.tree()).as_deref());
            walk(&mut known, &mut objects, |objects, known| match pauses.next() {
                Some(0 | 1) => {
                    if let Some(deed) = deeds.next() {
                        told.extend(act(objects, deed));
                    }
                }
                Some(2..6) => {
                    if let Some(path) = told.pop_front() {
                        known.forget(&path);
                    }
                }
                _ => {}
            });
            for path in told {
                known.forget(&path);
            }
            look(&mut known, &mut objects);
            prop_assert_eq!(known.facts(), fresh(&mut objects));
        }
    }
}

#[test]
fn a_later_look_asks_for_what_is_new_and_no_more() {
    let mut objects = Objects::new(300);
    let mut known = QomWalk::default();
    let first = look(&mut known, &mut objects).len();
    // Properties in the tree are not queried.
    let untold = look_untold(&mut QomWalk::default(), &mut objects).len();
    assert!(first > 600 && untold > 2 * first, "{first}, {untold}");
    let list = |path: &str| Query::List(path.to_owned());
    let mut containers = vec![list("/machine")];
    containers.extend(
        ["peripheral", "peripheral-anon", "unattached"]
            .map(|name| list(&format!("/machine/{name}"))),
    );
    assert_eq!(look(&mut known, &mut objects), containers);
    // A removed device needs no query; an added one its own.
    for path in objects.unplug("/machine/peripheral/disk7") {
        known.forget(&path);
    }
    objects.unplug("/machine/peripheral/disk8");
    assert_eq!(look(&mut known, &mut objects), containers);
    objects.plug(Kind::Disk, Some("disk7"));
    let asked = look(&mut known, &mut objects);
    assert!(asked.len() < 12, "{asked:?}");
    let elsewhere = asked.iter().find(|query| {
        let (Query::List(path) | Query::Get(path, _)) = query;
        !containers.contains(query) && path != "/machine/peripheral/disk7"
    });
    assert_eq!(elsewhere, None);
    assert_eq!(known.facts(), fresh(&mut objects));
}

#[test]
fn a_late_event_hides_no_device_that_has_the_name_by_now() {
    let mut objects = Objects::new(20);
    let gone = objects.unplug("/machine/peripheral/disk7");
    objects.plug(Kind::Disk, Some("disk7"));
    let first = fresh(&mut objects);
    // The event about the former device comes before any question of the look.
    for at in 0.. {
        let mut known = QomWalk::default();
        known.look(None);
        let mut nth = 0;
        walk(&mut known, &mut objects, |_, known| {
            if nth == at {
                for path in &gone {
                    known.forget(path);
                }
            }
            nth += 1;
        });
        assert_eq!(known.facts(), first, "the event came before question {at} of {nth}");
        if nth <= at {
            assert!(nth > 50);
            break;
        }
    }
}

#[test]
fn another_model_of_the_same_name_is_another_device_also_without_an_event() {
    let mut objects = Objects::new(1);
    let mut known = QomWalk::default();
    look(&mut known, &mut objects);
    objects.unplug("/machine/peripheral/disk0");
    objects.plug(Kind::Stick, Some("disk0"));
    look(&mut known, &mut objects);
    assert_eq!(known.facts(), fresh(&mut objects));
}

#[test]
fn what_is_gone_when_it_is_asked_is_asked_again_when_it_is_back() {
    let mut objects = Objects::new(2);
    let mut known = QomWalk::default();
    look(&mut known, &mut objects);
    known.look(Some(&objects.tree()));
    let mut left = 4;
    walk(&mut known, &mut objects, |objects, known| {
        // The list that still names it has been answered, and waits to be looked at.
        left -= 1;
        if left == 0 {
            objects.unplug("/machine/peripheral/disk0");
            known.forget("/machine/peripheral/disk0");
        }
    });
    objects.plug(Kind::Disk, Some("disk0"));
    look(&mut known, &mut objects);
    assert_eq!(known.facts(), fresh(&mut objects));
}

/// A guest behind a monitor.
struct Served {
    objects: Arc<Mutex<Objects>>,
    /// Events before the next answer.
    events: Arc<Mutex<String>>,
    /// Questions about objects.
    asked: Arc<Mutex<usize>>,
    /// After how many of them there is a long silence.
    silence: Arc<Mutex<Option<usize>>>,
    server: Fake,
}

const SHORT: Limits = Limits {
    connect: Duration::from_secs(1),
    greeting: Duration::from_secs(1),
    answer: Duration::from_millis(500),
    bytes: 64 << 20,
};

impl Served {
    fn new(disks: u32) -> Self {
        let objects = Arc::new(Mutex::new(Objects::new(disks)));
        let (events, asked) = (Arc::new(Mutex::new(String::new())), Arc::new(Mutex::new(0)));
        let silence = Arc::new(Mutex::new(None));
        let (tree, said, count) = (Arc::clone(&objects), Arc::clone(&events), Arc::clone(&asked));
        let silent = Arc::clone(&silence);
        let server = Fake::qmp(move |command, arguments| {
            let word = |name: &str| arguments[name].as_str().unwrap_or_default().to_owned();
            let query = match command {
                "qom-list" => Query::List(word("path")),
                "qom-get" => Query::Get(word("path"), word("property")),
                _ => return (String::new(), Err("not here".to_owned())),
            };
            *count.lock().unwrap() += 1;
            if silent.lock().unwrap().take_if(|after| *after <= *count.lock().unwrap()).is_some() {
                std::thread::sleep(SHORT.answer * 3 / 2);
            }
            let answer = tree.lock().unwrap().answer(&query);
            (std::mem::take(&mut said.lock().unwrap()), answer.ok_or_else(|| "gone".to_owned()))
        });
        Self { objects, events, asked, silence, server }
    }

    fn qmp(&self) -> Box<Qmp> {
        match Link::open(&Endpoint::Unix(self.server.path.clone()), SHORT).unwrap() {
            Link::Qmp(qmp) => qmp,
            other @ Link::Hmp(_) => panic!("{other:?}"),
        }
    }

    fn asked(&self) -> usize {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// A disk goes, and another has its name and another place.
    fn replace(&self, id: &str) {
        let path = format!("/machine/peripheral/{id}");
        let mut objects = self.objects.lock().unwrap();
        for path in objects.unplug(&path) {
            let event: Value =
                json!({ "event": "DEVICE_DELETED", "data": { "path": path }, "timestamp": {} });
            self.events.lock().unwrap().extend([event.to_string(), "\r\n".to_owned()]);
        }
        objects.plug(Kind::Disk, Some(id));
    }
}

#[test]
fn an_event_of_anybodys_deed_is_heeded_before_the_answer_behind_it() {
    let served = Served::new(50);
    let mut qmp = served.qmp();
    let before = qmp.facts().unwrap();
    assert!(served.asked() > 250);
    assert_eq!(qmp.facts().unwrap(), before);
    // The machine's type is queried too.
    assert_eq!(served.asked(), 5);
    served.replace("disk3");
    let after = qmp.facts().unwrap();
    assert!(served.asked() < 15);
    assert_ne!(after, before);
    drop(qmp);
    assert_eq!(served.qmp().facts().unwrap(), after);
}

#[test]
fn a_person_who_asks_for_a_look_gets_a_whole_one() {
    let served = Served::new(50);
    let (sender, events) = channel();
    let endpoint = Endpoint::Unix(served.server.path.clone());
    let monitor = Monitor::start(endpoint, SHORT, move |event| {
        if let MonitorEvent::Facts(facts) = event {
            let _ = sender.send(facts);
        }
    });
    let monitor = monitor.unwrap();
    let patience = Duration::from_secs(10);
    let first = events.recv_timeout(patience).unwrap();
    // An undetectable change: neither an addition nor a removal.
    let mut objects = served.objects.lock().unwrap();
    objects.unplug("/machine/peripheral/disk3");
    objects.plug(Kind::Disk, Some("disk3"));
    drop(objects);
    monitor.request(MonitorRequest::Refresh);
    let second = events.recv_timeout(patience).unwrap();
    assert_ne!(first, second);
}

#[test]
fn a_look_that_was_cut_off_is_no_ground_for_the_next() {
    let served = Served::new(50);
    let mut qmp = served.qmp();
    *served.silence.lock().unwrap() = Some(100);
    assert!(qmp.facts().is_err());
    let facts = qmp.facts().unwrap();
    drop(qmp);
    assert_eq!(facts, served.qmp().facts().unwrap());
}
