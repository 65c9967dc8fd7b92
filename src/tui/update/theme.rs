//! Choosing a theme: the screen shows the selected one meanwhile.

use crate::tui::app::{App, Choice, Item, Level, Mode, Picker, PickerKind};
use crate::tui::theme::ThemeOrigin;

/// The list of themes.
pub(super) fn open(app: &mut App) {
    let items = app.themes.names().into_iter().map(|(name, origin)| Item {
        choice: Choice::Theme(name.to_owned()),
        label: name.to_owned(),
        hint: match origin {
            ThemeOrigin::BuiltIn => String::new(),
            ThemeOrigin::User => "yours".to_owned(),
        },
    });
    let mut picker = Picker::new(PickerKind::Theme, items.collect());
    picker.select(&Choice::Theme(app.settings.theme.clone()));
    app.mode = Mode::Pick(Box::new(picker));
}

/// Looks as the theme that is selected in the list.
pub(super) fn preview(app: &mut App) {
    let Mode::Pick(picker) = &app.mode else { return };
    if let Some(Choice::Theme(name)) = picker.choice() {
        let name = name.clone();
        load(app, &name);
    }
}

/// Looks as before the list was opened.
pub(super) fn restore(app: &mut App) {
    let name = app.settings.theme.clone();
    load(app, &name);
}

/// Keeps a theme, for this session.
pub(super) fn take(app: &mut App, name: &str) {
    name.clone_into(&mut app.settings.theme);
    load(app, name);
    let text = format!("to keep it: theme = \"{name}\" in the configuration file");
    app.status.say(Level::Info, text);
}

fn load(app: &mut App, name: &str) {
    let Some(loaded) = app.themes.load(name, app.settings.depth) else { return };
    if let Some(mistake) = loaded.mistakes.first() {
        app.status.say(Level::Warning, mistake.to_string());
    }
    app.appearance.theme = loaded.theme;
}
