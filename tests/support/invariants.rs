//! The invariants of the design, for any input at all.
//!
//! | number | what must hold |
//! |---|---|
//! | 1 | nothing to do: the output is the input |
//! | 2 | bytes outside the edits are equal |
//! | 3, 8 | the values differ by the plan and by nothing else, in the independent reading of serde_yaml |
//! | 4 | a second run makes no edit |
//! | 5 | a document, an item of a List and an item of a ResourceList get the same edits |
//! | 6 | every finding has a place in the input |
//! | 7 | exit code, output and findings go together as in the table of outcomes |
//! | 9 | the number of threads and `--strict` make no difference |

use std::num::NonZeroUsize;

use istio_drain::inside::rules::Severity;
use istio_drain::inside::transform::{Settings, TransformError, Transformed, transform};
use istio_drain::inside::yaml::{Edit, Patch, Source, Span, Step, Value};

use super::case::{Case, Run};
use super::{golden, oracle, wrapping};

/// What the library made of an input.
pub(crate) type Done = Result<Transformed, TransformError>;

/// What the invariants came to.
pub(crate) struct Judged {
    /// Each one that does not hold, in words.
    pub(crate) failures: Vec<String>,
    /// Invariant 3 could not be checked: there is an output, and serde_yaml can't read the input.
    pub(crate) was_unread: bool,
    /// Invariant 5 could be checked: the input is one plain block mapping.
    pub(crate) was_wrapped: bool,
}

/// Runs the library over an input; `None` where that is not text.
pub(crate) fn transformed(input: &[u8], settings: &Settings) -> Option<Done> {
    Source::new(input).ok().map(|source| transform(source, settings))
}

/// Checks all of them.
pub(crate) fn check(case: &Case, run: &Run, settings: Option<&Settings>, done: Option<&Done>) -> Judged {
    let mut judged = Judged { failures: Vec::new(), was_unread: false, was_wrapped: false };
    let mut must = |what: &str, holds: Result<(), String>| {
        if let Err(why) = holds {
            judged.failures.push(format!("{what}: {why}"));
        }
    };
    must("7, outcomes", outcome(case, run, done));
    must("9, threads", same_in_any_run(case, run));
    let (Some(settings), Some(Ok(done))) = (settings, done) else { return judged };
    let source = Source::new(&case.input).expect("it was read before");
    let output = done.edits.apply(source);
    must("1, nothing to do", when(done.edits.is_empty() && output != source.text(), "the output is not the input"));
    must("2, other bytes", other_bytes(source.text(), done.edits.as_slice(), &output));
    must("4, second run", second_run(&output, done, settings));
    must("6, places", places(source.text(), done));
    must("9, threads of the library", same_with_threads(source, done, settings));
    match oracle::check(source.text(), &done.patches, &output) {
        Some(holds) => judged.failures.extend(holds.err().map(|why| format!("3, values: {why}"))),
        None => judged.was_unread = true,
    }
    if let Some(holds) = wrapping::check(source.text(), done, settings) {
        judged.was_wrapped = true;
        judged.failures.extend(holds.err().map(|why| format!("5, wrapped: {why}")));
    }
    judged
}

fn when(fails: bool, why: &str) -> Result<(), String> {
    if fails { Err(why.to_owned()) } else { Ok(()) }
}

/// The table of outcomes.
fn outcome(case: &Case, run: &Run, done: Option<&Done>) -> Result<(), String> {
    let Some(Ok(done)) = done else {
        when(run.exit != 2, "no output is exit code 2")?;
        when(!run.stdout.is_empty(), "something was written to stdout")?;
        return when(!run.stderr.starts_with("error: "), "stderr does not start with an error");
    };
    let has_errors = done.reports.iter().any(|report| report.severity() == Some(Severity::Error));
    when(run.exit != u8::from(has_errors), "exit code 1 goes with errors, and only with them")?;
    let source = Source::new(&case.input).expect("it was read before");
    let output = done.edits.apply(source);
    match (has_errors, done.is_resource_list) {
        (false, _) => {
            when(run.stdout != output.as_bytes(), "stdout is not the edited input")?;
            when(run.stderr.lines().count() > 1, "more than one line on stderr")
        }
        (true, false) => {
            when(!done.edits.is_empty() || !done.patches.is_empty(), "edits beside an error")?;
            when(!run.stdout.is_empty(), "something was written to stdout")
        }
        (true, true) => {
            when(run.stdout != output.as_bytes(), "stdout is not the input with results")?;
            when(!done.patches.iter().all(|(_, patch)| is_of_the_list(patch)), "more than the list itself was edited")
        }
    }
}

/// Nothing but `results` comes, and `items` where there were none.
fn is_of_the_list(patch: &Patch) -> bool {
    let is_of_the_list = |(step, patch): &(Step, Patch)| match patch {
        Patch::Put(value) => *step == Step::from("items") && *value == Value::Items(Vec::new()),
        _ => *step == Step::from("results"),
    };
    matches!(patch, Patch::Within(steps) if steps.iter().all(is_of_the_list))
}

