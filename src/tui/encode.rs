//! Encodes the change from one picture to the next as bytes for a terminal: as few as possible,
//! because lines to a machine room are slow.
//!
//! Colours are sent in their shortest form, attributes only where they change, blanks as jumps, and
//! without colours none is ever named, not even the default.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell, CellWidth as _};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier};

/// The state of the terminal as sent so far.
#[derive(Debug)]
pub struct Encoder {
    seen: Buffer,
    cursor: Option<Position>,
}

/// The style of the cells drawn next.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Pen {
    fg: Color,
    bg: Color,
    underline: Color,
    modifier: Modifier,
}

const PLAIN: Pen = Pen {
    fg: Color::Reset,
    bg: Color::Reset,
    underline: Color::Reset,
    modifier: Modifier::empty(),
};

/// Attributes with the number that turns each on (ECMA-48, 8.3.117).
const ATTRIBUTES: [(Modifier, u8); 6] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::REVERSED, 7),
    (Modifier::CROSSED_OUT, 9),
];

impl Encoder {
    /// A terminal of this size, about to be cleared.
    pub fn new(area: Rect) -> Self {
        Self { seen: Buffer::empty(area), cursor: None }
    }

    /// Forgets the terminal's content: the next picture is sent whole.
    pub fn forget(&mut self, area: Rect) {
        *self = Self::new(area);
    }

    /// Whether the terminal has this size.
    pub fn fits(&self, area: Rect) -> bool {
        self.seen.area == area
    }

    /// Appends to `out` the bytes that turn the last picture into `next`, and places or hides the
    /// cursor. Nothing is appended if nothing changed.
    pub fn encode(&mut self, mut next: Buffer, cursor: Option<Position>, out: &mut String) {
        next.content.iter_mut().for_each(forget_unseen);
        let mut pen = PLAIN;
        let mut at: Option<Position> = None;
        // Up to this column of its line everything is erased already.
        let mut erased = Position::default();
        let has_changed = self.seen != next;
        doubt_halves(&mut self.seen, &next);
        for (x, y, cell) in self.seen.diff(&next) {
            let here = Position::new(x, y);
            if erased.y == y && x < erased.x {
                continue;
            }
            let end = blank_until(&next, here);
            let stale = stale_until(&self.seen, &next, here, end);
            // From the cursor's own column where that is blank as well: it is not moved then.
            let near = at.map(|from| Position { x: from.x, y }).filter(|from| from.x < x);
            let near = near.filter(|from| blank_until(&next, *from) == end);
            if end == next.area.right() && (near.is_some() || stale - x >= ERASE_LINE) {
                let here = near.unwrap_or(here);
                go(out, at, here);
                pen.turn_to(cell, out);
                out.push_str("\x1b[K");
                erased = Position { x: end, y };
                at = Some(here);
                continue;
            }
            if !repeat(&next, at, here, pen, out) {
                go(out, at, here);
            }
            pen.turn_to(cell, out);
            if let Some(erase) = erase(stale - x, is_stale(&self.seen, &next, stale, y)) {
                out.push_str(&erase);
                erased = Position { x: stale, y };
                at = Some(here);
                continue;
            }
            out.push_str(cell.symbol());
            let x = x.saturating_add(cell.cell_width().max(1));
            // Behind the last column terminals differ about where the cursor is.
            at = (x < next.area.right()).then_some(Position { x, y });
        }
        if pen != PLAIN {
            out.push_str("\x1b[m");
        }
        match (cursor, self.cursor) {
            (Some(to), before) if has_changed || before != cursor => {
                go(out, None, to);
                if before.is_none() {
                    out.push_str("\x1b[?25h");
                }
            }
            (None, Some(_)) => out.push_str("\x1b[?25l"),
            _ => {}
        }
        self.cursor = cursor;
        self.seen = next;
    }
}

/// Attributes that a blank shows.
const ON_BLANKS: Modifier =
    Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT);

