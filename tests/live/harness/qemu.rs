//! Real QEMU guests, tiny and under TCG, ended with the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::RwLockReadGuard;
use std::time::{Duration, Instant};

use crate::harness::load;
use virt_topo::sources::monitor::{Endpoint, Limits, Link, Qmp};

/// Permission to run QEMU, until the guard is dropped; `None`, with a message, when the live tests
/// may not run.
pub(crate) fn leave() -> Option<RwLockReadGuard<'static, ()>> {
    let wanted = std::env::var_os("VIRT_TOPO_LIVE").is_some_and(|value| value != "0");
    let there = Command::new("qemu-system-x86_64").arg("--version").output().is_ok();
    if !wanted {
        println!("skipped: VIRT_TOPO_LIVE is not set");
    } else if !there {
        println!("skipped: there is no qemu-system-x86_64");
    }
    (wanted && there).then(load::shared)
}

/// A running QEMU with two QMP sockets and an HMP one.
pub(crate) struct Guest {
    child: Child,
    directory: tempfile::TempDir,
}

impl Guest {
    /// Starts QEMU; arguments that name `@DIR@` mean the guest's own directory, where there are
    /// images `0.img` to `9.img`.
    pub(crate) fn start(arguments: &[String]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_str().unwrap().to_owned();
        for nth in 0..10 {
            let file = std::fs::File::create(directory.path().join(format!("{nth}.img"))).unwrap();
            file.set_len(1 << 20).unwrap();
        }
        let log = std::fs::File::create(directory.path().join("log")).unwrap();
        let mut command = Command::new("qemu-system-x86_64");
        command.args(["-accel", "tcg", "-m", "64", "-display", "none"]);
        command.args(arguments.iter().map(|argument| argument.replace("@DIR@", &path)));
        for name in ["a", "b"] {
            command.args(["-qmp", &format!("unix:{path}/{name}.qmp,server=on,wait=off")]);
        }
        command.args(["-monitor", &format!("unix:{path}/hmp,server=on,wait=off")]);
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::from(log))
            .spawn()
            .unwrap();
        let mut guest = Self { child, directory };
        let end = Instant::now() + Duration::from_secs(30);
        while !guest.path("hmp").exists() {
            let log = || std::fs::read_to_string(guest.directory.path().join("log")).unwrap();
            if let Some(status) = guest.child.try_wait().unwrap() {
                panic!("QEMU ended with {status}: {}\n{arguments:?}", log());
            }
            assert!(Instant::now() < end, "QEMU does not start: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        guest
    }

    /// Starts QEMU with arguments as one would type them.
    pub(crate) fn typed(line: &str) -> Self {
        Self::start(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    /// A file of the guest's.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Its first QMP socket.
    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint::Unix(self.path("a.qmp"))
    }

    /// A client of its second QMP socket.
    pub(crate) fn qmp(&self) -> Box<Qmp> {
        self.qmp_at("b.qmp")
    }

    /// A client of a QMP socket.
    pub(crate) fn qmp_at(&self, name: &str) -> Box<Qmp> {
        match self.link(name) {
            Link::Qmp(qmp) => qmp,
            other @ Link::Hmp(_) => panic!("{other:?}"),
        }
    }

    /// A client of any of its sockets.
    pub(crate) fn link(&self, name: &str) -> Link {
        let limits = Limits { answer: Duration::from_secs(60), ..Limits::default() };
        Link::open(&Endpoint::Unix(self.path(name)), limits).unwrap()
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A kernel and initrd of a Linux that co-operates with hot-unplugging; `None`, and why, when it
/// cannot be had.
pub(crate) fn linux() -> Option<(PathBuf, PathBuf)> {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| ".".into()));
    let shared =
        std::env::var_os("VIRT_TOPO_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let script = shared.join("live/make-guest.sh");
    if !script.exists() {
        println!("skipped: no script that builds a guest in ../shared/live");
        return None;
    }
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("linux-guest");
    let built = Command::new(script).arg(&directory).output().unwrap();
    if !built.status.success() {
        println!("skipped: {}", String::from_utf8_lossy(&built.stderr));
        return None;
    }
    Some((directory.join("vmlinuz"), directory.join("initrd.gz")))
}
