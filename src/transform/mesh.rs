//! One object that the mesh is configured by: what is written into it, so that every proxy has it.

use crate::istio::Feature;
use crate::mesh::{self, MeshSite};
use crate::object::{self, Object};
use crate::patch::mesh_patch;
use crate::protocol::{self, Origin};
use crate::report::{Outcome, WorkloadReport};
use crate::rules::{
    Finding, istio_too_old, live_mesh_object, managed_mesh_object, mesh_not_drained, mesh_without_drain,
};
use crate::shutdown::{Change, Policy, plan_mesh};
use crate::yaml::{NodeId, Patch, Route, Step, Tree, Value};

use super::lower::{Draft, Planned};
use super::planning::Planning;
use super::site::Site;

/// Plans the objects of the mesh in a unit, where the policy asks for it.
pub(super) fn drafts(tree: &Tree<'_>, run: &Planning<'_>) -> Vec<(Object, Draft)> {
    if !run.policy.write_mesh {
        return Vec::new();
    }
    let is_meant = |node: NodeId| !protocol::is_local(tree, node) && !protocol::has_directive(tree, node);
    let objects = object::collect(tree, mesh::is_mesh_kind).into_iter().filter(|object| is_meant(object.node));
    let drafts = objects.flat_map(|object| {
        let sites = mesh::locate(tree, &object);
        let drafts: Vec<_> =
            sites.into_iter().filter_map(|site| Some((object.clone(), draft(tree, &object, &site, run)?))).collect();
        drafts
    });
    drafts.collect()
}

/// What is done with one site; `None` where its text can't be read, which the survey of the mesh reports.
fn draft(tree: &Tree<'_>, object: &Object, mesh_site: &MeshSite, run: &Planning<'_>) -> Option<Draft> {
    let site = Site { tree, object, route: &mesh_site.route };
    let origin = Origin::of(tree, object.node, object::document_start(tree, object.root));
    let offset = tree.node(object.node).span.start();
    let mut report = WorkloadReport::new(object.identity.clone(), origin, offset, Outcome::Unchanged);
    report.is_mesh = true;
    let mut findings = Vec::new();
    let config = mesh::read_config(tree, object.root, mesh_site, &mut findings).ok()?;
    let policy = policy_for(run, object);
    let changes = plan_mesh(&config.settings, &policy);
    findings.extend(remarks(&policy));
    let patch = if findings.iter().any(Finding::is_error) {
        Patch::default()
    } else {
        mesh_patch(&config.route, &config.routes, &changes)
    };
    if !patch.is_empty() {
        findings.extend(of_object(tree, object, &patch, &mesh_site.route));
    }
    let loss = run.policy.check.then(|| mesh_not_drained::found(&listed(&changes)));
    report.findings =
        findings.into_iter().map(|finding| site.located(&object.route, finding, &Patch::default())).collect();
    let (untouched, refused) = (Outcome::Unchanged, policy.refused);
    Some(Planned { site, patch, ambiguity: None, changes, untouched, loss, refused, report }.lower())
}

/// The policy for the mesh, with the release that its istiod is known to have.
fn policy_for(run: &Planning<'_>, object: &Object) -> Policy {
    let policy = run.policy.policy.clone();
    let istio = policy.istio.or_else(|| run.world.release(mesh::revision(object)));
    Policy { istio, ..policy }
}

/// What is to be said of the plan.
fn remarks(policy: &Policy) -> Vec<Finding> {
    let too_old = policy.istio.filter(|_| Feature::TerminationDrainDuration.is_in(policy.target()) == Some(false));
    match (policy.remove, policy.drain, too_old) {
        (true, ..) => Vec::new(),
        (_, _, Some(release)) => vec![istio_too_old::no_drain(release)],
        (_, None, _) => vec![mesh_without_drain::found()],
        _ => Vec::new(),
    }
}

/// What is to be said of an object that is edited: who else writes it, and where it comes from.
fn of_object(tree: &Tree<'_>, object: &Object, patch: &Patch, route: &Route) -> Vec<Finding> {
    let values = patch.at(route).map(|patch| settings("meshConfig", patch)).unwrap_or_default();
    let owner = mesh::owner(tree, object);
    let owner = owner.map(|owner| managed_mesh_object::found(&owner.who, &owner.source, &values.join(", ")));
    owner.into_iter().chain(mesh::is_live(tree, object).map(live_mesh_object::found)).collect()
}

/// What a patch sets, as Helm takes it: `meshConfig.defaultConfig.drainDuration=60s`.
fn settings(prefix: &str, patch: &Patch) -> Vec<String> {
    match patch {
        Patch::Put(Value::Str(text)) => vec![format!("{prefix}={text}")],
        Patch::Put(_) => vec![prefix.to_owned()],
        Patch::Remove => vec![format!("no {prefix}")],
        Patch::Within(steps) => {
            let inner = steps.iter().flat_map(|(step, patch)| match step {
                Step::Key(name) | Step::First(name) => settings(&format!("{prefix}.{name}"), patch),
                Step::Item(_) | Step::End | Step::Text => settings(prefix, patch),
            });
            inner.collect()
        }
    }
}

fn listed(changes: &[Change]) -> String {
    changes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
