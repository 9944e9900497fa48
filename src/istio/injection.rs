//! Which pods this tool leaves alone, and why.
//!
//! A pod is left alone where Istio gives it no sidecar for certain, where its proxy is no sidecar, or where it has one
//! already. All reasons are told, not just the first. Label and annotation names are those of the pod template.
//!
//! # Cases
//!
//! | pod | reasons |
//! |---|---|
//! | nothing special | none |
//! | hostNetwork: true | host-network |
//! | label inject: "false" | injection-off |
//! | label inject: "no" | injection-off |
//! | label inject: "False" | injection-off |
//! | label inject: "true" | none |
//! | label inject: "Y" | none |
//! | label inject: "" | none |
//! | annotation inject: "false" | injection-off |
//! | annotation inject: "off" | injection-off |
//! | annotation inject: "on" | none |
//! | annotation inject: "false", label inject: "true" | none |
//! | annotation inject: "false", label inject: "" | none |
//! | annotation inject: "true", label inject: "false" | injection-off |
//! | namespace kube-system | system-namespace |
//! | namespace kube-public | system-namespace |
//! | namespace kube-node-lease | system-namespace |
//! | namespace local-path-storage | system-namespace |
//! | namespace default | none |
//! | templates: sidecar | none |
//! | templates: " sidecar " | none |
//! | templates: gateway | gateway |
//! | templates: grpc-agent | other-template |
//! | templates: sidecar,custom | other-template |
//! | templates: "" | other-template |
//! | dataplane-mode: ambient | ambient |
//! | dataplane-mode: none | none |
//! | status annotation | already-injected |
//! | istio-proxy beside the app, runs nothing of its own | none |
//! | istio-proxy beside the app, runs proxy sidecar | already-injected |
//! | istio-proxy in initContainers, runs proxy sidecar | already-injected |
//! | istio-proxy beside the app, runs proxy router | gateway |
//! | istio-proxy alone | gateway |
//! | istio-proxy alone, runs proxy sidecar | already-injected |
//! | no containers | no-containers |
//! | hostNetwork: true, in kube-system, label inject: "false", ambient | host-network, injection-off, system-namespace, ambient |
//!
//! Sources: istio/istio `pkg/kube/inject/inject.go` (`injectRequired`, `IgnoredNamespaces`), the charts'
//! `istiod/templates/mutatingwebhook.yaml` and `gateway/templates/deployment.yaml`.

/// What tells a pod that is left alone from others: plain facts of its template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodIdentity {
    /// The namespace, where it is known.
    pub namespace: Option<String>,
    /// `hostNetwork: true`.
    pub host_network: bool,
    /// The label `sidecar.istio.io/inject`.
    pub inject_label: Option<String>,
    /// The annotation `sidecar.istio.io/inject`.
    pub inject_annotation: Option<String>,
    /// The annotation `inject.istio.io/templates`.
    pub templates: Option<String>,
    /// The label `istio.io/dataplane-mode`.
    pub dataplane_mode: Option<String>,
    /// The annotation `sidecar.istio.io/status` is there.
    pub has_status: bool,
    /// How many containers `containers` holds, istio-proxy among them.
    pub containers: usize,
    /// The container named `istio-proxy`, in whichever list.
    pub proxy: Option<ProxyContainer>,
}

/// The container named `istio-proxy`, as far as it tells what kind of pod this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyContainer {
    /// It stands in `containers`, not in `initContainers`.
    pub in_containers: bool,
    /// What it runs; `None` where the manifest does not say, as in an override.
    pub role: Option<ProxyRole>,
}

/// What `pilot-agent proxy` is told to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyRole {
    /// `proxy sidecar`
    Sidecar,
    /// `proxy router`: a gateway.
    Router,
}

