//! Changes of a text as data: removed bytes and their replacements.
//!
//! A [`TextEdit`] has no reason and does not keep the text it was made for. It is checked when it
//! is built (its parts do not overlap) and again when it is applied (its parts fit the text). Its
//! inverse is an edit too, so undoing, previewing and journaling need nothing else.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Span;

/// A piece of text that replaces another.
#[derive(Clone, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
pub struct Replacement {
    /// The bytes that go; empty for an insertion.
    pub span: Span,
    /// The text that comes; empty for a deletion.
    pub text: String,
}

/// Replacements that do not overlap, all against the same text, in the order of that text.
///
/// Several insertions at one offset are kept in the order in which they were given. An insertion at the edge of a
/// replaced piece does not overlap with it, one inside does.
#[derive(Clone, PartialEq, Eq, Debug, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Replacement>", into = "Vec<Replacement>")]
pub struct TextEdit {
    replacements: Vec<Replacement>,
}

/// Why an edit cannot be built or applied.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum EditError {
    /// Two replacements want the same bytes.
    #[error("two changes overlap: {0:?} and {1:?}")]
    Overlap(Span, Span),
    /// A replacement lies outside of the text or cuts a character in two.
    #[error("the change of {0:?} does not fit the text")]
    OutOfText(Span),
}

/// The neighbour an offset belongs to when text is inserted exactly there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// With the text before it.
    Left,
    /// With the text after it.
    Right,
}

impl TextEdit {
    /// An edit of `replacements`, given in any order; those that change nothing by their shape are dropped.
    ///
    /// # Errors
    /// [`EditError::Overlap`] when two of them want the same bytes.
    pub fn new(mut replacements: Vec<Replacement>) -> Result<Self, EditError> {
        replacements.retain(|r| !(r.span.is_empty() && r.text.is_empty()));
        replacements.sort_by_key(|r| r.span);
        let mut before: Option<Span> = None;
        for Replacement { span, .. } in &replacements {
            if let Some(before) = before
                && before.end > span.start
            {
                return Err(EditError::Overlap(before, *span));
            }
            before = Some(*span);
        }
        Ok(Self { replacements })
    }

    /// Puts `text` at `offset`.
    pub fn insert(offset: u32, text: impl Into<String>) -> Self {
        Self::replace(Span::at(offset), text)
    }

    /// Puts `text` in the place of `span`.
    pub fn replace(span: Span, text: impl Into<String>) -> Self {
        let text = text.into();
        if span.is_empty() && text.is_empty() {
            return Self::default();
        }
        Self { replacements: vec![Replacement { span, text }] }
    }

    /// Takes `span` away.
    pub fn delete(span: Span) -> Self {
        Self::replace(span, String::new())
    }

    /// The replacements, sorted and disjoint.
    pub fn replacements(&self) -> &[Replacement] {
        &self.replacements
    }

    /// Whether the edit changes nothing.
    pub fn is_empty(&self) -> bool {
        self.replacements.is_empty()
    }

    /// The text after the edit.
    ///
    /// # Errors
    /// [`EditError::OutOfText`] when the edit was not made for this text.
    pub fn apply(&self, text: &str) -> Result<String, EditError> {
        let added: usize = self.replacements.iter().map(|r| r.text.len()).sum();
        let mut result = String::with_capacity(text.len() + added);
        let mut done = 0;
        for Replacement { span, text: new } in &self.replacements {
            let range = span.range();
            let (Some(kept), Some(_)) = (text.get(done..range.start), text.get(range.clone()))
            else {
                return Err(EditError::OutOfText(*span));
            };
            result.push_str(kept);
            result.push_str(new);
            done = range.end;
        }
        result.push_str(text.get(done..).unwrap_or_default());
        Ok(result)
    }

    /// The edit that turns the edited text back into `text`, byte for byte.
    ///
    /// # Errors
    /// [`EditError::OutOfText`] when the edit was not made for this text.
    pub fn invert(&self, text: &str) -> Result<Self, EditError> {
        let mut replacements = Vec::with_capacity(self.replacements.len());
        let mut shift = Shift::default();
        for Replacement { span, text: new } in &self.replacements {
            let old = text.get(span.range()).ok_or(EditError::OutOfText(*span))?;
            let start = shift.map(span.start);
            let end = start.saturating_add(len(new));
            replacements.push(Replacement { span: Span::new(start, end), text: old.to_owned() });
            shift.pass(*span, new);
        }
        Ok(Self { replacements })
    }

    /// Both edits, made against the same text, as one; insertions of `self` come first where both insert.
    ///
    /// # Errors
    /// [`EditError::Overlap`] when both want the same bytes.
    pub fn merge(self, other: Self) -> Result<Self, EditError> {
        let mut replacements = self.replacements;
        replacements.extend(other.replacements);
        Self::new(replacements)
    }

    /// The offset in the new text of `offset` in the old one.
    ///
    /// Inside a replaced piece it becomes the start (`Left`) or the end (`Right`) of the
    /// replacement.
    pub fn map(&self, offset: u32, side: Side) -> u32 {
        let mut shift = Shift::default();
        for Replacement { span, text: new } in &self.replacements {
            let untouched = match side {
                Side::Left => offset <= span.start,
                Side::Right => offset < span.start,
            };
            if untouched {
                break;
            }
            let inside = offset < span.end || (side == Side::Left && offset == span.start);
            if inside {
                let start = shift.map(span.start);
                return match side {
                    Side::Left => start,
                    Side::Right => start.saturating_add(len(new)),
                };
            }
            shift.pass(*span, new);
        }
        shift.map(offset)
    }

