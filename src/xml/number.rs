//! Numbers in the spelling of the document's author.
//!
//! After a move, `slot='4'` becomes `slot='5'`, and `0x04` becomes `0x05`. Base and validity are
//! libvirt's (see [`crate::model::address::Base`]); the choice is only among valid spellings.

use crate::model::address::{Base, parse_u64};

/// The spelling of a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Notation<'t> {
    /// With at least `width` digits.
    Decimal {
        width: usize,
    },
    Hexadecimal {
        prefix: &'t str,
        width: usize,
        upper: bool,
    },
}

/// Whether libvirt reads both texts as one number.
pub(super) fn same(one: &str, other: &str, base: Base) -> bool {
    parse_u64(one, base).is_ok_and(|value| parse_u64(other, base) == Ok(value))
}

/// Whether the text is the number 0, which usually equals a missing number.
pub(super) fn is_zero(text: &str, base: Base) -> bool {
    parse_u64(text, base) == Ok(0)
}

/// Whether the text is a decimal number although another base was possible.
pub(super) fn is_decimal(text: &str) -> bool {
    matches!(shape(text, Base::Any, ""), Some(Notation::Decimal { .. }))
}

/// `wanted`, which is spelt as libvirt spells it, in the manner of `sample`; as it is when that is no number.
pub(super) fn like(sample: &str, wanted: &str, base: Base) -> String {
    let shape = shape(sample, base, wanted);
    let (Some(shape), Ok(value)) = (shape, parse_u64(wanted, base)) else {
        return wanted.to_owned();
    };
    match shape {
        Notation::Decimal { width } => filled("", width, &value.to_string()),
        Notation::Hexadecimal { prefix, width, upper: false } => {
            filled(prefix, width, &format!("{value:x}"))
        }
        Notation::Hexadecimal { prefix, width, upper: true } => {
            filled(prefix, width, &format!("{value:X}"))
        }
    }
}

/// The digits with zeros before them, as many as an author may have written: a width of a format string ends at 65,535.
fn filled(prefix: &str, width: usize, digits: &str) -> String {
    let zeros = "0".repeat(width.saturating_sub(digits.len()));
    [prefix, &zeros, digits].concat()
}

/// `wanted` as a decimal number.
pub(super) fn decimal(wanted: &str, base: Base) -> String {
    parse_u64(wanted, base).map_or_else(|_| wanted.to_owned(), |value| value.to_string())
}

/// The spelling of a number; `None` for other texts, and for octal numbers: a reader would take
/// `010` and `011` for ten and eleven.
fn shape<'t>(sample: &'t str, base: Base, wanted: &str) -> Option<Notation<'t>> {
    parse_u64(sample, base).ok()?;
    let sample = sample.trim_start().trim_start_matches('+');
    let padded = |digits: &str| digits.len() > 1 && digits.starts_with('0');
    let full = |digits: &str| if padded(digits) { digits.len() } else { 0 };
    let upper = |digits: &str| {
        digits.bytes().any(|byte| byte.is_ascii_uppercase())
            && !digits.bytes().any(|byte| byte.is_ascii_lowercase())
    };
    let prefix = sample.get(..2).filter(|prefix| prefix.eq_ignore_ascii_case("0x"));
    match (prefix, base) {
        (Some(prefix), _) => {
            let digits = sample.get(2..).unwrap_or_default();
            // `0x10` may or may not be padded: libvirt's own width decides, limited to the present
            // one.
            let usual = wanted.len().saturating_sub(2);
            let width = if padded(digits) { digits.len() } else { digits.len().min(usual) };
            Some(Notation::Hexadecimal { prefix, width, upper: upper(digits) })
        }
        (None, Base::Sixteen) => {
            Some(Notation::Hexadecimal { prefix: "", width: full(sample), upper: upper(sample) })
        }
        (None, Base::Ten) => Some(Notation::Decimal { width: full(sample) }),
        (None, Base::Any) => (!padded(sample)).then_some(Notation::Decimal { width: 0 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Base::{Any, Sixteen, Ten};

    #[test]
    fn no_spelling_is_too_long_to_be_followed() {
        let zeros = "0".repeat(70_000);
        assert_eq!(like(&format!("0x{zeros}04"), "0x1f", Any), format!("0x{zeros}1f"));
        assert_eq!(like(&format!("{zeros}4"), "5", Ten), format!("{zeros}5"));
    }

    #[test]
    fn numbers_are_written_like_the_one_that_stood_there() {
        for (sample, wanted, base, expected) in [
            ("0x04", "0x05", Any, "0x05"),
            ("0x4", "0x05", Any, "0x5"),
            ("0x4", "0x1f", Any, "0x1f"),
            ("0x1f", "0x05", Any, "0x05"),
            ("0X0A", "0x0b", Any, "0X0B"),
            ("0x0a", "0x1f", Any, "0x1f"),
            ("0x004", "0x05", Any, "0x005"),
            ("4", "0x1f", Any, "31"),
            ("0", "0x05", Any, "5"),
            (" +4", "0x05", Any, "5"),
            ("010", "0x09", Any, "0x09"),
            ("00", "0x01", Any, "0x01"),
            ("four", "0x05", Any, "0x05"),
            ("", "0x05", Any, "0x05"),
            ("3", "10", Ten, "10"),
            ("03", "4", Ten, "04"),
            ("0x3", "4", Ten, "4"),
            ("0x505", "0x60", Sixteen, "0x60"),
            ("505", "0x60", Sixteen, "60"),
            ("0x1000", "0x00002000", Sixteen, "0x2000"),
            ("0x00001000", "0x00002000", Sixteen, "0x00002000"),
            ("00001000", "0x0000200a", Sixteen, "0000200a"),
            ("0x10", "0x8", Any, "0x8"),
        ] {
            let written = like(sample, wanted, base);
            assert_eq!(written, expected, "{wanted} like {sample:?} in base {base:?}");
            assert!(same(&written, wanted, base), "{written} is not {wanted}");
        }
    }

    #[test]
    fn numbers_are_compared_by_value() {
        for (one, other, base, expected) in [
            ("0x04", "4", Any, true),
            ("010", "0x08", Any, true),
            ("010", "10", Ten, true),
            ("505", "0x505", Sixteen, true),
            ("4", "5", Any, false),
            ("x", "x", Any, false),
        ] {
            assert_eq!(same(one, other, base), expected, "{one} {other}");
        }
        assert!(is_zero("0x0000", Any) && !is_zero("", Any) && !is_zero("1", Any));
        assert!(is_decimal("0") && is_decimal("12") && !is_decimal("0x1") && !is_decimal("07"));
        assert_eq!(decimal("0x1f", Any), "31");
    }
}
