//! Numbers that look random and are the same every time (Marsaglia's xorshift).

/// A generator; the same seed gives the same numbers.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 >> 33).unwrap() % sides
    }

    /// The number of one of so many.
    pub(crate) fn nth(&mut self, count: usize) -> usize {
        self.roll(u32::try_from(count).unwrap()) as usize
    }
}
