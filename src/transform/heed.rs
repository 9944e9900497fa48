//! Which findings of a check count: those of the selected rules that the manifest does not suppress.
//!
//! A comment suppresses the findings of some rules on its own line, or on the line below it and other comments. An
//! annotation does so for a whole workload. A suppression without a finding is a finding itself.

use crate::nearest::nearest;
use crate::object::Object;
use crate::policy::{Checks, IGNORE};
use crate::report::{Located, Name};
use crate::rules::{ALL, Finding, Rule, Severity, unused_suppression};
use crate::yaml::{Place, Span, Tree, node_at, reach};

use super::Judging;
use super::bounds::MOST_FINDINGS;
use super::lower::Draft;

/// The start of a comment that suppresses findings, after its `#`.
const START: &str = "istio-drain: ignore[";

/// How far beside an object its own lines are looked at, in bytes: all of a cluster can stand on one line.
const LONGEST_REST: usize = 1_024;

/// One suppressed rule.
struct Suppression {
    id: String,
    /// Where it stands.
    offset: usize,
    /// The byte at which the line starts that it is for; `None` where it is for all of the workload.
    line: Option<usize>,
    has_reason: bool,
    is_used: bool,
}

/// Drops findings that don't count, and adds findings on unused suppressions.
pub(super) fn heed(tree: &Tree<'_>, object: &Object, drafts: &mut [Draft], checks: &Checks) {
    let mut suppressions = annotated(tree, object, drafts);
    suppressions.extend(commented(tree, object));
    for located in drafts.iter_mut().map(|draft| &mut draft.report.findings) {
        located.retain(|located| {
            let mut is_suppressed = false;
            for one in suppressions.iter_mut().filter(|one| one.id == located.finding.rule.id()) {
                if one.line.is_none_or(|line| line == tree.line_start(located.place.offset)) {
                    (one.is_used, is_suppressed) = (true, true);
                }
            }
            !is_suppressed
        });
    }
    if let Some(draft) = drafts.first_mut() {
        let told = suppressions.iter().filter_map(|one| Some((one.offset, one.finding()?)));
        let told = told.map(|(offset, finding)| Located::at(Place { offset, ..Place::default() }, finding));
        draft.report.findings.extend(told.take(MOST_FINDINGS + 1));
    }
    let counts = |rule: &'static Rule| {
        (checks.select.is_empty() || checks.select.contains(&rule)) && !checks.ignore.contains(&rule)
    };
    drafts.iter_mut().for_each(|draft| draft.report.findings.retain(|located| counts(located.finding.rule)));
}

/// Makes errors of the findings that fail a check, and of no others, where it is stated what does; and drops the known
/// ones.
pub(super) fn judge(drafts: &mut [Draft], checks: &Checks, judging: &Judging) {
    let Judging::Here(known) = judging else { return };
    for report in drafts.iter_mut().map(|draft| &mut draft.report) {
        if !known.is_empty() {
            let mut findings = std::mem::take(&mut report.findings);
            findings.retain(|located| !known.contains(&Name::of(report, located)));
            report.findings = findings;
        }
        for finding in report.findings.iter_mut().map(|located| &mut located.finding) {
            match checks.fail(finding) {
                _ if !checks.state_what_fails() => {}
                true => finding.severity = Severity::Error,
                false => finding.soften(),
            }
        }
    }
}

impl Suppression {
    /// What is wrong with it.
    fn finding(&self) -> Option<Finding> {
        if Rule::find(&self.id).is_none() {
            let ids: Vec<_> = ALL.iter().map(|rule| rule.id()).collect();
            return Some(unused_suppression::unknown(&self.id, nearest(&self.id, &ids)));
        }
        match (self.is_used, self.has_reason) {
            (false, _) => Some(unused_suppression::found(&self.id)),
            (true, false) => Some(unused_suppression::without_reason(&self.id)),
            (true, true) => None,
        }
    }
}

