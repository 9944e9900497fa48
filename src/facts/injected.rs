//! Reads a running pod as it is: the proxy container that was injected into it, and nothing that the mesh would give
//! to a new pod.
//!
//! Sources: the istiod chart's `files/injection-template.yaml` of 1.20 to 1.30 (the container, its `PROXY_CONFIG` and
//! the variables of `proxyMetadata`), istio/istio `pkg/kube/inject/webhook.go` (the annotations
//! `sidecar.istio.io/status` and `proxy.istio.io/overrides`), `pilot/cmd/pilot-agent/config/config.go` (the agent reads
//! `PROXY_CONFIG`, and the pod's annotation over it).

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::istio::{
    Bare, Effective, InLayers, Layered, Make, MeshHook, Mode, ModeReason, ProxyRole, ProxySettings, Reason, Row,
    Setting, SettingOrigin, SidecarMode, type_of_image,
};
use crate::kubernetes::{Handler, HookLength, Release};
use crate::object::Metadata;
use crate::shutdown::{Grace, Override, Placement, PodFacts, ProxyHook, Seconds};
use crate::yaml::{NodeId, Resolved, Tree};

use super::{Container, ContainerList, ISTIO_PROXY, Reading, config_annotation, containers, identity};

/// The annotation that the injector leaves behind, with the names of what it put in.
const STATUS: &str = "sidecar.istio.io/status";
/// The annotation that keeps what the manifest said of istio-proxy.
const OVERRIDES: &str = "proxy.istio.io/overrides";
/// The variable that holds the ProxyConfig with which the pod was injected.
const CONFIG_VARIABLE: &str = "PROXY_CONFIG";

/// A pod that is in a cluster, or was injected to be put into one.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    /// Its proxy; `None` where it has none.
    pub proxy: Option<RunningProxy>,
    /// Why it is not worth looking at: it has ended, or is being deleted.
    pub end: Option<Reason>,
    /// What the deletion left it of its grace period, where it is being deleted.
    left: Option<Seconds>,
    /// What the manifest said of istio-proxy before it was injected.
    written: Placement,
}

/// The proxy container of a running pod.
#[derive(Clone, Debug)]
pub(crate) struct RunningProxy {
    /// It runs as a gateway.
    pub is_gateway: bool,
    /// It starts no Envoy: the agent of proxyless gRPC.
    pub is_proxyless: bool,
    /// The release in the tag of its image.
    pub istio: Option<Setting<Release>>,
    /// In which list of containers it stands.
    pub mode: SidecarMode,
    image: String,
    environment: BTreeMap<String, String>,
}

impl Running {
    /// Reads a Pod; `None` where nothing shows that it runs: it is a manifest like any other.
    pub(crate) fn of(tree: &Tree<'_>, pod: NodeId) -> Option<Self> {
        let metadata = Metadata::of(tree, pod);
        let has = |path: &[&str]| tree.get_path(pod, path).is_some();
        let is_live = has(&["metadata", "uid"]) || has(&["status", "phase"]) || has(&["spec", "nodeName"]);
        let has_status = metadata.annotations.contains_key(STATUS);
        let containers = containers(tree, tree.get(pod, "spec"));
        let proxy = super::proxy_of(tree, &containers);
        let proxy = proxy.filter(|proxy| is_live || has_status || identity::role(tree, proxy.node).is_some());
        if !is_live && !has_status && proxy.is_none() {
            return None;
        }
        let is_going = has(&["metadata", "deletionTimestamp"]);
        let end = match tree.str_at(pod, &["status", "phase"]) {
            Some("Succeeded" | "Failed") => Some(Reason::Ended),
            _ => is_going.then_some(Reason::BeingDeleted),
        };
        let left = tree.get_path(pod, &["metadata", "deletionGracePeriodSeconds"]);
        let left = match left.and_then(|node| tree.scalar(node)) {
            Some(Resolved::Int(seconds)) if is_going => u64::try_from(seconds).ok().map(Seconds::new),
            _ => None,
        };
        let written = written(metadata.annotations.get(OVERRIDES).map(String::as_str));
        Some(Self { proxy: proxy.map(|proxy| RunningProxy::of(tree, proxy)), end, left, written })
    }

