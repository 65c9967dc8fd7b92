//! Saving while everything goes wrong: the file is the old one or the new one, never another.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use virt_topo::sources::{Save, SaveError, Saved};

/// How often a process is killed while it saves.
const ROUNDS: u32 = 500;

const GUEST: &str = "<domain type='kvm'>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <sound model='ac97'/>
  </devices>
</domain>
";

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_virt-topo"));
    command.env("XDG_CONFIG_HOME", "/nonexistent");
    command
}

fn save(path: &Path, text: &str) -> Result<Saved, SaveError> {
    Save::default().to(path, text)
}

fn is_root() -> bool {
    // Reading it safely needs a crate; the owner of a new file equals it.
    fs::metadata(tempfile::tempdir().unwrap().path()).unwrap().uid() == 0
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The texts that are saved in turn: of different lengths, too long for one write to the disk.
fn texts() -> [String; 2] {
    [("a", 300_000), ("b", 200_000)].map(|(letter, length)| letter.repeat(length))
}

/// Not a test: the process that `a_killed_save_leaves_the_old_file_or_the_new_one` kills. It saves
/// into its working directory until then.
#[test]
#[ignore = "runs until it is killed"]
fn saves_until_it_is_killed() {
    let texts = texts();
    let how = Save { backups: Path::new("backups").exists(), ..Save::default() };
    for text in texts.iter().cycle() {
        how.to(Path::new("guest.xml"), text).unwrap();
        if how.backups {
            fs::remove_file("guest.xml.~1~").unwrap();
        }
    }
}

/// Waits a random time, of at most so many microseconds.
fn wait_up_to(most: u64) {
    let random = RandomState::new().hash_one(most);
    std::thread::sleep(Duration::from_micros(random % most));
}

/// Runs `test` in `folder`.
fn child(test: &str, folder: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--ignored", "--quiet"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_killed_save_leaves_the_old_file_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guest.xml");
    let texts = texts();
    let mut counts = [0; 2];
    let mut killed_in_the_middle = 0;
    for round in 0..ROUNDS {
        fs::write(&file, &texts[0]).unwrap();
        let before = fs::metadata(&file).unwrap().ino();
        let mut child = child("save_faults::saves_until_it_is_killed", folder.path());
        // Starting a process takes longer than some saves: count from the first one.
        let start = Instant::now();
        while fs::metadata(&file).unwrap().ino() == before {
            assert!(start.elapsed() < Duration::from_secs(20), "it does not save");
            std::thread::sleep(Duration::from_micros(200));
        }
        wait_up_to(8_000);
        child.kill().unwrap();
        child.wait().unwrap();
        let now = fs::read_to_string(&file).unwrap();
        let which = texts.iter().position(|text| *text == now);
        let Some(which) = which else { panic!("round {round}: {} bytes of neither", now.len()) };
        counts[which] += 1;
        let left = names(folder.path());
        // One leftover may be from this round; the next save removes it.
        assert!(left.len() <= 2, "round {round}: {left:?}");
        killed_in_the_middle += u32::from(left.len() == 2);
    }
    eprintln!("{ROUNDS} saves killed, {killed_in_the_middle} with a new file begun: {counts:?}");
    assert!(killed_in_the_middle > ROUNDS / 10, "the kill comes at the wrong moment");
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    save(&file, "text").unwrap();
    assert_eq!(names(folder.path()), ["guest.xml"]);
}

#[test]
fn a_killed_save_with_backups_loses_neither() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guest.xml");
    fs::write(folder.path().join("backups"), "").unwrap();
    let texts = texts();
    for round in 0..50 {
        fs::write(&file, &texts[0]).unwrap();
        let before = fs::metadata(&file).unwrap().ino();
        let mut child = child("save_faults::saves_until_it_is_killed", folder.path());
        while fs::metadata(&file).unwrap().ino() == before {
            std::thread::sleep(Duration::from_micros(200));
        }
        wait_up_to(8_000);
        child.kill().unwrap();
        child.wait().unwrap();
        for name in ["guest.xml", "guest.xml.~1~"] {
            match fs::read_to_string(folder.path().join(name)) {
                Ok(text) => assert!(texts.contains(&text), "round {round}: {name}"),
                Err(_) => assert_ne!(name, "guest.xml", "round {round}"),
            }
        }
        let _ = fs::remove_file(folder.path().join("guest.xml.~1~"));
    }
}

#[test]
fn a_killed_command_leaves_the_old_file_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let source = GUEST.replace("ac97", "ich6");
    fs::write(path("source.xml"), &source).unwrap();
    let run = |words: &[&str]| {
        let mut command = program();
        command.current_dir(folder.path()).args(words);
        command
    };
    let start = Instant::now();
    let want = run(&["assign", "source.xml"]).output().unwrap().stdout;
    let whole = u64::try_from(start.elapsed().as_micros()).unwrap();
    let mut counts = [0; 2];
    for round in 0..60 {
        fs::write(path("guest.xml"), &source).unwrap();
        let mut child = run(&["assign", "guest.xml", "--write"]).spawn().unwrap();
        wait_up_to(whole + whole / 2);
        child.kill().unwrap();
        child.wait().unwrap();
        let now = fs::read(path("guest.xml")).unwrap();
        let is_new = now == want;
        assert!(is_new || now == source.as_bytes(), "round {round}");
        counts[usize::from(is_new)] += 1;
    }
    eprintln!("60 commands killed: {counts:?} old and new files");
    assert!(run(&["assign", "guest.xml", "--write"]).status().unwrap().success());
    assert_eq!(names(folder.path()), ["guest.xml", "source.xml"]);
}

