//! Gateways of the Gateway API, and the ConfigMaps that are laid over what istiod makes of them.
//!
//! The annotations of a Gateway become those of its pods. Istiod merges the ConfigMap of its class into that, which
//! counts only in istiod's own namespace, and then the one that the Gateway names. An annotation is one text, so the
//! topmost `proxy.istio.io/config` hides the others (istio/istio
//! `pilot/pkg/config/kube/gateway/deploymentcontroller.go`: `extractInfrastructureMetadata`, `render`, `applyOverlay`).

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::istio::{Row as _, rows, snake_case};
use crate::kubernetes::Seconds;
use crate::object::{self, Identity, IdentityKey, Object};
use crate::shutdown::Grace;
use crate::yaml::{NodeId, Resolved, Source, Tree, parse_all};

/// The annotation with the settings of a proxy.
const CONFIG: &str = "proxy.istio.io/config";
/// The label of a ConfigMap whose options all Gateways of a class have.
const CLASS_DEFAULTS: &str = "gateway.istio.io/defaults-for-class";

/// What an object says of the settings of a gateway's proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct ProxyAnnotation {
    is_set: bool,
    drain: Option<Seconds>,
}

/// A Gateway.
#[derive(Clone, Debug)]
struct SeenGateway {
    class: String,
    /// The ConfigMap that it names.
    options: Option<Identity>,
    own: ProxyAnnotation,
}

/// A ConfigMap with options for the Deployment of Gateways.
#[derive(Clone, Debug)]
struct Overlay {
    identity: Identity,
    /// The class whose Gateways all have it.
    class: Option<String>,
    own: ProxyAnnotation,
}

/// The Gateways and their options in the input.
#[derive(Clone, Debug, Default)]
pub(super) struct Gateways {
    gateways: Vec<SeenGateway>,
    overlays: Vec<Overlay>,
    /// Each document has a survey, and few have gateways: in the box it takes little room.
    index: OnceLock<Box<GatewayIndex>>,
}

/// Which Gateways have which options, by their places in the lists.
#[derive(Clone, Debug, Default)]
struct GatewayIndex {
    /// The options of a class, and those of a name.
    of_class: HashMap<String, Vec<usize>>,
    named: HashMap<IdentityKey, Vec<usize>>,
    /// The Gateways that may have some options.
    users: Vec<Vec<usize>>,
    /// What was worked out for options.
    shares: Vec<OnceLock<Option<GatewayShare>>>,
    has_drain: Vec<OnceLock<bool>>,
}

/// A class has one ConfigMap, and so has a Gateway. Of more, only the first ones count, up to this many.
const MOST_OPTIONS: usize = 16;

impl GatewayIndex {
    fn of(gateways: &[SeenGateway], overlays: &[Overlay], default: Option<&str>) -> Self {
        let mut index = Self::default();
        for (at, overlay) in overlays.iter().enumerate() {
            let of_class = overlay.class.clone().map(|class| index.of_class.entry(class).or_default());
            let named = index.named.entry(overlay.identity.key(default)).or_default();
            for list in of_class.into_iter().chain([named]).filter(|list| list.len() < MOST_OPTIONS) {
                list.push(at);
            }
        }
        index.users.resize_with(overlays.len(), Vec::new);
        index.shares.resize_with(overlays.len(), OnceLock::new);
        index.has_drain.resize_with(overlays.len(), OnceLock::new);
        for (at, gateway) in gateways.iter().enumerate() {
            for overlay in index.over(gateway, default) {
                index.users.get_mut(overlay).into_iter().for_each(|users| users.push(at));
            }
        }
        index
    }

    /// The options that are laid over a Gateway, the topmost last.
    fn over(&self, gateway: &SeenGateway, default: Option<&str>) -> Vec<usize> {
        let named = gateway.options.as_ref().and_then(|options| self.named.get(&options.key(default)));
        let named = named.map_or(&[][..], Vec::as_slice);
        let of_class = self.of_class.get(&gateway.class).into_iter().flatten();
        of_class.filter(|at| !named.contains(at)).chain(named).copied().collect()
    }
}

/// What of a gateway's settings stands in an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GatewayShare {
    /// The annotation, since that of no other object hides it, and it hides that of no other.
    pub has_drain: bool,
    /// The drain that another object gives to the same proxies.
    pub elsewhere: Option<Seconds>,
    /// A ConfigMap of the input gives them their grace period.
    pub has_grace_elsewhere: bool,
    /// The grace period of their pods where nobody states one.
    pub default_grace: Seconds,
}

