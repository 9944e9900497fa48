//! The values that a pod's proxy runs with, each with its origin.
//!
//! # Precedence
//!
//! From the strongest to the weakest; `-` can't set it. ProxyConfig resources have only `environmentVariables` and
//! `image`.
//!
//! | setting | override | ProxyConfig of the workload | annotation | ProxyConfig of the namespace | ProxyConfig of the root namespace | mesh | nobody |
//! |---|---|---|---|---|---|---|---|
//! | drain | - | - | 20 | - | - | 60 | - |
//! | drain duration | - | - | 20 | - | - | 60 | - |
//! | parent shutdown | - | - | 20 | - | - | 90 | - |
//! | exit on idle | true | false | true | false | true | false | - |
//! | minimum drain | 10 | 20 | 30 | 40 | 50 | 60 | - |
//! | admin port | - | - | 15001 | - | - | 15002 | - |
//! | image | distroless | default | debug | default | distroless | debug | - |
//! | hold | - | - | true | - | - | false | - |
//!
//! Sources: istio/istio `pilot/pkg/model/proxy_config.go` (`EffectiveProxyConfig`), `pkg/kube/inject/inject.go`
//! (`ProxyImage`), `pilot/cmd/pilot-agent/options/options.go`, and the istiod chart's `files/injection-template.yaml`:
//! the override wins over what the injector writes into the container.

use std::collections::BTreeMap;

use super::settings::{Bare, InLayers, Make, ProxySettings, Row, WithOrigin};
use super::{Layered, Setting, SettingOrigin, Surroundings};

/// What a pod template says about its proxy: the annotation `proxy.istio.io/config`, other annotations, and the
/// override.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stated {
    /// The annotation `proxy.istio.io/config`.
    pub config: ProxySettings<Bare>,
    /// The entries of its `proxyMetadata` that are strings.
    pub metadata: BTreeMap<String, String>,
    /// The annotation `sidecar.istio.io/proxyImage`.
    pub proxy_image: Option<String>,
    /// The annotation `sidecar.istio.io/proxyImageType`.
    pub proxy_image_type: Option<String>,
    /// The image of the override, unless it is `auto`.
    pub image: Option<String>,
    /// The variables of the override with literal values.
    pub environment: BTreeMap<String, String>,
}

impl Stated {
    /// The settings of the override, which win over all others.
    fn over(&self) -> ProxySettings<WithOrigin> {
        let image = |origin, image: Option<&String>| image.map(|image| Setting::new(type_of_image(image), origin));
        // A name without a path is Istio's own image: the injector adds hub, tag and type.
        let annotated = self.proxy_image.as_ref().filter(|image| image.contains('/'));
        let named = || self.proxy_image_type.clone();
        let image_type = image(SettingOrigin::Override, self.image.as_ref())
            .or_else(|| image(SettingOrigin::Annotation("sidecar.istio.io/proxyImage"), annotated))
            .or_else(|| Some(Setting::new(named()?, SettingOrigin::Annotation("sidecar.istio.io/proxyImageType"))));
        ProxySettings {
            image_type,
            ..ProxySettings::of_variables(&self.environment).by(&Setting::new((), SettingOrigin::Environment))
        }
    }
}

/// The settings in force, each with the layers that set it. They don't include Istio's defaults: [`Layered::in_force`]
/// is then `None`.
pub(crate) type Effective = ProxySettings<InLayers>;

/// Puts the values of the pod, of ProxyConfig resources and of the mesh into layers.
struct Sorting<'s>(&'s Stated, ProxySettings<WithOrigin>, &'s Surroundings);

impl Make<InLayers> for Sorting<'_> {
    fn make<R: Row>(&mut self) -> Layered<R::Value> {
        let Self(stated, over, around) = self;
        // A ProxyConfig that selects the pod wins over the annotation. The annotation wins over any other.
        let is_over = |set: &&Setting<R::Value>| matches!(set.origin, SettingOrigin::ProxyConfigOfWorkload(_));
        let resource = R::of(&around.proxy_configs).as_ref();
        let over = R::of(over).as_ref().or(resource.filter(is_over));
        let under = resource.filter(|set| !is_over(set)).or(R::of(&around.mesh.proxy).as_ref());
        Layered { over: over.cloned(), own: R::of(&stated.config).clone(), under: under.cloned() }
    }
}

impl Effective {
    /// Computes all settings.
    pub(crate) fn of(stated: &Stated, around: &Surroundings) -> Self {
        Self::each(&mut Sorting(stated, stated.over(), around))
    }
}

