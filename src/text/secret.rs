//! Secrets in a text, and the text without them.

use std::borrow::Cow;

use super::Span;
use super::secret_words::{SecretForm, secret_words};

/// The sign for a secret, which does not show its length.
const MASK: &str = "*****";

/// The secrets of one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets {
    /// In order, without overlaps, none of them empty.
    spans: Vec<Span>,
}

impl Secrets {
    /// Secrets that were found in any order, also twice.
    pub fn new(mut spans: Vec<Span>) -> Self {
        spans.retain(|span| !span.is_empty());
        spans.sort_unstable();
        spans.dedup_by(|next, known| {
            let is_within = next.start <= known.end;
            if is_within {
                *known = known.cover(*next);
            }
            is_within
        });
        Self { spans }
    }

    /// Whether a part of `span` is secret.
    pub fn touch(&self, span: Span) -> bool {
        !self.within(span).is_empty()
    }

    /// The piece of `text` at `span` with a mark for each secret.
    pub fn slice<'t>(&self, text: &'t str, span: Span) -> Cow<'t, str> {
        let secrets = self.within(span);
        if secrets.is_empty() {
            return Cow::Borrowed(span.slice(text));
        }
        let (mut out, mut from) = (String::new(), span.start);
        for secret in secrets {
            out.push_str(Span::new(from, secret.start).slice(text));
            out.push_str(MASK);
            from = secret.end;
        }
        if from < span.end {
            out.push_str(Span::new(from, span.end).slice(text));
        }
        Cow::Owned(out)
    }

    /// The secrets of which `span` has a part.
    fn within(&self, span: Span) -> &[Span] {
        let first = self.spans.partition_point(|secret| secret.end <= span.start);
        let rest = self.spans.get(first..).unwrap_or_default();
        let count = rest.iter().take_while(|secret| secret.start < span.end).count();
        rest.get(..count).unwrap_or_default()
    }
}

/// `line` of a log, of a command line or of a URL, which is no markup, with a mark for each secret.
pub fn masked_words(line: &str) -> Cow<'_, str> {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let mut spans = Vec::new();
    secret_words(line, SecretForm::Word, |range| {
        spans.push(Span::new(offset(range.start), offset(range.end)));
    });
    Secrets::new(spans).slice(line, Span::new(0, offset(line.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_secrets_become_one_mark() {
        let text = "abcdefgh";
        let secrets =
            Secrets::new(vec![Span::new(4, 6), Span::new(1, 3), Span::new(2, 4), Span::at(7)]);
        assert_eq!(secrets.slice(text, Span::new(0, 8)), "a*****gh");
        assert_eq!(secrets.slice(text, Span::new(6, 8)), "gh");
        assert_eq!(secrets.slice(text, Span::new(2, 3)), "*****");
        assert!(secrets.touch(Span::new(0, 2)) && !secrets.touch(Span::new(6, 8)));
    }

    #[test]
    fn lines_of_a_log_are_masked() {
        assert_eq!(
            masked_words(r#"{"execute":"x","arguments":{"password":"a b","id":"n"}}"#),
            r#"{"execute":"x","arguments":{"password":"*****","id":"n"}}"#
        );
        assert!(matches!(masked_words("info pci"), Cow::Borrowed(_)));
    }
}