/// Removes the invisible part of a blank's style.
fn forget_unseen(cell: &mut Cell) {
    if cell.symbol() == " " && !cell.modifier.intersects(ON_BLANKS) {
        cell.fg = Color::Reset;
        cell.underline_color = Color::Reset;
        cell.modifier = Modifier::empty();
    }
}

/// Terminals disagree about the rest of a wide sign that is half overwritten: such cells are marked
/// as unknown, so that they are sent.
fn doubt_halves(seen: &mut Buffer, next: &Buffer) {
    for (nth, next) in next.content.iter().enumerate() {
        let is_half = |seen: &Cell| seen != next && seen.cell_width() > 1;
        if seen.content.get(nth).is_some_and(is_half)
            && let Some(half) = seen.content.get_mut(nth + 1)
        {
            half.modifier = Modifier::HIDDEN;
        }
    }
}

/// So many blanks are no shorter than erasing the rest of their line.
const ERASE_LINE: u16 = 3;

/// The sequence that erases so many cells, if it is shorter than blanks; the cursor stays before
/// them, and is moved after them if something `follows`.
fn erase(count: u16, follows: bool) -> Option<String> {
    let erase = format!("\x1b[{count}X");
    let length = if follows { 2 * erase.len() } else { erase.len() };
    (length < count.into()).then_some(erase)
}

/// The column behind the blanks on the terminal's own ground that begin here.
fn blank_until(next: &Buffer, from: Position) -> u16 {
    let is_blank = |x: &u16| {
        let cell = next.cell((*x, from.y));
        cell.is_some_and(|cell| cell.symbol() == " " && is_plain(cell))
    };
    let blanks = (from.x..next.area.right()).take_while(is_blank).count();
    from.x + u16::try_from(blanks).unwrap_or_default()
}

/// The column behind the last of the blanks up to `end` that the terminal does not show yet.
fn stale_until(seen: &Buffer, next: &Buffer, from: Position, end: u16) -> u16 {
    let last = (from.x..end).rev().find(|x| is_stale(seen, next, *x, from.y));
    last.map_or(from.x, |last| last + 1)
}

fn is_stale(seen: &Buffer, next: &Buffer, x: u16, y: u16) -> bool {
    seen.cell((x, y)) != next.cell((x, y))
}

fn is_plain(cell: &Cell) -> bool {
    cell.bg == Color::Reset && cell.modifier.is_empty()
}

/// Writes the cells between the cursor and `to` again if that is shorter than a jump.
fn repeat(next: &Buffer, from: Option<Position>, to: Position, pen: Pen, out: &mut String) -> bool {
    let Some(from) = from.filter(|from| from.y == to.y && from.x < to.x) else { return false };
    let mut between = String::new();
    for x in from.x..to.x {
        let Some(cell) = next.cell((x, to.y)) else { return false };
        if !pen.draws(cell) || !cell.symbol().is_ascii() || between.len() >= 3 {
            return false;
        }
        between.push_str(cell.symbol());
    }
    out.push_str(&between);
    true
}

/// Moves the cursor the shortest way.
fn go(out: &mut String, from: Option<Position>, to: Position) {
    let absolute = match to.x {
        0 => format!("\x1b[{}H", to.y + 1),
        x => format!("\x1b[{};{}H", to.y + 1, x + 1),
    };
    let relative = from.and_then(|from| relative(from, to));
    out.push_str(&relative.filter(|way| way.len() <= absolute.len()).unwrap_or(absolute));
}

/// The way seen from the cursor: down by line feeds, which leave the column alone as long as the
/// terminal is raw, then to the side. None upwards.
fn relative(from: Position, to: Position) -> Option<String> {
    let down = "\n".repeat(to.y.checked_sub(from.y)?.into());
    let (left, right) = (from.x.saturating_sub(to.x), to.x.saturating_sub(from.x));
    let aside = match (left, right) {
        (0, 0) => String::new(),
        (0, 1) => "\x1b[C".to_owned(),
        (0, _) => format!("\x1b[{right}C"),
        _ if to.x == 0 => "\r".to_owned(),
        (1..=3, _) => "\x08".repeat(left.into()),
        _ => format!("\x1b[{left}D"),
    };
    Some(aside + &down)
}