    /// The span of the same text after the edit; insertions at its edges stay outside.
    pub fn map_span(&self, span: Span) -> Span {
        if span.is_empty() {
            return Span::at(self.map(span.start, Side::Right));
        }
        Span::new(self.map(span.start, Side::Right), self.map(span.end, Side::Left))
    }
}

impl TryFrom<Vec<Replacement>> for TextEdit {
    type Error = EditError;

    fn try_from(replacements: Vec<Replacement>) -> Result<Self, Self::Error> {
        Self::new(replacements)
    }
}

impl From<TextEdit> for Vec<Replacement> {
    fn from(edit: TextEdit) -> Self {
        edit.replacements
    }
}

/// The movement of text after the replacements passed so far.
#[derive(Default)]
struct Shift {
    removed: u32,
    added: u32,
}

impl Shift {
    fn pass(&mut self, span: Span, new: &str) {
        self.removed = self.removed.saturating_add(span.len());
        self.added = self.added.saturating_add(len(new));
    }

    fn map(&self, offset: u32) -> u32 {
        offset.saturating_sub(self.removed).saturating_add(self.added)
    }
}

/// Texts of 4 GiB and more never become documents; a length beyond is cut, and applying such an edit fails.
fn len(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(parts: &[(u32, u32, &str)]) -> TextEdit {
        TextEdit::new(
            parts
                .iter()
                .map(|&(start, end, text)| Replacement {
                    span: Span::new(start, end),
                    text: text.to_owned(),
                })
                .collect(),
        )
        .unwrap()
    }

    #[test]
    fn applying_and_inverting_restores_every_byte() {
        type Parts<'a> = &'a [(u32, u32, &'a str)];
        let cases: [(&str, Parts<'_>, &str); 8] = [
            ("abcdef", &[], "abcdef"),
            ("", &[(0, 0, "x")], "x"),
            ("abcdef", &[(0, 0, "x"), (6, 6, "y")], "xabcdefy"),
            ("abcdef", &[(4, 5, ""), (1, 2, "BB")], "aBBcdf"),
            ("abcdef", &[(2, 2, "1"), (2, 2, "2"), (2, 4, "")], "ab12ef"),
            ("abcdef", &[(2, 4, ""), (4, 4, "1"), (4, 6, "EF")], "ab1EF"),
            ("abcdef", &[(0, 3, ""), (3, 6, "")], ""),
            ("aöb", &[(1, 3, "oe")], "aoeb"),
        ];
        for (text, parts, expected) in cases {
            let edit = edit(parts);
            let edited = edit.apply(text).unwrap();
            assert_eq!(edited, expected, "{parts:?}");
            assert_eq!(edit.invert(text).unwrap().apply(&edited).unwrap(), text, "{parts:?}");
        }
    }

    #[test]
    fn overlapping_replacements_are_refused() {
        for (a, b) in [((0, 2), (1, 3)), ((0, 4), (2, 2)), ((1, 2), (1, 2)), ((1, 2), (1, 3))] {
            let parts = [a, b]
                .map(|(start, end)| Replacement { span: Span::new(start, end), text: "x".into() });
            assert!(matches!(TextEdit::new(parts.to_vec()), Err(EditError::Overlap(..))));
            let [a, b] = parts.map(|part| TextEdit::replace(part.span, part.text));
            assert!(a.merge(b).is_err());
        }
    }

    #[test]
    fn an_edit_that_does_not_fit_the_text_is_refused() {
        for (text, edit) in [
            ("abc", TextEdit::insert(4, "x")),
            ("abc", TextEdit::delete(Span::new(2, 4))),
            ("aö", TextEdit::delete(Span::new(1, 2))),
            ("aö", TextEdit::insert(2, "x")),
        ] {
            assert!(matches!(edit.apply(text), Err(EditError::OutOfText(_))));
            assert!(matches!(edit.invert(text), Err(EditError::OutOfText(_))));
        }
    }

    #[test]
    fn insertions_at_one_offset_keep_their_order_when_merged() {
        let both = TextEdit::insert(1, "1").merge(TextEdit::insert(1, "2")).unwrap();
        assert_eq!(both.apply("ab").unwrap(), "a12b");
    }

    #[test]
    fn offsets_are_carried_through_an_edit() {
        // abcdef -> aXXXdef with "YY" in front of f
        let edit = edit(&[(1, 3, "XXX"), (5, 5, "YY")]);
        for (offset, left, right) in
            [(0, 0, 0), (1, 1, 4), (2, 1, 4), (3, 4, 4), (4, 5, 5), (5, 6, 8), (6, 9, 9)]
        {
            assert_eq!(edit.map(offset, Side::Left), left, "{offset} left");
            assert_eq!(edit.map(offset, Side::Right), right, "{offset} right");
        }
        assert_eq!(edit.map_span(Span::new(3, 5)), Span::new(4, 6));
        assert_eq!(edit.map_span(Span::new(0, 6)), Span::new(0, 9));
    }
}
