//! Rules: settings for some workloads only.

use std::fmt;

use globset::{Glob, GlobMatcher};
use kube_core::{Selector, SelectorExt as _};
use serde_json::{Map, Value};

use crate::kinds::{CustomKind, Kind, KindError};

use super::choice::Workload;
use super::error::{PolicyError, did_you_mean, dotted};
use super::fields::WorkloadFields;
use super::given::Given;
use super::statements::statements;
use super::table::{Field, Read, Shape};

/// One rule of `workloads`. The first one that matches a workload counts for it, and no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The way to it in the resource that states it.
    pub path: Vec<String>,
    /// The byte of the file or of the input at which it stands; `None` for one that a flag states.
    pub offset: Option<usize>,
    /// Which workloads it is for.
    pub matcher: Matcher,
    /// They are left alone.
    pub skip: bool,
    /// What it sets for them.
    pub fields: WorkloadFields,
    /// The names of the fields that it sets.
    pub stated: Vec<&'static str>,
}

/// Which workloads a rule is for: all that each of these matches. What is `None` matches every workload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matcher {
    /// The kind; for a kind that is not known, one without templates.
    pub kind: Option<Kind>,
    /// The name.
    pub name: Option<Pattern>,
    /// The namespace. It matches no workload whose namespace is not known.
    pub namespace: Option<Pattern>,
    /// The labels of the workload itself.
    pub selector: Option<Selector>,
}

/// A glob.
#[derive(Clone)]
pub struct Pattern(GlobMatcher);

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.0.glob().glob())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.glob() == other.0.glob()
    }
}

impl Eq for Pattern {}

/// Prints the glob.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.glob().glob())
    }
}

impl Matcher {
    /// Whether a rule with it is for that workload.
    pub fn matches(&self, workload: &Workload<'_>) -> bool {
        let namespace = |pattern: &Pattern| workload.namespace.is_some_and(|name| pattern.0.is_match(name));
        self.kind.as_ref().is_none_or(|kind| kind.is(workload.group, workload.kind))
            && self.name.as_ref().is_none_or(|pattern| pattern.0.is_match(workload.name))
            && self.namespace.as_ref().is_none_or(namespace)
            && self.selector.as_ref().is_none_or(|selector| selector.matches(workload.labels))
    }
}

/// Prints what it wants, as in a rule: `kind: Deployment, name: web-*`.
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

impl Rule {
    /// What it is called in messages: `workloads[1]`.
    pub fn name(&self) -> String {
        let start = self.path.iter().position(|step| step == WORKLOADS).unwrap_or_default();
        dotted(self.path.get(start..).unwrap_or_default())
    }
}

/// The field that holds the rules.
const WORKLOADS: &str = "workloads";

/// What a rule can say beside fields of the policy, in the order of the documentation.
pub(super) const KEYS: [&str; 5] = ["kind", "name", "namespace", "selector", "skip"];

