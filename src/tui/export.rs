//! A picture of the screen as SVG, for documentation and issues.

use std::collections::HashMap;
use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr as _;

/// Width and height of a cell, and the distance of the baseline from its top, in pixels.
const CELL: (f64, f64, f64) = (8.4, 18.0, 13.5);
const MARGIN: f64 = 10.0;

/// The colours of `default` and the terminal's own 16 colours in the picture; a terminal may
/// differ.
const INK: &str = "#d4d7dd";
const GROUND: &str = "#16181d";
const NAMED: [(Color, &str); 16] = [
    (Color::Black, "#1f2229"),
    (Color::Red, "#e5716f"),
    (Color::Green, "#86c166"),
    (Color::Yellow, "#e0b458"),
    (Color::Blue, "#6ea8e5"),
    (Color::Magenta, "#c48ae0"),
    (Color::Cyan, "#5fc3c0"),
    (Color::Gray, "#c6cad2"),
    (Color::DarkGray, "#6b7280"),
    (Color::LightRed, "#ff908c"),
    (Color::LightGreen, "#a5e084"),
    (Color::LightYellow, "#ffd479"),
    (Color::LightBlue, "#93c5ff"),
    (Color::LightMagenta, "#dfadf7"),
    (Color::LightCyan, "#85e4e0"),
    (Color::White, "#ffffff"),
];

/// The style of a run of cells.
#[derive(Clone, PartialEq)]
struct Paint {
    ink: String,
    ground: String,
    modifier: Modifier,
}

/// Attributes of cells and their SVG.
const ATTRIBUTES: [(Modifier, &str); 4] = [
    (Modifier::BOLD, " font-weight=\"bold\""),
    (Modifier::DIM, " opacity=\"0.6\""),
    (Modifier::ITALIC, " font-style=\"italic\""),
    (Modifier::UNDERLINED, " text-decoration=\"underline\""),
];

impl Paint {
    fn of(cell: &Cell) -> Self {
        let mut ink = hex(cell.fg, INK);
        let mut ground = hex(cell.bg, GROUND);
        if cell.modifier.contains(Modifier::REVERSED) {
            std::mem::swap(&mut ink, &mut ground);
        }
        Self { ink, ground, modifier: cell.modifier }
    }

    fn is_underlined(&self) -> bool {
        self.modifier.contains(Modifier::UNDERLINED)
    }

    /// The attributes of a `<text>` element, where they are not the picture's own.
    fn attributes(&self) -> String {
        let mut out = String::new();
        if self.ink != INK {
            // Writing to a String cannot fail, here and below.
            let _ = write!(out, " fill=\"{}\"", self.ink);
        }
        for (modifier, attribute) in ATTRIBUTES {
            if self.modifier.contains(modifier) {
                out.push_str(attribute);
            }
        }
        out
    }
}