    /// What was read of the pod as if it was a manifest, made what it is; and its facts before it was injected.
    pub(crate) fn reading(&self, read: Reading) -> (Reading, PodFacts) {
        let (mut written, mut facts) = (read.facts.clone(), read.facts);
        written.proxy = self.written.clone();
        written.is_injection_seen = true;
        facts.mesh_hook = None;
        facts.is_injection_seen = true;
        facts.is_running = true;
        facts.keeps_app_http = !facts.app_hooks.iter().any(|hook| is_rewritten(hook.handler.as_ref()));
        if let Some(left) = self.left {
            facts.grace = Grace::Explicit(left);
        }
        let mut mode = read.mode;
        if let Some(proxy) = &self.proxy {
            facts.is_gateway = proxy.is_gateway;
            facts.settings = proxy.settings(&facts.settings);
            proxy.settle(&mut written, &facts);
            facts.is_mesh_config_seen |= proxy.environment.contains_key(CONFIG_VARIABLE);
            (facts.mode, written.mode) = (proxy.mode, proxy.mode);
            mode = Mode { kind: proxy.mode, reasons: vec![ModeReason::ProxyInManifest(proxy.mode)] };
        }
        written.is_mesh_config_seen = facts.is_mesh_config_seen;
        (Reading { facts, mode, ..read }, written)
    }
}

impl RunningProxy {
    fn of(tree: &Tree<'_>, proxy: &Container) -> Self {
        let environment = identity::environment(tree, proxy.node);
        let image = tree.str_at(proxy.node, &["image"]).unwrap_or_default().to_owned();
        let release = tag(&image).and_then(|tag| tag.parse().ok());
        Self {
            is_gateway: identity::role(tree, proxy.node) == Some(ProxyRole::Router),
            is_proxyless: environment.get("DISABLE_ENVOY").is_some_and(|value| value == "true"),
            istio: release.map(|release| Setting::new(release, SettingOrigin::OfPod("proxy image"))),
            mode: match proxy.list {
                ContainerList::Containers => SidecarMode::Classic,
                ContainerList::InitContainers => SidecarMode::Native,
            },
            image,
            environment,
        }
    }

    /// What it runs with: what the agent reads, and nothing that the mesh would give to a new pod. `read` is what the
    /// pod comes to as a manifest.
    fn settings(&self, read: &Effective) -> Effective {
        let config = self.environment.get(CONFIG_VARIABLE).map(|text| config_annotation::of_text(text));
        let variables =
            ProxySettings::of_variables(&self.environment).by(&Setting::new((), SettingOrigin::OfPod("env")));
        let drain = self.environment.get(DRAIN_VARIABLE).filter(|_| self.reads_drain_variable());
        let drain = drain.and_then(|text| text.parse().ok()).map(Seconds::new);
        let image = Some(&self.image).filter(|image| !image.is_empty()).map(|image| type_of_image(image));
        let only = |image| Setting::new(image, SettingOrigin::OfPod("proxy image"));
        let settings = Effective::each(&mut AsItRuns { read, config: config.as_ref() });
        Effective {
            drain: Layered {
                over: drain.map(|drain| Setting::new(drain, SettingOrigin::OfPod("env"))),
                ..settings.drain
            },
            exit_on_idle: Layered { over: variables.exit_on_idle, own: None, under: None },
            minimum: Layered { over: variables.minimum, own: None, under: None },
            image_type: Layered { over: image.map(only), own: None, under: None },
            // What holds the apps back stands in the container already.
            hold_application: Layered::default(),
            ..settings
        }
    }

