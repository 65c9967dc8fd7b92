//! Rule codes that are silenced: by an option, the configuration, or a comment in the document.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use super::{RULES, rule};
use crate::model::{Code, DeviceKey, Domain, Problem};
use crate::xml::Document;

/// Rule codes that are silenced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    everywhere: BTreeSet<Code>,
    on: HashMap<DeviceKey, HashSet<Code>>,
}

/// The error for a code that no rule has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCodeError {
    /// The code as it was given.
    pub code: String,
    /// The most similar existing code, if one is similar.
    pub close: Option<Code>,
}

impl fmt::Display for UnknownCodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no rule has the code '{}'", crate::text::Printable::new(&self.code))?;
        match self.close {
            Some(close) => write!(f, "; did you mean '{close}'?"),
            None => write!(f, "; `virt-topo rules` lists them"),
        }
    }
}

impl std::error::Error for UnknownCodeError {}

impl Allowed {
    /// Silences these codes everywhere, as `--allow` and `allow = [...]` of a configuration ask.
    ///
    /// # Errors
    /// The first code that no rule has.
    pub fn new<'c>(codes: impl IntoIterator<Item = &'c str>) -> Result<Self, UnknownCodeError> {
        let known = |word: &str| silenceable(word).ok_or_else(|| unknown(word));
        let everywhere = codes.into_iter().map(known).collect::<Result<_, _>>()?;
        Ok(Self { everywhere, on: HashMap::new() })
    }

    /// Adds the codes that `others` silences everywhere.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        self.everywhere.extend(&others.everywhere);
        self
    }

    /// The codes that are silenced everywhere, in order.
    pub fn everywhere(&self) -> impl Iterator<Item = Code> {
        self.everywhere.iter().copied()
    }

    /// Codes that the document itself silences: `<!-- virt-topo: allow CODE CODE -->`, inside a
    /// device for that device, elsewhere for the whole guest. Codes that no rule has are ignored.
    pub fn in_text(document: &Document, domain: &Domain) -> Self {
        let mut allowed = Self::default();
        let text = &**document.text();
        let mut from = 0;
        while let Some(found) = text.get(from..).and_then(|rest| rest.find(OPENING)) {
            let start = from + found;
            let inside = text.get(start + OPENING.len()..).unwrap_or_default();
            let end = inside.find("-->").unwrap_or(inside.len());
            from = start + OPENING.len() + end;
            let words = inside.get(..end).and_then(words).into_iter().flatten();
            let codes = words.filter_map(silenceable);
            match around(domain, start) {
                Some(device) => allowed.on.entry(device).or_default().extend(codes),
                None => allowed.everywhere.extend(codes),
            }
        }
        allowed
    }

    /// Whether `problem` is silenced.
    pub fn allows(&self, problem: &Problem) -> bool {
        let code = problem.code;
        self.everywhere.contains(&code)
            || problem
                .devices
                .iter()
                .any(|device| self.on.get(device).is_some_and(|codes| codes.contains(&code)))
    }
}

const OPENING: &str = "<!--";

/// The codes in a comment that begins with `virt-topo: allow`.
fn words(comment: &str) -> Option<impl Iterator<Item = &str>> {
    let rest = comment.trim_start().strip_prefix("virt-topo:")?;
    let codes = rest.trim_start().strip_prefix("allow")?;
    Some(codes.split([' ', '\t', '\r', '\n', ',']).filter(|word| !word.is_empty()))
}

/// The device whose element encloses this offset.
fn around(domain: &Domain, offset: usize) -> Option<DeviceKey> {
    let offset = u32::try_from(offset).ok()?;
    let device = domain.devices.iter().find(|device| {
        device.element().is_some_and(|own| own.start < offset && offset < own.end)
    })?;
    Some(device.key())
}

/// The code of a rule.
fn silenceable(word: &str) -> Option<Code> {
    word.parse().ok().filter(|code| rule(*code).is_some())
}

fn unknown(code: &str) -> UnknownCodeError {
    let close = RULES
        .iter()
        .map(|rule| (strsim::damerau_levenshtein(code, rule.code.as_str()), rule.code))
        .min()
        .filter(|(distance, _)| *distance <= code.len() / 3 + 1)
        .map(|(_, close)| close);
    UnknownCodeError { code: code.to_owned(), close }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DeviceClass, Severity};
    use crate::xml::decode::decode;

    fn problem(code: Code, nth: u32) -> Problem {
        Problem::new(code, Severity::Warning, "").on(DeviceKey::new(DeviceClass::Disk, nth))
    }

    #[test]
    fn a_comment_in_a_device_silences_that_device() {
        let text = "<domain><!--virt-topo: allow mac-double-use, pci-double-use nonsense-->\
                    <devices><disk><!-- virt-topo: allow drive-double-use --></disk><disk/>\
                    <!-- allow boot-order-double-use --></devices></domain>";
        let document = Document::parse(text).unwrap();
        let allowed = Allowed::in_text(&document, &decode(&document).unwrap().domain);
        let cases = [
            (Code::MacDoubleUse, 1, true),
            (Code::PciDoubleUse, 0, true),
            (Code::DriveDoubleUse, 0, true),
            (Code::DriveDoubleUse, 1, false),
            (Code::BootOrderDoubleUse, 0, false),
        ];
        for (code, nth, want) in cases {
            assert_eq!(allowed.allows(&problem(code, nth)), want, "{code} {nth}");
        }
    }

    #[test]
    fn a_code_that_no_rule_has_is_told_with_the_closest() {
        let error = Allowed::new(["pci-double-use", "pci-duble-use"]).unwrap_err();
        assert_eq!(error.close, Some(Code::PciDoubleUse));
        assert_eq!(Allowed::new(["x"]).unwrap_err().close, None);
    }

    #[test]
    fn what_is_silenced_in_two_places_is_silenced_once() {
        let of = |codes: &[&str]| Allowed::new(codes.iter().copied()).unwrap();
        let both = of(&["pci-double-use", "nic-unfrozen"]).and(&of(&["nic-unfrozen", "usb-none"]));
        assert_eq!(
            both.everywhere().collect::<Vec<_>>(),
            [Code::NicUnfrozen, Code::PciDoubleUse, Code::UsbNone]
        );
    }
}
