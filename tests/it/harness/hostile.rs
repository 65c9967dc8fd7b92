//! Monitors that misbehave, each in its own way: none of them may hang the program, fill its memory
//! or write to the terminal.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::fake::GREETING;
use virt_topo::text::is_unprintable;

/// Texts that no output may contain: OSC 52 (the clipboard), CSI, C1, a turned writing direction,
/// invisible letters, a newline.
pub(crate) const EVIL: &str = "\u{1b}]52;c;ZWNobyBwd25lZA==\u{7}\u{1b}[31mRED\u{9b}31m\u{202e}evil\u{2066}\u{200b}\u{e0041}|`$(id)\n<script>alert(1)</script>";

/// Whether a text contains, unescaped, a character that a terminal obeys or does not draw.
pub(crate) fn is_raw(text: &str) -> bool {
    text.contains(|letter: char| is_unprintable(letter) && !matches!(letter, '\n' | '\t'))
}

/// A connection, seen from the monitor.
pub(crate) struct Client(UnixStream);

/// A command that was sent.
struct Asked {
    /// Its number, from 1.
    nth: usize,
    command: String,
    arguments: Value,
    id: Value,
}

/// A way to misbehave.
#[derive(Clone, Copy)]
enum How {
    /// From the first byte on.
    Raw(fn(&mut Client) -> io::Result<()>),
    /// With the answers to commands of QMP, behind a proper greeting.
    Answers(fn(&mut Client, &Asked) -> io::Result<()>),
}

