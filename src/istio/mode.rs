//! Whether istiod makes the proxy a classic or a native sidecar, if that is known.
//!
//! The first item of this list that applies decides:
//!
//! 1. The proxy in the manifest: an injected one shows its kind, gateways are always classic, and an override in
//!    `initContainers` with `restartPolicy: Always` can be merged only into a native sidecar.
//! 2. The pod's annotation `sidecar.istio.io/nativeSidecar`, if the release of Istio knows it. An empty value counts as
//!    absent.
//! 3. A release of Istio without native sidecars: classic.
//! 4. The policy's `sidecar`, which says what the mesh does.
//! 5. `ENABLE_NATIVE_SIDECARS` of istiod, as the input or the policy's `mesh` shows it.
//! 6. The sidecars of the workload's running pods, if the input has such pods and they agree.
//! 7. The default of the flag: off up to Istio 1.26, and by the nodes from 1.27 on.
//!
//! # Cases
//!
//! "flag" is `ENABLE_NATIVE_SIDECARS`; `-` is what is not there or not known.
//!
//! | pod | Istio | Kubernetes | policy | flag | mode | reasons |
//! |---|---|---|---|---|---|---|
//! | - | - | - | - | - | unknown | mode-not-visible |
//! | - | 1.18 | - | - | - | classic | no-native-sidecars |
//! | - | 1.18 | 1.33 | native | on | classic | no-native-sidecars |
//! | - | 1.19 | - | - | - | classic | classic-by-default |
//! | - | 1.26 | 1.33 | - | - | classic | classic-by-default |
//! | - | 1.27 | - | - | - | unknown | nodes-not-visible |
//! | - | 1.27 | 1.32 | - | - | classic | nodes-decide |
//! | - | 1.27 | 1.33 | - | - | native | nodes-decide |
//! | - | 1.30 | 1.36 | - | - | native | nodes-decide |
//! | - | - | 1.32 | - | - | classic | nodes-decide |
//! | - | - | 1.33 | - | - | unknown | mode-not-visible |
//! | - | - | - | classic | - | classic | declared-mode |
//! | - | - | - | native | off | native | declared-mode |
//! | - | 1.30 | 1.33 | classic | - | classic | declared-mode |
//! | - | - | - | - | on | native | native-sidecars-flag |
//! | - | 1.24 | 1.29 | - | on | native | native-sidecars-flag |
//! | - | 1.30 | 1.29 | - | on | native | native-sidecars-flag |
//! | - | 1.30 | 1.33 | - | off | classic | native-sidecars-flag |
//! | - | - | - | - | off | classic | native-sidecars-flag |
//! | - | 1.26 | 1.33 | - | auto | classic | native-sidecars-flag |
//! | - | 1.27 | 1.33 | - | auto | native | nodes-decide |
//! | - | 1.27 | 1.32 | - | auto | classic | nodes-decide |
//! | - | - | 1.33 | - | auto | native | nodes-decide |
//! | - | 1.27 | - | - | auto | unknown | nodes-not-visible |
//! | - | - | - | - | auto | unknown | nodes-not-visible |
//! | annotation true | - | - | - | - | native | native-annotation |
//! | annotation false | - | - | - | - | classic | native-annotation |
//! | annotation true | 1.24 | - | classic | off | native | native-annotation |
//! | annotation false | 1.30 | 1.33 | native | on | classic | native-annotation |
//! | annotation true | 1.23 | - | - | - | classic | native-annotation-ignored, classic-by-default |
//! | annotation false | 1.23 | - | - | on | native | native-annotation-ignored, native-sidecars-flag |
//! | annotation true | 1.18 | - | - | - | classic | native-annotation-ignored, no-native-sidecars |
//! | annotation True | 1.26 | - | - | on | classic | native-annotation |
//! | annotation yes | 1.24 | - | - | - | classic | native-annotation |
//! | annotation True | 1.27 | 1.32 | - | - | native | native-annotation |
//! | annotation no | 1.27 | 1.32 | - | off | native | native-annotation |
//! | annotation yes | - | - | - | - | unknown | native-annotation-unclear |
//! | annotation yes | - | - | classic | - | unknown | native-annotation-unclear |
//! | annotation "" | 1.30 | 1.32 | - | - | classic | nodes-decide |
//! | annotation "" | - | - | native | - | native | declared-mode |
//! | annotation "" | 1.27 | 1.29 | - | on | native | native-sidecars-flag |
//! | annotation "" | 1.26 | 1.29 | - | on | classic | native-annotation |
//! | native override | - | - | - | - | native | proxy-in-manifest |
//! | native override | 1.30 | 1.32 | classic | off | native | proxy-in-manifest |
//! | init container | - | - | - | - | unknown | mode-not-visible |
//! | override | 1.27 | 1.33 | - | - | native | nodes-decide |
//! | injected classic | 1.30 | 1.33 | native | on | classic | proxy-in-manifest |
//! | injected native | 1.20 | - | - | - | native | proxy-in-manifest |
//! | gateway | 1.30 | 1.33 | native | on | classic | proxy-in-manifest |
//!
//! Sources: the istiod chart's `files/injection-template.yaml` of 1.24 to 1.30; istio/istio
//! `pkg/kube/inject/webhook.go` (`DetectNativeSidecar`), `pilot/pkg/features/pilot.go` (`EnableNativeSidecars`).

