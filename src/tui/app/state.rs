//! All of the state in one struct, and the questions that drawing and updating both ask.

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

/// What the user set, and what the terminal can do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether everything about the selected device is shown, where somebody said so; else it is
    /// where there is room.
    pub details: Option<bool>,
    /// Whether the mouse is ours.
    pub mouse: bool,
    /// Whether the terminal takes text for its clipboard.
    pub clipboard: bool,
    /// The theme's name.
    pub theme: String,
    /// Whether nothing may be changed: neither the document nor a running guest.
    pub read_only: bool,
    /// How many colours the terminal has.
    pub depth: termprofile::TermProfile,
    /// The rules of `check` whose findings nobody wants to see.
    pub allowed: Allowed,
}

/// The guest that is shown.
#[derive(Debug)]
pub struct OpenDocument {
    /// Where it comes from.
    pub source: Source,
    /// Its text, and what was done to it since it was read.
    pub session: Session,
    /// The text that is there, as far as is known: what was read or saved last.
    pub base: ContentMark,
    /// Why the source is no longer what is shown, if it is not.
    pub stale: Option<String>,
    /// Whether the source is not there any more.
    pub is_gone: bool,
}

impl OpenDocument {
    /// A guest as it was read.
    pub fn new(source: Source, revision: Revision) -> Self {
        let base = ContentMark::of(&**revision.document.text());
        let session = Session::new(revision);
        Self { source, session, base, stale: None, is_gone: false }
    }

    /// The same source says something else.
    pub fn replace(&mut self, revision: Revision) {
        let source = self.source.clone();
        *self = Self::new(source, revision);
    }

    /// The guest as it is now.
    pub fn revision(&self) -> &Revision {
        self.session.revision()
    }
}

/// Which keys ask for what, and what is half typed.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// The keys.
    pub map: KeyMap,
    /// What is half typed.
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

/// All that the screen shows is a function of this.
#[derive(Debug)]
pub struct App {
    /// The guest.
    pub opened: OpenDocument,
    /// Which view has the screen.
    pub view: View,
    /// The form that some views are shown in.
    pub variants: ViewVariants,
    /// The cursors of the views of problems and changes.
    pub cursors: ListCursors,
    /// What keys mean.
    pub mode: Mode,
    /// What is selected, in all views.
    pub selection: Selection,
    /// What is folded.
    pub folds: Folds,
    /// Only rows that contain this are shown.
    pub filter: String,
    /// Rows and cells of the guest.
    pub pictures: Pictures,
    /// How far each view is scrolled.
    pub scroll: Scroll,
    /// The running guest beside it, if there is one.
    pub live: Option<Box<Live>>,
    /// What was said.
    pub status: Status,
    /// What saving and leaving need to know.
    pub saving: Saving,
    /// What the user set.
    pub settings: Settings,
    /// Styles and signs.
    pub appearance: Appearance,
    /// The themes there are.
    pub themes: Library,
    /// Which keys ask for what.
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

    /// Whether the document is made from what the monitor tells.
    pub fn is_made(&self) -> bool {
        matches!(self.opened.source, Source::Monitor(_))
    }

    /// The running guest, while it is to be drawn from what the monitor tells and that has told
    /// nothing yet.
    pub fn unknown(&self) -> Option<&Live> {
        self.live.as_deref().filter(|live| self.is_made() && live.facts().is_none())
    }

    /// The running guest compared with the drawn one, once its monitor has told something.
    pub fn running(&self) -> Option<&LiveGuest> {
        self.live.as_ref()?.guest()
    }

    /// What is selected.
    pub fn selected(&self) -> Option<Target> {
        self.selection.current()
    }

    /// What the views set off: the place a device is moved to, or what is selected.
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

    /// Compares the running guest anew, after it or what was asked of it changed. A selected live
    /// device that is gone leaves the selection to what it was on.
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

    /// Makes what the view needs, where that was not done, and looks at what is selected.
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

    /// Where everything goes at the present size.
    pub fn layout(&self) -> Layout {
        let heading = matches!(self.view, View::Topology | View::Drives | View::Usb);
        // What becomes of a device that is moved needs some lines.
        let is_moving = matches!(self.mode, Mode::Move(_));
        let details = if is_moving { Some(true) } else { self.settings.details };
        Layout::of(self.size, details, heading)
    }
}

/// The one place that says which domain of a revision is drawn.
pub(crate) fn guest(revision: &Revision) -> Guest<'_> {
    revision.guest()
}

/// The guest that is drawn: that of the document, with the live devices when there is a running one.
fn drawn<'g>(revision: &'g Revision, live: Option<&'g LiveGuest>) -> Guest<'g> {
    let guest = guest(revision);
    live.map_or(guest, |live| live.guest(guest.domain))
}
