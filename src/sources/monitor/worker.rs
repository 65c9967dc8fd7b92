//! A monitor on a thread of its own: connects, and again with growing pauses; tells what is found
//! and what happens; carries out what is asked. Nobody ever waits for it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::bell::{Bell, Ready};
use super::execute::Waiting;
use super::link::Log;
use super::{Endpoint, Event, Limits, Link, Logged, MonitorError, PlugResult, Qmp, Unplugged};
use crate::hotplug::{Plug, Unplug};
use crate::live::{Enumeration, Facts, RunState};
use crate::sources::{Companion, Deadline};

/// What a monitor can be asked for. The number comes back with the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Look at the guest again, everywhere: whoever asks has a doubt.
    Refresh,
    /// Put a device in.
    Plug(u64, Box<Plug>),
    /// Take a device out; after so long it counts as pending, and is waited for all the same.
    Unplug(u64, Box<Unplug>, Duration),
}

/// What a monitor has to tell.
#[derive(Clone, Debug)]
pub enum MonitorEvent {
    /// It is being connected to.
    Connecting,
    /// It is connected, and speaks this language.
    Connected(&'static str),
    /// What the guest is like now; only when that is new.
    Facts(Arc<Facts>),
    /// Something happened to the guest.
    Happened(Event),
    /// How putting a device in ended.
    Plugged(u64, PlugResult),
    /// How taking a device out ended, or that it is pending.
    Unplugged(u64, Unplugged),
    /// The language of the connected monitor has no such request.
    Unable(u64),
    /// The connection was lost before it ended; nobody knows what has become of it.
    Dropped(u64),
    /// What goes over the wire.
    Wire(Logged),
    /// The connection is gone, or could not be made; the next attempt comes after this pause.
    Lost(MonitorError, Duration),
}

/// The first pause before connecting again, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// A change is looked at when nothing more has come for so long, or at the latest after so long.
const SETTLE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(2));
/// Events that are told in so long; those that come faster wait in the socket.
const EVENTS: (u32, Duration) = (200, Duration::from_millis(200));
/// How long the thread's end is waited for. It is at work for longer only when it takes a large
/// answer to pieces.
const ENDING: Duration = Duration::from_millis(200);
/// HMP tells nothing by itself.
const POLL_HMP: Duration = Duration::from_secs(5);
/// No event of QMP tells what somebody else has put in: two questions do.
const PULSE: Duration = Duration::from_secs(5);
/// While firmware counts buses, which no event tells: first soon, then less and less.
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
    queue: Mutex<VecDeque<Request>>,
    bell: Bell,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, VecDeque<Request>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A monitor that is looked after; dropping it ends that, and never waits for the monitor.
pub struct Monitor {
    shared: Arc<Shared>,
    thread: Option<Companion>,
}

impl Monitor {
    /// Begins to look after the monitor at `endpoint`. `tell` is called on the monitor's thread,
    /// and may make it wait.
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
        let worker = Worker { endpoint, limits, shared: Arc::clone(&shared), tell };
        let thread = Companion::start("monitor", move || worker.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Asks for something; the answer is told. Requests wait for the first connection; with a
    /// connection that is lost goes what was asked of it.
    pub fn request(&self, request: Request) {
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

struct Worker {
    endpoint: Endpoint,
    limits: Limits,
    shared: Arc<Shared>,
    tell: Tell,
}

/// What is known and awaited while a connection lasts.
struct Session {
    facts: Option<Arc<Facts>>,
    /// Unplugs that the guest has not finished, and when each counts as pending.
    waiting: Vec<(u64, Waiting, Deadline)>,
    /// The request that is being carried out.
    serving: Option<u64>,
    /// When to look at the guest again.
    look: Deadline,
    /// When that is not put off any more by what happens.
    settle: Deadline,
    /// When to ask whether there is something new.
    pulse: Deadline,
    counting: Option<Duration>,
    /// How many more events are told before this.
    events: (u32, Deadline),
}

impl Default for Session {
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

impl Worker {
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
            let mut session = Session::default();
            let open = self.open().inspect(|link| {
                if !is_first {
                    // Asked of the last one, in the moment it was lost.
                    self.drop_requests(&Session::default());
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

    /// What was asked of one connection is not for the next, which may be another guest's.
    fn drop_requests(&self, session: &Session) {
        let mut numbers: Vec<u64> = session.waiting.iter().map(|(number, ..)| *number).collect();
        numbers.extend(session.serving);
        self.shared.queue().retain(|request| {
            let number = match request {
                Request::Refresh => None,
                Request::Plug(number, _) | Request::Unplug(number, ..) => Some(*number),
            };
            numbers.extend(number);
            number.is_none()
        });
        for number in numbers {
            self.tell(MonitorEvent::Dropped(number));
        }
    }

    /// Waits for `pause`; being asked for a look ends it, and so does whatever keeps from waiting.
    fn rest(&self, pause: Duration) {
        let deadline = Deadline::after(pause);
        loop {
            let is_look = |request: &Request| matches!(request, Request::Refresh);
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
    fn serve(&self, link: &mut Link, session: &mut Session) -> Result<(), MonitorError> {
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

    /// Tells an event and what follows from it. When they come too fast the next one has to wait.
    fn heed(
        &self,
        qmp: &mut Qmp,
        session: &mut Session,
        event: &Event,
    ) -> Result<(), MonitorError> {
        if TELLING.contains(&event.name.as_str()) {
            if session.settle.is_never() {
                session.settle = Deadline::after(SETTLE.1);
            }
            session.look = session.settle.or(Deadline::after(SETTLE.0));
        }
        // Before what follows from it, so that who asked for it can be told.
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

    fn look(&self, link: &mut Link, session: &mut Session) -> Result<(), MonitorError> {
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
        session: &mut Session,
        request: Request,
    ) -> Result<(), MonitorError> {
        let (Link::Qmp(qmp), false) = (&mut *link, matches!(request, Request::Refresh)) else {
            return match request {
                Request::Refresh => {
                    if let Link::Qmp(qmp) = link {
                        qmp.forget();
                    }
                    self.look(link, session)
                }
                Request::Plug(number, _) | Request::Unplug(number, ..) => {
                    self.tell(MonitorEvent::Unable(number));
                    Ok(())
                }
            };
        };
        match request {
            Request::Refresh => {}
            Request::Plug(number, plug) => {
                session.serving = Some(number);
                let ended = qmp.plug(&plug)?;
                self.tell(MonitorEvent::Plugged(number, ended));
                session.look = Deadline::now();
            }
            Request::Unplug(number, unplug, patience) => {
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
