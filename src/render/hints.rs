//! What to do next, for people whose repository has no policy yet.

use crate::escape;
use crate::transform::Run;

use super::last_line::{is_without_delay, kinds};
use super::tally::counted;

/// At most three lines: for workloads whose kind of sidecar is unknown, for kinds that were not asked for, and for apps
/// that get no delay. None about the fields of the policy that are stated.
pub(crate) fn hints(run: &Run<'_>, is_stated: impl Fn(&str) -> bool) -> String {
    let reports: Vec<_> = run.planned().flat_map(|(.., done)| &done.reports).collect();
    let unknown = reports.iter().filter(|report| report.has_unknown_mode()).count();
    let hasty = reports.iter().filter(|report| is_without_delay(report)).count();
    let unasked = run.unasked();
    let mut lines = Vec::new();
    if unknown > 0 && !is_stated("sidecar") {
        lines.push(format!(
            "`kubectl get cm,deploy,proxyconfigs,nodes -n istio-system -o yaml | istio-drain init --write` learns \
             whether {} classic or native sidecars, or say --sidecar",
            if unknown == 1 { "1 workload has".to_owned() } else { format!("{unknown} workloads have") }
        ));
    }
    if unasked.total() > 0 && !is_stated("kinds") {
        let names: Vec<_> = unasked.kinds().map(|(kind, _)| escape::line(kind)).collect();
        let asked = kinds(&unasked);
        let asked = asked.strip_suffix(" not asked for").unwrap_or(&asked);
        lines.push(format!("`--kinds Deployment,StatefulSet,{}` also looks at {asked}", names.join(",")));
    }
    if hasty > 0 && !is_stated("appPreStop") {
        lines.push(format!(
            "`--app-pre-stop 5s` lets the apps of {} wait until their clients know; `0s` if nobody calls them",
            counted(hasty, "workload")
        ));
    }
    lines.iter().map(|line| format!("next: {line}\n")).collect()
}
