//! Numbers that look random and are always the same: SplitMix64 (Steele, Lea, Flood 2014).

use chrono::TimeDelta;

pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below `end`.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end.max(1))).unwrap_or_default()
    }

    /// Once in so many times.
    pub(super) fn once_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// One of these; there must be one.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T], or: &'a T) -> &'a T {
        let count = u64::try_from(from.len()).unwrap_or(1).max(1);
        usize::try_from(self.next() % count)
            .ok()
            .and_then(|at| from.get(at))
            .unwrap_or(or)
    }

    /// A moment within an hour.
    pub(super) fn within_an_hour(&mut self) -> TimeDelta {
        TimeDelta::milliseconds(i64::from(self.below(3_600_000)))
    }

    /// Eight hexadecimal digits at a time.
    pub(super) fn hexadecimal(&mut self, digits: usize) -> String {
        let mut text = String::new();
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.next()));
        }
        text.truncate(digits);
        text
    }
}
