//! What a configuration wants keys to do, read line by line.

use strum::VariantArray as _;

use super::{Chord, KeyMode, parse_sequence};
use crate::tui::action::Action;
use crate::tui::settings::{Reader, Value, nearest};

/// One line of a `[keys.MODE]` section.
pub(super) struct Wish {
    pub(super) mode: KeyMode,
    pub(super) chords: Vec<Chord>,
    pub(super) wanted: Wanted,
    pub(super) at: std::ops::Range<usize>,
    pub(super) key: String,
}

/// What a key is to ask for.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    Action(Action),
    /// The key is taken away.
    Nothing,
}

pub(super) fn read_wishes(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<Wish> {
    let mut wishes = Vec::new();
    for (name, section) in reader.table("keys", value).into_iter().flatten() {
        let name_text = name.get_ref().as_ref();
        let Ok(mode) = name_text.parse::<KeyMode>() else {
            let known = KeyMode::VARIANTS.iter().map(Into::into);
            reader.unknown_key(name.span(), &format!("keys.{name_text}"), known);
            continue;
        };
        let path = format!("keys.{name_text}");
        for (chords, wanted) in reader.table(&path, section).into_iter().flatten() {
            let key = format!("{path}.\"{}\"", chords.get_ref());
            let parsed = parse_sequence(chords.get_ref()).and_then(|chords| {
                let first = chords.first().copied();
                if mode == KeyMode::Input && first.and_then(Chord::letter).is_some() {
                    return Err("a letter typed in a field is text".to_owned());
                }
                Ok(chords)
            });
            let wanted = read_wanted(reader, mode, &key, wanted);
            match parsed {
                Err(reason) => reader.report(chords.span(), &key, reason, None),
                Ok(parsed) => wishes.extend(wanted.map(|wanted| Wish {
                    mode,
                    chords: parsed,
                    wanted,
                    at: chords.span(),
                    key,
                })),
            }
        }
    }
    wishes
}

fn read_wanted(
    reader: &mut Reader<'_>,
    mode: KeyMode,
    key: &str,
    value: &Value<'_>,
) -> Option<Wanted> {
    let name = reader.text(key, value)?;
    if name == "none" {
        return Some(Wanted::Nothing);
    }
    let names = || Action::ALL.into_iter().filter(|a| a.is_for(mode)).map(Action::name);
    match Action::from_name(name) {
        Some(action) if action.is_for(mode) => Some(Wanted::Action(action)),
        Some(_) => {
            reader.report(value.span(), key, format!("`{name}` makes no sense here"), None);
            None
        }
        None => {
            let suggestion = nearest(name, names()).map(str::to_owned);
            reader.report(value.span(), key, format!("there is no action `{name}`"), suggestion);
            None
        }
    }
}
