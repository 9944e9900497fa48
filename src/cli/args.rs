//! The flags. The flags of the policy are made from its table of fields, so the two can't differ.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, ValueHint, value_parser};

use super::color::{COLOR, Color};
use crate::policy::{Field, PolicyError, PolicyFields, PolicyFlaw, SECTIONS, Section, Shape, fields};
use crate::yaml::Route;

/// The parsed command line. No file has been read yet.
#[derive(Clone, Debug)]
pub(crate) struct Args {
    /// `--policy`
    pub policy_file: Option<PathBuf>,
    /// The fields of the policy that have flags of their own.
    pub policy: PolicyFields,
    /// `--strict`
    pub(crate) strict: bool,
    /// `--no-config`
    pub(crate) no_config: bool,
    /// `--quiet`
    pub quiet: bool,
    /// How often `--verbose` is given.
    pub verbose: u8,
    /// `--threads`
    pub threads: Option<NonZeroUsize>,
    /// `--color`
    pub color: Color,
}

/// A number of threads.
fn threads_in(text: &str) -> Result<NonZeroUsize, String> {
    text.parse()
        .map_err(|_| "must be a whole number from 1 on (without the flag there is one for each core)".to_owned())
}

pub(super) const INPUT_HEADING: &str = "Input and output";

pub(super) const VERBOSE: &str = "verbose";
const QUIET: &str = "quiet";

/// The heading of the settings that most people need.
const POLICY_HEADING: &str = "Policy";

/// What `-h` says of the fields that it shows, short enough for one line of 80 columns. `--help` shows all of them,
/// with their whole sentences.
const SHORT: [(&str, &str); 7] = [
    ("preStop", "The proxy's hook: drain, sleep, none ..."),
    ("drain", "How long the proxy stays at least"),
    ("longestRequest", "How long the longest request takes"),
    ("appShutdown", "How long apps take to end [default: 5s]"),
    ("sidecar", "classic or native [default: auto]"),
    ("kinds", "Kinds to look at: Deployment,DaemonSet"),
    ("namespaces", "The labels of namespaces: {prod: {...}}"),
];

const NO_CONFIG: &str = "no-config";

/// Whether output has colours.
pub(super) fn color() -> Arg {
    Arg::new(COLOR)
        .long(COLOR)
        .value_name("WHEN")
        .help("Use colours [default: auto: on a terminal; NO_COLOR and CLICOLOR_FORCE are respected]")
        .value_parser(value_parser!(Color))
}

/// The flags of all commands that plan manifests. Help shows the policy's under their sections.
pub(super) fn flags(texts: FlagTexts) -> impl Iterator<Item = Arg> {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).help(help).action(ArgAction::SetTrue).help_heading(INPUT_HEADING)
    };
    let verbose = flag(VERBOSE, "Say what became of each workload; -vv: its numbers, too")
        .short('v')
        .action(ArgAction::Count)
        .conflicts_with(QUIET);
    let threads = Arg::new("threads")
        .long("threads")
        .value_name("NUMBER")
        .help("Use that many threads [default: one for each core]")
        .value_parser(threads_in)
        .hide_short_help(true)
        .help_heading(INPUT_HEADING);
    let report = Arg::new("report")
        .long("report")
        .value_name("FILE")
        .help("Write what became of each workload to a file, as JSON")
        .hide_short_help(true)
        .long_help(
            "Write what became of each workload, and all findings, to a file as JSON, however the run ends; `-` is \
             standard output, if that is free",
        )
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .help_heading(INPUT_HEADING);
    let policy = Arg::new("policy")
        .long("policy")
        .value_name("FILE")
        .help("A file with all of these settings")
        .long_help(
            "Take the settings from a file: a ShutdownPolicy, or a ConfigMap with the same fields as data. Flags win \
             over it, it wins over the functionConfig of a ResourceList, and that wins over .istio-drain.yaml",
        )
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .help_heading(POLICY_HEADING);
    let no_config = Arg::new(NO_CONFIG)
        .long(NO_CONFIG)
        .help("Don't look for .istio-drain.yaml above each input; so does ISTIO_DRAIN_NO_CONFIG=1")
        .action(ArgAction::SetTrue)
        .hide_short_help(true)
        .help_heading(POLICY_HEADING);
    [
        flag(QUIET, "Say only what is wrong").short('q'),
        verbose,
        flag("strict", "Parse every document and item, also those that can't hold a workload").hide_short_help(true),
        report,
        threads,
        color().hide_short_help(true).help_heading(INPUT_HEADING),
        policy,
        no_config,
    ]
    .into_iter()
    .chain(SECTIONS.iter().flat_map(move |section| policy_flags(section, texts)))
}

/// Whether flags have their texts. They take longer to make than a small input takes to be planned, and a command line
/// that is right shows none of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FlagTexts {
    /// With help, headings and placeholders.
    All,
    /// With none of them.
    None,
}

/// Whether `-h` shows it, under the heading of all settings.
fn is_short(field: &Field) -> bool {
    SHORT.iter().any(|(name, _)| *name == field.name)
}

/// The flags of a section, under a heading of their own.
fn policy_flags(section: &'static Section, texts: FlagTexts) -> impl Iterator<Item = Arg> {
    let heading = format!("Policy: {}", section.title);
    let heading = move |field: &Field| if is_short(field) { POLICY_HEADING.to_owned() } else { heading.clone() };
    section.fields.iter().map(move |field| match texts {
        FlagTexts::All => with_texts(policy_flag(field), field).help_heading(heading(field)),
        FlagTexts::None => policy_flag(field),
    })
}

