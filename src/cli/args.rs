//! The flags. The flags of the policy are made from its table of fields, so the two can't differ.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Arg, ArgAction, ArgMatches, ValueHint, value_parser};

use super::color::Color;
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
    /// `--verbose`
    pub verbose: bool,
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

const NO_CONFIG: &str = "no-config";

/// Whether output has colours.
pub(super) fn color() -> Arg {
    Arg::new("color")
        .long("color")
        .value_name("WHEN")
        .help("Use colours [default: auto: on a terminal; NO_COLOR and CLICOLOR_FORCE are respected]")
        .value_parser(value_parser!(Color))
}

/// The flags of all commands that plan manifests. Help shows the policy's under `policy_heading` and under their
/// section.
pub(super) fn flags(policy_heading: &'static str) -> impl Iterator<Item = Arg> {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).help(help).action(ArgAction::SetTrue).help_heading(INPUT_HEADING)
    };
    let threads = Arg::new("threads")
        .long("threads")
        .value_name("NUMBER")
        .help("Use that many threads [default: one for each core]")
        .value_parser(threads_in)
        .help_heading(INPUT_HEADING);
    let report = Arg::new("report")
        .long("report")
        .value_name("FILE")
        .help(
            "Write what became of each workload, and all findings, to a file as JSON, also where nothing else comes \
               out; `-` is standard output where that is free",
        )
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .help_heading(INPUT_HEADING);
    let policy = Arg::new("policy")
        .long("policy")
        .value_name("FILE")
        .help("Take the policy from a file: a ShutdownPolicy, or a ConfigMap with the same fields as data")
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .help_heading(policy_heading);
    let no_config = Arg::new(NO_CONFIG)
        .long(NO_CONFIG)
        .help("Don't look for .istio-drain.yaml above each input; so does ISTIO_DRAIN_NO_CONFIG=1")
        .action(ArgAction::SetTrue)
        .help_heading(policy_heading);
    [
        flag("strict", "Parse every document, also those that can't hold a workload"),
        flag(VERBOSE, "Tell what became of each workload and why, on standard error").short('v'),
        report,
        threads,
        color().help_heading(INPUT_HEADING),
        policy,
        no_config,
    ]
    .into_iter()
    .chain(POLICY_FLAGS.iter().cloned())
}

/// The flags of the policy, made once for all commands.
static POLICY_FLAGS: LazyLock<Vec<Arg>> = LazyLock::new(|| SECTIONS.iter().flat_map(policy_flags).collect());

/// The flags of a section, under a heading of their own.
fn policy_flags(section: &'static Section) -> impl Iterator<Item = Arg> {
    let heading = format!("Policy: {}", section.title);
    section.fields.iter().map(move |field| policy_flag(field).help_heading(heading.clone()))
}

/// The flag of a field: `--app-shutdown` for `appShutdown`, `--target-istio` for `target.istio`.
fn policy_flag(field: &'static Field) -> Arg {
    let arg = Arg::new(field.name).long(field.flag()).value_name(field.shape.placeholder());
    let mut help = field.sentence();
    if matches!(field.shape, Shape::PreStop | Shape::Word(_) | Shape::NativeSidecars) {
        help.push_str(&format!(" ({})", field.shape));
    }
    if let Some(default) = field.default.filter(|default| !matches!(*default, "false" | "[]")) {
        help.push_str(&format!(" [default: {default}]"));
    }
    // Rarely used flags are shown only by `--help`.
    let is_rare = field.group().is_some() || field.shape.placeholder() == "YAML";
    let arg = arg.help(help).hide_short_help(is_rare);
    match field.shape {
        Shape::Bool => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
        shape if shape.is_list() => arg.action(ArgAction::Append),
        _ => arg,
    }
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
                        field: Route::from([field.flag().as_str()]),
                        message,
                        offset: None,
                        cause: None,
                    });
                } else if let Err(error) = policy.set(field.name, &text) {
                    more += error.more;
                    flaws.extend(error.at(&Route::from([field.flag().as_str()])).flaws);
                }
            }
        }
        if !flaws.is_empty() {
            return Err(PolicyError::of(flaws, more));
        }
        Ok(Self {
            policy_file: matches.get_one("policy").cloned(),
            policy,
            strict: matches.get_flag("strict"),
            no_config: matches.get_flag(NO_CONFIG),
            verbose: matches.try_get_one(VERBOSE).ok().flatten().copied().unwrap_or_default(),
            threads: matches.get_one("threads").copied(),
            color: matches.get_one("color").copied().unwrap_or_default(),
        })
    }
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
        clap::Command::new("istio-drain").args(flags("Policy"))
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
