//! What is made of objects as they are found in manifests: tests only.

use super::*;
use crate::istio::{AutoInject, MeshHook, NativeSidecars};
use crate::kubernetes::Seconds;
use crate::policy::PolicyFields;
use crate::yaml::{Source, parse_all};

fn survey(text: &str) -> Survey {
    Survey::of_tree(&parse_all(Source::embedded(text)).unwrap())
}

fn world(texts: &[&str]) -> World {
    World::of(texts.iter().map(|text| survey(text)))
}

fn labels(text: &str) -> Texts {
    let pairs = text.split(',').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap());
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// The mesh around a pod without labels in the namespace `app`.
fn mesh(texts: &[&str]) -> MeshSettings {
    let world = world(texts);
    assert_eq!(world.troubles, [], "{texts:?}");
    seen(&world, Some("app"), &Texts::new(), &nothing()).mesh
}

/// A policy that says nothing of the mesh.
fn nothing() -> PolicySet {
    PolicyFields::default().resolve()
}

fn seen(world: &World, namespace: Option<&str>, labels: &Texts, policy: &PolicySet) -> Surroundings {
    world.around(namespace, labels, policy, &policy.policy)
}

fn told(world: &World) -> Vec<String> {
    world.troubles.iter().map(|trouble| format!("{}: {:?}", trouble.place.title(), trouble.flaw)).collect()
}

