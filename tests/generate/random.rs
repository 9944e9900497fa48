//! The inputs of the properties: policies, streams of manifests, YAML with changes.

use arbitrary::{Result, Unstructured};
use istio_drain::inside::policy::PolicyFields;
use istio_drain::inside::yaml::Patch;

use super::model::Model;
use super::noise::{change, noise};
use super::print::Features;
use super::stream::{Stream, Wrapping, stream, wrap};
use super::{Draw, object};

/// All that may stand in a text.
pub(crate) const ALL: Features = Features { comments: true, hazards: true, odd: true };
/// All that can be edited.
pub(crate) const EDITABLE: Features = Features { hazards: false, ..ALL };

pub(crate) fn objects(u: &mut Unstructured<'_>, count: usize) -> Result<Vec<Model>> {
    (0..count).map(|at| object(u, &format!("object-{at}"))).collect()
}

pub(crate) fn manifests(u: &mut Unstructured<'_>, features: Features) -> Result<Stream> {
    let count = 1 + u.below(4)?;
    let objects = objects(u, count)?;
    let wrapping = u.pick(&[Wrapping::Stream, Wrapping::Stream, Wrapping::List, Wrapping::ResourceList])?;
    stream(u, wrap(objects, wrapping), features)
}

pub(crate) fn policy(u: &mut Unstructured<'_>) -> Result<PolicyFields> {
    let mut fields = PolicyFields::default();
    let choices: [(&str, &[&str]); 19] = [
        ("preStop", &["drain", "sigterm", "sleep", "none", "{exec: [sleep, '7']}"]),
        ("drain", &["0s", "40s", "2m"]),
        ("appShutdown", &["0s", "20s"]),
        ("margin", &["0s", "3s"]),
        ("preStopEstimate", &["25s"]),
        ("exact", &["true"]),
        ("replaceHooks", &["true"]),
        ("exitOnIdle", &["true"]),
        ("appPreStop", &["5s", "25s"]),
        ("gateways", &["true"]),
        ("sidecar", &["classic", "native"]),
        ("pinSidecar", &["true"]),
        ("proxyImage", &["distroless"]),
        ("resources", &["{requests: {cpu: 100m, memory: '1e8'}}"]),
        ("remove", &["true"]),
        ("target.istio", &["1.16", "1.20", "1.24"]),
        ("target.kubernetes", &["1.28", "1.33"]),
        ("mesh.terminationDrainDuration", &["60s"]),
        ("unknownInjection", &["safe", "skip"]),
    ];
    for (at, (name, values)) in choices.into_iter().enumerate() {
        // The first ones are what most policies are made of.
        if u.one_in(if at < 8 { 5 } else { 12 })? {
            fields.set(name, u.pick(values)?).expect("a field and its value");
        }
    }
    Ok(fields)
}

/// A document with anything in it, and some changes of it.
pub(crate) fn changed_noise(u: &mut Unstructured<'_>, features: Features) -> Result<(Stream, Patch)> {
    let model = Model::map([("root", noise(u, 4)?), ("more", noise(u, 2)?)]);
    let stream = stream(u, vec![model], features)?;
    let patch = change(u, &stream.documents[0])?;
    Ok((stream, patch))
}