use super::{Feature, MeshSettings, NativeSidecars, PodIdentity, ProxyRole, SettingOrigin, Target};

/// Which kind of sidecar a proxy is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum SidecarMode {
    /// `istio-proxy` in `containers`: it gets SIGTERM with the apps, or as soon as its own hook is over.
    Classic,
    /// `istio-proxy` in `initContainers` with `restartPolicy: Always`: it gets SIGTERM behind the apps.
    Native,
    /// It is not visible.
    #[default]
    Unknown,
}

/// The kind of sidecar that a pod gets, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mode {
    /// Which kind.
    pub kind: SidecarMode,
    /// All reasons; the last one decided.
    pub reasons: Vec<ModeReason>,
}

/// One reason for a kind of sidecar.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum ModeReason {
    /// The proxy in the manifest is of this kind.
    ProxyInManifest(SidecarMode),
    /// The pod's annotation decides. The annotation's value, and the kind.
    Annotation(String, SidecarMode),
    /// Istio doesn't know the annotation yet.
    AnnotationIgnored,
    /// Releases of Istio read the annotation's value differently.
    AnnotationUnclear(String),
    /// Istio has no native sidecars.
    NoNativeSidecars,
    /// The policy says so.
    Declared(SidecarMode),
    /// `ENABLE_NATIVE_SIDECARS` says so.
    Flag(NativeSidecars, SidecarMode, SettingOrigin),
    /// The running pods of the workload have sidecars of this kind.
    ShownByPods(SidecarMode),
    /// `ENABLE_NATIVE_SIDECARS` is off by default.
    ClassicByDefault,
    /// `ENABLE_NATIVE_SIDECARS` is `auto`, and the release of the nodes decides.
    NodesDecide(SidecarMode),
    /// The nodes decide, but their release is not known.
    NodesNotVisible,
    /// Nothing shows the kind.
    NotVisible,
}

/// Works out which kind of sidecar istiod injects. `declared` is the policy's statement about the mesh, `shown` is what
/// the running pods of the workload have.
pub(crate) fn sidecar_mode(
    pod: &PodIdentity,
    declared: SidecarMode,
    mesh: &MeshSettings,
    target: Target,
    shown: SidecarMode,
) -> Mode {
    let mut reasons = Vec::new();
    let of_mesh = || of_mesh(declared, mesh, target, shown);
    let reason = in_manifest(pod, mesh).map(ModeReason::ProxyInManifest).unwrap_or_else(|| {
        // Without a value it counts as absent, from 1.27 on.
        let is_old = Feature::NativeByNodes.is_in(target) == Some(false);
        match pod.native_sidecar.as_deref().filter(|value| is_old || !value.is_empty()) {
            Some(_) if Feature::NativeAnnotation.is_in(target) == Some(false) => {
                reasons.push(ModeReason::AnnotationIgnored);
                of_mesh()
            }
            Some(value) => of_annotation(value, target),
            None => of_mesh(),
        }
    });
    let kind = reason.kind();
    reasons.push(reason);
    Mode { kind, reasons }
}

/// The kind of the proxy in the manifest, if that alone decides.
fn in_manifest(pod: &PodIdentity, mesh: &MeshSettings) -> Option<SidecarMode> {
    let templates = mesh.templates(pod.templates.iter().flat_map(|names| names.split(',')).map(str::trim));
    let is_native = pod.proxy.is_some_and(|proxy| !proxy.in_containers && proxy.restarts);
    let is_injected = pod.proxy.is_some_and(|proxy| proxy.in_containers && proxy.role == Some(ProxyRole::Sidecar));
    if is_native {
        return Some(SidecarMode::Native);
    }
    (pod.is_gateway(&templates) || is_injected).then_some(SidecarMode::Classic)
}

/// Up to Istio 1.26 only `true` means native. From 1.27 on, everything except `false` does.
fn of_annotation(value: &str, target: Target) -> ModeReason {
    let kind = match (value, Feature::NativeByNodes.is_in(target)) {
        ("true", _) | (_, Some(true)) if value != "false" => SidecarMode::Native,
        ("false", _) | (_, Some(false)) => SidecarMode::Classic,
        _ => return ModeReason::AnnotationUnclear(value.to_owned()),
    };
    ModeReason::Annotation(value.to_owned(), kind)
}

