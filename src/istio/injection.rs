//! Whether a pod gets a sidecar, and whether it is left alone, with all reasons.
//!
//! Facts that can't be seen may have any value. If the labels of the namespace are unknown, all possible labels are
//! tried. If releases of Istio read a value differently, both readings are tried. The verdict is definite only if all
//! cases agree.
//!
//! A pod is left alone in four cases: it certainly gets no sidecar, its proxy is not a sidecar, it has its sidecar
//! already, or it refuses one with a value that only some releases understand.
//!
//! # Cases
//!
//! Labels, annotations and fields are those of the pod template. "around" is the namespace with its labels
//! (`unlabelled` for none) and what the mesh sets.
//!
//! | pod | around | Istio | verdict | reasons | left alone for |
//! |---|---|---|---|---|---|
//! | nothing special | - | - | not visible here | namespace-not-visible | - |
//! | nothing special | namespace prod | - | not visible here | namespace-not-visible | - |
//! | nothing special | istio-injection enabled | - | injected | namespace-in | - |
//! | nothing special | istio-injection disabled | - | not injected | namespace-out | namespace-out |
//! | nothing special | rev canary | - | injected | namespace-in | - |
//! | nothing special | rev "" | - | not injected | namespace-out | namespace-out |
//! | nothing special | istio-injection disabled, rev canary | - | not injected | namespace-out | namespace-out |
//! | nothing special | istio-injection enabled, rev canary | - | injected | namespace-in | - |
//! | nothing special | unlabelled | - | not injected | not-selected | not-selected |
//! | nothing special | unlabelled, by default | - | injected | namespaces-by-default | - |
//! | hostNetwork: true | - | - | not injected | host-network, namespace-not-visible | host-network |
//! | hostNetwork: true | istio-injection enabled | - | not injected | host-network, namespace-in | host-network |
//! | label inject: "true" | - | - | not visible here | injection-on, namespace-not-visible | - |
//! | label inject: "true" | unlabelled | - | injected | injection-on | - |
//! | label inject: "true" | unlabelled | 1.8 | not injected | injection-on, not-selected | not-selected |
//! | label inject: "true" | istio-injection enabled | - | injected | injection-on, namespace-in | - |
//! | label inject: "true" | istio-injection disabled | - | not injected | injection-on, namespace-out | namespace-out |
//! | label inject: "true", annotation inject: "false" | unlabelled | - | injected | injection-on | - |
//! | label inject: "true", revision blue | unlabelled, sees blue | - | injected | injection-on, pod-revision | - |
//! | label inject: "true", revision "" | unlabelled | - | not injected | injection-on, not-selected | not-selected |
//! | label inject: "false" | - | - | not injected | injection-off, namespace-not-visible | injection-off |
//! | label inject: "false" | istio-injection enabled | - | not injected | injection-off, namespace-in | injection-off |
//! | label inject: "false" | unlabelled | - | not injected | injection-off | injection-off |
//! | label inject: "false", annotation inject: "true" | rev canary | - | not injected | injection-off, namespace-in | injection-off |
//! | label inject: "" | istio-injection enabled | - | injected | namespace-in | - |
//! | label inject: "" | unlabelled, by default | - | not injected | not-selected | not-selected |
//! | label inject: "", annotation inject: "false" | istio-injection enabled | - | injected | namespace-in | - |
//! | label inject: "False" | istio-injection enabled | - | not visible here | injection-value-unclear, namespace-in | injection-value-unclear |
//! | label inject: "False" | istio-injection enabled | 1.26 | not injected | injection-off, namespace-in | injection-off |
//! | label inject: "False" | istio-injection enabled | 1.27 | injected | injection-value-ignored, namespace-in | - |
//! | label inject: "no" | - | - | not visible here | injection-value-unclear, namespace-not-visible | injection-value-unclear |
//! | label inject: "no" | - | 1.24 | not injected | injection-off, namespace-not-visible | injection-off |
//! | label inject: "Y" | istio-injection enabled | - | injected | injection-value-unclear, namespace-in | - |
//! | label inject: "Y" | istio-injection enabled, auto-inject disabled | - | not visible here | injection-value-unclear, namespace-in, auto-inject-off | - |
//! | label inject: "Y" | istio-injection enabled, auto-inject disabled | 1.26 | injected | injection-on, namespace-in | - |
//! | label inject: "Y" | istio-injection enabled, auto-inject disabled | 1.30 | not injected | injection-value-ignored, namespace-in, auto-inject-off | auto-inject-off |
//! | label inject: "Y" | unlabelled | 1.26 | not injected | injection-on, not-selected | not-selected |
//! | label inject: "Y" | - | - | not visible here | injection-value-unclear, namespace-not-visible | - |
//! | annotation inject: "false" | - | - | not injected | injection-off, namespace-not-visible | injection-off |
//! | annotation inject: "false" | istio-injection enabled | - | not injected | injection-off, namespace-in | injection-off |
//! | annotation inject: "off" | - | 1.20 | not injected | injection-off, namespace-not-visible | injection-off |
//! | annotation inject: "true" | unlabelled | - | not injected | injection-on, not-selected | not-selected |
//! | annotation inject: "true" | istio-injection enabled | - | injected | injection-on, namespace-in | - |
//! | annotation inject: "true" | - | - | not visible here | injection-on, namespace-not-visible | - |
//! | annotation inject: "true" | istio-injection enabled, auto-inject disabled | - | injected | injection-on, namespace-in | - |
//! | revision blue | - | - | not visible here | pod-revision, namespace-not-visible | - |
//! | revision blue | unlabelled | - | not visible here | pod-revision, revision-not-visible | - |
//! | revision blue | unlabelled, sees blue | - | injected | pod-revision | - |
//! | revision blue | unlabelled, webhooks default | - | not injected | pod-revision, no-such-revision | no-such-revision |
//! | revision blue | unlabelled, webhooks default+blue | - | injected | pod-revision | - |
//! | nothing special | istio-injection enabled, webhooks blue | - | not injected | namespace-in, no-such-revision | no-such-revision |
//! | nothing special | rev canary, webhooks default | - | not injected | namespace-in, no-such-revision | no-such-revision |
//! | nothing special | webhooks default | - | not visible here | namespace-not-visible | - |
//! | linkerd.io/inject: enabled | - | - | not visible here | namespace-not-visible, other-mesh | other-mesh |
//! | linkerd.io/inject: enabled | istio-injection enabled | - | injected | namespace-in, other-mesh | other-mesh |
//! | linkerd.io/inject: disabled | linkerd.io/inject: ingress | - | not visible here | namespace-not-visible | - |
//! | kuma.io/sidecar-injection: enabled | - | - | not visible here | namespace-not-visible, other-mesh | other-mesh |
//! | consul.hashicorp.com/connect-inject: "true" | - | - | not visible here | namespace-not-visible, other-mesh | other-mesh |
//! | consul.hashicorp.com/connect-inject: "false" | - | - | not visible here | namespace-not-visible | - |
//! | openservicemesh.io/sidecar-injection: yes | - | - | not visible here | namespace-not-visible, other-mesh | other-mesh |
//! | nothing special | linkerd.io/inject: enabled | - | not visible here | namespace-not-visible, other-mesh | other-mesh |
//! | nothing special | linkerd.io/inject: enabled, istio-injection enabled | - | injected | namespace-in | - |
//! | revision blue | unlabelled | 1.8 | not injected | not-selected | not-selected |
//! | revision blue | rev canary | - | injected | namespace-in | - |
//! | revision blue, label inject: "false" | unlabelled | - | not injected | injection-off, pod-revision | injection-off |
//! | namespace kube-system | - | - | not injected | system-namespace, namespace-not-visible | system-namespace |
//! | namespace kube-public | istio-injection enabled | - | not injected | system-namespace, namespace-in | system-namespace |
//! | namespace kube-node-lease | unlabelled, by default | - | not injected | system-namespace, not-selected | system-namespace, not-selected |
//! | namespace local-path-storage, label inject: "true" | unlabelled | - | not injected | injection-on, system-namespace | system-namespace |
//! | nothing special | istio-injection enabled, never | - | not injected | namespace-in, never-inject-selector | never-inject-selector |
//! | nothing special | never | - | not injected | namespace-not-visible, never-inject-selector | never-inject-selector |
//! | nothing special | istio-injection enabled, always | - | injected | namespace-in, always-inject-selector | - |
//! | nothing special | istio-injection enabled, auto-inject disabled | - | not injected | namespace-in, auto-inject-off | auto-inject-off |
//! | nothing special | istio-injection enabled, auto-inject disabled, always | - | injected | namespace-in, always-inject-selector | - |
//! | nothing special | istio-injection enabled, auto-inject disabled, always, never | - | not injected | namespace-in, never-inject-selector | never-inject-selector |
//! | nothing special | unlabelled, always | - | not injected | not-selected, always-inject-selector | not-selected |
//! | nothing special | istio-injection enabled, auto-inject invalid | - | not injected | namespace-in, auto-inject-invalid | auto-inject-invalid |
//! | label inject: "true" | istio-injection enabled, never | - | injected | injection-on, namespace-in | - |
//! | label inject: "true" | unlabelled, auto-inject disabled | - | injected | injection-on | - |
//! | label inject: "true" | unlabelled, auto-inject invalid | - | not injected | injection-on, auto-inject-invalid | auto-inject-invalid |
//! | templates: sidecar | istio-injection enabled | - | injected | namespace-in | - |
//! | templates: " sidecar " | istio-injection enabled | - | injected | namespace-in | - |
//! | templates: gateway | istio-injection enabled | - | injected | namespace-in, gateway | gateway |
//! | templates: grpc-agent | - | - | not visible here | namespace-not-visible, other-template | other-template |
//! | templates: grpc-simple | - | - | not visible here | namespace-not-visible, other-template | other-template |
//! | templates: sidecar,custom | - | - | not visible here | namespace-not-visible, other-template | other-template |
//! | templates: "" | - | - | not visible here | namespace-not-visible, other-template | other-template |
//! | nothing special | istio-injection enabled, templates sidecar | - | injected | namespace-in | - |
//! | nothing special | istio-injection enabled, templates sidecar+custom | - | injected | namespace-in, other-template | other-template |
//! | templates: sidecar | istio-injection enabled, templates custom | - | injected | namespace-in | - |
//! | nothing special | istio-injection enabled, alias sidecar=mine | - | injected | namespace-in, other-template | other-template |
//! | nothing special | istio-injection enabled, templates custom, alias custom=sidecar | - | injected | namespace-in | - |
//! | templates: plain | istio-injection enabled, alias plain=sidecar | - | injected | namespace-in | - |
//! | templates: edge | istio-injection enabled, alias edge=gateway | - | injected | namespace-in, gateway | gateway |
//! | templates: sidecar | istio-injection enabled, alias sidecar=sidecar+logs | - | injected | namespace-in, other-template | other-template |
//! | dataplane-mode: ambient | - | - | not visible here | namespace-not-visible, ambient | ambient |
//! | dataplane-mode: ambient | istio-injection enabled | - | injected | namespace-in | - |
//! | dataplane-mode: ambient, label inject: "true" | - | - | not visible here | injection-on, namespace-not-visible | - |
//! | dataplane-mode: ambient, annotation inject: "true" | - | - | not visible here | injection-on, namespace-not-visible, ambient | ambient |
//! | dataplane-mode: ambient, label inject: "true" | unlabelled | - | injected | injection-on | - |
//! | dataplane-mode: none | istio-injection enabled | - | injected | namespace-in | - |
//! | nothing special | ambient | - | not injected | not-selected, ambient | not-selected, ambient |
//! | dataplane-mode: none | ambient | - | not injected | not-selected | not-selected |
//! | label inject: "true" | ambient | - | injected | injection-on | - |
//! | nothing special | ambient, istio-injection enabled | - | injected | namespace-in | - |
//! | status annotation | - | - | injected | namespace-not-visible, already-injected | already-injected |
//! | status annotation | istio-injection disabled | - | injected | namespace-out, already-injected | already-injected |
//! | istio-proxy beside the app, runs nothing of its own | - | - | not visible here | namespace-not-visible | - |
//! | istio-proxy beside the app, runs proxy sidecar | - | - | injected | namespace-not-visible, already-injected | already-injected |
//! | istio-proxy in initContainers, runs proxy sidecar | - | - | injected | namespace-not-visible, already-injected | already-injected |
//! | istio-proxy beside the app, runs proxy router | - | - | not visible here | namespace-not-visible, gateway | gateway |
//! | istio-proxy alone | istio-injection enabled | - | injected | namespace-in, gateway | gateway |
//! | istio-proxy alone, runs proxy sidecar | - | - | injected | namespace-not-visible, already-injected | already-injected |
//! | no containers | - | - | not visible here | namespace-not-visible, no-containers | no-containers |
//! | hostNetwork: true, namespace kube-system, label inject: "false", dataplane-mode: ambient | istio-injection disabled | - | not injected | host-network, injection-off, system-namespace, namespace-out, ambient | host-network, injection-off, system-namespace, namespace-out, ambient |
//!
//! Sources: istio/istio `pkg/kube/inject/inject.go` (`injectRequired`, `IgnoredNamespaces`, `selectTemplates`), the
//! charts' `istiod/templates/mutatingwebhook.yaml` and `gateway/templates/deployment.yaml`; ztunnel's redirection
//! leaves pods with a sidecar out (istio/istio `cni/pkg/util/podutil.go`).

