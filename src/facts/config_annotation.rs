//! Reads the `proxy.istio.io/config` annotation: YAML or JSON in a string, as the injector reads it.
//!
//! Source: istio/istio `pkg/config/mesh/mesh.go` (`ApplyProxyConfig`) through sigs.k8s.io/yaml and jsonpb: camelCase
//! and snake_case names are both accepted, unknown ones are ignored, durations are Go's.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::istio::{Bare, Holder, METADATA, Make, ProxySettings, Row, Target, snake_case};
use crate::object::{self, Texts};
use crate::rules::{Finding, bad_proxy_config, duplicate_key, uneditable};
use crate::yaml::{NodeId, NodeKind, Resolved, Route, Source, Step, SyntaxError, Tree, parse_all};

use super::proxy_fields;

/// The settings of the annotation that matter for the shutdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigAnnotation {
    /// The path of each setting in the text, even if it is missing. Names may be in camel case or in snake case.
    pub routes: ProxySettings<InRoute>,
    /// The settings.
    pub settings: ProxySettings<Bare>,
    /// `proxyMetadata`: the proxy's environment, as far as it is strings.
    pub metadata: Texts,
}

/// Holds the path of the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct InRoute;

impl Holder for InRoute {
    type Of<T: fmt::Debug + Clone + Eq> = Route;
}

/// The text of an annotation that is one mapping, or nothing.
struct Text<'c, 's> {
    mapping: Option<(&'c Tree<'s>, NodeId)>,
    /// The names that occur in both spellings.
    doubled: Vec<(&'static str, String)>,
}

impl Text<'_, '_> {
    /// The route and the node of the value at `path`. If both spellings occur, the first counts.
    fn walk(&mut self, path: &'static [&'static str]) -> (Route, Option<NodeId>) {
        let (mut spelled, mut node) = (Vec::with_capacity(path.len()), self.mapping.map(|(_, root)| root));
        for name in path {
            let step = self.mapping.zip(node).map(|((tree, _), node)| self.step(tree, node, name));
            let (spelling, value) = step.unwrap_or(((*name).into(), None));
            spelled.push(Step::Key(spelling));
            node = value;
        }
        (Route(spelled), node)
    }

    /// How a name is spelled in a mapping, and its value.
    fn step(&mut self, tree: &Tree<'_>, node: NodeId, name: &'static str) -> (Cow<'static, str>, Option<NodeId>) {
        let snake = snake_case(name);
        let (camel, other) = (tree.get(node, name), tree.get(node, &snake).filter(|_| snake != name));
        if camel.is_some() && other.is_some() && !self.doubled.iter().any(|(known, _)| *known == name) {
            self.doubled.push((name, snake.clone()));
        }
        if camel.is_none() && other.is_some() { (snake.into(), other) } else { (name.into(), camel) }
    }

    fn read(mut self, findings: &mut Vec<Finding>) -> ConfigAnnotation {
        let (routes, settings) = (ProxySettings::each(&mut self), ProxySettings::each(&mut self));
        let doubled =
            self.mapping.and_then(|(tree, root)| tree.as_written(object::doubled(tree, root, |_, _| true)?.second));
        findings.extend(doubled.map(duplicate_key::in_config));
        findings.extend(self.doubled.iter().map(|(camel, snake)| uneditable::both_spellings([camel, snake])));
        let metadata =
            self.mapping.and_then(|(tree, _)| Some((tree, self.walk(&[METADATA]).1?))).map(|(tree, node)| {
                let entries = tree.entries(node).iter();
                entries
                    .filter_map(|(key, value)| Some((tree.str(*key)?.to_owned(), tree.str(*value)?.to_owned())))
                    .collect()
            });
        ConfigAnnotation { routes, settings, metadata: metadata.unwrap_or_default() }
    }
}

impl Make<InRoute> for Text<'_, '_> {
    fn make<R: Row>(&mut self) -> Route {
        self.walk(R::PATH).0
    }
}

impl Make<Bare> for Text<'_, '_> {
    fn make<R: Row>(&mut self) -> Option<R::Value> {
        let (tree, _) = self.mapping?;
        let node = self.walk(R::PATH).1?;
        R::read(&object::text(tree, node)?, tree.str(node).is_some()).ok()
    }
}

