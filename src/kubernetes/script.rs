//! What a shell script runs, command by command, as far as that is certain.
//!
//! A script is a sequence of lists (`a && b || c`), ended by `;`, a line end or `&`. Commands are assumed to succeed,
//! so `a && sleep 40` sleeps. Commands that make decisions (`test`, `[`, `false`, `! a`) are exceptions. Reading stops
//! at anything more complex than a sequence of commands. The part before it still counts as a lower bound.

use super::course::{Act, Course, Elapsed};
use super::shell::{Token, Word, tokens};

/// Keywords that begin or end a compound command. The words around them are not plain commands.
const KEYWORDS: [&str; 19] = [
    "if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "select", "function",
    "time", "coproc", "{", "}", "[[",
];

/// Builtins after which anything may happen: they run text, leave early or change the meaning of names.
const OPAQUE_BUILTINS: [&str; 9] = ["eval", ".", "source", "trap", "alias", "return", "break", "continue", "read"];

/// Builtins that take no time and can't fail in any way that matters here.
const QUICK_BUILTINS: [&str; 10] =
    [":", "set", "unset", "export", "readonly", "umask", "ulimit", "shopt", "shift", "local"];

/// Programs that can't fail.
const CERTAIN_PROGRAMS: [&str; 5] = ["true", "echo", "printf", "date", "pwd"];

/// Reads a script. `program` returns the course of a program with its arguments.
pub(super) fn read(script: &str, program: &dyn Fn(&[Word]) -> Course) -> Course {
    let lists = lists(tokens(script));
    let mut state = ShellState { course: Course::new(), background: false, program };
    let mut rest = lists.as_slice();
    while let Some((list, behind)) = rest.split_first() {
        if let Some((condition, behind)) = wait_loop(rest) {
            state.course.steps.push((state.course.elapsed, Act::Loop { condition }));
            state.course.elapsed.exact = false;
            rest = behind;
            continue;
        }
        let (elapsed, count) = (state.course.elapsed, state.course.steps.len());
        match state.run(list) {
            Flow::On => rest = behind,
            Flow::Ended => return state.course,
            Flow::Lost { midway } => {
                // The compound command that starts here may put the whole list into the background.
                let backgrounded = rest.iter().any(|list| list.background);
                if midway && backgrounded {
                    state.course.elapsed = elapsed;
                    state.course.steps.truncate(count);
                }
                state.course.elapsed.exact = false;
                return state.course;
            }
        }
    }
    state.course
}

/// A loop that only sleeps: the words of its condition, and the lists after it. `None` for any other command or loop.
fn wait_loop(lists: &[List]) -> Option<(String, &[List])> {
    let begins_with = |list: &List, names: &[&str]| {
        let word = list.commands.first().and_then(|(_, words)| words.first());
        word.is_some_and(|word| !word.quoted && names.contains(&word.text.as_str()))
    };
    let is_plain = |list: &List| !list.background && !list.cut;
    if !begins_with(lists.first()?, &["while", "until"]) {
        return None;
    }
    let opening = lists.iter().take_while(|list| is_plain(list) && !begins_with(list, &["do", "done"])).count();
    let (condition, rest) = lists.split_at_checked(opening)?;
    let closing = rest.iter().take_while(|list| is_plain(list) && !begins_with(list, &["done"])).count();
    let (body, rest) = rest.split_at_checked(closing)?;
    let (done, behind) = rest.split_first()?;
    let ends = done.commands.iter().map(|(_, words)| words.len()).eq([1]) && is_plain(done);
    let commands = body.iter().flat_map(|list| &list.commands).map(|(_, words)| words.as_slice());
    // The first word of the body is `do`.
    let commands = commands.enumerate().filter_map(|(at, words)| words.get(usize::from(at == 0)..));
    let names: Vec<&str> = commands.filter_map(|words| Some(words.first()?.base_name())).collect();
    let only_waits =
        names.contains(&"sleep") && names.iter().all(|name| matches!(*name, "sleep" | "echo" | ":" | "true" | "date"));
    if !ends || !only_waits {
        return None;
    }
    let words = condition.iter().flat_map(|list| &list.commands).flat_map(|(_, words)| words).skip(1);
    let text: Vec<&str> = words.flat_map(|word| [word.text.as_str(), word.inside.as_str()]).collect();
    Some((text.join(" "), behind))
}

