//! One object with settings of the mesh: what is written into it for all proxies.

use crate::istio::SettingPlace;
use crate::mesh::{self, ChartValues, GatewaySite, MeshSite};
use crate::object::{self, Identity, Object};
use crate::protocol;
use crate::report::Outcome;
use crate::rules::{Finding, live_mesh_object, managed_mesh_object, mesh_not_drained, mesh_parameter_wins, uneditable};
use crate::shutdown::{Change, Policy, Refused};
use crate::world::GatewayShare;
use crate::yaml::{NodeId, Patch, Route, Tree, reach};

use super::TransformError;
use super::lower::{Draft, Planned};
use super::mesh_draft::MeshDraft;
use super::planning::Planning;
use super::site::{self, Site, report, soften};
use super::undo::not_brought_back;

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
    let mut all = MeshDraft::of(tree, object, policy, share, run.number);
    all.below = run.world.below(&object.identity);
    if let Err((offset, error)) = all.plan(sites, gateways, run.policy.states_hook) {
        return (policy.refused == Refused::Error).then_some(Err(TransformError::MeshText(offset, error)));
    }
    // A gateway that nobody asked for and that nothing is wrong with is no object of the mesh.
    if sites.is_empty() && !policy.gateways && all.located.is_empty() {
        return None;
    }
    let changes = std::mem::take(&mut all.changes);
    let (mut findings, values) = (std::mem::take(&mut all.findings), std::mem::take(&mut all.values));
    let mut of_places = std::mem::take(&mut all.located);
    let patch = if findings.iter().any(Finding::is_error) { Patch::default() } else { all.into_patch() };
    if !patch.is_empty() {
        findings.extend(of_object(tree, object, &values));
    }
    // What becomes of a gateway's grace period is never taken out.
    if gateways.is_empty() && !policy.remove && !patch.is_empty() {
        of_places.extend(not_brought_back(tree, object, (sites, run.policy.states_hook), policy, &patch));
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
        found.chain(files).chain(of_places).map(|(route, finding)| site.located(&route, finding, &Patch::default()));
    report.findings = located.collect();
    let (untouched, refused) = (Outcome::Unchanged, policy.refused);
    Some(Ok(Planned { site, patch, ambiguity: None, changes, untouched, loss, refused, report }.lower()))
}

/// The policy for the mesh, with the release that its istiod is known to have.
fn policy_for(run: &Planning<'_>, object: &Object) -> Policy {
    Policy { istio: run.world.release(&object.identity, run.policy), ..run.policy.policy.clone() }
}

/// The findings on an edited object: whether another tool writes it, and whether it comes from a cluster.
fn of_object(tree: &Tree<'_>, object: &Object, values: &[String]) -> Vec<Finding> {
    let values = if values.is_empty() { "a template has no value of its own".to_owned() } else { values.join(", ") };
    let owner = mesh::owner(tree, object);
    let owner = owner.map(|owner| managed_mesh_object::found(&owner.who, &owner.source, &values));
    owner.into_iter().chain(mesh::is_live(tree, object).map(live_mesh_object::found)).collect()
}

fn listed(changes: &[Change]) -> String {
    changes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
