//! The examples of `check`'s rules, given to a real libvirt: it refuses what is wrong in the words
//! that are quoted, and defines what is right.
//!
//! Runs with `VIRT_TOPO_LIVE=1` and a libvirtd at `qemu:///system`. Examples of machines that have no
//! emulator here are left out, and those that only fail at the start.

use crate::harness::libvirt::{Answer, ask, built, daemon};
use virt_topo::check::{Allowed, RULES, Rule};
use virt_topo::edit::Checked;
use virt_topo::model::Severity;

/// The guest of an example, without KVM, which a definition does not need.
fn guest(rule: &Rule, part: &str) -> String {
    rule.guest(part).replace("type='kvm'", "type='qemu'")
}

/// libvirt's error; nothing when it defines the guest.
fn refusal(rule: &Rule, part: &str) -> Option<String> {
    let name = format!("virt-topo-rule-{}", std::process::id());
    let text = guest(rule, part);
    match ask(&name, &text.replace("<name>example</name>", &format!("<name>{name}</name>"))) {
        Answer::Defined(_) => None,
        Answer::Refused(error) => Some(error),
    }
}

/// Whether the machine of a rule's examples has an emulator here.
fn is_here(rule: &Rule) -> bool {
    let arch = match rule.machine {
        "virt" => "aarch64",
        "pseries" => "ppc64",
        "s390" => "s390x",
        _ => "x86_64",
    };
    std::path::Path::new(&format!("/usr/bin/qemu-system-{arch}")).exists()
}

#[test]
fn libvirt_refuses_what_is_wrong_in_the_words_that_are_quoted() {
    let Some(_daemon) = daemon() else { return };
    let examples = RULES.iter().filter(|rule| !rule.wrong.is_empty() && is_here(rule));
    let (mut count, mut broken) = (0, Vec::new());
    for rule in examples {
        let text = guest(rule, rule.wrong);
        let checked = Checked::of(&built(&text), &Allowed::default());
        let Some(problem) = checked.problems.into_iter().find(|problem| rule.is_of(problem)) else {
            println!("skipped: {} is of a newer libvirt", rule.code);
            continue;
        };
        let is_refused = rule.severity == Severity::Error && !rule.stage.is_start();
        count += 1;
        match refusal(rule, rule.wrong) {
            None if is_refused => broken.push(format!("{}: is defined", rule.code)),
            Some(error) if !is_refused => broken.push(format!("{}: {error}", rule.code)),
            Some(error) => {
                // Without a quotation libvirt has no message for it.
                let quoted = problem.libvirt.filter(|quoted| *quoted != error);
                broken.extend(quoted.map(|quoted| {
                    format!("{}:\n    libvirt: {error}\n    quoted:  {quoted}", rule.code)
                }));
            }
            None => {}
        }
        if let Some(error) = refusal(rule, rule.right) {
            broken.push(format!("{}: the right one: {error}", rule.code));
        }
    }
    println!("{count} examples of {} rules were judged by libvirt", RULES.len());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
