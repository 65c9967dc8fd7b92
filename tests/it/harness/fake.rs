//! A monitor that behaves as badly as a test wants it to.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// The greeting of QMP.
pub(crate) const GREETING: &str = "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 0, \"major\": 10}}, \"capabilities\": []}}\r\n";

/// A socket in a directory of its own; both go when it is dropped.
pub(crate) struct Fake {
    _directory: tempfile::TempDir,
    /// The path of the socket.
    pub(crate) path: PathBuf,
    connections: Arc<AtomicUsize>,
}

impl Fake {
    /// A server that gives every connection, with its number from 0, to `serve`, one at a time.
    pub(crate) fn start(mut serve: impl FnMut(usize, UnixStream) + Send + 'static) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("monitor.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                serve(count.fetch_add(1, Ordering::SeqCst), stream);
            }
        });
        Self { _directory: directory, path, connections }
    }

    /// The number of connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// A well-behaved QMP server: `answer` gets each command with its arguments, and returns the
    /// text before the answer (events), and the answer's `return` or `error`.
    pub(crate) fn qmp(
        mut answer: impl FnMut(&str, &Value) -> (String, Result<Value, String>) + Send + 'static,
    ) -> Self {
        Self::start(move |_, stream| speak(stream, &mut answer))
    }
}

/// The text before a server's answer, and the answer.
type Said = (String, Result<Value, String>);

/// Serves one client of QMP to its end.
pub(crate) fn speak(mut stream: UnixStream, answer: &mut dyn FnMut(&str, &Value) -> Said) {
    let _ = stream.write_all(GREETING.as_bytes());
    let reader = BufReader::new(stream.try_clone().unwrap());
    for line in reader.lines() {
        let Ok(line) = line else { return };
        let message: Value = serde_json::from_str(&line).unwrap();
        let command = message["execute"].as_str().unwrap();
        let id = &message["id"];
        let (before, result) = if command == "qmp_capabilities" {
            (String::new(), Ok(serde_json::json!({})))
        } else {
            answer(command, &message["arguments"])
        };
        let body = match result {
            Ok(value) => serde_json::json!({ "return": value, "id": id }),
            Err(words) => serde_json::json!({
                "error": { "class": "GenericError", "desc": words }, "id": id }),
        };
        if stream.write_all(format!("{before}{body}\r\n").as_bytes()).is_err() {
            return;
        }
    }
}

/// Holds a connection open for a while, saying nothing.
pub(crate) fn hold(stream: UnixStream, time: Duration) {
    thread::sleep(time);
    drop(stream);
}
