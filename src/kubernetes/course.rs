//! What a command line runs, when, and for how long.

use super::HookLength;
use super::sleep::NANOS_PER_SECOND;

/// The time that has passed, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Elapsed {
    /// The part that is known.
    pub nanos: u128,
    /// The known part is all of it.
    pub exact: bool,
}

impl Elapsed {
    /// No time at all.
    pub(super) const NONE: Self = Self { nanos: 0, exact: true };
    /// Nothing is known.
    pub(super) const UNKNOWN: Self = Self { nanos: 0, exact: false };

    /// The sum of both.
    pub(super) fn then(self, next: Self) -> Self {
        Self { nanos: self.nanos.saturating_add(next.nanos), exact: self.exact && next.exact }
    }

    pub(super) fn length(self) -> HookLength {
        let seconds = u64::try_from(self.nanos.div_ceil(NANOS_PER_SECOND)).unwrap_or(u64::MAX);
        match (self.exact, seconds) {
            (true, seconds) => HookLength::Exactly(seconds),
            (false, 0) => HookLength::Unknown,
            (false, seconds) => HookLength::AtLeast(seconds),
        }
    }
}

/// One action that a command line certainly performs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Runs a program.
    Run {
        /// The program and its arguments, without wrappers; each expansion is a `$`.
        line: Vec<String>,
        /// The source of the command substitutions in it.
        inside: String,
    },
    /// `while …; do sleep …; done`, or the same with `until`.
    Loop {
        /// The words of its condition, with the source of the command substitutions in them.
        condition: String,
    },
}

/// What is run, when, and how long everything takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Course {
    /// All of it.
    pub elapsed: Elapsed,
    /// The actions, each with the time from the start of the course.
    pub steps: Vec<(Elapsed, Act)>,
}

impl Course {
    /// Nothing has run yet.
    pub(super) const fn new() -> Self {
        Self { elapsed: Elapsed::NONE, steps: Vec::new() }
    }

    /// Nothing is known of what runs.
    pub(super) const fn unknown() -> Self {
        Self { elapsed: Elapsed::UNKNOWN, steps: Vec::new() }
    }

    /// Appends `next`.
    pub(super) fn then(&mut self, next: Self) {
        let start = self.elapsed;
        self.steps.extend(next.steps.into_iter().map(|(at, act)| (start.then(at), act)));
        self.elapsed = start.then(next.elapsed);
    }
}