/// The type at the end of the tag of Istio's images. An image without a tag may be any type.
pub(crate) fn type_of_image(image: &str) -> String {
    let name = image.split('@').next().unwrap_or_default();
    if name.ends_with("-distroless") { "distroless" } else { "" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::istio::{EXIT_ON_IDLE, MINIMUM_DRAIN};
    use crate::kubernetes::{Seconds, doc_table};

    /// Names of those who can set a value, in the order of the table's columns.
    fn origins(setting: &str) -> [SettingOrigin; 7] {
        [
            if setting == "image" { SettingOrigin::Override } else { SettingOrigin::Environment },
            SettingOrigin::ProxyConfigOfWorkload("a/workload".to_owned()),
            SettingOrigin::Annotation("proxy.istio.io/config"),
            SettingOrigin::ProxyConfigOfNamespace("a/all".to_owned()),
            SettingOrigin::ProxyConfigOfRoot("istio-system/all".to_owned()),
            SettingOrigin::Mesh("ConfigMap istio-system/istio".to_owned()),
            SettingOrigin::BuiltIn,
        ]
    }

    fn seconds(text: &str) -> Seconds {
        Seconds::new(text.parse().expect(text))
    }

    /// Nothing but one setting.
    fn only(setting: &str, value: &str) -> ProxySettings<Bare> {
        let mut all = ProxySettings::default();
        match setting {
            "drain" => all.drain = Some(seconds(value)),
            "drain duration" => all.drain_duration = Some(seconds(value)),
            "parent shutdown" => all.parent_shutdown = Some(seconds(value)),
            "exit on idle" => all.exit_on_idle = value.parse().ok(),
            "minimum drain" => all.minimum = Some(seconds(value)),
            "admin port" => all.admin_port = value.parse().ok(),
            "image" => all.image_type = Some(value.to_owned()),
            "hold" => all.hold_application = value.parse().ok(),
            _ => panic!("{setting}"),
        }
        all
    }

    /// Sets what one column says.
    fn set(setting: &str, at: usize, value: &str, stated: &mut Stated, around: &mut Surroundings) {
        let only = only(setting, value);
        let by = || only.by(&Setting::new((), origins(setting)[at].clone()));
        match (setting, at) {
            ("exit on idle", 0) => drop(stated.environment.insert(EXIT_ON_IDLE.to_owned(), value.to_owned())),
            ("minimum drain", 0) => drop(stated.environment.insert(MINIMUM_DRAIN.to_owned(), format!("{value}s"))),
            ("image", 0) => stated.image = Some(format!("docker.io/istio/proxyv2:1.24.0-{value}")),
            (_, 2) => stated.config = only,
            (_, 5) => around.mesh.proxy = by(),
            ("exit on idle" | "minimum drain" | "image", _) => around.proxy_configs = by(),
            _ => panic!("{setting} can't be set by column {at}"),
        }
    }

    /// What is in force, in the words of the table.
    fn in_force(setting: &str, effective: &Effective) -> (String, SettingOrigin) {
        fn shown<T: Clone>(set: &Layered<T>, show: impl Fn(&T) -> String) -> (String, SettingOrigin) {
            (set.in_force().map_or("-".to_owned(), show), set.origin())
        }
        let seconds = |set: &Layered<Seconds>| shown(set, |value| value.get().to_string());
        match setting {
            "drain" => seconds(&effective.drain),
            "drain duration" => seconds(&effective.drain_duration),
            "parent shutdown" => seconds(&effective.parent_shutdown),
            "minimum drain" => seconds(&effective.minimum),
            "exit on idle" => shown(&effective.exit_on_idle, bool::to_string),
            "admin port" => shown(&effective.admin_port, u16::to_string),
            "hold" => shown(&effective.hold_application, bool::to_string),
            "image" => shown(&effective.image_type, String::clone),
            _ => panic!("{setting}"),
        }
    }

    /// Each setting, with everybody from one column on setting it: the first of them wins. Of ProxyConfig resources the
    /// strongest one is only mentioned.
    #[test]
    fn the_strongest_wins_setting_by_setting() {
        let rows = doc_table::rows(include_str!("effective.rs"), "Precedence");
        assert_eq!(rows.len(), 8);
        for row in &rows {
            let setting = row[0].as_str();
            for first in 0..7 {
                let (mut stated, mut around) = (Stated::default(), Surroundings::default());
                for at in (first..6).rev().filter(|at| row[at + 1] != "-") {
                    set(setting, at, &row[at + 1], &mut stated, &mut around);
                }
                let winner = (first..6).find(|at| row[at + 1] != "-").unwrap_or(6);
                let expected = (row[winner + 1].clone(), origins(setting)[winner].clone());
                assert_eq!(in_force(setting, &Effective::of(&stated, &around)), expected, "{setting} from {first} on");
            }
        }
    }

    #[test]
    fn the_annotation_wins_over_a_resource_of_the_namespace() {
        let stated = Stated { config: only("minimum drain", "30"), ..Stated::default() };
        let mut around = Surroundings::default();
        let origin = SettingOrigin::ProxyConfigOfNamespace("a/all".to_owned());
        around.proxy_configs.minimum = Some(Setting::new(seconds("40"), origin));
        assert_eq!(Effective::of(&stated, &around).minimum.in_force(), Some(&seconds("30")));
    }

    #[test]
    fn what_the_agent_can_not_read_is_its_default() {
        let environment = [(EXIT_ON_IDLE, "yes"), (MINIMUM_DRAIN, "10")].map(|(key, value)| (key.into(), value.into()));
        let mut around = Surroundings::default();
        around.mesh.proxy.exit_on_idle = Some(Setting::new(true, SettingOrigin::Declared));
        around.mesh.proxy.minimum = Some(Setting::new(seconds("20"), SettingOrigin::Declared));
        let stated = Stated { environment: environment.into(), ..Stated::default() };
        let effective = Effective::of(&stated, &around);
        assert_eq!(effective.exit_on_idle.in_force(), Some(&false));
        assert_eq!(effective.minimum.in_force(), Some(&Effective::MINIMUM));
    }

    #[test]
    fn what_an_image_has_in_it() {
        let check = |image: &str, expected| assert_eq!(type_of_image(image), expected, "{image}");
        check("docker.io/istio/proxyv2:1.24.0-distroless", "distroless");
        check("proxyv2:1.24-distroless@sha256:0123", "distroless");
        check("proxyv2:1.24", "");
        let named = |image: &str| {
            let stated = Stated { proxy_image: Some(image.to_owned()), ..Stated::default() };
            let mut around = Surroundings::default();
            around.mesh.proxy.image_type = Some(Setting::new("debug".to_owned(), SettingOrigin::Declared));
            Effective::of(&stated, &around).image_type.in_force().cloned()
        };
        assert_eq!(named("proxyv2"), Some("debug".to_owned()));
        assert_eq!(named("example.com/proxyv2:1.24"), Some(String::new()));
    }
}