/// The annotation, on the workload and on its pod templates: ids between commas, and perhaps a colon and a reason.
fn annotated(tree: &Tree<'_>, object: &Object, drafts: &[Draft]) -> Vec<Suppression> {
    let mut routes = vec![object.route.then(["metadata", "annotations", IGNORE])];
    for draft in drafts.iter().filter_map(|draft| draft.template.as_ref()) {
        let route = draft.then(["metadata", "annotations", IGNORE]);
        if !routes.contains(&route) {
            routes.push(route);
        }
    }
    let suppressions = routes.iter().flat_map(|route| {
        let text = node_at(tree, object.root, route).and_then(|node| tree.str(node));
        let text = text.unwrap_or_default();
        let ids = text.split_once(':').map_or(text, |(ids, _)| ids);
        let (offset, _) = reach(tree, object.root, route);
        ids_of(ids).map(move |id| Suppression { id, offset, line: None, has_reason: true, is_used: false })
    });
    suppressions.collect()
}

/// The comments in the text of an object and on the lines right above it.
fn commented(tree: &Tree<'_>, object: &Object) -> Vec<Suppression> {
    let source = tree.source;
    let span = tree.node(object.node).span;
    let mut start = tree.line_start(span.start());
    // What stands before the object on a long line is another object.
    if span.start() - start > LONGEST_REST {
        start = span.start();
    } else {
        while let Some(above) = start.checked_sub(1).map(|end| source.line_start(end))
            && is_comment(source.line_at(above))
        {
            start = above;
        }
    }
    let mut suppressions = Vec::new();
    let end = tree.line_end(span.end()).min(source.boundary(span.end() + LONGEST_REST));
    let text = source.slice(Span::new(start, end));
    if !text.contains(START) {
        return suppressions;
    }
    let mut waiting: Vec<Suppression> = Vec::new();
    let mut at = start;
    for line in text.split_inclusive('\n') {
        let found = in_line(line, at);
        if is_comment(line) {
            waiting.extend(found);
        } else {
            let here = found.into_iter().chain(waiting.drain(..));
            suppressions.extend(here.map(|one| Suppression { line: Some(at), ..one }));
        }
        at += line.len();
    }
    suppressions
}

/// What the comment of a line suppresses. A comment may hold several lists, each with its reason behind it.
fn in_line(line: &str, at: usize) -> Vec<Suppression> {
    let mut starts = line.match_indices('#').filter_map(|(hash, _)| {
        let is_start = line.get(..hash).is_none_or(|before| before.is_empty() || before.ends_with([' ', '\t']));
        let comment = line.get(hash + 1..)?.trim_start().strip_prefix(START).filter(|_| is_start)?;
        Some((hash, comment))
    });
    let Some((hash, comment)) = starts.next() else { return Vec::new() };
    let lists = comment.split(START).filter_map(|list| list.split_once(']'));
    let found = lists.flat_map(|(ids, reason)| {
        let has_reason = reason.contains(char::is_alphanumeric);
        ids_of(ids).map(move |id| Suppression { id, offset: at + hash, line: None, has_reason, is_used: false })
    });
    found.collect()
}

fn ids_of(text: &str) -> impl Iterator<Item = String> {
    text.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned)
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_read() {
        let ids = |line: &str| -> Vec<String> { in_line(line, 0).into_iter().map(|one| one.id).collect() };
        assert_eq!(ids("a: b # istio-drain: ignore[x-y] since"), ["x-y"]);
        assert_eq!(ids("  #istio-drain: ignore[ a , b,,c ]"), ["a", "b", "c"]);
        assert_eq!(ids("# see # istio-drain: ignore[a] b"), ["a"]);
        assert_eq!(ids("# istio-drain: ignore[a] b; istio-drain: ignore[c] d"), ["a", "c"]);
        assert_eq!(ids("# istio-drain: ignore[a] b # istio-drain: ignore[c, d]"), ["a", "c", "d"]);
        for none in ["a: b#istio-drain: ignore[a]", "# istio-drain: ignore a", "# istio-drain: ignore[a", "# ignore[a]"]
        {
            assert_eq!(ids(none), [""; 0], "{none}");
        }
        assert!(!in_line("# istio-drain: ignore[a]  \n", 0)[0].has_reason);
        assert!(in_line("# istio-drain: ignore[a] b\n", 0)[0].has_reason);
        assert!(!in_line("# istio-drain: ignore[a] # istio-drain: ignore[c] b\n", 0)[0].has_reason);
    }
}
