//! What is to be done with one object of the mesh: planned site by site, before anything is written.

use crate::istio::{Feature, MeshSettings, SettingPlace};
use crate::mesh::{self, GatewaySite, MeshPart, MeshSite, SiteParameters};
use crate::object::Object;
use crate::recipe::{mesh_hook_patch, mesh_patch};
use crate::rules::{
    Finding, foreign_hook_kept, gateway_grace_by_hand, gateway_without_drain, istio_too_old, mesh_wide_hook,
    mesh_without_drain, template_in_mesh_hook,
};
use crate::shutdown::{
    Change, Grace, MeshHookPlan, Part, Policy, PreStop, Seconds, plan_gateway, plan_mesh, plan_mesh_hook,
};
use crate::world::GatewayShare;
use crate::yaml::{NodeId, Patch, Route, Step, SyntaxError, Tree, Value, node_at, reach};

use super::restore::in_own_style;

/// What is to be done with an object of the mesh.
pub(super) struct MeshDraft<'t> {
    tree: &'t Tree<'t>,
    object: &'t Object,
    policy: &'t Policy,
    /// What of the settings of its gateways stands in it.
    share: GatewayShare,
    /// What counts where the object says nothing itself.
    pub(super) below: MeshSettings,
    /// The number of the input.
    number: usize,
    pub(super) changes: Vec<Change>,
    pub(super) patch: Patch,
    pub(super) findings: Vec<Finding>,
    /// What is found at a place of its own.
    pub(super) located: Vec<(Route, Finding)>,
    /// What is set, in the words of whoever installs the mesh.
    pub(super) values: Vec<String>,
}

impl<'t> MeshDraft<'t> {
    /// Nothing is to be done yet.
    pub(super) fn of(
        tree: &'t Tree<'t>,
        object: &'t Object,
        policy: &'t Policy,
        share: GatewayShare,
        number: usize,
    ) -> Self {
        let (changes, patch) = (Vec::new(), Patch::default());
        let (findings, located, values) = (Vec::new(), Vec::new(), Vec::new());
        let below = MeshSettings::default();
        Self { tree, object, policy, share, below, number, changes, patch, findings, located, values }
    }

    /// Plans all that stands in it.
    ///
    /// # Errors
    ///
    /// The place of a text that is not YAML, and why.
    pub(super) fn plan(
        &mut self,
        sites: &[MeshSite],
        gateways: &[GatewaySite],
        states_hook: bool,
    ) -> Result<(), (usize, SyntaxError)> {
        for site in sites {
            let planned = match site.part {
                MeshPart::Config => self.config(site),
                MeshPart::Values => self.hook(site, states_hook),
                MeshPart::Injector => self.templates(site),
            };
            planned.map_err(|error| (reach(self.tree, self.object.root, &outside(&site.route)).0, error))?;
        }
        let start = self.tree.node(self.object.node).span.start();
        gateways.iter().try_for_each(|site| self.gateway(site)).map_err(|error| (start, error))
    }

    /// What changes, in the style of what is there.
    pub(super) fn into_patch(self) -> Patch {
        in_own_style(self.tree, Some(self.object.root), true, self.patch)
    }

    fn change(&mut self, (site, parameters): (&MeshSite, &SiteParameters), changes: Vec<Change>, patch: Patch) {
        let prefix = if site.part == MeshPart::Config { "meshConfig" } else { "" };
        self.values.extend(patch.at(&site.route).map(|patch| settings(prefix, patch)).unwrap_or_default());
        self.values.extend(parameters.set_by(&patch));
        self.changes.extend(changes);
        self.patch.absorb(patch);
    }