use super::identity::InjectPlace;
use super::other_mesh::other_mesh;
use super::reason::{AmbientBy, NamespaceLabel, Reason, Side};
use super::required::{Wish, is_required, reason_of_wish, wishes};
use super::selection::{
    NAMESPACE_INJECTION, REVISION, Selection, Selectors, all_namespaces, chosen_revision, namespace_label, select,
};
use super::{Feature, PodIdentity, SettingOrigin, Surroundings, Target};

/// Whether the pod gets a sidecar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Verdict {
    /// It gets one, or has one.
    Injected,
    /// It gets none, whatever can't be seen.
    NotInjected,
    /// It depends on facts that can't be seen.
    #[default]
    Unknown,
}

impl Verdict {
    /// The words for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Injected => "injected",
            Self::NotInjected => "not injected",
            Self::Unknown => "not visible here",
        }
    }
}

/// The verdict on a pod, with all reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    /// Whether the pod gets a sidecar.
    pub verdict: Verdict,
    /// The revision of Istio whose injector is called; `None` if no injector is called, or if the revision is not
    /// visible.
    pub revision: Option<String>,
    /// All reasons, in a fixed order.
    pub reasons: Vec<Reason>,
}

/// istio/istio `pkg/kube/inject/inject.go` (`IgnoredNamespaces`).
const SYSTEM_NAMESPACES: [&str; 4] = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

