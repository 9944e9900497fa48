//! What is said where no workload is like what is asked for.

use std::collections::BTreeSet;

use crate::nearest::nearest;
use crate::transform::Run;

use super::super::rule_ids;
use super::asked::Asked;
use super::story::{Story, stories};

/// At most this many workloads are named.
const MOST_NAMED: usize = 5;

/// What is said where no workload is like what is asked for; `None` where there is one, or nothing is asked for.
pub(crate) fn lacking(run: &Run<'_>, asked: &Asked) -> Option<String> {
    if !asked.is_for_some() || !stories(run, asked).is_empty() {
        return None;
    }
    let mut text = format!("there is no workload{} in the input", asked.words());
    let of_name = Asked { name: asked.name.clone(), ..Asked::default() };
    let others = stories(run, &of_name);
    let names = |all: &[Story]| {
        let named: BTreeSet<_> = all.iter().map(|story| format!("`{}`", story.short())).collect();
        let more = if named.len() > MOST_NAMED { ", ..." } else { "" };
        named.into_iter().take(MOST_NAMED).collect::<Vec<_>>().join(", ") + more
    };
    let unasked = run.unasked();
    if asked.name.is_some() && !others.is_empty() {
        text.push_str(&format!(" (there is {})", names(&others)));
    } else if let Some(name) = &asked.name {
        let all = stories(run, &Asked::default());
        let known: BTreeSet<_> = all.iter().map(|story| story.name.as_str()).collect();
        let known: Vec<_> = known.into_iter().collect();
        if rule_ids().any(|id| id == name) {
            text.push_str(&format!(" (`istio-drain rules {name}` prints the page of the rule)"));
        } else if let Some(meant) = nearest(name, &known) {
            text.push_str(&format!(" (did you mean `{meant}`?)"));
        }
    }
    if unasked.total() > 0 {
        text.push_str(&format!(", apart from {unasked} (ask for them with `--kinds`)"));
    }
    Some(format!("error: {text}\n"))
}
