//! Lines of a text: found once, looked up often.
//!
//! Editors count lines and characters, everything else here counts bytes. One pass over the text
//! makes both directions cheap, also for a document that is one line of 80 MB. Only line feeds end
//! lines, as in XML parsers.

use std::fmt;
use std::sync::Arc;

use super::Span;

/// Line and column of a character, both counted from 1; columns count characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The line ending of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub enum Newline {
    /// A line feed.
    #[default]
    Lf,
    /// Carriage return and line feed.
    CrLf,
}

impl Newline {
    /// The bytes that end a line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
        }
    }
}

/// Bytes between two entries of the table of counted characters.
const STEP: usize = 1024;

/// An index of the lines of one text.
#[derive(Clone, Debug)]
pub struct Lines {
    text: Arc<str>,
    /// Offset of the first byte of each line.
    starts: Vec<u32>,
    /// The number of characters before byte `STEP * i`.
    counted: Vec<u32>,
    newline: Newline,
}

impl Lines {
    /// Counts the lines of `text`; of texts of 4 GiB and more only the beginning is found.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let mut starts = vec![0];
        let mut counted = vec![0];
        let (mut characters, mut crlf) = (0, 0);
        let mut previous = 0;
        for (at, &byte) in (1..).zip(text.as_bytes()) {
            characters += u32::from(starts_character(byte));
            if byte == b'\n' {
                starts.push(at);
                crlf += usize::from(previous == b'\r');
            }
            if (at as usize).is_multiple_of(STEP) {
                counted.push(characters);
            }
            previous = byte;
            if at == u32::MAX {
                break;
            }
        }
        let newline = if crlf * 2 > starts.len() - 1 { Newline::CrLf } else { Newline::Lf };
        Self { text, starts, counted, newline }
    }

    /// Number of lines, at least 1; a text that ends in a newline has an empty last line.
    pub fn count(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// The ending of most lines; a line feed if there is only one line.
    pub fn newline(&self) -> Newline {
        self.newline
    }

    /// The line, from 1, of the byte at `offset`; offsets beyond the text belong to its last line.
    pub fn line_at(&self, offset: u32) -> u32 {
        let lines = self.starts.partition_point(|&start| start <= offset);
        u32::try_from(lines).unwrap_or(u32::MAX)
    }

    /// Line and column of `offset`; inside a character its own, beyond the text that of its end.
    pub fn position(&self, offset: u32) -> Position {
        let offset = offset.min(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        let line = self.line_at(offset);
        let start = self.start(line).unwrap_or_default();
        // Characters that begin up to and including the byte at `offset`: inside a character the count is its own.
        let inside =
            self.text.as_bytes().get(offset as usize).is_some_and(|b| !starts_character(*b));
        let before = self.characters(offset) - u32::from(inside);
        Position { line, column: before - self.characters(start) + 1 }
    }

    /// Offset of a line and column; of the line's end when the column lies beyond it.
    pub fn offset(&self, position: Position) -> Option<u32> {
        let span = self.span(position.line)?;
        let wanted = self.characters(span.start).checked_add(position.column.checked_sub(1)?)?;
        // The last counted byte before the wanted character, then on foot.
        let step = self.counted.partition_point(|&count| count <= wanted).checked_sub(1)?;
        let from = (step * STEP).max(span.start as usize);
        let from = u32::try_from(from).ok()?;
        let mut left = wanted - self.characters(from).min(wanted);
        let rest = self.text.as_bytes().get(from as usize..span.end as usize).unwrap_or_default();
        for (offset, &byte) in (from..).zip(rest) {
            if starts_character(byte) {
                if left == 0 {
                    return Some(offset);
                }
                left -= 1;
            }
        }
        Some(span.end)
    }

    /// The span of a line, counted from 1, without its newline.
    pub fn span(&self, line: u32) -> Option<Span> {
        let full = self.full_span(line)?;
        let text = full.slice(&self.text);
        let trimmed = text.strip_suffix('\n').map_or(text, |t| t.strip_suffix('\r').unwrap_or(t));
        let newline = u32::try_from(text.len() - trimmed.len()).ok()?;
        Some(Span::new(full.start, full.end - newline))
    }

    /// The span of a line, counted from 1, with its newline.
    pub fn full_span(&self, line: u32) -> Option<Span> {
        let start = self.start(line)?;
        let end = match line.checked_add(1).and_then(|next| self.start(next)) {
            Some(next) => next,
            None => u32::try_from(self.text.len()).unwrap_or(u32::MAX),
        };
        Some(Span::new(start, end))
    }

    /// The piece of the text that `span` names; empty when it does not fit there.
    pub fn slice(&self, span: Span) -> &str {
        span.slice(&self.text)
    }

    /// The text of a line, counted from 1, without its newline; empty where there is no such line.
    pub fn text(&self, line: u32) -> &str {
        self.span(line).unwrap_or_default().slice(&self.text)
    }

    /// The spaces and tabs a line, counted from 1, begins with.
    pub fn indentation(&self, line: u32) -> &str {
        let text = self.text(line);
        let blanks = text.bytes().take_while(|b| matches!(b, b' ' | b'\t')).count();
        text.get(..blanks).unwrap_or_default()
    }

    fn start(&self, line: u32) -> Option<u32> {
        self.starts.get((line as usize).checked_sub(1)?).copied()
    }

    /// The number of characters that begin before `offset`.
    fn characters(&self, offset: u32) -> u32 {
        let offset = offset as usize;
        let step = (offset / STEP).min(self.counted.len() - 1);
        let rest = self.text.as_bytes().get(step * STEP..offset).unwrap_or_default();
        let more = rest.iter().filter(|byte| starts_character(**byte)).count();
        self.counted.get(step).copied().unwrap_or_default()
            + u32::try_from(more).unwrap_or_default()
    }
}

/// Whether this byte of UTF-8 is the first of a character.
fn starts_character(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, column: u32) -> Position {
        Position { line, column }
    }

    #[test]
    fn offsets_and_positions_agree_with_counting_on_foot() {
        let long = format!("{}\né{}\r\n", "ä→x".repeat(1500), "y".repeat(3000));
        for text in ["", "a", "\n", "a\nb", "a\r\n\r\nöb\n", "\u{feff}<a>\n\t<b/>\n</a>", &long] {
            let lines = Lines::new(text);
            let (mut line, mut column) = (1, 1);
            for (offset, character) in text.char_indices() {
                let offset = u32::try_from(offset).unwrap();
                assert_eq!(lines.position(offset), at(line, column), "{offset}");
                if !matches!(character, '\r' | '\n') {
                    assert_eq!(lines.offset(at(line, column)), Some(offset));
                }
                if character == '\n' {
                    (line, column) = (line + 1, 1);
                } else {
                    column += 1;
                }
            }
            let end = u32::try_from(text.len()).unwrap();
            assert_eq!(lines.position(end), at(line, column));
            assert_eq!(lines.position(end + 9), at(line, column));
            assert_eq!(lines.count(), line);
        }
    }

    #[test]
    fn an_offset_inside_a_character_has_its_position() {
        let lines = Lines::new("aöb");
        assert_eq!(lines.position(2), at(1, 2));
        assert_eq!(lines.position(3), at(1, 3));
    }

    #[test]
    fn columns_beyond_the_line_mean_its_end_and_lines_beyond_the_text_nothing() {
        let lines = Lines::new("ab\r\ncd");
        assert_eq!(lines.offset(at(1, 9)), Some(2));
        assert_eq!(lines.offset(at(2, 3)), Some(6));
        assert_eq!(lines.offset(at(3, 1)), None);
        assert_eq!(lines.offset(at(0, 1)), None);
        assert_eq!(lines.offset(at(1, 0)), None);
    }

    #[test]
    fn the_newline_of_most_lines_is_the_newline_of_the_text() {
        for (text, newline) in [
            ("", Newline::Lf),
            ("a", Newline::Lf),
            ("a\n", Newline::Lf),
            ("a\r\n", Newline::CrLf),
            ("a\r\nb\r\nc\n", Newline::CrLf),
            ("a\r\nb\n", Newline::Lf),
        ] {
            assert_eq!(Lines::new(text).newline(), newline, "{text:?}");
        }
    }

    #[test]
    fn lines_are_given_without_their_newline_and_with_their_indentation() {
        let lines = Lines::new("a\r\n \t b \n\tc");
        assert_eq!([1, 2, 3, 4].map(|line| lines.text(line)), ["a", " \t b ", "\tc", ""]);
        assert_eq!([1, 2, 3, 4].map(|line| lines.indentation(line)), ["", " \t ", "\t", ""]);
        assert_eq!(lines.full_span(1), Some(Span::new(0, 3)));
        assert_eq!(lines.line_at(3), 2);
    }
}
