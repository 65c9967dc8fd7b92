//! Everything that is derived from the guest for drawing, each made when it is first read.
//!
//! The inputs are the session, the running guest, what is folded, and the filter. [`super::App`] hands
//! out mutable access to an input only together with dropping everything that follows from it, so
//! nothing here is ever older than its inputs. What depends on a cursor is kept with the cursor.

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

use super::changes::ChangeLine;
use super::grids::Matrix;
use super::live::Live;
use super::problems::{Offer, ProblemList};
use super::tree::Tree;
use crate::check::Allowed;
use crate::edit::Session;
use crate::model::address::Slot;
use crate::model::{ControllerIndex, Device};
use crate::rows::{
    Detail, Folds, Guest, GuestNames, Headroom, LiveGuest, Row, Running, SlotsView, Target, Token,
    Whereabouts, details, drives, headroom, slots, tokens, topology, usb,
};
use crate::text::Span;
use crate::topology::{BusId, LiveId, LiveRole};

/// The inputs of everything that is derived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs<'a> {
    /// The document, and what was done to it.
    pub(super) session: &'a Session,
    /// The rules whose problems are not listed.
    pub(super) allowed: &'a Allowed,
    /// The running guest beside it.
    pub(super) live: Option<&'a Live>,
    /// The rows that are folded.
    pub(super) folds: &'a Folds,
    /// The text that rows have to contain.
    pub(super) filter: &'a str,
}

/// Everything that is derived from the guest for drawing.
#[derive(Debug, Default)]
pub struct DerivedViews {
    names: OnceCell<GuestNames>,
    problems: OnceCell<ProblemList>,
    changes: OnceCell<Vec<ChangeLine>>,
    tokens: OnceCell<Vec<(Span, Token)>>,
    offers: Memo<usize, Vec<Offer>>,
    beside: BesideLive,
}

/// The part that follows from the running guest, too.
#[derive(Debug, Default)]
struct BesideLive {
    running: OnceCell<Option<LiveGuest>>,
    headroom: OnceCell<Vec<Headroom>>,
    slots: OnceCell<SlotsView>,
    matrix: OnceCell<Matrix>,
    inspected: Memo<Option<Target>, Inspected>,
    rows: FoldedRows,
}

/// The part that follows from folds and filter, too.
#[derive(Debug, Default)]
struct FoldedRows {
    tree: OnceCell<Tree>,
    drives: OnceCell<Tree>,
    usb: OnceCell<Tree>,
    counts: OnceCell<(u32, u32)>,
}

/// The latest value of a function of `K`.
#[derive(Debug)]
struct Memo<K, V>(RefCell<Option<(K, Arc<V>)>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(RefCell::new(None))
    }
}

impl<K: PartialEq, V> Memo<K, V> {
    fn get(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        if let Some((known, value)) = &*self.0.borrow()
            && *known == key
        {
            return Arc::clone(value);
        }
        let value = Arc::new(make());
        *self.0.borrow_mut() = Some((key, Arc::clone(&value)));
        value
    }
}

/// The facts about the selection, which take a walk over the whole guest.
#[derive(Debug, Default)]
pub struct Inspected {
    /// The lines of the inspector.
    pub details: Vec<Detail>,
    whereabouts: Option<Whereabouts>,
}

impl Inspected {
    /// Whether the selected device, if one is selected, may be in this slot of a PCI bus.
    pub fn allows(&self, bus: ControllerIndex, slot: Slot) -> bool {
        self.whereabouts.as_ref().is_none_or(|whereabouts| whereabouts.allows(bus, slot))
    }
}

impl DerivedViews {
    /// Drops everything: the session changed.
    pub(super) fn drop_all(&mut self) {
        *self = Self::default();
    }

    /// Drops what follows from the running guest.
    pub(super) fn drop_live(&mut self) {
        self.beside = BesideLive::default();
    }

    /// Drops what follows from folds and filter.
    pub(super) fn drop_rows(&mut self) {
        self.beside.rows = FoldedRows::default();
    }

