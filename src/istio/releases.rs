//! Which release of Istio or Kubernetes has which feature. This is the only table of behaviour that depends on a
//! version.
//!
//! # Features
//!
//! "unsure from" is the first release that may have it, if the sources don't say. "gone in" is the first release
//! without it.
//!
//! | feature | of | unsure from | since | gone in | what | source |
//! |---|---|---|---|---|---|---|
//! | TerminationDrainDuration | Istio | - | 1.7 | - | `terminationDrainDuration` in the proxy's configuration | istio/api `mesh/v1alpha1/proxy.proto` |
//! | ParentShutdownDuration | Istio | - | 1.0 | 1.17 | `parentShutdownDuration`, which must be longer than `drainDuration` | istio/api `mesh/v1alpha1/proxy.proto`; istio/istio `pkg/config/validation` |
//! | OverrideMerge | Istio | 1.9 | 1.10 | - | an `istio-proxy` in the pod is merged into the injected one | istio/istio#29374 |
//! | ObjectSelectors | Istio | - | 1.10 | - | labels of a pod alone can ask for a sidecar | the istiod chart's `templates/mutatingwebhook.yaml`; istio/istio#30013 |
//! | ExitOnIdle | Istio | - | 1.12 | - | `EXIT_ON_ZERO_ACTIVE_CONNECTIONS` and `MINIMUM_DRAIN_DURATION` | istio/istio#34855, `pkg/envoy/agent.go` |
//! | NativeSidecars | Istio | - | 1.19 | - | native sidecars, by `ENABLE_NATIVE_SIDECARS` | istio/istio#45959 |
//! | DrainHook | Istio | - | 1.21 | - | the template gives native sidecars a preStop hook that drains | istio/istio#47226, the istiod chart's `files/injection-template.yaml` |
//! | SkipExit | Istio | - | 1.21 | - | Envoy knows `skip_exit`, so that listeners stay open after a drain | envoyproxy/envoy#30003 |
//! | NativeAnnotation | Istio | - | 1.24 | - | the pod annotation `sidecar.istio.io/nativeSidecar` | istio/api `annotation/annotations.yaml` |
//! | AppHooksRewritten | Istio | - | 1.25 | - | httpGet and tcpSocket hooks of apps go through port 15020 | istio/istio#53654, `pkg/kube/inject/app_probe.go` |
//! | QuitAtOnce | Istio | - | 1.26 | - | `quitquitquit` on the agent's port ends it without a drain | istio/istio#55424, `pilot/cmd/pilot-agent/status/server.go` |
//! | NativeByNodes | Istio | - | 1.27 | - | `ENABLE_NATIVE_SIDECARS` is `auto` unless set: the nodes decide | istio/istio#56918, `pilot/pkg/features/pilot.go` |
//! | StrictInjectValues | Istio | - | 1.27 | - | `sidecar.istio.io/inject` is read as exactly `true` or `false`, and anything else is ignored | istio/istio#56737, `pkg/kube/inject/inject.go` |
//! | ProxyQuantities | Istio | - | 1.29 | - | `sidecar.istio.io/proxyCPU` and its like are validated at injection | istio/istio#58928, `pkg/kube/inject/validate.go` |
//! | ConnectionSettings | Istio | - | 1.31 | - | `connectionSettings` in the proxy's configuration | istio/api `mesh/v1alpha1/proxy.proto` |
//! | ConnectionDrain | Istio | - | 1.32 | - | Envoy closes idle connections in the last third of `drainDuration`; the release is inferred from Envoy 1.40 | Envoy changelog, `http__proactive_connection_drain`; measured |
//! | SidecarContainers | Kubernetes | 1.28 | 1.29 | - | init containers with `restartPolicy: Always`; an alpha feature in 1.28 | kubernetes/enhancements KEP-753 |
//! | StableSidecarContainers | Kubernetes | - | 1.33 | - | the same as a stable feature, which istiod looks for on the nodes | KEP-753; istio/istio `pkg/kube/inject/webhook.go` (`DetectNativeSidecar`) |
//! | SleepAction | Kubernetes | 1.29 | 1.30 | - | the `sleep` handler; an alpha feature in 1.29, stable in 1.34 | kubernetes/enhancements KEP-3960 |

use crate::kubernetes::Release;

/// The releases that manifests are for, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Target {
    /// The release of Istio.
    pub istio: Option<Release>,
    /// The release of Kubernetes: the oldest one among the nodes.
    pub kubernetes: Option<Release>,
}

/// The system whose releases count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum System {
    /// Istio.
    Istio,
    /// Kubernetes.
    Kubernetes,
}