/// Commands that are chained by `&&`, `||` and `|`.
#[derive(Default)]
struct List {
    commands: Vec<(Link, Vec<Word>)>,
    /// Whether it ends with `&`.
    background: bool,
    /// Whether its last command can't be split into words.
    cut: bool,
}

/// The operator before a command.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Link {
    #[default]
    First,
    And,
    Or,
    Pipe,
}

fn lists(tokens: Vec<Token>) -> Vec<List> {
    let mut lists = Vec::new();
    let mut list = List::default();
    let mut link = Link::First;
    let mut words = Vec::new();
    for token in tokens {
        match token {
            Token::Word(word) => words.push(word),
            Token::And | Token::Or | Token::Pipe => {
                list.commands.push((link, std::mem::take(&mut words)));
                link = match token {
                    Token::And => Link::And,
                    Token::Or => Link::Or,
                    _ => Link::Pipe,
                };
            }
            Token::Opaque => {
                // The current command is not a plain one. An empty command replaces it.
                words.clear();
                list.commands.push((link, Vec::new()));
                list.cut = true;
            }
            Token::Background if list.cut => list.background = true,
            // `&&` at the end of a line continues on the next line.
            Token::End | Token::Background if words.is_empty() => {}
            Token::End | Token::Background => {
                list.commands.push((link, std::mem::take(&mut words)));
                list.background = token == Token::Background;
                lists.push(std::mem::take(&mut list));
                link = Link::First;
            }
        }
    }
    if !words.is_empty() {
        list.commands.push((link, words));
    }
    if !list.commands.is_empty() {
        lists.push(list);
    }
    lists
}

/// What follows a list.
enum Flow {
    /// The next list follows.
    On,
    /// The script is over.
    Ended,
    /// It is not known what follows.
    Lost {
        /// Some commands of the list have been read already.
        midway: bool,
    },
}

/// What one command does.
enum Effect {
    /// It runs to its end.
    Runs(Course, ExitStatus),
    /// It runs to its end, and the script ends with it.
    Ends(Course),
    /// It waits for what runs in the background.
    Waits,
    /// It is not known what follows.
    Opaque,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ExitStatus {
    Succeeds,
    /// It normally succeeds.
    MayFail,
    /// It makes a decision, so it may fail.
    Decides,
}

struct ShellState<'p> {
    course: Course,
    background: bool,
    program: &'p dyn Fn(&[Word]) -> Course,
}

