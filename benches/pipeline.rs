//! From text to picture, for guests of several sizes, and the share of the XML parser in it.
#![allow(clippy::unwrap_used, reason = "a benchmark may fail")]

use divan::{Bencher, black_box};
use virt_topo::assign::{ParseMode, assign};
use virt_topo::check::Allowed;
use virt_topo::edit::{Checked, Revision};
use virt_topo::model::address::DriveAddress;
use virt_topo::model::{Address, Controller, ControllerIndex, ControllerKind};
use virt_topo::report::{self, Style};
use virt_topo::rows::{self, Folds, GuestNames};
use virt_topo::sources::generate;
use virt_topo::xml::{Document, InsertAt, Patch, decode};

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
fn check(bencher: Bencher<'_, '_>, devices: u32) {
    let revision = Revision::build(generate(devices)).unwrap();
    bencher.bench(|| Checked::of(black_box(&revision), &Allowed::default()));
}

#[divan::bench(args = SIZES)]
fn tree(bencher: Bencher<'_, '_>, devices: u32) {
    let revision = Revision::build(generate(devices)).unwrap();
    let guest = revision.guest();
    bencher.bench(|| {
        let rows = rows::topology(black_box(guest), &GuestNames::of(guest), &Folds::default());
        report::tree(&rows, Style::default())
    });
}

/// Everything libvirt would add to a guest that has all it needs.
#[divan::bench(args = SIZES)]
fn assign_addresses(bencher: Bencher<'_, '_>, devices: u32) {
    let document = Document::parse(generate(devices)).unwrap();
    let domain = decode::decode(&document).unwrap().domain;
    bencher.bench(|| assign(black_box(&domain), ParseMode::Define));
}

/// An address for each device and a controller for every tenth, in one edit.
#[divan::bench(args = SIZES)]
fn patch(bencher: Bencher<'_, '_>, devices: u32) {
    let text =
        format!("<domain><devices>{}</devices></domain>", "\n  <disk/>".repeat(devices as usize));
    let document = Document::parse(text).unwrap();
    let address =
        Address::Drive(DriveAddress { controller: ControllerIndex(0), bus: 0, target: 0, unit: 1 });
    bencher.bench(|| {
        let mut patch = Patch::new(&document);
        for device in document.root().child("devices").unwrap().children() {
            patch.set_address(device, &address, None).unwrap();
        }
        for index in 0..devices / 10 {
            let controller = Controller::new(ControllerKind::Scsi, Some(ControllerIndex(index)));
            patch
                .insert_controller(document.root(), &controller, Some(&address), InsertAt::OfType)
                .unwrap();
        }
        patch.finish().unwrap()
    });
}
