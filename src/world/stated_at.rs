//! Where something is stated, and why a statement is ignored.

use crate::istio::{DurationError, SettingPlace};
use crate::object::Identity;
use crate::protocol::Origin as File;
use crate::yaml::Place;

/// Where an object states something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StatedAt {
    /// The number of the source among those of the run.
    pub source: usize,
    /// The object.
    pub identity: Identity,
    /// The place in it.
    pub field: Place,
    /// Where the object came from.
    pub file: File,
}

/// Something that the world can't be distinguished from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Where it stands.
    pub place: StatedAt,
    /// What is wrong.
    pub flaw: Flaw,
}

/// Why a statement about the mesh is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The text in this field is not YAML.
    Text(&'static str),
    /// The value of this field is not a valid duration.
    Duration(String, DurationError),
    /// The value of this field is not what it takes; the second part says what that is.
    Value(String, &'static str),
    /// A hook of the mesh with this command holds an action of a template, which nobody renders. It counts all the
    /// same.
    Template(String),
    /// This field names values that can't be seen, and that may set the drain of this revision.
    Unseen { field: &'static str, revision: String },
    /// This key is written twice. The last one counts.
    Twice {
        /// The key.
        key: String,
        /// The first place.
        first: Option<SettingPlace>,
    },
    /// Another object contradicts it.
    Contradiction {
        /// What the two speak of.
        what: String,
        /// The other object.
        other: String,
        /// Where that says so.
        place: Option<SettingPlace>,
    },
}

impl StatedAt {
    /// The place for findings on others.
    pub(super) const fn as_place(&self) -> SettingPlace {
        SettingPlace::Input { number: self.source, offset: self.field.offset }
    }

    /// The object as people call it: `ConfigMap istio-system/istio`, `Helm values in charts/values.yaml`.
    pub(crate) fn title(&self) -> String {
        let Identity { kind, namespace, name, .. } = &self.identity;
        match (kind.as_str(), namespace, &self.file.path) {
            ("", _, Some(path)) => format!("Helm values in {path}"),
            ("", _, None) => "Helm values".to_owned(),
            (kind, Some(namespace), _) => format!("{kind} {namespace}/{name}"),
            // "The Istio default" would be taken for Istio's own default.
            ("Istio", None, _) => format!("Istio resource {name}"),
            (kind, None, _) => format!("{kind} {name}"),
        }
    }
}
