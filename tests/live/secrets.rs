//! Secrets on their way from a document to libvirt: `assign FILE | virsh define /dev/stdin` keeps them.
//!
//! Runs with `VIRT_TOPO_LIVE=1` and virsh; libvirt's test driver, which needs no daemon, reads the guest.

use std::process::Command;

/// A guest with secrets that libvirt's own schema has a place for.
const GUEST: &str = "<domain type='kvm'><name>planted</name><memory>1048576</memory>\
    <os><type arch='x86_64' machine='q35'>hvm</type></os><devices>\
    <disk type='network' device='disk'><driver name='qemu' type='raw'/>\
    <source protocol='https' name='x' query='token=S3CR3T01'><host name='h' port='443'/>\
    <cookies><cookie name='c'>S3CR3T02</cookie></cookies></source><target dev='vda' bus='virtio'/></disk>\
    <graphics type='vnc' port='5900' passwd='S3CR3T03'/>\
    <graphics type='spice' autoport='yes' passwd='S3CR3T04'/></devices></domain>";

/// The secrets of the guest.
const SECRETS: [&str; 4] = ["S3CR3T01", "S3CR3T02", "S3CR3T03", "S3CR3T04"];

fn shell(line: &str, file: &str) -> String {
    let mut command = Command::new("sh");
    command.args(["-c", line]).env("LC_ALL", "C").env("XDG_CONFIG_HOME", "/nonexistent");
    command.env("V", env!("CARGO_BIN_EXE_virt-topo")).env("F", file);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_document_keeps_its_secrets_on_the_way_to_libvirt() {
    if std::env::var_os("VIRT_TOPO_LIVE").is_none_or(|value| value != "1") {
        println!("skipped: VIRT_TOPO_LIVE is not 1");
        return;
    }
    let file = tempfile::Builder::new().suffix(".xml").tempfile().unwrap();
    std::fs::write(file.path(), GUEST).unwrap();
    let path = file.path().to_str().unwrap();
    let define = "$V assign $F | virsh -q -c test:///default";
    let whole =
        shell(&format!("{define} 'define /dev/stdin; dumpxml --security-info planted'"), path);
    let public = shell(&format!("{define} 'define /dev/stdin; dumpxml planted'"), path);
    let masked = shell("$V show --view xml $F", path);
    for secret in SECRETS {
        assert!(whole.contains(secret), "{secret} is lost:\n{whole}");
        // Values that libvirt gives to privileged readers alone are secrets of ours.
        assert!(public.contains(secret) || !masked.contains(secret), "{secret}:\n{masked}");
    }
    assert!(SECRETS.iter().any(|secret| !public.contains(secret)), "libvirt hides none:\n{public}");
}
