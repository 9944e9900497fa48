//! What shells offer, in the shells themselves.

use std::ffi::OsStr;

use crate::support::folder::Folder;
use crate::support::process::{clean, fed, program};

/// zsh completes only on a terminal: one shell types the lines into another. What that adds to its list is written to a
/// file, since the screen shows a single match as part of the line.
const ZSH: &str = r#"
zmodload zsh/zpty
zpty z zsh -f -i
for line in 'PS1=; stty -echo; autoload -Uz compinit; compinit -D -u; source "$SCRIPT"; compdef _istio-drain istio-drain' \
  'compadd() { local -a found; builtin compadd -A found "$@"; all+=($found); builtin compadd "$@" }; typeset -aU all' \
  'show() { print -r -- $all >> offered; all=(); BUFFER= }; zle -N show; bindkey "^Xs" show; LISTMAX=10000' \
  'bindkey "^I" complete-word; print REA""DY'
do zpty -w z "$line"; done
zpty -r -m z x '*READY*'
while IFS= read -r line; do zpty -w -n z "$line"$'\t\x18s'; done < lines
zpty -w z 'print DO""NE'
zpty -r -m z x '*DONE*'
zpty -d z
cat offered
"#;

/// What a shell offers for each line, by a script that has its completions in `$SCRIPT`.
fn offered(shell: &str, program_of_it: &OsStr, lines: &str) -> Vec<String> {
    let folder = Folder::new();
    let script = String::from_utf8(fed(program().args(["completions", shell]), "").stdout).unwrap();
    let script = folder.write("script", &script);
    folder.write("lines", lines);
    folder.write("m/a.yaml", "");
    let run = match shell {
        "bash" => {
            r#"source "$SCRIPT"
            while IFS= read -r line; do
              words=($line); case $line in *" ") words+=("") ;; esac
              COMP_WORDS=("${words[@]}"); COMP_CWORD=$((${#words[@]} - 1)); COMPREPLY=()
              _istio__drain istio-drain "${words[COMP_CWORD]}" "${words[COMP_CWORD - 1]}" 2>/dev/null
              echo "${COMPREPLY[*]}"
            done < lines"#
        }
        "zsh" => ZSH,
        _ => {
            r#"source $SCRIPT
            while read -l line; complete -C "$line" | cut -f 1 | string join " "; end < lines"#
        }
    };
    let mut command = clean(program_of_it);
    command.args(["-c", run]).env("SCRIPT", script).current_dir(folder.path()).env("HOME", folder.path());
    let output = fed(&mut command, "");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// What a shell offers, which is run by `program_of_it`.
#[track_caller]
pub(crate) fn check(shell: &str, program_of_it: &OsStr) {
    let lines = "istio-drain ch\nistio-drain fix --sidecar \nistio-drain fix --kinds Daem\nistio-drain check --format s\n\
                 istio-drain check --ignore not-d\nistio-drain rules not-d\nistio-drain man ch\n\
                 istio-drain explain --kind Cron\nistio-drain --sidecar \nistio-drain -v --kinds Daem\n";
    let found = offered(shell, program_of_it, lines);
    let sorted = |line: &String| {
        let mut words: Vec<_> = line.split(' ').collect();
        words.sort_unstable();
        words.join(" ")
    };
    let found: Vec<_> = found.iter().map(sorted).collect();
    let expected = [
        "check",
        "auto classic native",
        "DaemonSet DaemonSet.apps.kruise.io",
        "sarif",
        "not-drained",
        "not-drained",
        "check",
    ];
    assert_eq!(found[..7], expected, "{shell}");
    assert!(found[7].starts_with("CronJob"), "{shell}: {}", found[7]);
    assert_eq!(found[8..], [expected[1], expected[2]], "{shell}");
}