const CONFIG_MAP: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |-
    rootNamespace: mesh-root
    defaultConfig:
      terminationDrainDuration: 60s
      drain_duration: 90s
      proxyAdminPort: 15500
      holdApplicationUntilProxyStarts: true
      image: {imageType: distroless}
      proxyMetadata: {EXIT_ON_ZERO_ACTIVE_CONNECTIONS: \"true\"}
";

const OPERATOR: &str = "\
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: mesh}
spec:
  tag: 1.24.3-distroless
  meshConfig: {defaultConfig: {terminationDrainDuration: 30s, parentShutdownDuration: 120s}}
  components:
    pilot: {k8s: {env: [{name: ENABLE_NATIVE_SIDECARS, value: \"true\"}]}}
  values:
    meshConfig: {defaultConfig: {terminationDrainDuration: 20s, drainDuration: 70s}}
    global: {proxy: {autoInject: disabled, lifecycle: {preStop: {exec: {command: [sleep, '5']}}}}}
    sidecarInjectorWebhook: {enableNamespacesByDefault: true, rewriteAppHTTPProbe: false, defaultTemplates: [sidecar, x]}
";

fn seconds(setting: &Option<Setting<Seconds>>) -> Option<(u64, String)> {
    setting.as_ref().map(|setting| (setting.value.get(), setting.origin.to_string()))
}

/// Objects that install istiod without a word on the mesh config.
const SILENT: [&str; 11] = [
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio}\ndata: {mesh: ''}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio}\ndata:\n  mesh: |\n    # nothing yet\n",
    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: {chart: istiod, helm: {values: ''}}}\n",
    "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: {chart: {spec: {chart: istiod}}, values: ~}\n",
    "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: mesh}\nspec: {}\n",
    "apiVersion: sailoperator.io/v1\nkind: Istio\nmetadata: {name: default}\nspec: {version: v1.28.0}\n",
    "apiVersion: sailoperator.io/v1\nkind: IstioRevision\nmetadata: {name: default}\nspec: {values: {pilot: {}}}\n",
    "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: {chart: {spec: {chart: istiod}}}\n",
    "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: {chart: {spec: {chart: istiod}}, valuesFrom: \
     [{kind: ConfigMap, name: tags, targetPath: global.tag}]}\n",
    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: {chart: istiod}}\n",
    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {sources: [{chart: istiod, helm: {valueFiles: \
     [values.yaml], values: 'pilot: {}'}}]}\n",
];

#[test]
fn without_a_mesh_config_a_mesh_has_istios_defaults() {
    for text in SILENT {
        let world = world(&[text]);
        let mesh = &world.meshes[DEFAULT_REVISION];
        assert!(mesh.is_config_seen && mesh.is_written, "{text}");
        assert_eq!((mesh.settings.proxy.drain.as_ref(), world.troubles.as_slice()), (None, [].as_slice()), "{text}");
    }
    for text in ["pilot: {}\nglobal: {proxy: {autoInject: enabled}}\n", &SILENT[4].replace("{}", "{profile: empty}")] {
        let world = world(&[text]);
        assert!(world.meshes.get(DEFAULT_REVISION).is_none_or(|mesh| !mesh.is_config_seen), "{text}");
    }
}

#[test]
fn values_that_cant_be_seen_leave_the_drain_unknown() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: istiod}\nspec:\n  \
                   chart: {spec: {chart: istiod}}\n";
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: istiod}\nspec: {source: \
                       {chart: istiod, helm: {";
    let texts = [
        format!("{release}  valuesFrom: [{{kind: Secret, name: values}}]\n"),
        format!("{release}  valuesFrom: [{{kind: ConfigMap, name: values, targetPath: meshConfig.defaultConfig}}]\n"),
        release.replace("istiod}}", "istiod, valuesFiles: [values.yaml, values-prod.yaml]}}"),
        format!("{application}valueFiles: [$ref/istiod.yaml]}}}}}}\n"),
        format!("{application}fileParameters: [{{name: meshConfig.trustDomain, path: domain}}]}}}}}}\n"),
    ];
    for text in &texts {
        let world = world(&[text]);
        let mesh = &world.meshes[DEFAULT_REVISION];
        assert!(!mesh.is_config_seen && mesh.is_written, "{text}");
        assert_eq!(world.troubles.len(), 1, "{text}");
        // What istiod reads shows all of it.
        let read = self::world(&[text, CONFIG_MAP]);
        assert!(read.meshes[DEFAULT_REVISION].is_config_seen && read.troubles.is_empty(), "{text}");
    }
}

#[test]
fn the_config_map_of_the_mesh() {
    let mesh = mesh(&[CONFIG_MAP]);
    let origin = "the ConfigMap istio-system/istio".to_owned();
    assert_eq!(seconds(&mesh.proxy.drain), Some((60, origin.clone())));
    assert_eq!(seconds(&mesh.proxy.drain_duration), Some((90, origin)));
    assert_eq!(mesh.proxy.admin_port.map(|port| port.value), Some(15500));
    assert_eq!(mesh.proxy.hold_application.map(|hold| hold.value), Some(true));
    assert_eq!(mesh.proxy.image_type.map(|image| image.value).as_deref(), Some("distroless"));
    assert_eq!(mesh.root_namespace.map(|root| root.value).as_deref(), Some("mesh-root"));
    assert_eq!(mesh.proxy.exit_on_idle.map(|set| set.value), Some(true));
}

#[test]
fn an_istio_operator_lays_its_own_fields_over_its_values() {
    let mesh = mesh(&[OPERATOR]);
    let origin = "the IstioOperator mesh".to_owned();
    assert_eq!(seconds(&mesh.proxy.drain), Some((30, origin.clone())));
    assert_eq!(seconds(&mesh.proxy.drain_duration), Some((70, origin.clone())));
    assert_eq!(seconds(&mesh.proxy.parent_shutdown), Some((120, origin)));
    assert_eq!(mesh.native_sidecars.map(|native| native.value), Some(NativeSidecars::On));
    assert_eq!(mesh.pre_stop.map(|hook| hook.value), Some(MeshHook::Exec(vec!["sleep".to_owned(), "5".to_owned()])));
    assert_eq!(mesh.auto_inject.map(|inject| inject.value), Some(AutoInject::Disabled));
    assert_eq!(mesh.enable_namespaces_by_default.map(|enable| enable.value), Some(true));
    assert_eq!(mesh.rewrite_app_http.map(|rewrite| rewrite.value), Some(false));
    assert_eq!(mesh.default_templates.map(|names| names.value), Some(vec!["sidecar".to_owned(), "x".to_owned()]));
    let around = seen(&world(&[OPERATOR]), None, &Texts::new(), &nothing());
    assert_eq!(around.istio.map(|release| release.value), Some(Release::new(1, 24)));
}

#[test]
fn what_istiod_reads_wins_and_what_it_leaves_out_is_not_set() {
    for texts in [[CONFIG_MAP, OPERATOR], [OPERATOR, CONFIG_MAP]] {
        let mesh = mesh(&texts);
        assert_eq!(mesh.proxy.drain.map(|drain| drain.value.get()), Some(60));
        // The operator's 120s never came to the ConfigMap.
        assert_eq!(mesh.proxy.parent_shutdown, None);
        assert_eq!(mesh.native_sidecars.map(|native| native.value), Some(NativeSidecars::On));
    }
}

#[test]
fn the_injectors_config_map() {
    let mesh = mesh(&["\
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector, namespace: istio-system}
data:
  values: |-
    {\"global\": {\"tag\": \"1.5.4\", \"proxy\": {\"autoInject\": \"enabled\", \"lifecycle\": {\"preStop\": {\"sleep\": {\"seconds\": 5}}}}}}
  config: |-
    policy: enabled
    template: |
      {{- if isset .ObjectMeta.Annotations `sidecar.istio.io/preStopCommand` }}
"]);
    assert_eq!(mesh.pre_stop.map(|hook| hook.value), Some(MeshHook::Other("sleep".to_owned())));
    assert_eq!(mesh.auto_inject.map(|inject| inject.value), Some(AutoInject::Enabled));
    assert_eq!(mesh.reads_pre_stop_command.map(|reads| reads.value), Some(true));
}

/// Guides turn injection off by an edit of `policy`, which leaves the values as they were.
#[test]
fn what_istiod_reads_of_the_injectors_config_wins_over_the_values() {
    let world = world(&["\
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector, namespace: istio-system}
data:
  values: |-
    {\"global\": {\"proxy\": {\"autoInject\": \"enabled\"}},
     \"sidecarInjectorWebhook\": {\"defaultTemplates\": [\"sidecar\"]}}
  config: |-
    policy: disabled
    defaultTemplates: [sidecar, mine]
"]);
    let settings = &world.meshes[DEFAULT_REVISION].settings;
    assert_eq!(settings.auto_inject.as_ref().map(|inject| inject.value), Some(AutoInject::Disabled));
    let templates = settings.default_templates.as_ref().map(|names| names.value.as_slice());
    assert_eq!(templates, Some(["sidecar".to_owned(), "mine".to_owned()].as_slice()));
    assert_eq!(world.troubles, []);
}

#[test]
fn istiod_and_those_who_install_it() {
    #[track_caller]
    fn check(text: &str, native: Option<NativeSidecars>, release: Option<Release>) {
        let world = world(&[text]);
        assert_eq!(told(&world), [""; 0], "{text}");
        let policy = PolicyFields::default().resolve();
        let around = seen(&world, None, &Texts::new(), &policy);
        assert_eq!(around.mesh.native_sidecars.map(|native| native.value), native, "{text}");
        assert_eq!(around.istio.map(|release| release.value), release, "{text}");
    }
    let deployment = |image: &str, env: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: istiod}}\nspec:\n  template:\n    spec:\n      \
             containers: [{{name: discovery, image: '{image}', env: {env}}}]\n"
        )
    };
    let on = "[{name: ENABLE_NATIVE_SIDECARS, value: 'true'}]";
    check(&deployment("docker.io/istio/pilot:1.26.1", on), Some(NativeSidecars::On), Some(Release::new(1, 26)));
    check(&deployment("registry:5000/pilot:1.27.0-debug@sha256:0", "[]"), None, Some(Release::new(1, 27)));
    check(&deployment("registry:5000/pilot", "[]"), None, None);
    let labelled = |version: &str| {
        let labels = format!("{{name: istiod, labels: {{app.kubernetes.io/version: {version}}}}}");
        deployment("registry:5000/pilot", "[]").replace("{name: istiod}", &labels)
    };
    check(&labelled("1.26.2"), None, Some(Release::new(1, 26)));
    // Charts that were never released say so.
    check(&labelled("1.0.0"), None, None);
    let sail = "apiVersion: sailoperator.io/v1\nkind: Istio\nmetadata: {name: default}\nspec:\n  version: v1.24.2\n";
    check(sail, None, Some(Release::new(1, 24)));
    check(
        &format!("{sail}  values: {{pilot: {{env: {{ENABLE_NATIVE_SIDECARS: 'false'}}}}}}\n"),
        Some(NativeSidecars::Off),
        Some(Release::new(1, 24)),
    );
    check("compatibilityVersion: '1.25'\npilot: {}\n", Some(NativeSidecars::Off), None);
    check("compatibilityVersion: '1.27'\npilot: {}\n", None, None);
    check(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: x}\nspec:\n  chart: {spec: {chart: \
         istiod, version: 1.25.1}}\n  values: {pilot: {env: {ENABLE_NATIVE_SIDECARS: true}}}\n",
        Some(NativeSidecars::On),
        Some(Release::new(1, 25)),
    );
    check(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\nspec:\n  source:\n    chart: \
         istiod\n    targetRevision: 1.25.1\n    helm:\n      values: |\n        pilot: {env: \
         {ENABLE_NATIVE_SIDECARS: auto}}\n",
        Some(NativeSidecars::Auto),
        Some(Release::new(1, 25)),
    );
}

#[test]
fn revisions_and_tags() {
    let revision = |drain: &str, name: &str| {
        CONFIG_MAP.replace("name: istio,", &format!("name: istio{name},")).replace("60s", drain)
    };
    let tag = "\
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: istio-revision-tag-prod, labels: {istio.io/tag: prod, istio.io/rev: canary}}
";
    let namespaces = "\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: by-rev, labels: {istio.io/rev: canary}}}
- {apiVersion: v1, kind: Namespace, metadata: {name: both, labels: {istio.io/rev: canary, istio-injection: enabled}}}
- {apiVersion: v1, kind: Namespace, metadata: {name: plain}}
";
    let world = world(&[&revision("1s", ""), &revision("2s", "-canary"), tag, namespaces]);
    #[track_caller]
    fn check(world: &World, namespace: Option<&str>, pod: &str, expected: Option<u64>) {
        let around = seen(world, namespace, &labels(pod), &nothing());
        assert_eq!(around.mesh.proxy.drain.map(|drain| drain.value.get()), expected, "{namespace:?} {pod}");
    }
    check(&world, None, "", Some(1));
    check(&world, None, "istio.io/rev=canary", Some(2));
    check(&world, None, "istio.io/rev=prod", Some(2));
    check(&world, None, "istio.io/rev=other", None);
    check(&world, Some("by-rev"), "", Some(2));
    check(&world, Some("both"), "istio.io/rev=canary", Some(1));
    check(&world, Some("plain"), "istio.io/rev=canary", Some(2));
    check(&world, Some("unknown"), "", Some(1));
}

#[test]
fn contradictions_make_a_value_unknown_and_are_told() {
    let other = CONFIG_MAP.replace("60s", "50s").replace("istio-system}", "mesh-2}");
    let both = world(&[CONFIG_MAP, &other]);
    let mesh = seen(&both, None, &Texts::new(), &nothing()).mesh;
    assert_eq!(mesh.proxy.drain, None);
    assert_eq!(mesh.proxy.drain_duration.map(|drain| drain.value.get()), Some(90));
    let flaw = "ConfigMap mesh-2/istio: Contradiction { what: \"terminationDrainDuration\", other: \"ConfigMap \
                istio-system/istio\", place: Some(Input { number: 0, offset: 151 }) }";
    assert_eq!(told(&both), [flaw]);
    assert_eq!((both.troubles(0).count(), both.troubles(1).count()), (0, 1));

    let namespace =
        |label: &str| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: a, labels: {{{label}}}}}\n");
    let labels_of = |second: &str| {
        let world = world(&[&namespace("team: x, istio-injection: enabled"), &namespace(second)]);
        let policy = PolicyFields::default().resolve();
        (seen(&world, Some("a"), &Texts::new(), &policy).namespace_labels.is_some(), world.troubles.len())
    };
    assert_eq!(labels_of("istio-injection: enabled"), (true, 0));
    assert_eq!(labels_of("istio-injection: disabled"), (false, 1));
}

#[test]
fn tags_that_contradict_each_other_stand_for_nothing() {
    let canary = CONFIG_MAP.replace("name: istio,", "name: istio-canary,");
    let tag = |revision: &str| {
        let header = "apiVersion: sailoperator.io/v1\nkind: IstioRevisionTag\nmetadata: {name: prod}";
        format!("{header}\nspec: {{targetRef: {{name: {revision}}}}}\n")
    };
    let check = |second: &str, drain: Option<u64>, expected: &[&str]| {
        let world = world(&[&canary, &tag("canary"), &tag(second)]);
        let around = seen(&world, None, &labels("istio.io/rev=prod"), &nothing());
        assert_eq!(around.mesh.proxy.drain.map(|drain| drain.value.get()), drain, "{second}");
        assert_eq!(told(&world), expected, "{second}");
    };
    check("canary", Some(60), &[]);
    let flaw = "IstioRevisionTag prod: Contradiction { what: \"the revision of the tag\", other: \"IstioRevisionTag \
                prod\", place: Some(Input { number: 1, offset: 0 }) }";
    check("other", None, &[flaw]);
}

#[test]
fn what_can_not_be_read_is_told_and_counts_for_nothing() {
    let check = |from: &str, to: &str, expected: &str| {
        let world = world(&[&CONFIG_MAP.replace(from, to)]);
        let told = told(&world);
        assert!(told.len() == 1 && told[0].starts_with(expected), "{told:?}");
    };
    check("60s", "60", "ConfigMap istio-system/istio: Value(\"defaultConfig.terminationDrainDuration\"");
    check("60s", "'60'", "ConfigMap istio-system/istio: Duration(\"defaultConfig.terminationDrainDuration\"");
    check("60s", "[", "ConfigMap istio-system/istio: Text(\"mesh\")");
    check("15500", "155000", "ConfigMap istio-system/istio: Value(\"defaultConfig.proxyAdminPort\"");
}

#[test]
fn the_policy_is_laid_over_what_is_seen() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: app, labels: {istio-injection: enabled}}\n";
    let world = world(&[CONFIG_MAP, namespace]);
    let mut fields = PolicyFields::default();
    fields.set("mesh.terminationDrainDuration", "10s").unwrap();
    fields.set("defaultNamespace", "app").unwrap();
    let around = seen(&world, None, &Texts::new(), &fields.clone().resolve());
    assert_eq!(seconds(&around.mesh.proxy.drain), Some((10, "the policy's `mesh`".to_owned())));
    assert_eq!(seconds(&around.mesh.proxy.drain_duration).map(|(seconds, _)| seconds), Some(90));
    assert_eq!(around.namespace.as_deref(), Some("app"));
    let of_input = Setting::new(labels("istio-injection=enabled"), SettingOrigin::Mesh("Namespace app".to_owned()));
    assert_eq!(around.namespace_labels, Some(of_input));
    fields.set("namespaces", "{app: {istio-injection: disabled}}").unwrap();
    let around = seen(&world, None, &Texts::new(), &fields.resolve());
    let declared = Setting::new(labels("istio-injection=disabled"), SettingOrigin::Declared);
    assert_eq!(around.namespace_labels, Some(declared));
}

