//! Reasons for and against a sidecar, and for leaving a pod alone, as stable codes and as sentences.

use super::{InjectPlace, OtherMesh, SettingOrigin};

/// One reason for or against a sidecar, or for leaving the pod alone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The pod uses the network of the node, which a sidecar must not capture.
    HostNetwork,
    /// The pod refuses injection with this value of `sidecar.istio.io/inject`.
    InjectionOff(InjectPlace, String),
    /// The pod asks for injection with this value.
    InjectionOn(InjectPlace, String),
    /// The value is neither `true` nor `false`, and the release of Istio accepts only these.
    InjectionIgnored(InjectPlace, String),
    /// Releases of Istio read the value differently, and the release is not known.
    InjectionUnclear {
        /// The place of the value.
        place: InjectPlace,
        /// The value.
        value: String,
        /// The releases that don't ignore the value read it as a refusal.
        refuses: bool,
    },
    /// The pod is in a namespace that istiod never injects.
    SystemNamespace(String),
    /// Its namespace asks for sidecars.
    NamespaceIn(NamespaceLabel),
    /// Its namespace is not part of the mesh.
    NamespaceOut(NamespaceLabel),
    /// The labels of its namespace are not known. `None`: its name is not known either.
    NamespaceUnseen(Option<String>),
    /// The input does not show the chosen revision or tag, so it may not exist.
    RevisionUnseen(String),
    /// No webhook answers for the chosen revision or tag.
    NoSuchRevision(String),
    /// The pod asks for the sidecar of another mesh.
    OtherMesh(OtherMesh),
    /// The pod chooses this revision with its own label.
    PodRevision(String),
    /// `enableNamespacesByDefault`: namespaces without labels are part of the mesh.
    ByDefault(SettingOrigin),
    /// Neither the namespace nor the pod asks for a sidecar.
    NotSelected {
        /// The namespace.
        namespace: Option<String>,
        /// The origin of the namespace's labels.
        origin: SettingOrigin,
        /// The pod asks with an annotation, or with a value other than `true`. The webhook ignores both.
        asks_in_vain: bool,
    },
    /// `neverInjectSelector` matches its labels.
    NeverInject(SettingOrigin),
    /// `alwaysInjectSelector` matches its labels.
    AlwaysInject(SettingOrigin),
    /// `autoInject` is disabled: pods must ask.
    AutoInjectOff(SettingOrigin),
    /// `autoInject` is neither `enabled` nor `disabled`, so nothing is injected at all.
    AutoInjectInvalid(SettingOrigin),
    /// The pod gets injection templates other than `sidecar`.
    OtherTemplate {
        /// The templates, as they are written.
        names: String,
        /// Who says so.
        origin: SettingOrigin,
    },
    /// Its istio-proxy is a gateway.
    Gateway,
    /// The pod is part of the ambient mesh, where ztunnel does the work of the sidecar. Its own label or its
    /// namespace's says so.
    Ambient(AmbientBy),
    /// The pod has the whole injected sidecar already.
    AlreadyInjected,
    /// The pod has no containers.
    NoContainers,
    /// The running pods of the workload all have a sidecar, or none has.
    ShownByPods(bool),
    /// It runs, and without a sidecar.
    NoSidecar,
    /// It has ended.
    Ended,
    /// It is being deleted.
    BeingDeleted,
}

/// A label of a namespace that decides about sidecars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamespaceLabel {
    /// The namespace.
    pub namespace: Option<String>,
    /// The label's name.
    pub key: &'static str,
    /// Its value.
    pub value: String,
    /// The origin of the namespace's labels.
    pub origin: SettingOrigin,
}

/// The object whose label puts a pod into the ambient mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AmbientBy {
    /// The pod template.
    Pod,
    /// The namespace with that name.
    Namespace(Option<String>, SettingOrigin),
}

/// What a reason supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    /// A sidecar.
    For,
    /// No sidecar.
    Against,
    /// Neither: a fact is not known, or does not count.
    Open,
    /// Leaving the pod alone, whether it has a sidecar or not.
    Aside,
}

