use std::path::Path;
use std::process::Command;

use super::super::support::folder::Folder;
use super::super::support::process::{clean, fed, program};

/// What a shell offers for each line, by a script that has its completions in `$SCRIPT`.
fn offered(shell: &str, lines: &str) -> Vec<String> {
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
        _ => {
            r#"source $SCRIPT
            while read -l line; complete -C "$line" | cut -f 1 | string join " "; end < lines"#
        }
    };
    let mut command = clean(shell);
    command.args(["-c", run]).env("SCRIPT", script).current_dir(folder.path()).env("HOME", folder.path());
    let output = fed(&mut command, "");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[track_caller]
fn check(shell: &str) {
    let lines = "istio-drain ch\nistio-drain fix --sidecar \nistio-drain fix --kinds Daem\nistio-drain check --format s\n\
                 istio-drain check --ignore not-d\nistio-drain rules not-d\nistio-drain man ch\n\
                 istio-drain explain --kind Cron\n";
    let found = offered(shell, lines);
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
}

#[test]
fn bash_offers_commands_and_values() {
    check("bash");
}

/// Where it is installed.
#[test]
fn fish_offers_commands_and_values() {
    if Path::new("/usr/bin/fish").exists() && Command::new("fish").arg("--version").output().is_ok() {
        check("fish");
    }
}
