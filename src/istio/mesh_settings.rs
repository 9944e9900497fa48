//! The settings of the whole mesh, and the origin of each value.
//!
//! A value that nobody sets is `None`, never a default. Istio's own defaults are filled in later, with
//! [`SettingOrigin::BuiltIn`], so that the origin is always known.

use std::collections::BTreeMap;
use std::fmt;

use super::settings::{Make, ProxySettings, Row, WithOrigin};

/// A value and its origin. The same with another place is equal.
#[derive(Clone, Debug)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Who set it.
    pub origin: SettingOrigin,
    /// Where that stands, if it is known.
    pub(crate) place: Option<SettingPlace>,
}

impl<T: PartialEq> PartialEq for Setting<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value && self.origin == other.origin
    }
}

impl<T: Eq> Eq for Setting<T> {}

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingPlace {
    /// In an input.
    Input {
        /// The number of the input among those of the run.
        number: usize,
        /// The byte in it.
        offset: usize,
    },
    /// In a file, with its line and column, counted from 1.
    File {
        /// The name of the file.
        file: String,
        /// The line.
        line: usize,
        /// The column, in characters.
        column: usize,
    },
}

/// The origin of a value. Ordered: an earlier variant wins (istio/istio `pilot/pkg/model/proxy_config.go`,
/// `EffectiveProxyConfig`; the container's own environment wins over all of them, because the agent reads it last).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SettingOrigin {
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
    /// A part of a running pod: its `env`, its `PROXY_CONFIG`, its proxy image.
    OfPod(&'static str),
    /// Istio itself.
    BuiltIn,
}

/// The settings of the mesh that matter for injection and shutdown. Each may be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeshSettings {
    /// `defaultConfig`, with `global.variant` and `global.proxy.holdApplicationUntilProxyStarts` of the charts.
    pub(crate) proxy: ProxySettings<WithOrigin>,
    /// The preStop handler of `global.proxy.lifecycle`, which every sidecar gets.
    pub(crate) pre_stop: Option<Setting<MeshHook>>,
    /// `global.proxy.lifecycle` is set without a postStart handler, so it hides the one that delays the apps.
    pub(crate) hides_hold: Option<Setting<bool>>,
    /// Istiod's `ENABLE_NATIVE_SIDECARS`.
    pub(crate) native_sidecars: Option<Setting<NativeSidecars>>,
    /// `sidecarInjectorWebhook.rewriteAppHTTPProbe`: probes and hooks of apps go through port 15020.
    pub rewrite_app_http: Option<Setting<bool>>,
    /// `global.proxy.autoInject`, the injector's `policy`; enabled by default.
    pub auto_inject: Option<Setting<AutoInject>>,
    /// `sidecarInjectorWebhook.enableNamespacesByDefault`
    pub(crate) enable_namespaces_by_default: Option<Setting<bool>>,
    /// `sidecarInjectorWebhook.defaultTemplates` or the injector's `defaultTemplates`; `[sidecar]` by default.
    pub default_templates: Option<Setting<Vec<String>>>,
    /// `aliases` of the injector: the templates that each name stands for.
    pub(crate) aliases: Option<Setting<BTreeMap<String, Vec<String>>>>,
    /// What the injector's template `sidecar` calls the container of the proxy, if that is not `istio-proxy`.
    pub(crate) proxy_container: Option<Setting<String>>,
    /// The namespace whose ProxyConfig resources apply to the whole mesh; `istio-system` by default.
    pub(crate) root_namespace: Option<Setting<String>>,
    /// The injector's template reads the annotation `sidecar.istio.io/preStopCommand`. No release of Istio has such a
    /// template.
    pub(crate) reads_pre_stop_command: Option<Setting<bool>>,
    /// A hook of `global.proxy.lifecycle` wins over the one that the template makes of the annotation.
    pub(crate) command_yields: Option<Setting<bool>>,
    /// `global.imagePullPolicy`: the pull policy of the sidecar, unless an override sets another.
    pub(crate) image_pull_policy: Option<Setting<PullPolicy>>,
}

