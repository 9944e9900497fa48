//! `--report`: writes all findings to a file or to standard output, however the run ends.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::Context as _;

use crate::io as files;
use crate::render;
use crate::transform::Run;

use super::exit::Exit;
use super::spare::spare;

/// The report of one run.
#[derive(Debug, Default)]
pub(super) struct ReportFile {
    /// The file, or `-` for standard output. `None` without `--report`.
    path: Option<PathBuf>,
    /// The text for standard output, as of the current state of the run. It is written there last.
    pending: Option<String>,
}

/// The path of the report, for a run that ends with a panic. A process has one report.
static OF_PROCESS: OnceLock<PathBuf> = OnceLock::new();

const FLAG: &str = "--report";
/// The name of standard output.
const DASH: &str = "-";

impl ReportFile {
    /// A report to `path`, or none.
    pub(super) fn to(path: Option<PathBuf>) -> Self {
        Self { path, pending: None }
    }

    /// The report of this process, for a panic in any thread.
    pub(super) fn of_process() -> Self {
        Self::to(OF_PROCESS.get().cloned())
    }

    /// The report that a wrong command line asks for. There is none if its path may mean something else: a file that
    /// the command line also names, or a file in a folder that it names.
    pub(super) fn found_in(line: &[OsString]) -> Self {
        let mut words = line.iter().skip(1).take_while(|word| *word != "--");
        let mut found = None;
        let mut others = Vec::new();
        while let Some(word) = words.next() {
            let inline = word.as_encoded_bytes().strip_prefix(b"--report=").map(|_| value_of(word));
            match inline {
                Some(path) => found = Some(path),
                None if word == FLAG => found = words.next().map(PathBuf::from),
                None => others.push(value_of(word)),
            }
        }
        let mut report = Self::to(found.filter(|path| path != Path::new(DASH)));
        report.spare_all_in(&others);
        report
    }

    /// Drops the report if it would overwrite a named file, or a file in a named folder.
    pub(super) fn spare_all_in(&mut self, named: &[PathBuf]) {
        let Some(place) = self.path.as_ref().and_then(|path| path.canonicalize().ok()) else { return };
        if named.iter().filter_map(|other| other.canonicalize().ok()).any(|other| place.starts_with(other)) {
            self.path = None;
        }
    }

    /// Makes sure that the report is not one of these files. `what` describes them.
    ///
    /// # Errors
    ///
    /// It is one of them. Then no report is written.
    pub(super) fn spare(&mut self, paths: &[&Path], what: &str) -> anyhow::Result<()> {
        let Some(own) = &self.path else { return Ok(()) };
        let spared = spare(FLAG, own, paths, what);
        if spared.is_err() {
            self.path = None;
        }
        spared
    }

    /// Makes sure that standard output is free if the report goes there, and that it is not the report's file.
    ///
    /// # Errors
    ///
    /// It is not free. Then no report is written.
    pub(super) fn spare_output(&mut self, is_taken: bool) -> anyhow::Result<()> {
        if is_taken && self.path.as_deref() == Some(Path::new(DASH)) {
            self.path = None;
            anyhow::bail!("{FLAG}: `-` is standard output, where something else goes (name a file)");
        }
        self.spare(&[Path::new("/dev/stdout")], "standard output")
    }

    /// Writes the report. This comes before all other output, because a run that can't write its report must fail.
    ///
    /// # Errors
    ///
    /// Those of writing the file, with its name.
    pub(super) fn write(&mut self, exit: Exit, error: Option<&str>, run: Option<&Run<'_>>) -> anyhow::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let text = render::report(exit.code(), error, run);
        if path == Path::new(DASH) {
            self.pending = Some(text);
            return Ok(());
        }
        files::write_whole(path, &text).with_context(|| format!("can't write the report to {}", path.display()))
    }

    /// From here on, a panic also writes the report. The files that it must not overwrite are known by now.
    pub(super) fn survive_panics(&self) {
        if let Some(path) = self.path.as_ref().filter(|path| *path != Path::new(DASH)) {
            let _ = OF_PROCESS.set(path.clone());
        }
    }

    /// Writes the report again if the run ended with an error after the inputs were processed.
    pub(super) fn end(&mut self, done: anyhow::Result<Exit>, output: &mut impl Write) -> anyhow::Result<Exit> {
        if let Err(error) = &done {
            // If that fails too, the first error says enough.
            let _ = self.write(Exit::Failed, Some(&format!("{error:#}")), None);
        }
        if let Some(text) = &self.pending {
            let written = super::printed::write(text.as_bytes(), output);
            return done.and_then(|exit| written.map(|()| exit));
        }
        done
    }
}

/// The text after the `=` of a flag, or the word itself.
fn value_of(word: &OsStr) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    let bytes = word.as_bytes();
    let is_flag = bytes.starts_with(b"--");
    let value = bytes.iter().position(|byte| *byte == b'=').filter(|_| is_flag).and_then(|at| bytes.get(at + 1..));
    PathBuf::from(OsStr::from_bytes(value.unwrap_or(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_found_in_a_line_that_is_wrong() {
        let found = |line: &str| {
            let words: Vec<_> = line.split(' ').map(OsString::from).collect();
            ReportFile::found_in(&words).path.map(|path| path.display().to_string())
        };
        assert_eq!(found("x --drain=40 --report=none/r.json"), Some("none/r.json".into()));
        assert_eq!(found("x fix --report none/r.json --dran 4s a"), Some("none/r.json".into()));
        assert_eq!(found("x --dran --report"), None);
        assert_eq!(found("x --dran -- --report=none/r.json"), None);
        assert_eq!(found("x --dran --report=-"), None);
        for line in ["src/lib.rs", "src", "--policy=src/lib.rs", "./src/../src"] {
            assert_eq!(found(&format!("x fix --dran --report src/lib.rs {line}")), None, "{line}");
        }
    }
}
