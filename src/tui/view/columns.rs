//! Columns of the terminal that a text takes, and texts cut to fit into so many.

use unicode_width::UnicodeWidthStr as _;

/// Width of a text in columns.
pub(super) fn columns(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// Cuts a text into lines of at most `width` columns, at blanks where there are any.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let fits = |line: &str, word: &str| {
        usize::from(columns(line)) + usize::from(columns(word)) < width.max(1)
    };
    for word in text.split(' ') {
        let Some(last) = lines.last_mut() else { break };
        if last.is_empty() {
            last.push_str(word);
        } else if fits(last, word) {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    // A single word may still be too long, such as a path.
    lines
        .iter()
        .flat_map(|line| {
            let letters: Vec<char> = line.chars().collect();
            let pieces: Vec<String> =
                letters.chunks(width.max(1)).map(|piece| piece.iter().collect()).collect();
            if pieces.is_empty() { vec![String::new()] } else { pieces }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_at_blanks_or_else_anywhere() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("/var/lib/images", 6), ["/var/l", "ib/ima", "ges"]);
        assert_eq!(wrap("", 6), [""]);
    }
}
