//! How much one input may hold beside its values: what is kept of it must stay in proportion to its size. The values
//! have a limit of their own, in the parser.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::TransformError;
use super::lower::Draft;

/// This many workloads and findings are always accepted, and one more for every this many bytes.
const MOST_ENTRIES: usize = 10_000;
const BYTES_PER_ENTRY: usize = 80;

/// This many documents are always accepted, and one more for every this many bytes.
const MOST_DOCUMENTS: usize = 100_000;
const BYTES_PER_DOCUMENT: usize = 16;

/// How many findings one pod template may have.
pub(super) const MOST_FINDINGS: usize = 1_000;

/// How many documents an input of this many bytes may have.
pub(super) const fn most_documents(bytes: usize) -> usize {
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
}

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entries(most) => write!(f, "more than {most} workloads and findings (split the input)"),
            Self::Findings(_) => {
                write!(f, "this workload has more than {MOST_FINDINGS} findings (take it out of the input)")
            }
            Self::Documents(most) => {
                write!(f, "more than {most} documents, most of them almost empty (remove the empty ones)")
            }
        }
    }
}

/// What of one input was counted so far.
pub(super) struct Bounds {
    most: usize,
    entries: AtomicUsize,
    /// Where the first workload starts that has too many findings.
    overfull: AtomicUsize,
}

impl Bounds {
    /// Those of an input of this many bytes.
    pub(super) const fn of(bytes: usize) -> Self {
        Self {
            most: MOST_ENTRIES + bytes / BYTES_PER_ENTRY,
            entries: AtomicUsize::new(0),
            overfull: AtomicUsize::new(usize::MAX),
        }
    }

    /// Whether there is room for more.
    pub(super) fn has_room(&self) -> bool {
        self.entries.load(Ordering::Relaxed) <= self.most
    }

    /// Counts what was found in an object.
    pub(super) fn count(&self, drafts: &[Draft]) {
        let findings = |draft: &Draft| draft.report.findings.len();
        self.entries.fetch_add(drafts.iter().map(|draft| findings(draft) + 1).sum(), Ordering::Relaxed);
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
        let passed = match self.overfull.load(Ordering::Relaxed) {
            _ if !self.has_room() => TooMuch::Entries(self.most),
            usize::MAX => return Ok(()),
            offset => TooMuch::Findings(offset),
        };
        Err(TransformError::Bounds(passed))
    }
}
