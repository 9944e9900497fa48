//! Completion scripts, which know commands, flags, files, and the values of flags and arguments.

use std::fmt::Write as _;
use std::io::Write;

use anyhow::Context as _;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command, ValueHint};
use clap_complete::Shell;

use crate::policy::fields;
use crate::render;

use super::command::NAME;
use super::printed;

/// Prints the completion script of a shell.
///
/// # Errors
///
/// Those of the output.
pub(super) fn completions(command: Command, matches: &ArgMatches, output: &mut impl Write) -> anyhow::Result<()> {
    let shell = matches.get_one::<Shell>("shell").context("no shell is named")?;
    let mut command = with_values(command);
    let mut script = Vec::new();
    clap_complete::generate(*shell, &mut command, NAME, &mut script);
    let script = String::from_utf8(script)?;
    let script = match shell {
        Shell::Bash => of_bash(&script),
        Shell::Fish => of_fish(&script) + &positional_of_fish(&command),
        Shell::PowerShell => of_powershell(&script, &command),
        _ => script,
    };
    printed::write(script.as_bytes(), output)
}

/// clap_complete 4.6 writes the parts of a name with a dash as if they were commands where it reads the state of the
/// line, so that no flag of a command would get its values.
fn of_bash(script: &str) -> String {
    let (parts, whole) = (NAME.replace('-', "__subcmd__"), NAME.replace('-', "__"));
    script.replace(&format!("{parts}__subcmd__"), &format!("{whole}__subcmd__"))
}

/// The script of clap_complete 4.6 reads the words before the cursor as a whole line. A flag whose value is being typed
/// ends that line, and is wrong there, so no flag of the program itself would get its values.
fn of_fish(script: &str) -> String {
    let read = "    argparse -s (__fish_istio_drain_global_optspecs) -- $cmd 2>/dev/null\n    or return\n";
    let without_last =
        "    or argparse -s (__fish_istio_drain_global_optspecs) -- $cmd[1..-2] 2>/dev/null\n    or return\n";
    script.replacen(read, &read.replacen("    or return\n", without_last, 1), 1)
}

/// The values of arguments, which the script for fish leaves out.
fn positional_of_fish(command: &Command) -> String {
    let mut text = String::new();
    for (name, words) in positional(command) {
        let condition = format!("__fish_{}_using_subcommand {name}", NAME.replace('-', "_"));
        let _ = writeln!(text, "complete -c {NAME} -n \"{condition}\" -f -a \"{}\"", words.join(" "));
    }
    text
}

/// The values of flags and arguments, which the script for PowerShell leaves out.
fn of_powershell(script: &str, command: &Command) -> String {
    let mut table = String::new();
    let mut row = |place: &str, last: &str, words: &[String]| {
        let words: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
        let _ = writeln!(table, "        '{place} {last}' = @({})", words.join(", "));
    };
    for one in std::iter::once(command).chain(command.get_subcommands()) {
        let is_whole = one.get_name() == command.get_name();
        let place = if is_whole { NAME.to_owned() } else { format!("{NAME};{}", one.get_name()) };
        for arg in one.get_arguments().filter(|arg| !values(arg).is_empty()) {
            if let Some(long) = arg.get_long() {
                row(&place, &format!("--{long}"), &values(arg));
            }
        }
    }
    positional(command).iter().for_each(|(name, words)| row(&format!("{NAME};{name}"), name, words));
    let values = format!(
        "    $last = $commandElements[$(if ($wordToComplete) {{ -2 }} else {{ -1 }})].Extent.Text\n    $values = \
         @{{\n{table}    }}[\"$command $last\"]\n    if ($values) {{\n        return $values.Where{{ $_ -like \
         \"$wordToComplete*\" }} |\n            ForEach-Object {{ [CompletionResult]::new($_, $_, \
         [CompletionResultType]::ParameterValue, $_) }}\n    }}\n\n"
    );
    let start = "    $completions = @(switch";
    script.replacen(start, &(values + start), 1)
}

/// The commands whose arguments have known values, each with these.
fn positional(command: &Command) -> Vec<(String, Vec<String>)> {
    let of = |one: &Command| {
        let words = one.get_positionals().map(values).find(|words| !words.is_empty())?;
        Some((one.get_name().to_owned(), words))
    };
    command.get_subcommands().filter_map(of).collect()
}

fn values(arg: &Arg) -> Vec<String> {
    let takes = arg.get_action().takes_values();
    let possible = if takes { arg.get_possible_values() } else { Vec::new() };
    possible.iter().map(|value| value.get_name().to_owned()).collect()
}

/// The command with the possible values of its flags, only for completions. The fields themselves check values.
fn with_values(command: Command) -> Command {
    let names: Vec<_> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let offered = |command: &str, arg: &Arg| match (command, arg.get_id().as_str()) {
        ("explain", "kind") => kinds(),
        ("rules", "id") => render::rule_ids().map(str::to_owned).collect(),
        ("man", "command") => names.clone(),
        (_, id) => fields()
            .find(|field| id == field.name)
            .map_or_else(Vec::new, |field| field.shape.offered(render::rule_ids())),
    };
    let with = |command: Command| {
        let name = command.get_name().to_owned();
        command.mut_args(|arg| {
            // Otherwise shells would offer the names of files.
            let takes_text = arg.get_action().takes_values() && arg.get_value_hint() == ValueHint::Unknown;
            match offered(&name, &arg) {
                words if !words.is_empty() => arg.value_parser(PossibleValuesParser::new(words)),
                _ if arg.get_id() == "baseline" => arg.value_hint(ValueHint::FilePath),
                _ if takes_text => arg.value_hint(ValueHint::Other),
                _ => arg,
            }
        })
    };
    names.iter().fold(with(command), |command, name| command.mut_subcommand(name, with))
}

/// The names of kinds that `--kinds` takes.
fn kinds() -> Vec<String> {
    fields().find(|field| field.name == "kinds").map_or_else(Vec::new, |field| field.shape.offered([].into_iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(shell: &str) -> String {
        let command = super::super::command::command();
        let matches = command.clone().try_get_matches_from([NAME, "completions", shell]).unwrap();
        let mut output = Vec::new();
        completions(command, matches.subcommand().unwrap().1, &mut output).unwrap();
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn every_shell_knows_values() {
        for shell in ["bash", "zsh", "fish", "powershell"] {
            let script = script(shell);
            for word in ["classic", "not-drained", "DaemonSet", "sarif"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
        assert!(!script("bash").contains("istio__subcmd__drain"));
        assert!(script("fish").contains("using_subcommand completions\" -f -a \"bash "));
        assert!(script("powershell").contains("'istio-drain;fix --sidecar' = @('auto', 'classic', 'native')\n"));
        assert!(script("powershell").contains("'istio-drain;completions completions' = @('bash', "));
    }
}
