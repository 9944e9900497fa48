//! `--report`: what was found, in a file, however the run ends.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::io;
use crate::render::{self, InputReport};
use crate::transform::RuleUse;

use super::exit::Exit;

/// The report of one run, as far as the run has come.
#[derive(Debug, Default)]
pub(super) struct Report {
    path: Option<PathBuf>,
    inputs: Vec<InputReport>,
    rules: Vec<RuleUse>,
}

impl Report {
    /// A report that goes to `path`, if to anywhere.
    pub(super) fn to(path: Option<PathBuf>) -> Self {
        Self { path, ..Self::default() }
    }

    /// Notes what became of one input.
    pub(super) fn add(&mut self, input: impl FnOnce() -> InputReport) {
        if self.path.is_some() {
            self.inputs.push(input());
        }
    }

    /// Notes what the run made of the rules of the policy.
    pub(super) fn add_rules(&mut self, rules: &[RuleUse]) {
        self.rules = rules.to_vec();
    }

    /// Writes what there is. Nothing else must have been written yet: a run whose report is lost is not a good one.
    ///
    /// # Errors
    ///
    /// Those of writing the file, with its name.
    pub(super) fn write(&self, exit: Exit, error: Option<&str>) -> anyhow::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let text = render::report(exit.code(), error, &self.rules, &self.inputs);
        io::write_whole(path, &text).with_context(|| format!("can't write the report to {}", path.display()))
    }

    /// Writes it again where the run ended with an error, which may come after the inputs were done.
    pub(super) fn end(&self, done: anyhow::Result<Exit>) -> anyhow::Result<Exit> {
        if let Err(error) = &done {
            // Where that fails, the error that there is already says enough.
            let _ = self.write(Exit::Failed, Some(&format!("{error:#}")));
        }
        done
    }
}