impl Pen {
    /// Whether the terminal would draw `cell` in the present style; a blank shows little of it.
    fn draws(&self, cell: &Cell) -> bool {
        if cell.symbol() == " " && !cell.modifier.intersects(ON_BLANKS) {
            return self.bg == cell.bg && !self.modifier.intersects(ON_BLANKS);
        }
        (self.fg, self.bg, self.underline, self.modifier)
            == (cell.fg, cell.bg, cell.underline_color, cell.modifier)
    }

    /// Appends the sequence that changes the style to that of `cell`.
    fn turn_to(&mut self, cell: &Cell, out: &mut String) {
        let wanted = Self {
            fg: cell.fg,
            bg: cell.bg,
            underline: cell.underline_color,
            modifier: cell.modifier,
        };
        if self.draws(cell) {
            return;
        }
        let mut codes = Codes { text: String::new() };
        // Turning single attributes off takes longer than starting anew.
        let has_less = !(self.modifier - wanted.modifier).is_empty();
        let to_plain = |was: Color, is: Color| was != is && is == Color::Reset;
        let resets = [
            to_plain(self.fg, wanted.fg),
            to_plain(self.bg, wanted.bg),
            to_plain(self.underline, wanted.underline),
        ];
        if has_less || resets.contains(&true) {
            codes.text.push(';');
            *self = PLAIN;
        }
        for (attribute, code) in ATTRIBUTES {
            if (wanted.modifier - self.modifier).contains(attribute) {
                codes.push(code);
            }
        }
        if wanted.fg != self.fg {
            codes.color(wanted.fg, 30);
        }
        if wanted.bg != self.bg {
            codes.color(wanted.bg, 40);
        }
        if wanted.underline != self.underline {
            codes.color(wanted.underline, 50);
        }
        // A reset is written as nothing: `ESC [ m`, `ESC [ ; 7 m`.
        out.extend(["\x1b[", codes.text.trim_end_matches(';'), "m"]);
        *self = wanted;
    }
}

/// The numbers of one `ESC [ ... m`.
struct Codes {
    text: String,
}

impl Codes {
    fn push(&mut self, code: u8) {
        if !self.text.is_empty() && !self.text.ends_with(';') {
            self.text.push(';');
        }
        // Writing to a String cannot fail.
        let _ = write!(self.text, "{code}");
    }

    /// A colour, with the numbers of letters (30), of the ground (40) or of underlines (50).
    fn color(&mut self, color: Color, base: u8) {
        let named = match color {
            // Never reached from a pen that is plain: colours end by starting anew.
            Color::Reset => return,
            Color::Indexed(number) => return self.indexed(number, base),
            Color::Rgb(red, green, blue) => {
                self.push(base + 8);
                for number in [2, red, green, blue] {
                    self.push(number);
                }
                return;
            }
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::DarkGray => 60,
            Color::LightRed => 61,
            Color::LightGreen => 62,
            Color::LightYellow => 63,
            Color::LightBlue => 64,
            Color::LightMagenta => 65,
            Color::LightCyan => 66,
            Color::White => 67,
        };
        if base == 50 {
            let number = if named < 60 { named } else { named - 52 };
            return self.indexed(number, base);
        }
        self.push(base + named);
    }

