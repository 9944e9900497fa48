//! A kind to edit: a known one, or one that the user describes.

use std::fmt;

use super::path::TemplatePath;
use super::table::{KNOWN, KnownKind, Templates};

/// A kind whose pods are edited.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// A known kind that may be edited.
    Known(&'static KnownKind),
    /// A kind that the user describes.
    Custom(CustomKind),
}

/// A kind that the user describes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CustomKind {
    /// Its API group; empty for the core group.
    pub group: String,
    /// As in a manifest's `kind`.
    pub kind: String,
    /// The paths of its pod templates. Each template may be missing.
    pub templates: Vec<TemplatePath>,
}

/// A kind that can't be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KindError {
    /// No kind with that name is known.
    Unknown(String),
    /// The name is known only in other groups. The full names.
    NeedsGroup(String, Vec<String>),
    /// The kind is known, but must not be edited.
    Forbidden(&'static KnownKind),
}

impl Kind {
    /// The known kind with that name, spelled exactly as in a manifest. `Deployment` is Kubernetes' own, and so is
    /// `Deployment.apps`. Other kinds have their group after a dot, such as `Rollout.argoproj.io`.
    ///
    /// # Errors
    ///
    /// The kind is not known, or must not be edited.
    pub(crate) fn from_name(name: &str) -> Result<Self, KindError> {
        let (bare, group) = name.split_once('.').map_or((name, None), |(bare, group)| (bare, Some(group)));
        let is_meant = |kind: &&KnownKind| match group {
            Some(group) => kind.is(group, bare),
            None => kind.built_in && kind.name == bare,
        };
        match KNOWN.iter().find(is_meant) {
            Some(kind) if kind.forbidden().is_some() => Err(KindError::Forbidden(kind)),
            Some(kind) => Ok(Self::Known(kind)),
            None => {
                let others = KNOWN.iter().filter(|kind| kind.name == bare && kind.forbidden().is_none());
                let others: Vec<_> = others.map(KnownKind::full_name).collect();
                let name = name.to_owned();
                Err(if others.is_empty() { KindError::Unknown(name) } else { KindError::NeedsGroup(name, others) })
            }
        }
    }

    /// The known kinds that may be edited, in the order of the documentation.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        KNOWN.iter().filter(|kind| kind.forbidden().is_none()).map(Self::Known)
    }

    /// The kinds that are edited by default: long-running servers, whose pods are replaced one by one.
    pub(crate) fn defaults() -> Vec<Self> {
        ["Deployment", "StatefulSet"].iter().filter_map(|name| Self::from_name(name).ok()).collect()
    }

    /// As in a manifest's `kind`, without the group.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Known(known) => known.name,
            Self::Custom(custom) => &custom.kind,
        }
    }

    /// Whether a manifest with this group and kind is of this kind.
    pub(crate) fn is(&self, group: &str, name: &str) -> bool {
        match self {
            Self::Known(known) => known.is(group, name),
            Self::Custom(custom) => custom.group == group && custom.kind == name,
        }
    }

    /// The paths of its pod templates.
    pub(crate) fn paths(&self) -> Vec<TemplatePath> {
        match self {
            Self::Known(known) => known.paths().collect(),
            Self::Custom(custom) => custom.templates.clone(),
        }
    }

    /// Whether its template may be in the workload that `spec.workloadRef` names.
    pub(crate) const fn may_refer(&self) -> bool {
        matches!(self, Self::Known(KnownKind { templates: Templates::AtOrReferred(_), .. }))
    }

    /// Whether its pods end by themselves.
    pub(crate) const fn runs_to_completion(&self) -> bool {
        matches!(self, Self::Known(KnownKind { runs_to_completion: true, .. }))
    }

    /// Whether it is one of Kubernetes' own kinds.
    pub(crate) const fn is_built_in(&self) -> bool {
        matches!(self, Self::Known(KnownKind { built_in: true, .. }))
    }

    /// Whether the template of a live object can't be changed.
    pub(crate) const fn is_fixed(&self) -> bool {
        matches!(self, Self::Known(KnownKind { is_fixed: true, .. }))
    }
}

/// Prints its name in a policy: `Deployment`, `Rollout.argoproj.io`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(known) => f.write_str(&known.full_name()),
            Self::Custom(CustomKind { group, kind, .. }) if group.is_empty() => f.write_str(kind),
            Self::Custom(CustomKind { group, kind, .. }) => write!(f, "{kind}.{group}"),
        }
    }
}

impl fmt::Display for KindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "the kind `{name}` is not known"),
            Self::NeedsGroup(name, names) => {
                write!(f, "the kind `{name}` needs its group (`{}`)", names.join("` or `"))
            }
            Self::Forbidden(kind) => {
                let reason = kind.forbidden().unwrap_or("it must not be");
                write!(f, "the kind `{}` can't be edited, since {reason}", kind.full_name())
            }
        }
    }
}

impl std::error::Error for KindError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_leads_back_to_its_kind() {
        for kind in Kind::all() {
            assert_eq!(Kind::from_name(&kind.to_string()), Ok(kind));
        }
        assert!(Kind::all().count() > 30);
        assert_eq!(Kind::defaults().iter().map(Kind::name).collect::<Vec<_>>(), ["Deployment", "StatefulSet"]);
    }

    #[test]
    fn a_bare_name_is_kubernetes_own() {
        #[track_caller]
        fn check(name: &str, expected: Result<&str, &str>) {
            let kind = Kind::from_name(name).map(|kind| kind.to_string()).map_err(|error| error.to_string());
            assert_eq!(kind.as_deref().map_err(String::as_str), expected, "{name}");
        }
        check("StatefulSet", Ok("StatefulSet"));
        check("StatefulSet.apps", Ok("StatefulSet"));
        check("Deployment.extensions", Ok("Deployment"));
        check("StatefulSet.apps.kruise.io", Ok("StatefulSet.apps.kruise.io"));
        check("Job", Ok("Job"));
        check("Job.batch.volcano.sh", Ok("Job.batch.volcano.sh"));
        check("Rollout", Err("the kind `Rollout` needs its group (`Rollout.argoproj.io`)"));
        check("Rollout.example.org", Err("the kind `Rollout.example.org` needs its group (`Rollout.argoproj.io`)"));
        check("deployment", Err("the kind `deployment` is not known"));
        check("Deployment.", Err("the kind `Deployment.` needs its group (`Deployment`)"));
        check("Service", Err("the kind `Service` is not known"));
        check(
            "Workflow.argoproj.io",
            Err("the kind `Workflow.argoproj.io` can't be edited, since its steps are containers of their own kind, \
                 not pod templates"),
        );
    }
}