/// The label by which pods and namespaces choose the ambient mesh.
const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";

/// Decides as the webhook and the injector of the pod's release do.
pub(crate) fn decide(pod: &PodIdentity, around: &Surroundings) -> Decision {
    let target = Target { istio: around.istio.as_ref().map(|release| release.value), kubernetes: None };
    let is_system = around.namespace.as_deref().is_some_and(|name| SYSTEM_NAMESPACES.contains(&name));
    let by_default = around.mesh.enable_namespaces_by_default.as_ref();
    let selectors = Selectors {
        pods_can_ask: Feature::ObjectSelectors.is_in(target).unwrap_or(true),
        by_default: by_default.is_some_and(|set| set.value) && !is_system,
    };
    let selections: Vec<Selection> = match &around.namespace_labels {
        Some(labels) => vec![select(pod, (&labels.value).into(), selectors)],
        None => all_namespaces().map(|labels| select(pod, labels, selectors)).collect(),
    };
    let wishes = wishes(pod, target);
    let can_be_injected = !pod.host_network && !is_system;
    let outcomes: Vec<Option<bool>> = selections
        .iter()
        .flat_map(|selection| {
            let is_called = selection.revision().map_or(Some(false), |revision| around.answers(revision));
            // If the injector would not inject the pod when called, the pod is never injected.
            wishes
                .iter()
                .map(move |wish| if can_be_injected && is_required(*wish, around) { is_called } else { Some(false) })
        })
        .collect();
    let all = |wanted: bool| outcomes.iter().all(|outcome| *outcome == Some(wanted));
    let verdict = match () {
        () if pod.is_injected() || all(true) => Verdict::Injected,
        () if all(false) => Verdict::NotInjected,
        () => match &around.shown {
            Some(shown) if shown.is_there => Verdict::Injected,
            Some(_) => Verdict::NotInjected,
            None => Verdict::Unknown,
        },
    };
    let mut reasons = Vec::new();
    reasons.extend(pod.host_network.then_some(Reason::HostNetwork));
    reasons.extend(reason_of_wish(pod, &wishes));
    reasons.extend(around.namespace.clone().filter(|_| is_system).map(Reason::SystemNamespace));
    reasons.extend(reasons_of_selection(pod, around, &selections));
    reasons.extend(reason_of_revision(around, &selections));
    reasons.extend(reasons_of_policy(around, &wishes));
    let is_open = !all(true) && !all(false) && !pod.is_injected();
    reasons.extend(around.shown.as_ref().filter(|_| is_open).map(|shown| Reason::ShownByPods(shown.is_there)));
    reasons.extend(asides(pod, around, verdict));
    let revision = match selections.as_slice() {
        [selection] => selection.revision(),
        _ => chosen_revision(pod.revision.as_deref(), None),
    };
    Decision { verdict, revision: revision.map(str::to_owned), reasons }
}

