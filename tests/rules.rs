//! Each rule of the registry has a fixture in which it fires, and one much like it in which it must stay silent.
//!
//! The goldens of the fixtures are what is read here. `fixtures.rs` holds them against what the tool does.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::support::case;

/// The id of a rule, a fixture in which it fires, and the nearest one in which it must not.
const RULES: &[(&str, &str, &str)] = &[
    ("admin-port-out-of-reach", "recipe/admin-port-out-of-reach", "recipe/admin-port-of-the-pod"),
    ("ambiguous-line-break", "refused/nel", "text/odd-line-breaks-in-another-document"),
    ("app-hook-ends-proxy", "recipe/hook-of-an-app-quits-the-proxy", "recipe/hook-of-an-app-quits-itself"),
    ("app-sleep-kept", "recipe/remove-keeps-a-sleep-of-five", "recipe/remove-app-hooks"),
    ("bad-annotation", "policy/annotation-without-unit", "policy/annotation-drain"),
    ("bad-drain-duration", "recipe/config-drain-without-unit", "recipe/config-drain-in-other-units"),
    ("bad-minimum-drain", "recipe/minimum-without-unit", "recipe/idle-there-with-a-longer-minimum"),
    ("bad-proxy-config", "recipe/config-that-is-no-yaml", "recipe/config-values-that-istio-takes"),
    ("bad-proxy-quantity", "recipe/proxy-quantity-unread", "recipe/proxy-quantity"),
    ("classic-proxy-keeps-job", "recipe/kind-job", "recipe/kind-job-native"),
    ("complex-key", "refused/complex-key", "text/complex-keys-off-the-path"),
    ("covered-by-mesh", "mesh/covered", "mesh/covered-and-dropped"),
    ("dead-drain-variable", "recipe/settings-that-nothing-reads", "recipe/idle-into-other-metadata"),
    ("dies-on-purpose", "recipe/grace-five", "recipe/grace-six"),
    ("drain-beyond-apps", "recipe/drain", "recipe/app-delay-longest-request"),
    ("drain-beyond-drain-duration", "recipe/mode-classic-declared-sigterm", "recipe/mode-sigterm-long-hook"),
    ("drain-ignored-by-exit-on-idle", "recipe/idle-beside-a-drain-duration", "recipe/idle-there"),
    ("drain-lengthens-downtime", "recipe/recreate", "recipe/recreate-wait"),
    ("drain-without-effect", "recipe/drain-shorter-than-the-hook", "recipe/drain"),
    ("drain-without-graceful", "recipe/override-kept-drain-that-is-abrupt", "recipe/override-kept-drain-graceful"),
    ("duplicate-key", "refused/duplicate-key-that-is-read", "text/duplicate-keys-off-the-path"),
    ("edit-in-alias", "workloads/shared-template", "text/alias-on-the-path-with-nothing-to-do"),
    ("edit-in-merge", "refused/merged-annotations", "text/merge-off-the-path"),
    ("ends-proxy-early", "recipe/mode-exec-that-ends-the-proxy", "recipe/mode-exec"),
    ("exit-on-idle-on-native", "recipe/idle-there", "recipe/idle-there-classic"),
    ("exit-on-idle-too-new", "recipe/idle-too-new", "recipe/idle"),
    ("foreign-hook-kept", "recipe/override-kept-hook", "recipe/override-replaced-hook"),
    ("gateway-grace-by-hand", "mesh/gateways-of-an-operator", "mesh/gateways-of-an-operator-with-an-overlay"),
    ("gateway-without-drain", "left-alone/gateway-without-drain", "recipe/gateway"),
    ("grace-below-mesh-drain", "world/grace-below-the-mesh", "world/grace-above-the-mesh"),
    ("grace-beyond-cover", "recipe/grace-beyond-the-cover", "recipe/grace-large-and-drain"),
    ("grace-kept", "recipe/remove-the-recipe", "recipe/remove-nothing"),
    ("grace-over-node-limit", "recipe/spot-node", "recipe/spot-node-short-enough"),
    ("hold-hook-hidden", "world/hold-hook-hidden", "world/hold-hook-beside-the-drain"),
    ("hook-awaits-apps", "recipe/override-waits-for-the-apps", "recipe/override-waits-for-the-apps-converted"),
    ("hook-command-in-one-word", "recipe/hook-in-one-word", "recipe/hook-of-a-shell"),
    ("hook-eats-grace", "recipe/forty-forty-forty", "recipe/hook-longer-than-grace"),
    (
        "hook-kills-native-proxy",
        "recipe/native-foreign-hook-that-kills",
        "recipe/native-foreign-hook-that-kills-replaced",
    ),
    ("hook-needs-a-binary", "recipe/distroless-sigterm", "recipe/mode-sigterm"),
    ("init-container-proxy", "recipe/init-container-without-restart-policy", "recipe/native"),
    ("injection-not-seen", "recipe/safe-without-sight", "injection/policy-namespaces"),
    ("istio-too-old", "recipe/release-too-old-for-overrides", "recipe/release-without-skip-exit"),
    ("limit-range-hits-placeholder", "world/limit-range", "world/limit-range-and-resources"),
    ("live-mesh-object", "mesh/from-a-cluster", "mesh/literal-block"),
    ("managed-mesh-object", "mesh/managed-by-helm", "mesh/literal-block"),
    ("mesh-contradiction", "world/two-meshes", "world/tag-of-a-revision"),
    ("mesh-drains-already", "recipe/mesh-drains-already", "recipe/mesh-exits-on-idle"),
    ("mesh-hook-on-native", "recipe/mesh-hook-on-native", "recipe/mesh-hook-replaced"),
    ("mesh-hook-replaced", "recipe/mesh-hook-replaced", "recipe/mesh-hook-in-force"),
    ("mesh-not-drained", "mesh/checked", "mesh/checked-and-there"),
    ("mesh-parameter-wins", "mesh/parameters-of-files", "mesh/parameter-of-an-application"),
    ("mesh-wide-hook", "mesh/injector-with-a-hook", "mesh/injector"),
    ("mesh-without-drain", "mesh/without-drain", "mesh/left-alone-without-the-word"),
    ("missing-template", "workloads/custom-kind-of-a-misspelt-path", "workloads/custom-kind-of-a-function-config"),
    ("missing-workload-ref", "workloads/rollout-refers-to-nothing", "workloads/rollout-refers"),
    ("native-annotation-too-new", "recipe/pin-too-new", "recipe/pin-native"),
    (
        "native-annotation-value",
        "injection/native-annotation-odd-our-container",
        "injection/native-by-the-mesh-classic-by-annotation",
    ),
    ("native-drain-hook-fails", "recipe/native-istios-hook-can-not-ask", "recipe/native-istios-own-hook"),
    ("no-endpoint-delay", "workloads/rollout-endpoint-delay", "workloads/rollout-endpoint-delay-known"),
    ("not-brought-back", "mesh/longer-already-exact", "mesh/literal-block"),
    ("not-drained", "policy/check", "policy/check-nothing-lacks"),
    ("overridden-setting", "recipe/idle-off-in-the-override", "recipe/idle-there"),
    (
        "override-without-injection",
        "injection/override-without-injection",
        "injection/override-in-an-enabled-namespace",
    ),
    ("overrides-annotation", "recipe/overrides-annotation", "recipe/all-there"),
    ("patch-undoes-base", "left-alone/patch-directive", "left-alone/patch-of-an-image"),
    ("persistent-sessions", "world/persistent-sessions", "world/persistent-sessions-of-stated-length"),
    ("pin-contradicts-container", "recipe/pin-beside-another-handler", "recipe/pin-native"),
    ("pin-without-mode", "recipe/pin-without-mode", "recipe/pin-classic"),
    ("port-15020-race", "recipe/app-http-hook-through-the-agent", "recipe/app-http-hook-not-rewritten"),
    ("pre-stop-command-ignored", "recipe/settings-that-nothing-reads", "world/command-annotation"),
    ("proxy-of-another-name", "world/proxy-of-another-name", "world/proxy-of-its-own-name"),
    ("revision-ignored", "world/revision-of-another-namespace", "world/revision-of-the-same-name"),
    ("revisions-differ", "world/revisions-differ", "world/revisions-agree"),
    ("rollout-pending", "running/rollout-pending", "running/rollout-complete"),
    ("setting-on-the-wrong-level", "recipe/settings-on-the-workload", "recipe/all-there"),
    ("shared-process-namespace", "recipe/mode-sigterm-shared-processes", "recipe/mode-sigterm"),
    ("shorter-than-mesh", "mesh/shorter-than-the-mesh", "mesh/covered"),
    ("sleep-action-too-new", "recipe/sleep-action-too-new", "recipe/hook-sleep-action"),
    ("sleep-without-length", "recipe/mode-sleep-unknown-hook", "recipe/mode-sleep-estimated-hook"),
    ("tcp-socket-hook", "recipe/hook-of-a-tcp-socket", "recipe/hook-http"),
    ("template-in-mesh-hook", "mesh/injector-hook-of-a-template", "mesh/injector-with-a-hook"),
    ("template-is-fixed", "recipe/kind-pod", "recipe/kind-cronjob"),
    ("two-handlers", "recipe/override-kept-two-handlers", "recipe/override-replaced-http-hook"),
    ("two-proxies", "recipe/override-twice", "recipe/override-in-front-of-the-app"),
    ("uneditable", "recipe/config-of-two-documents", "recipe/config-snake-case"),
    ("unknown-annotation", "policy/annotation-unknown", "policy/annotation-drain"),
    ("unknown-hook-length", "recipe/hook-unknown", "recipe/hook-in-minutes"),
    ("unknown-proxy-config-field", "recipe/config-unknown-field", "recipe/config-snake-case"),
    ("unknown-proxy-hook-length", "recipe/override-kept-hook-unknown", "recipe/override-kept-hook"),
    ("unknown-tag", "refused/warn-unknown-tag", "text/tags-off-the-path"),
    ("unmatched-rule", "policy/rule-unmatched", "policy/rule-by-name"),
    ("unreadable-grace-period", "recipe/grace-in-quotes", "text/grace-octal"),
    ("unreadable-mesh", "world/unreadable", "world/drain-of-the-mesh"),
    ("unused-suppression", "policy/check-unused-suppression", "policy/check-suppressed"),
    ("value-filled-later", "workloads/variables-of-flux", "recipe/hook-of-a-shell"),
    ("values-out-of-sight", "mesh/values-from-elsewhere", "mesh/values-from-elsewhere-and-a-drain"),
    ("wait-not-possible", "recipe/mode-wait-same-user", "recipe/mode-wait"),
];

