//! Numbers as libvirt reads them from attributes.
//!
//! libvirt hands attribute text to C's `strtoul` after refusing a minus sign, and wants all of it
//! used (`virxml.c: virXMLPropUInt`, `virstring.c: virStrToLong_uip`). So blanks and a plus sign
//! may lead, nothing may follow, and base 0 knows octal.

use thiserror::Error;

/// The base an attribute is read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// `0x` means hexadecimal, a leading `0` octal, anything else decimal.
    Any,
    /// Decimal, whatever it starts with: `010` is ten.
    Ten,
    /// Hexadecimal with or without `0x`: `505` is 0x505.
    Sixteen,
}

/// Why a text is not a number for libvirt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NumberError {
    /// Empty, negative, or with something behind the digits.
    #[error("not a non-negative whole number")]
    NotANumber,
    /// More than the attribute's 32 (or 64) bits can hold.
    #[error("too large a number")]
    TooLarge,
}

/// Reads up to 64 bits (`reg` of spapr-vio, `base` of dimm).
///
/// # Errors
/// When libvirt would answer "Expected non-negative integer value".
pub fn parse_u64(text: &str, base: Base) -> Result<u64, NumberError> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let text = text.strip_prefix('+').unwrap_or(text);
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = match (base, hexadecimal) {
        (Base::Any | Base::Sixteen, Some(digits)) => (digits, 16),
        (Base::Sixteen, None) => (text, 16),
        (Base::Any, None) if text.len() > 1 && text.starts_with('0') => (text, 8),
        (Base::Any, None) | (Base::Ten, _) => (text, 10),
    };
    // `from_str_radix` takes a sign of its own, which `strtoul` would not at this point.
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(NumberError::NotANumber);
    }
    u64::from_str_radix(digits, radix).map_err(|_| NumberError::TooLarge)
}

/// Reads up to 32 bits (every other attribute).
///
/// # Errors
/// As [`parse_u64`], and for values over 32 bits.
pub fn parse_u32(text: &str, base: Base) -> Result<u32, NumberError> {
    u32::try_from(parse_u64(text, base)?).map_err(|_| NumberError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_libvirt_reads_them() {
        use Base::{Any, Sixteen, Ten};
        use NumberError::{NotANumber, TooLarge};
        let cases = [
            ("0x1f", Any, Ok(31)),
            ("0X1F", Any, Ok(31)),
            ("010", Any, Ok(8)),
            ("0", Any, Ok(0)),
            ("31", Any, Ok(31)),
            (" \t+7", Any, Ok(7)),
            ("08", Any, Err(NotANumber)),
            ("1e", Any, Err(NotANumber)),
            ("0b1", Any, Err(NotANumber)),
            ("0x", Any, Err(NotANumber)),
            ("5 ", Any, Err(NotANumber)),
            ("", Any, Err(NotANumber)),
            ("-1", Any, Err(NotANumber)),
            ("+-1", Any, Err(NotANumber)),
            ("++1", Any, Err(NotANumber)),
            ("010", Ten, Ok(10)),
            ("0x1", Ten, Err(NotANumber)),
            ("505", Sixteen, Ok(0x505)),
            ("0x505", Sixteen, Ok(0x505)),
            ("4294967295", Any, Ok(u32::MAX)),
            ("4294967296", Any, Err(TooLarge)),
            ("99999999999999999999", Any, Err(TooLarge)),
            ("١", Any, Err(NotANumber)),
        ];
        for (text, base, want) in cases {
            assert_eq!(parse_u32(text, base), want, "{text:?} in base {base:?}");
        }
        assert_eq!(parse_u64("0xffffffffffffffff", Sixteen), Ok(u64::MAX));
    }
}