impl Decision {
    /// The reasons to leave the pod alone; none if it may be edited.
    pub(crate) fn left_alone(&self) -> Vec<Reason> {
        let leaves_alone = |reason: &&Reason| match (reason, reason.side()) {
            (Reason::InjectionUnclear { refuses, .. }, _) => *refuses,
            (_, Side::Against) => self.verdict == Verdict::NotInjected,
            (_, side) => side == Side::Aside,
        };
        self.reasons.iter().filter(leaves_alone).cloned().collect()
    }

    /// The missing facts because of which the verdict is unknown.
    pub(crate) fn open(&self) -> Vec<Reason> {
        self.reasons.iter().filter(|reason| reason.side() == Side::Open).cloned().collect()
    }
}

/// The reasons from the labels of the namespace and the pod.
fn reasons_of_selection(pod: &PodIdentity, around: &Surroundings, selections: &[Selection]) -> Vec<Reason> {
    let chosen = || pod.revision.clone().filter(|revision| !revision.is_empty()).map(Reason::PodRevision);
    let ([selection], Some(labels)) = (selections, &around.namespace_labels) else {
        return chosen().into_iter().chain([Reason::NamespaceUnseen(around.namespace.clone())]).collect();
    };
    let origin = || labels.origin.clone();
    let label = |key: &'static str| {
        let value = labels.value.get(key).cloned().unwrap_or_default();
        NamespaceLabel { namespace: around.namespace.clone(), key, value, origin: origin() }
    };
    let reason = match selection {
        Selection::ByNamespace(key, _) => Some(Reason::NamespaceIn(label(key))),
        Selection::NamespaceIsOut(key) => Some(Reason::NamespaceOut(label(key))),
        Selection::ByPod(_) => chosen(),
        Selection::ByDefault(_) => {
            around.mesh.enable_namespaces_by_default.as_ref().map(|set| Reason::ByDefault(set.origin.clone()))
        }
        // The pod refuses what its namespace asks for. Its own label is a reason anyway.
        Selection::PodIsOut => match [NAMESPACE_INJECTION, REVISION].map(|key| namespace_label(around, key)) {
            [Some(_), _] => Some(Reason::NamespaceIn(label(NAMESPACE_INJECTION))),
            [None, Some("")] => Some(Reason::NamespaceOut(label(REVISION))),
            [None, Some(_)] => Some(Reason::NamespaceIn(label(REVISION))),
            [None, None] => chosen(),
        },
        Selection::Nobody => {
            let asks_in_vain = pod.inject().is_some_and(|(_, value)| Wish::of(Some(value), false) == Wish::Yes);
            let namespace = around.namespace.clone();
            Some(Reason::NotSelected { namespace, origin: origin(), asks_in_vain })
        }
    };
    reason.into_iter().collect()
}

