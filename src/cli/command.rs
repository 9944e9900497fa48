//! The command and its subcommands, as help, completions and man pages show them.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::builder::styling::{AnsiColor, Styles};
use clap::builder::{PossibleValuesParser, StyledStr, TypedValueParser};
use clap::{Arg, ArgAction, Command, ValueHint, value_parser};
use clap_complete::Shell;

use crate::io::CONFIG;
use crate::render::{CheckFormat, Preview, TimelineFormat};

use super::args::{FlagTexts, INPUT_HEADING, VERBOSE, color, flags};
use super::check;
use super::texts::{
    ABOUT, AFTER_HELP, CHECK_EXAMPLES, CHECK_HELP, COMPLETIONS_HELP, DEMO_EXAMPLES, EXPLAIN_EXAMPLES, EXPLAIN_HELP,
    FIX_EXAMPLES, FIX_HELP, INIT_EXAMPLES, INIT_HELP, LONG_ABOUT, MAN_HELP, RULES_EXAMPLES, SCHEMA_HELP,
};

/// The flag of `demo` that prints its manifests.
pub(super) const MANIFESTS: &str = "manifests";

/// The name of the program.
pub(super) const NAME: &str = "istio-drain";
/// kubectl runs a file with this name for `kubectl istio-drain`. Underscores replace the dashes in the names of
/// plugins.
const KUBECTL_PLUGIN: &str = "kubectl-istio_drain";
const KUBECTL_NAME: &str = "kubectl istio-drain";

/// The first examples, for `-h`. `--help` has all of them, and the exit codes.
fn examples(text: &'static str) -> StyledStr {
    ending(text.split("\n\n").next().unwrap_or_default())
}

/// The end of a help, with headings that look like the others.
fn ending(text: &str) -> StyledStr {
    let header = STYLES.get_header();
    let line = |line| match line {
        "Examples:" | "More examples:" | "Exit codes:" => format!("{header}{line}{header:#}"),
        _ => line.to_owned(),
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n").into()
}

/// `0.1.0 (1a2b3c4d5e6f, x86_64-unknown-linux-musl)`; without the commit where the sources have no history.
pub(super) const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("ISTIO_DRAIN_BUILD"), ")");

/// Colours for headings and words to type.
const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// The command with all its flags and subcommands.
pub fn command() -> Command {
    let commands = COMMANDS.map(|(_, make)| make(FlagTexts::All));
    with_flags(root(), FlagTexts::All).subcommands(commands)
}

/// What is needed of it to read a command line that is right: the flags that the line may have, without their texts.
pub(super) fn command_of(line: &[OsString]) -> Command {
    let is_named = |name: &str| line.iter().skip(1).any(|word| word == name);
    let commands = COMMANDS.map(|(name, make)| if is_named(name) { make(FlagTexts::None) } else { Command::new(name) });
    let is_first = |(name, _): &(&str, _)| line.get(1).is_some_and(|word| word == name);
    let root = if COMMANDS.iter().any(is_first) { root() } else { with_flags(root(), FlagTexts::None) };
    root.subcommands(commands)
}

type MakeCommand = fn(FlagTexts) -> Command;

/// The commands, in the order of the help.
const COMMANDS: [(&str, MakeCommand); 9] = [
    (check::NAME, check),
    ("explain", explain),
    ("fix", fix),
    ("init", |_| init()),
    ("demo", |_| demo()),
    ("rules", |_| rules()),
    ("schema", |_| schema()),
    ("completions", |_| completions()),
    ("man", |_| man()),
];

fn with_flags(root: Command, texts: FlagTexts) -> Command {
    root.args(flags(texts).filter(|arg| !OF_TIMELINES.contains(&arg.get_id().as_str()))).arg(fail_on_unasked("check"))
}

fn root() -> Command {
    Command::new(NAME)
        .version(VERSION)
        .styles(STYLES)
        .about(ABOUT)
        .long_about(LONG_ABOUT)
        .after_help(examples(AFTER_HELP))
        .after_long_help(ending(AFTER_HELP))
        .max_term_width(100)
        // The flags of the function don't apply to the other commands, which have their own.
        .args_conflicts_with_subcommands(true)
        // If a flag is repeated, the last one counts: scripts append flags.
        .args_override_self(true)
        .disable_help_subcommand(true)
}

