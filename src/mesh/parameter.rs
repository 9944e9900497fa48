//! Settings that an Application gives as parameters, so that what is written into its values would have no effect.

use super::site::{HOOK, MeshDefaults, MeshSite, istiod_sources};
use crate::facts::InRoute;
use crate::istio::{Bare, Make, MeshHook, ProxySettings, Row};
use crate::object::{HelmParameter, Object, helm_parameters, parameter_list, parameter_of, words_of};
use crate::yaml::{Patch, Route, Step, Tree, Value};

/// How the names of parameters for a mesh config start.
const CONFIG: &str = "meshConfig.defaultConfig.";

/// What files of parameters set can't be seen (`fileParameters`: `--set-file` comes behind `--set`).
const FILES: &str = "fileParameters";

/// The parameters of the source that a site is in.
#[derive(Clone, Debug, Default)]
pub(crate) struct SiteParameters {
    /// The way to the list.
    list: Route,
    all: Vec<HelmParameter>,
}

/// The parameters that win over what is written at a site.
pub(crate) fn parameters(tree: &Tree<'_>, object: &Object, site: &MeshSite) -> SiteParameters {
    let is_around = |(route, _): &(Route, _)| site.route.0.starts_with(&route.0);
    let found = istiod_sources(tree, object.node, &object.route).into_iter().find(is_around);
    let found = found.map(|(route, source)| SiteParameters {
        list: route.then(["helm", "parameters"]),
        all: helm_parameters(tree, source),
    });
    found.unwrap_or_default()
}

/// Parameters from files that win over what is written into the values of an Application: the way to each, its name,
/// and the way to the values.
pub(crate) fn file_parameters(tree: &Tree<'_>, object: &Object) -> Vec<(Route, String, Route)> {
    let hook = format!("{}.", HOOK.join("."));
    let files = istiod_sources(tree, object.node, &object.route).into_iter().flat_map(|(route, source)| {
        let list = tree.get_path(source, &["helm", FILES]);
        let named = list.into_iter().flat_map(|list| tree.items(list)).enumerate();
        let route = route.then(["helm"]);
        named
            .filter_map(|(index, item)| {
                let name = tree.str_at(item, &["name"])?;
                let is_written = name.starts_with(CONFIG) || name.starts_with(&hook);
                is_written.then(|| (route.then([FILES]).then([index]), name.to_owned(), route.clone()))
            })
            .collect::<Vec<_>>()
    });
    files.collect()
}

impl SiteParameters {
    fn item(&self, parameter: &HelmParameter) -> Route {
        self.list.then([parameter.index])
    }

    /// What is in force where parameters are laid over values. A setting that a parameter has is written there: its
    /// value changes, or it goes as a whole.
    pub(crate) fn over(&self, below: MeshDefaults, remove: bool) -> MeshDefaults {
        if !self.all.iter().any(|parameter| parameter.name.starts_with(CONFIG)) {
            return below;
        }
        let mut over = OverValues { parameters: self, below: &below, remove };
        let (routes, settings) = (ProxySettings::each(&mut over), ProxySettings::each(&mut over));
        MeshDefaults { route: Route::default(), routes, settings }
    }

    /// Parameters that become `true` are strings for Istio, which Helm has to be told.
    pub(crate) fn force_strings(&self, patch: &mut Patch) {
        for parameter in self.all.iter().filter(|parameter| !parameter.is_forced) {
            let item = self.item(parameter);
            if patch.at(&item.then(["value"])) == Some(&Patch::Put(Value::str("true"))) {
                patch.put(&item.then(["forceString"]), Value::Bool(true));
            }
        }
    }

    /// What is set by a patch, as Helm takes it.
    pub(crate) fn set_by(&self, patch: &Patch) -> Vec<String> {
        let set = self.all.iter().filter_map(|parameter| match patch.at(&self.item(parameter).then(["value"]))? {
            Patch::Put(Value::Str(text)) => Some(format!("{}={text}", parameter.name)),
            _ => None,
        });
        set.collect()
    }

    /// The hook that parameters give to every proxy; `None` where they give none.
    pub(crate) fn hook(&self) -> Option<MeshHook> {
        if self.of_hook().any(|parameter| !parameter.name.starts_with(&command())) {
            return Some(MeshHook::Other("parameters".to_owned()));
        }
        words_of(&self.all, &command()).map(MeshHook::Exec)
    }

    /// The change where one parameter gives the hook with that command, or where none does any longer.
    pub(crate) fn hook_patch(&self, words: Option<&[String]>) -> Patch {
        let mut patch = Patch::default();
        let mut hooks = self.of_hook();
        if let (Some(words), Some(first)) = (words, words.and_then(|_| hooks.next())) {
            let item = self.item(first);
            if first.name != command() {
                patch.put(&item.then(["name"]), Value::str(command()));
            }
            patch.put(&item.then(["value"]), Value::str(parameter_list(words)));
            // A word such as `1` has to stay one.
            if !first.is_forced {
                patch.put(&item.then(["forceString"]), Value::Bool(true));
            }
        }
        hooks.for_each(|parameter| patch.remove(&self.item(parameter)));
        patch
    }

    fn of_hook(&self) -> impl Iterator<Item = &HelmParameter> {
        let prefix = format!("{}.", HOOK.join("."));
        self.all.iter().filter(move |parameter| parameter.name.starts_with(&prefix))
    }
}

fn command() -> String {
    format!("{}.exec.command", HOOK.join("."))
}

/// Parameters over a mesh config.
struct OverValues<'p> {
    parameters: &'p SiteParameters,
    below: &'p MeshDefaults,
    remove: bool,
}

impl OverValues<'_> {
    fn parameter<R: Row>(&self) -> Option<&HelmParameter> {
        parameter_of(&self.parameters.all, &format!("{CONFIG}{}", R::PATH.join(".")))
    }
}

impl Make<InRoute> for OverValues<'_> {
    fn make<R: Row>(&mut self) -> Route {
        let values: &[&str] = if self.remove { &[] } else { &["value"] };
        let own = |parameter| self.parameters.item(parameter).then(values.iter().copied());
        self.parameter::<R>().map(own).unwrap_or_else(|| {
            let steps: Vec<Step> = R::of(&self.below.routes).0.clone();
            self.below.route.then(steps)
        })
    }
}

impl Make<Bare> for OverValues<'_> {
    fn make<R: Row>(&mut self) -> Option<R::Value> {
        let own = self.parameter::<R>().and_then(|parameter| R::read(&parameter.value, true).ok());
        own.or_else(|| R::of(&self.below.settings).clone())
    }
}
