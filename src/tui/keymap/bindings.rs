//! The key bindings of a configuration, read line by line.

use strum::VariantArray as _;

use super::{Chord, KeyMode, parse_sequence};
use crate::tui::action::Action;
use crate::tui::settings::{Reader, Value, nearest};

/// A line of a `[keys.MODE]` section.
pub(super) struct Binding {
    pub(super) mode: KeyMode,
    pub(super) chords: Vec<Chord>,
    pub(super) bound: Bound,
    /// The bytes of the configuration that name the keys.
    pub(super) at: std::ops::Range<usize>,
    /// The path of the setting, for messages.
    pub(super) key: String,
}

/// The action that keys are bound to.
#[derive(Clone, Copy)]
pub(super) enum Bound {
    Action(Action),
    /// The built-in binding is removed.
    Nothing,
}

pub(super) fn read_bindings(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<Binding> {
    let mut bindings = Vec::new();
    for (name, section) in reader.table("keys", value).into_iter().flatten() {
        let name_text = name.get_ref().as_ref();
        let Ok(mode) = name_text.parse::<KeyMode>() else {
            let known = KeyMode::VARIANTS.iter().map(Into::into);
            reader.unknown_key(name.span(), &format!("keys.{name_text}"), known);
            continue;
        };
        let path = format!("keys.{name_text}");
        for (chords, action) in reader.table(&path, section).into_iter().flatten() {
            let key = format!("{path}.\"{}\"", chords.get_ref());
            let parsed = parse_sequence(chords.get_ref()).and_then(|chords| {
                let first = chords.first().copied();
                if mode == KeyMode::Input && first.and_then(Chord::letter).is_some() {
                    return Err("letters are text in a field and cannot be bound".to_owned());
                }
                Ok(chords)
            });
            let bound = read_bound(reader, mode, &key, action);
            match parsed {
                Err(reason) => reader.report(chords.span(), &key, reason, None),
                Ok(parsed) => bindings.extend(bound.map(|bound| Binding {
                    mode,
                    chords: parsed,
                    bound,
                    at: chords.span(),
                    key,
                })),
            }
        }
    }
    bindings
}

fn read_bound(
    reader: &mut Reader<'_>,
    mode: KeyMode,
    key: &str,
    value: &Value<'_>,
) -> Option<Bound> {
    let name = reader.text(key, value)?;
    if name == "none" {
        return Some(Bound::Nothing);
    }
    let names = || Action::ALL.into_iter().filter(|a| a.is_for(mode)).map(Action::name);
    match Action::from_name(name) {
        Some(action) if action.is_for(mode) => Some(Bound::Action(action)),
        Some(_) => {
            reader.report(
                value.span(),
                key,
                format!("`{name}` is not available in this mode"),
                None,
            );
            None
        }
        None => {
            let suggestion = nearest(name, names()).map(str::to_owned);
            reader.report(value.span(), key, format!("there is no action `{name}`"), suggestion);
            None
        }
    }
}
