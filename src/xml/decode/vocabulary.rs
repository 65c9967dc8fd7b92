//! Words of devices that libvirt does not accept, or that are missing.

use super::reader::AttributeReader;
use crate::machine::{Vocabulary, Where};
use crate::model::{Code, DeviceKey, Problem};
use crate::text::Printable;
use crate::xml::{Attribute, Element};

/// Reports the words of an element that libvirt does not know, and those it needs.
pub(super) fn check(element: Element<'_>, key: DeviceKey, reader: &mut AttributeReader) {
    for vocabulary in Vocabulary::of(key.class) {
        let (inner, name) = match vocabulary.place() {
            Where::Own(name) => (Some(element), name),
            Where::Child(child, name) => (element.child(child), name),
            Where::Text(_) | Where::Nowhere => continue,
        };
        match inner.and_then(|inner| Some((inner, inner.attribute(name)?))) {
            Some((inner, attribute)) => unknown(vocabulary, inner, attribute, key, reader),
            None => missing(vocabulary, element, name, key, reader),
        }
    }
}

fn unknown(
    vocabulary: &Vocabulary,
    element: Element<'_>,
    attribute: Attribute<'_>,
    key: DeviceKey,
    reader: &mut AttributeReader,
) {
    let value = attribute.value();
    if vocabulary.words().any(|word| word == value) {
        return;
    }
    let words: Vec<&str> = vocabulary.words().fold(Vec::new(), |mut words, word| {
        if !words.contains(&word) {
            words.push(word);
        }
        words
    });
    let shown = Printable::new(value);
    let message = format!("{}='{shown}' is unknown", attribute.name());
    let quote = vocabulary.unknown_message(element.name(), attribute.name(), shown.as_ref());
    let problem = Problem::error(Code::WordUnknown, message)
        .quoting(quote)
        .helping(format!("libvirt knows {}", words.join(", ")));
    let _ = reader.tell(problem, attribute, key);
}

fn missing(
    vocabulary: &Vocabulary,
    element: Element<'_>,
    name: &str,
    key: DeviceKey,
    reader: &mut AttributeReader,
) {
    let Some(quote) = vocabulary.missing_message(element.name(), name) else { return };
    let word = vocabulary.words().next().unwrap_or_default();
    let problem = Problem::error(Code::ModelMissing, format!("<{}> needs {name}=", element.name()))
        .quoting(quote)
        .helping(format!("write {name}='{word}', or another word that libvirt knows"))
        .on(key)
        .at(element.tag());
    reader.problems.push(problem);
}

#[cfg(test)]
mod tests {
    use crate::xml::Document;
    use crate::xml::decode::decode;

    fn problems(devices: &str) -> Vec<String> {
        let text = format!("<domain><devices>{devices}</devices></domain>");
        let decoded = decode(&Document::parse(text.as_str()).unwrap()).unwrap();
        let quoted = decoded.problems.into_iter().map(|problem| problem.libvirt.unwrap());
        quoted.collect()
    }

    #[test]
    fn words_that_libvirt_does_not_know_are_reported_with_its_message() {
        for (device, message) in [
            (
                "<sound model='foo'/>",
                "XML error: Invalid value for attribute 'model' in element 'sound': 'foo'.",
            ),
            (
                "<disk><target dev='vda' bus='foo'/></disk>",
                "XML error: Invalid value for attribute 'bus' in element 'target': 'foo'.",
            ),
            (
                "<input type='foo' bus='usb'/>",
                "unsupported configuration: unknown input device type 'foo'",
            ),
            ("<input bus='usb'/>", "internal error: missing input device type"),
            ("<iommu/>", "XML error: Missing required attribute 'model' in element 'iommu'"),
        ] {
            assert_eq!(problems(device), [message], "{device}");
        }
    }

    #[test]
    fn words_that_libvirt_knows_are_no_problem() {
        for device in [
            "<sound model='ich7'/>",
            "<disk type='file' device='cdrom'><target dev='sda' bus='sd'/></disk>",
            "<console type='pty'><target type='sclp'/></console>",
            "<video><model type='gop'/></video>",
            "<interface type='vds'><model type='anything'/></interface>",
            "<parallel type='pty'><target type='anything'/></parallel>",
            "<panic/>",
            "<video/>",
        ] {
            assert_eq!(problems(device), [""; 0], "{device}");
        }
    }
}
