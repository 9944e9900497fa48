//! The three standard streams in odd states, and odd command lines: what was asked for is done, or the run fails.

use std::fs;
use std::io::Read as _;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::support::folder::Folder;
use super::support::process::{fed, program};

const PLAIN: &str = include_str!("../fixtures/text/plain/input.yaml");

/// More than a pipe holds.
fn long() -> String {
    let mut text = PLAIN.to_owned();
    for number in 0..4000 {
        text.push_str(&format!("---\napiVersion: v1\nkind: Service\nmetadata: {{name: service-{number}}}\n"));
    }
    text
}

fn shell(script: &str, input: &str) -> Output {
    let mut command = Command::new("sh");
    fed(command.args(["-c", script, env!("CARGO_BIN_EXE_istio-drain")]), input)
}

#[test]
fn output_that_is_lost_is_an_error() {
    let full = ["--help", "--version", "schema", "man", "completions bash", "help fix", "version", "", "fix --diff -"];
    for words in full {
        let output = shell(&format!("exec \"$0\" {words} >/dev/full"), PLAIN);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{words}: {told}");
        assert!(told.contains("error: can't write standard output: No space left on device"), "{words}: {told}");
        let output = shell(&format!("exec \"$0\" {words} >&-"), PLAIN);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{words}: {told}");
        assert!(told.contains("error: can't write standard output: it is closed"), "{words}: {told}");
    }
    // Where nothing comes out, nothing is lost, and what is thrown away on purpose isn't either.
    assert_eq!(shell("exec \"$0\" >&-", "").status.code(), Some(0));
    assert_eq!(shell("exec \"$0\" >/dev/null", PLAIN).status.code(), Some(0));
    assert_eq!(shell("exec \"$0\" 2>&-", PLAIN).status.code(), Some(0));
    assert_eq!(shell("exec \"$0\" fix --report - --check - >/dev/full", PLAIN).status.code(), Some(2));
    let folder = Folder::new();
    let path = folder.write("a.yaml", PLAIN);
    let output = shell(&format!("exec \"$0\" fix --report - {} >/dev/full", path.display()), "");
    assert_eq!(output.status.code(), Some(2), "the report is lost: {}", String::from_utf8_lossy(&output.stderr));
}

/// Programs that share a pipe with this one may have made it non-blocking for all.
#[test]
fn streams_that_do_not_wait_are_waited_for() {
    let folder = Folder::new();
    let long = long();
    let input = folder.write("in.yaml", &long);
    let expected = fed(&mut program(), &long).stdout;
    let set = |end: &dyn std::os::fd::AsFd| {
        let flags = fcntl_getfl(end.as_fd()).unwrap();
        fcntl_setfl(end.as_fd(), flags | OFlags::NONBLOCK).unwrap();
    };
    let (mut reader, writer) = std::io::pipe().unwrap();
    set(&writer);
    let mut child =
        program().stdin(fs::File::open(&input).unwrap()).stdout(writer).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let mut output = Vec::new();
    reader.read_to_end(&mut output).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(output == expected, "{} bytes of {}", output.len(), expected.len());

    let (reader, mut writer) = std::io::pipe().unwrap();
    set(&reader);
    let child = program().stdin(reader).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let feeder = std::thread::spawn(move || {
        for part in long.as_bytes().chunks(50_000) {
            std::thread::sleep(Duration::from_millis(20));
            std::io::Write::write_all(&mut writer, part).unwrap();
        }
    });
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    assert!(output.status.success() && output.stdout == expected, "{} bytes", output.stdout.len());
}

#[test]
fn command_lines_are_taken_as_they_are_meant() {
    let folder = Folder::new();
    folder.write("a.yaml", PLAIN);
    let run = |line: &[&str]| {
        let output = fed(program().args(line).current_dir(folder.path()), PLAIN);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let diff = run(&["fix", "--diff", "--drain", "40s", "a.yaml"]);
    assert!(diff.1.contains("terminationDrainDuration: 40s"), "{}{}", diff.1, diff.2);
    assert_eq!(run(&["--drain", "40s", "fix", "--diff", "a.yaml"]), diff);
    assert_eq!(run(&["--diff", "--drain", "20s", "fix", "--drain=40s", "a.yaml"]), diff, "the last one counts");
    assert_eq!(run(&["fix", "--diff", "--diff", "--drain", "1s", "--drain", "40s", "a.yaml"]), diff);
    assert_eq!(run(&["help"]).1, run(&["--help"]).1);
    assert_eq!(run(&["help", "fix"]).1, run(&["fix", "--help"]).1);
    assert_eq!(run(&["version"]).1, run(&["--version"]).1);
    assert_eq!(run(&["--exact", "true"]), run(&["--exact=true"]));
    for (line, told) in [
        (&["--drain", "-5s"][..], "error: --drain: "),
        (&["--threads", "0"], "must be a whole number from 1 on"),
        (&["--drain", "1", "--margin", "x"], "\nerror: --margin: "),
        (&["validate", "a.yaml"], "--check`?"),
        (&["apply"], "Did you mean `istio-drain fix`?"),
        (&["describe"], "Did you mean `istio-drain explain`?"),
    ] {
        let ran = run(line);
        assert_eq!((ran.0, ran.1.as_str()), (Some(2), ""), "{line:?}");
        assert!(ran.2.contains(told) || told == "--check`?" && ran.2.contains("drain check`?"), "{line:?}: {}", ran.2);
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completions", shell]).1;
        assert!(script.contains("sigterm") && script.contains("classic"), "{shell} lacks the words of flags");
    }
}
