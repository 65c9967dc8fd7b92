//! How fast guests of real life are read and checked: libvirt's own and random ones, all of a corpus
//! in one round, on one processor. The share of the XML parser is shown too.
//!
//! The corpora lie in `../shared`, or where `VIRT_TOPO_SHARED` says; without them the demo domains
//! are measured.
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

use std::path::PathBuf;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use virt_topo::check::Allowed;
use virt_topo::edit::{Checked, Revision};
use virt_topo::sources::{Source, demos, find_xml};

fn main() {
    divan::main();
}

/// The texts of every guest.
fn guests() -> Vec<String> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared"));
    let shared = std::env::var_os("VIRT_TOPO_SHARED").map_or(beside, PathBuf::from);
    let folders = ["conformance", "conformance-fuzz"].map(|corpus| shared.join(corpus));
    let files = folders.iter().flat_map(|folder| find_xml(folder).files);
    let mut texts: Vec<String> =
        files.filter_map(|file| std::fs::read_to_string(file).ok()).collect();
    if texts.is_empty() {
        let demos = demos().iter().map(|demo| Source::Demo(demo.name.to_owned()));
        texts = demos.map(|demo| demo.read().unwrap().text).collect();
    }
    texts.retain(|text| Revision::build(text.as_str()).is_ok());
    texts
}

fn measure(bencher: Bencher<'_, '_>, mut work: impl FnMut(&str)) {
    let guests = guests();
    let bytes: usize = guests.iter().map(String::len).sum();
    let bencher = bencher.counter(ItemsCount::new(guests.len())).counter(BytesCount::new(bytes));
    bencher.bench_local(|| guests.iter().for_each(|text| work(black_box(text))));
}

#[divan::bench]
fn roxmltree_alone(bencher: Bencher<'_, '_>) {
    measure(bencher, |text| {
        black_box(roxmltree::Document::parse(text).unwrap().descendants().count());
    });
}

#[divan::bench]
fn revision(bencher: Bencher<'_, '_>) {
    measure(bencher, |text| {
        black_box(Revision::build(text).unwrap());
    });
}

#[divan::bench]
fn check(bencher: Bencher<'_, '_>) {
    measure(bencher, |text| {
        let revision = Revision::build(text).unwrap();
        black_box(Checked::of(&revision, &Allowed::default()));
    });
}

#[divan::bench]
fn check_and_try_fixes(bencher: Bencher<'_, '_>) {
    measure(bencher, |text| {
        let revision = Revision::build(text).unwrap();
        let mut checked = Checked::of(&revision, &Allowed::default());
        checked.try_fixes(&revision);
        black_box(checked);
    });
}
