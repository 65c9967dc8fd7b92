//! Deadlines of waits. Every loop that waits for something outside of the program has one and
//! checks it on each turn, whether or not something arrived: constant traffic does not make a wait
//! longer.

use std::time::{Duration, Instant};

/// The moment at which a wait is over; some waits have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// A wait without end.
    pub const NEVER: Self = Self(None);

    /// The moment that is so far away; [`Deadline::NEVER`] where the clock does not reach it.
    pub fn after(limit: Duration) -> Self {
        Self(Instant::now().checked_add(limit))
    }

    /// The present moment.
    pub fn now() -> Self {
        Self(Some(Instant::now()))
    }

    /// Whether the wait is over.
    pub fn is_over(self) -> bool {
        self.0.is_some_and(|end| end <= Instant::now())
    }

    /// Whether the wait has no end.
    pub fn is_never(self) -> bool {
        self.0.is_none()
    }

    /// The remaining time, zero when it is over; `None` for a wait without end.
    pub fn left(self) -> Option<Duration> {
        self.0.map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// The earlier of two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(one), Some(two)) => Self(Some(one.min(two))),
            (one, two) => Self(one.or(two)),
        }
    }
}

impl From<Instant> for Deadline {
    fn from(end: Instant) -> Self {
        Self(Some(end))
    }
}

impl From<Option<Instant>> for Deadline {
    fn from(end: Option<Instant>) -> Self {
        Self(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_one_counts_and_never_is_the_latest() {
        let (soon, late) = (Deadline::now(), Deadline::after(Duration::from_secs(60)));
        assert_eq!(soon.or(late), soon);
        assert_eq!(late.or(soon), soon);
        assert_eq!(late.or(Deadline::NEVER), late);
        assert_eq!(Deadline::NEVER.or(late), late);
        assert!(soon.is_over() && !late.is_over() && !Deadline::NEVER.is_over());
        assert_eq!(soon.left(), Some(Duration::ZERO));
        assert_eq!(Deadline::NEVER.left(), None);
    }

    #[test]
    fn a_limit_beyond_the_clock_is_none() {
        assert!(Deadline::after(Duration::MAX).is_never());
    }
}