/// The flag `--check` of `fix`; the policy has a field of that name.
pub(super) const CHECK: &str = "fix-check";
/// Fields of the policy that only functions use.
const OF_FUNCTIONS: [&str; 2] = ["check", "emitNothing"];
/// The fields of the policy that only timelines use.
const OF_TIMELINES: [&str; 6] = ["endpointDelay", "appTime", "appEnd", "callsOut", "streams", "retries"];
/// Fields of the policy that only checks use.
const OF_CHECKS: [&str; 5] = ["select", "ignore", "failOn", "minConfidence", "baseline"];

/// Takes one of these names for what it stands for.
fn one_of<T: Clone + Default + Send + Sync + 'static, const N: usize>(
    all: [(&'static str, T); N],
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.clone().map(|(name, _)| name)).map(move |given| {
        all.iter().find(|(name, _)| *name == given).map(|(_, meant)| meant.clone()).unwrap_or_default()
    })
}

/// The help of a flag that takes one of these names, so that a new format has one place.
fn listed<T, const N: usize>(all: [(&'static str, T); N]) -> String {
    let names = all.map(|(name, _)| name).join(", ");
    let (others, last) = names.rsplit_once(", ").unwrap_or_default();
    format!("{others} or {last} [default: text]")
}

/// A flag that `-h` shows, too, with a line of its own.
fn shown(arg: Arg, short: &'static str) -> Arg {
    arg.help(short).hide_short_help(false)
}

/// The flag that makes workloads of other kinds a failure of `--check`.
pub(super) const FAIL_ON_UNASKED: &str = "fail-on-unasked";

fn fail_on_unasked(check: &'static str) -> Arg {
    Arg::new(FAIL_ON_UNASKED)
        .long(FAIL_ON_UNASKED)
        .help("With --check: exit with 1, too, where workloads are of kinds that were not asked for")
        .action(ArgAction::SetTrue)
        .help_heading(INPUT_HEADING)
        .hide_short_help(true)
        .requires(check)
}

/// The files and folders that a command reads.
fn paths(help: &'static str) -> Arg {
    Arg::new("paths")
        .value_name("PATH")
        .help(help)
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::AnyPath)
        .num_args(0..)
}

/// The width of pictures.
fn width() -> Arg {
    Arg::new("width")
        .long("width")
        .value_name("COLUMNS")
        .help("How wide pictures are [60 to 200]")
        .long_help("The width of pictures, 60 to 200 [default: that of the terminal]")
        .value_parser(value_parser!(u16).range(60..=200))
}

/// The flag for values of charts.
pub(super) const VALUES: &str = "values";

fn fix(texts: FlagTexts) -> Command {
    let flag = |id: &'static str, name: &'static str, help: &'static str| {
        Arg::new(id).long(name).help(help).action(ArgAction::SetTrue).help_heading(INPUT_HEADING)
    };
    Command::new("fix")
        .args_override_self(true)
        .about("Write what is missing into files, or show it with --diff")
        .long_about(FIX_HELP)
        .after_help(examples(FIX_EXAMPLES))
        .after_long_help(ending(FIX_EXAMPLES))
        .arg(
            paths("Files and folders to edit, or `-` for standard input").num_args(1..).required_unless_present(VALUES),
        )
        .arg(
            Arg::new(VALUES)
                .long(VALUES)
                .value_name("FILE")
                .help("Also write the mesh into values of the charts istiod and gateway (--drain); may be repeated")
                .value_parser(value_parser!(PathBuf))
                .action(ArgAction::Append)
                .hide_short_help(true)
                .help_heading(INPUT_HEADING),
        )
        .args(Preview::FLAGS.map(|(_, name, needs, help)| match needs {
            Some(needs) => flag(name, name, help).requires(needs),
            None => flag(name, name, help),
        }))
        .arg(flag(CHECK, "check", "Write nothing; exit with 1 if a file would change"))
        .arg(fail_on_unasked(CHECK))
        .args(flags(texts).filter(|arg| {
            let is_in = |names: &[&str]| names.contains(&arg.get_id().as_str());
            !is_in(&OF_FUNCTIONS) && !is_in(&OF_TIMELINES) && !is_in(&OF_CHECKS)
        }))
}

