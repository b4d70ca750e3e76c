//! A histogram of fixed buckets, written by relaxed atomics only.

use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts of values, each in the first bucket whose bound it does not exceed.
#[derive(Debug)]
pub struct Histogram<const N: usize> {
    bounds: &'static [u64; N],
    counts: [AtomicU64; N],
    above: AtomicU64,
    sum: AtomicU64,
}

/// What a histogram holds: one count a bound, and one for what lies above all of them.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Counted {
    pub bounds: &'static [u64],
    pub counts: Vec<u64>,
    pub sum: u64,
}

impl<const N: usize> Histogram<N> {
    /// `bounds` ascend.
    pub fn new(bounds: &'static [u64; N]) -> Self {
        Self { bounds, counts: std::array::from_fn(|_| AtomicU64::new(0)), above: AtomicU64::new(0), sum: AtomicU64::new(0) }
    }

    pub fn record(&self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.counts.get(bucket).unwrap_or(&self.above).fetch_add(1, Relaxed);
        self.sum.fetch_add(value, Relaxed);
    }

    pub fn counted(&self) -> Counted {
        let counts = self.counts.iter().chain([&self.above]).map(|count| count.load(Relaxed)).collect();
        Counted { bounds: self.bounds, counts, sum: self.sum.load(Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_a_bound_belongs_below_it() {
        let histogram = Histogram::new(&[10, 20]);
        for value in [0, 10, 11, 20, 21, 1_000] {
            histogram.record(value);
        }
        assert_eq!(histogram.counted(), Counted { bounds: &[10, 20], counts: vec![2, 2, 2], sum: 1_062 });
    }
}
