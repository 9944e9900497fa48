//! The command and its subcommands, as help, completions and man pages show them.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::builder::styling::{AnsiColor, Styles};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, Command, ValueHint, value_parser};
use clap_complete::Shell;

use crate::io::CONFIG;
use crate::render::{CheckFormat, Preview, TimelineFormat};

use super::args::{INPUT_HEADING, VERBOSE, color, flags};
use super::check;

/// The flag of `demo` that prints its manifests.
pub(super) const MANIFESTS: &str = "manifests";

/// The name of the program.
pub(super) const NAME: &str = "istio-drain";
/// kubectl runs a file with this name for `kubectl istio-drain`. Underscores replace the dashes in the names of
/// plugins.
const KUBECTL_PLUGIN: &str = "kubectl-istio_drain";
const KUBECTL_NAME: &str = "kubectl istio-drain";

const ABOUT: &str = "Makes the pods of an Istio mesh shut down without losing a request";

const LONG_ABOUT: &str = "\
Makes the pods of an Istio mesh shut down without losing a request.

Reads manifests on standard input: a stream of YAML or JSON documents, or the ResourceList of a kustomize or kpt \
pipeline. Writes them to standard output with what each Deployment and StatefulSet needs: a drain duration for the \
sidecar, a preStop hook for it, and a grace period that fits both. Every other byte stays as it was.";

const AFTER_HELP: &str = "\
Examples:
  istio-drain check manifests/
  helm template my-chart | istio-drain | kubectl apply -f -
  kubectl kustomize overlays/prod | istio-drain --drain 40s
  kpt fn source package | istio-drain | kpt fn sink out

Exit codes:
  0  done, or nothing to do
  1  a workload can't be edited safely, or `--check` found one that lacks something: no output
     (a ResourceList comes back unedited, with `results`)
  2  the input can't be parsed, or the policy or the command line is wrong: no output";

const FIX_HELP: &str = "\
Edits manifests in place.

Each PATH is a file or a folder. In a folder, all *.yaml, *.yml and *.json files count, except hidden ones and \
those that a .gitignore, .ignore or .krmignore lists. Everything is read and planned before anything is written. If \
one file can't be read, or one workload can't be edited safely, no file is touched. Each changed file is replaced \
as a whole. Files that need no change are left alone.

`--diff` prints what `git apply` takes. For files outside the current folder it needs its --unsafe-paths.";

const FIX_EXAMPLES: &str = "\
Examples:
  istio-drain fix manifests/                     edit all that is there
  istio-drain fix --diff manifests/              see it first
  istio-drain fix --diff manifests/ | git apply  the same in two steps
  istio-drain fix --check --drain 40s .          fail where something is missing

Exit codes:
  0  done, or nothing to do
  1  a workload can't be edited safely; or `--check`, and a file would change
  2  a file can't be read, parsed or written, or the policy or the command line is wrong";

const EXPLAIN_HELP: &str = "\
Shows what happens when a pod is deleted, second by second, and which requests are lost.

Reads manifests from files and folders, or from standard input without a PATH, and writes none of them. Several \
workloads are shown as a table, those that lose most first. One workload, or the one called NAME, is shown as a \
timeline: who gets which signal when, when the proxy stops accepting and making connections, what is lost and why, \
and what this rests on.

A manifest does not say how long clients keep sending to a deleted pod, or how long the app takes to exit. Such \
facts are assumed and listed. The flags under \"what timelines assume\" state them.

`--log` adds what really happened: from logs of the proxy, and from what \
`kubectl get events,pods,endpointslices -o yaml` prints. `--with-fix` adds the timeline after `fix`, and what the \
change costs. `--numbers` shows the arithmetic of the plan instead.";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  istio-drain explain manifests/                    a table over all workloads
  istio-drain explain manifests/ web --with-fix     one, before and after
  istio-drain explain manifests/ web --log proxy.log --log events.yaml
  kubectl get deploy,pods -n shop -o yaml | istio-drain explain

More examples:
  istio-drain explain manifests/ --format html > shutdown.html
  helm template my-chart | istio-drain explain --numbers --policy drain.yaml
  kustomize build . | istio-drain explain - web --endpoint-delay 10s --app-time 20s --streams

