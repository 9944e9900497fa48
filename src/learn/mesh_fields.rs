//! The fields of `mesh`: how to read each one from a revision, and where to look for it.

use kube_core::Selector;
use serde_json::{Value, json};

use crate::istio::{AutoInject, EXIT_ON_IDLE, MINIMUM_DRAIN, MeshHook, NativeSidecars, Setting, SettingOrigin};
use crate::policy;
use crate::world::{Revision, World};

use super::entry::Knowledge;

/// The objects with settings of a mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    /// `mesh` of the ConfigMap istio.
    MeshConfig,
    /// `values` and `config` of the ConfigMap istio-sidecar-injector.
    Injector,
    /// The environment of istiod.
    Istiod,
}

/// A field of `mesh`, its object, its place in it, and how to read it.
pub(super) struct MeshField {
    /// Its name in the policy, after `mesh.`.
    pub(crate) name: &'static str,
    home: Home,
    route: &'static str,
    read: fn(&Seen<'_>) -> Option<(Value, SettingOrigin)>,
}

/// A revision in its world.
pub(super) struct Seen<'w> {
    pub(crate) revision: Revision<'w>,
    pub(crate) world: &'w World,
}

/// A setting as a value of the policy, with its origin.
fn value<T>(setting: Option<&Setting<T>>, form: impl FnOnce(&T) -> Value) -> Option<(Value, SettingOrigin)> {
    setting.map(|setting| (form(&setting.value), setting.origin.clone()))
}

