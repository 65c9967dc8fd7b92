//! The changes since the guest was read, as lines.

use similar::{ChangeTag, TextDiff};

use crate::edit::{Move, Session, Step};
use crate::xml::masked;

/// A line of the view of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeLine {
    /// A change with its number, counted from 0.
    Step(usize, String),
    /// A notice about what the guest will notice.
    Notice(String),
    /// A heading of the following lines.
    Heading(String),
    /// A line that goes.
    Old(String),
    /// A line that comes.
    New(String),
    /// A line that stays.
    Same(String),
}

impl ChangeLine {
    /// The changes of a session, then the difference of its text.
    pub fn of(session: &Session) -> Vec<Self> {
        lines(session)
    }

    /// Whether it belongs to a change, and not to the difference of the text.
    pub fn is_of_step(&self) -> bool {
        matches!(self, Self::Step(..) | Self::Notice(_))
    }
}

/// Lines of unchanged text around a change.
const AROUND: usize = 2;

fn lines(session: &Session) -> Vec<ChangeLine> {
    let mut lines = Vec::new();
    for (nth, step) in session.steps().iter().enumerate() {
        lines.push(ChangeLine::Step(nth, step.title.clone()));
        lines.extend(notices(step).into_iter().map(ChangeLine::Notice));
    }
    if lines.is_empty() {
        return lines;
    }
    let before = session.first_text();
    let (before, after) = (masked(&before), masked(session.revision().document.text()));
    let diff = TextDiff::from_lines(&*before, &*after);
    for group in diff.grouped_ops(AROUND) {
        let first = group.first().map_or(0, |op| op.old_range().start + 1);
        lines.push(ChangeLine::Heading(format!("line {first}")));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = change.value().trim_end_matches(['\n', '\r']).to_owned();
            lines.push(match change.tag() {
                ChangeTag::Delete => ChangeLine::Old(text),
                ChangeTag::Insert => ChangeLine::New(text),
                ChangeTag::Equal => ChangeLine::Same(text),
            });
        }
    }
    lines
}

/// The changed places and what the guest will notice, up to a limit.
fn notices(step: &Step) -> Vec<String> {
    const MOST: usize = 8;
    let mut notices = Vec::new();
    for difference in &step.differences {
        let place = match &difference.what {
            Some(Move::Moved { from: Some(from), to: Some(to) }) => format!("{from} → {to}"),
            Some(Move::Moved { to: Some(to), .. } | Move::Appeared(Some(to))) => format!("→ {to}"),
            Some(Move::Gone(_)) => "gone".to_owned(),
            Some(Move::Kept { to, .. }) => format!("address {}", to.as_str()),
            _ => String::new(),
        };
        let mut parts = vec![difference.title.clone(), place];
        parts.push(difference.notices.join(", "));
        parts.retain(|part| !part.is_empty());
        notices.push(parts.join("  "));
    }
    let more = notices.len().saturating_sub(MOST);
    if more > 0 {
        notices.truncate(MOST);
        notices.push(format!("and {more} more"));
    }
    if notices.is_empty() {
        notices.push("no change in the guest".to_owned());
    }
    notices
}
