//! Records of unsaved edits that outlive the program.
//!
//! A record holds what was changed and never the text it was changed in: replaced bytes, and the
//! changes of each device. Passwords of a guest's graphics and disks are in neither.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::identity::DeviceIndex;
use super::portable::{PortableChange, Reason};
use super::revision::Revision;
use crate::model::Change;
use crate::text::{ContentMark, EditError, TextEdit};

/// The form of records that this program writes; it reads older ones and no newer one.
///
/// Form 1, of version 0.1.0, kept new values of a controller as half a controller.
const VERSION: u32 = 2;

/// One step of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Title of the step.
    pub title: String,
    /// Edit of the text after the entries before it.
    pub edit: TextEdit,
    /// The same as changes, for a text where the bytes are others; empty where there are none.
    #[serde(rename = "wishes")]
    pub changes: Vec<PortableChange>,
}

impl Entry {
    /// The change to make on `revision`; `None` if it has all of it already.
    ///
    /// # Errors
    /// If the same values were changed meanwhile; a step is done whole or not at all.
    pub fn change(&self, revision: &Revision) -> Result<Option<Change>, Reason> {
        if self.edit.is_empty() {
            return Ok(None);
        }
        if self.changes.is_empty() {
            return Err(Reason::OnlyThere);
        }
        let devices = DeviceIndex::of(revision);
        let mut changes = Vec::new();
        for change in &self.changes {
            changes.extend(change.resolve(revision, &devices)?);
        }
        Ok((!changes.is_empty()).then(|| Change::all_of(changes)))
    }
}

/// Texts near a password in libvirt's XML. Edits of addresses and controllers never contain them;
/// undoing the removal of a whole device might.
const NEAR_SECRETS: &[&str] = &["passw", "secret", "cookie", "<auth"];

impl Entry {
    /// Whether the text it inserts may hold a secret.
    fn may_tell(&self) -> bool {
        let mut texts = self.edit.replacements().iter().map(|new| new.text.to_ascii_lowercase());
        texts.any(|text| NEAR_SECRETS.iter().any(|word| text.contains(word)))
    }
}

/// The process that wrote a record, and the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writer {
    /// The process id.
    pub pid: u32,
    /// The host it runs on.
    pub host: String,
    /// Seconds since 1970, UTC.
    pub time: u64,
}

/// The unsaved edits of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    version: u32,
    /// Name of the source for messages.
    pub source: String,
    /// Mark of the text that was edited.
    pub base: ContentMark,
    /// Mark of the text after all steps; unknown when something was left out.
    pub result: Option<ContentMark>,
    /// The process that wrote it.
    pub writer: Writer,
    /// The steps, the oldest first.
    pub entries: Vec<Entry>,
}

/// Why a record is of no use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RecordError {
    /// A newer program wrote it.
    #[error("written by a newer virt-topo (format {0}); this version reads format {VERSION}")]
    Newer(u32),
    /// The text is not a record.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// The record belongs to another text.
    #[error("it belongs to another version of the text")]
    OtherText,
}

