//! Reads the fields of a world, one by one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::istio::{MeshSettings, Mode, PodIdentity, SidecarMode, Target, sidecar_mode};
use crate::kubernetes::Release;
use crate::world::{Flaw, Revision, World};

use super::entry::{Entry, Knowledge};
use super::mesh_fields::{FIELDS, Seen, seen_by};

/// The first release without `parentShutdownDuration`.
const WITHOUT_PARENT: Release = Release::new(1, 17);

const DEFAULT_REVISION: &str = "default";

/// All fields that a dump can show.
pub(super) fn entries(world: &World) -> Vec<Entry> {
    let revisions: Vec<_> = world.revisions().collect();
    let kubernetes = oldest_node(world);
    let mut entries = Vec::new();
    let release = |revision: &Revision<'_>| match revision.release {
        Some(release) => Knowledge::Known { value: json!(release.value.to_string()), origin: seen_by(&release.origin) },
        None => Knowledge::Unseen("see the tag of istiod's image".to_owned()),
    };
    let mut of_revisions = Vec::new();
    let mut spread = |entries: &mut Vec<Entry>, path: &[&str], all: Vec<(&str, Knowledge)>| match common(&all) {
        Some(knowledge) => entries.push(Entry::new(path, knowledge)),
        None => {
            for (revision, knowledge) in
                all.iter().filter(|(_, knowledge)| matches!(knowledge, Knowledge::Known { .. }))
            {
                let name = path.join(".");
                of_revisions.push(Entry::new(&["revisions", revision, &name], (*knowledge).clone()));
            }
        }
    };
    let releases = revisions.iter().map(|revision| (revision.name, release(revision))).collect();
    spread(&mut entries, &["target", "istio"], or_none(releases, || "see the tag of istiod's image".to_owned()));
    entries.push(kubernetes.clone());
    let kubernetes = world.oldest_node();
    let modes = revisions.iter().map(|revision| (revision.name, mode(revision, kubernetes))).collect();
    let unknown = || "which kind of sidecar is injected follows from target and mesh.nativeSidecars".to_owned();
    let modes = or_none(modes, unknown);
    match common(&modes) {
        Some(knowledge) => entries.push(Entry::new(&["sidecar"], knowledge)),
        None => {
            let all = modes.iter().map(|(name, knowledge)| format!("{name} {}", word(knowledge)));
            let all = all.collect::<Vec<_>>().join(", ");
            entries.push(Entry::new(&["sidecar"], Knowledge::Disputed(format!("the revisions differ: {all}"))));
        }
    }
    for field in &FIELDS {
        let shown = revisions.iter().filter(|revision| {
            field.name != "parentShutdownDuration"
                || revision.release.is_none_or(|release| release.value < WITHOUT_PARENT)
        });
        let shown = shown.map(|revision| (revision.name, field.knowledge(&Seen { revision: *revision, world })));
        let shown: Vec<_> = shown.collect();
        if shown.is_empty() && !revisions.is_empty() {
            continue;
        }
        spread(&mut entries, &["mesh", field.name], or_none(shown, || field.hint()));
    }
    entries.push(webhooks(world));
    entries.extend(revision_entries(world, &revisions, of_revisions));
    entries.extend(namespaces(world));
    entries.push(Entry::new(
        &["defaultNamespace"],
        Knowledge::Unseen("no dump shows where manifests go that name no namespace".to_owned()),
    ));
    entries
}

/// What the revisions show, or that there are no revisions.
fn or_none(shown: Vec<(&str, Knowledge)>, hint: impl FnOnce() -> String) -> Vec<(&str, Knowledge)> {
    if shown.is_empty() { vec![(DEFAULT_REVISION, Knowledge::Unseen(hint()))] } else { shown }
}

/// The value of all revisions, or that none has one. `None` if they differ.
fn common(all: &[(&str, Knowledge)]) -> Option<Knowledge> {
    let is_same = |one: &Knowledge, other: &Knowledge| match (one, other) {
        (Knowledge::Known { value: one, .. }, Knowledge::Known { value: other, .. }) => one == other,
        (Knowledge::Known { .. }, _) | (_, Knowledge::Known { .. }) => false,
        _ => true,
    };
    let (_, first) = all.first()?;
    all.iter().all(|(_, other)| is_same(first, other)).then(|| first.clone())
}

fn word(knowledge: &Knowledge) -> String {
    match knowledge {
        Knowledge::Known { value, .. } => value.as_str().unwrap_or_default().to_owned(),
        _ => "unknown".to_owned(),
    }
}

fn oldest_node(world: &World) -> Entry {
    let path = ["target", "kubernetes"];
    let nodes: Vec<_> = world.nodes().collect();
    let oldest = nodes.iter().filter_map(|(name, release, _)| Some((release.as_ref()?, *name))).min();
    match oldest {
        Some((release, name)) => {
            let origin = match nodes.len() {
                1 => format!("Node {name}"),
                all => format!("Node {name}, the oldest of {all}"),
            };
            Entry::known(&path, release.to_string(), origin)
        }
        None => {
            let hint = "see the oldest kubelet in `kubectl get nodes`".to_owned();
            Entry::new(&path, Knowledge::Unseen(hint))
        }
    }
}

