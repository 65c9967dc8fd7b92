//! A mark of a text: its length and hash, to compare texts without keeping them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use siphasher::sip128::SipHasher24;
use thiserror::Error;

/// Length and hash of a text: the same for the same bytes, in every build and on every machine.
///
/// 128 bits of `SipHash`-2-4 without a key: sufficient against chance, no protection against texts
/// made on purpose.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentMark {
    length: u64,
    hash: u128,
}

impl ContentMark {
    /// The mark of these bytes.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self { length, hash: SipHasher24::new().hash(bytes).as_u128() }
    }

    /// The length of the text in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The hash alone, as 32 hexadecimal digits: a name for a file.
    pub fn hash(&self) -> String {
        format!("{:032x}", self.hash)
    }
}

/// Formats as `1234-0123456789abcdef0123456789abcdef`.
impl fmt::Display for ContentMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:032x}", self.length, self.hash)
    }
}

/// A text that is no [`ContentMark`].
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{0:?} is not a length and hash")]
pub struct MarkError(String);

impl FromStr for ContentMark {
    type Err = MarkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (length, hash) = text.split_once('-')?;
            let is_hash = hash.len() == 32 && hash.bytes().all(|digit| digit.is_ascii_hexdigit());
            let hash = is_hash.then(|| u128::from_str_radix(hash, 16).ok())??;
            Some(Self { length: length.parse().ok()?, hash })
        };
        read().ok_or_else(|| MarkError(text.to_owned()))
    }
}

impl TryFrom<String> for ContentMark {
    type Error = MarkError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ContentMark> for String {
    fn from(mark: ContentMark) -> Self {
        mark.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_the_same_wherever_it_is_made() {
        // Journals of older versions, and the names of their files, are found by it.
        let mark = ContentMark::of("<domain/>");
        assert_eq!(mark.to_string(), "9-2a26ef1c656a7d83634b7b3c02ec4cdf");
        assert_eq!(mark.to_string().parse(), Ok(mark));
        assert_eq!(mark.hash(), "2a26ef1c656a7d83634b7b3c02ec4cdf");
    }

    #[test]
    fn one_byte_makes_another() {
        let marks = ["", " ", "a", "b", "ab", "ba"].map(ContentMark::of);
        for (nth, mark) in marks.iter().enumerate() {
            assert_eq!(marks.iter().position(|other| other == mark), Some(nth));
        }
    }

    #[test]
    fn what_is_no_mark_is_told() {
        for text in ["", "1", "1-", "x-00000000000000000000000000000000", "1-+123", "-1-0"] {
            assert!(
                text.parse::<ContentMark>().unwrap_err().to_string().contains("is not a length")
            );
        }
    }
}