/// What istiod does with pods that don't choose.
fn of_mesh(declared: SidecarMode, mesh: &MeshSettings, target: Target, shown: SidecarMode) -> ModeReason {
    let knows_auto = Feature::NativeByNodes.is_in(target);
    if Feature::NativeSidecars.is_in(target) == Some(false) {
        return ModeReason::NoNativeSidecars;
    }
    if declared != SidecarMode::Unknown {
        return ModeReason::Declared(declared);
    }
    let Some(flag) = &mesh.native_sidecars else {
        if shown != SidecarMode::Unknown {
            return ModeReason::ShownByPods(shown);
        }
        return match (knows_auto, Feature::StableSidecarContainers.is_in(target)) {
            (Some(false), _) => ModeReason::ClassicByDefault,
            // Old nodes get classic sidecars if it is off and if it is `auto`.
            (_, Some(false)) => ModeReason::NodesDecide(SidecarMode::Classic),
            (Some(true), Some(true)) => ModeReason::NodesDecide(SidecarMode::Native),
            (Some(true), None) => ModeReason::NodesNotVisible,
            _ => ModeReason::NotVisible,
        };
    };
    let says = |kind| ModeReason::Flag(flag.value, kind, flag.origin.clone());
    match (flag.value, knows_auto, Feature::StableSidecarContainers.is_in(target)) {
        (NativeSidecars::On, ..) => says(SidecarMode::Native),
        // Releases that don't know `auto` only look for `true`.
        (NativeSidecars::Off, ..) | (NativeSidecars::Auto, Some(false), _) => says(SidecarMode::Classic),
        (NativeSidecars::Auto, _, Some(true)) => ModeReason::NodesDecide(SidecarMode::Native),
        (NativeSidecars::Auto, _, Some(false)) => ModeReason::NodesDecide(SidecarMode::Classic),
        (NativeSidecars::Auto, _, None) => ModeReason::NodesNotVisible,
    }
}

impl ModeReason {
    /// The kind of sidecar that the reason supports.
    pub(crate) const fn kind(&self) -> SidecarMode {
        match self {
            Self::ProxyInManifest(kind)
            | Self::Annotation(_, kind)
            | Self::Declared(kind)
            | Self::ShownByPods(kind)
            | Self::Flag(_, kind, _)
            | Self::NodesDecide(kind) => *kind,
            Self::NoNativeSidecars | Self::ClassicByDefault => SidecarMode::Classic,
            Self::AnnotationIgnored | Self::AnnotationUnclear(_) | Self::NodesNotVisible | Self::NotVisible => {
                SidecarMode::Unknown
            }
        }
    }

    /// The stable name of the reason.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::ProxyInManifest(_) => "proxy-in-manifest",
            Self::Annotation(..) => "native-annotation",
            Self::AnnotationIgnored => "native-annotation-ignored",
            Self::AnnotationUnclear(_) => "native-annotation-unclear",
            Self::NoNativeSidecars => "no-native-sidecars",
            Self::Declared(_) => "declared-mode",
            Self::Flag(..) => "native-sidecars-flag",
            Self::ShownByPods(_) => "running-pods",
            Self::ClassicByDefault => "classic-by-default",
            Self::NodesDecide(_) => "nodes-decide",
            Self::NodesNotVisible => "nodes-not-visible",
            Self::NotVisible => "mode-not-visible",
        }
    }

    /// The fact and its meaning for the sidecar, in one sentence.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::ProxyInManifest(kind) => format!("the istio-proxy of the manifest is {}", kind.name()),
            Self::Annotation(value, kind) => {
                format!("the annotation sidecar.istio.io/nativeSidecar is `{value}`, so the sidecar is {}", kind.name())
            }
            Self::AnnotationIgnored => {
                "the annotation sidecar.istio.io/nativeSidecar is known from Istio 1.24 on only".to_owned()
            }
            Self::AnnotationUnclear(value) => format!(
                "the annotation sidecar.istio.io/nativeSidecar is `{value}`, which means a classic sidecar up to \
                 Istio 1.26 and a native one from 1.27 on"
            ),
            Self::NoNativeSidecars => "Istio has native sidecars from 1.19 on only".to_owned(),
            Self::Declared(kind) => format!(
                "the policy's `sidecar` says that the mesh injects {} \
                                             sidecars",
                kind.name()
            ),
            Self::Flag(flag, kind, origin) => {
                format!("ENABLE_NATIVE_SIDECARS is `{}` by {origin}, so sidecars are {}", flag.name(), kind.name())
            }
            Self::ShownByPods(kind) => format!("the sidecars of its running pods are {}", kind.name()),
            Self::ClassicByDefault => "up to Istio 1.26 sidecars are classic unless ENABLE_NATIVE_SIDECARS is \
                                       `true`"
                .to_owned(),
            Self::NodesDecide(SidecarMode::Native) => {
                "from Istio 1.27 on sidecars are native where all nodes run Kubernetes 1.33 or later, as \
                 target.kubernetes says"
                    .to_owned()
            }
            Self::NodesDecide(_) => {
                "sidecars are not native by themselves where nodes run Kubernetes 1.32 or earlier, as \
                 target.kubernetes says"
                    .to_owned()
            }
            Self::NodesNotVisible => {
                "the nodes decide: from Kubernetes 1.33 on the sidecar is native, before it is classic, and which \
                 release the nodes run is not visible here (set target.kubernetes to that of the oldest node)"
                    .to_owned()
            }
            Self::NotVisible => {
                "neither the pod nor what is known of the mesh tells whether it is classic or native: `sidecar`, or \
                 target.istio and target.kubernetes, can say so"
                    .to_owned()
            }
        }
    }
}