    /// The running guest compared with the document, once its monitor has answered.
    pub(super) fn running(&self, inputs: Inputs<'_>) -> Option<&LiveGuest> {
        let compare = || {
            let revision = inputs.session.revision();
            inputs.live?.compare(revision.guest(), &revision.domain)
        };
        self.beside.running.get_or_init(compare).as_ref()
    }

    /// The guest that is drawn: that of the document, with the live devices beside it.
    pub(super) fn guest<'a>(&'a self, inputs: Inputs<'a>) -> Guest<'a> {
        let guest = inputs.session.revision().guest();
        self.running(inputs).map_or(guest, |live| live.guest(guest.domain))
    }

    /// The names that the guest will give its NICs and disks.
    pub(super) fn names(&self, inputs: Inputs<'_>) -> &GuestNames {
        self.names.get_or_init(|| GuestNames::of(inputs.session.revision().guest()))
    }

    /// The problems of the guest.
    pub(super) fn problems(&self, inputs: Inputs<'_>) -> &ProblemList {
        let revision = inputs.session.revision();
        self.problems.get_or_init(|| ProblemList::of(revision, inputs.allowed))
    }

    /// The same, to be changed.
    pub(super) fn problems_mut(&mut self) -> Option<&mut ProblemList> {
        self.problems.get_mut()
    }

    /// The fixes of the problem with this number.
    pub(super) fn offers(&self, inputs: Inputs<'_>, nth: usize) -> Arc<Vec<Offer>> {
        self.offers.get(nth, || self.problems(inputs).offers(inputs.session, nth))
    }

    /// The changes, then the difference of the text.
    pub(super) fn changes(&self, inputs: Inputs<'_>) -> &[ChangeLine] {
        self.changes.get_or_init(|| ChangeLine::of(inputs.session))
    }

    /// The pieces of the document that touch `span`.
    pub(super) fn tokens_in(&self, inputs: Inputs<'_>, span: Span) -> &[(Span, Token)] {
        let text = inputs.session.revision().document.text();
        let all = self.tokens.get_or_init(|| tokens(text));
        let first = all.partition_point(|(piece, _)| piece.end <= span.start);
        let last = all.partition_point(|(piece, _)| piece.start < span.end);
        all.get(first..last.max(first)).unwrap_or_default()
    }

    /// The places that are left.
    pub(super) fn headroom(&self, inputs: Inputs<'_>) -> &[Headroom] {
        self.beside.headroom.get_or_init(|| headroom(self.guest(inputs)))
    }

    /// PCI buses and their slots.
    pub(super) fn slots(&self, inputs: Inputs<'_>) -> &SlotsView {
        self.beside.slots.get_or_init(|| slots(self.guest(inputs)))
    }

    /// Drive controllers as a matrix.
    pub(super) fn matrix(&self, inputs: Inputs<'_>) -> &Matrix {
        let guest = || self.guest(inputs);
        self.beside.matrix.get_or_init(|| Matrix::new(guest(), drives(guest())))
    }

    /// The whole device tree.
    pub(super) fn tree(&self, inputs: Inputs<'_>) -> &Tree {
        self.beside.rows.tree.get_or_init(|| self.filtered(inputs, topology))
    }

    /// Drive controllers as a tree.
    pub(super) fn drives(&self, inputs: Inputs<'_>) -> &Tree {
        self.beside.rows.drives.get_or_init(|| self.filtered(inputs, drive_rows))
    }

    /// USB controllers as a tree.
    pub(super) fn usb(&self, inputs: Inputs<'_>) -> &Tree {
        self.beside.rows.usb.get_or_init(|| self.filtered(inputs, usb))
    }

