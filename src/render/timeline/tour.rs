//! A check, a timeline and a fix of a few workloads on one screen, for people who see the program for the first time.

use crate::check::Checked;
use crate::escape;
use crate::render::paint::PaintStyle;
use crate::transform::Run;

use super::Asked;
use super::sentences::fixed;
use super::story::{Story, by_risk, stories};
use super::text::{Lines, Look, picture};

const START: &str =
    "A small shop with the classic mistakes, in a mesh with classic sidecars. No file is read or written.";
const END: [(&str, &str); 2] = [
    ("The shop:  ", "istio-drain demo --manifests > shop.yaml"),
    ("Your own:  ", "istio-drain check PATH, istio-drain explain PATH [NAME], istio-drain fix --diff PATH"),
];

/// The screen: every finding of `checked`, what happens to the pods of the workload called `shown`, and what `fix`
/// writes into each workload.
pub(crate) fn tour(run: &Run<'_>, checked: &Checked<'_>, shown: &str, look: Look) -> String {
    let stories = stories(run, &Asked { with_fix: true, ..Asked::default() });
    let name = stories.iter().map(|story| story.name.chars().count()).max().unwrap_or_default();
    let mut lines = Lines::new(look);
    let paint = |style: PaintStyle| move |text: &str| look.paint.on(style, text).into_owned();

    lines.wrapped("", START);
    lines.label("", "check: which requests would be lost?");
    for one in &checked.found {
        let workload = escape::line(&one.report.identity.name);
        lines.row("  ", &workload, name, &escape::line(&one.located.finding.message), paint(PaintStyle::Gone));
    }
    lines.push("");
    lines.label("", &format!("explain: what happens when a pod of {shown} is deleted?"));
    let is_shown = |story: &&Story| story.name == shown;
    stories.iter().filter(is_shown).for_each(|story| picture(&mut lines, story));
    lines.push("");
    lines.label("", "fix: which lines keep them?");
    for story in by_risk(&stories) {
        let changes: Vec<_> = story.changes.iter().map(|change| without_command(change)).collect();
        let after = fixed(story).unwrap_or_default();
        lines.row("  ", &story.name, name, &format!("{}; {after}", changes.join("; ")), paint(PaintStyle::Come));
    }
    lines.push("");
    END.iter().for_each(|(head, text)| lines.wrapped(head, text));
    lines.text()
}

/// `preStop hook on istio-proxy`, where the change also has the command.
fn without_command(change: &str) -> String {
    let command = change.split_once(" `").and_then(|(before, rest)| Some((before, rest.split_once('`')?.1)));
    command.map_or_else(|| change.to_owned(), |(before, behind)| format!("{before}{behind}"))
}