/// The classes of waypoints. Their template has a grace period of its own (`files/waypoint.yaml` of the istiod chart).
const WAYPOINTS: [&str; 2] = ["istio-waypoint", "istio-east-west"];
const OF_WAYPOINTS: Seconds = Seconds::new(2);

fn default_grace(class: &str) -> Seconds {
    if WAYPOINTS.contains(&class) { OF_WAYPOINTS } else { Grace::DEFAULT }
}

impl GatewayShare {
    /// All of them.
    pub(crate) const WHOLE: Self =
        Self { has_drain: true, elsewhere: None, has_grace_elsewhere: false, default_grace: Grace::DEFAULT };

    /// Whether all of them stand in other objects.
    pub(crate) const fn is_empty(&self) -> bool {
        !self.has_drain && self.has_grace_elsewhere
    }
}

impl Gateways {
    pub(super) fn append(&mut self, other: Self) {
        self.gateways.extend(other.gateways);
        self.overlays.extend(other.overlays);
        self.index = OnceLock::new();
    }

    pub(super) fn add_gateway(&mut self, tree: &Tree<'_>, node: NodeId, identity: &Identity) {
        self.gateways.push(SeenGateway::of(tree, node, identity));
    }

    /// Adds a ConfigMap, if it has options.
    pub(super) fn add_options(&mut self, tree: &Tree<'_>, node: NodeId, identity: &Identity) {
        let Some(text) = tree.get_path(node, &["data", "deployment"]) else { return };
        let labels = object::texts(tree, tree.get_path(node, &["metadata", "labels"]));
        let parsed = tree.str(text).and_then(|text| parse_all(Source::embedded(text)).ok());
        let own = parsed.map(|options| {
            let root = options.roots().first().copied();
            let at = root.and_then(|root| options.get_path(root, &["spec", "template", "metadata", "annotations"]));
            ProxyAnnotation::of(&options, at)
        });
        let class = labels.get(CLASS_DEFAULTS).cloned();
        self.overlays.push(Overlay { identity: identity.clone(), class, own: own.unwrap_or_default() });
    }

    /// Options of a class count only in the namespaces of istiod.
    pub(super) fn keep_classes_of(&mut self, is_istiods: impl Fn(&str) -> bool) {
        for overlay in &mut self.overlays {
            let namespace = overlay.identity.namespace.as_deref();
            overlay.class = overlay.class.take().filter(|_| namespace.is_none_or(&is_istiods));
        }
    }

    /// Whether some ConfigMap may be the options of a Gateway.
    pub(super) fn has_options(&self) -> bool {
        self.gateways.iter().any(|gateway| gateway.options.is_some())
            || self.overlays.iter().any(|overlay| overlay.class.is_some())
    }

    /// What a ConfigMap says of gateways; `None` if none has its options.
    pub(super) fn share_of_options(&self, identity: &Identity, default: Option<&str>) -> Option<GatewayShare> {
        let index = self.index(default);
        let at = *index.named.get(&identity.key(default))?.first()?;
        let overlay = self.overlays.get(at)?;
        let share = || {
            let gateways: Vec<_> = self.users(at, default).collect();
            let below = gateways.iter().filter_map(|gateway| self.below(overlay, gateway, default).drain).max();
            let classes = gateways.iter().map(|gateway| &gateway.class).chain(&overlay.class);
            let default_grace = classes.map(|class| default_grace(class)).min().unwrap_or(Grace::DEFAULT);
            let is_used = overlay.class.is_some() || !gateways.is_empty();
            let has_drain = self.has_drain(at, overlay, default);
            is_used.then_some(GatewayShare { has_drain, elsewhere: below, has_grace_elsewhere: false, default_grace })
        };
        *index.shares.get(at)?.get_or_init(share)
    }

    /// A run has one default namespace.
    fn index(&self, default: Option<&str>) -> &GatewayIndex {
        self.index.get_or_init(|| Box::new(GatewayIndex::of(&self.gateways, &self.overlays, default)))
    }