impl Reason {
    /// Whether such a pod may still have the tool's own edits, for example because it was injected before.
    pub(crate) const fn leaves_ours(&self) -> bool {
        !matches!(
            self,
            Self::OtherTemplate { .. }
                | Self::Gateway
                | Self::AlreadyInjected
                | Self::NoContainers
                | Self::NoSidecar
                | Self::Ended
                | Self::BeingDeleted
        )
    }

    /// The stable code of the reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::HostNetwork => "host-network",
            Self::InjectionOff(..) => "injection-off",
            Self::InjectionOn(..) => "injection-on",
            Self::InjectionIgnored(..) => "injection-value-ignored",
            Self::InjectionUnclear { .. } => "injection-value-unclear",
            Self::SystemNamespace(_) => "system-namespace",
            Self::NamespaceIn(_) => "namespace-in",
            Self::NamespaceOut(_) => "namespace-out",
            Self::NamespaceUnseen(_) => "namespace-not-visible",
            Self::RevisionUnseen(_) => "revision-not-visible",
            Self::NoSuchRevision(_) => "no-such-revision",
            Self::OtherMesh(_) => "other-mesh",
            Self::PodRevision(_) => "pod-revision",
            Self::ByDefault(_) => "namespaces-by-default",
            Self::NotSelected { .. } => "not-selected",
            Self::NeverInject(_) => "never-inject-selector",
            Self::AlwaysInject(_) => "always-inject-selector",
            Self::AutoInjectOff(_) => "auto-inject-off",
            Self::AutoInjectInvalid(_) => "auto-inject-invalid",
            Self::OtherTemplate { .. } => "other-template",
            Self::Gateway => "gateway",
            Self::Ambient(_) => "ambient",
            Self::AlreadyInjected => "already-injected",
            Self::NoContainers => "no-containers",
            Self::ShownByPods(true) => "pods-have-it",
            Self::ShownByPods(false) => "pods-lack-it",
            Self::NoSidecar => "no-sidecar",
            Self::Ended => "ended",
            Self::BeingDeleted => "being-deleted",
        }
    }

    /// What it supports.
    pub(crate) const fn side(&self) -> Side {
        match self {
            Self::InjectionOn(..)
            | Self::NamespaceIn(_)
            | Self::PodRevision(_)
            | Self::ByDefault(_)
            | Self::AlwaysInject(_)
            | Self::ShownByPods(true) => Side::For,
            Self::HostNetwork
            | Self::InjectionOff(..)
            | Self::SystemNamespace(_)
            | Self::NamespaceOut(_)
            | Self::NoSuchRevision(_)
            | Self::NotSelected { .. }
            | Self::NeverInject(_)
            | Self::AutoInjectOff(_)
            | Self::AutoInjectInvalid(_)
            | Self::ShownByPods(false) => Side::Against,
            Self::InjectionIgnored(..)
            | Self::InjectionUnclear { .. }
            | Self::NamespaceUnseen(_)
            | Self::RevisionUnseen(_) => Side::Open,
            Self::OtherMesh(_)
            | Self::OtherTemplate { .. }
            | Self::Gateway
            | Self::Ambient(_)
            | Self::AlreadyInjected
            | Self::NoContainers
            | Self::NoSidecar
            | Self::Ended
            | Self::BeingDeleted => Side::Aside,
        }
    }

    /// The fact and its meaning for the pod, in one sentence.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::HostNetwork => "hostNetwork is true, and Istio injects no sidecar into such pods".to_owned(),
            Self::InjectionOff(place, value) => {
                format!("the {} sidecar.istio.io/inject is `{value}`, so Istio injects no sidecar", place.name())
            }
            Self::InjectionOn(place, value) => {
                format!("the {} sidecar.istio.io/inject is `{value}`, which asks for a sidecar", place.name())
            }
            Self::InjectionIgnored(place, value) => format!(
                "the {} sidecar.istio.io/inject is `{value}`, which this release of Istio ignores: it takes `true` \
                 and `false` only",
                place.name()
            ),
            Self::InjectionUnclear { place, value, refuses } => unclear_wish(*place, value, *refuses),
            Self::SystemNamespace(name) => format!("the namespace is `{name}`, which Istio never injects"),
            Self::NamespaceIn(label) => format!("{} asks for sidecars by the label {label}", label.subject()),
            Self::NamespaceOut(label) => {
                format!("{} keeps out of injection by the label {label}, whatever its pods ask for", label.subject())
            }
            Self::NamespaceUnseen(name) => unseen_namespace(name.as_deref()),
            Self::RevisionUnseen(revision) => format!(
                "nothing is visible here of the revision `{revision}` of Istio, so it is not known whether an \
                 injector answers for it"
            ),
            Self::NoSuchRevision(revision) => {
                format!(
                    "no webhook in the input answers for the revision `{revision}` of Istio, so no sidecar is injected"
                )
            }
            Self::OtherMesh(OtherMesh { mesh, key, is_of_pod }) => {
                let holder = if *is_of_pod { "pod" } else { "namespace" };
                format!("`{key}` of the {holder} asks for the sidecar of {mesh}, which is not Istio's")
            }
            Self::PodRevision(revision) => {
                format!("the label istio.io/rev of the pod chooses the revision `{revision}` of Istio")
            }
            Self::ByDefault(origin) => {
                format!("enableNamespacesByDefault is true{}, so pods without labels get a sidecar", by(origin))
            }
            Self::NotSelected { namespace, origin, asks_in_vain } => {
                not_selected(namespace.as_deref(), origin, *asks_in_vain)
            }
            Self::NeverInject(origin) => format!("neverInjectSelector{} matches the labels of the pod", by(origin)),
            Self::AlwaysInject(origin) => format!("alwaysInjectSelector{} matches the labels of the pod", by(origin)),
            Self::AutoInjectOff(origin) => {
                format!("autoInject is `disabled`{}, so only pods that ask get a sidecar", by(origin))
            }
            Self::AutoInjectInvalid(origin) => {
                format!(
                    "autoInject{} is neither `enabled` nor `disabled`, so Istio injects no sidecars at all",
                    by(origin)
                )
            }
            Self::OtherTemplate { names, origin: SettingOrigin::Annotation(_) } => {
                format!("inject.istio.io/templates is `{names}`, and only the proxy of the `sidecar` template is known")
            }
            Self::OtherTemplate { names, origin } => {
                format!("the mesh injects the templates `{names}`{}, and only `sidecar` alone is known", by(origin))
            }
            Self::Gateway => "its istio-proxy is a gateway, which drains by other rules than a sidecar".to_owned(),
            Self::Ambient(by) => by.sentence(),
            Self::AlreadyInjected => {
                "the sidecar is injected already, and what is injected is not meant to be edited".to_owned()
            }
            Self::NoContainers => "the pod template has no containers, so there is nothing to shut down".to_owned(),
            Self::ShownByPods(true) => "its running pods have a sidecar".to_owned(),
            Self::ShownByPods(false) => "its running pods have no sidecar".to_owned(),
            Self::NoSidecar => "the pod runs without a sidecar".to_owned(),
            Self::Ended => "the pod has ended, so there is nothing to shut down".to_owned(),
            Self::BeingDeleted => "the pod is being deleted already".to_owned(),
        }
    }
}