/// The same over any number of threads, and with every document parsed.
fn same_in_any_run(case: &Case, run: &Run) -> Result<(), String> {
    when(case.run(&case.input, &["--threads", "2"]) != *run, "--threads 2 differs")?;
    let flags: &[&str] = if run.exit == 0 { &["--threads", "7", "--strict"] } else { &["--threads", "7"] };
    when(case.run(&case.input, flags) != *run, &format!("{} differs", flags.join(" ")))
}

/// What was found and planned is the same, not only what is written of it.
fn same_with_threads(source: Source<'_>, done: &Transformed, settings: &Settings) -> Result<(), String> {
    for threads in [2, 7] {
        let settings = Settings { threads: NonZeroUsize::new(threads).unwrap(), ..settings.clone() };
        let other = transform(source, &settings).map_err(|error| error.to_string())?;
        when(format!("{other:?}") != format!("{done:?}"), &format!("{threads} threads differ"))?;
    }
    Ok(())
}

/// Takes the edits out of the output again, which must leave the kept bytes of the input, and finds every line of the
/// input that no edit touches in the output, in order.
fn other_bytes(input: &str, edits: &[Edit], output: &str) -> Result<(), String> {
    let (mut read, mut written) = (0, 0);
    for edit in edits {
        let kept = input.get(read..edit.span.start()).ok_or("edits are out of order")?;
        let rest = output.get(written..).unwrap_or_default();
        let rest = rest.strip_prefix(kept).ok_or_else(|| format!("bytes before {} differ", edit.span.start))?;
        rest.strip_prefix(edit.text.as_str()).ok_or_else(|| format!("the edit at {} is not there", edit.span.start))?;
        (read, written) = (edit.span.end(), written + kept.len() + edit.text.len());
    }
    when(input.get(read..) != output.get(written..), "bytes behind the last edit differ")?;

    let mut lines = output.split_inclusive('\n');
    let mut at = 0;
    for line in input.split_inclusive('\n') {
        let end = at + line.len();
        let is_touched = edits.iter().any(|edit| edit.span.start() < end && edit.span.end() > at);
        // An edit at the end of a text without a final newline makes one.
        let is_kept = |kept: &str| kept.trim_end_matches(['\r', '\n']) == line.trim_end_matches(['\r', '\n']);
        // Text that is put into a line touches it, too.
        let is_split = edits.iter().any(|edit| edit.span.start() > at && edit.span.start() < end);
        if !is_touched && !is_split && !lines.any(is_kept) {
            return Err(format!("the line {line:?} is lost"));
        }
        at = end;
    }
    Ok(())
}

/// A run over the output finds nothing left to do.
fn second_run(output: &str, done: &Transformed, settings: &Settings) -> Result<(), String> {
    let again = transform(Source::embedded(output), settings).map_err(|error| format!("the output: {error}"))?;
    when(again.has_errors() != done.has_errors(), "errors come or go")?;
    if again.edits.is_empty() {
        return Ok(());
    }
    let twice = again.edits.apply(Source::embedded(output));
    Err(format!("edits were left, {}", golden::first_difference(output.as_bytes(), twice.as_bytes())))
}

/// Workloads and findings stand on characters of the input, and lines and columns count them.
fn places(input: &str, done: &Transformed) -> Result<(), String> {
    let findings = done.reports.iter().flat_map(|report| report.findings.iter().map(|located| located.place.offset));
    for offset in done.reports.iter().map(|report| report.offset).chain(findings) {
        let before = input.get(..offset).filter(|_| offset < input.len()).ok_or(format!("no byte {offset}"))?;
        let lines: Vec<&str> = before.split('\n').collect();
        let column = lines.last().map_or(0, |line| line.trim_start_matches('\u{FEFF}').chars().count()) + 1;
        let shown = Source::embedded(input).position(offset).to_string();
        when(shown != format!("{}:{column}", lines.len()), &format!("byte {offset} is not {shown}"))?;
    }
    Ok(())
}

#[test]
fn lost_bytes_are_noticed() {
    let input = "a: 1\nb: 2\nc: 3\n";
    let set = |edits: &[(usize, usize, &str)]| {
        let edit = |&(start, end, text): &(usize, usize, &str)| Edit {
            span: Span { start: start as u32, end: end as u32 },
            text: text.to_owned(),
            depth: 0,
        };
        edits.iter().map(edit).collect::<Vec<_>>()
    };
    let check = |edits: &[(usize, usize, &str)], output: &str| other_bytes(input, &set(edits), output).is_ok();
    assert!(check(&[], input));
    assert!(check(&[(5, 5, "x: 0\n")], "a: 1\nx: 0\nb: 2\nc: 3\n"));
    assert!(check(&[(3, 4, "9"), (10, 15, "")], "a: 9\nb: 2\n"));
    assert!(!check(&[], "a: 1\nb: 2\nc: 3"));
    assert!(!check(&[(5, 5, "x: 0\n")], "a: 1\nx: 0\nb: 2\n"));
    assert!(!check(&[(3, 4, "9")], "a: 8\nb: 2\nc: 3\n"));
    assert!(!check(&[(10, 15, ""), (3, 4, "9")], "a: 9\nb: 2\n"));
}