impl From<EditError> for RecordError {
    fn from(error: EditError) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl Record {
    /// The record of `entries` that turned the text `base` into `result`.
    ///
    /// An entry that may hold a secret is left out, and so are those after it, which need it.
    pub fn new(
        source: String,
        base: ContentMark,
        result: ContentMark,
        writer: Writer,
        entries: Vec<Entry>,
    ) -> Self {
        let count = entries.len();
        let entries: Vec<Entry> =
            entries.into_iter().take_while(|entry| !entry.may_tell()).collect();
        let result = (entries.len() == count).then_some(result);
        Self { version: VERSION, source, base, result, writer, entries }
    }

    /// Whether the record has all entries.
    pub fn is_whole(&self) -> bool {
        self.result.is_some()
    }

    /// Reads one.
    ///
    /// # Errors
    /// When it is none, or a newer one.
    pub fn parse(json: &str) -> Result<Self, RecordError> {
        #[derive(Deserialize)]
        struct FirstForm {
            version: u32,
        }
        let damaged = |error: serde_json::Error| RecordError::Damaged(error.to_string());
        let form: FirstForm = serde_json::from_str(json).map_err(damaged)?;
        if form.version > VERSION {
            return Err(RecordError::Newer(form.version));
        }
        serde_json::from_str(json).map_err(damaged)
    }

    /// Formats the record as one line of JSON.
    ///
    /// # Errors
    /// None are expected.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// The text that came of `base`, byte for byte.
    ///
    /// # Errors
    /// When it was made for another text, or its edits do not fit.
    pub fn replay(&self, base: &str) -> Result<String, RecordError> {
        if ContentMark::of(base) != self.base {
            return Err(RecordError::OtherText);
        }
        let mut text = base.to_owned();
        for entry in &self.entries {
            text = entry.edit.apply(&text)?;
        }
        match self.result {
            Some(result) if ContentMark::of(&text) != result => {
                Err(RecordError::Damaged("its edits do not give the recorded text".to_owned()))
            }
            _ => Ok(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Session;
    use crate::model::address::{CcwAddress, DriveAddress, Pci, PciAddress, PortPath, Usb, Zpci};
    use crate::model::{
        Address, Controller, ControllerIndex, ControllerKind, ControllerPatch, DeviceClass,
        DeviceKey, Part,
    };

    const GUEST: &str = "<domain><os><type arch='x86_64' machine='pc'/></os><devices>
  <disk type='network'>
    <auth username='u'><secret type='ceph' usage='geheim'/></auth>
    <target dev='vda'/><boot order='1'/>
    <address type='pci' slot='5'/>
  </disk>
  <interface><mac address='52:54:00:00:00:01'/><address type='pci' slot='6'/></interface>
  <controller type='scsi' index='0' model='lsilogic'/>
  <graphics type='vnc' passwd='geheim'/>
</devices><seclabel>geheim</seclabel></domain>";

    fn disk() -> DeviceKey {
        DeviceKey::new(DeviceClass::Disk, 0)
    }

    /// One change of each kind.
    fn changes() -> Vec<Change> {
        let nic = DeviceKey::new(DeviceClass::Interface, 0);
        let model = ControllerPatch { model: Some("virtio-scsi".into()), ..Default::default() };
        let set = |part, name: &str, value: Option<&str>| Change::SetAttribute {
            device: disk(),
            part,
            name: name.to_owned(),
            value: value.map(Into::into),
        };
        vec![
            Change::Move { device: nic, to: pci(7) },
            set(Part::Child("target"), "dev", Some("vdb")),
            set(Part::Child("boot"), "order", None),
            Change::RemoveAddress(disk()),
            Change::Batch(vec![
                Change::AddController {
                    controller: Box::new(scsi(Some(1))),
                    address: Some(pci(8)),
                },
                Change::SetController {
                    device: DeviceKey::new(DeviceClass::Controller, 0),
                    to: Box::new(model),
                },
            ]),
            Change::Remove(disk()),
        ]
    }

    fn scsi(index: Option<u32>) -> Controller {
        Controller::new(ControllerKind::Scsi, index.map(ControllerIndex))
    }

    fn pci(slot: u32) -> Address {
        Address::Pci(Pci::at(PciAddress::new(0, slot, 0).unwrap()))
    }

    /// The record of all changes, and the text after them.
    fn record() -> (Record, String) {
        let mut session = Session::new(Revision::build(GUEST).unwrap());
        for change in changes() {
            session.make("a step", change).unwrap();
        }
        let entries = session.unsaved();
        let text = session.revision().document.text().to_string();
        let writer = Writer { pid: 1, host: "here".to_owned(), time: 2 };
        let marks = [GUEST, &text].map(ContentMark::of);
        (Record::new("guest.xml".to_owned(), marks[0], marks[1], writer, entries), text)
    }

    #[test]
    fn a_record_read_back_gives_the_very_text_and_the_very_changes() {
        let (record, text) = record();
        let again = Record::parse(&record.to_json().unwrap()).unwrap();
        assert_eq!(again, record);
        assert_eq!(again.replay(GUEST).unwrap(), text);
        assert_eq!(again.replay("<domain/>"), Err(RecordError::OtherText));
        let mut revision = Revision::build(GUEST).unwrap();
        for (entry, change) in again.entries.iter().zip(changes()) {
            assert_eq!(entry.change(&revision).unwrap(), Some(change));
            let text = entry.edit.apply(revision.document.text()).unwrap();
            revision = Revision::build(text).unwrap();
        }
    }

    #[test]
    fn no_secret_of_the_text_is_in_a_record() {
        let (record, _) = record();
        let json = record.to_json().unwrap();
        assert!(json.contains("vdb") && !json.contains("geheim"), "{json}");
    }

    #[test]
    fn a_device_that_is_there_again_takes_no_secret_into_a_record() {
        let mut session = Session::new(Revision::build(GUEST).unwrap());
        session.make("remove", Change::Remove(disk())).unwrap();
        session.mark_saved();
        let base = ContentMark::of(&**session.revision().document.text());
        session.undo().unwrap();
        let writer = Writer { pid: 1, host: String::new(), time: 0 };
        let entries = session.unsaved();
        assert_eq!(entries[0].title, "undo: remove");
        let record = Record::new(String::new(), base, ContentMark::of(GUEST), writer, entries);
        assert!(!record.is_whole());
        assert!(!record.to_json().unwrap().contains("geheim"));
    }

    #[test]
    fn every_kind_of_address_comes_back_and_none_out_of_range() {
        let zpci = Zpci { uid: Some(1), fid: None };
        let at = PciAddress { domain: 1, ..PciAddress::new(2, 0x1f, 7).unwrap() };
        for address in [
            Address::Pci(Pci { at: Some(at), multifunction: Some(true), zpci }),
            Address::Drive(DriveAddress {
                controller: ControllerIndex(1),
                bus: 2,
                target: 3,
                unit: 4,
            }),
            Address::Usb(Usb {
                bus: ControllerIndex(1),
                port: PortPath::new(&[1, 2]),
                dev: Some(3),
            }),
            Address::Ccw(CcwAddress::new(0xfe, 0, 1)),
            Address::Ccw(None),
            Address::VirtioMmio,
        ] {
            let json = serde_json::to_string(&address).unwrap();
            assert_eq!(serde_json::from_str::<Address>(&json).unwrap(), address, "{json}");
        }
        for bad in [
            r#"{"pci":{"at":{"domain":0,"bus":0,"slot":32,"function":0},"zpci":{}}}"#,
            r#"{"pci":{"at":{"domain":0,"bus":0,"slot":0,"function":8},"zpci":{}}}"#,
            r#"{"usb":{"bus":0,"port":"1.2.3.4.5"}}"#,
        ] {
            assert!(serde_json::from_str::<Address>(bad).is_err(), "{bad}");
        }
        let good = r#"{"pci":{"at":{"domain":0,"bus":0,"slot":31,"function":7},"zpci":{}}}"#;
        assert!(serde_json::from_str::<Address>(good).is_ok());
    }

    #[test]
    fn what_is_no_record_is_told() {
        let (record, _) = record();
        let json = record.to_json().unwrap();
        let cut = json.get(..json.len() / 2).unwrap();
        for (bad, words) in [
            (String::new(), "damaged"),
            ("[]".to_owned(), "damaged"),
            (cut.to_owned(), "damaged"),
            (json.replacen("\"version\":2", "\"version\":3", 1), "newer virt-topo (format 3)"),
        ] {
            let error = Record::parse(&bad).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        let other = json.replacen("\"text\":\"7\"", "\"text\":\"9\"", 1);
        let error = Record::parse(&other).unwrap().replay(GUEST).unwrap_err();
        assert!(error.to_string().contains("do not give the recorded text"), "{error}");
    }
}
