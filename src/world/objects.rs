//! What each object states.

use crate::istio::MeshSettings;
use crate::kinds::KnownKind;
use crate::mesh::{CHART, MeshConfigMap, installs_istiod, is_named_after_istiod, istiod_sources};
use crate::object::{self, Identity, Metadata, Object};
use crate::protocol::Origin as File;
use crate::yaml::{NodeId, Place, Route, Source, Step, Tree, lines_of_text, parse_all, route_at};

use super::limit_range::{ContainerDefaults, LimitRange};
use super::parameters::{self, LaidOver};
use super::reader::{InnerText, Reader};
use super::relevance::{is_wanted, may_say};
use super::stated_at::{Flaw, StatedAt};
use super::survey::{MeshSetting, MeshStatement, NamedStatement, Rank, Survey};
use super::unseen::UnseenValues;
use super::values::{self, Values};
use super::values_from::{self, ValuesReference};
use super::{DEFAULT_REVISION, REVISION_LABEL, injector, mesh_config, proxy_config};

/// What the label of the charts says for a version before they are released.
const UNRELEASED: &str = "1.0.0";
/// The label of webhooks that name a tag of a revision.
const TAG_LABEL: &str = "istio.io/tag";
/// How the names of an injector's webhooks and of its ConfigMap start.
const INJECTOR: &str = "istio-sidecar-injector";

/// The controller of Gateways that are in other clusters (istio/istio `pkg/config/constants`).
const UNMANAGED: &str = "istio.io/unmanaged-gateway";

/// The labels of Services that keep the sessions of clients on one pod (istio/istio
/// `pilot/pkg/features/experimental.go`).
const SESSION_LABELS: [&str; 2] = ["istio.io/persistent-session", "istio.io/persistent-session-header"];

/// Meshes of others, and what the names of their injectors' webhooks contain (the charts of linkerd2, kuma, consul-k8s
/// and osm).
const OTHER_INJECTORS: [(&str, &str); 4] = [
    ("Linkerd", "linkerd-proxy-injector"),
    ("Kuma", "kuma-"),
    ("Consul", "consul-connect-injector"),
    ("Open Service Mesh", "osm-webhook"),
];

impl Survey {
    /// What the objects in a parsed part of a source state.
    pub fn of_tree(tree: &Tree<'_>) -> Self {
        let mut survey = Self::default();
        for object in object::collect(tree, is_wanted) {
            survey.object(tree, &object);
        }
        for root in tree.roots().iter().filter(|root| tree.get(**root, "kind").is_none()) {
            survey.values_file(tree, *root);
        }
        survey
    }

    /// What a file of values states that the user named as such, and that is written.
    pub(crate) fn of_values(tree: &Tree<'_>, is_istiods: impl Fn(NodeId) -> bool) -> Self {
        let mut survey = Self::default();
        for root in tree.roots().iter().copied().filter(|root| is_istiods(*root)) {
            let place = place(tree, root, root, Identity::default());
            let over = LaidOver { is_named: true, ..LaidOver::default() };
            let values = tree.get(root, "istiod").unwrap_or(root);
            let mut file = SeenObject { tree, node: root, text: None, place: &place, survey: &mut survey };
            file.values(Some(values), over, Rank::Asked);
            survey.once(tree, root, &place);
        }
        survey.statements.iter_mut().for_each(|said| said.is_named = true);
        survey
    }