/// The preStop hook that the mesh gives to every istio-proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MeshHook {
    /// An exec handler with this command: an override's exec handler replaces it.
    Exec(Vec<String>),
    /// A handler of another type, by the name of its field. Merged with an exec handler, the hook has two handlers, and
    /// the API server rejects the pod.
    Other(String),
}

/// Istiod's setting for native sidecars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum NativeSidecars {
    /// `true`: native ones.
    On,
    /// `false`: classic ones.
    Off,
    /// `auto`, since Istio 1.27: native ones if the nodes run Kubernetes 1.33 or later.
    Auto,
}

impl NativeSidecars {
    /// The flag's value.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::On => "true",
            Self::Off => "false",
            Self::Auto => "auto",
        }
    }
}

/// What the injector does with pods that don't decide about injection themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AutoInject {
    /// `enabled`: they are injected.
    Enabled,
    /// `disabled`: they are not.
    Disabled,
    /// Any other text: no pod is injected, even if it asks for it.
    Invalid,
}

impl AutoInject {
    /// Reads the value.
    pub(crate) fn of(text: &str) -> Self {
        match text {
            "enabled" => Self::Enabled,
            "disabled" => Self::Disabled,
            _ => Self::Invalid,
        }
    }
}

/// When the kubelet pulls an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum PullPolicy {
    /// Each time.
    Always,
    /// If the node lacks it. An override gets this policy if the mesh is not visible.
    #[default]
    IfNotPresent,
    /// Never; the node must have it.
    Never,
}

impl PullPolicy {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Always, Self::IfNotPresent, Self::Never];

    /// The value of `imagePullPolicy`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Always => "Always",
            Self::IfNotPresent => "IfNotPresent",
            Self::Never => "Never",
        }
    }
}

impl<T> Setting<T> {
    /// A value with its origin.
    pub(crate) const fn new(value: T, origin: SettingOrigin) -> Self {
        Self { value, origin, place: None }
    }

    /// The same, stated at that place.
    #[must_use]
    pub(crate) fn at(self, place: Option<SettingPlace>) -> Self {
        Self { place, ..self }
    }

    /// The same, where the object that states it is in the input of that number.
    #[must_use]
    pub(crate) fn in_input(mut self, of: usize) -> Self {
        if let Some(SettingPlace::Input { number, .. }) = &mut self.place {
            *number = of;
        }
        self
    }

    /// Another value, with the same origin and place.
    pub(crate) fn with<U>(&self, value: U) -> Setting<U> {
        Setting { value, origin: self.origin.clone(), place: self.place.clone() }
    }
}

/// Prints `mesh.yaml:8:9`; nothing for an input without a name.
impl fmt::Display for SettingPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { .. } => Ok(()),
            Self::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
        }
    }
}

/// Prints the origin, to follow "by" or "from".
impl fmt::Display for SettingOrigin {
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
            Self::OfPod(part) => write!(f, "the pod's {part}"),
            Self::BuiltIn => f.write_str("Istio's default"),
        }
    }
}

/// Decides between several values of the same setting.
pub(crate) trait Settle {
    /// Decides about the setting `name`, which `set` finds in each source.
    fn settle<T: Clone + PartialEq>(
        &mut self,
        name: &str,
        set: impl Fn(&MeshSettings) -> Option<&Setting<T>>,
    ) -> Option<Setting<T>>;
}

/// Decides about the settings in `defaultConfig`.
struct OfProxy<'s, S>(&'s mut S);

impl<S: Settle> Make<WithOrigin> for OfProxy<'_, S> {
    fn make<R: Row>(&mut self) -> Option<Setting<R::Value>> {
        self.0.settle(&R::PATH.join("."), |mesh| R::of(&mesh.proxy).as_ref())
    }
}

/// The upper value wins.
impl Settle for [&MeshSettings; 2] {
    fn settle<T: Clone + PartialEq>(
        &mut self,
        _: &str,
        set: impl Fn(&MeshSettings) -> Option<&Setting<T>>,
    ) -> Option<Setting<T>> {
        self.iter().find_map(|mesh| set(mesh)).cloned()
    }
}

