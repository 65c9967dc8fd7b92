//! The attributes of a new element for a model.

use std::borrow::Cow;

use super::controllers::ControllerModel;
use super::model::{Model, Values};
use super::pci_id::Form;
use super::spelling::{ElementPart, Spelling, Where};

/// A position in an element, and the value to write there.
pub type Written = (Where, Cow<'static, str>);

impl Model {
    /// The values of a new element for a live device of this model in this form, in writing order;
    /// `None` if such an element needs more than a monitor reports. For controllers see
    /// [`ControllerModel::written`].
    pub fn written(&self, form: Form) -> Option<Vec<Written>> {
        self.element(form, &|_| None)
    }

    /// Builds the values; `own` supplies those that [`Model::words`] does not list.
    fn element(
        &self,
        form: Form,
        own: &dyn Fn(ElementPart) -> Option<&'static str>,
    ) -> Option<Vec<Written>> {
        let spelling = Spelling::of(self.class);
        let word = |part: ElementPart, values: Values, at: Where| {
            let word = own(part).or(values.first().copied()).filter(|word| !word.is_empty())?;
            Some((at, Cow::Borrowed(word)))
        };
        let parts = spelling.parts.filter(|_| self.from_live)?;
        let words = parts.iter().filter_map(|part| match part {
            // The forms of a virtio device have the same value in every class.
            ElementPart::Model if form != Form::ByPlace => {
                Some((spelling.model, format!("virtio{}", form.suffix()).into()))
            }
            ElementPart::Model => word(*part, self.words.model, spelling.model),
            ElementPart::Kind => word(*part, self.words.kind, spelling.kind),
            ElementPart::Bus => word(*part, self.words.bus, spelling.bus),
            ElementPart::Name => word(*part, self.words.name, spelling.name),
            ElementPart::Says(at, word) => {
                let own = self.says.iter().find(|(own, _)| own == at).map(|(_, word)| *word);
                Some((*at, Cow::Borrowed(own.unwrap_or(word))))
            }
        });
        Some(words.collect())
    }
}

impl ControllerModel {
    /// The values of a new element for a live controller, without index and address.
    pub fn written(&self, form: Form) -> Option<Vec<Written>> {
        let mut words = self.model.element(form, &|part| match part {
            ElementPart::Kind => Some(self.kind.as_str()),
            ElementPart::Model => self.pci.map(crate::model::PciModel::as_str),
            _ => None,
        })?;
        if let Some(port) = self.part.and_then(|part| part.start_port) {
            words.push((Where::Child("master", "startport"), port.to_string().into()));
        }
        Some(words)
    }
}
