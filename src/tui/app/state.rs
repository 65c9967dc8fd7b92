//! The whole state in one struct, with queries that drawing and updating share.

use ratatui::layout::Size;

use super::{ListCursors, Live, Mode, Pictures, Saving, Scroll, Selection, Status, Tree};
use crate::check::Allowed;
use crate::edit::{Revision, Session};
use crate::rows::{Folds, Guest, LiveGuest, PathStep, Target, path};
use crate::sources::Source;
use crate::text::ContentMark;
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

/// The guest that is shown.
#[derive(Debug)]
pub struct OpenDocument {
    /// The source of the document.
    pub source: Source,
    /// The text with the changes since it was read.
    pub session: Session,
    /// The present text of the source, as far as known: as it was read or saved last.
    pub base: ContentMark,
    /// The reason why the source differs from the document, if it does.
    pub stale: Option<String>,
    /// Whether the source no longer exists.
    pub is_gone: bool,
}

impl OpenDocument {
    /// A guest as it was read.
    pub fn new(source: Source, revision: Revision) -> Self {
        let base = ContentMark::of(&**revision.document.text());
        let session = Session::new(revision);
        Self { source, session, base, stale: None, is_gone: false }
    }

    /// Replaces the document by a new text of the same source.
    pub fn replace(&mut self, revision: Revision) {
        let source = self.source.clone();
        *self = Self::new(source, revision);
    }

    /// The guest as it is now.
    pub fn revision(&self) -> &Revision {
        self.session.revision()
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
    /// The open document.
    pub opened: OpenDocument,
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
    pub folds: Folds,
    /// Only rows that contain this are shown.
    pub filter: String,
    /// Rows and cells of the guest.
    pub pictures: Pictures,
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
        opened: OpenDocument,
        settings: Settings,
        appearance: Appearance,
        themes: Library,
        keys: KeyMap,
    ) -> Self {
        let mut app = Self {
            opened,
            view: View::Topology,
            variants: ViewVariants::default(),
            cursors: ListCursors::default(),
            mode: Mode::Browse,
            selection: Selection::default(),
            folds: Folds::default(),
            filter: String::new(),
            pictures: Pictures::default(),
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
        app.renew();
        if let Some(first) = app.pictures.tree.rows.first() {
            app.selection.start(first.target);
        }
        app.prepare();
        app
    }

    /// The guest, to be drawn.
    pub fn guest(&self) -> Guest<'_> {
        drawn(self.opened.revision(), self.running())
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
        self.live.as_ref()?.guest()
    }

    /// The selected object.
    pub fn selected(&self) -> Option<Target> {
        self.selection.current()
    }

    /// The highlighted object: the place a device is moved to, or the selection.
    pub fn shown(&self) -> Option<Target> {
        match &self.mode {
            Mode::Move(moving) => Some(moving.target(self.opened.revision())),
            _ => self.selection.current(),
        }
    }

    /// The unit of the drives' matrix that is set off: row and cell.
    pub fn shown_unit(&self) -> Option<(usize, usize)> {
        self.pictures.matrix()?.cell_of(self.shown()?)
    }

    /// Makes everything derived anew, after the text changed.
    pub fn renew(&mut self) {
        let revision = self.opened.session.revision();
        if let Some(live) = &mut self.live {
            live.compare(guest(revision), &revision.domain);
        }
        self.pictures.renew(revision, &self.settings.allowed);
        self.refresh();
    }

    /// Makes the rows anew, after folds or filter changed.
    pub fn refresh(&mut self) {
        let live = self.live.as_ref().and_then(|live| live.guest());
        self.folds.apart = live.map(LiveGuest::apart).unwrap_or_default();
        let guest = drawn(self.opened.revision(), live);
        self.pictures.make(guest, live, &self.folds, &self.filter);
        self.prepare();
    }

    /// Compares the running guest again, after it or its open requests changed. If a selected live
    /// device is gone its parent is selected.
    pub fn compare(&mut self) {
        let selected = self.selection.current();
        let before = selected.map(|target| self.way(target)).unwrap_or_default();
        let revision = self.opened.session.revision();
        if let Some(live) = &mut self.live {
            live.compare(guest(revision), &revision.domain);
        }
        self.pictures.forget_inspected();
        self.refresh();
        if selected.is_some_and(|target| self.way(target).is_empty()) {
            let mut left = before.iter().rev().map(|step| step.target);
            let there = left.find(|target| !self.way(*target).is_empty());
            let first = self.pictures.tree.rows.first().map(|row| row.target);
            if let Some(target) = there.or(first) {
                self.selection.walk(target);
                self.prepare();
            }
        }
    }

    /// The way from the machine down to a row; empty when it is gone.
    pub fn way(&self, target: Target) -> Vec<PathStep> {
        path(self.guest(), target)
    }

    /// Makes missing data of the view, and the details of the selection.
    pub fn prepare(&mut self) {
        let live = self.live.as_ref().and_then(|live| live.guest());
        let guest = drawn(self.opened.revision(), live);
        let target = self.selection.current();
        self.pictures.inspect(self.opened.revision(), (guest, live), target);
        let (folds, filter) = (&self.folds, self.filter.as_str());
        match self.view {
            View::Topology => {}
            View::Slots => self.pictures.make_slots(guest),
            View::Drives if self.variants.drive_tree => {
                self.pictures.make_drives(guest, live, folds, filter);
            }
            View::Drives => self.pictures.make_matrix(guest),
            View::Usb => self.pictures.make_usb(guest, live, folds, filter),
            View::Problems => {
                let problems = &mut self.pictures.problems;
                // Fewer may be left than there were.
                let last = problems.count(self.cursors.least).saturating_sub(1);
                self.cursors.problem = self.cursors.problem.min(last);
                problems.open(&self.opened.session, self.cursors.problem);
            }
            View::Changes => self.pictures.changes.make(&self.opened.session),
            View::Xml => self.pictures.make_tokens(self.opened.revision().document.text()),
        }
    }

    /// The rows of the view, where it is a tree.
    pub fn tree(&self) -> Option<&Tree> {
        match self.view {
            View::Topology => Some(&self.pictures.tree),
            View::Usb => self.pictures.usb(),
            View::Drives if self.variants.drive_tree => self.pictures.drives(),
            View::Slots | View::Drives | View::Problems | View::Changes | View::Xml => None,
        }
    }

    /// The layout of the screen at the present size.
    pub fn layout(&self) -> Layout {
        let heading = matches!(self.view, View::Topology | View::Drives | View::Usb);
        // The forecast of a moved device needs some lines.
        let is_moving = matches!(self.mode, Mode::Move(_));
        let details = if is_moving { Some(true) } else { self.settings.details };
        Layout::of(self.size, details, heading)
    }
}

/// The domain of a revision that is drawn.
pub(crate) fn guest(revision: &Revision) -> Guest<'_> {
    revision.guest()
}

/// The guest that is drawn: that of the document, with the live devices when there is a running one.
fn drawn<'g>(revision: &'g Revision, live: Option<&'g LiveGuest>) -> Guest<'g> {
    let guest = guest(revision);
    live.map_or(guest, |live| live.guest(guest.domain))
}