    /// Plans a mesh config.
    fn config(&mut self, site: &MeshSite) -> Result<(), SyntaxError> {
        let Self { tree, object, policy, .. } = *self;
        let config = mesh::read_config(tree, object.root, site, &mut self.findings)?;
        let parameters = mesh::parameters(tree, object, site);
        let config = parameters.over(config, policy.remove);
        let below = (!policy.remove).then_some(&self.below.proxy);
        let settings = below.map_or(config.settings.clone(), |below| config.settings.over(below));
        let changes = plan_mesh(&settings, policy);
        self.findings.extend(remarks(policy));
        let mut patch = mesh_patch(&config.route, &config.routes, &changes);
        parameters.force_strings(&mut patch);
        self.change((site, &parameters), changes, patch);
        Ok(())
    }

    /// Plans the hook in values of istiod's chart.
    fn hook(&mut self, site: &MeshSite, is_stated: bool) -> Result<(), SyntaxError> {
        let Self { tree, object, policy, .. } = *self;
        let (present, handlers) = mesh::read_hook(tree, object.root, site)?;
        let parameters = mesh::parameters(tree, object, site);
        let by_parameters = parameters.hook();
        let is_parameter = by_parameters.is_some();
        let below = self.below.pre_stop.as_ref().filter(|_| !policy.remove).map(|hook| hook.value.clone());
        let present = by_parameters.or(present).or(below);
        let route = site.route.then(mesh::HOOK);
        let has_one = is_stated && !policy.remove && !matches!(policy.pre_stop, PreStop::None);
        match plan_mesh_hook(present.as_ref(), policy, is_stated) {
            MeshHookPlan::Same => self.findings.extend((has_one && present.is_some()).then(mesh_wide_hook::found)),
            MeshHookPlan::Kept => self.findings.push(foreign_hook_kept::of_mesh()),
            MeshHookPlan::Template => {
                let PreStop::Exec(command) = &policy.pre_stop else { return Ok(()) };
                self.findings.push(template_in_mesh_hook::found(&command.join(" ")));
            }
            MeshHookPlan::Changed(change) => {
                let command = match &change {
                    Change::Hook(command) => Some(command.as_slice()),
                    _ => None,
                };
                self.findings.extend(command.map(|_| mesh_wide_hook::found()));
                let patch = match is_parameter {
                    true => parameters.hook_patch(command),
                    false => mesh_hook_patch(&route, &handlers, command),
                };
                self.change((site, &parameters), vec![change], patch);
            }
        }
        Ok(())
    }

    /// Plans a gateway. If nothing says how long it is to drain, only what is wrong with it is reported.
    fn gateway(&mut self, site: &GatewaySite) -> Result<(), SyntaxError> {
        let Self { tree, object, policy, share, .. } = *self;
        let mut read = mesh::read_gateway(tree, object.root, site)?;
        let is_idle_possible = site.takes_metadata || policy.remove;
        let policy = &Policy { exit_on_idle: policy.exit_on_idle && is_idle_possible, ..policy.clone() };
        read.settings.exit_on_idle = read.settings.exit_on_idle.filter(|_| is_idle_possible);
        self.located.extend(read.findings);
        if !policy.gateways {
            return Ok(());
        }
        if policy.drain.is_none() && !policy.remove {
            self.findings.push(gateway_without_drain::found());
            return Ok(());
        }
        let stated = read.grace.map(Seconds::new).or(Some(share.default_grace).filter(|own| *own != Grace::DEFAULT));
        let grace = stated.map_or(Grace::Default, Grace::Explicit);
        // The grace period has to be long enough for a drain that stands elsewhere.
        let elsewhere = share.elsewhere.filter(|_| !share.has_drain && !policy.exact);
        let policy = &Policy { drain: policy.drain.max(elsewhere), ..policy.clone() };
        let mut changes = plan_gateway(&read.settings, site.grace.as_ref().map(|_| grace), policy);
        changes.retain(|change| share.has_drain || matches!(change, Change::Grace(_)));
        let mut patch = mesh_patch(&read.route, &read.routes, &changes);
        for change in &changes {
            if let (Change::Grace(seconds), Some(route)) = (change, &site.grace) {
                patch.put(route, Value::Int(seconds.get()));
            }
        }
        let drain = policy.drain.max(read.settings.drain).filter(|_| !policy.remove);
        let needed = drain.map(|drain| drain + policy.margin).filter(|needed| *needed > share.default_grace);
        let is_given = site.grace.is_some() || share.has_grace_elsewhere || has_overlay(tree, object.node, needed);
        let by_hand = needed.filter(|_| !is_given);
        let is_operator = object.identity.kind == "IstioOperator";
        let beside = self.where_grace_goes(site);
        let found = |needed| gateway_grace_by_hand::found(&site.name, is_operator, needed).beside(beside.as_ref());
        self.located.extend(by_hand.map(|needed| (site.annotations.clone(), found(needed))));
        self.changes.extend(changes);
        self.patch.absorb(patch);
        Ok(())
    }