impl ProxyRole {
    /// Reads the role off the command and the arguments of the container, which may be handed in one after the other.
    pub fn of_arguments<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Option<Self> {
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

/// All reasons to leave the pod alone, in a fixed order; none where it may be edited.
pub fn left_alone(pod: &PodIdentity) -> Vec<Reason> {
    let role = pod.proxy.and_then(|proxy| proxy.role);
    let is_alone = pod.containers == 1 && pod.proxy.is_some_and(|proxy| proxy.in_containers);
    let templates: Option<Vec<&str>> = pod.templates.as_deref().map(|names| names.split(',').map(str::trim).collect());
    let is_gateway = templates.as_ref().is_some_and(|names| names.contains(&"gateway"))
        || role == Some(ProxyRole::Router)
        || (is_alone && role.is_none());
    let other_template = templates.is_some_and(|names| names != ["sidecar"] && !names.contains(&"gateway"));
    let namespace = pod.namespace.as_deref().filter(|name| SYSTEM_NAMESPACES.contains(name));

    let mut reasons = Vec::new();
    reasons.extend(pod.host_network.then_some(Reason::HostNetwork));
    reasons.extend(injection_off(pod));
    reasons.extend(namespace.map(|name| Reason::SystemNamespace(name.to_owned())));
    reasons.extend(pod.templates.clone().filter(|_| other_template).map(Reason::OtherTemplate));
    reasons.extend(is_gateway.then_some(Reason::Gateway));
    reasons.extend((pod.dataplane_mode.as_deref() == Some("ambient")).then_some(Reason::Ambient));
    reasons.extend((pod.has_status || role == Some(ProxyRole::Sidecar)).then_some(Reason::AlreadyInjected));
    reasons.extend((pod.containers == 0).then_some(Reason::NoContainers));
    reasons
}

/// Why a pod is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It uses the network of the node, which a sidecar must not capture.
    HostNetwork,
    /// It refuses injection.
    InjectionOff {
        /// The refusal stands in the label; else in the annotation.
        by_label: bool,
        /// The value as it stands there.
        value: String,
    },
    /// It lives in a namespace that istiod never injects.
    SystemNamespace(String),
    /// It asks for injection templates other than `sidecar`; the value as it stands there.
    OtherTemplate(String),
    /// Its istio-proxy is a gateway.
    Gateway,
    /// It is part of the ambient mesh, where ztunnel does the sidecar's work.
    Ambient,
    /// It holds the whole injected sidecar already.
    AlreadyInjected,
    /// It has no containers.
    NoContainers,
}

impl Reason {
    /// The stable name of the reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::HostNetwork => "host-network",
            Self::InjectionOff { .. } => "injection-off",
            Self::SystemNamespace(_) => "system-namespace",
            Self::OtherTemplate(_) => "other-template",
            Self::Gateway => "gateway",
            Self::Ambient => "ambient",
            Self::AlreadyInjected => "already-injected",
            Self::NoContainers => "no-containers",
        }
    }

    /// What is so, and why that means that the pod is left alone, in one sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::HostNetwork => "hostNetwork is true, and Istio injects no sidecar into such pods".to_owned(),
            Self::InjectionOff { by_label, value } => {
                let place = if *by_label { "label" } else { "annotation" };
                format!("the {place} sidecar.istio.io/inject is `{value}`, so Istio injects no sidecar")
            }
            Self::SystemNamespace(name) => format!("the namespace is `{name}`, which Istio never injects"),
            Self::OtherTemplate(names) => {
                format!("inject.istio.io/templates is `{names}`, and only the proxy of the `sidecar` template is known")
            }
            Self::Gateway => "its istio-proxy is a gateway, which drains by other rules than a sidecar".to_owned(),
            Self::Ambient => {
                "the label istio.io/dataplane-mode is `ambient`, so ztunnel takes the place of a sidecar".to_owned()
            }
            Self::AlreadyInjected => {
                "the sidecar is injected already, and what is injected is not meant to be edited".to_owned()
            }
            Self::NoContainers => "the pod template has no containers, so there is nothing to shut down".to_owned(),
        }
    }
}

