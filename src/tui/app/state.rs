//! The whole state in one struct, with queries that drawing and updating share.

use std::sync::Arc;

use ratatui::layout::Size;

use super::changes::ChangeLine;
use super::cursors::ListCursors;
use super::derived::{DerivedViews, Inputs, Inspected};
use super::grids::{Matrix, SlotCursor};
use super::live::{Asked, Live};
use super::mode::Mode;
use super::problems::{Offer, ProblemList};
use super::watched::Watched;
use super::{Saving, Scroll, Selection, Status, Tree};
use crate::check::Allowed;
use crate::edit::{Revision, Session};
use crate::live::Facts;
use crate::rows::{
    Folds, Guest, GuestNames, Headroom, LiveGuest, PathStep, SlotsView, Target, Token, path,
};
use crate::sources::Source;
use crate::text::{ContentMark, Span};
use crate::tui::keymap::{KeyMap, Pending};
use crate::tui::layout::Layout;
use crate::tui::theme::{Appearance, Library};
use crate::tui::views::View;

/// Settings of the user, and abilities of the terminal.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether the details are shown, if the user chose; else they are shown if they fit.
    pub details: Option<bool>,
    /// Whether mouse events reach the program.
    pub mouse: bool,
    /// Whether the terminal accepts text for its clipboard.
    pub clipboard: bool,
    /// The theme's name.
    pub theme: String,
    /// Whether changes are disabled, of the document and of a running guest.
    pub read_only: bool,
    /// The number of colours of the terminal.
    pub depth: termprofile::TermProfile,
    /// Silenced rules of `check`.
    pub allowed: Allowed,
}

/// The source of the guest that is shown, and what is known about it.
#[derive(Debug)]
pub struct OpenDocument {
    /// The source of the document.
    pub source: Source,
    /// The present text of the source, as far as known: as it was read or saved last.
    pub base: ContentMark,
    /// The reason why the source differs from the document, if it does.
    pub stale: Option<String>,
    /// Whether the source no longer exists.
    pub is_gone: bool,
}

impl OpenDocument {
    /// A text as it was read.
    pub fn new(source: Source, revision: &Revision) -> Self {
        let base = ContentMark::of(&**revision.document.text());
        Self { source, base, stale: None, is_gone: false }
    }
}

/// The key bindings, and the pending keys.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// The key bindings.
    pub map: KeyMap,
    /// The pending keys.
    pub pending: Pending,
}

/// The forms of views that have two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ViewVariants {
    /// In Slots the cursor walks over the functions of one slot.
    pub functions: bool,
    /// Drives are a tree instead of a matrix.
    pub drive_tree: bool,
}

/// The state of the screen, which determines its picture.
#[derive(Debug)]
pub struct App {
    /// The source of the guest.
    pub opened: OpenDocument,
    /// The text with the changes since it was read.
    pub session: Watched<Session>,
    /// The present view.
    pub view: View,
    /// The form that some views are shown in.
    pub variants: ViewVariants,
    /// The cursors of the views of problems and changes.
    pub cursors: ListCursors,
    /// The present meaning of keys.
    pub mode: Mode,
    /// The selection of all views.
    pub selection: Selection,
    /// The folded rows.
    pub folds: Watched<Folds>,
    /// Only rows that contain this are shown.
    pub filter: Watched<String>,
    derived: DerivedViews,
    /// The scroll position of each view.
    pub scroll: Scroll,
    /// The running guest beside it, if there is one.
    pub live: Option<Box<Live>>,
    /// Messages of the program.
    pub status: Status,
    /// The state of saving and leaving.
    pub saving: Saving,
    /// Settings of the user.
    pub settings: Settings,
    /// Styles and signs.
    pub appearance: Appearance,
    /// The themes there are.
    pub themes: Library,
    /// The key bindings.
    pub keys: Keys,
    /// Size of the terminal.
    pub size: Size,
}

impl App {
    /// A screen of 80 columns and 24 rows for this guest.
    pub fn new(
        source: Source,
        revision: Revision,
        settings: Settings,
        appearance: Appearance,
        themes: Library,
        keys: KeyMap,
    ) -> Self {
        let mut app = Self {
            opened: OpenDocument::new(source, &revision),
            session: Watched::new(Session::new(revision)),
            view: View::Topology,
            variants: ViewVariants::default(),
            cursors: ListCursors::default(),
            mode: Mode::Browse,
            selection: Selection::default(),
            folds: Watched::default(),
            filter: Watched::default(),
            derived: DerivedViews::default(),
            scroll: Scroll::default(),
            live: None,
            status: Status::default(),
            saving: Saving::default(),
            settings,
            appearance,
            themes,
            keys: Keys { map: keys, pending: Pending::default() },
            size: Size::new(80, 24),
        };
        if let Some(first) = app.device_tree().rows.first().map(|row| row.target) {
            app.selection.start(first);
        }
        app
    }

    /// Opens another guest, or the same one as it was read again.
    pub fn open(&mut self, source: Source, revision: Revision) {
        self.opened = OpenDocument::new(source, &revision);
        self.session = Watched::new(Session::new(revision));
        self.derived.drop_all();
    }

    /// The session, to be changed.
    pub fn session_mut(&mut self) -> &mut Session {
        self.derived.drop_all();
        self.session.get_mut()
    }

    /// The rows that are folded, to be changed.
    pub fn folds_mut(&mut self) -> &mut Folds {
        self.derived.drop_rows();
        self.folds.get_mut()
    }

