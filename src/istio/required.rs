//! Whether istiod injects a pod that the API server has sent to it.
//!
//! # Cases
//!
//! "value" is that of `sidecar.istio.io/inject`, the label before the annotation; `-` is no such thing, `*` any.
//! "exactly" is whether Istio takes `true` and `false` only ([`super::Feature::StrictInjectValues`]). The first row
//! that fits counts.
//!
//! | value | exactly | never selector | always selector | policy | outcome |
//! |---|---|---|---|---|---|
//! | * | * | * | * | invalid | no |
//! | true | * | * | * | * | yes |
//! | True | no | * | * | * | yes |
//! | y | no | * | * | * | yes |
//! | YES | no | * | * | * | yes |
//! | on | no | * | * | * | yes |
//! | false | * | * | * | * | no |
//! | False | no | * | * | * | no |
//! | no | no | * | * | * | no |
//! | off | no | * | * | * | no |
//! | random | no | * | * | * | no |
//! | * | * | yes | * | * | no |
//! | * | * | no | yes | * | yes |
//! | * | * | no | no | enabled | yes |
//! | * | * | no | no | disabled | no |
//!
//! Source: istio/istio `pkg/kube/inject/inject.go` (`injectRequired`), and `webhook_test.go` (`TestInjectRequired`).

use super::{AutoInject, Feature, PodIdentity, Reason, Surroundings, Target};

/// The meaning of `sidecar.istio.io/inject`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// A sidecar.
    Yes,
    /// No sidecar.
    No,
    /// No wish: selectors and policy decide.
    Default,
}

impl Wish {
    /// Reads the value. `exactly`: as releases do that accept only `true` and `false`; otherwise as earlier releases.
    pub(super) fn of(value: Option<&str>, exactly: bool) -> Self {
        let value = value.unwrap_or_default();
        if exactly {
            return match value {
                "true" => Self::Yes,
                "false" => Self::No,
                _ => Self::Default,
            };
        }
        match value.to_ascii_lowercase().as_str() {
            "y" | "yes" | "true" | "on" => Self::Yes,
            "" => Self::Default,
            _ => Self::No,
        }
    }
}

/// Whether istiod injects a pod with that wish, once its webhook is called.
pub(super) fn is_required(wish: Wish, around: &Surroundings) -> bool {
    let policy = around.mesh.auto_inject.as_ref().map_or(AutoInject::Enabled, |policy| policy.value);
    match (policy, wish) {
        (AutoInject::Invalid, _) => false,
        (_, Wish::Yes) => true,
        (_, Wish::No) => false,
        (_, Wish::Default) if around.never_inject.is_some() => false,
        (_, Wish::Default) if around.always_inject.is_some() => true,
        (policy, Wish::Default) => policy == AutoInject::Enabled,
    }
}

/// The readings of the pod's `sidecar.istio.io/inject`: two if they differ and the release is unknown.
pub(super) fn wishes(pod: &PodIdentity, target: Target) -> Vec<Wish> {
    let value = pod.inject().map(|(_, value)| value);
    let mut wishes = match Feature::StrictInjectValues.is_in(target) {
        Some(exactly) => vec![Wish::of(value, exactly)],
        None => vec![Wish::of(value, false), Wish::of(value, true)],
    };
    wishes.dedup();
    wishes
}

/// What the value asks for, as a reason.
pub(super) fn reason_of_wish(pod: &PodIdentity, wishes: &[Wish]) -> Option<Reason> {
    let (place, value) = pod.inject()?;
    let owned = value.to_owned();
    match wishes {
        [Wish::Yes] => Some(Reason::InjectionOn(place, owned)),
        [Wish::No] => Some(Reason::InjectionOff(place, owned)),
        [Wish::Default] => (!value.is_empty()).then_some(Reason::InjectionIgnored(place, owned)),
        [earlier, ..] => Some(Reason::InjectionUnclear { place, value: owned, refuses: *earlier == Wish::No }),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::istio::{Setting, SettingOrigin};
    use crate::kubernetes::doc_table;

    #[test]
    fn every_combination() {
        let rows = doc_table::rows(include_str!("required.rs"), "Cases");
        let mut values: Vec<&str> = rows.iter().map(|row| row[0].as_str()).filter(|value| *value != "*").collect();
        values.extend(["-", ""]);
        let mut used = vec![false; rows.len()];
        for value in values {
            for exactly in ["yes", "no"] {
                for never in ["yes", "no"] {
                    for always in ["yes", "no"] {
                        for policy in ["enabled", "disabled", "invalid", "-"] {
                            let named = if policy == "-" { "enabled" } else { policy };
                            let given = [value, exactly, never, always, named];
                            let fits = |row: &Vec<String>| {
                                row.iter().zip(given).all(|(cell, value)| cell == "*" || cell == value)
                            };
                            let at = rows.iter().position(fits).unwrap_or_else(|| panic!("no row for {given:?}"));
                            used[at] = true;
                            let mut around = Surroundings {
                                never_inject: (never == "yes").then_some(SettingOrigin::Declared),
                                always_inject: (always == "yes").then_some(SettingOrigin::Declared),
                                ..Surroundings::default()
                            };
                            around.mesh.auto_inject = match policy {
                                "enabled" => Some(AutoInject::Enabled),
                                "disabled" => Some(AutoInject::Disabled),
                                "invalid" => Some(AutoInject::Invalid),
                                _ => None,
                            }
                            .map(|policy| Setting::new(policy, SettingOrigin::Declared));
                            let wish = Wish::of((value != "-").then_some(value), exactly == "yes");
                            assert_eq!(is_required(wish, &around), rows[at][5] == "yes", "{given:?}");
                        }
                    }
                }
            }
        }
        let unused: Vec<_> = rows.iter().zip(used).filter(|(_, used)| !used).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }
}