    fn indexed(&mut self, number: u8, base: u8) {
        self.push(base + 8);
        self.push(5);
        self.push(number);
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use proptest::collection::vec;
    use ratatui::style::Style;

    use super::*;

    fn picture(lines: &[(&str, Style)]) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 3));
        for (y, (text, style)) in (0..).zip(lines) {
            buffer.set_string(0, y, text, *style);
        }
        buffer
    }

    fn sent(pictures: &[Buffer]) -> String {
        let mut encoder = Encoder::new(Rect::new(0, 0, 12, 3));
        let mut out = String::new();
        for picture in pictures {
            out.clear();
            encoder.encode(picture.clone(), None, &mut out);
        }
        out.replace('\x1b', "^")
    }

    #[test]
    fn only_what_changed_is_sent_and_blanks_are_jumped_over() {
        let plain = Style::new();
        let first = picture(&[("ab      cd", plain)]);
        assert_eq!(sent(std::slice::from_ref(&first)), "^[1Hab^[6Ccd");
        assert_eq!(sent(&[first.clone(), first.clone()]), "");
        let second = picture(&[("ab      xd", plain)]);
        assert_eq!(sent(&[first.clone(), second]), "^[1;9Hx");
        assert_eq!(sent(&[first, picture(&[("a", plain)])]), "^[1;2H^[K");
        let (old, new) = (picture(&[("a-b", plain)]), picture(&[("x-y", plain)]));
        assert_eq!(sent(&[old, new]), "^[1Hx-y");
    }

    #[test]
    fn the_cursor_goes_the_shortest_way() {
        let way = |from: Option<(u16, u16)>, to: (u16, u16)| {
            let mut out = String::new();
            go(&mut out, from.map(Position::from), Position::from(to));
            out.replace('\x1b', "^")
        };
        assert_eq!(way(None, (64, 11)), "^[12;65H");
        assert_eq!(way(Some((64, 10)), (64, 11)), "\n");
        assert_eq!(way(Some((66, 9)), (64, 11)), "\x08\x08\n\n");
        assert_eq!(way(Some((80, 10)), (64, 11)), "^[16D\n");
        assert_eq!(way(Some((5, 10)), (0, 11)), "\r\n");
        assert_eq!(way(Some((64, 12)), (64, 11)), "^[12;65H");
        assert_eq!(way(Some((0, 0)), (0, 11)), "^[12H");
    }

    #[test]
    fn only_blanks_that_are_not_shown_are_erased_or_written() {
        let step = |old: &str, new: &str| {
            let [old, new] = [old, new].map(|text| picture(&[(text, Style::new())]));
            sent(&[old, new])
        };
        assert_eq!(step("abcdefghijyz", "ab        yz"), "^[1;3H^[8X");
        assert_eq!(step("abcdefghijyz", "ab        xz"), "^[1;3H        x");
        assert_eq!(step("abcd      yz", "ab        yz"), "^[1;3H  ");
        assert_eq!(step("abc", "ab"), "^[1;3H ");
        assert_eq!(step("abcdef", "ab"), "^[1;3H^[K");
    }

    #[test]
    fn a_column_of_leftovers_is_erased_without_moving_aside() {
        let words = Style::new();
        let (old, new) = (picture(&[("a bcd", words), ("    efg", words)]), picture(&[]));
        assert_eq!(sent(&[old, new]), "^[1H^[K\n^[K");
    }

    #[test]
    fn attributes_and_colours_are_told_once_and_ended() {
        let red = Style::new().fg(Color::Red);
        let bold = Style::new().add_modifier(Modifier::BOLD);
        assert_eq!(sent(&[picture(&[("ab", red)])]), "^[1H^[31mab^[m");
        let mut mixed = picture(&[("ab", red.patch(bold))]);
        mixed.set_string(2, 0, "c", red);
        mixed.set_string(3, 0, "d", Style::new());
        assert_eq!(sent(&[mixed]), "^[1H^[1;31mab^[;31mc^[md");
        let spaced = picture(&[("a b", bold)]);
        assert_eq!(sent(&[spaced]), "^[1H^[1ma b^[m");
        let shades = Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Indexed(9));
        assert_eq!(sent(&[picture(&[("a", shades)])]), "^[1H^[38;2;1;2;3;48;5;9ma^[m");
    }

    #[test]
    fn without_colours_no_colour_is_named() {
        let bold = Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED);
        let out = sent(&[picture(&[("a", bold), ("b", Style::reset())])]);
        assert_eq!(out, "^[1H^[1;7ma\r\n^[mb");
    }

    #[test]
    fn a_cursor_is_shown_moved_and_hidden() {
        let empty = picture(&[]);
        let mut encoder = Encoder::new(empty.area);
        let mut step = |cursor| {
            let mut out = String::new();
            encoder.encode(empty.clone(), cursor, &mut out);
            out.replace('\x1b', "^")
        };
        assert_eq!(step(Some(Position::new(3, 1))), "^[2;4H^[?25h");
        assert_eq!(step(Some(Position::new(3, 1))), "");
        assert_eq!(step(Some(Position::new(0, 1))), "^[2H");
        assert_eq!(step(None), "^[?25l");
        assert_eq!(step(None), "");
    }

    /// A picture of some words: positions, texts, styles.
    fn words(words: &[(u16, u16, usize, u8)]) -> Buffer {
        const WORDS: [&str; 6] = ["      ", "disk vda", "│ 漢字 │", "·", "        x", "00:1f.2"];
        let mut buffer = Buffer::empty(Rect::new(0, 0, 24, 4));
        for (x, y, word, looks) in words {
            let mut style = Style::reset();
            let looks = Modifier::from_bits_truncate(u16::from(*looks));
            if looks.contains(Modifier::DIM) {
                style = style.fg(Color::Green);
            }
            let seen = Modifier::BOLD | Modifier::UNDERLINED | Modifier::REVERSED;
            buffer.set_string(*x, *y, WORDS[*word], style.add_modifier(looks & seen));
        }
        buffer
    }

    fn is_shown(screen: &vt100::Screen, picture: &Buffer) -> bool {
        let is_second = |x: u16, y: u16| {
            let before = x.checked_sub(1).and_then(|x| picture.cell((x, y)));
            before.is_some_and(|before| before.symbol().chars().any(|c| c > '\u{2e80}'))
        };
        let places = (0..4).flat_map(|y| (0..24).map(move |x| (x, y)));
        places.filter(|(x, y)| !is_second(*x, *y)).all(|(x, y)| {
            let (cell, shown) = (&picture[(x, y)], screen.cell(y, x).unwrap());
            let text = if shown.has_contents() { shown.contents() } else { " " };
            let is_blank = cell.symbol() == " ";
            let bold = cell.modifier.contains(Modifier::BOLD);
            let color =
                if cell.fg == Color::Green { vt100::Color::Idx(2) } else { vt100::Color::Default };
            text == cell.symbol()
                && shown.inverse() == cell.modifier.contains(Modifier::REVERSED)
                && shown.underline() == cell.modifier.contains(Modifier::UNDERLINED)
                // A blank shows neither.
                && (is_blank || (shown.bold() == bold && shown.fgcolor() == color))
        })
    }

    proptest::proptest! {
        /// Whatever was shown before, a terminal shows the picture that was sent last.
        #[test]
        fn a_terminal_shows_what_was_drawn(
            pictures in vec(vec((0_u16..24, 0_u16..4, 0_usize..6, 0_u8..128), 0..9), 1..6),
        ) {
            let [rows, columns] = [4, 24].map(|cells| NonZero::new(cells).unwrap());
            let mut terminal = vt100::Parser::new(rows, columns, 0);
            let mut encoder = Encoder::new(Rect::new(0, 0, 24, 4));
            for picture in pictures {
                let picture = words(&picture);
                let mut out = String::new();
                encoder.encode(picture.clone(), None, &mut out);
                terminal.process(out.as_bytes());
                proptest::prop_assert!(is_shown(terminal.screen(), &picture), "{out:?}\n{picture:?}");
            }
        }
    }
}
