//! Reading a domain's text.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{SourceError, demo, generate};
use crate::text::{Lines, Position, Printable};

/// The largest text that is read: 512 MiB. libvirt itself refuses more than 10 MiB; beyond this a
/// file named by mistake would fill the memory.
pub const MAX_BYTES: u64 = 512 << 20;

/// The source of a domain's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file on disk.
    File(PathBuf),
    /// The standard input.
    Stdin,
    /// `demo:NAME`, an embedded demo domain, or `demo:N` with N devices made for measuring.
    Demo(String),
    /// Made from the guest behind this monitor, or in this saved listing.
    Monitor(String),
}

/// A text with its name.
#[derive(Clone, Debug)]
pub struct SourceText {
    /// The name as the user gave it; safe to print.
    pub name: String,
    /// The text itself.
    pub text: String,
}

impl Source {
    /// The source that a file argument names.
    pub fn from_argument(argument: &OsStr) -> Self {
        match argument.to_str() {
            Some("-") => Self::Stdin,
            Some(text) => match text.strip_prefix("demo:") {
                Some(name) => Self::Demo(name.to_owned()),
                None => Self::File(PathBuf::from(argument)),
            },
            None => Self::File(PathBuf::from(argument)),
        }
    }

    /// The name for messages; safe to print.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => Printable::new(&path.to_string_lossy()).to_string(),
            Self::Stdin => "standard input".to_owned(),
            Self::Demo(name) => format!("demo:{}", Printable::new(name)),
            Self::Monitor(name) => Printable::new(name).to_string(),
        }
    }

    /// The argument that names it on a command line; [`Source::from_argument`] makes this source of it.
    pub fn argument(&self) -> OsString {
        match self {
            Self::File(path) => {
                let argument = path.as_os_str();
                let is_option = argument.as_encoded_bytes().starts_with(b"-");
                if is_option || Self::from_argument(argument) != *self {
                    return Path::new(".").join(path).into();
                }
                argument.to_owned()
            }
            Self::Stdin => "-".into(),
            Self::Demo(name) => format!("demo:{name}").into(),
            // A guest without a document has to be given one.
            Self::Monitor(_) => "guest.xml".into(),
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it cannot be read, is larger than [`MAX_BYTES`], or is not UTF-8.
    pub fn read(&self) -> Result<SourceText, SourceError> {
        let name = self.name();
        let bytes = match self {
            Self::Demo(demo) => {
                let text = match demo.parse::<u32>() {
                    Ok(devices) => generate(devices),
                    Err(_) => demo::find(demo, &name)?.text.to_owned(),
                };
                return Ok(SourceText { name, text });
            }
            Self::Monitor(_) => {
                return Err(SourceError::new(&name, "is a monitor socket, not an XML file"));
            }
            Self::Stdin => slurp(&name, io::stdin().lock())?,
            Self::File(path) => {
                let file = File::open(path).map_err(|error| SourceError::io(&name, &error))?;
                let metadata = file.metadata().map_err(|error| SourceError::io(&name, &error))?;
                if metadata.is_dir() {
                    return Err(SourceError::io(&name, &io::ErrorKind::IsADirectory.into()));
                }
                slurp(&name, file)?
            }
        };
        let text = utf8(&name, bytes)?;
        Ok(SourceText { name, text })
    }
}

fn slurp(name: &str, reader: impl Read) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::new();
    reader
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| SourceError::io(name, &error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(SourceError::new(name, format!("is larger than {} MiB", MAX_BYTES >> 20))
            .hint("a domain definition has a few kilobytes: check that this is the right file"));
    }
    Ok(bytes)
}

fn utf8(name: &str, bytes: Vec<u8>) -> Result<String, SourceError> {
    let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..at).unwrap_or_default();
        let Position { line, column } =
            Lines::new(String::from_utf8_lossy(before)).position(u32::MAX);
        let byte = error.as_bytes().get(at).copied().unwrap_or_default();
        let what = format!("is not UTF-8: byte 0x{byte:02x} at line {line}, column {column}");
        let hint = if wide {
            "it looks like UTF-16; convert it, for example with `iconv -f UTF-16 -t UTF-8`"
        } else {
            "convert it, for example with `iconv -f ISO-8859-1 -t UTF-8`, and correct the encoding \
             in its first line"
        };
        SourceError::new(name, what).hint(hint)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_a_file_unless_it_says_otherwise() {
        let source = |text: &str| Source::from_argument(OsStr::new(text));
        assert_eq!(source("-"), Source::Stdin);
        assert_eq!(source("demo:plain"), Source::Demo("plain".to_owned()));
        assert_eq!(source("guest.xml"), Source::File("guest.xml".into()));
    }

    #[test]
    fn the_argument_of_a_source_names_that_source() {
        use std::os::unix::ffi::OsStringExt as _;
        let bytes = OsString::from_vec(b"a\xffb".to_vec());
        for path in ["guest.xml", "/a/b", "-", "-w", "demo:plain", "./-", "a b"] {
            let source = Source::File(path.into());
            let argument = source.argument();
            assert!(!argument.to_str().unwrap().starts_with('-'), "{path}");
            let Source::File(again) = Source::from_argument(&argument) else { panic!("{path}") };
            assert_eq!(Path::new(".").join(again), Path::new(".").join(path), "{path}");
        }
        assert_eq!(Source::File(bytes.clone().into()).argument(), bytes);
        for source in [Source::Stdin, Source::Demo("plain".to_owned())] {
            assert_eq!(Source::from_argument(&source.argument()), source);
        }
    }

    #[test]
    fn bad_bytes_are_told_with_their_place() {
        let error = utf8("x", b"<a>\n  \xc3\xa4 \xff</a>".to_vec()).unwrap_err();
        assert_eq!(error.what, "is not UTF-8: byte 0xff at line 2, column 5");
        let error = utf8("x", b"\xff\xfe<\0".to_vec()).unwrap_err();
        assert!(error.hint.unwrap().contains("UTF-16"));
    }
}
