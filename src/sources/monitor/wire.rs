//! A connected socket whose reads happen on a thread of their own, so that every wait has a limit
//! and can be ended from outside.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{Endpoint, MonitorError};

/// How long to wait, and how much to take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For the connection.
    pub connect: Duration,
    /// For the greeting.
    pub greeting: Duration,
    /// For an answer.
    pub answer: Duration,
    /// Bytes of one answer.
    pub bytes: usize,
}

impl Default for Limits {
    /// What an admin will wait for; 64 MiB is a hundred times a large guest's device tree.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            greeting: Duration::from_secs(3),
            answer: Duration::from_secs(10),
            bytes: 64 << 20,
        }
    }
}

enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

/// What the reading thread has to say.
enum Chunk {
    Bytes(Vec<u8>),
    /// The end, with the system's words when it is a failure.
    End(Option<String>),
    /// Somebody outside wants attention.
    Wake,
    /// Somebody outside wants no more.
    Stop,
}

/// What came.
pub(super) enum Incoming {
    /// So many bytes.
    Bytes(Vec<u8>),
    /// The time is over.
    Nothing,
    /// [`Waker::wake`] was called.
    Woken,
}

/// Ends a wait from another thread.
#[derive(Clone)]
pub(super) struct Waker(SyncSender<Chunk>);

impl Waker {
    /// Ends the current wait, or the next one. A full queue ends it as well.
    pub(super) fn wake(&self) {
        let _ = self.0.try_send(Chunk::Wake);
    }

    /// Ends the connection: every wait says that it is closed.
    pub(super) fn stop(&self) {
        let _ = self.0.try_send(Chunk::Stop);
    }
}

/// Pieces that wait to be looked at; the reader stops when nobody does.
const QUEUE: usize = 64;

/// A connected socket.
pub(super) struct Wire {
    stream: Stream,
    chunks: Receiver<Chunk>,
    waker: SyncSender<Chunk>,
    reader: Option<JoinHandle<()>>,
    stopped: bool,
}

impl Wire {
    /// Connects.
    pub(super) fn open(endpoint: &Endpoint, limits: &Limits) -> Result<Self, MonitorError> {
        let stream = connect(endpoint, limits.connect)?;
        // A QEMU that does not read must not hold us for ever.
        let limit = Some(limits.answer);
        let set = match &stream {
            Stream::Unix(stream) => stream.set_write_timeout(limit),
            Stream::Tcp(stream) => stream.set_write_timeout(limit),
        };
        set.map_err(|error| MonitorError::Failed(error.to_string()))?;
        let (sender, chunks) = mpsc::sync_channel(QUEUE);
        let reading = stream.try_clone()?;
        let waker = sender.clone();
        let reader = thread::Builder::new()
            .name("monitor reader".to_owned())
            .spawn(move || read(reading, &sender))
            .map_err(|error| MonitorError::Failed(error.to_string()))?;
        Ok(Self { stream, chunks, waker, reader: Some(reader), stopped: false })
    }

    /// Sends all of `bytes`.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), MonitorError> {
        let sent = match &mut self.stream {
            Stream::Unix(stream) => stream.write_all(bytes),
            Stream::Tcp(stream) => stream.write_all(bytes),
        };
        sent.map_err(|error| match error.kind() {
            std::io::ErrorKind::BrokenPipe | std::io::ErrorKind::ConnectionReset => {
                MonitorError::Closed
            }
            _ => MonitorError::Failed(error.to_string()),
        })
    }

    /// What comes next, until `end`; without one it waits for ever.
    pub(super) fn next(&mut self, end: Option<Instant>) -> Result<Incoming, MonitorError> {
        if self.stopped {
            return Err(MonitorError::Closed);
        }
        let chunk = match end {
            Some(end) => self.chunks.recv_timeout(end.saturating_duration_since(Instant::now())),
            None => self.chunks.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match chunk {
            Ok(Chunk::Bytes(bytes)) => Ok(Incoming::Bytes(bytes)),
            Ok(Chunk::Wake) => Ok(Incoming::Woken),
            Ok(Chunk::End(Some(words))) => Err(MonitorError::Failed(words)),
            Ok(Chunk::Stop) => {
                self.stopped = true;
                Err(MonitorError::Closed)
            }
            Ok(Chunk::End(None)) | Err(RecvTimeoutError::Disconnected) => Err(MonitorError::Closed),
            Err(RecvTimeoutError::Timeout) => Ok(Incoming::Nothing),
        }
    }

    /// Something that ends waits.
    pub(super) fn waker(&self) -> Waker {
        Waker(self.waker.clone())
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        match &self.stream {
            Stream::Unix(stream) => drop(stream.shutdown(Shutdown::Both)),
            Stream::Tcp(stream) => drop(stream.shutdown(Shutdown::Both)),
        }
        // A reader with a full queue waits for somebody to take: nobody will.
        let (_, closed) = mpsc::sync_channel(1);
        self.chunks = closed;
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

impl Stream {
    fn try_clone(&self) -> Result<Self, MonitorError> {
        let cloned = match self {
            Self::Unix(stream) => stream.try_clone().map(Self::Unix),
            Self::Tcp(stream) => stream.try_clone().map(Self::Tcp),
        };
        cloned.map_err(|error| MonitorError::Failed(error.to_string()))
    }
}

fn read(mut stream: Stream, sender: &SyncSender<Chunk>) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = match &mut stream {
            Stream::Unix(stream) => stream.read(&mut buffer),
            Stream::Tcp(stream) => stream.read(&mut buffer),
        };
        let chunk = match read {
            Ok(0) => Chunk::End(None),
            Ok(count) => Chunk::Bytes(buffer.get(..count).unwrap_or_default().to_vec()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Chunk::End(None),
            Err(error) => Chunk::End(Some(error.to_string())),
        };
        let last = matches!(chunk, Chunk::End(_));
        if sender.send(chunk).is_err() || last {
            return;
        }
    }
}

/// Connects within `limit`. A unix socket whose backlog is full lets `connect` wait without end, so
/// that happens on a thread that may be left behind; what it gets then is closed.
fn connect(endpoint: &Endpoint, limit: Duration) -> Result<Stream, MonitorError> {
    let path = match endpoint {
        Endpoint::Tcp(address) => {
            return TcpStream::connect_timeout(address, limit)
                .map(Stream::Tcp)
                .map_err(|error| MonitorError::unreachable(&error));
        }
        Endpoint::Unix(path) => path.clone(),
    };
    let (sender, receiver) = mpsc::channel();
    let named = path.clone();
    thread::Builder::new()
        .name("monitor connect".to_owned())
        .spawn(move || drop(sender.send(UnixStream::connect(named))))
        .map_err(|error| MonitorError::Failed(error.to_string()))?;
    match receiver.recv_timeout(limit) {
        Ok(Ok(stream)) => Ok(Stream::Unix(stream)),
        Ok(Err(error)) => Err(match no_socket(&path) {
            Some(what) => MonitorError::NoSocket(what),
            None => MonitorError::unreachable(&error),
        }),
        Err(_) => Err(MonitorError::Busy(limit)),
    }
}

/// What is at a path that is no socket's. The system only says that nobody listens there.
fn no_socket(path: &Path) -> Option<&'static str> {
    let kind = std::fs::metadata(path).ok()?.file_type();
    if kind.is_socket() {
        return None;
    }
    Some(if kind.is_dir() {
        "a folder"
    } else if kind.is_file() {
        "a file"
    } else {
        "something else"
    })
}