/// The reason if no injector, or an unknown one, answers for the revision that the namespace and the pod choose.
fn reason_of_revision(around: &Surroundings, selections: &[Selection]) -> Option<Reason> {
    let [selection] = selections else { return None };
    let revision = selection.revision()?;
    match around.answers(revision) {
        Some(true) => None,
        Some(false) => Some(Reason::NoSuchRevision(revision.to_owned())),
        None => Some(Reason::RevisionUnseen(revision.to_owned())),
    }
}

/// The mesh's decision about pods that don't decide themselves.
fn reasons_of_policy(around: &Surroundings, wishes: &[Wish]) -> Option<Reason> {
    use super::AutoInject::{Disabled, Invalid};
    let policy = around.mesh.auto_inject.as_ref();
    if let Some(policy) = policy.filter(|policy| policy.value == Invalid) {
        return Some(Reason::AutoInjectInvalid(policy.origin.clone()));
    }
    if !wishes.contains(&Wish::Default) {
        return None;
    }
    let never = around.never_inject.clone().map(Reason::NeverInject);
    let always = || around.always_inject.clone().map(Reason::AlwaysInject);
    let off = || policy.filter(|policy| policy.value == Disabled).map(|set| Reason::AutoInjectOff(set.origin.clone()));
    never.or_else(always).or_else(off)
}