    /// The Gateways that have some options.
    fn users<'g>(&'g self, at: usize, default: Option<&str>) -> impl Iterator<Item = &'g SeenGateway> {
        let users = self.index(default).users.get(at).into_iter().flatten();
        users.filter_map(|user| self.gateways.get(*user))
    }

    /// What a Gateway says of its own proxy.
    pub(super) fn share_of_gateway(&self, tree: &Tree<'_>, object: &Object, default: Option<&str>) -> GatewayShare {
        let gateway = SeenGateway::of(tree, object.node, &object.identity);
        let has_grace_elsewhere = self.over(&gateway, default).next().is_some();
        let over = self.index(default).over(&gateway, default).into_iter();
        let mut over = over.filter_map(|at| Some((at, self.overlays.get(at)?)));
        let is_hidden = over.any(|(at, overlay)| self.has_drain(at, overlay, default));
        let default_grace = default_grace(&gateway.class);
        GatewayShare { has_drain: !is_hidden, elsewhere: None, has_grace_elsewhere, default_grace }
    }

    /// Whether a Gateway has a drain in the place that counts.
    pub(super) fn is_drained(&self, tree: &Tree<'_>, object: &Object, default: Option<&str>) -> bool {
        let gateway = SeenGateway::of(tree, object.node, &object.identity);
        let layers = self.over(&gateway, default).map(|overlay| overlay.own);
        let topmost = std::iter::once(gateway.own).chain(layers).filter(|own| own.is_set).last();
        topmost.is_some_and(|own| own.drain.is_some())
    }

    /// The ConfigMaps that are laid over a Gateway, the topmost last.
    fn over<'g>(&'g self, gateway: &SeenGateway, default: Option<&str>) -> impl Iterator<Item = &'g Overlay> {
        self.index(default).over(gateway, default).into_iter().filter_map(|at| self.overlays.get(at))
    }

    /// What counts for a Gateway below one of its ConfigMaps.
    fn below(&self, overlay: &Overlay, gateway: &SeenGateway, default: Option<&str>) -> ProxyAnnotation {
        let lower = self.over(gateway, default).take_while(|over| !std::ptr::eq(*over, overlay));
        let layers = std::iter::once(gateway.own).chain(lower.map(|over| over.own));
        layers.filter(|own| own.is_set).last().unwrap_or_default()
    }

    /// Whether the annotation belongs into a ConfigMap: it has one, or hides none.
    fn has_drain(&self, at: usize, overlay: &Overlay, default: Option<&str>) -> bool {
        let hides = |gateway: &SeenGateway| self.below(overlay, gateway, default).is_set;
        let has_drain = || overlay.own.is_set || !self.users(at, default).any(hides);
        self.index(default).has_drain.get(at).is_some_and(|known| *known.get_or_init(has_drain))
    }
}

impl SeenGateway {
    /// Its own annotations count only if it has none for its proxy.
    fn of(tree: &Tree<'_>, node: NodeId, identity: &Identity) -> Self {
        let at = |path: &[&str]| tree.get_path(node, path).filter(|it| tree.scalar(*it) != Some(Resolved::Null));
        let annotations = at(&["spec", "infrastructure", "annotations"]).or_else(|| at(&["metadata", "annotations"]));
        let text = |key: &str| tree.str_at(node, &["spec", "infrastructure", "parametersRef", key]);
        // The ConfigMap is in its own namespace (`fetchParameters`).
        let options = text("name").filter(|_| text("kind") == Some("ConfigMap")).map(|name| Identity {
            api_version: "v1".to_owned(),
            kind: "ConfigMap".to_owned(),
            namespace: identity.namespace.clone(),
            name: name.to_owned(),
        });
        let class = tree.str_at(node, &["spec", "gatewayClassName"]).unwrap_or_default().to_owned();
        Self { class, options, own: ProxyAnnotation::of(tree, annotations) }
    }
}

impl ProxyAnnotation {
    /// That among these annotations.
    fn of(tree: &Tree<'_>, annotations: Option<NodeId>) -> Self {
        let text = object::texts(tree, annotations).remove(CONFIG);
        Self { is_set: text.is_some(), drain: text.as_deref().and_then(drain) }
    }
}

/// The drain in the text of the annotation.
fn drain(text: &str) -> Option<Seconds> {
    let tree = parse_all(Source::embedded(text)).ok()?;
    let root = *tree.roots().first()?;
    let [name] = rows::Drain::PATH else { return None };
    let value = tree.get(root, name).or_else(|| tree.get(root, &snake_case(name)))?;
    rows::Drain::read(&object::text(&tree, value)?, tree.str(value).is_some()).ok()
}
