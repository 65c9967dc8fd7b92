//! A buffer that is written from left to right.
//!
//! Every text passes through [`Printable`] here, so that nothing in a guest's XML can control the
//! terminal, and every style is a role's.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use crate::rows::{GlyphSet, Mark, spelt_in_ascii};
use crate::text::Printable;
use crate::tui::theme::{Appearance, Glyph, Role};

/// A buffer with the appearance of its contents.
pub(super) struct Canvas<'c> {
    buffer: &'c mut Buffer,
    appearance: &'c Appearance,
}

/// A line of a canvas with its write position.
pub(super) struct Line<'l, 'c> {
    canvas: &'l mut Canvas<'c>,
    area: Rect,
    x: u16,
    ground: Role,
}

impl<'c> Canvas<'c> {
    pub(super) fn new(buffer: &'c mut Buffer, appearance: &'c Appearance) -> Self {
        Self { buffer, appearance }
    }

    /// Blanks on the ground of `role`.
    pub(super) fn fill(&mut self, area: Rect, role: Role) {
        let area = area.intersection(self.buffer.area);
        for position in area.positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
            }
        }
        self.buffer.set_style(area, self.appearance.style(Role::Text));
        self.buffer.set_style(area, self.appearance.style(role));
    }

    /// Lays the style of `role` over the present cells.
    pub(super) fn tint(&mut self, area: Rect, role: Role) {
        self.buffer.set_style(area.intersection(self.buffer.area), self.appearance.style(role));
    }

    /// The first line of `area`, to be written on the ground of `ground`.
    pub(super) fn line(&mut self, area: Rect, ground: Role) -> Line<'_, 'c> {
        let area = Rect { height: area.height.min(1), ..area }.intersection(self.buffer.area);
        Line { x: area.x, area, ground, canvas: self }
    }

    /// Line `nth` of `area`, from 0; an empty one below its end.
    pub(super) fn row(&mut self, area: Rect, nth: usize, ground: Role) -> Line<'_, 'c> {
        let below = u16::try_from(nth).unwrap_or(u16::MAX).min(area.height);
        let y = area.y.saturating_add(below);
        let height = u16::from(below < area.height);
        self.line(Rect { y, height, ..area }, ground)
    }

    /// The sign of a place.
    pub(super) fn mark(&self, mark: Mark) -> char {
        mark.glyph(self.appearance.glyphs)
    }

    /// Any other sign.
    pub(super) fn glyph(&self, glyph: Glyph) -> &'static str {
        self.appearance.glyph(glyph)
    }

    fn is_ascii(&self) -> bool {
        self.appearance.glyphs == GlyphSet::Ascii
    }
}

impl Line<'_, '_> {
    /// The number of free columns.
    pub(super) fn room(&self) -> u16 {
        if self.area.is_empty() { 0 } else { self.area.right().saturating_sub(self.x) }
    }

    /// The column that is written next.
    pub(super) fn x(&self) -> u16 {
        self.x
    }

    /// Writes `text`, cut at the end of the line.
    pub(super) fn put(&mut self, text: &str, role: Role) -> &mut Self {
        self.cell(text, role, u16::MAX)
    }

    /// Writes `text`, cut to `width` columns with a sign at the cut.
    pub(super) fn cell(&mut self, text: &str, role: Role, width: u16) -> &mut Self {
        let width = width.min(self.room());
        if width == 0 {
            return self;
        }
        let printable = Printable::new(text);
        let ellipsis = self.canvas.glyph(Glyph::Ellipsis);
        let fits = printable.truncate(usize::from(width), ellipsis);
        let ground = self.canvas.appearance.style(self.ground);
        let style = ground.patch(self.canvas.appearance.style(role));
        let ascii = self.canvas.is_ascii();
        for grapheme in fits.as_str().graphemes(true) {
            let columns = u16::try_from(grapheme.width()).unwrap_or(u16::MAX);
            if columns == 0 || columns > self.room() {
                continue;
            }
            if let Some(cell) = self.canvas.buffer.cell_mut((self.x, self.area.y)) {
                match grapheme.chars().next() {
                    Some(character) if ascii => cell.set_char(spelt_in_ascii(character)),
                    _ => cell.set_symbol(grapheme),
                };
                cell.set_style(style);
            }
            for blank in 1..columns {
                // The second column of a wide character; it is cleared, or the old cell would be
                // visible.
                let symbol = if ascii { " " } else { "" };
                if let Some(cell) = self.canvas.buffer.cell_mut((self.x + blank, self.area.y)) {
                    cell.set_symbol(symbol).set_style(style);
                }
            }
            self.x += columns;
        }
        self
    }

    /// Writes `text` and blanks up to `width` columns.
    pub(super) fn column(&mut self, text: &str, role: Role, width: u16) -> &mut Self {
        let end = self.x.saturating_add(width).min(self.area.right());
        self.cell(text, role, width);
        self.x = self.x.max(end);
        self
    }

    /// Writes one character.
    pub(super) fn sign(&mut self, sign: char, role: Role) -> &mut Self {
        self.put(sign.encode_utf8(&mut [0; 4]), role)
    }

    /// Goes on upon another ground.
    pub(super) fn on(self, ground: Role) -> Self {
        Self { ground, ..self }
    }

    /// Leaves `columns` blank.
    pub(super) fn skip(&mut self, columns: u16) -> &mut Self {
        self.x = self.x.saturating_add(columns).min(self.area.right());
        self
    }

    /// Goes on so that `columns` are left, unless fewer are.
    pub(super) fn go_right(&mut self, columns: u16) -> &mut Self {
        self.x = self.x.max(self.area.right().saturating_sub(columns));
        self
    }
}