    fn object(&mut self, tree: &Tree<'_>, object: &Object) {
        let Some(gvk) = object.identity.gvk() else { return };
        let place = place(tree, object.root, object.node, object.identity.clone());
        let before = self.said();
        let mut seen = SeenObject { tree, node: object.node, text: None, place: &place, survey: self };
        match (gvk.group.as_str(), gvk.kind.as_str()) {
            ("", "Namespace") => seen.namespace(),
            ("", "ConfigMap") => seen.config_map(),
            ("", "Service") => seen.service(),
            ("", "Node") => seen.worker(),
            ("", "LimitRange") => seen.limit_range(),
            ("apps", "Deployment") => seen.istiod(),
            ("install.istio.io", "IstioOperator") => seen.istio_operator(),
            ("sailoperator.io", "Istio" | "IstioRevision") => seen.sail(gvk.kind == "IstioRevision"),
            ("sailoperator.io", "IstioRevisionTag") => seen.sail_tag(),
            ("helm.toolkit.fluxcd.io", "HelmRelease") => seen.helm_release(),
            ("argoproj.io", "Application") => seen.application(),
            ("admissionregistration.k8s.io", "MutatingWebhookConfiguration") => seen.webhook(),
            ("gateway.networking.k8s.io", "Gateway") => seen.gateway(),
            ("gateway.networking.k8s.io", "GatewayClass") => seen.gateway_class(),
            ("source.toolkit.fluxcd.io", "OCIRepository" | "HelmChart") => seen.chart(),
            (group, kind) if KnownKind::may_refer(group, kind) => seen.reference(),
            ("networking.istio.io", "ProxyConfig") => {
                let config = proxy_config::read(tree, object, &place, &mut self.troubles);
                self.proxy_configs.push(config);
            }
            _ => {}
        }
        // What has two kinds or two names may say nothing here, and something to other readers.
        let may_say = || may_say(&gvk.kind, tree.source.slice(tree.node(object.node).span));
        if self.said() > before || object::doubled_parts(tree, object.node).is_some() && may_say() {
            self.once(tree, object.node, &place);
        }
    }

    /// Looks for what the object says twice.
    fn once(&mut self, tree: &Tree<'_>, node: NodeId, place: &StatedAt) {
        SeenObject { tree, node, text: None, place, survey: self }.read(|reader| reader.doubled());
    }

    /// A document without a kind, which may be a values file of Istio's chart, or of one that has it as a part.
    fn values_file(&mut self, tree: &Tree<'_>, root: NodeId) {
        if tree.get(root, "apiVersion").is_some() {
            return;
        }
        let place = place(tree, root, root, Identity::default());
        let before = self.said();
        for node in [Some(root), tree.get(root, "istiod")].into_iter().flatten() {
            SeenObject { tree, node: root, text: None, place: &place, survey: self }.values(
                Some(node),
                Default::default(),
                Rank::Asked,
            );
        }
        if self.said() > before {
            self.once(tree, root, &place);
        }
    }
}

pub(super) fn place(tree: &Tree<'_>, root: NodeId, node: NodeId, identity: Identity) -> StatedAt {
    let file = File::of(tree, node, object::head(tree, root));
    let field = Place { offset: tree.node(node).span.start(), route: Route::default() };
    StatedAt { source: 0, identity, field, file }
}

/// One object, and what is made of it.
struct SeenObject<'r, 's> {
    tree: &'r Tree<'s>,
    /// The object, or the root of a text in it.
    node: NodeId,
    /// The text in the object, where it is one that is read.
    text: Option<&'r InnerText>,
    place: &'r StatedAt,
    survey: &'r mut Survey,
}

impl SeenObject<'_, '_> {
    fn at(&self, keys: &[&str]) -> Option<NodeId> {
        self.tree.get_path(self.node, keys)
    }

    fn text(&self, keys: &[&str]) -> Option<String> {
        self.at(keys).and_then(|node| self.tree.as_written(node)).map(str::to_owned)
    }

    fn read<T>(&mut self, read: impl FnOnce(&mut Reader<'_, '_>) -> T) -> T {
        let troubles = &mut self.survey.troubles;
        read(&mut Reader { tree: self.tree, place: self.place, root: self.node, text: self.text, troubles })
    }

