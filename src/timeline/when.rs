//! When something happens, as far as it is known.

use std::fmt;
use std::time::Duration;

/// A time after the kubelet saw the deletion of the pod, between two bounds that are equal where it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct When {
    /// Not before.
    pub earliest: Duration,
    /// Not after.
    pub latest: Duration,
}

impl When {
    /// A time that is known.
    pub(crate) const fn at(time: Duration) -> Self {
        Self { earliest: time, latest: time }
    }

    /// Some time between two others, in whichever order these are.
    pub(crate) fn between(one: Duration, other: Duration) -> Self {
        Self { earliest: one.min(other), latest: one.max(other) }
    }

    /// Whether it is known, but for what nobody would see: an agent needs some 0.1 s to go.
    pub(crate) fn is_known(self) -> bool {
        self.latest.saturating_sub(self.earliest) < Duration::from_millis(150)
    }
}

/// Prints `15.4 s`, and `5.0 to 30.0 s` where it is not known.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.earliest.as_secs_f64(), self.latest.as_secs_f64());
        if self.is_known() { write!(f, "{from:.1} s") } else { write!(f, "{from:.1} to {to:.1} s") }
    }
}
