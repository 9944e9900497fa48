//! How much the inputs of a run may hold beside their values: what is kept of them must stay in proportion to their
//! size. The values have a limit of their own, in the parser.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::TransformError;
use super::lower::Draft;

/// This many workloads and findings are always accepted, and one more for every this many bytes.
const MOST_ENTRIES: usize = 10_000;
const BYTES_PER_ENTRY: usize = 80;

/// This many documents are always accepted, and one more for every this many bytes.
const MOST_DOCUMENTS: usize = 100_000;
const BYTES_PER_DOCUMENT: usize = 16;

/// How many statements about meshes the objects of a run may make: each takes kilobytes, and an object makes up to
/// three of them.
pub(super) const MOST_STATEMENTS: usize = 4_000;

/// How many findings one pod template may have.
pub(super) const MOST_FINDINGS: usize = 1_000;

/// This many values of parsed inputs are always kept, and one more for every this many bytes.
const MOST_KEPT_VALUES: usize = 500_000;
const BYTES_PER_KEPT_VALUE: usize = 8;

/// How many documents inputs of this many bytes may have.
const fn most_documents(bytes: usize) -> usize {
    MOST_DOCUMENTS + bytes / BYTES_PER_DOCUMENT
}

/// What there is too much of in an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TooMuch {
    /// More workloads and findings than that.
    Entries(usize),
    /// More findings for one pod template than [`MOST_FINDINGS`]; with the offset of its workload.
    Findings(usize),
    /// More documents than that.
    Documents(usize),
    /// More statements about meshes than [`MOST_STATEMENTS`], in all inputs together.
    Statements,
}

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entries(most) => write!(f, "more than {most} workloads and findings (split the input)"),
            Self::Findings(_) => {
                write!(f, "this workload has more than {MOST_FINDINGS} findings (take it out of the input)")
            }
            Self::Statements => write!(
                f,
                "the objects of the input say more than {MOST_STATEMENTS} things of meshes (run over one cluster at a \
                 time)"
            ),
            Self::Documents(most) => {
                write!(f, "more than {most} documents, most of them almost empty (remove the empty ones)")
            }
        }
    }
}

/// What of all inputs together was counted so far.
pub(super) struct RunBounds {
    bytes: usize,
    entries: AtomicUsize,
    documents: AtomicUsize,
    statements: AtomicUsize,
    /// Values of parsed inputs that are kept until they are planned.
    values: AtomicUsize,
    /// An input has reported a limit.
    is_told: AtomicBool,
}

impl RunBounds {
    /// Those of inputs of this many bytes.
    pub(super) const fn of(bytes: usize) -> Self {
        Self {
            bytes,
            entries: AtomicUsize::new(0),
            documents: AtomicUsize::new(0),
            statements: AtomicUsize::new(0),
            values: AtomicUsize::new(0),
            is_told: AtomicBool::new(false),
        }
    }

    const fn most_entries(&self) -> usize {
        MOST_ENTRIES + self.bytes / BYTES_PER_ENTRY
    }

    /// Whether there is room for more workloads and findings.
    pub(super) fn has_room(&self) -> bool {
        self.entries.load(Ordering::Relaxed) <= self.most_entries()
    }

    /// Counts the documents of an input. Whether there is room for them.
    pub(super) fn takes_documents(&self, count: usize) -> bool {
        let before = self.documents.fetch_add(count, Ordering::Relaxed);
        before.saturating_add(count) <= most_documents(self.bytes)
    }

    /// Counts what a part of an input says of meshes. Whether there is room for it.
    pub(super) fn takes_statements(&self, count: usize) -> bool {
        self.statements.fetch_add(count, Ordering::Relaxed).saturating_add(count) <= MOST_STATEMENTS
    }

    /// Whether there is room for more statements.
    pub(super) fn has_room_for_statements(&self) -> bool {
        self.statements.load(Ordering::Relaxed) <= MOST_STATEMENTS
    }

    /// Counts the values of a parsed part. Whether it may be kept: one that is not is parsed again.
    pub(super) fn keeps_values(&self, count: usize) -> bool {
        let most = MOST_KEPT_VALUES + self.bytes / BYTES_PER_KEPT_VALUE;
        let is_kept = self.values.load(Ordering::Relaxed).saturating_add(count) <= most;
        if is_kept {
            self.values.fetch_add(count, Ordering::Relaxed);
        }
        is_kept
    }

    /// The first limit that was passed. Only one input reports it.
    ///
    /// # Errors
    ///
    /// There is one, and no input has told it yet.
    pub(super) fn hold(&self) -> Result<(), TransformError> {
        let most = most_documents(self.bytes);
        let passed = if self.documents.load(Ordering::Relaxed) > most {
            TooMuch::Documents(most)
        } else if !self.has_room_for_statements() {
            TooMuch::Statements
        } else if !self.has_room() {
            TooMuch::Entries(self.most_entries())
        } else {
            return Ok(());
        };
        match self.is_told.swap(true, Ordering::Relaxed) {
            true => Ok(()),
            false => Err(TransformError::Bounds(passed)),
        }
    }
}

/// What of one input was counted so far.
pub(super) struct Bounds<'r> {
    run: &'r RunBounds,
    /// Where the first workload starts that has too many findings.
    overfull: AtomicUsize,
}

impl<'r> Bounds<'r> {
    /// Those of one input of a run.
    pub(super) const fn of(run: &'r RunBounds) -> Self {
        Self { run, overfull: AtomicUsize::new(usize::MAX) }
    }

    /// Whether there is room for more.
    pub(super) fn has_room(&self) -> bool {
        self.run.has_room()
    }

    /// Counts what was found in an object.
    pub(super) fn count(&self, drafts: &[Draft]) {
        let findings = |draft: &Draft| draft.report.findings.len();
        self.run.entries.fetch_add(drafts.iter().map(|draft| findings(draft) + 1).sum(), Ordering::Relaxed);
        if let Some(draft) = drafts.iter().find(|draft| findings(draft) > MOST_FINDINGS) {
            self.overfull.fetch_min(draft.report.offset, Ordering::Relaxed);
        }
    }

    /// Holds what was counted against the limits.
    ///
    /// # Errors
    ///
    /// The first limit that was passed.
    pub(super) fn hold(&self) -> Result<(), TransformError> {
        self.run.hold()?;
        match self.overfull.load(Ordering::Relaxed) {
            usize::MAX => Ok(()),
            offset => Err(TransformError::Bounds(TooMuch::Findings(offset))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_of_all_inputs_is_told_at_one() {
        let told = |run: &RunBounds| run.hold().err().map(|error| error.to_string());
        let run = RunBounds::of(1_600);
        assert!(run.takes_documents(MOST_DOCUMENTS) && run.takes_documents(100));
        assert_eq!(told(&run), None);
        assert!(!run.takes_documents(1));
        let documents = "more than 100100 documents, most of them almost empty (remove the empty ones)";
        assert_eq!((told(&run), told(&run)), (Some(documents.to_owned()), None));
        let run = RunBounds::of(0);
        assert!(run.takes_statements(MOST_STATEMENTS) && run.has_room_for_statements());
        assert!(!run.takes_statements(1) && !run.has_room_for_statements());
        assert!(told(&run).is_some_and(|message| message.contains("4000 things of meshes")));
    }

    #[test]
    fn as_many_values_are_kept_as_there_is_room_for() {
        let run = RunBounds::of(80);
        assert!(run.keeps_values(MOST_KEPT_VALUES) && !run.keeps_values(11) && run.keeps_values(10));
    }
}
