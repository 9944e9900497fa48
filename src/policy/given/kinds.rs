//! Kinds of workloads: known ones by name, and those that the user describes.

use serde_json::Value;

use crate::kinds::{CustomKind, Kind, KindError, KnownKind, TemplatePath, TemplatePathError};
use crate::nearest::nearest;
use crate::policy::error::{PolicyError, all, did_you_mean};
use crate::policy::shape::Shape;

use super::{FieldValue, Given};

/// The kinds without duplicates, in the order in which they are named.
impl FieldValue for Vec<Kind> {
    const SHAPE: Shape = Shape::Kinds;

    fn read(given: &Given<'_>) -> Result<Self, PolicyError> {
        let named = all(given.list(Self::SHAPE)?.iter().map(|item| match item.value {
            Value::Object(_) => item.custom_kind().map(Kind::Custom),
            _ => item.known_kind(),
        }))?;
        let mut kinds = Self::new();
        for kind in named {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        Ok(kinds)
    }
}

impl Given<'_> {
    fn unusable(&self, error: KindError) -> PolicyError {
        self.error(&format!("can't be used: {error}")).because(error)
    }

    fn known_kind(&self) -> Result<Kind, PolicyError> {
        let Value::String(name) = self.value else {
            return Err(self.not("the name of a kind, or a mapping of `group`, `kind` and `template`", ""));
        };
        Kind::from_name(name).map_err(|error| match error {
            KindError::Unknown(_) => self.not("a kind that can be edited", &meant_kind(name)).because(error),
            error => self.unusable(error),
        })
    }

    /// A kind that the user describes. The core group is the empty string.
    fn custom_kind(&self) -> Result<CustomKind, PolicyError> {
        const KEYS: [&str; 3] = ["group", "kind", "template"];
        let (mut group, mut kind, mut templates) = (None, None, None);
        for (key, value) in self.entries("a mapping")? {
            match key {
                "group" => group = Some(value.text()?),
                "kind" => kind = Some(String::read(&value)?),
                "template" => templates = Some(value.template_paths()?),
                _ => return Err(value.error(&format!("is unknown {}", did_you_mean(key, &KEYS)))),
            }
        }
        let lacks = |key: &str, example: &str| self.error(&format!("lacks its `{key}`, such as `{example}`"));
        let custom = CustomKind {
            group: group.ok_or_else(|| lacks("group", "ray.io"))?,
            kind: kind.ok_or_else(|| lacks("kind", "RayCluster"))?,
            templates: templates.ok_or_else(|| lacks("template", "spec.workerGroupSpecs[*].template"))?,
        };
        match KnownKind::forbidden_one(&custom.group, &custom.kind) {
            Some(known) => Err(self.unusable(KindError::Forbidden(known))),
            None => Ok(custom),
        }
    }

    /// A known kind, or one that the user describes.
    pub(in crate::policy) fn matched_kind(&self) -> Result<Kind, PolicyError> {
        let accepted = "a kind such as `Deployment` or `Rollout.argoproj.io`";
        let Value::String(name) = self.value else { return Err(self.not(accepted, "")) };
        match (Kind::from_name(name), name.split_once('.')) {
            (Ok(kind), _) => Ok(kind),
            (Err(KindError::Unknown(_) | KindError::NeedsGroup(..)), Some((kind, group)))
                if !kind.is_empty() && !group.is_empty() =>
            {
                let (kind, group) = (kind.to_owned(), group.to_owned());
                Ok(Kind::Custom(CustomKind { group, kind, templates: Vec::new() }))
            }
            (Err(KindError::Unknown(_)), _) => Err(self.not(accepted, &meant_kind(name))),
            (Err(error), _) => Err(self.unusable(error)),
        }
    }

    /// One path, or a list of them.
    fn template_paths(&self) -> Result<Vec<TemplatePath>, PolicyError> {
        let accepted = "the path of a pod template such as `spec.template` or `spec.workerGroupSpecs[*].template`";
        match self.value {
            Value::Array(_) => all(self.list(accepted)?.iter().map(|item| item.template_path(accepted))),
            _ => self.template_path(accepted).map(|path| vec![path]),
        }
    }

    fn template_path(&self, accepted: &str) -> Result<TemplatePath, PolicyError> {
        let Value::String(text) = self.value else { return Err(self.not(accepted, "")) };
        text.parse().map_err(|error: TemplatePathError| self.not(accepted, &format!("({error})")).because(error))
    }
}

