//! One object with settings of the mesh: what is written into it for all proxies.

use crate::istio::{Feature, SettingPlace};
use crate::mesh::{self, ChartValues, GatewaySite, MeshPart, MeshSite, SiteParameters};
use crate::object::{self, Identity, Object};
use crate::patch::{mesh_hook_patch, mesh_patch};
use crate::protocol;
use crate::report::Outcome;
use crate::rules::{
    Finding, foreign_hook_kept, gateway_grace_by_hand, gateway_without_drain, istio_too_old, live_mesh_object,
    managed_mesh_object, mesh_not_drained, mesh_parameter_wins, mesh_wide_hook, mesh_without_drain,
    template_in_mesh_hook, uneditable,
};
use crate::shutdown::{
    Change, Grace, MeshHookPlan, Part, Policy, PreStop, Refused, Seconds, plan_gateway, plan_mesh, plan_mesh_hook,
};
use crate::world::GatewayShare;
use crate::yaml::{NodeId, Patch, Route, Step, SyntaxError, Tree, Value, node_at, reach};

use super::TransformError;
use super::lower::{Draft, Planned};
use super::planning::Planning;
use super::restore::in_own_style;
use super::site::{self, Site, report, soften};

/// Plans the objects of the mesh in a unit, where the policy asks for it.
///
/// # Errors
///
/// A text that is to be written is not YAML.
pub(super) fn drafts(tree: &Tree<'_>, run: &Planning<'_>) -> Result<Vec<(Object, Draft)>, TransformError> {
    if run.is_values {
        return values(tree, run);
    }
    if !run.interest.reads_mesh() {
        return Ok(Vec::new());
    }
    let is_meant = |node: NodeId| !protocol::is_local(tree, node) && !protocol::has_directive(tree, node);
    let objects = object::collect(tree, mesh::is_mesh_kind).into_iter().filter(|object| is_meant(object.node));
    let drafts = objects.filter_map(|object| {
        let installs_istiod = run.world.installs_istiod(tree, object.node, &object.identity);
        let sites = if run.policy.write_mesh { mesh::locate(tree, &object, installs_istiod) } else { Vec::new() };
        let default = run.policy.default_namespace.as_deref();
        // Whatever counts today, an earlier run may have written it.
        let whole = |share| if run.policy.policy.remove { GatewayShare::WHOLE } else { share };
        let share = run.world.gateway_share(tree, &object, default).map(whole).filter(|share| !share.is_empty());
        let gateways = share.map_or_else(Vec::new, |_| mesh::gateways(tree, &object));
        let draft = draft(tree, &object, (&sites, &gateways), share.unwrap_or(GatewayShare::WHOLE), run)?;
        Some(draft.map(|draft| (object, draft)))
    });
    drafts.collect()
}

/// Plans the values of a chart, each document by itself.
fn values(tree: &Tree<'_>, run: &Planning<'_>) -> Result<Vec<(Object, Draft)>, TransformError> {
    let roots = tree.roots().iter().filter(|root| tree.get(**root, "kind").is_none());
    let drafts = roots.map(|root| {
        let chart = mesh::chart_of(tree, *root);
        let name = chart.map_or("unknown", ChartValues::name).to_owned();
        let identity = Identity { api_version: "Helm".to_owned(), kind: "values".to_owned(), namespace: None, name };
        let object = Object { node: *root, root: *root, route: Route::default(), identity };
        let (sites, gateways) = chart.map_or_else(Default::default, |chart| mesh::in_values(tree, &object, chart));
        let draft = match draft(tree, &object, (&sites, &gateways), GatewayShare::WHOLE, run) {
            Some(draft) => draft?,
            None => {
                let mut report = report(tree, &object, Outcome::Unchanged);
                report.is_mesh = true;
                let finding = chart.is_none().then(uneditable::unknown_chart);
                report.findings.extend(finding.map(|finding| site::at(tree, &object, &object.route, finding)));
                soften(&mut report.findings, run.policy.policy.refused);
                Draft::idle(*root, report)
            }
        };
        Ok((object, draft))
    });
    drafts.collect()
}

/// What is to be done with an object of the mesh.
struct MeshDraft<'t> {
    tree: &'t Tree<'t>,
    object: &'t Object,
    policy: &'t Policy,
    /// What of the settings of its gateways stands in it.
    share: GatewayShare,
    /// The number of the input.
    number: usize,
    changes: Vec<Change>,
    patch: Patch,
    findings: Vec<Finding>,
    /// What is found at a place of its own.
    located: Vec<(Route, Finding)>,
    /// What is set, in the words of whoever installs the mesh.
    values: Vec<String>,
}

