//! Differences between two states of a guest, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::Style;
use super::written_json;
use crate::edit::{Difference, Move};
use crate::model::DeviceKey;
use crate::rows::Mark;

/// The differences, a paragraph for each device, and a line that counts them.
pub fn differences(differences: &[Difference], style: Style) -> String {
    let mut out = lines(differences, style);
    let count = |wanted: fn(&Option<Move>) -> bool| {
        differences.iter().filter(|difference| wanted(&difference.what)).count()
    };
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "{} moved, {} appeared, {} gone, {} seen elsewhere by the guest without moving",
        count(|what| matches!(what, Some(Move::Moved { .. }))),
        count(|what| matches!(what, Some(Move::Appeared(_)))),
        count(|what| matches!(what, Some(Move::Gone(_)))),
        count(Option::is_none),
    );
    out
}

/// A paragraph for each device.
pub(super) fn lines<'d>(
    differences: impl IntoIterator<Item = &'d Difference>,
    style: Style,
) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    for difference in differences {
        let (sign, what) = told(difference.what.as_ref());
        let title = style.safe(&difference.title);
        let _ = writeln!(out, "{sign} {title}{}", style.safe(&what));
        for notice in &difference.notices {
            let _ = writeln!(out, "    {}", style.mark(Mark::Dynamic, &style.safe(notice)));
        }
    }
    out
}

/// A sign and a description of the change of place.
fn told(what: Option<&Move>) -> (char, String) {
    let or = |address: &Option<String>| address.as_deref().unwrap_or("no address").to_owned();
    match what {
        None => (' ', String::new()),
        Some(Move::Appeared(at)) => ('+', format!("  {}", or(at))),
        Some(Move::Gone(at)) => ('-', format!("  {}", or(at))),
        Some(Move::Moved { from, to }) => ('~', format!("  {} → {}", or(from), or(to))),
        Some(Move::Kept { from, to }) => ('=', format!("  {} → {}", from.as_str(), to.as_str())),
    }
}

/// A device that differs, as JSON.
#[derive(Serialize)]
pub(super) struct DifferenceReport<'a> {
    device: &'a str,
    old: Option<String>,
    new: Option<String>,
    what: &'static str,
    from: Option<&'a str>,
    to: Option<&'a str>,
    notices: &'a [String],
}

/// The differences as a JSON array.
///
/// # Errors
/// None in practice: everything here can be serialized.
pub fn differences_json(differences: &[Difference]) -> serde_json::Result<String> {
    let rows: Vec<DifferenceReport<'_>> = differences.iter().map(row).collect();
    written_json(&rows)
}

pub(super) fn row(difference: &Difference) -> DifferenceReport<'_> {
    let (what, from, to) = match &difference.what {
        None => ("seen-elsewhere", None, None),
        Some(Move::Appeared(at)) => ("appeared", None, at.as_deref()),
        Some(Move::Gone(at)) => ("gone", at.as_deref(), None),
        Some(Move::Moved { from, to }) => ("moved", from.as_deref(), to.as_deref()),
        Some(Move::Kept { from, to }) => ("placement", Some(from.as_str()), Some(to.as_str())),
    };
    let key = |key: Option<DeviceKey>| key.map(|key| key.to_string());
    DifferenceReport {
        device: &difference.title,
        old: key(difference.old),
        new: key(difference.new),
        what,
        from,
        to,
        notices: &difference.notices,
    }
}
