//! How many workloads would roll: any change of a pod template makes new pods.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::escape;
use crate::report::Outcome;
use crate::transform::Run;

use super::tally::counted;

/// One line for each file that would change, with the number of its workloads that would roll, and one line for all
/// files.
pub(crate) fn stat(run: &Run<'_>) -> String {
    let mut text = String::new();
    let (mut files, mut kinds) = (0, BTreeMap::<&str, usize>::new());
    let width = run.planned().map(|(name, ..)| escape::line(name).chars().count()).max().unwrap_or_default();
    for (name, _, done) in run.planned() {
        let name = escape::line(name);
        let edited: Vec<_> = done.reports.iter().filter(|report| report.outcome == Outcome::Edited).collect();
        if edited.is_empty() {
            continue;
        }
        files += 1;
        let _ = writeln!(text, " {name:<width$}  {}", counted(edited.len(), "workload"));
        edited.iter().for_each(|report| *kinds.entry(&report.identity.kind).or_default() += 1);
    }
    let all = counted(kinds.values().sum(), "workload");
    let kinds: Vec<_> = kinds.into_iter().map(|(kind, count)| counted(count, &escape::line(kind))).collect();
    let _ = match files {
        0 => writeln!(text, "no workload would roll"),
        files => writeln!(text, "{all} in {} would roll: {}", counted(files, "file"), kinds.join(", ")),
    };
    text
}
