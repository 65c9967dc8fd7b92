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
    let only_model = differences.iter().filter(|difference| is_only_model(difference)).count();
    let counts = [
        (count(|what| matches!(what, Some(Move::Moved { .. }))), "moved"),
        (count(|what| matches!(what, Some(Move::Appeared(_)))), "added"),
        (count(|what| matches!(what, Some(Move::Gone(_)))), "removed"),
        (
            count(|what| matches!(what, Some(Move::Kept { .. }))),
            "changed between fixed and automatic",
        ),
        (count(Option::is_none) - only_model, "changed in the guest only"),
        (
            differences.iter().filter(|difference| difference.model.is_some()).count(),
            "of another model",
        ),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    out.push_str(&match counts.as_slice() {
        [] => "no differences in addresses".to_owned(),
        counts => counts.join(", "),
    });
    out.push('\n');
    out
}

/// Whether nothing but the model of a device is another one.
fn is_only_model(difference: &Difference) -> bool {
    difference.what.is_none() && difference.notices.is_empty()
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
        let is_changed = difference.what.is_none() && difference.model.is_some();
        let sign = if is_changed { '~' } else { sign };
        let title = style.safe(&difference.title);
        let _ = writeln!(out, "{sign} {title}{}", style.safe(&what));
        if let Some((from, to)) = &difference.model {
            let model = format!("model {} → {}", or_none(from), or_none(to));
            let _ = writeln!(out, "    {}", style.mark(Mark::Dynamic, &style.safe(&model)));
        }
        for notice in &difference.notices {
            let _ = writeln!(out, "    {}", style.mark(Mark::Dynamic, &style.safe(notice)));
        }
    }
    out
}

fn or_none(model: &str) -> &str {
    if model.is_empty() { "none" } else { model }
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
    /// The models before and now, of a device that has another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<ModelReport<'a>>,
    notices: &'a [String],
}

#[derive(Serialize)]
struct ModelReport<'a> {
    from: &'a str,
    to: &'a str,
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
        None if is_only_model(difference) => ("model", None, None),
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
        model: difference.model.as_ref().map(|(from, to)| ModelReport { from, to }),
        notices: &difference.notices,
    }
}