#[test]
fn selectors_of_the_injector_match_pods() {
    let values = "sidecarInjectorWebhook:\n  neverInjectSelector: [{}, {matchExpressions: [{key: job, operator: \
                  Exists}]}]\n  alwaysInjectSelector: [{matchLabels: {mesh: 'yes'}}]\n";
    let around = |pod: &str| seen(&world(&[values]), None, &labels(pod), &nothing());
    assert_eq!(around("app=x").never_inject, None);
    assert_eq!(around("job=x").never_inject, Some(SettingOrigin::Mesh("Helm values".to_owned())));
    assert_eq!(around("mesh=yes").always_inject, Some(SettingOrigin::Mesh("Helm values".to_owned())));
}

#[test]
fn proxy_configs_by_their_reach() {
    let config = |namespace: &str, name: &str, spec: &str| {
        format!(
            "- {{apiVersion: networking.istio.io/v1beta1, kind: ProxyConfig, metadata: {{name: {name}, namespace: \
             {namespace}}}, spec: {spec}}}\n"
        )
    };
    let variables = |idle: &str, minimum: &str| {
        let both = [("EXIT_ON_ZERO_ACTIVE_CONNECTIONS", idle), ("MINIMUM_DRAIN_DURATION", minimum)];
        let set = both.iter().filter(|(_, value)| !value.is_empty());
        let set: Vec<_> = set.map(|(name, value)| format!("{name}: \"{value}\"")).collect();
        format!("environmentVariables: {{OTHER: x, {}}}", set.join(", "))
    };
    let of = |label: &str, minimum: &str| {
        format!("{{selector: {{matchLabels: {{app: {label}}}}}, {}}}", variables("", minimum))
    };
    let list = [
        config("istio-system", "root", &format!("{{{}, image: {{imageType: debug}}}}", variables("true", "1s"))),
        config("app", "own", &format!("{{{}}}", variables("false", "2s"))),
        config("app", "web", &of("web", "3s")),
        config("other", "other", &format!("{{{}}}", variables("false", "9s"))),
        config("app", "one", &of("db", "4s")),
        config("app", "two", &of("db", "5s")),
    ];
    let world = world(&[&format!("apiVersion: v1\nkind: List\nitems:\n{}", list.concat())]);
    #[track_caller]
    fn check(world: &World, namespace: &str, pod: &str, idle: bool, minimum: Option<u64>) {
        let set = seen(world, Some(namespace), &labels(pod), &nothing()).proxy_configs;
        assert_eq!(set.exit_on_idle.map(|idle| idle.value), Some(idle));
        assert_eq!(set.minimum.map(|minimum| minimum.value.get()), minimum);
        assert_eq!(set.image_type.map(|image| image.value).as_deref(), Some("debug"));
    }
    check(&world, "app", "", false, Some(2));
    check(&world, "app", "app=web", false, Some(3));
    // Two that contradict each other.
    check(&world, "app", "app=db", false, None);
    check(&world, "elsewhere", "app=web", true, Some(1));
}

