//! What `fix` shows of files that would change, instead of replacing them. A new form is a row of [`Preview::FLAGS`]
//! and a line in each of the two functions.

use std::path::Path;

use crate::transform::Run;
use crate::yaml::{EditSet, Source};

use super::Paint;
use super::diff::{diff, file_name};
use super::stat::stat;

/// What is shown of files that would change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Preview {
    /// Their names.
    #[default]
    Names,
    /// The lines that go and come.
    Diff,
    /// How many workloads would roll.
    Stat,
}

/// A file that would change.
#[derive(Clone, Copy)]
pub(crate) struct ChangedFile<'f> {
    /// What the user calls it.
    pub name: &'f Path,
    /// Its path from the working directory.
    pub place: &'f Path,
    pub source: Source<'f>,
    pub edits: &'f EditSet,
}

impl Preview {
    /// The forms that a flag asks for, with the flag that it needs and its help. Of several the last counts.
    pub(crate) const FLAGS: [(Self, &'static str, Option<&'static str>, &'static str); 2] = [
        (Self::Diff, "diff", None, "Write nothing; print what would change"),
        (Self::Stat, "stat", Some("diff"), "With --diff: print only how many workloads would roll"),
    ];

    /// The form that is asked for.
    pub(crate) fn of(is_set: impl Fn(&str) -> bool) -> Option<Self> {
        Self::FLAGS.into_iter().rev().find(|(_, flag, ..)| is_set(flag)).map(|(preview, ..)| preview)
    }

    /// What is shown of one file.
    pub(crate) fn of_file(self, file: ChangedFile<'_>, paint: Paint) -> String {
        match self {
            Self::Names => file_name(file.name) + "\n",
            Self::Diff => diff(file.place, file.source, file.edits, paint),
            Self::Stat => String::new(),
        }
    }

    /// What is shown of the whole run, behind its files.
    pub(crate) fn of_run(self, run: &Run<'_>) -> String {
        match self {
            Self::Names | Self::Diff => String::new(),
            Self::Stat => stat(run),
        }
    }
}
