//! A time span in whole seconds, the unit of every number that this tool writes.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

/// Whole seconds, at most [`Seconds::MAX`]. Fractions of a [`Duration`] are rounded up. Larger values and sums become
/// the limit, so that every written value can be read again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Seconds(u64);

impl Seconds {
    /// No time at all.
    pub(crate) const ZERO: Self = Self(0);

    /// The longest time, about 292 years: the whole seconds of the largest `time.Duration` of Go, 2^63 nanoseconds.
    pub(crate) const MAX: Self = Self(i64::MAX.unsigned_abs() / 1_000_000_000);

    /// No hook counts as longer than this, over thirty years. Sums of a few such lengths stay below [`Self::MAX`].
    pub(crate) const LONGEST: Self = Self(1_000_000_000);

    /// A span of `seconds`.
    pub(crate) const fn new(seconds: u64) -> Self {
        if seconds > Self::MAX.0 { Self::MAX } else { Self(seconds) }
    }

    /// The number of seconds.
    pub(crate) const fn get(self) -> u64 {
        self.0
    }

    /// The part of `self` that is left after `other`; zero if `other` is longer.
    #[must_use]
    pub(crate) const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for Seconds {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.0.saturating_add(other.0))
    }
}

/// Rounds up to the next whole second.
impl From<Duration> for Seconds {
    fn from(duration: Duration) -> Self {
        let whole = duration.as_secs();
        Self::new(if duration.subsec_nanos() > 0 { whole.saturating_add(1) } else { whole })
    }
}

/// Prints as Go and Istio write it: `45s`.
impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_longer_than_go_can_read() {
        let longest = Duration::from_nanos(i64::MAX.unsigned_abs());
        assert_eq!(Seconds::from(longest), Seconds::MAX);
        assert_eq!((Seconds::MAX + Seconds::new(1), Seconds::new(u64::MAX)), (Seconds::MAX, Seconds::MAX));
        assert_eq!(Seconds::MAX.to_string(), "9223372036s");
        assert_eq!(Seconds::from(Duration::from_millis(1500)), Seconds::new(2));
    }
}