#[test]
fn native_sidecars_by_the_values_of_the_injector() {
    let injector = |values: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio-sidecar-injector, namespace: \
             istio-system}}\ndata:\n  values: '{values}'\n"
        )
    };
    let native = |values: &str| mesh(&[&injector(values)]).native_sidecars.map(|native| native.value);
    let flag = |value: &str| format!("{{\"pilot\": {{\"env\": {{\"ENABLE_NATIVE_SIDECARS\": \"{value}\"}}}}}}");
    assert_eq!(native(&flag("true")), Some(NativeSidecars::On));
    assert_eq!(native(&flag("false")), Some(NativeSidecars::Off));
    assert_eq!(native("{\"compatibilityVersion\": \"1.26\"}"), Some(NativeSidecars::Off));
    assert_eq!(native("{}"), None);
}

#[test]
fn webhooks_say_which_revisions_there_are() {
    let webhook = |name: &str, labels: &str| {
        let header = "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration";
        format!("{header}\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n")
    };
    let injector = webhook("istio-sidecar-injector-canary", "istio.io/rev: canary");
    let tag = webhook("istio-revision-tag-prod", "istio.io/rev: canary, istio.io/tag: prod");
    let other = webhook("other", "istio.io/rev: other");
    let served = |texts: &[&str]| {
        let around = seen(&world(texts), None, &Texts::new(), &nothing());
        around.webhooks.map(|names| names.iter().cloned().collect::<Vec<_>>())
    };
    assert_eq!(served(&[&injector, &tag, &other]), Some(vec!["canary".to_owned(), "prod".to_owned()]));
    // A tag alone is not all that an installation has.
    assert_eq!(served(&[&tag]), None);
}

