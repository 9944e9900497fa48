//! What a pod template says that decides about its sidecar.

use std::collections::BTreeMap;

/// The facts of a pod template that Istio's webhook and injector use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PodIdentity {
    /// `hostNetwork: true`.
    pub host_network: bool,
    /// The label `sidecar.istio.io/inject`.
    pub inject_label: Option<String>,
    /// The annotation `sidecar.istio.io/inject`.
    pub inject_annotation: Option<String>,
    /// The label `istio.io/rev`.
    pub revision: Option<String>,
    /// The annotation `inject.istio.io/templates`.
    pub templates: Option<String>,
    /// The label `istio.io/dataplane-mode`.
    pub dataplane_mode: Option<String>,
    /// The annotation `sidecar.istio.io/nativeSidecar`.
    pub native_sidecar: Option<String>,
    /// The annotation `sidecar.istio.io/preStopCommand`. No release of Istio knows it, but patched templates run it in
    /// a shell.
    pub pre_stop_command: Option<String>,
    /// Labels and annotations of other meshes.
    pub other_meshes: BTreeMap<String, String>,
    /// The annotation `sidecar.istio.io/status` is there.
    pub has_status: bool,
    /// The number of `containers`, with istio-proxy.
    pub containers: usize,
    /// The container named `istio-proxy`, in either list.
    pub proxy: Option<ProxyContainer>,
}

/// The container named `istio-proxy`: what it shows about the kind of pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProxyContainer {
    /// It is in `containers`, not in `initContainers`.
    pub in_containers: bool,
    /// It has `restartPolicy: Always`, which turns an init container into a native sidecar.
    pub restarts: bool,
    /// What it runs; `None` if the manifest does not say, as in an override.
    pub role: Option<ProxyRole>,
}

/// The role of `pilot-agent proxy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyRole {
    /// `proxy sidecar`
    Sidecar,
    /// `proxy router`: a gateway.
    Router,
}

impl PodIdentity {
    /// The value of `sidecar.istio.io/inject` that counts, and its place. The label wins if it exists, even with an
    /// empty value (istio/istio `pkg/kube/inject/inject.go`, `injectRequired`).
    pub(super) fn inject(&self) -> Option<(InjectPlace, &str)> {
        let label = self.inject_label.as_deref().map(|value| (InjectPlace::Label, value));
        label.or_else(|| self.inject_annotation.as_deref().map(|value| (InjectPlace::Annotation, value)))
    }

    /// Whether the pod has the whole injected sidecar.
    pub(super) fn is_injected(&self) -> bool {
        self.has_status || self.proxy.and_then(|proxy| proxy.role) == Some(ProxyRole::Sidecar)
    }

    /// Whether the pod is a gateway: because of its template, of what it runs, or because the proxy is its only
    /// container (the gateway chart's `templates/deployment.yaml`).
    pub(super) fn is_gateway(&self, templates: &[&str]) -> bool {
        let is_alone = self.containers == 1 && self.proxy.is_some_and(|proxy| proxy.in_containers);
        let role = self.proxy.and_then(|proxy| proxy.role);
        templates.contains(&"gateway") || role == Some(ProxyRole::Router) || (is_alone && role.is_none())
    }
}

/// Where `sidecar.istio.io/inject` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum InjectPlace {
    /// In the labels of the pod template.
    Label,
    /// In its annotations.
    Annotation,
}

impl InjectPlace {
    /// The word for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Annotation => "annotation",
        }
    }
}

impl ProxyRole {
    /// Reads the role from the command and the arguments of the container.
    pub(crate) fn of_arguments<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut previous = "";
        for argument in arguments {
            match (previous, argument) {
                ("proxy", "sidecar") => return Some(Self::Sidecar),
                ("proxy", "router") => return Some(Self::Router),
                _ => previous = argument,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_off_command_and_arguments() {
        let role = |line: &str| ProxyRole::of_arguments(line.split(' '));
        assert_eq!(role("proxy sidecar --domain $(POD_NAMESPACE).svc.cluster.local"), Some(ProxyRole::Sidecar));
        assert_eq!(role("/usr/local/bin/pilot-agent proxy router"), Some(ProxyRole::Router));
        assert_eq!(role("--proxyLogLevel debug sidecar"), None);
        assert_eq!(role("proxy --x sidecar"), None);
    }
}
