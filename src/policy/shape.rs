//! The accepted values of fields.

use std::fmt;

use crate::kinds::Kind;
use crate::shutdown::PreStop;

/// The accepted values of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A time span as Istio reads it, never negative; fractions are rounded up to whole seconds.
    Duration,
    /// True or false.
    Bool,
    /// One of these words.
    Word(&'static [&'static str]),
    /// The hook of istio-proxy.
    PreStop,
    /// A minor release.
    Release,
    /// A name.
    Name,
    /// The number of a port.
    Port,
    /// True, false, or left to Istio.
    NativeSidecars,
    /// A list of names.
    Names,
    /// A mapping of texts to texts.
    TextMap,
    /// Names of namespaces, and the labels of each.
    Namespaces,
    /// Requests and limits of a container.
    Resources,
    /// The lifecycle of a container.
    Lifecycle,
    /// A list of label selectors.
    Selectors,
    /// Names of kinds, and descriptions of the user's own.
    Kinds,
    /// Rules for some workloads.
    Rules,
    /// Names of revisions, each with its settings.
    Revisions,
    /// Ids of rules.
    RuleIds,
}

/// Prints the accepted values, to follow "must be".
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Word(words) => return f.write_str(&one_of(words)),
            Self::Duration => "a duration such as `45s` or `1m30s`",
            Self::Bool => "`true` or `false`",
            Self::PreStop => {
                let words = PreStop::WORDS.join("`, `");
                return write!(f, "`{words}`, or a command such as `{{exec: [\"sleep\", \"5\"]}}`");
            }
            Self::Release => "a release such as `\"1.24\"` or `v1.24.3`",
            Self::Name => "a name",
            Self::Port => "a port from 1 to 65535",
            Self::NativeSidecars => "`true`, `false` or `auto`",
            Self::Names => "a list of names such as `[sidecar]`",
            Self::TextMap => "a mapping of texts such as `{NAME: \"value\"}`",
            Self::Namespaces => "a mapping of namespaces to their labels such as `{prod: {istio-injection: enabled}}`",
            Self::Resources => "a mapping such as `{requests: {cpu: 100m, memory: 128Mi}}`",
            Self::Lifecycle => "a lifecycle such as `{preStop: {exec: {command: [\"sleep\", \"5\"]}}}`",
            Self::Selectors => "a list of label selectors such as `[{matchLabels: {app: web}}]`",
            Self::Rules => "a list of rules such as `[{name: \"web-*\", drain: 60s}]`",
            Self::Revisions => "a mapping of revisions such as `{canary: {mesh: {terminationDrainDuration: 60s}}}`",
            Self::RuleIds => "a list of rules such as `[not-drained]`",
            Self::Kinds => "a list of kinds such as `[Deployment, DaemonSet]`",
        })
    }
}

impl Shape {
    /// Whether it is a list, so that repeated flags add items.
    pub(crate) const fn is_list(self) -> bool {
        matches!(self, Self::Kinds | Self::Names | Self::Selectors | Self::RuleIds)
    }

    /// The accepted words, if they are all values or the usual ones.
    pub(crate) const fn words(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Word(words) => Some(words),
            Self::PreStop => Some(PreStop::WORDS),
            Self::Bool => Some(&["true", "false"]),
            _ => None,
        }
    }

    /// What a shell may offer for it: its words, the names of kinds, or the ids of rules.
    pub(crate) fn offered(self, rules: impl Iterator<Item = &'static str>) -> Vec<String> {
        match self {
            Self::Kinds => Kind::all().map(|kind| kind.to_string()).collect(),
            Self::RuleIds => rules.map(str::to_owned).collect(),
            Self::NativeSidecars => ["true", "false"].map(str::to_owned).to_vec(),
            _ => self.words().unwrap_or_default().iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    /// The placeholder of its value in the usage of a command: one word in capitals.
    pub(crate) const fn placeholder(self) -> &'static str {
        match self {
            Self::Duration => "DURATION",
            Self::Bool => "BOOL",
            Self::Word(_) | Self::NativeSidecars => "WORD",
            Self::PreStop => "HOOK",
            Self::Release => "RELEASE",
            Self::Name => "NAME",
            Self::Port => "PORT",
            Self::Names => "NAMES",
            Self::TextMap | Self::Namespaces | Self::Resources | Self::Lifecycle | Self::Revisions => "YAML",
            Self::Selectors => "SELECTORS",
            Self::Kinds => "KINDS",
            Self::Rules => "RULES",
            Self::RuleIds => "IDS",
        }
    }
}

/// Words to choose from, as a sentence has them: `a`, `b` or `c`.
fn one_of(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