/// All kinds of misbehaviour, by name.
const MODES: &[(&str, How)] = &[
    ("silent", How::Raw(|_| forever())),
    ("drip", How::Raw(|client| client.drip(GREETING, Duration::from_millis(300)))),
    ("garbage", How::Raw(|client| client.flood(&noise()))),
    (
        "halfjson",
        How::Raw(|client| client.send(&GREETING.as_bytes()[..40]).and_then(|()| forever())),
    ),
    ("nested", How::Raw(|client| client.say(&nested(false)).and_then(|()| forever()))),
    ("nestedclosed", How::Raw(|client| client.say(&nested(true)).and_then(|()| forever()))),
    (
        "gigline",
        How::Raw(|client| client.say("{\"QMP\":\"").and_then(|()| client.flood(&[b'a'; 65536]))),
    ),
    (
        "badutf8",
        How::Raw(|client| {
            client.send(b"{\"QMP\":{\"version\":\"\xff\xfe\xc0\"}}\n").and_then(|()| forever())
        }),
    ),
    ("disconnect", How::Raw(|_| Ok(()))),
    ("greetdisconnect", How::Raw(|client| client.say(GREETING))),
    ("evgreetflood", How::Raw(|client| client.flood(&events("RESET")))),
    (
        "hmpdrip",
        How::Raw(|client| {
            client.say("QEMU 9.0 monitor - type help\r\n")?;
            client.drip("x", Duration::from_millis(300))
        }),
    ),
    (
        "hmpflood",
        How::Raw(|client| {
            client.say("QEMU 9.0 monitor\r\n(qemu) ")?;
            client.0.read_exact(&mut [0])?;
            client.flood("line of text\r\n".repeat(1000).as_bytes())
        }),
    ),
    ("hmpnoprompt", How::Raw(|client| client.say("QEMU 9.0 monitor\r\n").and_then(|()| forever()))),
    (
        "hmppromptflood",
        How::Raw(|client| {
            client.say("QEMU 9.0 monitor\r\n(qemu) ")?;
            client.flood(format!("info pci\r\n{EVIL}\r\n(qemu) ").repeat(10).as_bytes())
        }),
    ),
    (
        "hmpevil",
        How::Raw(|client| {
            client.human(|line| {
        format!("{line}\r\n  Bus  0, device   3, function 0:\r\n    Ethernet controller{EVIL}: PCI device 1af4:1000\r\n      IRQ 11, pin A\r\n      id \"net0{EVIL}\"\r\n(qemu) ")
    })
        }),
    ),
    (
        "hmpecho",
        How::Raw(|client| {
            client.human(|line| {
        format!("{line}\r\n(qemu) \r\n{line}\r\n  Bus  0, device   3, function 0:\r\n    Ethernet controller: PCI device 1af4:1000\r\n      id \"(qemu) \"\r\n(qemu) ")
    })
        }),
    ),
    (
        "capserr",
        How::Raw(|client| {
            client.say(GREETING)?;
            client.refuse(&json!(1), EVIL)?;
            forever()
        }),
    ),
    ("evflood", How::Answers(|client, _| client.flood(&events("RESET")))),
    (
        "evafter",
        How::Answers(|client, asked| {
            client.answer(asked, &honest(asked, ""))?;
            if asked.command == "device_del" || asked.nth > 60 {
                return client.flood(&events("RTC_CHANGE"));
            }
            Ok(())
        }),
    ),
    (
        "wrongid",
        How::Answers(|client, _| {
            [json!(99999), json!(-1), json!("a")]
                .iter()
                .try_for_each(|id| client.write(&json!({ "return": {}, "id": id })))
        }),
    ),
    (
        "dup",
        How::Answers(|client, asked| {
            client.answer(asked, &honest(asked, ""))?;
            client.answer(asked, &honest(asked, ""))?;
            client.answer(asked, &json!([{ "x": 1 }]))
        }),
    ),
    (
        "neg",
        How::Answers(|client, asked| {
            let device = json!({ "bus": -1, "slot": -3, "function": 99_999_999_999_u64,
            "class_info": { "class": -1 }, "id": { "device": -1, "vendor": -1 }, "qdev_id": "x",
            "regions": [{ "bar": -1, "size": -1, "address": -1, "type": "memory" }], "irq": -1,
            "pci_bridge": { "bus": { "number": -1, "secondary": -1, "subordinate": -1 }, "devices": [] } });
            client.answer(
                asked,
                &json!([{ "bus": -1, "slot": -5, "function": -1, "devices": [device] }]),
            )
        }),
    ),
    (
        "types",
        How::Answers(|client, asked| {
            let nonsense =
                json!({ "bus": "x", "devices": [1, null, { "slot": [], "function": {} }] });
            client.answer(asked, &json!([null, 1, [], nonsense]))
        }),
    ),
    (
        "drop",
        How::Answers(|client, asked| {
            if asked.nth < 4 {
                client.answer(asked, &honest(asked, ""))
            } else {
                Err(io::ErrorKind::Other.into())
            }
        }),
    ),
    ("evil", How::Answers(|client, asked| client.answer(asked, &honest(asked, EVIL)))),
    ("evilerr", How::Answers(|client, asked| client.refuse(&asked.id, EVIL))),
    ("bomb", How::Answers(|client, asked| client.bomb(asked, "[0],"))),
    ("bombkeys", How::Answers(|client, asked| client.bomb(asked, "{\"a\":0},"))),
    (
        "bombtext",
        How::Answers(|client, asked| {
            client.say("{\"return\":\"")?;
            (0..60 * 16).try_for_each(|_| client.send(&[b'a'; 65536]))?;
            client.say(&format!("\",\"id\":{}}}\n", asked.id))
        }),
    ),
    (
        "bombevents",
        How::Answers(|client, _| {
            let event = format!(
                "{{\"event\":\"RESET\",\"data\":{{\"x\":[{}0]}}}}\n",
                "{\"a\":0},".repeat(50_000)
            );
            client.flood(event.as_bytes())
        }),
    ),
    (
        "many",
        How::Answers(|client, asked| {
            let path = asked.arguments["path"].as_str().unwrap_or_default();
            let all = match (&*asked.command, path) {
                ("query-pci", _) => {
                    let devices: Vec<Value> = (0..100_000).map(|nth| json!({ "bus": nth / 256,
                    "slot": nth / 8 % 32, "function": nth % 8, "class_info": { "class": 512 },
                    "id": { "device": 1, "vendor": 1 }, "qdev_id": format!("d{nth}"), "regions": [] })).collect();
                    json!([{ "bus": 0, "devices": devices }])
                }
                ("qom-list", "/machine/peripheral") => (0..100_000)
                    .map(
                        |nth| json!({ "name": format!("d{nth}"), "type": "child<virtio-net-pci>" }),
                    )
                    .collect(),
                _ => honest(asked, ""),
            };
            client.answer(asked, &all)
        }),
    ),
    (
        "qomdeep",
        How::Answers(|client, asked| {
            let answer = match &*asked.command {
                "qom-list" => (0..10)
                    .map(|nth| json!({ "name": format!("c{nth}"), "type": "child<device>" }))
                    .chain([json!({ "name": "loop", "type": "link<device>" })])
                    .collect(),
                "qom-get" => {
                    json!(format!("{}/c0", asked.arguments["path"].as_str().unwrap_or_default()))
                }
                _ => honest(asked, ""),
            };
            client.answer(asked, &answer)
        }),
    ),
    (
        "slowanswers",
        How::Answers(|client, asked| {
            thread::sleep(Duration::from_millis(400));
            client.answer(asked, &honest(asked, ""))
        }),
    ),
    (
        "dripanswers",
        How::Answers(|client, asked| {
            client.drip(
                &json!({ "return": honest(asked, ""), "id": asked.id }).to_string(),
                Duration::from_millis(300),
            )
        }),
    ),
    ("liedone", How::Answers(|client, asked| client.answer(asked, &honest(asked, "")))),
    (
        "liegone",
        How::Answers(|client, asked| {
            if asked.command == "device_del" {
                client.write(&json!({ "event": "DEVICE_DELETED",
                "data": { "device": "net0", "path": "/machine/peripheral/net0" }, "timestamp": {} }))?;
            }
            client.answer(asked, &honest(asked, ""))
        }),
    ),
    (
        "liefailed",
        How::Answers(|client, asked| {
            if !matches!(
                &*asked.command,
                "device_add" | "device_del" | "blockdev-add" | "netdev_add"
            ) {
                return client.answer(asked, &honest(asked, ""));
            }
            client.write(&json!({ "event": "DEVICE_DELETED",
            "data": { "device": "net0", "path": "/machine/peripheral/net0" }, "timestamp": {} }))?;
            client.refuse(&asked.id, EVIL)
        }),
    ),
];

