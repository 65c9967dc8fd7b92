//! A monitor on its own thread: connects, and again with growing pauses; reports facts and events;
//! executes requests. Calls never block the caller.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::bell::{Bell, Ready};
use super::execute::Waiting;
use super::log::Log;
use super::{Endpoint, Event, Limits, Link, Logged, MonitorError, PlugResult, Qmp, Unplugged};
use crate::hotplug::{Plug, Unplug};
use crate::live::{Enumeration, Facts, RunState};
use crate::sources::{Companion, Deadline};

/// A request to a monitor. Its number comes back with the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MonitorRequest {
    /// Query the whole guest again, because the known state is in doubt.
    Refresh,
    /// Put a device in.
    Plug(u64, Box<Plug>),
    /// Take a device out; after so long it counts as pending, and is waited for all the same.
    Unplug(u64, Box<Unplug>, Duration),
}

/// A message from a monitor.
#[derive(Clone, Debug)]
pub enum MonitorEvent {
    /// The connection is being made.
    Connecting,
    /// The connection is made, in this language.
    Connected(&'static str),
    /// New facts about the guest; sent only if they changed.
    Facts(Arc<Facts>),
    /// Something happened to the guest.
    Happened(Event),
    /// The result of plugging a device.
    Plugged(u64, PlugResult),
    /// The result of unplugging a device, or that it is pending.
    Unplugged(u64, Unplugged),
    /// The language of the connected monitor has no such request.
    Unable(u64),
    /// The connection was lost before the request ended; its result is unknown.
    Dropped(u64),
    /// A message to or from the monitor.
    Wire(Logged),
    /// The connection is gone, or could not be made; the next attempt comes after this pause.
    Lost(MonitorError, Duration),
}

/// The first pause before connecting again, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// A change is looked at when nothing more has come for so long, or at the latest after so long.
const SETTLE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(2));
/// The most events reported per interval; faster ones wait in the socket.
const EVENTS: (u32, Duration) = (200, Duration::from_millis(200));
/// How long the end of the thread is waited for. It works for longer only while it parses a large
/// answer.
const ENDING: Duration = Duration::from_millis(200);
/// The interval of queries over HMP, which has no events.
const POLL_HMP: Duration = Duration::from_secs(5);
/// The interval of two commands that find added devices, for which QMP has no event.
const PULSE: Duration = Duration::from_secs(5);
/// The intervals of queries while firmware numbers buses, for which there is no event: short at
/// first, then longer.
const POLL_COUNTING: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Events after which the guest is looked at again.
const TELLING: &[&str] = &[
    "DEVICE_DELETED",
    "DEVICE_UNPLUG_GUEST_ERROR",
    "MEM_UNPLUG_ERROR",
    "ACPI_DEVICE_OST",
    "DEVICE_TRAY_MOVED",
    "RESET",
    "STOP",
    "RESUME",
    "SHUTDOWN",
    "POWERDOWN",
    "SUSPEND",
    "WAKEUP",
    "MEMORY_DEVICE_SIZE_CHANGE",
];

struct Shared {
    queue: Mutex<VecDeque<MonitorRequest>>,
    bell: Bell,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, VecDeque<MonitorRequest>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A monitor that is looked after; dropping it ends that, and never waits for the monitor.
pub struct Monitor {
    shared: Arc<Shared>,
    thread: Option<Companion>,
}

impl Monitor {
    /// Starts to observe the monitor at `endpoint`. `tell` is called on the monitor's thread, and
    /// may block it.
    ///
    /// # Errors
    /// When the system has no thread or no file descriptor left.
    pub fn start(
        endpoint: Endpoint,
        limits: Limits,
        tell: impl FnMut(MonitorEvent) + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { queue: Mutex::default(), bell: Bell::new()? });
        let tell: Tell = Arc::new(Mutex::new(tell));
        let worker = MonitorWorker { endpoint, limits, shared: Arc::clone(&shared), tell };
        let thread = Companion::start("monitor", move || worker.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Sends a request; its result is reported. Requests wait for the first connection; a lost
    /// connection drops its requests.
    pub fn request(&self, request: MonitorRequest) {
        self.shared.queue().push_back(request);
        self.shared.bell.ring();
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.shared.bell.stop();
        if let Some(thread) = self.thread.take() {
            thread.join(Deadline::after(ENDING));
        }
    }
}

type Tell = Arc<Mutex<dyn FnMut(MonitorEvent) + Send>>;

struct MonitorWorker {
    endpoint: Endpoint,
    limits: Limits,
    shared: Arc<Shared>,
    tell: Tell,
}

/// The state of one connection.
struct Connection {
    facts: Option<Arc<Facts>>,
    /// Unplugs that the guest has not finished, and when each counts as pending.
    waiting: Vec<(u64, Waiting, Deadline)>,
    /// The request that is being carried out.
    serving: Option<u64>,
    /// When to query the guest again.
    look: Deadline,
    /// The latest time of that query, whatever happens.
    settle: Deadline,
    /// When to look for added devices.
    pulse: Deadline,
    counting: Option<Duration>,
    /// How many more events are reported before this time.
    events: (u32, Deadline),
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            facts: None,
            waiting: Vec::new(),
            serving: None,
            look: Deadline::NEVER,
            settle: Deadline::NEVER,
            pulse: Deadline::NEVER,
            counting: None,
            events: (0, Deadline::now()),
        }
    }
}

