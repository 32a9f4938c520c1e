//! Randomness that is the same on every machine: SplitMix64 (Steele, Lea, Flood 2014), Zipf's law.

/// A stream of numbers.
pub struct SplitMix64(u64);

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
/// What all logs begin with.
const SEED: u64 = 0x5649_4749_415f_3031;

impl SplitMix64 {
    /// The stream of this number.
    pub fn of(number: u64) -> Self {
        let mut stream = Self(SEED ^ number.wrapping_mul(0xd134_2543_de82_ef95));
        stream.next();
        stream
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below this one, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(end);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// The place of one of so many things.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }
}

/// Ranks by Zipf's law with exponent 1: rank `r` (from 0) comes `1 / (r + 1)` as often as rank 0.
pub struct Zipf(Vec<f64>);

impl Zipf {
    /// The law over so many ranks.
    pub fn new(ranks: usize) -> Self {
        let mut sum = 0.0;
        let mut rank = 0.0;
        let sums = (0..ranks).map(|_| {
            rank += 1.0;
            sum += 1.0 / rank;
            sum
        });
        Self(sums.collect())
    }

    /// A rank.
    pub fn draw(&self, random: &mut SplitMix64) -> usize {
        let total = self.0.last().copied().unwrap_or(1.0);
        // 53 bits: what a double holds exactly.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let share = (random.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let rank = self.0.partition_point(|sum| *sum <= share * total);
        rank.min(self.0.len().saturating_sub(1))
    }
}