/// The names of all ways.
pub(crate) fn modes() -> impl Iterator<Item = &'static str> {
    MODES.iter().map(|mode| mode.0)
}

/// A monitor that misbehaves; its socket goes when it is dropped.
pub(crate) struct Hostile {
    _directory: tempfile::TempDir,
    /// The path of the socket.
    pub(crate) path: PathBuf,
}

impl Hostile {
    /// A server that treats every client in this way.
    pub(crate) fn start(mode: &str) -> Self {
        let how = MODES.iter().find(|row| row.0 == mode).unwrap().1;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("monitor.sock");
        let listener = UnixListener::bind(&path).unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                // A client that has gone ends it.
                thread::spawn(move || Client(stream).serve(how));
            }
        });
        Self { _directory: directory, path }
    }

    /// Its path as an argument.
    pub(crate) fn name(&self) -> &str {
        self.path.to_str().unwrap()
    }
}

fn forever() -> io::Result<()> {
    loop {
        thread::park();
    }
}

fn noise() -> Vec<u8> {
    // A generator of Lehmer's; any bytes will do.
    let step = |seed: &u64| Some(seed * 48_271 % 0x7fff_ffff);
    std::iter::successors(Some(7), step).take(65536).map(|seed| seed.to_le_bytes()[1]).collect()
}

fn nested(is_closed: bool) -> String {
    let end = if is_closed { "]".repeat(1_000_000) + "}" } else { String::new() };
    format!("{{\"QMP\":{}{end}", "[".repeat(1_000_000))
}

fn events(name: &str) -> Vec<u8> {
    let event =
        json!({ "event": name, "data": {}, "timestamp": { "seconds": 1, "microseconds": 1 } });
    format!("{event}\n").repeat(500).into_bytes()
}

