//! Queries a monitor for everything that facts consist of.

use serde_json::{Value, json};

use super::qmp::AHEAD;
use super::{CallError, Hmp, Link, MonitorError, Qmp};
use crate::live::{Answers, Facts, QomWalk, Query};
use crate::sources::Deadline;

impl Link {
    /// The facts about the guest now. Commands that a QEMU does not know are left out. Over QMP
    /// only the first query walks all objects, see [`QomWalk`]. It is done within
    /// [`Limits::look`](super::Limits::look), or fails.
    ///
    /// # Errors
    /// When the connection fails, or takes too long.
    pub fn facts(&mut self) -> Result<Facts, MonitorError> {
        match self {
            Self::Qmp(qmp) => qmp.facts(),
            Self::Hmp(hmp) => hmp.facts(),
        }
    }
}

/// The containers of hot-plugged devices.
const CONTAINERS: [&str; 2] = ["/machine/peripheral", "/machine/peripheral-anon"];

/// A refusal is no answer; a failed connection is a failure.
fn optional<T>(result: Result<T, CallError>) -> Result<Option<T>, MonitorError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(CallError::Refused { .. }) => Ok(None),
        Err(CallError::Link(error)) => Err(error),
    }
}

impl Qmp {
    /// Like [`Link::facts`].
    ///
    /// # Errors
    /// Like [`Link::facts`].
    pub fn facts(&mut self) -> Result<Facts, MonitorError> {
        self.work = Deadline::after(self.limits().look());
        let facts = self.ask_everything();
        self.work = Deadline::NEVER;
        facts
    }

    fn ask_everything(&mut self) -> Result<Facts, MonitorError> {
        let mut answers =
            Answers { query_version: Some(self.greeting().clone()), ..Answers::default() };
        let plain = [
            "query-status",
            "query-block",
            "query-memory-devices",
            "query-memory-size-summary",
            "query-cpus-fast",
            "query-target",
            "query-name",
        ];
        let commands: Vec<(String, Value)> =
            plain.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
        let mut results = self.call_all(&commands)?.into_iter().map(Result::ok);
        answers.query_status = results.next().flatten();
        answers.query_block = results.next().flatten();
        answers.query_memory = results.next().flatten();
        answers.query_memory_size = results.next().flatten();
        answers.query_cpus = results.next().flatten();
        let target = results.next().flatten();
        let arch = target.as_ref().and_then(|target| target.get("arch")).and_then(Value::as_str);
        answers.arch = arch.map(Into::into);
        let name = results.next().flatten();
        let name = name.as_ref().and_then(|answer| answer.get("name")).and_then(Value::as_str);
        answers.name = name.map(Into::into);
        let machine = json!({ "path": "/machine", "property": "type" });
        let machine = optional(self.call("qom-get", machine))?;
        answers.machine = machine.as_ref().and_then(Value::as_str).map(Into::into);
        answers.qtree = optional(self.human("info qtree"))?;
        answers.objects = Some(self.walk(answers.qtree.as_deref())?);
        answers.info_network = optional(self.human("info network"))?;
        answers.info_usb = optional(self.human("info usb"))?;
        // Last, so that it is not older than the tree it is put into.
        answers.query_pci = optional(self.call("query-pci", json!({})))?;
        Ok(answers.facts())
    }

    /// Whether devices have been added or removed since the last query, by two commands. QEMU has
    /// an event for a removed device, none for an added one. The log leaves these commands out.
    ///
    /// # Errors
    /// Like [`Link::facts`].
    pub fn has_news(&mut self) -> Result<bool, MonitorError> {
        let commands = CONTAINERS.map(|path| ("qom-list".to_owned(), json!({ "path": path })));
        self.log().hush();
        let listed = self.call_all(&commands);
        self.log().resume();
        let listed = CONTAINERS.iter().zip(listed?);
        // Without a known state there is no news.
        let mut known = listed.filter_map(|(path, list)| Some((path, list.ok()?)));
        Ok(known.any(|(path, list)| self.objects.is_news(path, &list)))
    }

    /// The next look goes everywhere, as the first one did.
    pub fn forget(&mut self) {
        self.objects = QomWalk::default();
    }

    fn walk(&mut self, qtree: Option<&str>) -> Result<Facts, MonitorError> {
        self.objects.look(qtree);
        let walked = self.walk_on();
        if walked.is_err() {
            // Half of a walk is nothing to go on from.
            self.forget();
        }
        walked.map(|()| self.objects.facts())
    }

    fn walk_on(&mut self) -> Result<(), MonitorError> {
        loop {
            let questions = self.objects.questions();
            if questions.is_empty() {
                return Ok(());
            }
            // Answers are let go of as soon as they were looked at.
            for questions in questions.chunks(AHEAD) {
                let commands: Vec<(String, Value)> = questions.iter().map(command).collect();
                let results = self.call_all(&commands)?;
                for (question, result) in questions.iter().zip(results) {
                    self.objects.answer(question, result.ok().as_ref());
                }
            }
        }
    }
}

fn command(question: &Query) -> (String, Value) {
    match question {
        Query::List(path) => ("qom-list".to_owned(), json!({ "path": path })),
        Query::Get(path, name) => ("qom-get".to_owned(), json!({ "path": path, "property": name })),
    }
}

impl Hmp {
    /// Like [`Link::facts`].
    ///
    /// # Errors
    /// Like [`Link::facts`].
    pub fn facts(&mut self) -> Result<Facts, MonitorError> {
        self.work = Deadline::after(self.limits().look());
        let facts = self.ask_everything();
        self.work = Deadline::NEVER;
        facts
    }

    fn ask_everything(&mut self) -> Result<Facts, MonitorError> {
        let machine_type = Some(self.command("qom-get /machine type")?);
        let mut ask = |what: &str| self.command(&format!("info {what}")).map(Some);
        let answers = Answers {
            machine_type,
            info_name: ask("name")?,
            info_memory_size: ask("memory_size_summary")?,
            info_cpus: ask("cpus")?,
            info_version: ask("version")?,
            info_status: ask("status")?,
            qtree: ask("qtree")?,
            info_usb: ask("usb")?,
            info_block: ask("block")?,
            info_network: ask("network")?,
            info_memory: ask("memory-devices")?,
            info_pci: ask("pci")?,
            ..Answers::default()
        };
        Ok(answers.facts())
    }
}
