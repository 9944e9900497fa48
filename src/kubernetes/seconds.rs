//! A span of whole seconds, the unit of every number this tool writes.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

/// Whole seconds. Fractions are rounded up where a [`Duration`] is taken in, never down, and sums saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(u64);

impl Seconds {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// That many whole seconds.
    pub const fn new(seconds: u64) -> Self {
        Self(seconds)
    }

    /// The number of seconds.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The part of `self` that is left after `other`; zero where `other` is the longer one.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for Seconds {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// Rounds up to the next whole second.
impl From<Duration> for Seconds {
    fn from(duration: Duration) -> Self {
        let whole = duration.as_secs();
        Self(if duration.subsec_nanos() > 0 { whole.saturating_add(1) } else { whole })
    }
}

/// Prints as Go and Istio write it: `45s`.
impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0)
    }
}