/// The answers of a small guest, with `evil` after every text.
fn honest(asked: &Asked, evil: &str) -> Value {
    let path = asked.arguments["path"].as_str().unwrap_or_default();
    let device = |slot: u32, class: u32, what: &str, id: u32, name: &str| {
        json!({ "bus": 0, "slot": slot, "function": 0, "class_info": { "class": class,
            "desc": format!("{what}{evil}") }, "id": { "device": id, "vendor": 0x1af4 },
            "qdev_id": format!("{name}{evil}"), "regions": [], "irq": 11 })
    };
    match (&*asked.command, path) {
        ("query-pci", _) => json!([{ "bus": 0, "devices": [
            device(0, 0x600, "Host bridge", 0x29c0, ""),
            device(3, 0x200, "Ethernet controller", 0x1041, "net0"),
            device(4, 0x100, "SCSI controller", 0x1042, "virtio-disk0")] }]),
        ("query-status", _) => json!({ "status": format!("prelaunch{evil}"), "running": false }),
        ("query-block", _) => json!([{ "device": format!("drive{evil}"), "type": "unknown",
            "qdev": format!("/machine/peripheral/virtio-disk0/virtio-backend{evil}"),
            "removable": false, "locked": false, "inserted": { "file": format!("/x{evil}"),
            "node-name": format!("n{evil}"), "drv": "raw", "ro": false } }]),
        ("query-name", _) => json!({ "name": format!("g{evil}") }),
        ("query-target", _) => json!({ "arch": "x86_64" }),
        ("qom-list", "/machine/peripheral") => json!([
            { "name": format!("net0{evil}"), "type": format!("child<virtio-net-pci{evil}>") },
            { "name": format!("virtio-disk0{evil}"), "type": "child<virtio-blk-pci>" },
            { "name": format!("only{evil}"), "type": "child<scsi-hd>" }]),
        ("qom-get", _) => json!(format!("x{evil}")),
        ("human-monitor-command", _) if asked.arguments["command-line"] == "info qtree" => {
            json!(format!(
                "bus: main-system-bus\n  type System\n  dev: q35-pcihost, id \"{evil}\"\n    bus: pcie.0\n      type PCIE\n      dev: virtio-net-pci, id \"net0{evil}\"\n        addr = 03.0\n      dev: pcie-root-port, id \"rp1\"\n        addr = 05.0\n        bus: rp1\n          type PCIE\n"
            ))
        }
        (
            "qom-list" | "query-memory-devices" | "query-cpus-fast" | "query-named-block-nodes",
            _,
        ) => json!([]),
        _ => json!({}),
    }
}

impl Client {
    fn serve(mut self, how: How) -> io::Result<()> {
        let answer = match how {
            How::Raw(behave) => return behave(&mut self),
            How::Answers(answer) => answer,
        };
        self.say(GREETING)?;
        let lines = BufReader::new(self.0.try_clone()?).lines();
        for (nth, line) in lines.enumerate() {
            let message: Value = serde_json::from_str(&line?)?;
            let command = message["execute"].as_str().unwrap_or_default().to_owned();
            let (arguments, id) = (message["arguments"].clone(), message["id"].clone());
            let asked = Asked { nth, command, arguments, id };
            if asked.command == "qmp_capabilities" {
                self.answer(&asked, &json!({}))?;
            } else {
                answer(&mut self, &asked)?;
            }
        }
        Ok(())
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.send(text.as_bytes())
    }

    fn write(&mut self, message: &Value) -> io::Result<()> {
        self.say(&format!("{message}\r\n"))
    }

    fn answer(&mut self, asked: &Asked, value: &Value) -> io::Result<()> {
        self.write(&json!({ "return": value, "id": asked.id }))
    }

    fn refuse(&mut self, id: &Value, words: &str) -> io::Result<()> {
        self.write(&json!({ "error": { "class": "GenericError", "desc": words }, "id": id }))
    }

    fn flood(&mut self, bytes: &[u8]) -> io::Result<()> {
        loop {
            self.send(bytes)?;
        }
    }

    fn drip(&mut self, text: &str, pause: Duration) -> io::Result<()> {
        for byte in text.bytes().chain(std::iter::repeat(b' ')) {
            self.send(&[byte])?;
            thread::sleep(pause);
        }
        Ok(())
    }

    fn bomb(&mut self, asked: &Asked, piece: &str) -> io::Result<()> {
        self.say("{\"return\":[")?;
        let pieces = piece.repeat(8192);
        for _ in 0..(60 << 20) / pieces.len() {
            self.say(&pieces)?;
        }
        self.say(&format!("0],\"id\":{}}}\n", asked.id))
    }

    fn human(&mut self, answer: fn(&str) -> String) -> io::Result<()> {
        self.say("QEMU 9.0 monitor\r\n(qemu) ")?;
        let lines = BufReader::new(self.0.try_clone()?).lines();
        for line in lines {
            self.say(&answer(&line?))?;
        }
        Ok(())
    }
}
