//! What an exec command runs: through wrappers and shells, down to the programs.

use super::HookLength;
use super::course::{Act, Course, Elapsed};
use super::shell::{Token, Word, tokens};
use super::{script, sleep};

/// The maximum number of nested shells. A deeper command counts as unreadable.
const DEEPEST_SHELL: u8 = 8;

/// The maximum number of wrappers before a program. A command with more counts as unreadable.
const MOST_WRAPPERS: usize = 16;

/// Programs that end as soon as they are started.
const QUICK: [&str; 14] =
    ["true", "false", "echo", "printf", "kill", "pkill", "killall", "touch", "rm", "mkdir", "date", "pwd", "test", "["];

const SHELLS: [&str; 7] = ["sh", "bash", "ash", "dash", "ksh", "mksh", "zsh"];

/// What could be read from an exec command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExecReading {
    /// How long it takes.
    pub length: HookLength,
    /// The actions that it certainly performs, in order, as far as it could be read. Each has the time from the start.
    pub steps: Vec<(HookLength, Act)>,
}

/// Reads an exec command. `is_quick` says for a command line whether it ends at once, in addition to the programs known
/// here.
pub(crate) fn read_exec(command: &[String], is_quick: fn(&[&str]) -> bool) -> ExecReading {
    if meant_command(command).is_some() {
        return ExecReading { length: HookLength::Exactly(0), steps: Vec::new() };
    }
    let words: Vec<Word> = command.iter().map(|text| Word::plain(text)).collect();
    let course = Programs { is_quick, depth: 0 }.run(&words);
    let steps = course.steps.into_iter().map(|(at, act)| (at.length(), act)).collect();
    ExecReading { length: course.elapsed.length(), steps }
}

/// The command that was probably meant if the first word is a whole command line, such as `["sleep 20"]`. No program
/// has that name, so the hook fails at once. `None` for any other command.
///
/// A path may contain blanks, so a word such as `/opt/my app/drain` is left alone.
///
/// Source: the kubelet passes the words on unchanged (kubernetes/kubernetes `pkg/kubelet/cri/remote`, `ExecSync`).
pub(crate) fn meant_command(command: &[String]) -> Option<Vec<String>> {
    let (first, rest) = command.split_first()?;
    let (program, arguments) = first.trim().split_once(char::is_whitespace)?;
    let is_path = |piece: &str| piece.contains('\\') || !piece.starts_with(['/', '-', '.']) && piece.contains('/');
    let goes_on = program.contains('/') && arguments.split_whitespace().any(is_path);
    if goes_on || program.contains('\\') {
        return None;
    }
    let words: Option<Vec<String>> = tokens(first)
        .into_iter()
        .map(|token| match token {
            Token::Word(word) if word.literal && !word.text.contains('=') => Some(word.text),
            _ => None,
        })
        .collect();
    let mut meant = words.unwrap_or_else(|| ["sh", "-c", first.trim()].map(str::to_owned).to_vec());
    if let [shell, flag, script @ ..] = meant.as_slice()
        && shell.ends_with("sh")
        && flag == "-c"
        && script.len() > 1
    {
        // A shell takes one word for its script.
        meant = vec![shell.clone(), flag.clone(), script.join(" ")];
    }
    Some(meant.into_iter().chain(rest.iter().cloned()).collect())
}

/// Reads programs. The fields apply to all of them.
#[derive(Clone, Copy)]
struct Programs {
    is_quick: fn(&[&str]) -> bool,
    /// The number of shells around them.
    depth: u8,
}

impl Programs {
    /// What a program with its arguments does.
    fn run(self, words: &[Word]) -> Course {
        let Some(words) = unwrapped(words) else { return Course::unknown() };
        let Some((program, arguments)) = words.split_first() else { return Course::unknown() };
        let name = program.base_name();
        if SHELLS.contains(&name)
            && let Some(script) = shell_script(arguments)
            && self.depth < DEEPEST_SHELL
        {
            let inner = Self { depth: self.depth + 1, ..self };
            return script::read(script, &|words| inner.run(words));
        }
        let line: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let elapsed = match name {
            "sleep" => sleep::nanos(arguments).map_or(Elapsed::UNKNOWN, |nanos| Elapsed { nanos, exact: true }),
            _ if QUICK.contains(&name) || (self.is_quick)(&line) => Elapsed::NONE,
            _ => Elapsed::UNKNOWN,
        };
        let inside = words.iter().map(|word| word.inside.as_str()).collect();
        let line = line.into_iter().map(str::to_owned).collect();
        Course { elapsed, steps: vec![(Elapsed::NONE, Act::Run { line, inside })] }
    }
}

/// Removes programs that only run the following one; `None` if their options can't be read.
fn unwrapped(words: &[Word]) -> Option<&[Word]> {
    let mut words = words;
    for _ in 0..MOST_WRAPPERS {
        let Some((wrapper, rest)) = words.split_first() else { return Some(words) };
        let is_option = |word: &Word| !word.literal || word.text.starts_with('-');
        let behind = match wrapper.base_name() {
            "busybox" | "toybox" | "nohup" => rest,
            "env" => {
                let is_setting = |word: &&Word| word.text.contains('=') && !word.text.starts_with('-');
                let ignore = rest.first().is_some_and(|word| word.is("-i") || word.is("-"));
                let rest = rest.get(usize::from(ignore)..)?;
                rest.get(rest.iter().take_while(is_setting).count()..)?
            }
            "nice" => match rest {
                [option, _, behind @ ..] if option.is("-n") => behind,
                [option, behind @ ..] if option.text.starts_with('-') => behind,
                behind => behind,
            },
            "tini" | "dumb-init" | "catatonit" => match rest.iter().position(|word| word.is("--")) {
                Some(dashes) => rest.get(dashes + 1..)?,
                None => rest,
            },
            _ => return Some(words),
        };
        if behind.first().is_none_or(is_option) {
            return None;
        }
        words = behind;
    }
    None
}

