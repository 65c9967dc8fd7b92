//! Numbers that look random and are the same every time.

use std::fmt::Debug;

/// A generator (`SplitMix64`, Steele et al. 2014); the same seed gives the same numbers.
pub(crate) struct Dice(u64);

impl Dice {
    /// A generator that begins with this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 when there is none.
    pub(crate) fn below<N>(&mut self, end: N) -> N
    where
        N: TryInto<u64, Error: Debug> + TryFrom<u64, Error: Debug>,
    {
        let end = end.try_into().unwrap();
        N::try_from(self.next() % end.max(1)).unwrap()
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// How often to do what is done in so many of a hundred cases, and then at most so often.
    pub(crate) fn times(&mut self, share: u64, most: u64) -> u64 {
        if self.percent(share) { 1 + self.below(most) } else { 0 }
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}
