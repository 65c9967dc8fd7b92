//! The demo domains, embedded.

use super::SourceError;

/// An embedded demo domain.
#[derive(Clone, Copy, Debug)]
pub struct Demo {
    /// The name after `demo:` or `demo `.
    pub name: &'static str,
    /// The XML of the guest.
    pub text: &'static str,
}

macro_rules! demos {
    ($($name:literal),* $(,)?) => {
        &[$(Demo {
            name: $name,
            text: include_str!(concat!("../../demo-domains/", $name, ".xml")),
        }),*]
    };
}

/// Every demo domain, the first one first to be looked at.
const DEMOS: &[Demo] = demos![
    "plain",
    "server",
    "q35",
    "scsi",
    "usb",
    "gpu",
    "numa",
    "conflicts",
    "bare",
    "crowded",
    "cmdline",
    "aarch64",
    "s390x",
    "pseries",
    "mmio",
    "isapc",
];

/// Every demo domain.
pub fn demos() -> &'static [Demo] {
    DEMOS
}

impl Demo {
    /// The purpose of the demo: the first sentence of the comment it begins with.
    pub fn about(&self) -> String {
        let comment = self.text.split_once("<!--").and_then(|(_, rest)| rest.split_once("-->"));
        let words: Vec<&str> =
            comment.map(|(comment, _)| comment.split_whitespace().collect()).unwrap_or_default();
        let text = words.join(" ");
        match text.split_once(". ") {
            Some((sentence, _)) => sentence.to_owned(),
            None => text.trim_end_matches('.').to_owned(),
        }
    }
}

pub(super) fn find(name: &str, shown: &str) -> Result<&'static Demo, SourceError> {
    DEMOS.iter().find(|demo| demo.name == name).ok_or_else(|| {
        let names: Vec<&str> = DEMOS.iter().map(|demo| demo.name).collect();
        SourceError::new(shown, "is not a demo domain").hint(format!(
            "choose from: {}; or a number N for a guest with N devices",
            names.join(", ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_demo_says_what_it_shows() {
        for demo in demos() {
            let about = demo.about();
            assert!(about.len() > 10 && about.len() < 120, "{}: {about:?}", demo.name);
        }
    }
}