macro_rules! field {
    ($name:literal, $home:ident, $route:literal, |$seen:ident| $read:expr) => {
        MeshField { name: $name, home: Home::$home, route: $route, read: |$seen: &Seen<'_>| $read }
    };
}

/// All of them, in the order of the page.
pub(super) const FIELDS: [MeshField; 19] = [
    field!("terminationDrainDuration", MeshConfig, "defaultConfig.terminationDrainDuration", |seen| {
        value(seen.revision.settings.proxy.drain.as_ref(), |drain| json!(drain.to_string()))
    }),
    field!("drainDuration", MeshConfig, "defaultConfig.drainDuration", |seen| {
        value(seen.revision.settings.proxy.drain_duration.as_ref(), |drain| json!(drain.to_string()))
    }),
    field!("parentShutdownDuration", MeshConfig, "defaultConfig.parentShutdownDuration", |seen| {
        value(seen.revision.settings.proxy.parent_shutdown.as_ref(), |shutdown| json!(shutdown.to_string()))
    }),
    field!("proxyMetadata", MeshConfig, "defaultConfig.proxyMetadata", |seen| variables(seen)),
    field!("proxyAdminPort", MeshConfig, "defaultConfig.proxyAdminPort", |seen| {
        value(seen.revision.settings.proxy.admin_port.as_ref(), |port| json!(port))
    }),
    field!("imageType", MeshConfig, "defaultConfig.image.imageType", |seen| {
        let configs = seen.world.root_proxy_configs(seen.revision.settings);
        value(configs.image_type.as_ref().or(seen.revision.settings.proxy.image_type.as_ref()), |image| json!(image))
    }),
    field!("holdApplicationUntilProxyStarts", MeshConfig, "defaultConfig.holdApplicationUntilProxyStarts", |seen| {
        value(seen.revision.settings.proxy.hold_application.as_ref(), |hold| json!(hold))
    }),
    field!("lifecycle", Injector, "global.proxy.lifecycle", |seen| {
        value(seen.revision.settings.pre_stop.as_ref(), |hook| {
            let handler = match hook {
                MeshHook::Exec(command) => json!({"exec": {"command": command}}),
                MeshHook::Other(names) => names.split(" and ").map(|name| (name.to_owned(), json!({}))).collect(),
            };
            json!({"preStop": handler})
        })
    }),
    field!("nativeSidecars", Istiod, "ENABLE_NATIVE_SIDECARS", |seen| {
        value(seen.revision.settings.native_sidecars.as_ref(), |flag| match flag {
            NativeSidecars::On => json!(true),
            NativeSidecars::Off => json!(false),
            NativeSidecars::Auto => json!("auto"),
        })
    }),
    field!("rewriteAppHTTPProbe", Injector, "sidecarInjectorWebhook.rewriteAppHTTPProbe", |seen| {
        value(seen.revision.settings.rewrite_app_http.as_ref(), |rewrite| json!(rewrite))
    }),
    field!("autoInject", Injector, "policy", |seen| {
        let auto_inject = seen.revision.settings.auto_inject.as_ref();
        value(auto_inject.filter(|setting| setting.value != AutoInject::Invalid), |auto_inject| {
            json!(if *auto_inject == AutoInject::Enabled { "enabled" } else { "disabled" })
        })
    }),
    field!("enableNamespacesByDefault", Injector, "sidecarInjectorWebhook.enableNamespacesByDefault", |seen| {
        value(seen.revision.settings.enable_namespaces_by_default.as_ref(), |enable| json!(enable))
    }),
    field!("defaultTemplates", Injector, "defaultTemplates", |seen| {
        let settings = seen.revision.settings;
        let names = settings.default_templates.as_ref();
        let written: Vec<_> = names.map_or(vec!["sidecar"], |names| names.value.iter().map(String::as_str).collect());
        let templates = settings.templates(written.iter().copied());
        match &settings.aliases {
            Some(aliases) if templates != written => Some((json!(templates), aliases.origin.clone())),
            _ => value(names, |names| json!(names)),
        }
    }),
    field!("proxyContainer", Injector, "templates.sidecar", |seen| {
        value(seen.revision.settings.proxy_container.as_ref(), |name| json!(name))
    }),
    field!("neverInjectSelector", Injector, "neverInjectSelector", |seen| selectors(seen.revision.never_inject)),
    field!("alwaysInjectSelector", Injector, "alwaysInjectSelector", |seen| selectors(seen.revision.always_inject)),
    field!("rootNamespace", MeshConfig, "rootNamespace", |seen| {
        value(seen.revision.settings.root_namespace.as_ref(), |root| json!(root))
    }),
    field!("imagePullPolicy", Injector, "global.imagePullPolicy", |seen| {
        value(seen.revision.settings.image_pull_policy.as_ref(), |pull| json!(pull.name()))
    }),
    field!("preStopCommand", Injector, "sidecar.istio.io/preStopCommand", |seen| {
        value(seen.revision.settings.reads_pre_stop_command.as_ref(), |reads| json!(reads))
    }),
];

/// The two variables of the proxy that matter here; others may be secrets. ProxyConfigs of the root namespace win over
/// the mesh config.
fn variables(seen: &Seen<'_>) -> Option<(Value, SettingOrigin)> {
    let (configs, mesh) = (seen.world.root_proxy_configs(seen.revision.settings), &seen.revision.settings.proxy);
    let idle = configs.exit_on_idle.as_ref().or(mesh.exit_on_idle.as_ref());
    let minimum = configs.minimum.as_ref().or(mesh.minimum.as_ref());
    let idle = value(idle, |idle| json!(idle.to_string()));
    let minimum = value(minimum, |minimum| json!(minimum.to_string()));
    let origin = match (&idle, &minimum) {
        (Some((_, idle)), Some((_, minimum))) if idle != minimum => {
            SettingOrigin::Mesh(format!("{} and {}", seen_by(idle), seen_by(minimum)))
        }
        (Some((_, origin)), _) | (None, Some((_, origin))) => origin.clone(),
        (None, None) => return None,
    };
    let set = [(EXIT_ON_IDLE, idle), (MINIMUM_DRAIN, minimum)].into_iter();
    let set = set.filter_map(|(name, value)| Some((name.to_owned(), value?.0)));
    Some((Value::Object(set.collect()), origin))
}

/// Selectors in the form of `kubectl -l`.
fn selectors(seen: &[Setting<Selector>]) -> Option<(Value, SettingOrigin)> {
    let mut texts: Vec<_> = seen.iter().map(|selector| selector.value.to_string()).collect();
    texts.dedup();
    Some((json!(texts), seen.first()?.origin.clone()))
}

impl MeshField {
    /// What a revision shows about the field.
    pub(super) fn knowledge(&self, seen: &Seen<'_>) -> Knowledge {
        if let Some((value, origin)) = (self.read)(seen) {
            return match has_secret(&value) {
                true => {
                    Knowledge::Unseen(format!("{} looks like it holds a secret: write it without", seen_by(&origin)))
                }
                false => Knowledge::Known { value, origin: seen_by(&origin) },
            };
        }
        let is_home_seen = match self.home {
            Home::MeshConfig => seen.revision.is_config_seen,
            Home::Injector => seen.revision.is_injector_seen,
            Home::Istiod => seen.revision.is_istiod_seen,
        };
        if !is_home_seen {
            return Knowledge::Unseen(self.hint());
        }
        let field = policy::fields().find(|field| field.group() == Some("mesh") && field.key() == self.name);
        match field.and_then(policy::Field::default_value) {
            Some(value) => Knowledge::Known { value, origin: "Istio's default: nothing else is set".to_owned() },
            None => Knowledge::Unset("not set".to_owned()),
        }
    }

    /// Where to look for it.
    pub(super) fn hint(&self) -> String {
        let route = self.route;
        match self.home {
            Home::MeshConfig => format!("see {route} in `mesh` of the ConfigMap istio"),
            Home::Injector => format!("see {route} in the ConfigMap istio-sidecar-injector"),
            Home::Istiod => format!("see {route} in the env of the Deployment istiod"),
        }
    }
}

/// The origin of a value, without an article.
pub(super) fn seen_by(origin: &SettingOrigin) -> String {
    let text = origin.to_string();
    text.strip_prefix("the ").map(str::to_owned).unwrap_or(text)
}

/// Whether a value may contain a secret: commands may contain passwords and tokens.
fn has_secret(value: &Value) -> bool {
    let text = value.to_string().to_ascii_lowercase();
    ["authorization", "bearer", "password", "passwd", "secret", "token", "apikey", "api-key", "api_key"]
        .iter()
        .any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// `init` can learn every field of `mesh`.
    #[test]
    fn every_field_of_the_mesh_is_learned() {
        let learned: BTreeSet<_> = FIELDS.iter().map(|field| field.name).collect();
        let fields = policy::fields().filter(|field| field.group() == Some("mesh")).map(|field| field.key());
        let others: Vec<_> = fields.filter(|name| !learned.contains(name)).collect();
        assert_eq!(others, ["webhooks"], "and that is read off the whole world");
    }

    #[test]
    fn commands_with_secrets_stay_where_they_are() {
        assert!(has_secret(&json!({"preStop": {"exec": {"command": ["curl", "-H", "Authorization: Basic x"]}}})));
        assert!(!has_secret(&json!({"preStop": {"exec": {"command": ["sleep", "5"]}}})));
    }
}
