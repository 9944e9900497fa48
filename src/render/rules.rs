//! The rules, for people: a list, and the page of each. A terminal shows them in its width and with colours.

use std::fmt::Write as _;

use crate::nearest::nearest;
use crate::rules::{ALL, Remedy, Rule, Severity};

use super::Look;
use super::fold::{filled, folded};
use super::paint::PaintStyle;

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

/// A line for each rule, or two on a terminal that is too narrow for most of them.
pub(crate) fn rule_list(terminal: Option<Look>) -> String {
    let width = ALL.iter().map(|rule| rule.id().len()).max().unwrap_or_default();
    let line = |rule: &&Rule| {
        let (id, summary) = (rule.id(), rule.summary());
        let severity = format!("{}, {}", rule.severity().name(), rule.confidence().name());
        let Some(Look { columns, paint }) = terminal else {
            return format!("{id:width$}  {severity:16}  {summary}\n");
        };
        let style = match rule.severity() {
            Severity::Error => PaintStyle::Gone,
            Severity::Warning => PaintStyle::Slow,
            Severity::Info => PaintStyle::Label,
        };
        if columns < WIDE_LIST {
            let (id, severity) = (paint.on(PaintStyle::Head, id), paint.on(style, &severity));
            return format!("{id}  {severity}\n{}", folded(&format!("    {summary}\n"), columns));
        }
        let (id, severity) = (format!("{id:width$}"), format!("{severity:16}"));
        format!("{}  {}  {summary}\n", paint.on(PaintStyle::Head, &id), paint.on(style, &severity))
    };
    ALL.iter().map(line).collect()
}

/// From that width on, a rule is in one line.
const WIDE_LIST: usize = 150;

/// A page as a terminal shows it.
fn shown(page: &str, Look { columns, paint }: Look) -> String {
    let (mut text, mut paragraph, mut is_code) = (String::new(), String::new(), false);
    for line in page.lines().chain([""]) {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        if !is_code && !is_fence && !line.is_empty() && !line.starts_with('#') {
            paragraph.push_str(if paragraph.is_empty() { "" } else { " " });
            paragraph.push_str(line);
            continue;
        }
        if !paragraph.is_empty() {
            let _ = writeln!(text, "{}", filled(&paragraph, columns));
            paragraph.clear();
        }
        let style = if !is_code && line.starts_with('#') { PaintStyle::Head } else { PaintStyle::Plain };
        let _ = writeln!(text, "{}", paint.on(style, line));
    }
    text.trim_end().to_owned() + "\n"
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
pub(crate) fn rule_page(id: &str, terminal: Option<Look>) -> Option<String> {
    let page = page(Rule::find(id)?, 1);
    Some(terminal.map_or(page.clone(), |look| shown(&page, look)))
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

#[cfg(test)]
mod tests {
    use super::super::Paint;
    use super::*;

    #[test]
    fn rules_fit_a_terminal() {
        for columns in [60, 100, 200] {
            let look = Some(Look { columns, paint: Paint::Shown });
            let list = rule_list(look);
            assert_eq!(list.lines().filter(|line| !line.starts_with(' ')).count(), ALL.len());
            let pages: String = ALL.iter().filter_map(|rule| rule_page(rule.id(), look)).collect();
            // Code stays as it is, and so do links and long words in backticks.
            let prose = pages.split("```").step_by(2).flat_map(str::lines);
            let wide = list.lines().chain(prose).filter(|line| !line.contains('`') && !line.starts_with('<'));
            assert_eq!(wide.filter(|line| line.chars().count() > columns).collect::<Vec<_>>(), [""; 0]);
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let plain: String = ALL.iter().filter_map(|rule| rule_page(rule.id(), None)).collect();
            assert_eq!(words(&pages), words(&plain));
        }
    }
}
