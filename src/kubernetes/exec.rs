//! What an exec command runs: through wrappers and shells, down to the programs.

use super::HookLength;
use super::script;
use super::shell::Word;
use super::sleep::{self, NANOS_PER_SECOND};

/// How many shells may stand inside one another; what is deeper counts as unreadable.
const DEEPEST_SHELL: u8 = 8;

/// How many programs may stand before the one that they run; with more of them a command counts as unreadable.
const MOST_WRAPPERS: usize = 16;

/// Programs that are over as soon as they are started.
const QUICK: [&str; 14] =
    ["true", "false", "echo", "printf", "kill", "pkill", "killall", "touch", "rm", "mkdir", "date", "pwd", "test", "["];

const SHELLS: [&str; 7] = ["sh", "bash", "ash", "dash", "ksh", "mksh", "zsh"];

/// What could be read off an exec command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExecReading {
    /// How long it takes.
    pub length: HookLength,
    /// The programs that it runs for certain and one after the other, as far as it could be read.
    pub steps: Vec<Step>,
}

/// One program that an exec command runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// When it is started, counted from the start of the hook.
    pub at: HookLength,
    /// The program and its arguments, without wrappers; an expansion stands there as `$`.
    pub command: Vec<String>,
}

/// Reads an exec command. `is_quick` names further programs that are over at once, by their command line.
pub(crate) fn read_exec(command: &[String], is_quick: fn(&[&str]) -> bool) -> ExecReading {
    let words: Vec<Word> = command.iter().map(|text| Word::plain(text)).collect();
    let course = Reader { is_quick, depth: 0 }.program(&words);
    let steps = course.steps.into_iter().map(|(at, command)| Step { at: at.length(), command }).collect();
    ExecReading { length: course.span.length(), steps }
}

/// A span of time, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// The part that is known.
    pub nanos: u128,
    /// There is nothing beside it.
    pub exact: bool,
}

impl Span {
    /// No time at all.
    pub(super) const NONE: Self = Self { nanos: 0, exact: true };
    /// Nothing is known.
    pub(super) const UNKNOWN: Self = Self { nanos: 0, exact: false };

    /// One span after the other.
    pub(super) fn then(self, next: Self) -> Self {
        Self { nanos: self.nanos.saturating_add(next.nanos), exact: self.exact && next.exact }
    }

    fn length(self) -> HookLength {
        let seconds = u64::try_from(self.nanos.div_ceil(NANOS_PER_SECOND)).unwrap_or(u64::MAX);
        match (self.exact, seconds) {
            (true, seconds) => HookLength::Exactly(seconds),
            (false, 0) => HookLength::Unknown,
            (false, seconds) => HookLength::AtLeast(seconds),
        }
    }
}

/// What is run, when, and how long all of it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Course {
    /// All of it.
    pub span: Span,
    /// The programs, each with the time from the start of the course to its own.
    pub steps: Vec<(Span, Vec<String>)>,
}

impl Course {
    /// Nothing has run yet.
    pub(super) const fn new() -> Self {
        Self { span: Span::NONE, steps: Vec::new() }
    }

    /// Goes on with `next` after this.
    pub(super) fn then(&mut self, next: Self) {
        let start = self.span;
        self.steps.extend(next.steps.into_iter().map(|(at, command)| (start.then(at), command)));
        self.span = start.then(next.span);
    }
}

/// Reads programs; carries what holds for all of them.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    is_quick: fn(&[&str]) -> bool,
    depth: u8,
}

impl Reader {
    /// What a program with its arguments does.
    pub(super) fn program(self, words: &[Word]) -> Course {
        let Some(words) = unwrapped(words) else { return Course { span: Span::UNKNOWN, steps: Vec::new() } };
        let Some((program, arguments)) = words.split_first() else {
            return Course { span: Span::UNKNOWN, steps: Vec::new() };
        };
        let name = base_name(program);
        if SHELLS.contains(&name)
            && let Some(script) = shell_script(arguments)
            && self.depth < DEEPEST_SHELL
        {
            return script::read(script, Self { depth: self.depth + 1, ..self });
        }
        let line: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let span = match name {
            "sleep" => sleep::nanos(arguments).map_or(Span::UNKNOWN, |nanos| Span { nanos, exact: true }),
            _ if QUICK.contains(&name) || (self.is_quick)(&line) => Span::NONE,
            _ => Span::UNKNOWN,
        };
        Course { span, steps: vec![(Span::NONE, line.into_iter().map(str::to_owned).collect())] }
    }
}

/// The name of a program without the folder it lies in; empty where the word is no plain text.
pub(super) fn base_name(program: &Word) -> &str {
    let text = if program.literal { program.text.as_str() } else { "" };
    text.rsplit('/').next().unwrap_or_default()
}

/// Takes off programs that do nothing but run the one behind them; `None` where their options can't be read.
fn unwrapped(words: &[Word]) -> Option<&[Word]> {
    let mut words = words;
    for _ in 0..MOST_WRAPPERS {
        let Some((wrapper, rest)) = words.split_first() else { return Some(words) };
        let is_option = |word: &Word| !word.literal || word.text.starts_with('-');
        let behind = match base_name(wrapper) {
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

/// The script of a shell that is called as `sh -c script`, with whatever other options; `None` for any other call.
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
        let steps: Vec<(HookLength, String)> =
            reading.steps.into_iter().map(|step| (step.at, step.command.join(" "))).collect();
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

    /// Worker threads have small stacks, and a script may have any number of words.
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
}
