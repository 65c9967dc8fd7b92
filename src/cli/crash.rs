//! The report of an unexpected error or a panic: it is attached to bug reports, so it quotes no
//! document.

use std::borrow::Cow;
use std::fmt;
use std::panic::PanicHookInfo;

use color_eyre::config::{HookBuilder, Theme};
use color_eyre::section::PanicMessage;

use super::options::OutputOptions;
use super::output;
use crate::text::printable_lines;

/// The longest quotation in the message of a panic that is kept, in bytes: names and short values.
const QUOTED: usize = 32;

/// Sets the hooks that write reports.
///
/// # Errors
/// When other hooks are set already.
pub fn install() -> color_eyre::Result<()> {
    let is_colored = output::error_style(&OutputOptions::default()).color;
    let theme = if is_colored { Theme::dark() } else { Theme::new() };
    HookBuilder::default().theme(theme).panic_message(CrashMessage).install()
}

/// Writes a report on standard error.
pub fn explain(report: &color_eyre::Report) {
    let style = output::error_style(&OutputOptions::default());
    output::note_styled(&format!("virt-topo: {report:?}\n"), style);
}

/// Writes a message on standard error.
pub fn warn(message: &impl fmt::Display) {
    output::note(&format!("virt-topo: {message}\n"));
}

/// The first lines of the report of a panic.
struct CrashMessage;

impl PanicMessage for CrashMessage {
    fn display(&self, panic: &PanicHookInfo<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = panic.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or_default();
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        writeln!(f, "The application panicked (crashed).")?;
        writeln!(f, "CrashMessage:  {}", printable_lines(&without_quotations(text), false))?;
        write!(f, "Location: {place}")
    }
}

/// The message of a panic, in which long quotations are replaced by their length.
///
/// The standard library quotes up to 256 bytes of a text that was cut in the wrong place, between grave accents; such a
/// piece of a document may begin in the middle of a password, where no table of secrets recognises it.
fn without_quotations(message: &str) -> Cow<'_, str> {
    let (Some(start), Some(end)) = (message.find('`'), message.rfind('`')) else {
        return Cow::Borrowed(message);
    };
    let length = end.saturating_sub(start + 1);
    if length <= QUOTED {
        return Cow::Borrowed(message);
    }
    let before = message.get(..start).unwrap_or_default();
    let after = message.get(end + 1..).unwrap_or_default();
    Cow::Owned(format!("{before}a text of {length} bytes{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::string_slice, reason = "the panic is wanted")]
    fn a_panic_quotes_no_document() {
        let text = "3CR3T'/> <graphics type='spice' passwd='S3CR3T10' ö/>";
        let panic = std::panic::catch_unwind(|| {
            let end = text.find('ö').unwrap() + 1;
            std::hint::black_box(&text[..end]).len()
        });
        let payload = panic.unwrap_err();
        let message = payload.downcast_ref::<String>().unwrap();
        assert!(message.contains("S3CR3T10"), "the standard library quotes no more: {message}");
        let shown = without_quotations(message);
        assert!(!shown.contains("3CR3T") && shown.contains("is not a char boundary"), "{shown}");
    }

    #[test]
    fn short_quotations_stay() {
        for message in ["no key `b` here", "plain", "one ` only", ""] {
            assert_eq!(without_quotations(message), message);
        }
    }
}
