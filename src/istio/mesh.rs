//! What is set for the whole mesh, and where each value in force comes from.
//!
//! A value that nobody states is `None`, never a default: Istio's own defaults are filled in where a value is used, with
//! [`Origin::BuiltIn`], so that it can always be said who decided.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A value, and who set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Who set it.
    pub origin: Origin,
}

/// Who set a value. Ordered: what stands higher here wins (istio/istio `pilot/pkg/model/proxy_config.go`,
/// `EffectiveProxyConfig`; the container's own environment wins over all of them, since the agent reads it last).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The `env` of an istio-proxy override.
    Environment,
    /// Another field of an istio-proxy override, such as its image.
    Override,
    /// A ProxyConfig resource that selects the pod by its labels: `namespace/name`.
    ProxyConfigOfWorkload(String),
    /// An annotation of the pod, by its name.
    Annotation(&'static str),
    /// A ProxyConfig resource of the pod's namespace, without a selector: `namespace/name`.
    ProxyConfigOfNamespace(String),
    /// A ProxyConfig resource of the root namespace: `namespace/name`.
    ProxyConfigOfRoot(String),
    /// The policy's `mesh`.
    Declared,
    /// An object of the input that configures the mesh, such as `ConfigMap istio-system/istio`.
    Mesh(String),
    /// Istio itself.
    BuiltIn,
}

/// What is set for the whole mesh, as far as it matters for injection and shutdown. All of it may be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeshSettings {
    /// `defaultConfig.terminationDrainDuration`
    pub drain: Option<Setting<Duration>>,
    /// `defaultConfig.drainDuration`
    pub drain_duration: Option<Setting<Duration>>,
    /// `defaultConfig.parentShutdownDuration`, which Istio has up to 1.16.
    pub parent_shutdown: Option<Setting<Duration>>,
    /// `defaultConfig.proxyMetadata`: environment of the proxy, such as `EXIT_ON_ZERO_ACTIVE_CONNECTIONS`.
    pub proxy_metadata: BTreeMap<String, Setting<String>>,
    /// `defaultConfig.proxyAdminPort`; 15000 where nothing is set.
    pub proxy_admin_port: Option<Setting<u16>>,
    /// `defaultConfig.image.imageType`, or the `variant` of the charts: `distroless`, `debug`, ….
    pub image_type: Option<Setting<String>>,
    /// `defaultConfig.holdApplicationUntilProxyStarts`
    pub hold_application: Option<Setting<bool>>,
    /// The preStop handler of `global.proxy.lifecycle`, which every sidecar gets.
    pub pre_stop: Option<Setting<MeshHook>>,
    /// Istiod's `ENABLE_NATIVE_SIDECARS`.
    pub native_sidecars: Option<Setting<NativeSidecars>>,
    /// `sidecarInjectorWebhook.rewriteAppHTTPProbe`: probes and hooks of apps go through port 15020.
    pub rewrite_app_http: Option<Setting<bool>>,
    /// `global.proxy.autoInject`, the injector's `policy`; enabled where nothing is set.
    pub auto_inject: Option<Setting<AutoInject>>,
    /// `sidecarInjectorWebhook.enableNamespacesByDefault`
    pub enable_namespaces_by_default: Option<Setting<bool>>,
    /// `sidecarInjectorWebhook.defaultTemplates` or the injector's `defaultTemplates`; `[sidecar]` where nothing is set.
    pub default_templates: Option<Setting<Vec<String>>>,
    /// The namespace of ProxyConfig resources that hold for all; `istio-system` where nothing is set.
    pub root_namespace: Option<Setting<String>>,
    /// The injector's template reads the annotation `sidecar.istio.io/preStopCommand`, which no release of Istio does by itself.
    pub reads_pre_stop_command: Option<Setting<bool>>,
}

/// The preStop hook that the mesh gives to every istio-proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeshHook {
    /// An exec handler with this command: an override's exec handler replaces it.
    Exec(Vec<String>),
    /// A handler of another type, by its field's name: merged with an exec handler it makes two, and the API server
    /// rejects the pod.
    Other(String),
}