fn check(texts: FlagTexts) -> Command {
    Command::new(check::NAME)
        .about("Report which requests will be lost, and what else is wrong")
        .long_about(CHECK_HELP)
        .after_help(examples(CHECK_EXAMPLES))
        .after_long_help(ending(CHECK_EXAMPLES))
        .arg(paths("Files and folders to read [default: `-`, standard input]"))
        .arg(
            Arg::new(check::FORMAT)
                .long("format")
                .value_name("FORMAT")
                .help(listed(CheckFormat::ALL))
                .value_parser(one_of(CheckFormat::ALL))
                .hide_possible_values(true)
                .help_heading(INPUT_HEADING),
        )
        .arg(
            Arg::new(check::EXPLAIN)
                .long("explain")
                .help("Also show the timelines of the pods behind the findings")
                .action(ArgAction::SetTrue)
                .help_heading(INPUT_HEADING),
        )
        .arg(
            Arg::new(check::WRITE_BASELINE)
                .long("write-baseline")
                .help("Write all findings to the file of `--baseline`: later checks pass them over")
                .hide_short_help(true)
                .action(ArgAction::SetTrue)
                .help_heading(INPUT_HEADING),
        )
        .args(
            flags(texts)
                .filter(|arg| {
                    let id = arg.get_id().as_str();
                    !OF_FUNCTIONS.contains(&id) && !OF_TIMELINES.contains(&id)
                })
                .map(|arg| match arg.get_id().as_str() {
                    VERBOSE => arg.help("Show notes, too; -vv also shows the numbers"),
                    "select" => shown(arg, "Only the findings of these rules count"),
                    "ignore" => shown(arg, "The findings of these rules don't count"),
                    "failOn" => shown(arg, "error, warning, info or never [default: warning]"),
                    "minConfidence" => shown(arg, "Fail for: certain, likely or style [default: certain]"),
                    "baseline" => shown(arg, "The file with known findings, which don't count"),
                    _ => arg,
                }),
        )
}

fn rules() -> Command {
    Command::new("rules")
        .about("List the rules of findings, or print the page of one")
        .arg(Arg::new("id").value_name("ID").help("The id of the rule, such as `not-drained`"))
        .after_help(ending(RULES_EXAMPLES))
}

fn explain(texts: FlagTexts) -> Command {
    let is_of_it = |arg: &Arg| {
        let id = arg.get_id().as_str();
        id != VERBOSE && !OF_FUNCTIONS.contains(&id) && !OF_CHECKS.contains(&id)
    };
    let own = |id: &'static str, help: &'static str| Arg::new(id).long(id).help(help).help_heading(SHOWN_HEADING);
    Command::new("explain")
        .args_override_self(true)
        .about("Show what happens second by second when a pod is deleted")
        .long_about(EXPLAIN_HELP)
        .after_help(examples(EXPLAIN_EXAMPLES))
        .after_long_help(ending(EXPLAIN_EXAMPLES))
        .arg(paths("Files and folders [default: standard input], then a workload's NAME"))
        .args([
            own("kind", "Only workloads of that kind").value_name("KIND"),
            own("namespace", "Only workloads of that namespace").short('n').value_name("NAMESPACE"),
            own("with-fix", "Also show it after `fix`, and what that costs").action(ArgAction::SetTrue),
            own("format", "")
                .help(listed(TimelineFormat::ALL))
                .value_name("FORM")
                .value_parser(one_of(TimelineFormat::ALL))
                .hide_possible_values(true),
            own("log", "Also show what happened: a log, or events")
                .long_help(
                    "Also show what happened, beside what was predicted: from a log of istio-proxy, or from events, \
                     pods or EndpointSlices as kubectl prints them; may be repeated",
                )
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .value_hint(ValueHint::FilePath)
                .action(ArgAction::Append),
            own("numbers", "Show the arithmetic of the plan instead")
                .action(ArgAction::SetTrue)
                .conflicts_with_all(["with-fix", "width", "format", "log"]),
            width().help_heading(SHOWN_HEADING),
        ])
        .args(flags(texts).filter(is_of_it))
}