/// istio/istio `pkg/kube/inject/inject.go` (`IgnoredNamespaces`).
const SYSTEM_NAMESPACES: [&str; 4] = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

/// The label wins over the annotation wherever it is there, even with an empty value.
fn injection_off(pod: &PodIdentity) -> Option<Reason> {
    let (by_label, value) = match (&pod.inject_label, &pod.inject_annotation) {
        (Some(value), _) => (true, value),
        (None, Some(value)) => (false, value),
        (None, None) => return None,
    };
    let allows = matches!(value.to_ascii_lowercase().as_str(), "" | "y" | "yes" | "true" | "on");
    (!allows).then(|| Reason::InjectionOff { by_label, value: value.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::doc_table;

    /// A pod with one app container and what the row of the table says of it, word by word.
    fn pod(row: &str) -> PodIdentity {
        let mut pod = PodIdentity { containers: 1, ..PodIdentity::default() };
        let mut proxy = ProxyContainer { in_containers: true, role: None };
        for fact in row.split(", ") {
            let value = |text: &str| Some(text.trim_matches('"').to_owned());
            match fact.split_once(": ").unwrap_or((fact, "")) {
                ("nothing special" | "runs nothing of its own", _) => {}
                ("hostNetwork", "true") => pod.host_network = true,
                ("label inject", text) => pod.inject_label = value(text),
                ("annotation inject", text) => pod.inject_annotation = value(text),
                ("templates", text) => pod.templates = value(text),
                ("dataplane-mode", text) => pod.dataplane_mode = value(text),
                ("ambient", _) => pod.dataplane_mode = value("ambient"),
                ("in kube-system", _) => pod.namespace = value("kube-system"),
                ("status annotation", _) => pod.has_status = true,
                ("no containers", _) => pod.containers = 0,
                ("istio-proxy beside the app", _) => {
                    pod.containers = 2;
                    pod.proxy = Some(proxy);
                }
                ("istio-proxy in initContainers", _) => {
                    proxy.in_containers = false;
                    pod.proxy = Some(proxy);
                }
                ("istio-proxy alone", _) => pod.proxy = Some(proxy),
                (runs, _) if runs.starts_with("runs ") => {
                    proxy.role = ProxyRole::of_arguments(runs.split(' '));
                    pod.proxy = Some(proxy);
                }
                (namespace, _) => pod.namespace = Some(namespace.strip_prefix("namespace ").expect(fact).to_owned()),
            }
        }
        pod
    }

    #[test]
    fn every_case_of_the_table() {
        let rows = doc_table::rows(include_str!("injection.rs"), "Cases");
        assert!(rows.len() > 30);
        for row in rows {
            let [facts, reasons] = row.as_slice() else { panic!("{row:?}") };
            let codes: Vec<&str> = left_alone(&pod(facts)).iter().map(Reason::code).collect();
            let expected: Vec<&str> = reasons.split(", ").filter(|code| *code != "none").collect();
            assert_eq!(codes, expected, "{facts}");
        }
    }

    #[test]
    fn roles_are_read_off_command_and_arguments() {
        let role = |line: &str| ProxyRole::of_arguments(line.split(' '));
        assert_eq!(role("proxy sidecar --domain $(POD_NAMESPACE).svc.cluster.local"), Some(ProxyRole::Sidecar));
        assert_eq!(role("/usr/local/bin/pilot-agent proxy router"), Some(ProxyRole::Router));
        assert_eq!(role("--proxyLogLevel debug sidecar"), None);
        assert_eq!(role("proxy --x sidecar"), None);
    }

    #[test]
    fn sentences_say_what_and_why() {
        let off = Reason::InjectionOff { by_label: true, value: "no".to_owned() };
        assert_eq!(off.sentence(), "the label sidecar.istio.io/inject is `no`, so Istio injects no sidecar");
        let namespace = Reason::SystemNamespace("kube-system".to_owned());
        assert_eq!(namespace.sentence(), "the namespace is `kube-system`, which Istio never injects");
    }
}