impl MeshSettings {
    /// Decides about all settings.
    pub(crate) fn settled(by: &mut impl Settle) -> Self {
        Self {
            proxy: ProxySettings::each(&mut OfProxy(by)),
            pre_stop: by.settle("global.proxy.lifecycle.preStop", |mesh| mesh.pre_stop.as_ref()),
            hides_hold: by.settle("global.proxy.lifecycle.postStart", |mesh| mesh.hides_hold.as_ref()),
            native_sidecars: by.settle("ENABLE_NATIVE_SIDECARS", |mesh| mesh.native_sidecars.as_ref()),
            rewrite_app_http: by.settle("rewriteAppHTTPProbe", |mesh| mesh.rewrite_app_http.as_ref()),
            auto_inject: by.settle("autoInject", |mesh| mesh.auto_inject.as_ref()),
            enable_namespaces_by_default: by
                .settle("enableNamespacesByDefault", |mesh| mesh.enable_namespaces_by_default.as_ref()),
            default_templates: by.settle("defaultTemplates", |mesh| mesh.default_templates.as_ref()),
            aliases: by.settle("aliases", |mesh| mesh.aliases.as_ref()),
            proxy_container: by
                .settle("the name of the proxy in the injector's template", |mesh| mesh.proxy_container.as_ref()),
            root_namespace: by.settle("rootNamespace", |mesh| mesh.root_namespace.as_ref()),
            command_yields: by.settle("the order in the injector's template", |mesh| mesh.command_yields.as_ref()),
            image_pull_policy: by.settle("global.imagePullPolicy", |mesh| mesh.image_pull_policy.as_ref()),
            reads_pre_stop_command: by.settle("the injector's template", |mesh| mesh.reads_pre_stop_command.as_ref()),
        }
    }

    /// The templates that names stand for, as the injector reads them (istio/istio `pkg/kube/inject/inject.go`,
    /// `resolveAliases`).
    pub(crate) fn templates<'t>(&'t self, names: impl IntoIterator<Item = &'t str>) -> Vec<&'t str> {
        let aliases = self.aliases.as_ref().map(|aliases| &aliases.value);
        let resolve = |name: &'t str| match aliases.and_then(|aliases| aliases.get(name)) {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => vec![name],
        };
        names.into_iter().flat_map(resolve).collect()
    }

    /// Combines two sources: these values win over those of `lower`.
    #[must_use]
    pub(crate) fn or(self, lower: Self) -> Self {
        Self::settled(&mut [&self, &lower])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::Seconds;

    #[test]
    fn the_upper_value_wins_one_by_one() {
        let seconds = |seconds, origin: SettingOrigin| Some(Setting::new(Seconds::new(seconds), origin));
        let flag = |value, origin: SettingOrigin| Some(Setting::new(value, origin));
        let seen = || SettingOrigin::Mesh("ConfigMap istio-system/istio".to_owned());
        let mut upper =
            MeshSettings { rewrite_app_http: flag(true, SettingOrigin::Declared), ..MeshSettings::default() };
        let mut lower = MeshSettings { rewrite_app_http: flag(false, seen()), ..MeshSettings::default() };
        lower.enable_namespaces_by_default = flag(true, seen());
        upper.proxy.drain = seconds(60, SettingOrigin::Declared);
        (lower.proxy.drain, lower.proxy.drain_duration) = (seconds(5, seen()), seconds(45, seen()));
        let both = upper.or(lower);
        assert_eq!(both.proxy.drain, seconds(60, SettingOrigin::Declared));
        assert_eq!(both.proxy.drain_duration, seconds(45, seen()));
        assert_eq!(both.rewrite_app_http, flag(true, SettingOrigin::Declared));
        assert_eq!(both.enable_namespaces_by_default, flag(true, seen()));
        assert_eq!(seen().to_string(), "the ConfigMap istio-system/istio");
    }
}
