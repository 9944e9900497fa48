//! Which workloads a rule of `workloads:` selects, and what it sets for them.

use std::collections::BTreeMap;
use std::fmt;

use globset::{Glob, GlobSet};
use kube_core::{Selector, SelectorExt as _};

use crate::kinds::Kind;
use crate::shutdown::Policy;
use crate::yaml::Route;

use super::error::name_of;

/// One rule of `workloads`. For each workload, only the first rule that matches it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadRule {
    /// Its path in the resource.
    pub path: Route,
    /// Its position in the file or the input, in bytes; `None` for a rule from a flag.
    pub offset: Option<usize>,
    /// The workloads that it matches.
    pub matcher: Matcher,
    /// They are left alone.
    pub skip: bool,
    /// The policy for them: the base with the fields of the rule.
    pub policy: Policy,
    /// The names of the fields that it sets.
    pub stated: Vec<&'static str>,
}

impl WorkloadRule {
    /// Its name in messages: `workloads[1]`.
    pub(crate) fn name(&self) -> String {
        name_of(&self.path)
    }
}

/// The properties of a workload that a rule can match.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WorkloadTraits<'w> {
    /// The API group; empty for the core group.
    pub group: &'w str,
    /// `kind`
    pub kind: &'w str,
    /// Its namespace, if the manifest or `defaultNamespace` states it.
    pub namespace: Option<&'w str>,
    /// Its name.
    pub name: &'w str,
    /// Its own labels, not those of its pods.
    pub labels: &'w BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: &'w BTreeMap<String, String>,
    /// The annotations of its pod template; none for a pod, which is its own template.
    pub template_annotations: &'w BTreeMap<String, String>,
}

/// Which workloads a rule matches. All conditions must hold; `None` matches every workload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Matcher {
    /// The kind. An unknown kind has no templates.
    pub kind: Option<Kind>,
    /// The name.
    pub name: Option<Pattern>,
    /// The namespace. It matches no workload whose namespace is not known.
    pub namespace: Option<Pattern>,
    /// The labels of the workload itself.
    pub selector: Option<Selector>,
}

/// A name, or a glob for names.
#[derive(Clone)]
pub(crate) struct Pattern {
    glob: String,
    form: GlobForm,
}

/// The form of a glob. Most need no regular expression, which costs about 20 kB and a compilation each.
#[derive(Clone)]
enum GlobForm {
    /// `web`
    Name,
    /// `web-*`; the length of the text before the star.
    Prefix(usize),
    /// Everything else.
    Any(GlobSet),
}

/// The maximum length of a glob, in bytes: four times the longest name of an object (Kubernetes,
/// `validation.DNS1123SubdomainMaxLength`).
const LONGEST_GLOB: usize = 1_012;

impl Pattern {
    /// Reads a glob.
    ///
    /// # Errors
    ///
    /// Why the text is not a glob.
    pub(super) fn new(glob: String) -> Result<Self, String> {
        if glob.len() > LONGEST_GLOB {
            return Err(format!("it has {} bytes, and {LONGEST_GLOB} are the most", glob.len()));
        }
        let is_plain = |text: &str| !text.contains(['*', '?', '[', ']', '{', '}', '\\']);
        let form = match glob.strip_suffix('*') {
            _ if is_plain(&glob) => GlobForm::Name,
            Some(prefix) if is_plain(prefix) => GlobForm::Prefix(prefix.len()),
            _ => {
                let one = Glob::new(&glob).map_err(|error| error.kind().to_string())?;
                GlobForm::Any(GlobSet::builder().add(one).build().map_err(|error| error.kind().to_string())?)
            }
        };
        Ok(Self { glob, form })
    }

    fn matches(&self, name: &str) -> bool {
        match &self.form {
            GlobForm::Name => self.glob == name,
            GlobForm::Prefix(length) => self.glob.get(..*length).is_some_and(|prefix| name.starts_with(prefix)),
            GlobForm::Any(globs) => globs.is_match(name),
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.glob)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.glob == other.glob
    }
}

impl Eq for Pattern {}

/// Prints the glob.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.glob)
    }
}

impl Matcher {
    /// Whether it matches a workload.
    pub(crate) fn matches(&self, workload: &WorkloadTraits<'_>) -> bool {
        let namespace = |pattern: &Pattern| workload.namespace.is_some_and(|name| pattern.matches(name));
        self.kind.as_ref().is_none_or(|kind| kind.is(workload.group, workload.kind))
            && self.name.as_ref().is_none_or(|pattern| pattern.matches(workload.name))
            && self.namespace.as_ref().is_none_or(namespace)
            && self.selector.as_ref().is_none_or(|selector| selector.matches(workload.labels))
    }
}

/// Prints the conditions as in a rule: `kind: Deployment, name: web-*`.
impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("kind", self.kind.as_ref().map(Kind::to_string)),
            ("name", self.name.as_ref().map(Pattern::to_string)),
            ("namespace", self.namespace.as_ref().map(Pattern::to_string)),
            ("selector", self.selector.as_ref().map(Selector::to_string)),
        ];
        let parts: Vec<_> = parts.into_iter().filter_map(|(key, text)| Some(format!("{key}: {}", text?))).collect();
        if parts.is_empty() { f.write_str("every workload") } else { f.write_str(&parts.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every form gives the same result as globset itself.
    #[test]
    fn patterns_match_as_globs_do() {
        let globs =
            ["web", "web-*", "*", "", "*-web", "w?b", "web-[a-c]", "{web,db}-*", "we\\*", "web**", "!web", "a-*-b"];
        let names = ["web", "web-", "web-a", "web-a/b", "", "my-web", "wab", "db-1", "we*", "!web", "a--b", "a-x-b"];
        for glob in globs {
            let (pattern, known) = (Pattern::new(glob.into()).unwrap(), Glob::new(glob).unwrap().compile_matcher());
            for name in names {
                assert_eq!(pattern.matches(name), known.is_match(name), "{glob} {name}");
            }
        }
    }

    #[test]
    fn names_and_prefixes_need_no_regular_expression() {
        let is_any = |glob: &str| matches!(Pattern::new(glob.into()).unwrap().form, GlobForm::Any(_));
        assert_eq!(["web", "web-*", "*", "*-web", "w?b"].map(is_any), [false, false, false, true, true]);
    }

    #[test]
    fn globs_that_no_regular_expression_takes_are_refused() {
        for glob in [
            "{",
            "[z-a]",
            "\\",
            &"?".repeat(2_000),
            &"{a,".repeat(330),
            &format!("{}a{}", "{".repeat(500), "}".repeat(500)),
        ] {
            let _ = Pattern::new(glob.to_owned()).map(|pattern| pattern.matches("web"));
        }
        assert_eq!(Pattern::new("x".repeat(1_013)).unwrap_err(), "it has 1013 bytes, and 1012 are the most");
        assert!(Pattern::new("{".to_owned()).is_err());
    }
}
