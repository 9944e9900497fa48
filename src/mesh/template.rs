//! The lifecycle block in a template of the injector, and the branch in it that gives each workload a hook of its own.
//!
//! The block has the same form in all releases from 1.5 on (istio/istio
//! `manifests/charts/istio-control/istio-discovery/files/injection-template.yaml`):
//! `if .Values.global.proxy.lifecycle`, then perhaps a branch that holds the apps back, then perhaps one for native
//! sidecars. The new branch goes behind the first one. It holds the apps back, too, since it hides the branch that
//! does.
//!
//! `structToJSON` is a function of every release (`pkg/kube/inject/template.go`, up to 1.8 `inject.go`). What it makes
//! of the annotation is one string in double quotes, and what a template puts out is not read as a template again.

/// The annotation that the branch reads.
pub(super) const ANNOTATION: &str = "sidecar.istio.io/preStopCommand";
/// The condition of the block's first branch.
const LIFECYCLE: &str = ".Values.global.proxy.lifecycle";

/// An action of a Go template: what stands between `{{` and `}}`.
struct Action<'t> {
    /// The byte at which its braces start.
    start: usize,
    /// What it does, without braces and dashes.
    text: &'t str,
}

impl Action<'_> {
    fn word(&self) -> &str {
        self.text.split(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default()
    }

    /// The condition that it asks for.
    fn condition(&self) -> Option<&str> {
        let rest = self.text.strip_prefix("else").unwrap_or(self.text).trim_start();
        rest.strip_prefix("if").map(str::trim)
    }
}

/// Whether a template reads the annotation already.
pub(super) fn reads_command(template: &str) -> bool {
    template.contains(ANNOTATION)
}

/// A template with the branch in each of its lifecycle blocks; `None` where it has no such block, and where it reads
/// the annotation already.
pub(super) fn with_branch(template: &str) -> Option<String> {
    if reads_command(template) {
        return None;
    }
    let mut text = template.to_owned();
    let branches = branches(template)?;
    for (at, branch) in branches.iter().rev() {
        text.insert_str(*at, branch);
    }
    (!branches.is_empty()).then_some(text)
}

/// A template without the branches that [`with_branch`] puts into it; `None` where there are none.
pub(super) fn without_branch(template: &str) -> Option<String> {
    let mut text = template.to_owned();
    while let Some(start) = text.find(&head()).map(|at| line_start(&text, at)) {
        let rest = text.get(start..)?;
        let end = line_start(rest, siblings(&actions(rest)?, 0).next()?);
        text.replace_range(start..start + end, "");
    }
    // Only what would be written again is ours.
    (text != template && with_branch(&text)? == template).then_some(text)
}

fn head() -> String {
    format!("{{{{- else if isset .ObjectMeta.Annotations `{ANNOTATION}` }}}}")
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1)
}

/// Where the branches go, and what they are; `None` where the template can't be read.
fn branches(template: &str) -> Option<Vec<(usize, String)>> {
    let actions = actions(template)?;
    let blocks = actions.iter().enumerate().filter(|(_, it)| it.word() == "if" && it.condition() == Some(LIFECYCLE));
    let branches = blocks.filter_map(|(at, first)| {
        let mut next = siblings(&actions, at);
        let (place, after) = (next.next()?, next.next());
        let body = template.get(first.start..place)?;
        let own = body.lines().find(|line| line.trim_start().starts_with("lifecycle:"))?;
        let start = line_start(template, place);
        let margin = template.get(start..place).filter(|margin| margin.trim().is_empty())?;
        let hold = after.and_then(|after| hold(template, &actions, place, after));
        let indent = own.len() - own.trim_start().len();
        Some((start, branch(margin, indent, hold)))
    });
    Some(branches.collect())
}

/// The condition and the lines of a branch that holds the apps back.
fn hold<'t>(template: &'t str, actions: &[Action<'t>], start: usize, end: usize) -> Option<(&'t str, &'t str)> {
    let action = actions.iter().find(|action| action.start == start)?;
    let body = template.get(start..line_start(template, end))?;
    let lines = body.split_once("lifecycle:")?.1.split_once('\n')?.1;
    let condition = action.text.strip_prefix("else")?.trim_start().strip_prefix("if")?.trim();
    (lines.trim_start().starts_with("postStart:") && !lines.contains("preStop:")).then_some((condition, lines))
}

fn branch(margin: &str, indent: usize, hold: Option<(&str, &str)>) -> String {
    let field = " ".repeat(indent);
    let mut text = format!("{margin}{}\n{field}lifecycle:\n", head());
    if let Some((condition, lines)) = hold {
        text.push_str(&format!("{margin}{{{{- if {condition} }}}}\n{lines}{margin}{{{{- end }}}}\n"));
    }
    let command = format!("{{{{ structToJSON (index .ObjectMeta.Annotations `{ANNOTATION}`) }}}}");
    text.push_str(&format!(
        "{field}  preStop:\n{field}    exec:\n{field}      command:\n{field}      - /bin/sh\n{field}      - -c\n\
         {field}      - {command}\n"
    ));
    text
}