impl Given<'_> {
    pub(super) fn rules(&self) -> Result<Vec<Rule>, PolicyError> {
        if self.value().as_array().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let items = self.list(&Shape::Rules.accepted())?;
        let rules = items.iter().map(Given::rule).collect::<Result<Vec<_>, _>>()?;
        let covers_all = rules.iter().position(|rule| rule.matcher == Matcher::default());
        match covers_all.filter(|at| at + 1 < rules.len()).and_then(|at| items.get(at)) {
            Some(item) => Err(item.error("matches every workload, so the rules behind it never count (put it last)")),
            None => Ok(rules),
        }
    }

    fn rule(&self) -> Result<Rule, PolicyError> {
        let (mut own, mut settings) = (Map::new(), Map::new());
        for (key, value) in self.map("a rule such as `{name: \"web-*\", drain: 60s}`")? {
            let part = if KEYS.contains(&key.as_str()) { &mut own } else { &mut settings };
            part.insert(key.clone(), value.clone());
        }
        let mut rule = Rule {
            path: self.path().to_vec(),
            offset: None,
            matcher: Matcher::default(),
            skip: false,
            fields: WorkloadFields::default(),
            stated: Vec::new(),
        };
        for (key, value) in own.iter().filter(|(_, value)| !value.is_null()) {
            let value = self.inside(key, value);
            match key.as_str() {
                "kind" => rule.matcher.kind = Some(value.matched_kind()?),
                "name" => rule.matcher.name = Some(value.pattern()?),
                "namespace" => rule.matcher.namespace = Some(value.pattern()?),
                "selector" => rule.matcher.selector = Some(value.selector()?),
                _ => rule.skip = value.bool()?,
            }
        }
        for statement in statements(self.path(), &settings).map_err(|error| self.unknown_in_rule(error))? {
            let Field { name, read, .. } = statement.field;
            let given = Given::new(&statement.path, &format!("{}.{name}", self.name_of()), statement.value);
            match read {
                _ if statement.value.is_null() => {}
                Read::Run(_) => {
                    return Err(
                        given.error("can't be set by a rule: it holds for a whole run (put it beside `workloads`)")
                    );
                }
                Read::Workload(read) => {
                    read(&mut rule.fields, &given)?;
                    rule.stated.push(name);
                }
            }
        }
        // A rule that says `skip: false` and nothing else keeps its workloads from the rules behind it.
        if rule.stated.is_empty() && own.get("skip").is_none_or(Value::is_null) {
            return Err(self.error("sets nothing (add `skip: true`, or fields such as `drain: 60s`)"));
        }
        if rule.skip && !rule.stated.is_empty() {
            return Err(self.error("leaves its workloads alone, so its fields do nothing (take out them or `skip`)"));
        }
        Ok(rule)
    }

    /// A field that is not known may be a matcher that is spelt wrong.
    fn unknown_in_rule(&self, error: PolicyError) -> PolicyError {
        match error.field.last().and_then(|key| crate::nearest::nearest(key, &KEYS)) {
            Some(meant) if error.message.starts_with("unknown field") => {
                let key = error.field.last().cloned().unwrap_or_default();
                PolicyError::new(
                    &error.field,
                    &format!("unknown field `{}.{key}` (did you mean `{meant}`?)", self.name_of()),
                )
            }
            _ => error,
        }
    }

    /// A kind that may be one of the user's own.
    fn matched_kind(&self) -> Result<Kind, PolicyError> {
        let accepted = "a kind such as `Deployment` or `Rollout.argoproj.io`";
        let Value::String(name) = self.value() else { return Err(self.not(accepted, "")) };
        match (Kind::from_name(name), name.split_once('.')) {
            (Ok(kind), _) => Ok(kind),
            (Err(KindError::Unknown(_) | KindError::NeedsGroup(..)), Some((kind, group)))
                if !kind.is_empty() && !group.is_empty() =>
            {
                let (kind, group) = (kind.to_owned(), group.to_owned());
                Ok(Kind::Custom(CustomKind { group, kind, templates: Vec::new() }))
            }
            (Err(KindError::Unknown(_)), _) => {
                let names: Vec<_> =
                    Kind::all().map(|kind| kind.to_string()).filter(|name| !name.contains('.')).collect();
                let names: Vec<_> = names.iter().map(String::as_str).collect();
                Err(self.not(accepted, &did_you_mean(name, &names)))
            }
            (Err(error), _) => Err(self.error(&format!("is `{name}`, which {error}"))),
        }
    }

    fn pattern(&self) -> Result<Pattern, PolicyError> {
        let text = self.name()?;
        let glob = Glob::new(&text)
            .map_err(|error| self.not("a name or a glob such as `web-*`", &format!("({})", error.kind())))?;
        Ok(Pattern(glob.compile_matcher()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::given::tests::check as check_given;
    use super::*;
    use crate::shutdown::{PreStop, Seconds};

    fn rules(value: &Value) -> Vec<Rule> {
        Given::new(&["spec".to_owned(), "workloads".to_owned()], "workloads", value).rules().unwrap()
    }

    #[test]
    fn a_rule_has_matchers_and_fields() {
        let all = rules(&json!([
            {"kind": "StatefulSet", "name": "db-*", "namespace": "prod", "selector": "tier=data", "skip": true},
            {"name": "web", "drain": "60s", "preStop": "none", "mesh": {"drainDuration": "9s"}, "target.istio": "1.24"},
        ]));
        let names: Vec<_> = all.iter().map(|rule| format!("{} {} {}", rule.name(), rule.matcher, rule.skip)).collect();
        let first = "workloads[0] kind: StatefulSet, name: db-*, namespace: prod, selector: tier=data true";
        assert_eq!(names, [first, "workloads[1] name: web false"]);
        assert_eq!(all[1].path, ["spec", "workloads", "1"]);
        assert_eq!(all[1].fields.drain, Some(Seconds::new(60)));
        assert_eq!(all[1].fields.pre_stop, Some(PreStop::None));
        assert!(all[1].fields.mesh.drain_duration.is_some() && all[1].fields.istio.is_some());
        assert_eq!(all[1].stated, ["drain", "mesh.drainDuration", "preStop", "target.istio"]);
        assert_eq!(rules(&json!([])), []);
        assert_eq!(rules(&json!([{"name": "web", "skip": false}])).len(), 1);
    }

    /// # Cases
    ///
    /// The workload is Deployment prod/web-1 of the group apps with the label app=web.
    #[test]
    fn a_rule_matches_where_all_its_matchers_do() {
        let labels = BTreeMap::from([("app".to_owned(), "web".to_owned())]);
        let check = |namespace: Option<&str>, matchers: Value, expected: bool| {
            let mut rule = matchers.clone();
            rule["skip"] = json!(true);
            let (none, labels) = (BTreeMap::new(), &labels);
            let workload = Workload {
                group: "apps",
                kind: "Deployment",
                namespace,
                name: "web-1",
                labels,
                annotations: &none,
                template_annotations: &none,
            };
            assert_eq!(rules(&json!([rule]))[0].matcher.matches(&workload), expected, "{matchers}");
        };
        let prod = Some("prod");
        check(prod, json!({}), true);
        check(prod, json!({"kind": "Deployment"}), true);
        check(prod, json!({"kind": "Deployment.apps"}), true);
        check(prod, json!({"kind": "Deployment.example.org"}), false);
        check(prod, json!({"kind": "StatefulSet"}), false);
        check(prod, json!({"name": "web-*"}), true);
        check(prod, json!({"name": "web"}), false);
        check(prod, json!({"name": "web-?"}), true);
        check(prod, json!({"name": "web-[0-9]"}), true);
        check(prod, json!({"name": "{api,web}-*"}), true);
        check(prod, json!({"name": "*"}), true);
        check(prod, json!({"namespace": "pr*"}), true);
        check(prod, json!({"namespace": "dev"}), false);
        check(None, json!({"namespace": "*"}), false);
        check(prod, json!({"selector": "app in (web,api)"}), true);
        check(prod, json!({"selector": {"matchLabels": {"app": "api"}}}), false);
        check(prod, json!({"selector": "tier!=data"}), true);
        check(prod, json!({"name": "web-*", "namespace": "dev"}), false);
    }

    #[test]
    fn mistakes_are_named() {
        let check = |value: Value, expected: &str| {
            check_given(|given| given.rules().map(|_| ()), &value, Err(expected));
        };
        let accepted = "`f` must be a list of rules such as `[{name: \"web-*\", drain: 60s}]`";
        check(json!({"name": "a"}), &format!("{accepted}, not a mapping"));
        check(json!(["a"]), "`f[0]` must be a rule such as `{name: \"web-*\", drain: 60s}`, not the text `a`");
        let rule = |rule: Value, expected: &str| check(json!([rule]), expected);
        rule(json!({"name": "a"}), "`f[0]` sets nothing (add `skip: true`, or fields such as `drain: 60s`)");
        rule(
            json!({"skip": true, "drain": "1s"}),
            "`f[0]` leaves its workloads alone, so its fields do nothing (take out them or `skip`)",
        );
        rule(
            json!({"kinds": ["Pod"]}),
            "`f[0].kinds` can't be set by a rule: it holds for a whole run (put it beside `workloads`)",
        );
        rule(
            json!({"skip": "true"}),
            "`f[0].skip` must be `true` or `false`, not the text `true` (take the quotes off)",
        );
        rule(json!({"names": "a", "skip": true}), "unknown field `f[0].names` (did you mean `name`?)");
        rule(json!({"dran": "1s"}), "unknown field `dran` (did you mean `drain`?)");
        rule(
            json!({"target": {"istio": 1.3}}),
            "`f[0].target.istio` must be a release such as `\"1.24\"` or `v1.24.3`, not the number `1.3` (put it in quotes: as numbers 1.30 and 1.3 are the same)",
        );
        rule(
            json!({"kind": "Rollout", "skip": true}),
            "`f[0].kind` is `Rollout`, which needs its group (`Rollout.argoproj.io`)",
        );
        rule(
            json!({"kind": "deployment", "skip": true}),
            "`f[0].kind` must be a kind such as `Deployment` or `Rollout.argoproj.io`, not the text `deployment` (did you mean `Deployment`?)",
        );
        rule(
            json!({"name": "web-[", "skip": true}),
            "`f[0].name` must be a name or a glob such as `web-*`, not the text `web-[` (unclosed character class; missing ']')",
        );
        rule(
            json!({"selector": {}, "skip": true}),
            "`f[0].selector` must be a label selector such as `{matchLabels: {app: web}}` or `app=web,tier in (a,b)`, not an empty mapping",
        );
        check(
            json!([{"skip": true}, {"name": "a", "drain": "1s"}]),
            "`f[0]` matches every workload, so the rules behind it never count (put it last)",
        );
    }
}
