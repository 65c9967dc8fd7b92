//! A number with the noun it counts.

/// `1 error`, `2 errors`
pub(super) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
