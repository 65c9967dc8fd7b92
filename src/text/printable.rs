//! Text that is safe to print on a terminal.
//!
//! Names in a guest, answers of a monitor and names of files come from others and may contain
//! escape sequences, characters that turn the writing direction, or invisible characters.
//! [`Printable`] replaces such characters by visible ones, once; everything that draws or prints
//! accepts only this type. It does not filter meaning: look-alike letters pass.

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

    /// The printable text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same text, owned.
    pub fn into_owned(self) -> Printable<'static> {
        Printable(Cow::Owned(self.0.into_owned()))
    }

    /// The number of terminal cells it takes.
    pub fn width(&self) -> usize {
        if self.0.is_ascii() { self.0.len() } else { self.cells().map(|(_, width)| width).sum() }
    }

    /// The beginning that fits into `width` cells, with `ellipsis` at the end if something was cut
    /// off.
    ///
    /// An ellipsis wider than that is left out. Grapheme clusters are never cut.
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

    /// The grapheme clusters with their widths, as terminals lay text out.
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

/// The replacement of a character that must not reach a terminal; `None` for others.
fn substitute(character: char) -> Option<char> {
    match character {
        ' '..='~' => None,
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(character)),
        '\x7f' => Some('\u{2421}'),
        _ if is_hidden(character) => Some('\u{fffd}'),
        _ => None,
    }
}

/// Whether a character beyond ASCII controls the layout or draws nothing.
///
/// Unicode 16: the categories Cc, Zl and Zp, and the property `Default_Ignorable_Code_Point`
/// (`DerivedCoreProperties.txt`); also characters that fonts draw as nothing.
fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{80}'..='\u{9f}' // C1: U+009B begins escape sequences
            | '\u{ad}' // soft hyphen
            | '\u{34f}' // combining grapheme joiner
            | '\u{61c}' // Arabic letter mark
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers
            | '\u{17b4}' | '\u{17b5}' // inherent vowels of Khmer
            | '\u{180b}'..='\u{180f}' // variation selectors and vowel separator of Mongolian
            | '\u{200b}'..='\u{200f}' // zero width space and joiners, direction marks
            | '\u{2028}'..='\u{202e}' // line and paragraph separator, embeddings, overrides
            | '\u{2060}'..='\u{206f}' // word joiner, invisible operators, isolates, deprecated
            | '\u{2800}' // Braille pattern without dots
            | '\u{fe00}'..='\u{fe0f}' // variation selectors
            | '\u{feff}' // byte order mark
            | '\u{fff0}'..='\u{fffb}' // unassigned, interlinear annotation
            | '\u{13430}'..='\u{1343f}' // joiners of Egyptian hieroglyphs
            | '\u{1bca0}'..='\u{1bca3}' // controls of shorthand
            | '\u{1d173}'..='\u{1d17a}' // beams and slurs of musical notation
            | '\u{e0000}'..='\u{e0fff}' // tags, variation selectors
    )
}

/// Whether `character` is replaced or escaped wherever text of others is written.
pub fn is_unprintable(character: char) -> bool {
    substitute(character).is_some()
}

/// `text` of several lines as it may reach a terminal: every character but line ends and tabs as in [`Printable`].
///
/// With `colors`, sequences that choose colours (`ESC [ 1;31 m`) stay; the fields of a coloured text were made printable
/// before they were coloured.
pub fn printable_lines(text: &str, colors: bool) -> Cow<'_, str> {
    let is_safe = |c: char| matches!(c, '\n' | '\t') || substitute(c).is_none();
    if text.chars().all(is_safe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let color = if colors { color_sequence(rest) } else { 0 };
        let kept = if color > 0 { color } else { usize::from(rest.starts_with("\r\n")) * 2 };
        let (kept, behind) = rest.split_at_checked(kept).unwrap_or(("", rest));
        out.push_str(kept);
        rest = behind;
        if kept.is_empty() {
            let shown = if is_safe(character) { None } else { substitute(character) };
            out.push(shown.unwrap_or(character));
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }
    Cow::Owned(out)
}

/// The length of the sequence that chooses a colour at the beginning of `text`; 0 where there is none.
fn color_sequence(text: &str) -> usize {
    let Some(rest) = text.strip_prefix("\x1b[") else { return 0 };
    let numbers = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    if rest.as_bytes().get(numbers) == Some(&b'm') { numbers + 3 } else { 0 }
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
    fn characters_that_draw_nothing_are_shown() {
        // One character of each kind: selectors, fillers, joiners, signs of music and shorthand,
        // tags.
        let kinds = "\u{fe0f}\u{e0100}\u{34f}\u{115f}\u{1160}\u{3164}\u{ffa0}\u{2800}\u{17b4}\u{17b5}\u{180b}\u{180f}\
                     \u{1bca0}\u{1bca3}\u{1d173}\u{1d17a}\u{13430}\u{1343f}\u{e0080}\u{e0fff}";
        for character in kinds.chars() {
            assert_eq!(
                Printable::new(&character.to_string()).as_str(),
                "\u{fffd}",
                "{character:?}"
            );
        }
    }

    #[test]
    fn lines_keep_their_ends_and_the_colours_of_reports() {
        for (text, plain, colored) in [
            ("a\tb\r\nc\n", "a\tb\r\nc\n", "a\tb\r\nc\n"),
            (
                "a\rb\u{9b}m\u{202e}\n",
                "a\u{240d}b\u{fffd}m\u{fffd}\n",
                "a\u{240d}b\u{fffd}m\u{fffd}\n",
            ),
            ("\x1b[1;31mred\x1b[0m", "\u{241b}[1;31mred\u{241b}[0m", "\x1b[1;31mred\x1b[0m"),
            (
                "\x1b]0;t\x07\x1b[2J\x1b[m",
                "\u{241b}]0;t\u{2407}\u{241b}[2J\u{241b}[m",
                "\u{241b}]0;t\u{2407}\u{241b}[2J\x1b[m",
            ),
        ] {
            assert_eq!(printable_lines(text, false), plain);
            assert_eq!(printable_lines(text, true), colored);
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