    /// Where the object names what a gateway's grace period goes into.
    fn where_grace_goes(&self, site: &GatewaySite) -> Option<SettingPlace> {
        let around = Route(site.annotations.0.split_last().map(|(_, around)| around.to_vec()).unwrap_or_default());
        let mut ways = ["parametersRef", "overlays"].into_iter().map(|key| around.then([key]));
        let way = ways.find(|way| node_at(self.tree, self.object.root, way).is_some())?;
        let (offset, _) = reach(self.tree, self.object.root, &way);
        Some(SettingPlace::Input { number: self.number, offset })
    }

    /// Plans the templates of the injector.
    fn templates(&mut self, site: &MeshSite) -> Result<(), SyntaxError> {
        let Self { tree, object, policy, .. } = *self;
        let stated = policy.mesh.reads_pre_stop_command.as_ref().map(|reads| reads.value);
        if stated == Some(false) && !policy.remove {
            return Ok(());
        }
        for template in mesh::read_templates(tree, object.root, site, policy.remove)? {
            let mut patch = Patch::default();
            patch.put(&template.route, Value::Text(template.text));
            let name = template.name;
            let change =
                if policy.remove { Change::Remove(Part::CommandBranch(name)) } else { Change::CommandBranch(name) };
            self.changes.push(change);
            self.patch.absorb(patch);
        }
        Ok(())
    }
}

/// Whether an overlay of an IstioOperator sets the grace period, to whatever.
fn has_overlay(tree: &Tree<'_>, node: NodeId, needed: Option<Seconds>) -> bool {
    let text = tree.source.slice(tree.node(node).span);
    needed.is_some() && text.contains("overlays") && text.contains("terminationGracePeriodSeconds")
}

/// The way to the text that holds a site, or to the site.
fn outside(route: &Route) -> Route {
    Route(route.0.iter().take_while(|step| **step != Step::Text).cloned().collect())
}

/// The findings on the plan.
fn remarks(policy: &Policy) -> Vec<Finding> {
    let too_old = policy.istio.filter(|_| Feature::TerminationDrainDuration.is_in(policy.target()) == Some(false));
    match (policy.remove, policy.drain, too_old) {
        (true, ..) => Vec::new(),
        (_, _, Some(release)) => vec![istio_too_old::no_drain(release)],
        (_, None, _) => vec![mesh_without_drain::found()],
        _ => Vec::new(),
    }
}

/// What a patch sets, as Helm takes it: `meshConfig.defaultConfig.drainDuration=60s`.
fn settings(prefix: &str, patch: &Patch) -> Vec<String> {
    match patch {
        Patch::Put(Value::Str(text)) => vec![format!("{prefix}={text}")],
        Patch::Put(Value::Words(words)) => vec![format!("{prefix}={{{}}}", words.join(","))],
        Patch::Put(_) => vec![prefix.to_owned()],
        Patch::Remove => vec![format!("no {prefix}")],
        Patch::Within(steps) => {
            let inner = steps.iter().flat_map(|(step, patch)| match step {
                Step::Key(name) | Step::First(name) => {
                    settings(format!("{prefix}.{name}").trim_start_matches('.'), patch)
                }
                Step::Item(_) | Step::End | Step::Text => settings(prefix, patch),
            });
            inner.collect()
        }
    }
}
