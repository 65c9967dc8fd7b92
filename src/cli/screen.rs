//! The screen: `virt-topo FILE`, and its replacement without a terminal.

use std::ffi::OsStr;
use std::sync::Arc;

use clap::Args;

use super::live::{Beside, LiveArgs, complaint};
use super::options::{OutputOptions, Size, View};
use super::show::ShowArgs;
use super::start::app;
use super::{Outcome, output, show};
use crate::report;
use crate::sources::dirs::Dirs;
use crate::sources::monitor::{Endpoint, Limits, Link};
use crate::sources::{Source, Stamp, wall_clock};
use crate::tui::app::{App, LinkState, Live};
use crate::tui::runtime::{self, End, Left, Start};
use crate::tui::script::{self, Headless, parse_keys};
use crate::tui::terminal;
use crate::tui::update::{learn, pick_demo};

/// Options of the screen alone.
#[derive(Clone, Debug, Default, Args)]
pub struct ScreenArgs {
    /// Start with this view
    #[arg(long, value_enum)]
    pub view: Option<View>,
    /// Press these keys first, such as "jj<right>:quit<enter>"
    #[arg(long, value_name = "KEYS", allow_hyphen_values = true)]
    pub keys: Option<String>,
    /// Print the screen as text after the keys and exit; needs no terminal
    #[arg(long)]
    pub dump: bool,
    /// Columns and rows of the dump
    #[arg(long, value_name = "COLSxROWS", default_value = "80x24", requires = "dump")]
    pub size: Size,
}

/// The initial state of the screen.
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
    options: &OutputOptions,
) -> color_eyre::Result<Outcome> {
    let is_drawn = output::is_terminal() && !options.plain;
    let beside = match wanted.live.map(LiveArgs::beside).transpose() {
        Ok(beside) => beside.flatten(),
        Err(message) => return Ok(output::fail(&message)),
    };
    if let (false, false, None, Some(file)) = (screen.dump, is_drawn, &beside, wanted.file) {
        // A pipe, a file, a screen reader: the same rows as text.
        return show::run(&ShowArgs::text(file, screen.view.unwrap_or_default()), options);
    }
    let keys = match parse_keys(screen.keys.as_deref().unwrap_or_default()) {
        Ok(keys) => keys,
        Err(error) => return Ok(output::fail(&format!("--keys: {error}"))),
    };
    let name = beside.as_ref().map(|(name, _)| name.clone()).unwrap_or_default();
    let source = wanted.file.map_or(Source::Monitor(name), Source::from_argument);
    // Before it is read, so that changes in between are noticed.
    let watched = match &source {
        Source::File(path) => Some((path.clone(), Stamp::of(path))),
        Source::Stdin | Source::Demo(_) | Source::Monitor(_) => None,
    };
    let mut app = match app(source, screen.view, options) {
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
        let style = output::style(options);
        let rows = app.tree().unwrap_or_else(|| app.device_tree()).rows.as_slice();
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
                output::document(&text, options)?;
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
