//! Bytes and characters, with no idea of XML or guests.

mod content_mark;
mod edit;
mod lines;
mod printable;
mod secret;
mod secret_words;
mod shell;
mod span;

pub use content_mark::{ContentMark, MarkError};
pub use edit::{EditError, Replacement, Side, TextEdit};
pub use lines::{Lines, Newline, Position};
pub use printable::{Printable, is_unprintable, pad, pad_left, printable_lines};
pub use secret::{Secrets, masked_words};
pub use secret_words::{SecretForm, is_secret_name, is_uuid, secret_words};
pub use shell::shell_word;
pub use span::{Span, Spanned};