/// The value of `sidecar.istio.io/inject` means one thing to older releases and nothing to newer ones.
fn unclear_wish(place: InjectPlace, value: &str, refuses: bool) -> String {
    let means = if refuses { "a refusal" } else { "a wish for a sidecar" };
    format!(
        "the {} sidecar.istio.io/inject is `{value}`, which is {means} up to Istio 1.26 and is ignored from 1.27 on \
         (write `{}`, or set target.istio)",
        place.name(),
        !refuses
    )
}

/// The labels of the namespace are not known.
fn unseen_namespace(name: Option<&str>) -> String {
    match name {
        Some(name) => format!(
            "whether the namespace `{name}` asks for sidecars is not visible here: neither the input nor the policy's \
             `namespaces` has its labels"
        ),
        None => {
            "the object names no namespace and the policy no `defaultNamespace`, so whether its namespace asks for \
                 sidecars is not visible here"
                .to_owned()
        }
    }
}

/// No label asks for a sidecar.
fn not_selected(namespace: Option<&str>, origin: &SettingOrigin, asks_in_vain: bool) -> String {
    let in_vain = if asks_in_vain {
        "; of the pod's own wishes only the label sidecar.istio.io/inject: \"true\" counts here"
    } else {
        ""
    };
    let elsewhere = match origin {
        SettingOrigin::Declared => "",
        _ => " (where the namespace is labelled by other means, name its labels in `namespaces`)",
    };
    format!(
        "neither the labels of {}{} nor those of the pod ask for a sidecar{in_vain}{elsewhere}",
        named(namespace),
        by(origin)
    )
}

