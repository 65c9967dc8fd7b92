//! A table of places to paste into an issue.

use std::fmt::Write as _;

use crate::model::Domain;
use crate::rows::{Guest, Row};
use crate::text::Printable;

/// The rows as a Markdown table.
pub fn markdown(guest: Guest<'_>, rows: &[Row]) -> String {
    let mut out = title(guest.domain);
    out.push_str("| place | state | device | details | guest sees |\n");
    out.push_str("|---|---|---|---|---|\n");
    for row in rows {
        let guest = match (row.guest, row.id) {
            (Some(address), Some(id)) => format!("{address} [{id}]"),
            (Some(address), None) => address.to_string(),
            (None, Some(id)) => format!("[{id}]"),
            (None, None) => String::new(),
        };
        let indent = "&nbsp;&nbsp;".repeat(usize::from(row.depth));
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "| {indent}{} | {} | {} | {} | {guest} |",
            cell(&row.place),
            row.mark.as_str(),
            cell(&row.title),
            cell(&row.detail)
        );
    }
    out
}

fn title(domain: &Domain) -> String {
    let machine = domain.machine.as_deref().unwrap_or_default();
    format!("**{}** {} {}\n\n", cell(&domain.name), cell(machine), cell(&domain.arch_name))
}

/// Text that cannot end a cell or begin markup.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in Printable::new(text).to_string().chars() {
        match c {
            '|' | '\\' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '#' | '&' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_the_table() {
        assert_eq!(cell("a|b<script>"), "a\\|b\\<script\\>");
    }
}