/// The reasons to leave the pod alone, whether it gets a sidecar or not.
fn asides(pod: &PodIdentity, around: &Surroundings, verdict: Verdict) -> Vec<Reason> {
    let (names, origin) = match (&pod.templates, &around.mesh.default_templates) {
        (Some(names), _) => (names.clone(), SettingOrigin::Annotation("inject.istio.io/templates")),
        (None, Some(set)) => (set.value.join(","), set.origin.clone()),
        (None, None) => ("sidecar".to_owned(), SettingOrigin::BuiltIn),
    };
    let written: Vec<&str> = names.split(',').map(str::trim).collect();
    let templates = around.mesh.templates(written.iter().copied());
    let (names, origin) = match &around.mesh.aliases {
        Some(aliases) if templates != written => (templates.join(","), aliases.origin.clone()),
        _ => (names.clone(), origin),
    };
    let is_other = templates != ["sidecar"] && !templates.contains(&"gateway");
    let is_gateway = pod.is_gateway(&templates);
    // Only a namespace that is out of injection keeps a pod out whose label asks for a sidecar.
    let asks = verdict == Verdict::Unknown && pod.inject() == Some((InjectPlace::Label, "true"));
    let ambient = match pod.dataplane_mode.as_deref() {
        // The injector ignores the mode, and ztunnel ignores pods with a sidecar.
        _ if verdict == Verdict::Injected || asks => None,
        Some("ambient") => Some(AmbientBy::Pod),
        Some("none") => None,
        _ => around
            .namespace_labels
            .as_ref()
            .filter(|labels| labels.value.get(DATAPLANE_MODE).is_some_and(|mode| mode == "ambient"))
            .map(|labels| AmbientBy::Namespace(around.namespace.clone(), labels.origin.clone())),
    };
    let other = other_mesh(|key| pod.other_meshes.get(key), |key| around.namespace_other_meshes.get(key));
    // A namespace may ask for two meshes. A pod that Istio injects belongs to Istio.
    let other = other.filter(|other| other.is_of_pod || verdict != Verdict::Injected);
    let mut reasons = Vec::new();
    reasons.extend(other.map(Reason::OtherMesh));
    reasons.extend(is_other.then_some(Reason::OtherTemplate { names, origin }));
    reasons.extend(is_gateway.then_some(Reason::Gateway));
    reasons.extend(ambient.map(Reason::Ambient));
    reasons.extend(pod.is_injected().then_some(Reason::AlreadyInjected));
    reasons.extend((pod.containers == 0).then_some(Reason::NoContainers));
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::istio::{AutoInject, ProxyContainer, ProxyRole, Setting};
    use crate::kubernetes::{Release, doc_table};

    fn text(value: &str) -> Option<String> {
        Some(value.trim_matches('"').to_owned())
    }

    /// A pod with one app container and the facts in a row of the table.
    fn pod(row: &str, around: &mut Surroundings) -> PodIdentity {
        let mut pod = PodIdentity { containers: 1, ..PodIdentity::default() };
        let mut proxy = ProxyContainer { in_containers: true, restarts: false, role: None };
        for fact in row.split(", ") {
            match fact.split_once(": ").or_else(|| fact.split_once(' ')).unwrap_or((fact, "")) {
                ("nothing", "special") | ("runs", "nothing of its own") => {}
                ("hostNetwork", "true") => pod.host_network = true,
                ("label inject", value) => pod.inject_label = text(value),
                ("annotation inject", value) => pod.inject_annotation = text(value),
                ("templates", value) => pod.templates = text(value),
                ("dataplane-mode", value) => pod.dataplane_mode = text(value),
                ("revision", value) => pod.revision = text(value),
                ("namespace", value) => around.namespace = text(value),
                ("status", "annotation") => pod.has_status = true,
                ("no", "containers") => pod.containers = 0,
                (key, value) if key.contains('/') => {
                    drop(pod.other_meshes.insert(key.to_owned(), text(value).unwrap()))
                }
                ("istio-proxy", "beside the app") => {
                    pod.containers = 2;
                    pod.proxy = Some(proxy);
                }
                ("istio-proxy", "in initContainers") => {
                    proxy.in_containers = false;
                    pod.proxy = Some(proxy);
                }
                ("istio-proxy", "alone") => pod.proxy = Some(proxy),
                ("runs", arguments) => {
                    proxy.role = ProxyRole::of_arguments(arguments.split(' '));
                    pod.proxy = Some(proxy);
                }
                _ => panic!("{fact}"),
            }
        }
        pod
    }

    /// The surroundings of a pod, from a row of the table.
    fn surroundings(row: &str) -> Surroundings {
        let mut around = Surroundings::default();
        let declared = || SettingOrigin::Declared;
        for fact in row.split(", ").filter(|fact| *fact != "-") {
            let mut label = |key: &str, value: &str| {
                let labels = around
                    .namespace_labels
                    .get_or_insert_with(|| Setting::new(Default::default(), SettingOrigin::Declared));
                labels.value.extend(text(value).filter(|_| !key.is_empty()).map(|value| (key.to_owned(), value)));
            };
            let auto_inject = |value| Some(Setting::new(value, SettingOrigin::Declared));
            let names = |names: &str| names.split('+').map(str::to_owned).collect();
            match fact.split_once(' ').unwrap_or((fact, "")) {
                ("sees", revisions) => around.revisions = names(revisions),
                ("webhooks", revisions) => around.webhooks = Some(std::sync::Arc::new(names(revisions))),
                (key, value) if key.contains('/') => {
                    let key = key.trim_end_matches(':').to_owned();
                    around.namespace_other_meshes.insert(key, value.to_owned());
                }
                ("unlabelled", _) => label("", ""),
                ("istio-injection", value) => label("istio-injection", value),
                ("rev", value) => label("istio.io/rev", value),
                ("ambient", _) => label("istio.io/dataplane-mode", "ambient"),
                ("namespace", value) => around.namespace = text(value),
                ("by", "default") => around.mesh.enable_namespaces_by_default = Some(Setting::new(true, declared())),
                ("never", _) => around.never_inject = Some(declared()),
                ("always", _) => around.always_inject = Some(declared()),
                ("auto-inject", "disabled") => around.mesh.auto_inject = auto_inject(AutoInject::Disabled),
                ("auto-inject", "invalid") => around.mesh.auto_inject = auto_inject(AutoInject::Invalid),
                ("alias", alias) => {
                    let (name, names) = alias.split_once('=').unwrap();
                    let names = names.split('+').map(str::to_owned).collect();
                    around.mesh.aliases = Some(Setting::new([(name.to_owned(), names)].into(), declared()));
                }
                ("templates", names) => {
                    let names = names.split('+').map(str::to_owned).collect();
                    around.mesh.default_templates = Some(Setting::new(names, declared()));
                }
                _ => panic!("{fact}"),
            }
        }
        around
    }

    #[test]
    fn every_case_of_the_table() {
        let rows = doc_table::rows(include_str!("injection.rs"), "Cases");
        assert!(rows.len() > 80);
        let codes = |reasons: &[Reason]| match reasons {
            [] => "-".to_owned(),
            reasons => reasons.iter().map(Reason::code).collect::<Vec<_>>().join(", "),
        };
        for row in rows {
            let [pod_row, around_row, istio, verdict, reasons, left_alone] = row.as_slice() else { panic!("{row:?}") };
            let mut around = surroundings(around_row);
            let pod = pod(pod_row, &mut around);
            around.istio = istio.parse().ok().map(|release| Setting::new(release, SettingOrigin::Declared));
            let decision = decide(&pod, &around);
            assert_eq!(decision.verdict.name(), verdict, "{row:?}");
            assert_eq!(codes(&decision.reasons), *reasons, "{row:?}");
            assert_eq!(codes(&decision.left_alone()), *left_alone, "{row:?}");
            assert!(decision.reasons.iter().all(|reason| !reason.sentence().is_empty()));
        }
    }

    /// A pod that is left alone for want of a sidecar can say why.
    #[test]
    fn no_sidecar_has_a_reason() {
        let values = [None, Some("true"), Some("false"), Some("no"), Some("")].map(|value| value.map(str::to_owned));
        let namespaces = ["-", "unlabelled", "istio-injection enabled", "istio-injection x", "rev a", "rev \"\""];
        let meshes = ["", ", never", ", auto-inject disabled", ", auto-inject invalid", ", by default"];
        for (label, annotation) in values.iter().flat_map(|label| values.iter().map(move |other| (label, other))) {
            for around in namespaces.iter().flat_map(|namespace| meshes.map(|mesh| format!("{namespace}{mesh}"))) {
                for istio in [None, Some(Release::new(1, 8)), Some(Release::new(1, 24)), Some(Release::new(1, 30))] {
                    let pod = PodIdentity {
                        containers: 1,
                        inject_label: label.clone(),
                        inject_annotation: annotation.clone(),
                        ..PodIdentity::default()
                    };
                    let mut seen = surroundings(&around);
                    seen.istio = istio.map(|release| Setting::new(release, SettingOrigin::Declared));
                    let decision = decide(&pod, &seen);
                    let left_alone = decision.left_alone();
                    let refuses = matches!(left_alone.as_slice(), [Reason::InjectionUnclear { .. }, ..]);
                    let is_left = !left_alone.is_empty();
                    let context = format!("{label:?} {annotation:?} {around} {istio:?}");
                    assert_eq!(is_left, refuses || decision.verdict == Verdict::NotInjected, "{context}");
                    assert!(decision.verdict != Verdict::Injected || decision.revision.is_some(), "{context}");
                }
            }
        }
    }
}
