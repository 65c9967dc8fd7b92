//! Text that may reach a terminal.
//!
//! Names in a guest, answers of a monitor and names of files come from others and may hold escape sequences, characters
//! that turn the writing direction, or characters nobody sees. [`Printable`] shows such characters as what they are, once;
//! whatever draws or prints takes nothing else. It is no filter for meaning: look-alike letters pass.

use std::borrow::Cow;
use std::fmt;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A text without control characters and without invisible ones; newlines and tabs are shown as well.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Default)]
pub struct Printable<'a>(Cow<'a, str>);

impl<'a> Printable<'a> {
    /// Makes `text` safe; borrows it when it is safe already.
    pub fn new(text: &'a str) -> Self {
        if text.chars().all(|character| substitute(character).is_none()) {
            return Self(Cow::Borrowed(text));
        }
        Self(text.chars().map(|character| substitute(character).unwrap_or(character)).collect())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same text, owned.
    pub fn into_owned(self) -> Printable<'static> {
        Printable(Cow::Owned(self.0.into_owned()))
    }

    /// How many terminal cells it takes.
    pub fn width(&self) -> usize {
        if self.0.is_ascii() { self.0.len() } else { self.cells().map(|(_, width)| width).sum() }
    }

    /// The beginning that fits into `width` cells, ended by `ellipsis` where something was cut off.
    ///
    /// An ellipsis wider than that is left out. What a reader takes for one character is never cut.
    #[must_use]
    pub fn truncate(&self, width: usize, ellipsis: &str) -> Printable<'_> {
        if self.width() <= width {
            return Printable(Cow::Borrowed(&self.0));
        }
        let ellipsis = Printable::new(ellipsis);
        let mark = if ellipsis.width() <= width { ellipsis.as_str() } else { "" };
        let room = width - mark.width();
        let mut used = 0;
        let kept: usize = self
            .cells()
            .take_while(|(_, cells)| {
                used += cells;
                used <= room
            })
            .map(|(grapheme, _)| grapheme.len())
            .sum();
        let kept = self.0.get(..kept).unwrap_or_default();
        Printable(if mark.is_empty() { kept.into() } else { [kept, mark].concat().into() })
    }

    /// What a reader takes for one character, with its width: as terminals lay text out.
    fn cells(&self) -> impl Iterator<Item = (&str, usize)> {
        self.0.graphemes(true).map(|grapheme| (grapheme, grapheme.width()))
    }
}

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Printable<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// `text` with blanks added at the right until it takes `width` terminal cells; wider text stays as it is.
///
/// A computed width in a format string (`{:width$}`) is no substitute: it counts characters instead of cells, and panics
/// from 65,536 on (`core::fmt` keeps widths in 16 bits).
pub fn pad(text: &str, width: usize) -> String {
    let blanks = width.saturating_sub(text.width());
    [text, &" ".repeat(blanks)].concat()
}

/// `text` with blanks added at the left until it takes `width` terminal cells, for numbers and indented lines; wider text
/// stays as it is.
pub fn pad_left(text: &str, width: usize) -> String {
    let blanks = width.saturating_sub(text.width());
    [&" ".repeat(blanks), text].concat()
}

/// What is shown for a character that must not reach a terminal, nothing for the others.
fn substitute(character: char) -> Option<char> {
    match character {
        ' '..='~' => None,
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(character)),
        '\x7f' => Some('\u{2421}'),
        _ if is_hidden(character) => Some('\u{fffd}'),
        _ => None,
    }
}

/// Controls and format characters beyond ASCII: Unicode's categories Cc, Zl and Zp, and those of Cf that draw nothing.
fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{80}'..='\u{9f}' // C1: U+009B begins escape sequences
            | '\u{ad}' // soft hyphen
            | '\u{61c}' // Arabic letter mark
            | '\u{180e}' // Mongolian vowel separator
            | '\u{200b}'..='\u{200f}' // zero width space and joiners, direction marks
            | '\u{2028}'..='\u{202e}' // line and paragraph separator, embeddings, overrides
            | '\u{2060}'..='\u{206f}' // word joiner, invisible operators, isolates, deprecated
            | '\u{feff}' // byte order mark
            | '\u{fff9}'..='\u{fffb}' // interlinear annotation
            | '\u{e0000}'..='\u{e007f}' // tags
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        for (text, shown) in [
            ("", ""),
            ("vm-1 für 日本", "vm-1 für 日本"),
            ("\x1b[31mred", "␛[31mred"),
            ("a\tb\r\nc\0", "a␉b␍␊c␀"),
            ("del\x7f", "del␡"),
            ("\u{9b}31m", "\u{fffd}31m"),
            ("a\u{202e}b\u{2066}c\u{200f}d\u{61c}", "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}"),
            ("\u{200b}\u{200d}\u{2060}\u{feff}", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
            ("\u{ad}\u{2028}\u{2029}", "\u{fffd}\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(Printable::new(text).to_string(), shown, "{text:?}");
        }
    }

    #[test]
    fn no_control_character_of_any_kind_is_left() {
        for character in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let text = character.to_string();
            let shown = Printable::new(&text);
            assert!(!shown.as_str().contains(char::is_control), "{character:?}");
            assert_eq!(Printable::new(shown.as_str()), shown, "{character:?} is shown as it is");
        }
    }

    #[test]
    fn safe_text_is_borrowed() {
        assert!(matches!(Printable::new("naïve").0, Cow::Borrowed(_)));
        assert!(matches!(Printable::new("a\x1b").0, Cow::Owned(_)));
    }

    #[test]
    fn widths_are_those_of_the_terminal() {
        for (text, width) in [("", 0), ("abc", 3), ("日本", 4), ("e\u{301}", 1), ("a\x1b", 2)] {
            assert_eq!(Printable::new(text).width(), width, "{text:?}");
        }
    }

    #[test]
    fn truncated_text_fits_and_cuts_no_character() {
        for (text, width, cut) in [
            ("abcdef", 6, "abcdef"),
            ("abcdef", 5, "abcd…"),
            ("abcdef", 1, "…"),
            ("abcdef", 0, ""),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
        ] {
            let text = Printable::new(text);
            let short = text.truncate(width, "…");
            assert_eq!(short.as_str(), cut);
            assert!(short.width() <= width);
        }
        assert_eq!(Printable::new("abcdef").truncate(2, "...").as_str(), "ab");
    }

    #[test]
    fn padding_counts_cells() {
        assert_eq!(pad("日", 4), "日  ");
        assert_eq!(pad_left("7", 3), "  7");
        assert_eq!(pad("abc", 2), "abc");
        assert_eq!(pad_left("abc", 2), "abc");
    }

    #[test]
    fn padding_has_no_widest_column() {
        let most = usize::from(u16::MAX);
        for width in [most, most + 1, 100_000] {
            assert_eq!(pad("a", width).len(), width);
            assert_eq!(pad_left("a", width).len(), width);
        }
    }
}
