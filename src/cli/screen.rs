//! The screen: `virt-topo FILE`, and what stands for it where there is no terminal to draw on.

use std::ffi::OsStr;
use std::sync::Arc;

use super::args::{Look, ScreenArgs, ShowArgs, Size, View};
use super::live::{Beside, LiveArgs, complaint};
use super::settings::find;
use super::{Outcome, input, output, show};
use crate::edit::Revision;
use crate::report;
use crate::rows::GlyphSet;
use crate::sources::dirs::Dirs;
use crate::sources::monitor::{Endpoint, Limits, Link};
use crate::sources::{Source, Stamp, wall_clock};
use crate::text::Printable;
use crate::tui::app::{App, Level, LinkState, Live, OpenDocument, Settings};
use crate::tui::runtime::{self, End, Left, Start};
use crate::tui::script::{self, Headless, parse_keys};
use crate::tui::terminal;
use crate::tui::theme;
use crate::tui::update::{learn, pick_demo};

/// The document of a guest of which the monitor has told nothing yet.
const NOBODY: &str = "<domain>\n  <name>live</name>\n  <devices>\n  </devices>\n</domain>\n";

/// What the screen begins with.
pub(super) struct Wanted<'a> {
    /// The file argument; without one the running guest is shown alone.
    pub file: Option<&'a OsStr>,
    /// The running guest beside it.
    pub live: Option<&'a LiveArgs>,
    /// Whether the list of demos is open at first.
    pub picks_demo: bool,
}

/// Shows a guest on the screen until that is left.
pub(super) fn run(
    wanted: &Wanted<'_>,
    screen: &ScreenArgs,
    look: &Look,
) -> color_eyre::Result<Outcome> {
    let is_drawn = output::is_terminal() && !look.plain;
    let beside = match wanted.live.map(LiveArgs::beside).transpose() {
        Ok(beside) => beside.flatten(),
        Err(message) => return Ok(output::fail(&message)),
    };
    if let (false, false, None, Some(file)) = (screen.dump, is_drawn, &beside, wanted.file) {
        // A pipe, a file, a screen reader: the same rows as text.
        return show::run(&ShowArgs::text(file, screen.view.unwrap_or_default()), look);
    }
    let keys = match parse_keys(screen.keys.as_deref().unwrap_or_default()) {
        Ok(keys) => keys,
        Err(error) => return Ok(output::fail(&format!("--keys: {error}"))),
    };
    let name = beside.as_ref().map(|(name, _)| name.clone()).unwrap_or_default();
    let source = wanted.file.map_or(Source::Monitor(name), Source::from_argument);
    // Before it is read: what changes in between is noticed.
    let watched = match &source {
        Source::File(path) => Some((path.clone(), Stamp::of(path))),
        Source::Stdin | Source::Demo(_) | Source::Monitor(_) => None,
    };
    let mut app = match app(source, screen.view, look) {
        Ok(app) => app,
        Err(message) => return Ok(output::fail(&message)),
    };
    let read_only = wanted.live.is_some_and(|live| live.read_only);
    app.settings.read_only = read_only;
    let waits = screen.dump || !is_drawn;
    let monitor = match beside.map(|beside| add_live(&mut app, beside, read_only, waits)) {
        None => None,
        Some(Ok(monitor)) => monitor,
        Some(Err(message)) => return Ok(output::fail(&message)),
    };
    if !screen.dump && !is_drawn {
        let style = output::style(look);
        let rows = app.tree().unwrap_or(&app.pictures.tree).rows.as_slice();
        output::print_styled(&report::tree(rows, style), style)?;
        return Ok(Outcome::Fine);
    }
    if wanted.picks_demo {
        pick_demo(&mut app);
    }
    if screen.dump {
        let mut headless = Headless::new(app, screen.size.width, screen.size.height);
        headless.press(&keys);
        output::print(&script::text(&headless.picture()))?;
        return Ok(Outcome::Fine);
    }
    let panic_key = std::env::var_os("VIRT_TOPO_PANIC_KEY").is_some();
    let dirs = Dirs::from_env();
    match runtime::run(app, Start { watched, dirs, monitor, keys, panic_key }) {
        Ok(Left { end: End::Quit, print }) => {
            if let Some(text) = print {
                output::document(&text)?;
            }
            Ok(Outcome::Fine)
        }
        Ok(Left { end: End::Signal(signal), .. }) => {
            // The terminal has been left; whoever waits for this process sees the signal.
            terminal::end_by(signal)
        }
        Err(error) => Ok(output::fail(&format!("the terminal cannot be used: {error}"))),
    }
}

