//! One case: a folder with an input, perhaps a policy, and what is expected of a run.
//!
//! | file | what it holds |
//! |---|---|
//! | `input.yaml`, or another extension | standard input, byte for byte |
//! | `config.yaml` | the policy, given with `--policy`; absent where there is none |
//! | `expected.yaml`, with the extension of the input | standard output, byte for byte; absent where nothing is written |
//! | `results.yaml` | the exit code, what became of each workload, and each finding; or the error |

use std::ffi::OsString;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use istio_drain::inside::cli::{self, Streams};
use istio_drain::inside::policy::PolicyFields;
use istio_drain::inside::transform::{Settings, read_policy};
use istio_drain::inside::yaml::Source;

/// One folder of `fixtures/`.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// `area/case`.
    pub(crate) name: String,
    /// Where it is, from the root of the package.
    pub(crate) folder: PathBuf,
    /// The extension of the input.
    pub(crate) extension: String,
    /// Standard input.
    pub(crate) input: Vec<u8>,
    /// The policy file, where there is one.
    pub(crate) config: Option<PathBuf>,
}

/// What one run of the command line did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The exit code.
    pub(crate) exit: u8,
    /// Standard output.
    pub(crate) stdout: Vec<u8>,
    /// Standard error.
    pub(crate) stderr: String,
}

/// Every case there is, by area and name. `cargo test` runs in the root of the package, so the paths that show in
/// messages are the same everywhere.
pub(crate) fn all() -> Vec<Case> {
    let areas = folders(Path::new("fixtures"));
    areas.iter().flat_map(|area| folders(area)).map(|folder| Case::read(&folder)).collect()
}

/// The case of that name.
pub(crate) fn named(name: &str) -> Case {
    Case::read(&Path::new("fixtures").join(name))
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).unwrap_or_else(|error| panic!("{}: {error}", parent.display()));
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

impl Case {
    fn read(folder: &Path) -> Self {
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let mut input = files.iter().filter(|path| path.file_stem().is_some_and(|stem| stem == "input"));
        let path = input.next().unwrap_or_else(|| panic!("{} has no input", folder.display()));
        assert!(input.next().is_none(), "{} has two inputs", folder.display());
        let extension = path.extension().and_then(|text| text.to_str()).unwrap_or_default().to_owned();
        let known = [format!("expected.{extension}"), "config.yaml".to_owned(), "results.yaml".to_owned()];
        let is_known = |file: &&PathBuf| **file == *path || known.iter().any(|name| **file == folder.join(name));
        assert_eq!(files.iter().find(|file| !is_known(file)), None, "a file that no test reads");
        let config = Some(folder.join("config.yaml")).filter(|path| path.exists());
        let names: Vec<_> = folder.iter().skip(1).map(|part| part.to_string_lossy()).collect();
        Self { name: names.join("/"), folder: folder.to_owned(), extension, input: fs::read(path).unwrap(), config }
    }

    /// Runs the command line over some input with the policy of the case.
    pub(crate) fn run(&self, input: &[u8], flags: &[&str]) -> Run {
        self.run_line(vec!["istio-drain".into()], input, flags)
    }

    /// The same with a command of the program.
    pub(crate) fn run_as(&self, command: &str, input: &[u8], flags: &[&str]) -> Run {
        self.run_line(vec!["istio-drain".into(), command.into()], input, flags)
    }

    fn run_line(&self, mut line: Vec<OsString>, input: &[u8], flags: &[&str]) -> Run {
        line.extend(flags.iter().map(|flag| flag.into()));
        line.extend(self.config.iter().flat_map(|path| ["--policy".into(), path.clone().into_os_string()]));
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let streams = Streams {
            input,
            input_is_terminal: false,
            output: &mut stdout,
            output_is_terminal: false,
            errors: &mut stderr,
            errors_are_terminal: false,
            errors_are_colored: false,
        };
        let code = cli::main(line, streams);
        let exit = (0..=2).find(|exit| ExitCode::from(*exit) == code).expect("one of the three exit codes");
        Run { exit, stdout, stderr: String::from_utf8(stderr).expect("messages are text") }
    }

    /// The settings of the library that `run` with `--threads 1` comes to; `None` where the policy file is wrong.
    pub(crate) fn settings(&self) -> Option<Settings> {
        let policy = match &self.config {
            Some(path) => read_policy(Source::new(&fs::read(path).unwrap()).ok()?).ok()?,
            None => PolicyFields::default(),
        };
        Some(Settings {
            policy,
            strict: false,
            threads: NonZeroUsize::MIN,
            reads_running: false,
            judging: Default::default(),
            keeps_patches: true,
        })
    }
}
