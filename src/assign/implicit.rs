//! Devices that others need, and devices that must not occur twice.
//!
//! Source: `domain_postparse.c: virDomainDefPostParseCommon`, `virDomainDefAddImplicitDevices`.

use std::collections::HashSet;

use super::completion::Completion;
use crate::model::{Code, ControllerKind, DeviceClass, Kind, Problem, Text, Video};

/// Refuses two controllers of one type and index, and two panic devices of one model.
pub(super) fn check_doubles(completion: &mut Completion) {
    let mut refusals = Vec::new();
    let mut known: HashSet<(&str, u32)> = HashSet::new();
    for no in completion.lists.of(DeviceClass::Controller) {
        let Some(device) = completion.device(*no) else { continue };
        let Some(controller) = device.controller() else { continue };
        let Some(index) = controller.index else { continue };
        if controller.kind == ControllerKind::Usb || known.insert((&controller.word, index.0)) {
            continue;
        }
        let kind = &controller.word;
        refusals.push(
            Problem::error(
                Code::ControllerTwice,
                format!("there are two {kind} controllers {index}"),
            )
            .quoting(format!("XML error: Multiple '{kind}' controllers with index '{index}'"))
            .helping("give one of them another index, or leave index= out")
            .on(device.key()),
        );
    }
    let mut models: HashSet<Text> = HashSet::new();
    for no in completion.lists.of(DeviceClass::Panic) {
        let Some(device) = completion.device(*no) else { continue };
        let Some(model) = device.variant() else { continue };
        if models.insert(model.into()) {
            continue;
        }
        refusals.push(
            Problem::error(
                Code::PanicTwice,
                format!("there are two panic devices of model {model}"),
            )
            .quoting(format!("XML error: Multiple panic devices with model '{model}'"))
            .helping("remove one of them")
            .on(device.key()),
        );
    }
    for refusal in refusals {
        completion.refuse(refusal);
    }
}

/// A screen needs a video device. `none` in the first place has no address.
pub(super) fn add_video(completion: &mut Completion) {
    if completion.domain.features.graphics && completion.lists.of(DeviceClass::Video).is_empty() {
        let video = Video { primary: true, ..Video::default() };
        let no = completion.add(Kind::Video(video));
        completion.explain(no, "there is <graphics> and no <video>");
        super::models::fill(completion, no);
    }
    let first = completion.lists.of(DeviceClass::Video).first().copied();
    if let Some(device) = first.and_then(|no| completion.device_mut(no))
        && device.variant() == Some("none")
    {
        device.address = None;
    }
}

#[cfg(test)]
mod tests {
    use crate::assign::example::{guest, lines, with, words};

    use crate::assign::ParseMode;

    #[test]
    fn two_of_a_kind_are_refused() {
        let scsi = "<controller type='scsi' index='3'/>";
        assert_eq!(
            words(&guest("x86_64 pc", &scsi.repeat(2))),
            ["XML error: Multiple 'scsi' controllers with index '3'"]
        );
        assert_eq!(
            words(&guest("x86_64 pc", &"<panic model='isa'/>".repeat(2))),
            ["XML error: Multiple panic devices with model 'isa'"]
        );
    }

    #[test]
    fn a_screen_gets_a_video_device() {
        let result = with("", "x86_64", "pc", "<graphics type='vnc'/>", ParseMode::Define);
        assert_eq!(lines(&result, "video"), ["video:0 pci 0000:00:02.0"]);
        let none = "<graphics type='vnc'/><video><model type='none'/>\
                    <address type='pci' slot='5'/></video>";
        assert_eq!(lines(&guest("x86_64 pc", none), "video"), ["video:0 "]);
    }
}