/// The default kind of sidecar for pods of a revision.
fn mode(revision: &Revision<'_>, kubernetes: Option<Release>) -> Knowledge {
    let target = Target { istio: revision.release.map(|release| release.value), kubernetes };
    let Mode { kind, reasons } =
        sidecar_mode(&PodIdentity::default(), SidecarMode::Unknown, revision.settings, target, SidecarMode::Unknown);
    let reason = reasons.last().map(crate::istio::ModeReason::sentence).unwrap_or_default();
    match kind {
        SidecarMode::Unknown => Knowledge::Unseen(reason),
        known => Knowledge::Known { value: json!(known.name()), origin: reason },
    }
}

fn webhooks(world: &World) -> Entry {
    let path = ["mesh", "webhooks"];
    match world.webhooks() {
        Some(names) => Entry::known(&path, json!(names), "MutatingWebhookConfigurations"),
        None => {
            let hint = "see `kubectl get mutatingwebhookconfigurations`: their labels istio.io/rev and istio.io/tag";
            Entry::new(&path, Knowledge::Unseen(hint.to_owned()))
        }
    }
}

/// The revisions with their tags and differing fields. None if there is only the default revision and no tag.
fn revision_entries(world: &World, revisions: &[Revision<'_>], differing: Vec<Entry>) -> Vec<Entry> {
    let mut tags: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (tag, revision) in world.tags() {
        tags.entry(revision).or_default().push(tag);
    }
    let webhooks = world.webhooks().unwrap_or_default();
    let names = revisions.iter().map(|revision| revision.name).chain(tags.keys().copied());
    let of_webhooks = webhooks.into_iter().filter(|name| !world.tags().contains_key(*name));
    let names: BTreeSet<&str> = names.chain(of_webhooks).collect();
    if names.is_empty() {
        let hint = "see the ConfigMaps istio-<revision> and the webhooks' labels istio.io/rev";
        return vec![Entry::new(&["revisions"], Knowledge::Unseen(hint.to_owned()))];
    }
    if names.iter().all(|name| *name == DEFAULT_REVISION) && tags.is_empty() {
        return Vec::new();
    }
    let mut entries = Vec::new();
    for name in names {
        let own = differing.iter().filter(|entry| entry.path.get(1).is_some_and(|revision| revision == name));
        let own: Vec<_> = own.cloned().collect();
        match tags.get(name) {
            Some(tags) => entries.push(Entry::known(&["revisions", name, "tags"], json!(tags), "")),
            None if own.is_empty() => entries.push(Entry::known(&["revisions", name], json!({}), "")),
            None => {}
        }
        entries.extend(own);
    }
    entries
}

/// The namespaces, each with its labels that matter to a mesh.
fn namespaces(world: &World) -> Vec<Entry> {
    let entries = world.namespaces().map(|(name, texts)| {
        let labels: Value = texts.into_iter().map(|(key, value)| (key, json!(value))).collect();
        Entry::known(&["namespaces", name], labels, "")
    });
    let entries: Vec<_> = entries.collect();
    if entries.is_empty() {
        let hint = "see `kubectl get namespaces --show-labels`: istio-injection and istio.io/rev";
        return vec![Entry::new(&["namespaces"], Knowledge::Unseen(hint.to_owned()))];
    }
    entries
}

/// Facts without a field: LimitRanges for placeholders, other meshes, and objects that can't be read.
pub(super) fn remarks(world: &World) -> Vec<String> {
    let limits = world.limit_ranges().iter().map(|limits| {
        let name =
            limits.namespace.iter().map(String::as_str).chain([limits.name.as_str()]).collect::<Vec<_>>().join("/");
        format!(
            "LimitRange {name} fills in {}: an istio-proxy that is written gets that in place of Istio's own (say \
             `resources` in a rule for the namespace)",
            limits.defaults.fill(&[], &[]).join(", ")
        )
    });
    let others = world.other_injectors().iter().map(|(mesh, name)| {
        format!("MutatingWebhookConfiguration {name} is that of {mesh}: pods that it injects are left alone")
    });
    let configs = world.narrow_proxy_configs().map(|name| {
        format!("ProxyConfig {name} is for some pods only: a rule of `workloads` can say for them what it sets")
    });
    let troubles = world.all_troubles().iter().map(|trouble| {
        let title = trouble.place.title();
        match &trouble.flaw {
            Flaw::Text(field) => format!("{title}: `{field}` is not YAML"),
            Flaw::Duration(field, error) => format!("{title}: `{field}` is not a valid duration: {error}"),
            Flaw::Value(field, accepted) => format!("{title}: `{field}` is not {accepted}"),
            Flaw::Template(_) => format!("{title}: the hook of the mesh holds a template, which nobody renders"),
            Flaw::Unseen { field, .. } => {
                format!("{title}: `{field}` names values that can't be seen; the ConfigMap istio has what they come to")
            }
            Flaw::Twice { key, .. } => format!("{title}: `{key}` is written twice, the last one counts"),
            Flaw::Contradiction { what, other, .. } => {
                format!("{title} and {other} contradict each other in {what}: unknown")
            }
        }
    });
    let native = native_hooks(world);
    limits.chain(others).chain(configs).chain(troubles).chain(native).collect()
}

/// A remark if a lifecycle of the mesh without a postStart hook hides the hook that delays the apps.
fn native_hooks(world: &World) -> Option<String> {
    let hides = |settings: &MeshSettings| settings.hides_hold.as_ref().is_some_and(|hides| hides.value);
    world.revisions().any(|revision| hides(revision.settings)).then(|| {
        "`global.proxy.lifecycle` is set: Istio's own hooks, for holdApplicationUntilProxyStarts and for native \
         sidecars, are not there then"
            .to_owned()
    })
}