/// Where the other branches of the block start that the action of that number opens or goes on with, and where it ends.
fn siblings(actions: &[Action<'_>], from: usize) -> impl Iterator<Item = usize> {
    let mut depth = 0_usize;
    let mut is_over = false;
    actions.iter().skip(from + 1).filter_map(move |action| match action.word() {
        _ if is_over => None,
        "if" | "range" | "with" | "define" | "block" => {
            depth += 1;
            None
        }
        "end" if depth == 0 => {
            is_over = true;
            Some(action.start)
        }
        "end" => {
            depth -= 1;
            None
        }
        "else" if depth == 0 => Some(action.start),
        _ => None,
    })
}

/// All actions of a template, without comments; `None` where one of them does not end.
fn actions(template: &str) -> Option<Vec<Action<'_>>> {
    let mut actions = Vec::new();
    let mut from = 0;
    while let Some(start) = template.get(from..)?.find("{{").map(|at| from + at) {
        let inside = template.get(start + 2..)?;
        let length = end_of(inside)?;
        let text = inside.get(..length)?;
        let text = text.strip_prefix('-').unwrap_or(text);
        let text = text.strip_suffix('-').unwrap_or(text).trim();
        if !text.starts_with("/*") {
            actions.push(Action { start, text });
        }
        from = start + 2 + length + 2;
    }
    Some(actions)
}

/// Where the braces stand that end an action, which none in a string or a comment do.
fn end_of(action: &str) -> Option<usize> {
    let code = action.trim_start_matches('-').trim_start();
    if code.starts_with("/*") {
        let comment = action.find("*/")?;
        return Some(comment + action.get(comment..)?.find("}}")?);
    }
    let mut quote = None;
    let mut chars = action.char_indices();
    while let Some((at, c)) = chars.next() {
        match quote {
            Some(open) if c == open => quote = None,
            Some('"' | '\'') if c == '\\' => drop(chars.next()),
            Some(_) => {}
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None if action.get(at..)?.starts_with("}}") => return Some(at),
            None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "\
containers:
- name: istio-proxy
{{- if .Values.global.proxy.lifecycle }}
  lifecycle:
    {{ toYaml .Values.global.proxy.lifecycle | indent 4 }}
{{- end }}
  env: {{ \"}}\" }}
";

    const NEW: &str = "\
  {{- if .Values.global.proxy.lifecycle }}
    lifecycle:
      {{ toYaml .Values.global.proxy.lifecycle | indent 6 }}
  {{- else if $holdProxy }}
    lifecycle:
      postStart:
        exec:
          command: [pilot-agent, wait]
  {{- else if $nativeSidecar }}
    {{- /* {{ if }} never counts */}}
    lifecycle: {}
  {{- end }}
";

    #[test]
    fn the_branch_goes_behind_the_first_one_and_comes_out_again() {
        let old = with_branch(OLD).unwrap();
        let expected = "\
    {{ toYaml .Values.global.proxy.lifecycle | indent 4 }}
{{- else if isset .ObjectMeta.Annotations `sidecar.istio.io/preStopCommand` }}
  lifecycle:
    preStop:
      exec:
        command:
        - /bin/sh
        - -c
        - {{ structToJSON (index .ObjectMeta.Annotations `sidecar.istio.io/preStopCommand`) }}
{{- end }}
";
        assert!(old.contains(expected), "{old}");
        let new = with_branch(NEW).unwrap();
        let expected = "\
    lifecycle:
  {{- if $holdProxy }}
      postStart:
        exec:
          command: [pilot-agent, wait]
  {{- end }}
      preStop:
        exec:
";
        assert!(new.contains(expected), "{new}");
        for (before, after) in [(OLD, &old), (NEW, &new)] {
            assert_eq!(with_branch(after), None);
            assert_eq!(without_branch(after).as_deref(), Some(before));
            assert_eq!(without_branch(before), None);
        }
    }

    #[test]
    fn what_has_no_such_block_stays() {
        for text in ["", "{{ fail \"no\" }}", "{{- if .Values.global.proxy.lifecycle }}", "{{ if"] {
            assert_eq!(with_branch(text), None, "{text}");
        }
        let foreign = NEW.replace("$holdProxy", "isset .ObjectMeta.Annotations `sidecar.istio.io/preStopCommand`");
        assert_eq!((with_branch(&foreign), without_branch(&foreign)), (None, None));
    }
}