impl SidecarMode {
    /// The word for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Native => "native",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::istio::{ProxyContainer, Setting};
    use crate::kubernetes::doc_table;

    fn pod(row: &str) -> PodIdentity {
        let proxy = |in_containers, restarts, role| Some(ProxyContainer { in_containers, restarts, role });
        let mut pod = PodIdentity { containers: 2, ..PodIdentity::default() };
        match row.split_once(' ').unwrap_or((row, "")) {
            ("-", _) => {}
            ("annotation", value) => pod.native_sidecar = Some(value.trim_matches('"').to_owned()),
            ("native", "override") => pod.proxy = proxy(false, true, None),
            ("init", "container") => pod.proxy = proxy(false, false, None),
            ("override", _) => pod.proxy = proxy(true, false, None),
            ("injected", "classic") => pod.proxy = proxy(true, false, Some(ProxyRole::Sidecar)),
            ("injected", "native") => pod.proxy = proxy(false, true, Some(ProxyRole::Sidecar)),
            ("gateway", _) => pod.proxy = proxy(true, false, Some(ProxyRole::Router)),
            _ => panic!("{row}"),
        }
        pod
    }

    /// A running pod shows the mode that it got. What decides for new pods may have changed since, so it wins if it is
    /// visible.
    #[test]
    fn running_pods_count_where_nothing_visible_decides() {
        let mode = |flag: Option<NativeSidecars>, istio: &str| {
            let native_sidecars = flag.map(|flag| Setting::new(flag, SettingOrigin::Declared));
            let mesh = MeshSettings { native_sidecars, ..MeshSettings::default() };
            let target = Target { istio: istio.parse().ok(), kubernetes: None };
            sidecar_mode(&pod("-"), SidecarMode::Unknown, &mesh, target, SidecarMode::Native).kind
        };
        assert_eq!(mode(None, "-"), SidecarMode::Native);
        assert_eq!(mode(None, "1.24"), SidecarMode::Native);
        assert_eq!(mode(None, "1.18"), SidecarMode::Classic);
        assert_eq!(mode(Some(NativeSidecars::Off), "1.24"), SidecarMode::Classic);
    }

    #[test]
    fn every_case_of_the_table() {
        let rows = doc_table::rows(include_str!("mode.rs"), "Cases");
        assert!(rows.len() > 40);
        for row in rows {
            let [facts, istio, kubernetes, policy, flag, kind, reasons] = row.as_slice() else { panic!("{row:?}") };
            let declared = match policy.as_str() {
                "classic" => SidecarMode::Classic,
                "native" => SidecarMode::Native,
                _ => SidecarMode::Unknown,
            };
            let flag = match flag.as_str() {
                "on" => Some(NativeSidecars::On),
                "off" => Some(NativeSidecars::Off),
                "auto" => Some(NativeSidecars::Auto),
                _ => None,
            };
            let native_sidecars = flag.map(|flag| Setting::new(flag, SettingOrigin::Declared));
            let mesh = MeshSettings { native_sidecars, ..MeshSettings::default() };
            let target = Target { istio: istio.parse().ok(), kubernetes: kubernetes.parse().ok() };
            let mode = sidecar_mode(&pod(facts), declared, &mesh, target, SidecarMode::Unknown);
            assert_eq!(mode.kind.name(), kind, "{row:?}");
            let codes: Vec<&str> = mode.reasons.iter().map(ModeReason::code).collect();
            assert_eq!(codes.join(", "), *reasons, "{row:?}");
        }
    }
}
