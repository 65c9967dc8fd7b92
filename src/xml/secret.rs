//! Finds the secrets of a document, so that views, diffs and logs show a mark in their place.
//!
//! The raw text is scanned, not the parsed document: comments, markup that is commented out, and text that is not
//! well-formed hold secrets as well. What is saved, and what a command writes as a document, is never masked.
//!
//! No secrets, though libvirt's schema has them near: UUIDs and usages of `<secret>`, and of `<encryption secret=>` of a
//! TPM, which are references to what libvirt keeps; names of users; serials of SMBIOS and disks, which identify; labels of
//! seclabels; the session and the certificates of `<launchSecurity>`, which are encrypted or public.

use std::borrow::Cow;

use super::escape::unescaped;
use super::tags::{MarkupKind, markup, start_tag};
use crate::text::{SecretForm as Form, Secrets, Span, is_secret_name, is_uuid, secret_words};

/// Attributes whose whole value is secret, beside those that have a name of a secret.
const ATTRIBUTES: [(&str, &str, &str); 1] = [(
    "source",
    "query",
    "libvirt conf/domain_conf.c: virDomainStorageNetworkParse, tokens of presigned URLs",
)];

/// Elements whose text is an option of QEMU or a list of kernel parameters, by the form of their values.
const TEXTS: [(&str, Form, &str); 2] = [
    ("cmdline", Form::Word, "libvirt conf/domain_conf.c: virDomainDefParseBootOptions"),
    ("entry", Form::Option, "libvirt util/virsysinfo.c: virSysinfoParseOEMStrings"),
];

/// Finds the secrets of `text`, which may be a document, a piece of one, or broken.
pub(super) fn secrets(text: &str) -> Secrets {
    let mut scan = Scan { text, spans: Vec::new() };
    scan.markup(Span::new(0, offset(text.len())), false);
    Secrets::new(scan.spans)
}

/// `text`, a document or a piece of one, with a mark for each secret.
pub fn masked(text: &str) -> Cow<'_, str> {
    secrets(text).slice(text, Span::new(0, offset(text.len())))
}

struct Scan<'t> {
    text: &'t str,
    spans: Vec<Span>,
}

/// An element that is open.
#[derive(Clone, Copy)]
struct Open {
    content: Content,
    /// Whether it is, or is in, `<sysinfo type='fwcfg'>`.
    is_firmware: bool,
}

/// The kind of an element's text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Plain(Form),
    Secret,
}

const OUTSIDE: Open = Open { content: Content::Plain(Form::Word), is_firmware: false };

impl Scan<'_> {
    /// Scans markup: a whole document, or what is commented out.
    fn markup(&mut self, span: Span, is_comment: bool) {
        let text = self.text.get(..span.end as usize).unwrap_or(self.text);
        let mut open: Vec<Open> = Vec::new();
        let mut from = span.start;
        for found in markup(text, span.start) {
            let around = open.last().copied().unwrap_or(OUTSIDE);
            self.content(Span::new(from, found.span.start), around.content);
            from = found.span.end;
            match found.kind {
                MarkupKind::Start => open.push(self.tag(found.span.start, around)),
                MarkupKind::Empty => drop(self.tag(found.span.start, around)),
                MarkupKind::End => drop(open.pop()),
                MarkupKind::Comment => {
                    let inner = Span::new(found.span.start + COMMENT, found.span.end);
                    self.words(inner, Form::Word);
                    // Comments do not nest.
                    if !is_comment {
                        self.markup(inner, true);
                    }
                }
                MarkupKind::Cdata => self.content(found.span, around.content),
                MarkupKind::Instruction | MarkupKind::Doctype => {}
            }
        }
        let around = open.last().copied().unwrap_or(OUTSIDE);
        self.content(Span::new(from, span.end), around.content);
    }

    /// Scans the attributes of a start tag; what its element holds.
    fn tag(&mut self, start: u32, around: Open) -> Open {
        let text = self.text;
        let mut attributes = Vec::new();
        let tag =
            start_tag(text, start, |raw| attributes.push((local(raw.name.slice(text)), raw.value)));
        let element = local(tag.name.slice(text));
        let named = attributes.iter().find(|(name, _)| *name == "name");
        let is_named = named.is_some_and(|(_, value)| is_secret_name(value.slice(text)));
        let mut is_firmware = around.is_firmware;
        for (name, span) in attributes {
            let value = span.slice(text);
            is_firmware |= element == "sysinfo" && name == "type" && value == "fwcfg";
            let is_reference = name == "secret" && is_uuid(value);
            let is_listed =
                ATTRIBUTES.iter().any(|(of, attribute, _)| (*of, *attribute) == (element, name));
            if is_listed || (is_secret_name(name) && !is_reference) || (is_named && name == "value")
            {
                self.spans.push(span);
            } else {
                self.content(span, Content::Plain(Form::Option));
            }
        }
        let is_secret = around.content == Content::Secret
            || is_named
            || is_secret_name(element)
            || (is_firmware && element == "entry");
        let form = TEXTS.iter().find(|(name, ..)| *name == element);
        let form = form.map_or(Form::Word, |(_, form, _)| *form);
        let content = if is_secret { Content::Secret } else { Content::Plain(form) };
        Open { content, is_firmware }
    }

    /// Scans a text or a value in which references stand for characters.
    fn content(&mut self, span: Span, content: Content) {
        let text = span.slice(self.text);
        let form = match content {
            Content::Secret => {
                let shown = text.trim();
                let before = text.len() - text.trim_start().len();
                let start = span.start + offset(before);
                self.spans.push(Span::new(start, start + offset(shown.len())));
                return;
            }
            Content::Plain(form) => form,
        };
        let mut is_found = false;
        if let Cow::Owned(unescaped) = unescaped(text) {
            secret_words(&unescaped, form, |range| is_found |= !range.is_empty());
        }
        if is_found {
            self.spans.push(span);
        } else {
            self.words(span, form);
        }
    }

    fn words(&mut self, span: Span, form: Form) {
        let at = |offset_in: usize| span.start + offset(offset_in);
        let spans = &mut self.spans;
        secret_words(span.slice(self.text), form, |range| {
            spans.push(Span::new(at(range.start), at(range.end)));
        });
    }
}