#[test]
fn every_rule_fires_and_stays_silent() {
    let mut wrong = Vec::new();
    for (id, firing, silent) in RULES {
        let (firing_ids, silent_ids) = (fired(firing), fired(silent));
        if !firing_ids.contains(*id) {
            wrong.push(format!("{id} does not fire in {firing}: {firing_ids:?}"));
        }
        if silent_ids.contains(*id) {
            wrong.push(format!("{id} fires in {silent}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_is_in_the_table() {
    let files = fs::read_dir("src/rules").unwrap().map(|entry| entry.unwrap().path());
    let mut names: BTreeSet<_> =
        files.map(|path| path.file_stem().unwrap().to_str().unwrap().replace('_', "-")).collect();
    ["mod", "rule", "finding"].iter().for_each(|other| assert!(names.remove(*other), "{other}"));
    assert_eq!(RULES.iter().map(|(id, ..)| (*id).to_owned()).collect::<BTreeSet<_>>(), names);
}

/// The rules that `fix` mends, each with a fixture that has the fixed result. `tests/remedies.rs` applies the fix to all
/// others.
const FIXED: [(&str, &str); 2] =
    [("mesh-not-drained", "mesh/literal-block"), ("not-drained", "recipe/hook-longer-than-grace")];

#[test]
fn what_fix_mends_has_its_fixed_result() {
    for (id, fixture) in FIXED {
        let case = case::named(fixture);
        let fixed = fs::read(case.folder.join("expected.yaml")).unwrap_or_else(|error| panic!("{fixture}: {error}"));
        let fires = |input: &[u8]| {
            let told = case.run_as("check", input, &["--threads", "1", "--format", "json"]);
            String::from_utf8(told.stdout).unwrap().contains(&format!("\"rule\": \"{id}\""))
        };
        assert!(fires(&case.input) && !fires(&fixed), "{id} in {fixture}");
    }
    let pages = fs::read_to_string("docs/rules.md").unwrap();
    let pages = pages.split("\n## ").filter(|page| page.contains("; `istio-drain fix` edits it.*"));
    let ids: Vec<_> = pages.map(|page| page.lines().next().unwrap()).collect();
    assert_eq!(FIXED.map(|(id, _)| id), ids.as_slice());
}

/// The ids of the rules that fire in a fixture.
fn fired(fixture: &str) -> BTreeSet<String> {
    let path = Path::new("fixtures").join(fixture).join("results.yaml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(text.contains("\nworkloads:"), "{fixture} is not a run over workloads");
    text.lines().filter_map(id).map(str::to_owned).collect()
}

/// The id in a line of a golden such as `  - warning: two-handlers`. A rule of the policy that matches nothing has no
/// workload, and its line is a `warning` of its own.
fn id(line: &str) -> Option<&str> {
    if line.starts_with("warning: \"workloads[") {
        return Some("unmatched-rule");
    }
    let line = line.strip_prefix("  - ")?;
    ["error: ", "warning: ", "info: "].iter().find_map(|severity| line.strip_prefix(severity))
}