impl ShellState<'_> {
    fn run(&mut self, list: &List) -> Flow {
        if list.background && !list.cut {
            let opens = list.commands.iter().any(|(_, words)| starts_with_keyword(words));
            self.background = true;
            return if opens { Flow::Lost { midway: false } } else { Flow::On };
        }
        // Whether the command may be skipped, and whether earlier commands in the chain may have failed.
        let mut is_skippable = false;
        let mut may_have_failed = false;
        let mut outcome_before = ExitStatus::Succeeds;
        for (at, (link, words)) in list.commands.iter().enumerate() {
            match link {
                Link::First | Link::Pipe => {}
                Link::And => is_skippable = outcome_before == ExitStatus::Decides,
                Link::Or => is_skippable = true,
            }
            let piped = *link == Link::Pipe || list.commands.get(at + 1).is_some_and(|(next, _)| *next == Link::Pipe);
            match self.effect(words) {
                Effect::Opaque => return Flow::Lost { midway: at > 0 },
                Effect::Runs(course, outcome) if piped => {
                    self.course.elapsed.exact &= course.elapsed == Elapsed::NONE;
                    // A `!` before the first command applies to the whole pipeline.
                    let decides = outcome == ExitStatus::Decides
                        || (*link == Link::Pipe && outcome_before == ExitStatus::Decides);
                    outcome_before = if decides { ExitStatus::Decides } else { ExitStatus::MayFail };
                }
                // It ends only its own part of the pipeline.
                Effect::Ends(course) if piped => {
                    self.course.elapsed.exact &= course.elapsed == Elapsed::NONE;
                    outcome_before = ExitStatus::MayFail;
                }
                Effect::Runs(course, outcome) if is_skippable => {
                    self.course.elapsed.exact &= course.elapsed == Elapsed::NONE;
                    // A skipped command keeps the exit status of the one before it, which the next `&&` uses.
                    let keeps_answer = *link == Link::And;
                    outcome_before = if keeps_answer { ExitStatus::Decides } else { outcome };
                }
                Effect::Runs(course, outcome) => {
                    self.course.then(course);
                    outcome_before = outcome;
                }
                Effect::Ends(_) if is_skippable || may_have_failed => {
                    self.course.elapsed.exact = false;
                    return Flow::Ended;
                }
                Effect::Ends(course) => {
                    self.course.then(course);
                    return Flow::Ended;
                }
                Effect::Waits => self.course.elapsed.exact &= !self.background,
            }
            may_have_failed |= outcome_before != ExitStatus::Succeeds;
        }
        Flow::On
    }

    fn effect(&self, words: &[Word]) -> Effect {
        let mut decides = false;
        let mut command = words;
        // A loop, not recursion: a script may have any number of these words in a row.
        loop {
            match command.split_first() {
                None => return Effect::Opaque,
                Some((name, _)) if is_keyword(name) => return Effect::Opaque,
                Some((name, rest)) if name.is("!") && !name.quoted => (decides, command) = (true, rest),
                Some((name, rest)) if is_assignment(name) && !rest.is_empty() => command = rest,
                Some((name, rest)) if (name.is("command") || name.is("builtin")) && runs_a_name(rest) => command = rest,
                _ => break,
            }
        }
        match self.command(command, words) {
            Effect::Runs(course, _) if decides => Effect::Runs(course, ExitStatus::Decides),
            effect => effect,
        }
    }

    /// The effect of a command. `words` starts with its name; `all` also has the words before it.
    fn command(&self, words: &[Word], all: &[Word]) -> Effect {
        let of_words = if all.iter().any(|word| !word.inside.is_empty()) { Elapsed::UNKNOWN } else { Elapsed::NONE };
        let takes = |mut course: Course| {
            course.elapsed = course.elapsed.then(of_words);
            course
        };
        let words = words.get(words.iter().take_while(|word| is_assignment(word)).count()..).unwrap_or_default();
        let Some((name, arguments)) = words.split_first() else {
            return Effect::Runs(takes(Course::new()), ExitStatus::Succeeds);
        };
        if !name.literal {
            return Effect::Opaque;
        }
        match name.text.as_str() {
            "exec" if arguments.is_empty() => Effect::Runs(Course::new(), ExitStatus::Succeeds),
            "exec" => Effect::Ends(takes((self.program)(arguments))),
            "exit" => Effect::Ends(takes(Course::new())),
            "wait" => Effect::Waits,
            builtin if OPAQUE_BUILTINS.contains(&builtin) => Effect::Opaque,
            builtin if QUICK_BUILTINS.contains(&builtin) => Effect::Runs(takes(Course::new()), ExitStatus::Succeeds),
            "cd" => Effect::Runs(takes(Course::new()), ExitStatus::MayFail),
            _ => {
                let course = takes((self.program)(words));
                let outcome = match name.base_name() {
                    "test" | "[" | "false" => ExitStatus::Decides,
                    "sleep" if course.elapsed.exact => ExitStatus::Succeeds,
                    certain if CERTAIN_PROGRAMS.contains(&certain) => ExitStatus::Succeeds,
                    _ => ExitStatus::MayFail,
                };
                Effect::Runs(course, outcome)
            }
        }
    }
}

fn starts_with_keyword(words: &[Word]) -> bool {
    words.iter().find(|word| !word.is("!")).is_some_and(is_keyword)
}

fn is_keyword(word: &Word) -> bool {
    !word.quoted && KEYWORDS.contains(&word.text.as_str())
}

/// Whether a name, and no option, follows `command` or `builtin`.
fn runs_a_name(arguments: &[Word]) -> bool {
    arguments.first().is_some_and(|word| !word.text.starts_with('-'))
}

/// `NAME=value`.
fn is_assignment(word: &Word) -> bool {
    let name = word.text.split_once('=').map_or("", |(name, _)| name);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && name.chars().all(is_name) && !name.starts_with(|c: char| c.is_ascii_digit())
}