/// A file system of 64 KiB, as long as it lives.
struct Small {
    path: PathBuf,
    /// The folder, dropped last.
    _folder: tempfile::TempDir,
}

impl Small {
    /// Mounts it; `None`, with the reason printed, if that fails.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("small");
        fs::create_dir(&path).unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
            .arg(&path)
            .output();
        match mount {
            Ok(output) if output.status.success() => Some(Self { path, _folder: folder }),
            Ok(output) => {
                eprintln!("skipped: no small file system: {}", said(&output).trim());
                None
            }
            Err(error) => {
                eprintln!("skipped: no small file system: mount: {error}");
                None
            }
        }
    }

    fn remount(&self, option: &str) {
        let option = format!("remount,{option}");
        let status = Command::new("mount").args(["-o", &option]).arg(&self.path).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // A remaining mount only prevents the removal of its folder.
        let _ = Command::new("umount").arg(&self.path).status();
    }
}

#[test]
fn a_full_disk_is_told_and_the_old_file_stays() {
    let Some(small) = Small::mount() else { return };
    let file = small.path.join("guest.xml");
    fs::write(&file, GUEST).unwrap();
    for backups in [false, true] {
        let how = Save { backups, ..Save::default() };
        let error = how.to(&file, &"x".repeat(100_000)).unwrap_err();
        assert!(error.to_string().contains("No space left on device"), "{error}");
        assert!(error.report().hint.as_deref().unwrap().contains("free some space"), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), GUEST);
        assert_eq!(names(&small.path), ["guest.xml"]);
    }
    // Full: an empty file cannot be created either.
    let (mut filled, mut failed) = (0, 0);
    // The kernel may take a moment to count freed space.
    while failed < 5 {
        match fs::write(small.path.join(format!("f{filled}")), [0; 4096]) {
            Ok(()) => (filled, failed) = (filled + 1, 0),
            Err(_) => {
                failed += 1;
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        }
    }
    assert!(filled > 3);
    let output = program().args(["assign", "--write"]).arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("No space left on device"), "{}", said(&output));
    assert_eq!(fs::read_to_string(&file).unwrap(), GUEST);
}

#[test]
fn a_read_only_file_system_is_told_and_the_old_file_stays() {
    let Some(small) = Small::mount() else { return };
    let file = small.path.join("guest.xml");
    fs::write(&file, GUEST).unwrap();
    small.remount("ro");
    let error = save(&file, "new").unwrap_err();
    assert!(error.report().what.contains("Read-only file system"), "{error}");
    assert!(error.report().hint.as_deref().unwrap().contains("another file system"));
    let error = save(&small.path.join("other.xml"), "new").unwrap_err();
    assert!(error.report().what.contains("no file can be created in"), "{error}");
    small.remount("rw");
    assert_eq!(fs::read_to_string(&file).unwrap(), GUEST);
    assert_eq!(names(&small.path), ["guest.xml"]);
}

#[test]
fn a_file_that_is_a_mount_point_is_told() {
    let Some(small) = Small::mount() else { return };
    let (file, other) = (small.path.join("guest.xml"), small.path.join("other.xml"));
    fs::write(&file, GUEST).unwrap();
    fs::write(&other, GUEST).unwrap();
    let bound = Command::new("mount").arg("--bind").args([&other, &file]).status().unwrap();
    assert!(bound.success());
    let error = save(&file, "new").unwrap_err();
    assert!(Command::new("umount").arg(&file).status().unwrap().success());
    assert!(error.report().hint.as_deref().unwrap().contains("mount point"), "{error}");
    assert_eq!(names(&small.path), ["guest.xml", "other.xml"]);
    assert_eq!(fs::read_to_string(&other).unwrap(), GUEST);
}

#[test]
fn what_may_not_be_written_is_told_with_what_to_do() {
    /// The user `nobody`; root may write everything.
    const NOBODY: u32 = 65534;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guest.xml");
    let assign = || {
        let mut command = program();
        if is_root() {
            std::os::unix::fs::chown(folder.path(), Some(NOBODY), None).unwrap();
            std::os::unix::fs::chown(&file, Some(NOBODY), None).unwrap();
            command.uid(NOBODY);
        }
        command.arg("assign").arg(&file).arg("--write").output()
    };
    let rights = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let cases = [
        (0o444, 0o755, ["is read-only: Permission denied", "chmod u+w"]),
        (0o644, 0o555, ["no file can be created in", "make the directory writable"]),
    ];
    for (file_mode, folder_mode, words) in cases {
        fs::write(&file, GUEST).unwrap();
        rights(&file, file_mode);
        rights(folder.path(), folder_mode);
        let Ok(output) = assign() else {
            eprintln!("skipped: nobody may not run {}", env!("CARGO_BIN_EXE_virt-topo"));
            return;
        };
        rights(folder.path(), 0o755);
        assert_eq!(output.status.code(), Some(2));
        for words in words {
            assert!(said(&output).contains(words), "{words} in {}", said(&output));
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), GUEST);
        assert_eq!(names(folder.path()), ["guest.xml"]);
        rights(&file, 0o644);
    }
}