    /// Shows only rows that contain `text`.
    pub fn set_filter(&mut self, text: String) {
        self.derived.drop_rows();
        *self.filter.get_mut() = text;
    }

    /// Stores new facts about the running guest.
    pub fn learn(&mut self, facts: Arc<Facts>) {
        if let Some(live) = &mut self.live {
            live.learn(facts);
            self.derived.drop_live();
        }
    }

    /// Records a request to the running guest.
    pub fn ask(&mut self, asked: Asked) {
        if let Some(live) = &mut self.live {
            live.asked.push(asked);
            self.derived.drop_live();
        }
    }

    /// Removes the request with this number, which has ended.
    pub fn end(&mut self, number: u64) -> Option<Asked> {
        let asked = &mut self.live.as_mut()?.asked;
        let nth = asked.iter().position(|asked| asked.number == number)?;
        let ended = asked.remove(nth);
        self.derived.drop_live();
        Some(ended)
    }

    fn inputs(&self) -> Inputs<'_> {
        Inputs {
            session: &self.session,
            allowed: &self.settings.allowed,
            live: self.live.as_deref(),
            folds: &self.folds,
            filter: &self.filter,
        }
    }

    /// The guest, to be drawn.
    pub fn guest(&self) -> Guest<'_> {
        self.derived.guest(self.inputs())
    }

    /// Whether the document is generated from the monitor.
    pub fn is_made(&self) -> bool {
        matches!(self.opened.source, Source::Monitor(_))
    }

    /// The running guest, if it is to be drawn from the monitor's report and that is missing so
    /// far.
    pub fn unknown(&self) -> Option<&Live> {
        self.live.as_deref().filter(|live| self.is_made() && live.facts().is_none())
    }

    /// The running guest compared with the drawn one, after the first report of its monitor.
    pub fn running(&self) -> Option<&LiveGuest> {
        self.derived.running(self.inputs())
    }

    /// The selected object.
    pub fn selected(&self) -> Option<Target> {
        self.selection.current()
    }

    /// The highlighted object: the place a device is moved to, or the selection.
    pub fn shown(&self) -> Option<Target> {
        match &self.mode {
            Mode::Move(moving) => Some(moving.target(self.session.revision())),
            _ => self.selection.current(),
        }
    }

    /// The unit of the drives' matrix that is set off: row and cell.
    pub fn shown_unit(&self) -> Option<(usize, usize)> {
        self.matrix().cell_of(self.shown()?)
    }

    /// The way from the machine down to a row; empty when it is gone.
    pub fn way(&self, target: Target) -> Vec<PathStep> {
        path(self.guest(), target)
    }

    /// The rows of the view, where it is a tree.
    pub fn tree(&self) -> Option<&Tree> {
        match self.view {
            View::Topology => Some(self.device_tree()),
            View::Usb => Some(self.derived.usb(self.inputs())),
            View::Drives if self.variants.drive_tree => Some(self.derived.drives(self.inputs())),
            View::Slots | View::Drives | View::Problems | View::Changes | View::Xml => None,
        }
    }

    /// The whole device tree, in whatever view.
    pub fn device_tree(&self) -> &Tree {
        self.derived.tree(self.inputs())
    }

    /// The number of devices of the document that the tree shows, and of all.
    pub fn counts(&self) -> (u32, u32) {
        self.derived.counts(self.inputs())
    }

    /// PCI buses and their slots.
    pub fn slots(&self) -> &SlotsView {
        self.derived.slots(self.inputs())
    }

    /// The cell of the slots that shows `target`.
    pub fn slot_of(&self, target: Target) -> Option<SlotCursor> {
        SlotCursor::of(self.slots(), self.guest(), target)
    }

    /// Drive controllers as a matrix.
    pub fn matrix(&self) -> &Matrix {
        self.derived.matrix(self.inputs())
    }

    /// The places that are left.
    pub fn headroom(&self) -> &[Headroom] {
        self.derived.headroom(self.inputs())
    }

    /// The names that the guest will give its NICs and disks.
    pub fn names(&self) -> &GuestNames {
        self.derived.names(self.inputs())
    }

    /// The problems of the guest.
    pub fn problems(&self) -> &ProblemList {
        self.derived.problems(self.inputs())
    }

    /// The same, for trying what another fix would do.
    pub fn problems_mut(&mut self) -> Option<&mut ProblemList> {
        self.problems();
        self.derived.problems_mut()
    }

    /// The fixes of the problem under the cursor.
    pub fn offers(&self) -> Arc<Vec<Offer>> {
        self.derived.offers(self.inputs(), self.cursors.problem)
    }

    /// The changes, then the difference of the text.
    pub fn changes(&self) -> &[ChangeLine] {
        self.derived.changes(self.inputs())
    }

    /// The pieces of the document that touch `span`.
    pub fn tokens_in(&self, span: Span) -> &[(Span, Token)] {
        self.derived.tokens_in(self.inputs(), span)
    }

    /// The facts about the selection.
    pub fn inspected(&self) -> Arc<Inspected> {
        self.derived.inspected(self.inputs(), self.selection.current())
    }

    /// Where everything goes at the present size.
    pub fn layout(&self) -> Layout {
        let heading = matches!(self.view, View::Topology | View::Drives | View::Usb);
        // The forecast of a moved device needs some lines.
        let is_moving = matches!(self.mode, Mode::Move(_));
        let details = if is_moving { Some(true) } else { self.settings.details };
        Layout::of(self.size, details, heading)
    }
}