    /// Reads the YAML text that a scalar of the object is.
    fn text_in<T>(
        &mut self,
        value: NodeId,
        field: &'static str,
        read: impl FnOnce(SeenObject<'_, '_>) -> T,
    ) -> Option<T> {
        let text = self.tree.str(value)?;
        let offset = self.tree.node(value).span.start();
        // A text without a document says as much as an empty mapping.
        let parsed = parse_all(Source::embedded(text)).and_then(|tree| match tree.roots() {
            [] => parse_all(Source::embedded("{}")),
            _ => Ok(tree),
        });
        let Ok(tree) = parsed else {
            return self.read(|reader| reader.flaw(value, Flaw::Text(field)));
        };
        let route = route_at(self.tree, self.node, offset).then([Step::Text]);
        let at = InnerText { place: Place { offset, route }, lines: lines_of_text(self.tree, value) };
        let node = *tree.roots().first()?;
        SeenObject { tree: &tree, node, text: Some(&at), place: self.place, survey: &mut *self.survey }
            .read(|reader| reader.doubled());
        Some(read(SeenObject { tree: &tree, node, text: Some(&at), place: self.place, survey: self.survey }))
    }

    /// Reads the YAML text in a field of the object.
    fn embedded<T>(&mut self, keys: &[&'static str], read: impl FnOnce(&mut Reader<'_, '_>, NodeId) -> T) -> Option<T> {
        let value = self.at(keys)?;
        self.text_in(value, keys.last().copied().unwrap_or_default(), |mut text| {
            let root = text.node;
            text.read(|reader| read(reader, root))
        })
    }

    fn namespace(&mut self) {
        let value = Metadata::of(self.tree, self.node);
        self.survey.namespaces.push(NamedStatement {
            name: self.place.identity.name.clone(),
            value,
            place: self.place.clone(),
        });
    }

    /// A Service without a selector selects no pods.
    fn service(&mut self) {
        let selector = object::texts(self.tree, self.at(&["spec", "selector"]));
        let labels = object::texts(self.tree, self.at(&["metadata", "labels"]));
        let keeps_sessions = SESSION_LABELS.iter().any(|label| labels.contains_key(*label));
        if !selector.is_empty() {
            let namespace = self.place.identity.namespace.clone();
            self.survey.services.push((namespace, selector, keeps_sessions));
        }
    }

    /// A node of the cluster, with the release of its kubelet.
    fn worker(&mut self) {
        let value = self.text(&["status", "nodeInfo", "kubeletVersion"]).and_then(|version| version.parse().ok());
        self.survey.nodes.push(NamedStatement {
            name: self.place.identity.name.clone(),
            value,
            place: self.place.clone(),
        });
    }

    fn limit_range(&mut self) {
        let Some(limits) = self.at(&["spec", "limits"]) else { return };
        let defaults = ContainerDefaults::of(self.tree, limits);
        if !defaults.is_empty() {
            let Identity { namespace, name, .. } = self.place.identity.clone();
            self.survey.limits.push(LimitRange { namespace, name, defaults });
        }
    }

    /// `istio[-rev]` and `istio-sidecar-injector[-rev]`.
    fn config_map(&mut self) {
        self.survey.gateways.add_options(self.tree, self.node, &self.place.identity);
        let Some(holds) = MeshConfigMap::of(&self.place.identity.name) else { return };
        let (MeshConfigMap::Config(revision) | MeshConfigMap::Injector(revision)) = holds;
        let revision = if revision.is_empty() { DEFAULT_REVISION } else { revision }.to_owned();
        if matches!(holds, MeshConfigMap::Config(_)) {
            if let Some(settings) = self.embedded(&["data", "mesh"], mesh_config::read) {
                self.say(&revision, MeshSetting::Mesh, Rank::Read, settings);
            }
            return;
        }
        let values = self.embedded(&["data", "values"], values::read);
        let config = self.embedded(&["data", "config"], injector::read);
        if let Some(mut values) = values {
            // An installer copies these two from the values into the config, of which istiod reads them.
            let read = config.as_ref().map(|config| &config.injector);
            values.injector.auto_inject.take_if(|_| read.is_some_and(|read| read.auto_inject.is_some()));
            values.injector.default_templates.take_if(|_| read.is_some_and(|read| read.default_templates.is_some()));
            self.say_istiod(&revision, Rank::Made, values.clone());
            self.say_injector(&revision, Rank::Read, values);
        }
        if let Some(config) = config {
            self.say_injector(&revision, Rank::Read, config);
        }
    }

    /// Istiod itself, known by its container.
    fn istiod(&mut self) {
        let pod = ["spec", "template", "spec", "containers"];
        let Some(containers) = self.at(&pod) else { return };
        let named = |node: &NodeId| self.tree.str_at(*node, &["name"]) == Some("discovery");
        let Some(container) = self.tree.items(containers).find(named) else { return };
        let revision = [["metadata", "labels"].as_slice(), &["spec", "template", "metadata", "labels"]];
        let revision = revision.iter().find_map(|path| object::texts(self.tree, self.at(path)).remove(REVISION_LABEL));
        let revision = revision.unwrap_or_else(|| DEFAULT_REVISION.to_owned());
        let mut istiod = self.read(|reader| values::environment(reader, container));
        istiod.release = self.read(|reader| {
            let image = reader.text(container, &["image"])?;
            let image_tag = image.value.split('@').next()?.rsplit('/').next()?.split_once(':')?.1.to_owned();
            values::release(reader.setting(container, image_tag))
        });
        // Custom images may have any tag; the charts label istiod with its release since 1.24. A chart that was
        // never released says 1.0.0 (`version` and `appVersion` in
        // `manifests/charts/istio-control/istio-discovery/Chart.yaml`).
        let version = self.text(&["metadata", "labels", "app.kubernetes.io/version"]);
        let version = version.filter(|version| version != UNRELEASED);
        let labelled =
            version.and_then(|version| self.read(|reader| values::release(reader.setting(reader.root, version))));
        istiod.release = istiod.release.or(labelled);
        self.say_istiod(&revision, Rank::Read, istiod);
    }

    /// A Gateway with settings for its proxy. Nobody asks for those of a Gateway that is not Istio's.
    fn gateway(&mut self) {
        self.survey.gateways.add_gateway(self.tree, self.node, &self.place.identity);
    }

    /// A class of Gateways. Istio does not read the `parametersRef` of a class.
    fn gateway_class(&mut self) {
        let controller = self.text(&["spec", "controllerName"]).unwrap_or_default();
        let makes_proxies = controller.starts_with("istio.io/") && controller != UNMANAGED;
        self.survey.gateway_classes.push((self.place.identity.name.clone(), makes_proxies));
    }

    /// What a HelmRelease has its chart from, where that is istiod's (fluxcd/source-controller `api/v1`).
    fn chart(&mut self) {
        let url = self.text(&["spec", "url"]).unwrap_or_default();
        let named = self.text(&["spec", "chart"]).unwrap_or_default();
        let last = |path: &str| path.trim_end_matches('/').rsplit('/').next() == Some(CHART);
        if last(&url) || last(&named) {
            self.survey.charts.push(self.place.identity.clone());
        }
    }

    fn istio_operator(&mut self) {
        self.survey.has_operator = true;
        let Some(spec) = self.at(&["spec"]) else { return };
        let revision = self.text(&["spec", "revision"]).filter(|revision| !revision.is_empty());
        let pilot = self.at(&["spec", "components", "pilot", "k8s"]);
        let mut istiod = pilot.map(|pilot| self.read(|reader| values::environment(reader, pilot))).unwrap_or_default();
        let tags = [["tag"].as_slice(), &["components", "pilot", "tag"]];
        istiod.release =
            self.read(|reader| tags.iter().find_map(|path| reader.text(spec, path)).and_then(values::release));
        let values = self.at(&["spec", "values"]);
        let named = values.and_then(|values| self.tree.str_at(values, &["revision"])).map(str::to_owned);
        let revision = revision.or(named).filter(|name| !name.is_empty());
        let revision = revision.unwrap_or_else(|| DEFAULT_REVISION.to_owned());
        // What stands in fields of its own is laid over the values (`operator/pkg/render`).
        let own = self.at(&["spec", "meshConfig"]).map(|mesh| self.read(|reader| mesh_config::read(reader, mesh)));
        let below = values.and_then(|values| self.tree.get(values, "meshConfig"));
        let below = below.map(|mesh| self.read(|reader| mesh_config::read(reader, mesh)));
        if installs_istiod(self.tree, self.node) {
            let mesh = own.unwrap_or_default().or(below.unwrap_or_default());
            self.say(&revision, MeshSetting::Mesh, Rank::Asked, mesh);
        }
        if let Some(values) = values.map(|values| self.read(|reader| values::read(reader, values))) {
            istiod.istiod = istiod.istiod.or(values.istiod.clone());
            istiod.release = istiod.release.or(values.release.clone());
            self.say_injector(&revision, Rank::Asked, values);
        }
        self.say_istiod(&revision, Rank::Asked, istiod);
    }

    /// `Istio` and the `IstioRevision` that the operator makes of it.
    fn sail(&mut self, is_revision: bool) {
        let rank = if is_revision { Rank::Made } else { Rank::Asked };
        let name = self.place.identity.name.clone();
        let version = self.text(&["spec", "version"]).unwrap_or_default();
        // With the strategy RevisionBased, revisions are named by their versions (sail-operator `pkg/revision`).
        let by_version = self.text(&["spec", "updateStrategy", "type"]).as_deref() == Some("RevisionBased");
        let revision = if by_version && !is_revision { format!("{name}-{}", version.replace('.', "-")) } else { name };
        let release = self.read(|reader| values::release(reader.setting(reader.root, version)));
        let over = LaidOver { revision: Some(revision), release, ..LaidOver::default() };
        self.values(self.at(&["spec", "values"]), over, rank);
    }

    fn sail_tag(&mut self) {
        if let Some(revision) = self.text(&["spec", "targetRef", "name"]) {
            self.tag(self.place.identity.name.clone(), revision);
        }
    }

    fn helm_release(&mut self) {
        let named = self.text(&["spec", "chart", "spec", "chart"]);
        let reference = values_from::chart_ref(self.tree, self.node, &self.place.identity);
        // What `chartRef` leads to need not be in the input, so its name may say which chart it is.
        let is_istiod = named.as_deref() == Some(CHART)
            || reference.as_ref().is_some_and(|chart| is_named_after_istiod(&chart.name));
        if !is_istiod && reference.is_none() {
            return;
        }
        let release = self.at(&["spec", "chart", "spec"]);
        let release = release.and_then(|chart| self.read(|reader| reader.text(chart, &["version"])));
        let unseen = UnseenValues::of_release(self.tree, self.node);
        let over = LaidOver { release: release.and_then(values::release), unseen, ..LaidOver::default() };
        let said = self.survey.statements.len();
        self.values(self.at(&["spec", "values"]), over, Rank::Asked);
        let from = ValuesReference::of_release(self.tree, self.node, &self.place.identity);
        let states_revision = self.text(&["spec", "values", "revision"]).is_some_and(|name| !name.is_empty());
        for said in self.survey.statements.iter_mut().skip(said) {
            (said.from, said.states_revision) = (from.clone(), states_revision);
            if !is_istiod {
                said.chart.clone_from(&reference);
            }
        }
    }

    fn application(&mut self) {
        for (_, source) in istiod_sources(self.tree, self.node, &Route::default()) {
            let release = self.read(|reader| reader.text(source, &["targetRevision"])).and_then(values::release);
            let unseen = UnseenValues::of_source(self.tree, self.node, source);
            let over = self.read(|reader| parameters::read(reader, source));
            let over = LaidOver { release: release.or(over.release), unseen, ..over };
            if let Some(values) = self.tree.get_path(source, &["helm", "valuesObject"]) {
                self.values(Some(values), over, Rank::Asked);
            } else if let Some(values) = self.tree.get_path(source, &["helm", "values"]) {
                self.text_in(values, "values", |mut text| text.values(Some(text.node), over, Rank::Asked));
            } else {
                self.values(None, over, Rank::Asked);
            }
        }
    }

    /// A Rollout without a template of its own names the workload that has it.
    fn reference(&mut self) {
        let Some(kind) = self.text(&["spec", "workloadRef", "kind"]) else { return };
        let name = self.text(&["spec", "workloadRef", "name"]).unwrap_or_default();
        let api_version = self.text(&["spec", "workloadRef", "apiVersion"]).unwrap_or_default();
        let namespace = self.place.identity.namespace.clone();
        self.survey.referred.push(Identity { api_version, kind, namespace, name });
    }

    /// The webhooks of an injector are labelled with its revision. Those of a tag name the tag, too (istioctl `tag
    /// set`).
    fn webhook(&mut self) {
        let name = self.place.identity.name.as_str();
        if let Some((mesh, _)) = OTHER_INJECTORS.iter().find(|(_, part)| name.contains(part)) {
            self.survey.other_injectors.push((mesh, name.to_owned()));
        }
        let mut labels = object::texts(self.tree, self.at(&["metadata", "labels"]));
        let Some(revision) = labels.remove(REVISION_LABEL) else { return };
        match labels.remove(TAG_LABEL) {
            Some(tag) => self.tag(tag, revision),
            None if self.place.identity.name.starts_with(INJECTOR) => drop(self.survey.webhooks.insert(revision)),
            None => {}
        }
    }

    fn tag(&mut self, name: String, revision: String) {
        self.survey.tags.push(NamedStatement { name, value: revision, place: self.place.clone() });
    }

    /// The values of Istio's chart, which may be absent, and what is laid over them.
    fn values(&mut self, node: Option<NodeId>, over: LaidOver, rank: Rank) {
        let mesh = node.and_then(|node| self.tree.get(node, "meshConfig"));
        let mesh = mesh.map(|mesh| self.read(|reader| mesh_config::read(reader, mesh))).unwrap_or_default();
        let mesh = over.mesh.or(mesh);
        let mut values = node.map(|node| self.read(|reader| values::read(reader, node))).unwrap_or_default();
        // A postStart hook in the values stays beside a preStop hook in the parameters.
        let hides = values.injector.hides_hold.clone().filter(|hides| !hides.value);
        values.injector = over.injector.or(values.injector);
        values.injector.hides_hold = hides.or(values.injector.hides_hold);
        values.istiod = over.istiod.or(values.istiod);
        let (revision, release) = (over.revision.filter(|name| !name.is_empty()), over.release);
        let revision = revision.or(values.revision.clone()).unwrap_or_else(|| DEFAULT_REVISION.to_owned());
        // A file without a kind may hold the values of another chart.
        let is_istiods = over.is_named || !self.place.identity.kind.is_empty();
        if is_istiods || mesh != MeshSettings::default() {
            self.say(&revision, MeshSetting::Mesh, rank, mesh);
            self.survey.statements.last_mut().into_iter().for_each(|said| said.unseen = over.unseen.clone());
        }
        let istiod =
            Values { istiod: values.istiod.clone(), release: release.or(values.release.clone()), ..Values::default() };
        self.say_istiod(&revision, rank, istiod);
        self.say_injector(&revision, rank, values);
    }

    fn say(&mut self, revision: &str, part: MeshSetting, rank: Rank, settings: MeshSettings) {
        self.survey.statements.push(MeshStatement {
            revision: revision.to_owned(),
            part,
            rank,
            place: self.place.clone(),
            settings,
            release: None,
            takes_branch: false,
            never_inject: Vec::new(),
            always_inject: Vec::new(),
            chart: None,
            from: Vec::new(),
            states_revision: false,
            below: MeshSettings::default(),
            unseen: None,
            is_named: false,
        });
    }

    fn say_injector(&mut self, revision: &str, rank: Rank, values: Values) {
        self.say(revision, MeshSetting::Injector, rank, values.injector);
        if let Some(said) = self.survey.statements.last_mut() {
            said.takes_branch = values.takes_branch;
            (said.never_inject, said.always_inject) = (values.never_inject, values.always_inject);
        }
    }

    fn say_istiod(&mut self, revision: &str, rank: Rank, values: Values) {
        self.say(revision, MeshSetting::Istiod, rank, values.istiod);
        if let Some(said) = self.survey.statements.last_mut() {
            said.release = values.release;
        }
    }
}
