//! The themes that are part of the program.

/// Name and text of every embedded theme; the first is the one a new user sees.
pub const BUILTIN: [(&str, &str); 9] = [
    ("default", include_str!("../../../themes/default.toml")),
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("deuteranopia", include_str!("../../../themes/deuteranopia.toml")),
    ("tritanopia", include_str!("../../../themes/tritanopia.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
    ("nord", include_str!("../../../themes/nord.toml")),
    ("gruvbox", include_str!("../../../themes/gruvbox.toml")),
];

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Modifier, Style};
    use termprofile::TermProfile;

    use super::super::{Layer, Library, Role, Theme};
    use super::*;

    const DEPTHS: [TermProfile; 4] =
        [TermProfile::TrueColor, TermProfile::Ansi256, TermProfile::Ansi16, TermProfile::NoColor];

    fn themes(depth: TermProfile) -> impl Iterator<Item = (&'static str, Theme)> {
        let library = Library::default();
        BUILTIN.iter().map(move |(name, _)| (*name, library.load(name, depth).unwrap().theme))
    }

    /// Themes of hex colours, with measurable contrast.
    fn measurable() -> impl Iterator<Item = (&'static str, Theme)> {
        themes(TermProfile::TrueColor)
            .filter(|(_, theme)| matches!(theme.style(Role::Text).bg, Some(Color::Rgb(..))))
    }

    /// Relative luminance, from 0 (black) to 1 (white). WCAG 2.2, "relative luminance".
    fn luminance(color: Color) -> f64 {
        let Color::Rgb(red, green, blue) = color else { panic!("{color:?} is not hex") };
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// From 1 (the same) to 21 (black on white). WCAG 2.2, "contrast ratio".
    fn contrast(a: Color, b: Color) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_theme_says_something_about_every_role_and_has_no_mistakes() {
        for (name, _) in BUILTIN {
            let loaded = Library::default().load(name, TermProfile::TrueColor).unwrap();
            assert_eq!(loaded.mistakes, [], "{name}");
            assert_eq!(loaded.unstyled, [], "{name}");
        }
    }

    #[test]
    fn letters_stand_out_from_every_ground_they_are_drawn_on() {
        let faint = [Role::PlaceFree, Role::PlaceChipset, Role::Rule].map(Role::name);
        let mut low = Vec::new();
        for (name, theme) in measurable() {
            let text = theme.style(Role::Text);
            let grounds = [Role::Text, Role::Selection, Role::SelectionInactive, Role::Popup];
            for ground in grounds.map(|role| (role, text.patch(theme.style(role)))) {
                for role in Role::ALL.into_iter().filter(|role| role.layer() == Layer::Ink) {
                    let style = ground.1.patch(theme.style(role));
                    let same_as_faint = faint
                        .iter()
                        .any(|faint| theme.style(Role::from_name(faint).unwrap()).fg == style.fg);
                    let wanted = match (name, ground.0, same_as_faint) {
                        ("high-contrast", ..) => 7.0,
                        (_, Role::Text, false) => 4.5,
                        (_, _, false) => 3.2,
                        (_, Role::Text, true) => 3.0,
                        (_, _, true) => 1.9,
                    };
                    let found = contrast(style.fg.unwrap(), style.bg.unwrap());
                    if found < wanted {
                        low.push(format!("{name}: {role:?} on {:?}: {found:.2}", ground.0));
                    }
                }
            }
            for role in Role::ALL.into_iter().filter(|role| role.layer() == Layer::Ground) {
                let style = text.patch(theme.style(role));
                let found = contrast(style.fg.unwrap(), style.bg.unwrap());
                if found < 4.5 {
                    low.push(format!("{name}: {role:?}: {found:.2}"));
                }
            }
        }
        assert_eq!(low, [""; 0]);
    }

    #[test]
    fn the_selection_and_the_cursor_are_seen_at_every_depth() {
        for depth in DEPTHS {
            for (name, theme) in themes(depth) {
                let text = theme.style(Role::Text);
                let shown = |role| text.patch(theme.style(role));
                for role in [Role::Selection, Role::SelectionInactive, Role::Cursor] {
                    let style = shown(role);
                    let differs = style.bg != text.bg || !style.add_modifier.is_empty();
                    assert!(differs, "{name}: {role:?} at {depth:?}");
                    let is_plain = !style.add_modifier.contains(Modifier::REVERSED);
                    let legible = style.fg != style.bg || style.bg == Some(Color::Reset);
                    assert!(is_plain <= legible || depth < TermProfile::Ansi16, "{name} {role:?}");
                }
                assert_ne!(shown(Role::Selection), shown(Role::SelectionInactive), "{name}");
            }
        }
    }

    #[test]
    fn without_colours_no_style_has_any() {
        for (name, theme) in themes(TermProfile::NoColor) {
            for role in Role::ALL {
                let Style { fg, bg, underline_color, .. } = theme.style(role);
                assert_eq!((fg, bg, underline_color), (None, None, None), "{name} {role:?}");
            }
        }
    }

    /// The colour as seen without one kind of cone. Machado, Oliveira and Fernandes 2009, severity
    /// 1.
    fn seen_with(matrix: [[f64; 3]; 3], color: Color) -> [f64; 3] {
        let Color::Rgb(red, green, blue) = color else { panic!("{color:?} is not hex") };
        let channels = [red, green, blue].map(f64::from);
        matrix.map(|row| row.iter().zip(channels).map(|(factor, channel)| factor * channel).sum())
    }

    #[test]
    fn themes_for_colour_blind_eyes_keep_the_states_apart_for_them() {
        let deuteranopia = [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]];
        let tritanopia = [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]];
        for (name, matrix) in [("deuteranopia", deuteranopia), ("tritanopia", tritanopia)] {
            let theme = Library::default().load(name, TermProfile::TrueColor).unwrap().theme;
            let states =
                [Role::PlaceStatic, Role::PlaceDynamic, Role::PlaceConflict, Role::ProblemWarning]
                    .map(|role| (role, seen_with(matrix, theme.style(role).fg.unwrap())));
            for (index, (role, color)) in states.iter().enumerate() {
                for (other, other_color) in &states[..index] {
                    let squares = color.iter().zip(other_color).map(|(a, b)| (a - b).powi(2));
                    let distance = squares.sum::<f64>().sqrt();
                    assert!(distance > 60.0, "{name}: {role:?} and {other:?}: {distance:.0}");
                }
            }
        }
    }
}