impl AmbientBy {
    fn sentence(&self) -> String {
        match self {
            Self::Pod => "the label istio.io/dataplane-mode is `ambient`, so ztunnel replaces a sidecar".to_owned(),
            Self::Namespace(name, origin) => format!(
                "{} has istio.io/dataplane-mode: ambient{}, so ztunnel replaces a sidecar",
                named(name.as_deref()),
                by(origin)
            ),
        }
    }
}

impl NamespaceLabel {
    fn subject(&self) -> String {
        named(self.namespace.as_deref())
    }
}

/// Prints as `istio-injection: enabled, as seen in Namespace prod`.
impl std::fmt::Display for NamespaceLabel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = if self.value.is_empty() { "\"\"" } else { &self.value };
        write!(f, "{}: {value}{}", self.key, by(&self.origin))
    }
}

fn named(namespace: Option<&str>) -> String {
    namespace.map_or_else(|| "the namespace".to_owned(), |name| format!("the namespace `{name}`"))
}

/// The origin of a fact, to follow the fact.
fn by(origin: &SettingOrigin) -> String {
    match origin {
        SettingOrigin::BuiltIn => String::new(),
        SettingOrigin::Declared => " (by the policy)".to_owned(),
        other => format!(" (seen in {other})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_say_what_and_why() {
        let check = |reason: Reason, expected: &str| assert_eq!(reason.sentence(), expected);
        check(
            Reason::InjectionOff(InjectPlace::Label, "no".to_owned()),
            "the label sidecar.istio.io/inject is `no`, so Istio injects no sidecar",
        );
        check(
            Reason::SystemNamespace("kube-system".to_owned()),
            "the namespace is `kube-system`, which Istio never injects",
        );
        let label = |key, value: &str| NamespaceLabel {
            namespace: Some("prod".to_owned()),
            key,
            value: value.to_owned(),
            origin: SettingOrigin::Mesh("Namespace prod".to_owned()),
        };
        check(
            Reason::NamespaceIn(label("istio-injection", "enabled")),
            "the namespace `prod` asks for sidecars by the label istio-injection: enabled (seen in the Namespace prod)",
        );
        check(
            Reason::NamespaceOut(label("istio.io/rev", "")),
            "the namespace `prod` keeps out of injection by the label istio.io/rev: \"\" (seen in the Namespace \
             prod), whatever its pods ask for",
        );
        check(
            Reason::NotSelected {
                namespace: Some("prod".to_owned()),
                origin: SettingOrigin::Declared,
                asks_in_vain: true,
            },
            "neither the labels of the namespace `prod` (by the policy) nor those of the pod ask for a sidecar; of \
             the pod's own wishes only the label sidecar.istio.io/inject: \"true\" counts here",
        );
        check(
            Reason::InjectionUnclear { place: InjectPlace::Label, value: "no".to_owned(), refuses: true },
            "the label sidecar.istio.io/inject is `no`, which is a refusal up to Istio 1.26 and is ignored from 1.27 \
             on (write `false`, or set target.istio)",
        );
    }
}
