//! The values of Istio's charts, wherever they stand: a values file, an IstioOperator, the injector's ConfigMap.
//!
//! Source: `manifests/charts/istio-control/istio-discovery/values.yaml` of istio/istio, and the profiles beside it.

use crate::istio::{AutoInject, MeshHook, MeshSettings, NativeSidecars, ProxySettings, PullPolicy, Setting, rows};
use crate::kubernetes::Release;
use crate::object;
use crate::yaml::NodeId;

use super::reader::Reader;
use super::stated_at::Flaw;

/// What values say about the injector and about istiod.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    pub injector: MeshSettings,
    pub never_inject: Vec<Setting<kube_core::Selector>>,
    pub always_inject: Vec<Setting<kube_core::Selector>>,
    pub istiod: MeshSettings,
    pub release: Option<Setting<Release>>,
    /// A template can have the branch that reads `sidecar.istio.io/preStopCommand`, and lacks it.
    pub takes_branch: bool,
    /// `revision`, where it is not empty.
    pub revision: Option<String>,
}

const NATIVE: &str = "ENABLE_NATIVE_SIDECARS";

/// The first release whose sidecars are native by default; `compatibilityVersion` of an earlier one turns that off (the
/// charts' `files/profile-compatibility-version-1.26.yaml` and its like).
const NATIVE_BY_DEFAULT: Release = Release::new(1, 27);

/// Reads values, but for the mesh config in them.
pub(super) fn read(reader: &mut Reader<'_, '_>, values: NodeId) -> Values {
    let webhook = |key: &'static str| ["sidecarInjectorWebhook", key];
    let auto_inject = reader.text(values, &["global", "proxy", "autoInject"]);
    let lifecycle = reader.path(values, &["global", "proxy", "lifecycle", "preStop"]);
    let whole = reader.path(values, &["global", "proxy", "lifecycle"]);
    let hides_hold = whole.and_then(|whole| {
        let names = reader.words_of_keys(whole);
        let hides = !names.iter().any(|name| name == "postStart");
        (!names.is_empty()).then(|| reader.setting(whole, hides))
    });
    let injector = MeshSettings {
        hides_hold,
        pre_stop: lifecycle.and_then(|handlers| pre_stop(reader, handlers)),
        proxy: ProxySettings {
            hold_application: reader
                .read::<rows::HoldApplication>(values, &["global", "proxy", "holdApplicationUntilProxyStarts"]),
            image_type: reader.read::<rows::ImageType>(values, &["global", "variant"]),
            ..ProxySettings::default()
        },
        auto_inject: auto_inject.map(|policy| policy.with(AutoInject::of(&policy.value))),
        image_pull_policy: pull_policy(reader, values),
        rewrite_app_http: reader.bool(values, &webhook("rewriteAppHTTPProbe")),
        enable_namespaces_by_default: reader.bool(values, &webhook("enableNamespacesByDefault")),
        default_templates: templates(reader, values, &webhook("defaultTemplates")),
        ..MeshSettings::default()
    };
    let environment = [["pilot", "env"].as_slice(), &["env"]];
    let native = environment.iter().find_map(|path| {
        let environment = reader.path(values, path)?;
        reader.tree.get(environment, NATIVE).and_then(|value| native_sidecars(reader, value))
    });
    let old = reader.text(values, &["compatibilityVersion"]).and_then(release);
    let old = old.filter(|release| release.value < NATIVE_BY_DEFAULT);
    let istiod = MeshSettings {
        native_sidecars: native.or(old.map(|old| old.with(NativeSidecars::Off))),
        ..MeshSettings::default()
    };
    Values {
        injector,
        never_inject: reader.selectors(values, &webhook("neverInjectSelector")),
        always_inject: reader.selectors(values, &webhook("alwaysInjectSelector")),
        istiod,
        takes_branch: false,
        release: [["global", "tag"], ["pilot", "tag"]]
            .iter()
            .find_map(|path| reader.text(values, path))
            .and_then(release),
        revision: reader.text(values, &["revision"]).map(|revision| revision.value),
    }
}

fn pull_policy(reader: &mut Reader<'_, '_>, values: NodeId) -> Option<Setting<PullPolicy>> {
    let text = reader.text(values, &["global", "imagePullPolicy"])?;
    let known = PullPolicy::ALL.into_iter().find(|policy| policy.name() == text.value);
    known.map(|policy| text.with(policy))
}

/// A list of names of templates; an empty one is as good as none.
pub(super) fn templates(reader: &Reader<'_, '_>, node: NodeId, keys: &[&str]) -> Option<Setting<Vec<String>>> {
    let list = reader.path(node, keys)?;
    let names: Vec<_> = reader.tree.items(list).filter_map(|item| reader.tree.as_written(item)).collect();
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    (!names.is_empty()).then(|| reader.setting(list, names))
}

/// The handler of a preStop hook; several are as bad as one of another kind.
fn pre_stop(reader: &mut Reader<'_, '_>, handlers: NodeId) -> Option<Setting<MeshHook>> {
    let names = reader.words_of_keys(handlers);
    let hook = match names.as_slice() {
        [] => return None,
        [name] if name == "exec" => {
            let command = reader.path(handlers, &["exec", "command"]).and_then(|node| object::json(reader.tree, node));
            match command.and_then(|json| serde_json::from_value::<Vec<String>>(json).ok()) {
                Some(command) => {
                    if command.iter().any(|word| word.contains("{{")) {
                        let _: Option<()> = reader.flaw(handlers, Flaw::Template(command.join(" ")));
                    }
                    MeshHook::Exec(command)
                }
                None => {
                    let flaw = Flaw::Value("global.proxy.lifecycle.preStop.exec.command".to_owned(), "a list of words");
                    return reader.flaw(handlers, flaw);
                }
            }
        }
        several => MeshHook::Other(several.join(" and ")),
    };
    Some(reader.setting(handlers, hook))
}

/// A value of `ENABLE_NATIVE_SIDECARS`.
pub(super) fn native_sidecars(reader: &mut Reader<'_, '_>, value: NodeId) -> Option<Setting<NativeSidecars>> {
    let mode = match reader.tree.as_written(value)? {
        "true" => NativeSidecars::On,
        "false" => NativeSidecars::Off,
        "auto" => NativeSidecars::Auto,
        _ => return reader.flaw(value, Flaw::Value(NATIVE.to_owned(), "`true`, `false` or `auto`")),
    };
    Some(reader.setting(value, mode))
}

/// The release in a tag or a version; custom ones tell nothing.
pub(super) fn release(text: Setting<String>) -> Option<Setting<Release>> {
    let release = text.value.parse().ok()?;
    Some(text.with(release))
}

/// `ENABLE_NATIVE_SIDECARS` in the `env` of a container, or of a component of an IstioOperator.
pub(super) fn environment(reader: &mut Reader<'_, '_>, container: NodeId) -> Values {
    let list = reader.get(container, "env");
    let is_native = |item: &NodeId| reader.tree.str_at(*item, &["name"]) == Some("ENABLE_NATIVE_SIDECARS");
    let entry = list.and_then(|list| reader.tree.items(list).find(is_native));
    let value = entry.and_then(|entry| reader.get(entry, "value"));
    let native_sidecars = value.and_then(|value| native_sidecars(reader, value));
    Values { istiod: MeshSettings { native_sidecars, ..MeshSettings::default() }, ..Values::default() }
}