/// Puts the running guest beside the configured one: at once, where it was saved or is waited for;
/// else the monitor to look after.
fn add_live(
    app: &mut App,
    (name, beside): (String, Beside),
    read_only: bool,
    waits: bool,
) -> Result<Option<(Endpoint, Limits)>, String> {
    let (live, facts, monitor) = match beside {
        Beside::Saved(facts) => (Live::new(name, LinkState::Saved, read_only), Some(facts), None),
        Beside::Monitor(endpoint, limits) if waits => {
            let open = Link::open(&endpoint, limits);
            let told = open.and_then(|mut link| Ok((link.language(), link.facts()?)));
            let (language, facts) = told.map_err(|error| complaint(&name, &error))?;
            let mut live = Live::new(name, LinkState::Up(wall_clock()), read_only);
            live.language = Some(language);
            (live, Some(facts), None)
        }
        Beside::Monitor(endpoint, limits) => {
            let live = Live::new(name, LinkState::Connecting, read_only);
            (live, None, Some((endpoint, limits)))
        }
    };
    app.live = Some(Box::new(live));
    if let Some(facts) = facts {
        learn(app, &Arc::new(facts));
    }
    Ok(monitor)
}

/// A screen for the guest from `source`, set up as configuration and arguments say.
pub(super) fn app(source: Source, view: Option<View>, look: &Look) -> Result<App, String> {
    let revision = match &source {
        Source::Monitor(name) => {
            let empty = Revision::as_written(NOBODY);
            empty.map_err(|error| format!("{name}: {error}"))?
        }
        source => input::read(source, look)?.revision,
    };
    let found = find(look);
    let config = found.config;
    let choice = match look.color {
        super::args::ColorChoice::Auto => config.color,
        asked => asked.for_screen(),
    };
    let depth = choice.depth();
    let mut name = config.theme;
    if let Some(wanted) = &look.theme {
        if found.themes.file(wanted).is_none() {
            let near = found.themes.nearest(wanted);
            let near = near.map(|near| format!("; did you mean '{near}'?")).unwrap_or_default();
            return Err(format!("there is no theme '{}'{near}", Printable::new(wanted)));
        }
        wanted.clone_into(&mut name);
    }
    let loaded = found.themes.load(&name, depth);
    let (theme, theme_mistakes) = match loaded {
        Some(loaded) => (loaded.theme, loaded.mistakes),
        None => (theme::Theme::from_fn(|_| ratatui::style::Style::new()), Vec::new()),
    };
    let variable = |name: &str| std::env::var(name).ok();
    let glyphs = if look.ascii { GlyphSet::Ascii } else { config.ascii.glyphs(variable) };
    let no_clipboard = ["linux", "dumb"].map(Some).contains(&variable("TERM").as_deref());
    let settings = Settings {
        details: config.details.then_some(true),
        mouse: config.mouse,
        clipboard: !no_clipboard,
        theme: name,
        read_only: false,
        depth,
        allowed: config.allowed,
    };
    let opened = OpenDocument::new(source, revision);
    let appearance = theme::Appearance { theme, glyphs };
    let mut app = App::new(opened, settings, appearance, found.themes, config.keys);
    app.view = view.map_or(config.view, Into::into);
    app.saving.how.backups = config.backups;
    app.prepare();
    let mistakes = found.mistakes.iter().chain(&theme_mistakes).map(ToString::to_string);
    for message in found.unread.into_iter().chain(mistakes) {
        app.status.say(Level::Warning, message);
    }
    Ok(app)
}

/// The screen of a guest as it would be drawn, after these keys.
pub(super) fn picture(args: &ShowArgs, look: &Look) -> Result<Headless, String> {
    let keys = parse_keys(args.keys.as_deref().unwrap_or_default())
        .map_err(|error| format!("--keys: {error}"))?;
    // A picture is made for a browser, whatever this terminal can show.
    let mut look = look.clone();
    if look.color == super::args::ColorChoice::Auto {
        look.color = super::args::ColorChoice::Truecolor;
    }
    let mut app = app(Source::from_argument(&args.file), Some(args.view), &look)?;
    if !look.ascii {
        app.appearance.glyphs = GlyphSet::Unicode;
    }
    let Size { width, height } = args.size;
    let mut headless = Headless::new(app, width, height);
    headless.press(&keys);
    Ok(headless)
}