/// The script of a shell that is called as `sh -c script`, with any other options; `None` for any other call.
fn shell_script(arguments: &[Word]) -> Option<&str> {
    let mut arguments = arguments.iter();
    let mut takes_script = false;
    loop {
        let argument = arguments.next().filter(|word| word.literal)?;
        let text = argument.text.as_str();
        if text == "--" {
            let script = arguments.next().filter(|word| word.literal && takes_script)?;
            return Some(&script.text);
        }
        let Some(letters) = text.strip_prefix(['-', '+']).filter(|letters| !letters.is_empty()) else {
            return takes_script.then_some(text);
        };
        if ["-login", "-posix", "-norc", "-noprofile"].contains(&letters) {
            continue;
        }
        // `n` reads without running, `i` and `s` read elsewhere.
        if !letters.chars().all(|c| c.is_ascii_alphabetic() && !"nis".contains(c)) {
            return None;
        }
        takes_script |= text.starts_with('-') && letters.contains('c');
        for _ in letters.chars().filter(|c| "oO".contains(*c)) {
            arguments.next()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn steps_are_what_surely_runs_and_when() {
        let script = "sleep 5; [ -e /x ] && a; b & nohup curl -s x || true; sh -c 'sleep 2; c'; d; e; if f; then g; fi";
        let reading = read_exec(&command(&["env", "A=b", "sh", "-ec", script]), |line| line == ["d"] || line == ["e"]);
        let line = |act| match act {
            Act::Run { line, .. } => line.join(" "),
            Act::Loop { condition } => condition,
        };
        let steps: Vec<(HookLength, String)> = reading.steps.into_iter().map(|(at, act)| (at, line(act))).collect();
        let expected = [
            (HookLength::Exactly(0), "sleep 5"),
            (HookLength::Exactly(5), "[ -e /x ]"),
            (HookLength::AtLeast(5), "curl -s x"),
            (HookLength::AtLeast(5), "sleep 2"),
            (HookLength::AtLeast(7), "c"),
            (HookLength::AtLeast(7), "d"),
            (HookLength::AtLeast(7), "e"),
        ];
        assert_eq!(steps, expected.map(|(at, line)| (at, line.to_owned())));
        assert_eq!(reading.length, HookLength::AtLeast(7));
    }

    #[test]
    fn quick_programs_of_the_caller_take_no_time() {
        let agent = command(&["sh", "-c", "agent drain; sleep 20"]);
        assert_eq!(read_exec(&agent, |_| false).length, HookLength::AtLeast(20));
        assert_eq!(read_exec(&agent, |line| line == ["agent", "drain"]).length, HookLength::Exactly(20));
    }

    /// Worker threads have small stacks, but a script may have any number of words.
    #[test]
    fn long_scripts_need_no_stack() {
        let lengths = || {
            ["! ", "command ", "A=b ", "a && ", "sleep 0; ", "a & ", "tini ", "${a} ", "sh -c 'x'; "].map(|word| {
                let script = format!("{}true", word.repeat(50_000));
                read_exec(&command(&["sh", "-c", &script]), |_| false).length
            })
        };
        let thread = std::thread::Builder::new().stack_size(64 * 1024).spawn(lengths).unwrap();
        let lengths = thread.join().unwrap();
        assert_eq!(lengths[0], HookLength::Exactly(0));
        assert_eq!(lengths[1], HookLength::Exactly(0));
        assert_eq!(lengths[4], HookLength::Exactly(0));
        assert_eq!(lengths[6], HookLength::Unknown);
    }

    #[test]
    fn shells_in_shells_end_somewhere() {
        let mut script = "sleep 1".to_owned();
        for _ in 0..12 {
            script = format!("sh -c \"{}\"", script.replace('\\', "\\\\").replace('"', "\\\""));
        }
        assert_eq!(read_exec(&command(&["sh", "-c", &script]), |_| false).length, HookLength::Unknown);
    }

    #[test]
    fn a_command_line_in_one_word_was_meant_as_words() {
        #[track_caller]
        fn check(command: &[&str], expected: Option<&[&str]>) {
            let command: Vec<_> = command.iter().map(|word| (*word).to_owned()).collect();
            let expected = expected.map(|words| words.iter().map(|word| (*word).to_owned()).collect());
            assert_eq!(meant_command(&command), expected, "{command:?}");
        }
        check(&["sleep", "20"], None);
        check(&["sleep 20"], Some(&["sleep", "20"]));
        check(&["/bin/sh -c sleep 15"], Some(&["/bin/sh", "-c", "sleep 15"]));
        check(&["bash -c 'sleep 15; true'"], Some(&["bash", "-c", "sleep 15; true"]));
        check(&["sh -c", "sleep 15"], Some(&["sh", "-c", "sleep 15"]));
        check(&["sleep 5; nginx -s quit"], Some(&["sh", "-c", "sleep 5; nginx -s quit"]));
        check(&["/opt/my app/drain"], None);
    }
}
