//! The rules, for people: a list, and the page of each.

use std::fmt::Write as _;

use crate::nearest::nearest;
use crate::rules::{ALL, Remedy, Rule};

/// Severity, confidence and remedy of a rule, in one line.
fn facts(rule: &Rule) -> String {
    let confidence = match rule.confidence().assumption() {
        Some(assumption) => format!("likely: true if {assumption}"),
        None => rule.confidence().name().to_owned(),
    };
    let remedy = match rule.remedy() {
        Remedy::Edit => "`istio-drain fix` edits it".to_owned(),
        Remedy::Policy(field) => format!("set `{field}` in the policy"),
        Remedy::Advice => "correct it by hand".to_owned(),
    };
    format!("{}; {confidence}; {remedy}", rule.severity().name())
}

/// A line for each rule.
pub(crate) fn rule_list() -> String {
    let width = ALL.iter().map(|rule| rule.id().len()).max().unwrap_or_default();
    let line = |rule: &&Rule| {
        let severity = format!("{}, {}", rule.severity().name(), rule.confidence().name());
        format!("{:width$}  {severity:16}  {}\n", rule.id(), rule.summary())
    };
    ALL.iter().map(line).collect()
}

/// The page of a rule, in markdown. Its title is a heading of level `depth`.
fn page(rule: &Rule, depth: usize) -> String {
    let deeper = "#".repeat(depth);
    let mut text = format!("{deeper} {}\n\n*{}.*\n\n", rule.id(), facts(rule));
    let mut is_code = false;
    for line in rule.page().lines() {
        is_code ^= line.starts_with("```");
        let is_heading = line.starts_with("# ") && !is_code;
        let _ = writeln!(text, "{}{line}", if is_heading { deeper.as_str() } else { "" });
    }
    text
}

/// The page of the rule with that id.
pub(crate) fn rule_page(id: &str) -> Option<String> {
    Rule::find(id).map(|rule| page(rule, 1))
}

/// The ids of all rules.
pub(crate) fn rule_ids() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|rule| rule.id())
}

/// The known id that is most similar to `id`.
pub(crate) fn nearest_rule(id: &str) -> Option<&'static str> {
    nearest(id, &ALL.iter().map(|rule| rule.id()).collect::<Vec<_>>())
}

/// All pages: docs/rules.md.
pub fn rules_reference() -> String {
    let mut text = "# Rules\n\n\
        For everybody who has a finding and wants to know what to do. In short: each rule says what is lost, why, and \
        what\nhelps. Each rule has an id that never changes, a severity, and a confidence.\n\
        *Certain* findings are true for every pod that is made from the manifest. *Likely* findings are true if an\n\
        assumption holds. *Style* findings lose no requests. `istio-drain rules ID` prints the page of one rule.\n\
        [check.md](check.md) says how to choose and suppress findings.\n\n"
        .to_owned();
    text.push_str("| rule | severity | confidence | problem |\n|---|---|---|---|\n");
    for rule in ALL {
        let (id, severity, confidence) = (rule.id(), rule.severity().name(), rule.confidence().name());
        let _ =
            writeln!(text, "| [{id}](#{id}) | {severity} | {confidence} | {} |", rule.summary().replace('|', "\\|"));
    }
    for rule in ALL {
        let _ = write!(text, "\n{}", page(rule, 2));
    }
    text
}