/// The picture as an SVG document with text that can be searched and selected.
pub fn svg(picture: &Buffer) -> String {
    let area = picture.area;
    let ground = &most_common_ground(picture);
    let (width, height, _) = CELL;
    let whole = |cells: u16, size: f64| f64::from(cells) * size + 2.0 * MARGIN;
    let (w, h) = (whole(area.width, width), whole(area.height, height));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w:.0} {h:.0}\" width=\"{w:.0}\" \
         height=\"{h:.0}\">\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{ground}\"/>\n\
         <g font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" \
         font-size=\"14\" fill=\"{INK}\" xml:space=\"preserve\">\n"
    );
    for y in area.top()..area.bottom() {
        let mut run: Option<TextRun> = None;
        for x in area.left()..area.right() {
            let Some(cell) = picture.cell((x, y)) else { continue };
            let paint = Paint::of(cell);
            match &mut run {
                Some(run) if run.paint == paint => run.push(cell.symbol()),
                other => {
                    if let Some(run) = other.replace(TextRun::new(x - area.left(), paint, cell)) {
                        run.draw(y - area.top(), ground, &mut out);
                    }
                }
            }
        }
        if let Some(run) = run {
            run.draw(y - area.top(), ground, &mut out);
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// The background of most cells, which needs no rectangles.
fn most_common_ground(picture: &Buffer) -> String {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for cell in picture.content() {
        *counts.entry(Paint::of(cell).ground).or_default() += 1;
    }
    let most = counts.into_iter().max_by(|a, b| (a.1, &b.0).cmp(&(b.1, &a.0)));
    most.map_or_else(|| GROUND.to_owned(), |(ground, _)| ground)
}

/// Cells side by side that look the same.
struct TextRun {
    x: u16,
    text: String,
    paint: Paint,
}

impl TextRun {
    fn new(x: u16, paint: Paint, cell: &Cell) -> Self {
        Self { x, text: cell.symbol().to_owned(), paint }
    }

    fn push(&mut self, symbol: &str) {
        self.text.push_str(symbol);
    }

    fn draw(&self, y: u16, ground: &str, out: &mut String) {
        let (width, height, baseline) = CELL;
        let columns = u16::try_from(self.text.width()).unwrap_or(u16::MAX);
        let x = MARGIN + f64::from(self.x) * width;
        let y = MARGIN + f64::from(y) * height;
        if self.paint.ground != ground {
            let _ = writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\" \
                 fill=\"{}\"/>",
                f64::from(columns) * width,
                self.paint.ground
            );
        }
        let blank = self.text.trim_matches(' ').is_empty();
        if blank && !self.paint.is_underlined() {
            return;
        }
        // Blanks in front are a place to begin at; those behind are nothing.
        let shown = self.text.trim_start_matches(' ');
        let skipped = u16::try_from(self.text.len() - shown.len()).unwrap_or_default();
        let shown = if self.paint.is_underlined() { shown } else { shown.trim_end_matches(' ') };
        let cells = u16::try_from(shown.width()).unwrap_or_default();
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" textLength=\"{:.1}\"{}>{}</text>",
            x + f64::from(skipped) * width,
            y + baseline,
            f64::from(cells) * width,
            self.paint.attributes(),
            escaped(shown)
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn hex(color: Color, default: &str) -> String {
    match color {
        Color::Reset => default.to_owned(),
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        Color::Indexed(number) => indexed(number),
        named => {
            let found = NAMED.iter().find(|(color, _)| *color == named);
            found.map_or(default, |(_, hex)| *hex).to_owned()
        }
    }
}

/// The 256 colours of xterm: 16 named ones, a cube of 6 by 6 by 6, 24 greys.
fn indexed(number: u8) -> String {
    match number {
        0..16 => NAMED.get(usize::from(number)).map_or(INK, |(_, hex)| *hex).to_owned(),
        16..232 => {
            let number = number - 16;
            let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
            let (red, green, blue) = (number / 36, number / 6 % 6, number % 6);
            format!("#{:02x}{:02x}{:02x}", level(red), level(green), level(blue))
        }
        232.. => {
            let grey = 8 + 10 * (number - 232);
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn text_colours_and_grounds_are_drawn_and_names_cannot_break_out() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(1, 0, "<a&b>", Style::new().fg(Color::Red));
        buffer.set_string(7, 0, "sel", Style::new().add_modifier(Modifier::REVERSED));
        let svg = svg(&buffer);
        assert!(svg.contains("fill=\"#e5716f\">&lt;a&amp;b&gt;</text>"), "{svg}");
        assert!(svg.contains(&format!("fill=\"{INK}\"/>")), "{svg}");
        roxmltree::Document::parse(&svg).unwrap();
    }

    #[test]
    fn indexed_colours_are_those_of_xterm() {
        for (number, hex) in [(16, "#000000"), (196, "#ff0000"), (231, "#ffffff"), (244, "#808080")]
        {
            assert_eq!(indexed(number), hex);
        }
    }
}
