//! libvirt's judgement against `check`'s: an error wherever it refuses for an address, none where
//! it accepts, apart from what QEMU refuses at start.
//!
//! The corpora lie beside the checkout (`../shared`) or where `VIRT_TOPO_SHARED` says; without
//! them there is nothing to judge and the test says so. `--nocapture` prints the figures.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail and says what it skips"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use virt_topo::check::{Allowed, rule};
use virt_topo::edit::{Checked, Revision, plan};
use virt_topo::model::{Problem, Severity};

/// A case of a corpus and what libvirt says of it.
struct Case {
    id: String,
    folder: PathBuf,
    /// Whether it defines the guest.
    accepted: bool,
    /// Whether it refuses for a reason of addresses.
    refused: bool,
}

fn cases() -> Vec<Case> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("VIRT_TOPO_SHARED").map_or(beside, PathBuf::from);
    let mut cases = Vec::new();
    for corpus in ["conformance", "conformance-fuzz"] {
        let folder = shared.join(corpus);
        let Ok(text) = std::fs::read_to_string(folder.join("manifest.json")) else { continue };
        let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        for case in manifest["cases"].as_array().or(manifest.as_array()).unwrap() {
            let id = case["id"].as_str().unwrap().to_owned();
            let kind = case["kind"].as_str().unwrap();
            if case["scored"] == false {
                continue;
            }
            cases.push(Case {
                accepted: kind == "ok" || kind == "start-failure",
                refused: case["error"]["class"] == "address" && kind == "parse-error",
                folder: folder.join("cases").join(&id),
                id,
            });
        }
    }
    if cases.is_empty() {
        println!("skipped: no corpora at ../shared and VIRT_TOPO_SHARED is not set");
    }
    cases
}

fn check(text: &str) -> (Revision, Checked) {
    let revision = Revision::build(text).unwrap();
    let checked = Checked::of(&revision, &Allowed::default());
    (revision, checked)
}

fn errors(problems: &[Problem]) -> impl Iterator<Item = &Problem> {
    problems.iter().filter(|problem| problem.severity == Severity::Error)
}

#[test]
fn no_guest_that_libvirt_accepts_has_an_error_but_what_qemu_refuses() {
    let mut counts: BTreeMap<(Severity, &str), (usize, usize)> = BTreeMap::new();
    let mut guests = 0;
    let mut wrong = Vec::new();
    let mut at_start = BTreeMap::new();
    for case in cases().iter().filter(|case| case.accepted) {
        let Ok(text) = std::fs::read_to_string(case.folder.join("expected.xml")) else { continue };
        guests += 1;
        let (_, checked) = check(&text);
        let mut codes = BTreeSet::new();
        for problem in &checked.problems {
            let count = counts.entry((problem.severity, problem.code.0)).or_default();
            count.0 += 1;
            count.1 += usize::from(codes.insert(problem.code.0));
        }
        for error in errors(&checked.problems) {
            if rule(error.code.0).unwrap().at_start {
                at_start.insert(case.id.clone(), format!("{}: {}", error.code, error.message));
            } else {
                wrong.push(format!("{}: {}: {}", case.id, error.code, error.message));
            }
        }
    }
    println!("{guests} accepted guests; problems and guests by rule:");
    for ((severity, code), (problems, guests)) in counts.iter().rev() {
        println!("  {:7} {code:28} {problems:5} in {guests:4}", severity.word());
    }
    println!("defined by libvirt, refused by QEMU at start: {}", at_start.len());
    for (id, what) in &at_start {
        println!("  {id}: {what}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_guest_that_libvirt_refuses_for_an_address_has_an_error_and_most_a_fix() {
    let cases = cases();
    let refused: Vec<&Case> = cases.iter().filter(|case| case.refused).collect();
    let (mut missed, mut quoted, mut mended, mut added) = (Vec::new(), 0, 0, Vec::new());
    let mut unmended = Vec::new();
    for case in &refused {
        let text = std::fs::read_to_string(case.folder.join("input.xml")).unwrap();
        let (revision, mut checked) = check(&text);
        let before = errors(&checked.problems).count();
        if before == 0 {
            missed.push(case.id.as_str());
            continue;
        }
        let words = std::fs::read_to_string(case.folder.join("expected.err")).unwrap_or_default();
        let said = errors(&checked.problems).filter_map(|problem| problem.libvirt.as_deref());
        quoted += usize::from(said.into_iter().any(|said| words.contains(said)));
        checked.try_fixes(&revision);
        let mut best = before;
        for fix in errors(&checked.problems).flat_map(|problem| &problem.fixes) {
            let edit = plan(&revision, &fix.change).unwrap();
            let (_, after) = check(&edit.apply(&text).unwrap());
            let left = errors(&after.problems).count();
            if left > before {
                added.push(format!("{}: {}", case.id, fix.title));
            }
            best = best.min(left);
        }
        if best == 0 {
            mended += 1;
        } else {
            let codes: BTreeSet<_> = errors(&checked.problems).map(|p| p.code.0).collect();
            unmended.push(format!("{} ({codes:?})", case.id));
        }
    }
    let all = refused.len();
    println!(
        "{all} refused guests: {} found, {quoted} with libvirt's very words",
        all - missed.len()
    );
    println!("{mended} lose all errors by one fix; not: {}", unmended.join(", "));
    assert_eq!(missed, [""; 0]);
    assert_eq!(added, [""; 0], "fixes that add errors");
    assert!(mended * 100 >= all * 80, "{mended} of {all}");
}