Exit codes:
  0  done, whatever was found
  2  a file can't be read or parsed, no workload is called NAME, or the policy or the command line
     is wrong";

const INIT_HELP: &str = "\
Learns what a mesh is from dumps of its cluster, and writes it down as a ShutdownPolicy.

Each PATH is a file with objects as `kubectl get ... -o yaml` prints them, or a folder of such files. Without a \
PATH, standard input is read. No cluster is asked, and no secret is kept. Each value names where it was seen. For a \
value that the input does not show, a comment says where to look. If dumps of several clusters differ, the value is \
unknown, and the comment names both. Without any input, the commands that make such dumps are printed.

`--write` also writes .istio-drain.schema.json beside the file. The first line of the file names it, so that editors \
with the YAML language server complete and check the fields without a network.";

const INIT_EXAMPLES: &str = "\
Examples:
  kubectl get cm,deploy,proxyconfigs -n istio-system -o yaml | istio-drain init
  istio-drain init mesh.yaml cluster.yaml --write
  istio-drain init mesh.yaml cluster.yaml --check

Exit codes:
  0  done; with --check, the file is up to date
  1  with --check: the file is not what `--write` would make of it
  2  there is no input, or a file can't be read, parsed or written, or has no object";

const CHECK_HELP: &str = "\
Reports which requests will be lost, and what else is wrong.

Reads manifests from files and folders, or from standard input without a PATH, and writes none of them. If `fix` \
would change a workload, the check says what its pods lose as they are: which requests, when, and why. Running \
pods, as `kubectl get pods -o yaml` prints them, are read as they are. Each finding has a place, a reason and a \
remedy. `--explain` shows the timelines of the pods behind the findings; only text has them.

A finding is certain, likely or a matter of style. A likely one names the assumption that it rests on. Only certain \
ones fail the check, unless `--min-confidence` says otherwise.";

const CHECK_EXAMPLES: &str = "\
Examples:
  istio-drain check manifests/
  helm template my-chart | istio-drain check --policy drain.yaml
  istio-drain check --min-confidence likely --ignore grace-beyond-cover .
  kubectl get deploy,pods -A -o yaml | istio-drain check

More examples:
  istio-drain check --baseline known.json --write-baseline .
  istio-drain check --explain manifests/web.yaml

Exit codes:
  0  nothing found that counts
  1  a finding at or over `--fail-on` and `--min-confidence`
  2  a file can't be read or parsed, or the policy or the command line is wrong";

const COMPLETIONS_HELP: &str = "\
Examples:
  istio-drain completions bash > ~/.local/share/bash-completion/completions/istio-drain
  istio-drain completions zsh > \"${fpath[1]}/_istio-drain\"
  istio-drain completions fish > ~/.config/fish/completions/istio-drain.fish";

const MAN_HELP: &str = "\
Examples:
  istio-drain man > istio-drain.1
  istio-drain man completions | man -l -";

const DEMO_EXAMPLES: &str = "\
Examples:
  istio-drain demo
  istio-drain demo --manifests > shop.yaml
  istio-drain explain --with-fix shop.yaml web";

const RULES_EXAMPLES: &str = "\
Examples:
  istio-drain rules
  istio-drain rules not-drained";

const SCHEMA_HELP: &str = "\
Examples:
  istio-drain schema > .istio-drain.schema.json

Editors with the YAML language server find it by the first line of a
policy. `istio-drain init --write` writes both, the line and the schema:
  # yaml-language-server: $schema=.istio-drain.schema.json";