/// What istiod makes of sidecars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NativeSidecars {
    /// `true`: native ones.
    On,
    /// `false`: classic ones.
    Off,
    /// `auto`, since Istio 1.27: native ones where the nodes run Kubernetes 1.33 or later.
    Auto,
}

impl NativeSidecars {
    /// The flag's value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::On => "true",
            Self::Off => "false",
            Self::Auto => "auto",
        }
    }
}

/// What becomes of pods that don't decide about injection themselves, once the injector is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AutoInject {
    /// `enabled`: they are injected.
    Enabled,
    /// `disabled`: they are not.
    Disabled,
    /// Any other text: no pod is injected, whatever it asks for.
    Invalid,
}

impl AutoInject {
    /// What the value comes to.
    pub fn of(text: &str) -> Self {
        match text {
            "enabled" => Self::Enabled,
            "disabled" => Self::Disabled,
            _ => Self::Invalid,
        }
    }
}

impl<T> Setting<T> {
    /// A value with its origin.
    pub const fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

/// Prints where the value stands, to follow after "by" or "from".
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("the env of the istio-proxy override"),
            Self::Override => f.write_str("the istio-proxy override"),
            Self::Annotation(name) => write!(f, "the annotation {name}"),
            Self::ProxyConfigOfWorkload(name) | Self::ProxyConfigOfNamespace(name) | Self::ProxyConfigOfRoot(name) => {
                write!(f, "the ProxyConfig {name}")
            }
            Self::Declared => f.write_str("the policy's `mesh`"),
            Self::Mesh(object) => write!(f, "the {object}"),
            Self::BuiltIn => f.write_str("Istio's default"),
        }
    }
}

impl MeshSettings {
    /// Lays these settings over `lower`, value by value.
    #[must_use]
    pub fn or(self, lower: Self) -> Self {
        let mut proxy_metadata = lower.proxy_metadata;
        proxy_metadata.extend(self.proxy_metadata);
        Self {
            drain: self.drain.or(lower.drain),
            drain_duration: self.drain_duration.or(lower.drain_duration),
            parent_shutdown: self.parent_shutdown.or(lower.parent_shutdown),
            proxy_metadata,
            proxy_admin_port: self.proxy_admin_port.or(lower.proxy_admin_port),
            image_type: self.image_type.or(lower.image_type),
            hold_application: self.hold_application.or(lower.hold_application),
            pre_stop: self.pre_stop.or(lower.pre_stop),
            native_sidecars: self.native_sidecars.or(lower.native_sidecars),
            rewrite_app_http: self.rewrite_app_http.or(lower.rewrite_app_http),
            auto_inject: self.auto_inject.or(lower.auto_inject),
            enable_namespaces_by_default: self.enable_namespaces_by_default.or(lower.enable_namespaces_by_default),
            default_templates: self.default_templates.or(lower.default_templates),
            root_namespace: self.root_namespace.or(lower.root_namespace),
            reads_pre_stop_command: self.reads_pre_stop_command.or(lower.reads_pre_stop_command),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_value_wins_one_by_one() {
        let seconds = |seconds, origin: Origin| Some(Setting::new(Duration::from_secs(seconds), origin));
        let entry = |key: &str, value: &str, origin| (key.to_owned(), Setting::new(value.to_owned(), origin));
        let seen = || Origin::Mesh("ConfigMap istio-system/istio".to_owned());
        let upper = MeshSettings {
            drain: seconds(60, Origin::Declared),
            proxy_metadata: [entry("A", "1", Origin::Declared)].into(),
            ..MeshSettings::default()
        };
        let lower = MeshSettings {
            drain: seconds(5, seen()),
            drain_duration: seconds(45, seen()),
            proxy_metadata: [entry("A", "2", seen()), entry("B", "2", seen())].into(),
            ..MeshSettings::default()
        };
        let both = upper.or(lower);
        assert_eq!(both.drain, seconds(60, Origin::Declared));
        assert_eq!(both.drain_duration, seconds(45, seen()));
        assert_eq!(both.proxy_metadata, [entry("A", "1", Origin::Declared), entry("B", "2", seen())].into());
        assert_eq!(seen().to_string(), "the ConfigMap istio-system/istio");
    }
}