/// The flag of a field: `--app-shutdown` for `appShutdown`, `--target-istio` for `target.istio`.
fn policy_flag(field: &'static Field) -> Arg {
    let arg = Arg::new(field.name).long(field.flag());
    match field.shape {
        Shape::Bool => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
        shape if shape.is_list() => arg.action(ArgAction::Append),
        _ => arg,
    }
}

/// The flag of a field, with what help says of it.
fn with_texts(arg: Arg, field: &Field) -> Arg {
    let mut help = field.sentence();
    if matches!(field.shape, Shape::PreStop | Shape::Word(_) | Shape::NativeSidecars) {
        help.push_str(&format!(" ({})", field.shape));
    }
    if let Some(default) = field.default.filter(|default| !matches!(*default, "false" | "[]")) {
        help.push_str(&format!(" [default: {default}]"));
    }
    let short = SHORT.iter().find(|(name, _)| *name == field.name).map(|(_, short)| *short);
    let arg = arg.value_name(field.shape.placeholder());
    let arg = arg.help(short.map_or_else(|| help.clone(), str::to_owned)).long_help(help);
    arg.hide_short_help(short.is_none())
}

impl Args {
    /// Takes the flags out of what the command line was parsed into.
    ///
    /// # Errors
    ///
    /// Every policy flag whose value is wrong; its field is the flag's name.
    pub(crate) fn from_matches(matches: &ArgMatches) -> Result<Self, PolicyError> {
        let (mut policy, mut flaws, mut more) = (PolicyFields::default(), Vec::new(), 0);
        for field in fields() {
            // Not every command has all of them.
            if let Some(text) = matches.try_get_many::<String>(field.name).ok().flatten().and_then(stated) {
                // In a ConfigMap an empty value counts as absent. On a command line it comes from a variable that was
                // not set.
                if text.trim().is_empty() {
                    let message = format!("must be {}, and it is empty", field.shape);
                    flaws.push(PolicyFlaw {
                        field: Route::default().key(field.flag()),
                        message,
                        offset: None,
                        cause: None,
                    });
                } else if let Err(error) = policy.set(field.name, &text) {
                    more += error.more;
                    flaws.extend(error.at(&Route::default().key(field.flag())).flaws);
                }
            }
        }
        if !flaws.is_empty() {
            return Err(PolicyError::of(flaws, more));
        }
        Ok(Self {
            policy_file: stated_once(matches, "policy"),
            policy,
            strict: stated_once(matches, "strict").unwrap_or_default(),
            no_config: stated_once(matches, NO_CONFIG).unwrap_or_default(),
            quiet: stated_once(matches, QUIET).unwrap_or_default(),
            verbose: stated_once(matches, VERBOSE).unwrap_or_default(),
            threads: stated_once(matches, "threads"),
            color: stated_once(matches, COLOR).unwrap_or_default(),
        })
    }
}

/// The value of a flag; `None` if it is not given, or if the command doesn't have it.
pub(super) fn stated_once<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, id: &str) -> Option<T> {
    matches.try_get_one(id).ok().flatten().cloned()
}

/// The value of a flag that may be given several times. The items of lists are joined.
fn stated<'m>(texts: impl ExactSizeIterator<Item = &'m String>) -> Option<String> {
    if texts.len() <= 1 {
        return texts.last().cloned();
    }
    let items = |text: &'m String| text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    Some(format!("[{}]", texts.map(items).collect::<Vec<_>>().join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> clap::Command {
        clap::Command::new("istio-drain").args(flags(FlagTexts::All))
    }

    fn args(line: &[&str]) -> Result<Args, String> {
        let line = std::iter::once("istio-drain").chain(line.iter().copied());
        let matches = command().try_get_matches_from(line).map_err(|error| error.to_string())?;
        Args::from_matches(&matches).map_err(|error| {
            let flaws = error.flaws.iter().map(|flaw| format!("--{}: {}", flaw.field, flaw.message));
            flaws.collect::<Vec<_>>().join("\n")
        })
    }

    #[test]
    fn flags_say_what_fields_say() {
        command().debug_assert();
        let given =
            args(&["--drain", "40s", "--exact", "--pre-stop", "sigterm", "--kinds", "Deployment,DaemonSet"]).unwrap();
        let mut expected = PolicyFields::default();
        for (name, text) in
            [("drain", "40s"), ("exact", "true"), ("preStop", "sigterm"), ("kinds", "[Deployment, DaemonSet]")]
        {
            expected.set(name, text).unwrap();
        }
        assert_eq!(given.policy.resolve(), expected.resolve());
        let lists = args(&["--kinds", "Deployment,DaemonSet", "--kinds", "[Job]", "--kinds=Pod"]).unwrap();
        let mut expected = PolicyFields::default();
        expected.set("kinds", "Deployment,DaemonSet,Job,Pod").unwrap();
        assert_eq!(lists.policy.resolve(), expected.resolve());
        assert!(!args(&["--exact=false"]).unwrap().policy.resolve().policy.exact);
        assert!(args(&["--drain", ""]).unwrap_err().starts_with("--drain: must be a duration"));
        assert!(args(&["--drain", "40"]).unwrap_err().starts_with("--drain: "));
        let both = args(&["--margin", "4", "--exact=1"]).unwrap_err();
        assert!(both.starts_with("--margin: ") && both.contains("\n--exact: "), "{both}");
        assert!(args(&["--app-shutdown", "x"]).unwrap_err().starts_with("--app-shutdown: "));
    }
}
