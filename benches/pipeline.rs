//! From text to picture, for guests of several sizes, and the share of the XML parser in it.
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

use divan::{Bencher, black_box};
use virt_topo::edit::Revision;
use virt_topo::report::{self, Style};
use virt_topo::rows::{self, Folds, Guest};
use virt_topo::sources::generate;

const SIZES: [u32; 4] = [100, 1_000, 10_000, 100_000];

fn main() {
    divan::main();
}

#[divan::bench(args = SIZES)]
fn roxmltree_alone(bencher: Bencher<'_, '_>, devices: u32) {
    let text = generate(devices);
    bencher.bench(|| roxmltree::Document::parse(black_box(&text)).unwrap().descendants().count());
}

#[divan::bench(args = SIZES)]
fn revision(bencher: Bencher<'_, '_>, devices: u32) {
    let text = generate(devices);
    bencher.bench(|| Revision::build(black_box(text.as_str())).unwrap());
}

#[divan::bench(args = SIZES)]
fn tree(bencher: Bencher<'_, '_>, devices: u32) {
    let revision = Revision::build(generate(devices)).unwrap();
    let guest = Guest { domain: &revision.domain, topology: &revision.topology };
    bencher.bench(|| {
        let rows = rows::topology(black_box(guest), &Folds::default());
        report::tree(&rows, Style::default())
    });
}
