//! The facts, the arithmetic and the changes of each workload, one block each, for people who don't know the code.
//!
//! Nothing is computed here: it shows what the plan used.

mod sheet;

use std::fmt::Write as _;

use crate::escape;
use crate::istio::Reason;
use crate::report::{Explanation, Outcome, WorkloadReport, command_line, handler, length};
use crate::rules::HookOwner;
use crate::transform::{RuleUse, Transformed};
use crate::yaml::{Position, Source};

use super::paint::PaintStyle;
use super::{Look, Paint, coded};
use sheet::Sheet;

/// The width of the numbers of `-vv`, in columns.
const COLUMNS: usize = 100;

/// The parts of a block, in order: facts, results, changes. A part without content prints nothing.
const PARTS: [fn(&Block<'_>, &mut Sheet); 8] =
    [policy, injection, sidecar, in_force, app_hooks, proxy_hook, numbers, changes];

/// The data of one workload's block.
struct Block<'b> {
    report: &'b WorkloadReport,
    rules: &'b [RuleUse],
    /// The places of its findings.
    places: &'b [Position],
}

/// A block for each workload of an input, in the order of the input, with an empty line between two.
pub(crate) fn explain(source: Source<'_>, input: &str, done: &Transformed, look: Look) -> String {
    blocks(source, input, done, look, Some(findings))
}

/// The same without the findings, which stand elsewhere.
pub(crate) fn plans(source: Source<'_>, input: &str, done: &Transformed) -> String {
    blocks(source, input, done, Look { columns: COLUMNS, paint: Paint::Plain }, None)
}

fn blocks(
    source: Source<'_>,
    input: &str,
    done: &Transformed,
    look: Look,
    last: Option<fn(&Block<'_>, &mut Sheet)>,
) -> String {
    let mut reports: Vec<_> = done.reports.iter().collect();
    reports.sort_by_key(|report| report.offset);
    let mut text = String::new();
    let starts = source.positions(reports.iter().map(|report| report.offset));
    for (report, start) in reports.into_iter().zip(starts) {
        let places = source.positions(report.findings.iter().map(|located| located.place.offset));
        let title = format!("{input}:{start}: {}", report.title_with_origin());
        let mut sheet = Sheet::new(look);
        let block = Block { report, rules: &done.rules, places: &places };
        PARTS.into_iter().chain(last).for_each(|part| part(&block, &mut sheet));
        let gap = if text.is_empty() { "" } else { "\n" };
        let _ = write!(text, "{gap}{}\n{}", look.paint.on(PaintStyle::Head, &escape::line(&title)), sheet.text());
    }
    text
}

impl Block<'_> {
    /// Whether the policy was evaluated for it.
    fn was_chosen_for(&self) -> bool {
        self.was_read() || matches!(self.report.outcome, Outcome::Skipped(_))
    }

    /// Whether its pod template was read.
    fn was_read(&self) -> bool {
        !self.report.sidecar.mode.reasons.is_empty()
    }

    fn explanation(&self) -> Option<&Explanation> {
        self.report.explanation.as_deref()
    }
}

/// The rule that matches it, and the fields that differ from the base.
fn policy(block: &Block<'_>, sheet: &mut Sheet) {
    if !block.was_chosen_for() {
        return;
    }
    let rule = block.report.rule.and_then(|number| block.rules.get(number));
    let rule = match rule {
        Some(RuleUse { rule, .. }) => format!("{} ({}) matches", rule.name(), rule.matcher),
        None if block.rules.is_empty() => "the same for all: there are no `workloads` rules".to_owned(),
        None => "none of the `workloads` rules matches".to_owned(),
    };
    sheet.line("policy", &rule);
    let sources: Vec<_> = block.report.sources.iter().map(|(field, cause)| format!("{field} by {cause}")).collect();
    if !sources.is_empty() {
        sheet.line("", &format!("{}; all else from the base", sources.join(", ")));
    }
}

/// Whether its pods get a sidecar, with all reasons.
fn injection(block: &Block<'_>, sheet: &mut Sheet) {
    let seen = &block.report.sidecar;
    if !block.was_read() {
        return;
    }
    let assumed = if seen.is_assumed { ", and taken to be injected" } else { "" };
    sheet.line("injection", &format!("{}{assumed}", seen.injection.verdict.name()));
    seen.injection.reasons.iter().for_each(|reason| sheet.item(&coded(&reason.sentence(), reason.code())));
}

/// Which kind of sidecar they get; left out if they get none.
fn sidecar(block: &Block<'_>, sheet: &mut Sheet) {
    let Some(explanation) = block.explanation() else { return };
    let seen = &block.report.sidecar.mode;
    sheet.line("sidecar", seen.kind.name());
    seen.reasons.iter().for_each(|reason| sheet.item(&coded(&reason.sentence(), reason.code())));
    if explanation.numbers.as_ref().is_some_and(|numbers| numbers.is_native && seen.kind.name() != "native") {
        sheet.item("it is planned for as a native one, since `pinSidecar` makes it one");
    }
}

/// The values in force before any change.
fn in_force(block: &Block<'_>, sheet: &mut Sheet) {
    let Some(explanation) = block.explanation() else { return };
    let rows = explanation.in_force();
    let rows = rows.into_iter().map(|row| {
        let letter = row.letter.map_or(String::new(), |letter| format!(" ({letter})"));
        [format!("{}{letter}", row.name), row.value, format!("by {}", row.origin)]
    });
    sheet.table("now", rows);
}

/// The preStop hooks of the apps, and how long they take.
fn app_hooks(block: &Block<'_>, sheet: &mut Sheet) {
    let Some(Explanation { facts, .. }) = block.explanation() else { return };
    let hooks = facts.app_hooks.iter().map(|hook| [hook.container.clone(), length(hook.length()), handler(hook)]);
    let hookless =
        facts.hookless_apps.iter().map(|app| [app.container.clone(), "-".to_owned(), "no preStop hook".to_owned()]);
    sheet.table("apps", hooks.chain(hookless));
}

/// The hook of istio-proxy after all changes, and its owner.
fn proxy_hook(block: &Block<'_>, sheet: &mut Sheet) {
    let Some(Explanation { facts, hook, numbers, .. }) = block.explanation() else { return };
    let Some(hook) = hook else {
        if numbers.is_some() {
            let is_removed = facts.proxy.present().is_some_and(|present| present.hook.exec().is_some());
            sheet.line(
                "proxy",
                if is_removed { "its preStop hook is removed" } else { "no preStop hook in the manifest" },
            );
        }
        return;
    };
    let what = if hook.command.is_empty() { "no command".to_owned() } else { command_line(&hook.command) };
    sheet.line("proxy", &format!("{}  {what}", length(hook.length)));
    sheet.item(match hook.owner {
        HookOwner::New => "istio-drain's, planned",
        HookOwner::Present => "istio-drain's, there already",
        HookOwner::Foreign => "somebody else's, kept (`replaceHooks` replaces it)",
        HookOwner::Mesh => "the mesh's, which every istio-proxy gets",
    });
}

/// The arithmetic.
fn numbers(block: &Block<'_>, sheet: &mut Sheet) {
    let Some(explanation) = block.explanation() else { return };
    let Some(numbers) = &explanation.numbers else { return };
    let longest = match &numbers.container {
        Some(container) => format!("the longest preStop hook of the apps: that of {container}"),
        None => {
            let none =
                if explanation.has_unread_hooks() { "none that can be read" } else { "there is none that takes time" };
            format!("the longest preStop hook of the apps: {none}")
        }
    };
    let hook = match numbers.hook {
        Some(hook) => hook.to_string(),
        None if numbers.awaits_apps => "-".to_owned(),
        None => "?".to_owned(),
    };
    let row = |letter: &str, value: String, what: &str| [letter.to_owned(), value, what.to_owned()];
    let terms = [
        row("P", numbers.longest_hook.to_string(), &longest),
        row("A", numbers.app_shutdown.to_string(), "what an app may take after SIGTERM (appShutdown)"),
        row("M", numbers.margin.to_string(), "what the proxy needs after its drain (margin)"),
        row("h", hook, "how long the hook on istio-proxy delays what comes after it"),
    ];
    // A gateway has no app beside it.
    let without_apps = if explanation.facts.is_gateway { 2 } else { 0 };
    sheet.table("numbers", terms.into_iter().skip(without_apps));
    explanation.sums().into_iter().for_each(|(letter, sum, what)| sheet.line("", &format!("{letter} = {sum}: {what}")));
}

/// Why a workload is not changed, as a clause; `None` if it is.
pub(super) fn why_nothing(report: &WorkloadReport) -> Option<String> {
    let codes = |reasons: &[Reason]| reasons.iter().map(|it| it.code()).collect::<Vec<_>>().join(", ");
    match &report.outcome {
        Outcome::Edited | Outcome::Lacking | Outcome::Withheld => None,
        Outcome::Unchanged if !report.is_left_for_a_finding() => Some("it is as it should be".to_owned()),
        Outcome::Unchanged | Outcome::Refused => None,
        Outcome::Variable => Some("Flux fills in what the plan needs".to_owned()),
        Outcome::Local => {
            Some("the annotation config.kubernetes.io/local-config keeps it from the cluster [local-config]".to_owned())
        }
        Outcome::Refers(to) => Some(format!("its pods are those of {to}")),
        Outcome::Observed => Some("it was read for what it says of the mesh".to_owned()),
        Outcome::Skipped(cause) => Some(format!("{cause} says `skip`")),
        Outcome::Patch(sign) => Some(sign.to_string()),
        Outcome::Forbidden { why, .. } => Some((*why).to_owned()),
        Outcome::LeftAlone(reasons) if !report.sidecar.mode.reasons.is_empty() => {
            Some(format!("it is left alone for {}", codes(reasons)))
        }
        Outcome::LeftAlone(reasons) => {
            let reasons: Vec<_> = reasons.iter().map(|reason| coded(&reason.sentence(), reason.code())).collect();
            Some(reasons.join("; "))
        }
    }
}

/// The changes, or why there are none.
fn changes(block: &Block<'_>, sheet: &mut Sheet) {
    let report = block.report;
    let nothing = match (&report.outcome, why_nothing(report)) {
        (Outcome::Withheld, _) => Some("held back, since another workload has an error:".to_owned()),
        (Outcome::Unchanged | Outcome::Refused, None) => Some("none, for what is found below".to_owned()),
        (Outcome::Patch(_) | Outcome::Forbidden { .. }, Some(why)) => Some(format!("none, since {why}")),
        (_, why) => why.map(|why| format!("none: {why}")),
    };
    let changes = report.changes.iter().map(ToString::to_string);
    for (number, line) in nothing.into_iter().chain(changes).enumerate() {
        sheet.line(if number == 0 { "changes" } else { "" }, &line);
    }
}

/// The findings, with remedies.
fn findings(block: &Block<'_>, sheet: &mut Sheet) {
    for (number, (located, place)) in block.report.findings.iter().zip(block.places).enumerate() {
        let finding = &located.finding;
        let text = format!("{}[{}] at {place}: {}", finding.level().name(), finding.rule.id(), finding.message);
        sheet.line(if number == 0 { "findings" } else { "" }, &text);
        if !finding.remedy.is_empty() {
            sheet.item(&format!("help: {}", finding.remedy));
        }
    }
}