/// The bytes of `<!--`.
const COMMENT: u32 = 4;

fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_and_attributes_of_the_table_are_masked() {
        for (text, want) in [
            (
                "<graphics passwd='S' passwdValidTo='2030'/>",
                "<graphics passwd='*****' passwdValidTo='2030'/>",
            ),
            ("<graphics passwd=''/>", "<graphics passwd=''/>"),
            (
                "<cookies><cookie name='c'> S </cookie></cookies>",
                "<cookies><cookie name='c'> ***** </cookie></cookies>",
            ),
            (
                "<source query='a=S'/><address query='a'/>",
                "<source query='*****'/><address query='a'/>",
            ),
            ("<source file='https://u:S@h/x'/>", "<source file='https://u:*****@h/x'/>"),
            (
                "<secret><description>S</description></secret>",
                "<secret><description>*****</description></secret>",
            ),
            ("<q:arg value='secret,id=s,data=S'/>", "<q:arg value='secret,id=s,data=*****'/>"),
            ("<q:arg value='secret,id=s,d&#97;ta=S'/>", "<q:arg value='*****'/>"),
            ("<q:arg value='{&quot;password&quot;:&quot;S&quot;}'/>", "<q:arg value='*****'/>"),
            (
                "<q:env name='VNC_PASSWORD' value='S'/>",
                "<q:env name='VNC_PASSWORD' value='*****'/>",
            ),
            (
                "<q:property name='password' value=\"S\"/>",
                "<q:property name='password' value=\"*****\"/>",
            ),
            ("<entry name='serial'>S</entry>", "<entry name='serial'>S</entry>"),
            (
                "<sysinfo type='fwcfg'><entry name='opt/x'>S</entry></sysinfo>",
                "<sysinfo type='fwcfg'><entry name='opt/x'>*****</entry></sysinfo>",
            ),
            (
                "<entry>io.systemd.credential:r=S T</entry>",
                "<entry>io.systemd.credential:r=*****</entry>",
            ),
            ("<cmdline>a password=S b</cmdline>", "<cmdline>a password=***** b</cmdline>"),
            ("<m:token><![CDATA[S]]></m:token>", "<m:token>*****</m:token>"),
        ] {
            assert_eq!(masked(text), want);
        }
    }

    #[test]
    fn references_and_what_identifies_stay() {
        for text in [
            "<secret type='ceph' uuid='6f0f0c2c-8a0d-4c8d-9f5e-0123456789ab'/>",
            "<encryption secret='6f0f0c2c-8a0d-4c8d-9f5e-0123456789ab'/>",
            "<secret type='iscsi' usage='u'/>",
            "<auth username='admin'/>",
            "<seclabel><label>system_u:object_r:svirt_t:s0:c1,c2</label></seclabel>",
            "<serial>abc</serial><uuid>6f0f0c2c-8a0d-4c8d-9f5e-0123456789ab</uuid>",
        ] {
            assert!(matches!(masked(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn comments_and_broken_text_are_masked() {
        for (text, want) in [
            ("<!-- <graphics passwd='S'/> -->", "<!-- <graphics passwd='*****'/> -->"),
            (
                "<!-- <cookie>S</cookie> password: S -->",
                "<!-- <cookie>*****</cookie> password: ***** -->",
            ),
            ("<!-- <graphics passwd=S> -->", "<!-- <graphics passwd=*****> -->"),
            ("<a passwd='S", "<a passwd='*****"),
            ("<cookie>S", "<cookie>*****"),
            ("<cookie>S<b>T</a>U", "<cookie>*****<b>*****</a>*****"),
        ] {
            assert_eq!(masked(text), want);
        }
    }

    #[test]
    fn a_piece_that_begins_or_ends_in_a_secret_shows_none_of_it() {
        let text = "<cookie>\nSECRET\nTEXT\n</cookie><a passwd='SECRET'/>";
        let secrets = secrets(text);
        for start in 0..text.len() {
            for end in start..=text.len() {
                let span = Span::new(offset(start), offset(end));
                let shown = secrets.slice(text, span);
                assert!(
                    !["SECRET", "TEXT"]
                        .iter()
                        .any(|secret| secret.contains(shown.trim()) && shown.trim().len() > 1),
                    "{shown}"
                );
                assert_eq!(secrets.touch(span), shown.contains('*'));
            }
        }
    }

    #[test]
    fn time_is_linear() {
        for piece in [
            "<!--",
            "password=",
            "<a passwd='",
            "://a:b@",
            "DHHC-1:",
            "-----BEGIN PRIVATE KEY",
            "io.systemd.credential",
            "<sysinfo type='fwcfg'>",
            "<a b='secret,data=",
            "name=opt/",
            "&#97;",
            "<cookie>",
            "a.",
            "\"password\":\"",
            "key=,,",
        ] {
            let text = piece.repeat(300_000 / piece.len());
            let begun = std::time::Instant::now();
            masked(&text);
            assert!(begun.elapsed().as_secs() < 5, "{piece} takes {:?}", begun.elapsed());
        }
    }
}
