//! Themes: the style and sign of each meaning.
//!
//! A theme is read from TOML (`load`), one of the embedded ones or the user's (`builtin`), reduced
//! to the terminal's colours, and from then on is an array indexed by [`Role`]. The views assign
//! roles to the parts of the screen.

mod builtin;
mod color;
mod glyphs;
mod load;
mod role;

use ratatui::style::{Color, Modifier, Style};
use termprofile::TermProfile;

use crate::rows::GlyphSet;

pub use builtin::BUILTIN;
pub use color::ColorSetting;
pub use glyphs::{Glyph, detect_glyphs};
pub use load::{Library, Loaded, ThemeFile, ThemeOrigin};
pub use role::{Layer, Role};

/// A theme with one style per role.
#[derive(Clone, PartialEq, Debug)]
pub struct Theme {
    styles: [Style; Role::ALL.len()],
}

impl Theme {
    /// A theme that gives each role the style `style` has for it.
    pub fn from_fn(style: impl FnMut(Role) -> Style) -> Self {
        Self { styles: Role::ALL.map(style) }
    }

    /// A theme in which every role can be recognised by its colours: ink by its letters, ground by
    /// its background. For snapshots that record roles.
    pub fn marked() -> Self {
        Self::from_fn(|role| {
            let mark = Color::Indexed(u8::try_from(role as usize).unwrap_or(u8::MAX));
            match role.layer() {
                Layer::Ink => Style::new().fg(mark),
                Layer::Ground => Style::new().bg(mark),
            }
        })
    }

    /// The style of a role, to be laid over the present one.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// The theme with no more colours than `depth` has.
    ///
    /// Fewer colours may make two of them the same; where that would hide a ground, or letters on
    /// their ground, reverse video or an underline takes the place of colour.
    #[must_use]
    pub fn reduced_to(self, depth: TermProfile) -> Self {
        let text = depth.adapt_style(self.style(Role::Text));
        let selection = visible(depth.adapt_style(self.style(Role::Selection)), text);
        Self::from_fn(|role| {
            let style = depth.adapt_style(self.style(role));
            match role {
                Role::Text => style,
                Role::Selection => selection,
                Role::Cursor => visible(style, text),
                Role::SelectionInactive => {
                    let style = visible(style, text);
                    let merged = style == selection;
                    if merged { Style::new().add_modifier(Modifier::UNDERLINED) } else { style }
                }
                _ => readable(style, text),
            }
        })
    }
}

/// A ground that differs from the text around it.
fn visible(style: Style, text: Style) -> Style {
    let bg = style.bg.or(text.bg);
    let lost = bg == text.bg && style.add_modifier.is_empty();
    let unreadable = bg == style.fg.or(text.fg) && bg != Some(Color::Reset);
    if lost || unreadable {
        Style::new().add_modifier(style.add_modifier | Modifier::REVERSED)
    } else {
        style
    }
}

/// Letters that differ from the ground they are most often on.
fn readable(style: Style, text: Style) -> Style {
    let bg = style.bg.or(text.bg);
    if style.fg.is_some() && style.fg == bg && bg != Some(Color::Reset) {
        Style { fg: text.fg, bg: text.bg, ..style }
    } else {
        style
    }
}

/// The appearance of views: a theme and a set of signs.
#[derive(Clone, PartialEq, Debug)]
pub struct Appearance {
    /// The theme with its styles.
    pub theme: Theme,
    /// The set of signs.
    pub glyphs: GlyphSet,
}

impl Appearance {
    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// The form of a sign.
    pub fn glyph(&self, glyph: Glyph) -> &'static str {
        glyph.sign(self.glyphs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colours_a_ground_of_colour_becomes_reverse() {
        let theme = Theme::from_fn(|role| match role {
            Role::Selection => Style::new().bg(Color::Rgb(60, 60, 90)),
            Role::Cursor => Style::new().add_modifier(Modifier::REVERSED).fg(Color::Red),
            Role::ProblemError => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
            _ => Style::new(),
        });
        let reduced = theme.reduced_to(TermProfile::NoColor);
        let reverse = Style::new().add_modifier(Modifier::REVERSED);
        assert_eq!(reduced.style(Role::Selection), reverse);
        assert_eq!(reduced.style(Role::Cursor), reverse);
        assert_eq!(reduced.style(Role::ProblemError), Style::new().add_modifier(Modifier::BOLD));
    }

    #[test]
    fn ink_that_would_vanish_in_its_ground_takes_the_colour_of_text() {
        let dark = Color::Rgb(10, 10, 10);
        let theme = Theme::from_fn(|role| match role {
            Role::Text => Style::new().fg(Color::White).bg(Color::Black),
            Role::Rule => Style::new().fg(dark),
            _ => Style::new(),
        });
        let reduced = theme.reduced_to(TermProfile::Ansi16);
        assert_eq!(reduced.style(Role::Rule).fg, Some(Color::White));
    }

    #[test]
    fn the_marked_theme_gives_every_role_a_style_of_its_own() {
        let theme = Theme::marked();
        for (index, role) in Role::ALL.into_iter().enumerate() {
            for other in &Role::ALL[..index] {
                assert_ne!(theme.style(role), theme.style(*other), "{role:?} {other:?}");
            }
        }
    }
}