impl MonitorWorker {
    fn tell(&self, event: MonitorEvent) {
        tell(&self.tell, event);
    }

    fn is_stopped(&self) -> bool {
        self.shared.bell.is_stopped()
    }

    fn run(self) {
        let mut pause = PAUSES.0;
        let mut is_first = true;
        while !self.is_stopped() {
            self.tell(MonitorEvent::Connecting);
            let mut session = Connection::default();
            let open = self.open().inspect(|link| {
                if !is_first {
                    // Requests to the last connection, in the moment it was lost.
                    self.drop_requests(&Connection::default());
                }
                self.tell(MonitorEvent::Connected(link.language()));
            });
            let ended = open.and_then(|mut link| self.serve(&mut link, &mut session));
            is_first = false;
            let Err(why) = ended else { return };
            if self.is_stopped() {
                return;
            }
            if session.facts.is_some() {
                pause = PAUSES.0;
            }
            self.drop_requests(&session);
            self.tell(MonitorEvent::Lost(why, pause));
            self.rest(pause);
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Requests to one connection are not for the next, which may be another guest's.
    fn drop_requests(&self, session: &Connection) {
        let mut numbers: Vec<u64> = session.waiting.iter().map(|(number, ..)| *number).collect();
        numbers.extend(session.serving);
        self.shared.queue().retain(|request| {
            let number = match request {
                MonitorRequest::Refresh => None,
                MonitorRequest::Plug(number, _) | MonitorRequest::Unplug(number, ..) => {
                    Some(*number)
                }
            };
            numbers.extend(number);
            number.is_none()
        });
        for number in numbers {
            self.tell(MonitorEvent::Dropped(number));
        }
    }

    /// Waits for `pause`; a request to query the guest ends the wait, and so does everything that
    /// prevents waiting.
    fn rest(&self, pause: Duration) {
        let deadline = Deadline::after(pause);
        loop {
            let is_look = |request: &MonitorRequest| matches!(request, MonitorRequest::Refresh);
            if self.shared.queue().iter().any(is_look) {
                return;
            }
            match self.shared.bell.wait(None, deadline) {
                Ok(Ready::Rung) => {}
                Ok(Ready::Stopped | Ready::Over | Ready::Socket) | Err(_) => return,
            }
        }
    }

    fn open(&self) -> Result<Link, MonitorError> {
        let told = Arc::clone(&self.tell);
        let log = Log::new(move |logged| tell(&told, MonitorEvent::Wire(logged)));
        Link::open_with(&self.endpoint, self.limits, log, self.shared.bell.clone())
    }

    /// Looks after a connection until it ends, which is always a failure unless we are to stop.
    fn serve(&self, link: &mut Link, session: &mut Connection) -> Result<(), MonitorError> {
        self.look(link, session)?;
        while !self.is_stopped() {
            loop {
                let request = self.shared.queue().pop_front();
                let Some(request) = request else { break };
                self.serve_request(link, session, request)?;
            }
            for (number, _, deadline) in &mut session.waiting {
                if deadline.is_over() {
                    *deadline = Deadline::NEVER;
                    self.tell(MonitorEvent::Unplugged(*number, Unplugged::Pending));
                }
            }
            if session.look.is_over() {
                self.look(link, session)?;
                continue;
            }
            if session.pulse.is_over()
                && let Link::Qmp(qmp) = link
            {
                session.pulse = Deadline::after(PULSE);
                if qmp.has_news()? {
                    session.look = Deadline::now();
                    continue;
                }
            }
            let first = session.look.or(session.pulse);
            let deadline = session.waiting.iter().fold(first, |first, (.., own)| first.or(*own));
            match link {
                Link::Hmp(hmp) => hmp.idle(deadline)?,
                Link::Qmp(qmp) => {
                    if let Some(event) = qmp.event(deadline)? {
                        self.heed(qmp, session, &event)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Reports an event and acts on it. Events that come too fast have to wait.
    fn heed(
        &self,
        qmp: &mut Qmp,
        session: &mut Connection,
        event: &Event,
    ) -> Result<(), MonitorError> {
        if TELLING.contains(&event.name.as_str()) {
            if session.settle.is_never() {
                session.settle = Deadline::after(SETTLE.1);
            }
            session.look = session.settle.or(Deadline::after(SETTLE.0));
        }
        // First the event, so that the requester hears of it before its consequences.
        self.tell(MonitorEvent::Happened(event.clone()));
        let mut still = Vec::new();
        for (number, waiting, deadline) in std::mem::take(&mut session.waiting) {
            match qmp.settle(&waiting, event)? {
                Some(ended) => self.tell(MonitorEvent::Unplugged(number, ended)),
                None => still.push((number, waiting, deadline)),
            }
        }
        session.waiting = still;
        let (left, end) = session.events;
        session.events = match left.checked_sub(1) {
            _ if end.is_over() => (EVENTS.0, Deadline::after(EVENTS.1)),
            Some(left) => (left, end),
            None => {
                qmp.rest(end)?;
                (0, end)
            }
        };
        Ok(())
    }

    fn look(&self, link: &mut Link, session: &mut Connection) -> Result<(), MonitorError> {
        session.settle = Deadline::NEVER;
        let facts = link.hushed(Link::facts)?;
        let counting = !matches!(Enumeration::of(&facts), Enumeration::Counted)
            && !matches!(facts.run, RunState::Stopped(_));
        if session.facts.as_deref() != Some(&facts) {
            let facts = Arc::new(facts);
            session.facts = Some(Arc::clone(&facts));
            self.tell(MonitorEvent::Facts(facts));
        }
        session.counting = match (counting, session.counting) {
            (false, _) => None,
            (true, None) => Some(POLL_COUNTING.0),
            (true, Some(last)) => Some((last * 2).min(POLL_COUNTING.1)),
        };
        let is_hmp = matches!(link, Link::Hmp(_));
        session.pulse = if is_hmp { Deadline::NEVER } else { Deadline::after(PULSE) };
        let hmp = is_hmp.then_some(POLL_HMP);
        let pause = session.counting.into_iter().chain(hmp).min();
        session.look = pause.map_or(Deadline::NEVER, Deadline::after);
        Ok(())
    }

    fn serve_request(
        &self,
        link: &mut Link,
        session: &mut Connection,
        request: MonitorRequest,
    ) -> Result<(), MonitorError> {
        let (Link::Qmp(qmp), false) = (&mut *link, matches!(request, MonitorRequest::Refresh))
        else {
            return match request {
                MonitorRequest::Refresh => {
                    if let Link::Qmp(qmp) = link {
                        qmp.forget();
                    }
                    self.look(link, session)
                }
                MonitorRequest::Plug(number, _) | MonitorRequest::Unplug(number, ..) => {
                    self.tell(MonitorEvent::Unable(number));
                    Ok(())
                }
            };
        };
        match request {
            MonitorRequest::Refresh => {}
            MonitorRequest::Plug(number, plug) => {
                session.serving = Some(number);
                let ended = qmp.plug(&plug)?;
                self.tell(MonitorEvent::Plugged(number, ended));
                session.look = Deadline::now();
            }
            MonitorRequest::Unplug(number, unplug, patience) => {
                session.serving = Some(number);
                match qmp.start_unplug(&unplug)? {
                    Ok(waiting) => {
                        session.waiting.push((number, waiting, Deadline::after(patience)));
                    }
                    Err(words) => {
                        self.tell(MonitorEvent::Unplugged(number, Unplugged::Refused(words)));
                    }
                }
            }
        }
        session.serving = None;
        Ok(())
    }
}

fn tell(tell: &Tell, event: MonitorEvent) {
    let mut tell = tell.lock().unwrap_or_else(PoisonError::into_inner);
    tell(event);
}
