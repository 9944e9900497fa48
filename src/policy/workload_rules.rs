//! Reads the rules of `workloads:`. A rule can set all fields that the table allows for it.

use crate::shutdown::Policy;

use super::error::{Flaws, PolicyError, all};
use super::field::FieldSlot;
use super::given::{FieldValue, Given};
use super::matching::{Matcher, Pattern, WorkloadRule};
use super::shape::Shape;
use super::statements::statements;

/// The keys that a rule can have beside fields of the policy, in the order of the documentation.
pub(super) const KEYS: [&str; 5] = ["kind", "name", "namespace", "selector", "skip"];

/// Reads rules that change `base` for their workloads.
pub(super) fn read(given: &Given<'_>, base: &Policy) -> Result<Vec<WorkloadRule>, PolicyError> {
    if given.value.as_array().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let items = given.list(Shape::Rules)?;
    let rules = all(items.iter().map(|item| rule(item, base)))?;
    let covers_all = rules.iter().position(|rule| rule.matcher == Matcher::default());
    match covers_all.filter(|at| at + 1 < rules.len()).and_then(|at| items.get(at)) {
        Some(item) => Err(item.error("matches every workload, so the rules after it never apply (put it last)")),
        None => Ok(rules),
    }
}

fn rule(given: &Given<'_>, base: &Policy) -> Result<WorkloadRule, PolicyError> {
    let map = given.map("a rule such as `{name: \"web-*\", drain: 60s}`")?;
    let mut flaws = Flaws::default();
    let (mut matcher, mut skip, mut policy, mut stated) = (Matcher::default(), None, base.clone(), Vec::new());
    for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
        let value = given.inside(key, value);
        match key.as_str() {
            "kind" => matcher.kind = flaws.keep(value.matched_kind()),
            "name" => matcher.name = flaws.keep(pattern(&value)),
            "namespace" => matcher.namespace = flaws.keep(pattern(&value)),
            "selector" => matcher.selector = flaws.keep(value.selector()),
            "skip" => skip = flaws.keep(bool::read(&value)),
            _ => {}
        }
    }
    for statement in statements(&given.path, map, &KEYS, &mut flaws) {
        let value = statement.given().among(given.places);
        let put = match statement.field.place {
            FieldSlot::Workload(put) => put(&mut policy, &value),
            FieldSlot::Run(_) | FieldSlot::Rules | FieldSlot::Revisions => {
                Err(value.error("can't be set by a rule: it holds for a whole run (put it beside `workloads`)"))
            }
        };
        stated.extend(flaws.keep(put).map(|()| statement.field.name));
    }
    let (path, is_skip) = (given.path.clone(), skip == Some(true));
    flaws.unless(())?;
    // A rule with only `skip: false` protects its workloads from the rules after it.
    match (skip, stated.is_empty()) {
        (None, true) => Err(given.error("sets nothing (add `skip: true`, or fields such as `drain: 60s`)")),
        (Some(true), false) => {
            Err(given.error("leaves its workloads alone, so its fields do nothing (take out them or `skip`)"))
        }
        _ => Ok(WorkloadRule { path, offset: None, matcher, skip: is_skip, policy, stated }),
    }
}

fn pattern(given: &Given<'_>) -> Result<Pattern, PolicyError> {
    Pattern::new(String::read(given)?).map_err(|why| given.not("a name or a glob such as `web-*`", &format!("({why})")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::super::given::tests::check_by;
    use super::super::matching::WorkloadTraits;
    use super::*;
    use crate::shutdown::{PreStop, Seconds};
    use crate::yaml::Route;

    fn rules(value: &Value) -> Vec<WorkloadRule> {
        read(&Given::new(&Route::from(["spec", "workloads"]), value), &Policy::builtin()).unwrap()
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
        assert_eq!(all[1].path, Route::from(["spec", "workloads"]).then([1]));
        assert_eq!(all[1].policy.drain, Some(Seconds::new(60)));
        assert_eq!(all[1].policy.pre_stop, PreStop::None);
        assert!(all[1].policy.mesh.proxy.drain_duration.is_some() && all[1].policy.istio.is_some());
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
            let workload = WorkloadTraits {
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
            check_by(|given| read(given, &Policy::builtin()).map(|_| ()), &value, Err(expected));
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
        rule(json!({"names": "a", "skip": true}), "unknown field `names` (did you mean `name`?)");
        rule(json!({"dran": "1s"}), "unknown field `dran` (did you mean `drain`?)");
        rule(
            json!({"target": {"istio": 1.3}}),
            "`f[0].target.istio` must be a release such as `\"1.24\"` or `v1.24.3`, not the number `1.3` (put it in \
             quotes: as numbers 1.30 and 1.3 are the same)",
        );
        rule(
            json!({"kind": "Rollout", "skip": true}),
            "`f[0].kind` can't be used: the kind `Rollout` needs its group (`Rollout.argoproj.io`)",
        );
        rule(
            json!({"kind": "deployment", "skip": true}),
            "`f[0].kind` must be a kind such as `Deployment` or `Rollout.argoproj.io`, not the text `deployment` (did \
             you mean `Deployment`?)",
        );
        rule(
            json!({"name": "web-[", "skip": true}),
            "`f[0].name` must be a name or a glob such as `web-*`, not the text `web-[` (unclosed character class; \
             missing ']')",
        );
        rule(
            json!({"selector": {}, "skip": true}),
            "`f[0].selector` must be a label selector such as `{matchLabels: {app: web}}` or `app=web,tier in (a,b)`, \
             not an empty mapping",
        );
        check(
            json!([{"skip": true}, {"name": "a", "drain": "1s"}]),
            "`f[0]` matches every workload, so the rules after it never apply (put it last)",
        );
    }
}