impl MeshDraft<'_> {
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
        let changes = plan_mesh(&config.settings, policy);
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
        let present = by_parameters.or(present);
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
        let grace = read.grace.map_or(Grace::Default, |grace| Grace::Explicit(Seconds::new(grace)));
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
        let needed = drain.map(|drain| drain + policy.margin).filter(|needed| *needed > Grace::DEFAULT);
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

/// What is done with one object; `None` where it is not of the mesh. Where a text can't be read and that is no error,
/// the survey of the mesh warns of it.
fn draft(
    tree: &Tree<'_>,
    object: &Object,
    (sites, gateways): (&[MeshSite], &[GatewaySite]),
    share: GatewayShare,
    run: &Planning<'_>,
) -> Option<Result<Draft, TransformError>> {
    let first = sites.first().map(|site| &site.route).or(gateways.first().map(|_| &object.route))?;
    let mut report = report(tree, object, Outcome::Unchanged);
    report.is_mesh = true;
    let policy = policy_for(run, object);
    // A file of values is named by the user, so its gateway is asked for.
    let policy = &Policy { gateways: policy.gateways || run.is_values, ..policy };
    let (changes, patch) = (Vec::new(), Patch::default());
    let mut all = MeshDraft {
        tree,
        object,
        policy,
        share,
        number: run.number,
        changes,
        patch,
        findings: Vec::new(),
        values: Vec::new(),
        located: Vec::new(),
    };
    for site in sites {
        let planned = match site.part {
            MeshPart::Config => all.config(site),
            MeshPart::Values => all.hook(site, run.policy.states_hook),
            MeshPart::Injector => all.templates(site),
        };
        if let Err(error) = planned {
            let offset = reach(tree, object.root, &outside(&site.route)).0;
            let is_error = policy.refused == Refused::Error;
            return is_error.then_some(Err(TransformError::MeshText(offset, error)));
        }
    }
    for site in gateways {
        if let Err(error) = all.gateway(site) {
            let offset = tree.node(object.node).span.start();
            return (policy.refused == Refused::Error).then_some(Err(TransformError::MeshText(offset, error)));
        }
    }
    // A gateway that nobody asked for and that nothing is wrong with is no object of the mesh.
    if sites.is_empty() && !policy.gateways && all.located.is_empty() {
        return None;
    }
    let MeshDraft { changes, mut patch, mut findings, values, located: of_gateways, .. } = all;
    patch = match findings.iter().any(Finding::is_error) {
        true => Patch::default(),
        false => in_own_style(tree, Some(object.root), true, patch),
    };
    if !patch.is_empty() {
        findings.extend(of_object(tree, object, &values));
    }
    let site = Site { tree, object, route: first };
    let loss = run.policy.check.then(|| mesh_not_drained::found(&listed(&changes)));
    let found = findings.into_iter().map(|finding| (object.route.clone(), finding));
    let files = if policy.remove { Vec::new() } else { mesh::file_parameters(tree, object) };
    let files = files.into_iter().map(|(route, name, helm)| {
        let offset = reach(tree, object.root, &helm).0;
        let place = SettingPlace::Input { number: run.number, offset };
        (route, mesh_parameter_wins::found(&name, &values).beside(Some(&place)))
    });
    let located =
        found.chain(files).chain(of_gateways).map(|(route, finding)| site.located(&route, finding, &Patch::default()));
    report.findings = located.collect();
    let (untouched, refused) = (Outcome::Unchanged, policy.refused);
    Some(Ok(Planned { site, patch, ambiguity: None, changes, untouched, loss, refused, report }.lower()))
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

/// The policy for the mesh, with the release that its istiod is known to have.
fn policy_for(run: &Planning<'_>, object: &Object) -> Policy {
    Policy { istio: run.world.release(&object.identity, run.policy), ..run.policy.policy.clone() }
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

/// The findings on an edited object: whether another tool writes it, and whether it comes from a cluster.
fn of_object(tree: &Tree<'_>, object: &Object, values: &[String]) -> Vec<Finding> {
    let values = if values.is_empty() { "a template has no value of its own".to_owned() } else { values.join(", ") };
    let owner = mesh::owner(tree, object);
    let owner = owner.map(|owner| managed_mesh_object::found(&owner.who, &owner.source, &values));
    owner.into_iter().chain(mesh::is_live(tree, object).map(live_mesh_object::found)).collect()
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

fn listed(changes: &[Change]) -> String {
    changes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