    /// What `written` had to get from the mesh, to become what `facts` are.
    fn settle(&self, written: &mut PodFacts, facts: &PodFacts) {
        let (of_manifest, runs) = (&mut written.settings, &facts.settings);
        (of_manifest.exit_on_idle.over, of_manifest.exit_on_idle.under) = (None, runs.exit_on_idle.over.clone());
        (of_manifest.minimum.over, of_manifest.minimum.under) = (None, runs.minimum.over.clone());
        (of_manifest.image_type.over, of_manifest.image_type.under) = (None, runs.image_type.over.clone());
        (of_manifest.drain.under, of_manifest.drain_duration.under) =
            (runs.drain.under.clone(), runs.drain_duration.under.clone());
        let is_own = written.proxy.present().is_some_and(|present| present.hook != ProxyHook::None);
        let hook = facts.proxy.present().map(|present| &present.hook);
        written.mesh_hook = match hook {
            Some(ProxyHook::Exec(command)) if !is_own && !is_of_template(command) => {
                Some(Setting::new(MeshHook::Exec(command.clone()), SettingOrigin::OfPod("proxy container")))
            }
            _ => None,
        };
    }

    fn reads_drain_variable(&self) -> bool {
        self.istio.as_ref().is_some_and(|istio| istio.value < Release::new(1, 9))
    }
}

/// How long the agent drains, up to Istio 1.8 (istio/istio `pilot/cmd/pilot-agent`).
const DRAIN_VARIABLE: &str = "TERMINATION_DRAIN_DURATION_SECONDS";

/// The layers of a running pod: its annotation over its `PROXY_CONFIG`, over the mesh only where that is not there.
struct AsItRuns<'r> {
    read: &'r Effective,
    config: Option<&'r ProxySettings<Bare>>,
}

impl Make<InLayers> for AsItRuns<'_> {
    fn make<R: Row>(&mut self) -> Layered<R::Value> {
        let read = R::of(self.read);
        let under = match self.config {
            Some(config) => {
                let value = R::of(config).clone();
                value.map(|value| Setting::new(value, SettingOrigin::OfPod(CONFIG_VARIABLE)))
            }
            None => read.under.clone(),
        };
        Layered { over: None, own: read.own.clone(), under }
    }
}

/// The hook that Istio's template gives to a native sidecar.
fn is_of_template(command: &[String]) -> bool {
    command.first().is_some_and(|word| word == "pilot-agent") && command.ends_with(&["POST".into(), "drain".into()])
}

/// The tag of an image, where it has one.
fn tag(image: &str) -> Option<&str> {
    image.split('@').next()?.rsplit('/').next()?.split_once(':').map(|(_, tag)| tag)
}

/// A hook that the injector sends through the agent (istio/istio `pkg/kube/inject/app_probe.go`).
fn is_rewritten(handler: Option<&Handler>) -> bool {
    matches!(handler, Some(Handler::HttpGet { path, .. }) if path.starts_with("/app-lifecycle/"))
}

/// Where istio-proxy stood before the pod was injected, by the annotation that keeps it.
fn written(overrides: Option<&str>) -> Placement {
    let overrides: Option<Json> = overrides.and_then(|text| serde_json::from_str(text).ok());
    let find = |list: &str| {
        let containers = overrides.as_ref()?.get(list)?.as_array()?.iter();
        containers.into_iter().find(|container| container.get("name").and_then(Json::as_str) == Some(ISTIO_PROXY))
    };
    let read = |container: &Json| {
        let pre_stop = container.pointer("/lifecycle/preStop").filter(|hook| !hook.is_null());
        let words = |hook: &Json| -> Option<Vec<String>> {
            let words = hook.pointer("/exec/command")?.as_array()?.iter();
            words.map(|word| word.as_str().map(str::to_owned)).collect()
        };
        let hook = match pre_stop {
            None => ProxyHook::None,
            Some(hook) => words(hook).map_or(ProxyHook::Other(HookLength::Unknown), ProxyHook::Exec),
        };
        Override { bare: false, hook, resources: None }
    };
    let native = find("initContainers").map(|container| Placement::Native(read(container)));
    let classic = || find("containers").map(|container| Placement::Container(read(container)));
    native.or_else(classic).unwrap_or(Placement::Absent)
}