/// Why Istio can't read the annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
enum ConfigError {
    /// Its reader takes no tab where indentation may stand.
    Tab,
    /// The value of the annotation is a number, a mapping or the like.
    NotString,
    /// The text holds a list or a scalar.
    NotMapping,
    /// The text is not YAML.
    Syntax(SyntaxError),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tab => f.write_str("a tab indents it"),
            Self::NotString => f.write_str("it is not a string"),
            Self::NotMapping => f.write_str("it is not a mapping"),
            Self::Syntax(error) => error.fmt(f),
        }
    }
}

impl Error for ConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Syntax(error) => Some(error),
            Self::Tab | Self::NotString | Self::NotMapping => None,
        }
    }
}

/// Reads the annotation's node. What Istio's injector would reject is an error: no pod could be created.
pub(super) fn read(
    tree: &Tree<'_>,
    node: Option<NodeId>,
    target: Target,
    findings: &mut Vec<Finding>,
) -> ConfigAnnotation {
    let config = parsed(tree, node).unwrap_or_else(|what| {
        findings.push(bad_proxy_config::text(&what));
        None
    });
    let several = config.as_ref().map(|(documents, _)| *documents).filter(|documents| *documents > 1);
    findings.extend(several.map(uneditable::documents));
    let config = config.map(|(_, config)| config);
    let root = config.as_ref().and_then(|config| root(config, target, findings));
    Text { mapping: config.as_ref().zip(root), doubled: Vec::new() }.read(findings)
}

/// Reads the `defaultConfig` of a mesh config, which has the same fields.
pub(crate) fn read_default(tree: &Tree<'_>, config: Option<NodeId>, findings: &mut Vec<Finding>) -> ConfigAnnotation {
    Text { mapping: config.map(|config| (tree, config)), doubled: Vec::new() }.read(findings)
}

/// What the text of a ProxyConfig sets that somebody wrote who knows how: what is wrong in it counts for nothing.
pub(super) fn of_text(text: &str) -> ProxySettings<Bare> {
    let config = parse_all(Source::embedded(text)).ok();
    let root = config.as_ref().and_then(|config| config.roots().first().copied());
    Text { mapping: config.as_ref().zip(root), doubled: Vec::new() }.read(&mut Vec::new()).settings
}

/// The parsed text of the annotation, with the number of its documents, if it has any, or the error.
fn parsed<'t>(tree: &'t Tree<'_>, node: Option<NodeId>) -> Result<Option<(usize, Tree<'t>)>, ConfigError> {
    let Some(node) = node else { return Ok(None) };
    match tree.scalar(node) {
        // A tag prevents every edit, and is refused later.
        Some(Resolved::Null | Resolved::Tagged) => Ok(None),
        Some(Resolved::Str(text)) if starts_with_tab(text) => Err(ConfigError::Tab),
        Some(Resolved::Str(text)) => match parse_all(Source::embedded(text)) {
            Ok(config) => Ok(Some((config.roots().len(), config))),
            Err(error) => first_of_json(text).map(|first| Some((2, first))).ok_or(ConfigError::Syntax(error)),
        },
        _ => Err(ConfigError::NotString),
    }
}

/// The first of several JSON texts, one behind the other. Istio's reader stops where it ends, without a look at what
/// follows, as long as that is made of YAML's tokens.
fn first_of_json(text: &str) -> Option<Tree<'_>> {
    let mut texts = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Map<String, serde_json::Value>>();
    texts.next()?.ok()?;
    let (first, rest) = text.split_at_checked(texts.byte_offset())?;
    parse_all(Source::embedded(rest)).ok()?;
    parse_all(Source::embedded(first)).ok()
}

/// Istio's reader rejects a tab at a place of indentation.
fn starts_with_tab(text: &str) -> bool {
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let has_tab = |line: &&str| line.get(..indentation(line)).is_some_and(|indentation| indentation.contains('\t'));
    let is_blank = |line: &&str| matches!(line.trim_start_matches(' ').chars().next(), None | Some('#'));
    text.lines().find(|line| !is_blank(line)).is_some_and(|line| has_tab(&line))
}

/// The mapping in the text, if the text is not empty.
fn root(config: &Tree<'_>, target: Target, findings: &mut Vec<Finding>) -> Option<NodeId> {
    let root = *config.roots().first()?;
    if config.scalar(root) == Some(Resolved::Null) {
        return None;
    }
    if !matches!(config.node(config.resolve(root)).kind, NodeKind::Mapping { .. }) {
        findings.push(bad_proxy_config::text(&ConfigError::NotMapping));
        return None;
    }
    findings.extend(proxy_fields::check(config, root, target));
    Some(root)
}