/// The first examples, for `-h`. `--help` has all of them, and the exit codes.
fn examples(text: &'static str) -> &'static str {
    text.split("\n\n").next().unwrap_or_default()
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
    Command::new(NAME)
        .version(VERSION)
        .styles(STYLES)
        .about(ABOUT)
        .long_about(LONG_ABOUT)
        .after_help(examples(AFTER_HELP))
        .after_long_help(AFTER_HELP)
        .max_term_width(100)
        // The flags of the function don't apply to the other commands, which have their own.
        .args_conflicts_with_subcommands(true)
        // If a flag is repeated, the last one counts: scripts append flags.
        .args_override_self(true)
        .disable_help_subcommand(true)
        .args(flags().filter(|arg| !OF_TIMELINES.contains(&arg.get_id().as_str())))
        .arg(fail_on_unasked("check"))
        .subcommands([check(), explain(), fix(), init(), demo(), rules(), schema(), completions(), man()])
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

fn fix() -> Command {
    let flag = |id: &'static str, name: &'static str, help: &'static str| {
        Arg::new(id).long(name).help(help).action(ArgAction::SetTrue).help_heading(INPUT_HEADING)
    };
    Command::new("fix")
        .args_override_self(true)
        .about("Write what is missing into files, or show it with --diff")
        .long_about(FIX_HELP)
        .after_help(examples(FIX_EXAMPLES))
        .after_long_help(FIX_EXAMPLES)
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
        .args(flags().filter(|arg| {
            let is_in = |names: &[&str]| names.contains(&arg.get_id().as_str());
            !is_in(&OF_FUNCTIONS) && !is_in(&OF_TIMELINES) && !is_in(&OF_CHECKS)
        }))
}

fn check() -> Command {
    Command::new(check::NAME)
        .about("Report which requests will be lost, and what else is wrong")
        .long_about(CHECK_HELP)
        .after_help(examples(CHECK_EXAMPLES))
        .after_long_help(CHECK_EXAMPLES)
        .arg(paths("Files and folders to read [default: `-`, standard input]"))
        .arg(
            Arg::new(check::FORMAT)
                .long("format")
                .value_name("FORMAT")
                .help("text, json, sarif, github or gitlab [default: text]")
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
            flags()
                .filter(|arg| {
                    let id = arg.get_id().as_str();
                    !OF_FUNCTIONS.contains(&id) && !OF_TIMELINES.contains(&id)
                })
                .map(|arg| match arg.get_id().as_str() {
                    VERBOSE => arg.help("Show notes, too; -vv also shows the numbers"),
                    "select" => shown(arg, "Only the findings of these rules count"),
                    "ignore" => shown(arg, "The findings of these rules don't count"),
                    "failOn" => shown(arg, "The least severity that fails [default: warning]"),
                    "minConfidence" => shown(arg, "certain, likely or style [default: certain]"),
                    "baseline" => shown(arg, "The file with known findings, which don't count"),
                    _ => arg,
                }),
        )
}

fn rules() -> Command {
    Command::new("rules")
        .about("List the rules of findings, or print the page of one")
        .arg(Arg::new("id").value_name("ID").help("The id of the rule, such as `not-drained`"))
        .after_help(RULES_EXAMPLES)
}

fn explain() -> Command {
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
        .after_long_help(EXPLAIN_EXAMPLES)
        .arg(paths("Files and folders [default: standard input], then a workload's NAME"))
        .args([
            own("kind", "Only workloads of that kind").value_name("KIND"),
            own("namespace", "Only workloads of that namespace").short('n').value_name("NAMESPACE"),
            own("with-fix", "Also show it after `fix`, and what that costs").action(ArgAction::SetTrue),
            own("format", "text, json, markdown, svg or html [default: text]")
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
        .args(flags().filter(is_of_it))
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
        .after_long_help(INIT_EXAMPLES)
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
        .after_help(DEMO_EXAMPLES)
}

/// The heading of what `explain` shows.
const SHOWN_HEADING: &str = "What is shown";

fn completions() -> Command {
    Command::new("completions")
        .about("Print the completion script for a shell")
        .after_help(COMPLETIONS_HELP)
        .arg(Arg::new("shell").value_name("SHELL").help("The shell").value_parser(value_parser!(Shell)).required(true))
}

fn man() -> Command {
    Command::new("man")
        .about("Print the manual page of the program, or of one of its commands")
        .after_help(MAN_HELP)
        .arg(Arg::new("command").value_name("COMMAND").help("The command"))
}

fn schema() -> Command {
    Command::new("schema").about("Print the JSON schema of a ShutdownPolicy, for editors").after_help(SCHEMA_HELP)
}

/// The command under the name with which it was called, for usage lines.
pub(super) fn called(program: Option<&OsString>) -> Command {
    let is_plugin = program.and_then(|path| Path::new(path).file_name()) == Some(OsStr::new(KUBECTL_PLUGIN));
    command().bin_name(if is_plugin { KUBECTL_NAME } else { NAME })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_sound() {
        command().debug_assert();
    }
}
