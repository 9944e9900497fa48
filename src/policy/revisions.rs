//! Reads `revisions:`. A revision can have all fields of `mesh`.

use crate::istio::MeshSettings;
use crate::shutdown::Policy;

use super::error::{Flaws, PolicyError, all};
use super::field::{Field, FieldSlot};
use super::given::{FieldValue as _, Given};
use super::set::{DeclaredRevision, Revisions};
use super::shape::Shape;
use super::statements::statements;

/// The key that a revision can have beside fields of the policy.
pub(super) const TAGS: &str = "tags";

/// Whether a revision can state that field.
pub(super) fn is_of_revision(field: &Field) -> bool {
    field.is_for_workloads() && (field.name == "target.istio" || field.group() == Some("mesh"))
}

/// Reads revisions. A revision without fields only states that it exists.
pub(super) fn read(given: &Given<'_>) -> Result<Revisions, PolicyError> {
    let entries = given.entries(Shape::Revisions)?.into_iter();
    Ok(all(entries.map(|(name, value)| Ok((name.to_owned(), revision(&value)?))))?.into_iter().collect())
}

fn revision(given: &Given<'_>) -> Result<DeclaredRevision, PolicyError> {
    if given.value.is_null() {
        return Ok(DeclaredRevision::default());
    }
    let map = given.map("a revision such as `{mesh: {terminationDrainDuration: 60s}}`")?;
    let mut flaws = Flaws::default();
    let mut policy = Policy { istio: None, mesh: MeshSettings::default(), ..Policy::builtin() };
    let tags = map.get(TAGS).filter(|tags| !tags.is_null());
    let tags = tags.and_then(|tags| flaws.keep(Vec::read(&given.inside(TAGS, tags)))).unwrap_or_default();
    for statement in statements(&given.path, map, &[TAGS], &mut flaws) {
        let value = statement.given().among(given.places);
        flaws.keep(match statement.field.place {
            FieldSlot::Workload(put) if is_of_revision(statement.field) => put(&mut policy, &value),
            _ => Err(value.error("can't be set for a revision: only `target.istio` and fields of `mesh` can")),
        });
    }
    flaws.unless(DeclaredRevision { istio: policy.istio, mesh: policy.mesh, tags })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::given::tests::check_by;
    use super::*;
    use crate::istio::{Setting, SettingOrigin};
    use crate::kubernetes::Release;
    use crate::shutdown::Seconds;

    #[test]
    fn a_revision_has_a_release_mesh_settings_and_tags() {
        let mut canary = DeclaredRevision {
            istio: Some(Release::new(1, 29)),
            tags: vec!["prod".to_owned()],
            ..DeclaredRevision::default()
        };
        canary.mesh.proxy.drain = Some(Setting::new(Seconds::new(30), SettingOrigin::Declared));
        let expected = [("canary".to_owned(), canary), ("default".to_owned(), DeclaredRevision::default())];
        let canary = json!({"tags": ["prod"], "target.istio": "1.29", "mesh": {"terminationDrainDuration": "30s"}});
        check_by(read, &json!({"canary": canary, "default": null}), Ok(expected.into()));
        let refused = |field: &str| {
            format!("`f.a.{field}` can't be set for a revision: only `target.istio` and fields of `mesh` can")
        };
        for (name, value) in [("drain", json!("1s")), ("kinds", json!(["Pod"])), ("target.kubernetes", json!("1.30"))] {
            check_by(read, &json!({"a": {name: value}}), Err(&refused(name)));
        }
        check_by(read, &json!({"a": {"tagz": []}}), Err("unknown field `tagz` (did you mean `tags`?)"));
    }
}