#[test]
fn what_is_said_twice_is_told() {
    let check = |text: &str, expected: &[&str]| {
        let keys = world(&[text]).troubles.into_iter().filter_map(|trouble| match trouble.flaw {
            Flaw::Twice { key, first: Some(_) } => Some(key),
            _ => None,
        });
        assert_eq!(keys.collect::<Vec<_>>(), expected, "{text}");
    };
    let twice = |old: &str, new: &str| CONFIG_MAP.replace(old, new);
    check(CONFIG_MAP, &[]);
    check(&twice("drain_duration: 90s", "terminationDrainDuration: 90s"), &["terminationDrainDuration"]);
    check(&twice("data:", "data: {}\ndata:"), &["data"]);
    check(&twice("kind: ConfigMap", "kind: ConfigMap\nkind: Secret"), &["kind"]);
    let namespace =
        |labels: &str| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: x, labels: {{{labels}}}}}\n");
    check(&namespace("istio-injection: enabled"), &[]);
    check(&namespace("istio-injection: enabled, istio-injection: disabled"), &["istio-injection"]);
    check(&namespace("a: b, a: c"), &[]);
    check(&namespace("a: b, a: c, istio.io/rev: a, istio.io/rev: b"), &["istio.io/rev"]);
    let named = "metadata: {name: x, name: y}";
    check(&format!("apiVersion: v1\nkind: Service\n{named}\nspec: {{selector: {{a: b}}}}\n"), &["name"]);
    check("meshConfig: {defaultConfig: {terminationDrainDuration: 9s}, defaultConfig: {}}\n", &["defaultConfig"]);
    // What says nothing of a mesh may have what it likes.
    check("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata: {a: 1, a: 2}\n", &[]);
}