    /// The number of devices of the document that the tree shows, and of all.
    pub(super) fn counts(&self, inputs: Inputs<'_>) -> (u32, u32) {
        *self.beside.rows.counts.get_or_init(|| {
            let devices = &inputs.session.revision().guest().domain.devices;
            let all = devices.iter().filter(|device| !device.is_implied()).count();
            let shown = self.tree(inputs).rows.iter().map(|row| row.devices).sum();
            (shown, u32::try_from(all).unwrap_or(u32::MAX))
        })
    }

    /// The facts about `target`.
    pub(super) fn inspected(&self, inputs: Inputs<'_>, target: Option<Target>) -> Arc<Inspected> {
        self.beside
            .inspected
            .get(target, || target.map(|target| self.inspect(inputs, target)).unwrap_or_default())
    }

    fn inspect(&self, inputs: Inputs<'_>, target: Target) -> Inspected {
        let guest = self.guest(inputs);
        let whereabouts = match target {
            Target::Device(key) => Some(Whereabouts::of(guest, key)),
            _ => None,
        };
        let lines = inputs.session.revision().document.lines();
        let line_of =
            |device: &Device| device.element().map(|span| lines.position(span.start).line);
        let running = self.running(inputs).map(|live| Running {
            comparison: live.comparison(guest, target),
            hardware: live.hardware(target),
        });
        let (names, running) = (self.names(inputs), running.unwrap_or_default());
        let details = details(guest, names, whereabouts.as_ref(), running, target, &line_of);
        Inspected { details, whereabouts }
    }

    /// A tree of rows that contain the filter, with their second marks beside a running guest.
    fn filtered(&self, inputs: Inputs<'_>, rows: RowsOf) -> Tree {
        let (guest, live) = (self.guest(inputs), self.running(inputs));
        let apart = live.map(LiveGuest::apart).unwrap_or_default();
        let folds = Folds { apart, ..inputs.folds.clone() };
        let mut rows = rows(guest, self.names(inputs), &folds);
        if let Some(live) = live {
            live.annotate(guest, &mut rows);
        }
        Tree::new(rows, inputs.filter)
    }
}

/// The rows of a guest, folded.
type RowsOf = fn(Guest<'_>, &GuestNames, &Folds) -> Vec<Row>;

/// The rows of the tree that are drive controllers with what hangs on them, at the left margin.
fn drive_rows(guest: Guest<'_>, names: &GuestNames, folds: &Folds) -> Vec<Row> {
    // Folds above a controller must not hide it here.
    let mut folds = folds.clone();
    folds.closed.retain(|target| drive_bus(guest, *target).is_some());
    let mut rows = Vec::new();
    let mut base = None;
    for mut row in topology(guest, names, &folds) {
        let is_below = base.is_some_and(|depth| row.depth > depth);
        if !is_below {
            base = match row.target {
                Target::Live(id) if role(guest, id) == LiveRole::DriveController => Some(row.depth),
                target => drive_bus(guest, target).map(|name| {
                    row.place = [&name, " ", &row.place].concat();
                    row.depth
                }),
            };
        }
        let is_disk = || match row.target {
            Target::Device(key) => key.class == crate::model::DeviceClass::Disk,
            Target::Live(id) => role(guest, id) == LiveRole::Drive,
            _ => false,
        };
        match base {
            Some(depth) => row.depth -= depth,
            // A disk that is a device of a bus itself.
            None if is_disk() => row.depth = 0,
            None => continue,
        }
        rows.push(row);
    }
    rows
}

fn role(guest: Guest<'_>, id: LiveId) -> LiveRole {
    let live = guest.topology.node_of_live(id).and_then(|no| guest.topology.live(no));
    live.map(|live| live.role).unwrap_or_default()
}

/// The name of the bus with drive places that `target` offers, if it does.
fn drive_bus(guest: Guest<'_>, target: Target) -> Option<String> {
    let (Target::Device(key) | Target::Siblings(key)) = target else { return None };
    let node = guest.topology.node(guest.topology.node_of(key)?)?;
    let bus = guest.topology.bus(node.offers?)?;
    matches!(bus.id, BusId::Drive(..)).then(|| bus.name())
}