fn init() -> Command {
    let file = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("FILE")
            .help(help)
            .num_args(0..=1)
            .default_missing_value(CONFIG)
            .value_parser(value_parser!(PathBuf))
            .value_hint(ValueHint::FilePath)
    };
    Command::new("init")
        .about("Learn the mesh from dumps of its cluster, for .istio-drain.yaml")
        .long_about(INIT_HELP)
        .after_help(examples(INIT_EXAMPLES))
        .after_long_help(ending(INIT_EXAMPLES))
        .arg(paths("Files and folders with dumps [default: `-`, standard input]"))
        .arg(file(
            "write",
            "Write the lines that init knows into this file, and keep all others [default: .istio-drain.yaml]",
        ))
        .arg(
            file("check", "Write nothing, and exit with 1 if the file is not up to date [default: .istio-drain.yaml]")
                .conflicts_with("write"),
        )
}

fn demo() -> Command {
    Command::new("demo")
        .about("Show all of it on a small shop with the classic mistakes")
        .arg(
            Arg::new(MANIFESTS)
                .long(MANIFESTS)
                .help("Print the manifests of the shop instead, to try the other commands on")
                .action(ArgAction::SetTrue),
        )
        .arg(color())
        .arg(width())
        .after_help(ending(DEMO_EXAMPLES))
}

/// The heading of what `explain` shows.
const SHOWN_HEADING: &str = "What is shown";

fn completions() -> Command {
    Command::new("completions")
        .about("Print the completion script for a shell")
        .after_help(ending(COMPLETIONS_HELP))
        .arg(Arg::new("shell").value_name("SHELL").help("The shell").value_parser(value_parser!(Shell)).required(true))
}

fn man() -> Command {
    Command::new("man")
        .about("Print the manual page of the program, or of one of its commands")
        .after_help(ending(MAN_HELP))
        .arg(Arg::new("command").value_name("COMMAND").help("The command"))
}

fn schema() -> Command {
    Command::new("schema")
        .about("Print the JSON schema of a ShutdownPolicy, for editors")
        .after_help(ending(SCHEMA_HELP))
}

/// The command under the name with which it was called, for usage lines.
pub(super) fn called(program: Option<&OsString>) -> Command {
    let is_plugin = program.and_then(|path| Path::new(path).file_name()) == Some(OsStr::new(KUBECTL_PLUGIN));
    command().bin_name(if is_plugin { KUBECTL_NAME } else { NAME })
}

#[cfg(test)]
mod tests {
    use clap::ArgMatches;

    use super::*;

    /// What is made for one line reads it as the whole does.
    #[test]
    fn lines_read_alike_without_texts() {
        // Only those of the command itself are used.
        let own = |matches: ArgMatches| match matches.subcommand() {
            Some((name, own)) => (name.to_owned(), own.clone()),
            None => (String::new(), matches),
        };
        for line in [
            "",
            "-v --drain 40s",
            "--exact --kinds Deployment,Job --kinds Pod --threads 2 --report r.json -q",
            "fix --diff a b --drain=4s --check",
            "fix --values v.yaml --exact=false -",
            "check --format sarif --ignore a,b --fail-on error .",
            "explain --with-fix --width 80 -n shop a.yaml web --log l1 --log l2 --streams",
            "init a.yaml --write",
            "init --check f",
            "demo --manifests",
            "rules not-drained",
            "completions bash",
            "man fix",
            "schema",
        ] {
            let line: Vec<OsString> = std::iter::once(NAME).chain(line.split_whitespace()).map(Into::into).collect();
            let few = command_of(&line).try_get_matches_from(&line);
            let whole = command().try_get_matches_from(&line).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(few.ok().map(own), Some(own(whole)), "{line:?}");
        }
        for wrong in ["--dran 4s", "fix", "nope", "check --values a", "init --drain 4s", "--help", "fix -h", "-V"] {
            let line: Vec<OsString> = std::iter::once(NAME).chain(wrong.split(' ')).map(Into::into).collect();
            assert!(command_of(&line).try_get_matches_from(&line).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_command_is_sound() {
        command().debug_assert();
    }
}