/// The end of a message: the kind that was probably meant, with its group. Otherwise the kinds of Kubernetes, because
/// the list of all is long. For a kind of another group it also says how to describe an unknown kind.
fn meant_kind(given: &str) -> String {
    let all: Vec<_> = Kind::all().map(|kind| (kind.name().to_owned(), kind.to_string())).collect();
    let full: Vec<_> = all.iter().map(|(_, full)| full.as_str()).collect();
    let (bare, group) = given.split_once('.').map_or((given, None), |(bare, group)| (bare, Some(group)));
    let bare_names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
    let by_bare_name = || {
        let meant = nearest(bare, &bare_names).filter(|_| group.is_none())?;
        let of_that_name = || all.iter().filter(|(name, _)| name == meant).map(|(_, full)| full.as_str());
        of_that_name().find(|full| !full.contains('.')).or_else(|| of_that_name().next())
    };
    match (nearest(given, &full).or_else(by_bare_name), group) {
        (Some(meant), _) => format!("(did you mean `{meant}`?)"),
        (None, Some(group)) => {
            format!("(write it with its pod template: `{{group: {group}, kind: {bare}, template: spec.template}}`)")
        }
        (None, None) => {
            let built_in: Vec<_> = full.into_iter().filter(|name| !name.contains('.')).collect();
            did_you_mean("", &built_in)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::check;
    use super::*;

    #[test]
    fn kinds() {
        let check = |value: Value, expected: Result<&[&str], &str>| {
            let named = |names: &[&str]| names.iter().map(|name| Kind::from_name(name).unwrap()).collect();
            check::<Vec<Kind>>(&value, expected.map(named));
        };
        let accepted = "must be a list of kinds such as `[Deployment, DaemonSet]`";
        check(json!(["CronJob", "Pod"]), Ok(&["CronJob", "Pod"]));
        check(json!(["Pod", "Pod"]), Ok(&["Pod"]));
        check(json!([]), Err(&format!("`f` {accepted}, not an empty list")));
        check(json!("Pod"), Err(&format!("`f` {accepted}, not the text `Pod`")));
        let unknown =
            "`f[1]` must be a kind that can be edited, not the text `deployments` (did you mean `Deployment`?)";
        check(json!(["Pod", "deployments"]), Err(unknown));
        check(json!([{"kind": "Pod"}]), Err("`f[0]` lacks its `group`, such as `ray.io`"));
        check(
            json!([1]),
            Err(
                "`f[0]` must be the name of a kind, or a mapping of `group`, `kind` and `template`, not the number `1`",
            ),
        );
        let rollout =
            "`f[0]` must be a kind that can be edited, not the text `rollout` (did you mean `Rollout.argoproj.io`?)";
        check(json!(["rollout"]), Err(rollout));
        let both =
            format!("{rollout}; `f[1]` must be a kind that can be edited, not the text `pod` (did you mean `Pod`?)");
        check(json!(["rollout", "pod"]), Err(&both));
        let far = "`f[0]` must be a kind that can be edited, not the text `Service` (expected one of `Deployment`, \
                   `StatefulSet`, `DaemonSet`, `ReplicaSet`, `ReplicationController`, `Pod`, `PodTemplate`, `Job`, \
                   `CronJob`)";
        check(json!(["Service"]), Err(far));
        check(
            json!(["rollout.argoproj.io"]),
            Err("`f[0]` must be a kind that can be edited, not the text `rollout.argoproj.io` (did you mean \
                 `Rollout.argoproj.io`?)"),
        );
        let own = "`f[0]` must be a kind that can be edited, not the text `Pool.example.com` (write it with its pod \
                   template: `{group: example.com, kind: Pool, template: spec.template}`)";
        check(json!(["Pool.example.com"]), Err(own));
        check(json!(["CloneSet.apps.kruise.io", "Job.batch"]), Ok(&["CloneSet.apps.kruise.io", "Job"]));
        check(
            json!(["Rollout"]),
            Err("`f[0]` can't be used: the kind `Rollout` needs its group (`Rollout.argoproj.io`)"),
        );
        let knative = "`f[0]` can't be used: the kind `Service.serving.knative.dev` can't be edited, since Knative \
                       rejects `lifecycle` and `terminationGracePeriodSeconds`, and drains by its own proxy";
        check(json!(["Service.serving.knative.dev"]), Err(knative));
    }

    #[test]
    fn kinds_of_the_users_own() {
        let check = |value: Value, expected: Result<&[&str], &str>| {
            let expected = expected.map(|paths| {
                let templates = paths.iter().map(|path| path.parse().unwrap()).collect();
                vec![Kind::Custom(CustomKind { group: "example.org".to_owned(), kind: "Fleet".to_owned(), templates })]
            });
            check(&json!([value]), expected);
        };
        let fleet = |template: Value| json!({"group": "example.org", "kind": "Fleet", "template": template});
        check(fleet(json!("spec.template")), Ok(&["spec.template"]));
        check(fleet(json!(["spec.pools[*].template", "."])), Ok(&["spec.pools[*].template", "."]));
        let accepted = "`f[0].template` must be the path of a pod template such as `spec.template` or \
                        `spec.workerGroupSpecs[*].template`";
        check(fleet(json!(1)), Err(&format!("{accepted}, not the number `1`")));
        check(fleet(json!([])), Err(&format!("{accepted}, not an empty list")));
        let error = "spec..template".parse::<TemplatePath>().unwrap_err();
        check(fleet(json!("spec..template")), Err(&format!("{accepted}, not the text `spec..template` ({error})")));
        check(
            json!({"group": "example.org", "kind": "Fleet"}),
            Err("`f[0]` lacks its `template`, such as `spec.workerGroupSpecs[*].template`"),
        );
        check(
            json!({"group": "example.org", "kind": "Fleet", "path": "spec"}),
            Err("`f[0].path` is unknown (expected one of `group`, `kind`, `template`)"),
        );
        check(
            json!({"group": "serving.knative.dev", "kind": "Service", "template": "spec.template"}),
            Err("`f[0]` can't be used: the kind `Service.serving.knative.dev` can't be edited, since Knative rejects \
                 `lifecycle` and `terminationGracePeriodSeconds`, and drains by its own proxy"),
        );
    }
}
