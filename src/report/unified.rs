//! Differences of texts.

use similar::TextDiff;

/// The difference as `diff -u` shows it; empty when there is none.
pub fn unified(before: &str, after: &str, name: &str) -> String {
    if before == after {
        return String::new();
    }
    TextDiff::from_lines(before, after).unified_diff().header(name, name).to_string()
}