/// Behaviour that only some releases have. The table in this module's source describes each feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Feature {
    /// `terminationDrainDuration`
    TerminationDrainDuration,
    /// `parentShutdownDuration`, up to Istio 1.16
    ParentShutdownDuration,
    /// An override in `containers` is merged into the sidecar.
    OverrideMerge,
    /// A pod's own labels can ask for a sidecar.
    ObjectSelectors,
    /// `EXIT_ON_ZERO_ACTIVE_CONNECTIONS`
    ExitOnIdle,
    /// Native sidecars.
    NativeSidecars,
    /// Native sidecars come with a preStop hook that drains.
    DrainHook,
    /// `skip_exit`
    SkipExit,
    /// `sidecar.istio.io/nativeSidecar`
    NativeAnnotation,
    /// HTTP and TCP hooks of apps go through port 15020.
    AppHooksRewritten,
    /// The agent quits without a drain when it is asked to.
    QuitAtOnce,
    /// Native sidecars where all nodes are new enough.
    NativeByNodes,
    /// `sidecar.istio.io/inject` must be exactly `true` or `false`.
    StrictInjectValues,
    /// Quantities of resources in annotations are validated.
    ProxyQuantities,
    /// `connectionSettings`
    ConnectionSettings,
    /// Envoy closes idle connections while it drains.
    ConnectionDrain,
    /// Native sidecars in the kubelet.
    SidecarContainers,
    /// Native sidecars as a stable feature of the kubelet.
    StableSidecarContainers,
    /// The `sleep` handler.
    SleepAction,
}

/// The releases that have a feature.
struct Releases {
    system: System,
    /// The first release that may have it.
    unsure_from: Release,
    /// The first release that has it.
    since: Release,
    /// The first release that no longer has it.
    gone_in: Option<Release>,
}

impl Feature {
    const fn span(self) -> Releases {
        use System::{Istio, Kubernetes};
        match self {
            Self::TerminationDrainDuration => since(Istio, 7),
            Self::ParentShutdownDuration => Releases { gone_in: Some(Release::new(1, 17)), ..since(Istio, 0) },
            Self::OverrideMerge => Releases { unsure_from: Release::new(1, 9), ..since(Istio, 10) },
            Self::ObjectSelectors => since(Istio, 10),
            Self::ExitOnIdle => since(Istio, 12),
            Self::NativeSidecars => since(Istio, 19),
            Self::DrainHook | Self::SkipExit => since(Istio, 21),
            Self::NativeAnnotation => since(Istio, 24),
            Self::AppHooksRewritten => since(Istio, 25),
            Self::QuitAtOnce => since(Istio, 26),
            Self::NativeByNodes | Self::StrictInjectValues => since(Istio, 27),
            Self::ProxyQuantities => since(Istio, 29),
            Self::ConnectionSettings => since(Istio, 31),
            Self::ConnectionDrain => since(Istio, 32),
            Self::SidecarContainers => Releases { unsure_from: Release::new(1, 28), ..since(Kubernetes, 29) },
            Self::StableSidecarContainers => since(Kubernetes, 33),
            Self::SleepAction => Releases { unsure_from: Release::new(1, 29), ..since(Kubernetes, 30) },
        }
    }

    /// The first release that has it for certain.
    pub(crate) const fn since(self) -> Release {
        self.span().since
    }

    /// Whether the target has it; `None` if the release is not known, or if no source says.
    pub(crate) fn is_in(self, target: Target) -> Option<bool> {
        let span = self.span();
        let release = match span.system {
            System::Istio => target.istio,
            System::Kubernetes => target.kubernetes,
        }?;
        if release < span.unsure_from || span.gone_in.is_some_and(|gone| release >= gone) {
            Some(false)
        } else {
            (release >= span.since).then_some(true)
        }
    }
}

/// A feature of release 1.`minor` and all later ones.
const fn since(system: System, minor: u32) -> Releases {
    let since = Release::new(1, minor);
    Releases { system, unsure_from: since, since, gone_in: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::doc_table;

    const ALL: [Feature; 19] = [
        Feature::TerminationDrainDuration,
        Feature::ParentShutdownDuration,
        Feature::OverrideMerge,
        Feature::ObjectSelectors,
        Feature::ExitOnIdle,
        Feature::NativeSidecars,
        Feature::DrainHook,
        Feature::SkipExit,
        Feature::NativeAnnotation,
        Feature::AppHooksRewritten,
        Feature::QuitAtOnce,
        Feature::NativeByNodes,
        Feature::StrictInjectValues,
        Feature::ProxyQuantities,
        Feature::ConnectionSettings,
        Feature::ConnectionDrain,
        Feature::SidecarContainers,
        Feature::StableSidecarContainers,
        Feature::SleepAction,
    ];

    #[test]
    fn every_feature_of_the_table_in_every_release() {
        let rows = doc_table::rows(include_str!("releases.rs"), "Features");
        assert_eq!(rows.len(), ALL.len());
        for (row, feature) in rows.iter().zip(ALL) {
            let [name, system, unsure, since, gone, what, source] = row.as_slice() else { panic!("{row:?}") };
            assert_eq!(*name, format!("{feature:?}"));
            assert_eq!(*system, format!("{:?}", feature.span().system));
            assert!(!what.is_empty() && !source.is_empty(), "{name}");
            let release = |text: &str| (text != "-").then(|| text.parse::<Release>().expect(text));
            let since = release(since).unwrap();
            assert_eq!(feature.since(), since);
            for minor in 0..40 {
                let at = Release::new(1, minor);
                let expected = if release(gone).is_some_and(|gone| at >= gone) {
                    Some(false)
                } else if at >= since {
                    Some(true)
                } else {
                    release(unsure).is_none_or(|unsure| at < unsure).then_some(false)
                };
                let (istio, kubernetes) = match feature.span().system {
                    System::Istio => (Some(at), None),
                    System::Kubernetes => (None, Some(at)),
                };
                assert_eq!(feature.is_in(Target { istio, kubernetes }), expected, "{name} in {at}");
            }
            assert_eq!(feature.is_in(Target::default()), None);
        }
    }
}
