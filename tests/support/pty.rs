//! The real program on a real pseudo terminal, with the screen it draws.

use std::io::{Read as _, Write as _};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// The limit of every wait.
const LIMIT: Duration = Duration::from_secs(20);

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

/// The most memory a process has had so far, in KiB.
pub(crate) fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or_default()
}

/// A running program.
pub(crate) struct Pty {
    pub(crate) child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn std::io::Write + Send>,
    seen: Arc<Mutex<Seen>>,
    /// Whether the program's output is not read.
    is_stalled: Arc<AtomicBool>,
    /// The modes of the terminal before the program began.
    before: String,
    /// The program's state directory, unless the test sets one.
    _state: tempfile::TempDir,
}

/// The output of the program.
struct Seen {
    screen: vt100::Parser,
    bytes: Vec<u8>,
}

impl Pty {
    /// Runs the program with these arguments and this environment on 80x24.
    pub(crate) fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::run(env!("CARGO_BIN_EXE_virt-topo"), arguments, environment)
    }

    /// Runs any program.
    pub(crate) fn run(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let state = tempfile::tempdir().unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("PATH", "/usr/bin:/bin"),
            ("XDG_CONFIG_HOME", "/nonexistent"),
            ("XDG_STATE_HOME", state.path().to_str().unwrap()),
            ("RUST_BACKTRACE", "0"),
        ] {
            command.env(name, value);
        }
        for (name, value) in environment {
            command.env(name, value);
        }
        command.cwd(Path::new(env!("CARGO_MANIFEST_DIR")));
        let before = Self::modes(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let screen = vt100::Parser::new(cells(24), cells(80), 0);
        let seen = Arc::new(Mutex::new(Seen { screen, bytes: Vec::new() }));
        let sink = Arc::clone(&seen);
        let is_stalled = Arc::new(AtomicBool::new(false));
        let stalled = Arc::clone(&is_stalled);
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut piece) {
                while stalled.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                let mut seen = sink.lock().unwrap();
                seen.screen.process(&piece[..length]);
                seen.bytes.extend_from_slice(&piece[..length]);
            }
        });
        Self { child, master: pair.master, writer, seen, is_stalled, before, _state: state }
    }

    /// Types these keys.
    pub(crate) fn type_keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Changes the size of the terminal.
    pub(crate) fn resize(&self, cols: u16, rows: u16) {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        self.seen.lock().unwrap().screen.screen_mut().set_size(cells(rows), cells(cols));
        self.master.resize(size).unwrap();
    }

    /// Claims a size, which is not that of the screen.
    pub(crate) fn claim_size(&self, cols: u16, rows: u16) {
        self.master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// Stops or continues reading the program's output, as ctrl-s does.
    pub(crate) fn stall(&self, is_stalled: bool) {
        self.is_stalled.store(is_stalled, Ordering::SeqCst);
    }

    /// The modes of the terminal are as they were, whatever it shows.
    pub(crate) fn assert_modes(&self) {
        assert_eq!(Self::modes(&*self.master), self.before);
    }

    /// The most memory the program has had so far, in KiB.
    pub(crate) fn peak(&self) -> u64 {
        peak(self.child.process_id().unwrap())
    }

    /// The modes of the terminal: echo, lines, signals, ... (termios(3)).
    fn modes(master: &dyn MasterPty) -> String {
        format!("{:?}", master.get_termios().unwrap())
    }

    /// The number of the first process that the one started here has started.
    pub(crate) fn child_of_child(&self) -> u32 {
        let pid = self.child.process_id().unwrap();
        let path = format!("/proc/{pid}/task/{pid}/children");
        let children = std::fs::read_to_string(path).unwrap();
        children.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        let kill = std::process::Command::new("kill").args([name, &pid]).status().unwrap();
        assert!(kill.success());
    }

    /// Looks at the screen.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.seen.lock().unwrap().screen.screen())
    }

    /// Everything that was written, as text.
    pub(crate) fn written(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap().bytes).into_owned()
    }

    /// Waits until the screen is as wanted.
    pub(crate) fn wait(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let start = Instant::now();
        while !self.look(&wanted) {
            let contents = || self.look(vt100::Screen::contents);
            assert!(start.elapsed() < LIMIT, "waited for {what} on:\n{}", contents());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until a text is on the screen.
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait(text, |screen| screen.contents().contains(text));
    }

    /// Waits until a process is gone, or a zombie.
    pub(crate) fn wait_gone(pid: u32) {
        let start = Instant::now();
        let runs = || {
            let said = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let state = said.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().next());
            state.is_some_and(|state| state != "Z")
        };
        while runs() {
            assert!(start.elapsed() < LIMIT, "{pid} still runs");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for the end; the exit status, and the signal that ended it.
    pub(crate) fn wait_end(&mut self) -> (u32, Option<String>) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.exit_code(), status.signal().map(str::to_owned));
            }
            assert!(start.elapsed() < LIMIT, "still running");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The terminal is as it was: its modes, main screen, cursor seen, no mouse, left once.
    pub(crate) fn assert_restored(&self) {
        self.wait("the main screen", |screen| !screen.alternate_screen());
        self.look(|screen| {
            assert!(!screen.hide_cursor());
            assert!(!screen.bracketed_paste());
            assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        });
        let left = self.written().matches("\x1b[?1049l").count();
        let entered = self.written().matches("\x1b[?1049h").count();
        assert_eq!(left, entered, "left as often as entered");
        self.assert_modes();
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // Already gone, most of the time.
        let _ = self.child.kill();
    }
}
