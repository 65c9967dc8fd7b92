//! The state the screen begins with, as configuration and arguments say.

use super::input;
use super::options::{ColorChoice, OutputOptions, View};
use super::settings::find;
use crate::edit::Revision;
use crate::rows::GlyphSet;
use crate::sources::Source;
use crate::text::Printable;
use crate::tui::app::{App, Level, Settings};
use crate::tui::theme;

/// The document of a guest before the first report of its monitor.
const NOBODY: &str = "<domain>\n  <name>live</name>\n  <devices>\n  </devices>\n</domain>\n";

/// A screen for the guest from `source`, set up by configuration and arguments.
pub(super) fn app(
    source: Source,
    view: Option<View>,
    options: &OutputOptions,
) -> Result<App, String> {
    let revision = match &source {
        Source::Monitor(name) => {
            let empty = Revision::as_written(NOBODY);
            empty.map_err(|error| format!("{name}: {error}"))?
        }
        source => input::read(source, options)?.revision,
    };
    let found = find(options);
    let config = found.config;
    let choice = match options.color {
        ColorChoice::Auto => config.color,
        asked => asked.for_screen(),
    };
    let depth = choice.depth();
    let mut name = config.theme;
    if let Some(wanted) = &options.theme {
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
    let glyphs = if options.ascii { GlyphSet::Ascii } else { config.ascii.glyphs(variable) };
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
    let appearance = theme::Appearance { theme, glyphs };
    let mut app = App::new(source, revision, settings, appearance, found.themes, config.keys);
    app.view = view.map_or(config.view, Into::into);
    app.saving.how.backups = config.backups;
    let mistakes = found.mistakes.iter().chain(&theme_mistakes).map(ToString::to_string);
    for message in found.unread.into_iter().chain(mistakes) {
        app.status.say(Level::Warning, message);
    }
    Ok(app)
}