/// Runs a line of bash in `folder`, where `$V` is the program and `$F` a guest.
fn shell(folder: &Path, line: &str) -> Output {
    fs::write(folder.join("guest.xml"), GUEST).unwrap();
    let mut bash = Command::new("timeout");
    bash.args(["20", "bash", "-c", line]).current_dir(folder);
    bash.envs([("V", env!("CARGO_BIN_EXE_virt-topo")), ("F", "guest.xml")]);
    bash.env("XDG_CONFIG_HOME", "/nonexistent").output().unwrap()
}

#[test]
fn a_document_is_written_to_open_descriptors() {
    let folder = tempfile::tempdir().unwrap();
    let printed = |line: &str| {
        let output = shell(folder.path(), line);
        assert_eq!(output.status.code(), Some(0), "{line}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let whole = printed("$V assign $F");
    assert!(whole.contains("<controller type='pci'"), "{whole}");
    for line in [
        "$V assign $F -o /dev/stdout",
        "$V assign $F -o /dev/stdout | cat",
        "$V assign $F -o /proc/self/fd/1 | cat",
        "$V assign $F -o /dev/stderr 2>&1 >/dev/null | cat",
        "$V assign $F -o /dev/fd/9 9>&1 | cat",
        "$V assign $F -o >(cat) | cat",
        "$V assign $F -o /dev/stdout >out; cat out",
        "mkfifo pipe; $V assign $F -o pipe & cat pipe; rm pipe; wait",
    ] {
        assert_eq!(printed(line), whole, "{line}");
    }
    let between = printed("(echo a; $V assign $F -o /dev/stdout; echo b) >out; cat out");
    assert_eq!(between, format!("a\n{whole}b\n"));
}

#[test]
fn a_pipe_that_nothing_reads_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let output = shell(folder.path(), "mkfifo pipe; $V assign $F -o pipe");
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("pipe: cannot be written: nothing reads from this pipe"));
}

#[test]
fn a_limit_of_file_size_is_told_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = shell(folder.path(), "ulimit -f 0; $V assign $F --write");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = said(&output);
    assert!(
        said.contains("cannot be written: File too large") && said.contains("ulimit"),
        "{said}"
    );
    assert_eq!(names(folder.path()), ["guest.xml"]);
    assert_eq!(fs::read_to_string(folder.path().join("guest.xml")).unwrap(), GUEST);
}

#[test]
fn a_full_standard_output_is_told_in_one_plain_line() {
    let folder = tempfile::tempdir().unwrap();
    for line in ["$V show $F", "$V assign $F", "$V check $F --format json", "$V rules", "$V --help"]
    {
        let output = shell(folder.path(), &format!("{line} >/dev/full"));
        assert_eq!(output.status.code(), Some(2), "{line}: {output:?}");
        let want = "virt-topo: standard output cannot be written: No space left on device\n";
        assert_eq!(said(&output), want, "{line}");
    }
}

#[test]
fn a_device_that_fails_is_told() {
    let error = save(Path::new("/dev/full"), "text").unwrap_err();
    assert!(error.report().what.contains("No space left on device"), "{error}");
}

#[test]
fn an_error_of_the_disk_is_told_and_the_old_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let work = path("work");
    fs::create_dir(&work).unwrap();
    let file = work.join("guest.xml");
    // The C library is asked for these functions; a preloaded one answers in its place.
    let fsync = "int fsync(int file) { errno = EIO; return -1; }";
    let write = "long write(int file, const void *from, unsigned long count) {
        if (file < 3) return syscall(SYS_write, file, from, count);
        errno = EIO; return -1; }";
    for code in [fsync, write] {
        let code = format!(
            "#define _GNU_SOURCE\n#include <errno.h>\n#include <sys/syscall.h>\n\
             long syscall(long, ...);\n{code}\n"
        );
        fs::write(path("fault.c"), &code).unwrap();
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-o", "fault.so", "fault.c"])
            .current_dir(folder.path())
            .status();
        if !built.is_ok_and(|status| status.success()) {
            eprintln!("skipped: no C compiler to make EIO with");
            return;
        }
        fs::write(&file, GUEST).unwrap();
        let output = program()
            .args(["assign", "guest.xml", "--write"])
            .current_dir(&work)
            .env("LD_PRELOAD", path("fault.so"))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{code}");
        let said = said(&output);
        assert!(said.contains("cannot be written: Input/output error"), "{said}");
        assert!(said.contains("nothing was changed; look for errors of the disk"), "{said}");
        assert_eq!(fs::read_to_string(&file).unwrap(), GUEST);
        assert_eq!(names(&work), ["guest.xml"]);
    }
}
