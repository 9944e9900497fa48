//! The policy as users write it: its formats, precedence, and the names of all fields.
//!
//! Each source - a `ShutdownPolicy` or ConfigMap as function config or file, a flag - is read into [`PolicyFields`]:
//! what it states, field by field. [`PolicyFields::or`] lays one source over another, and [`PolicyFields::resolve`]
//! puts all of them over the defaults: a [`PolicySet`] holds the [`Policy`](crate::shutdown::Policy) of the domain,
//! which knows nothing of all this. A field is a row of [`SECTIONS`], which says what it is called, what it takes and
//! where it is put; its type says how it is read.
//!
//! ```yaml
//! apiVersion: istio-drain.dev/v1alpha1        apiVersion: v1
//! kind: ShutdownPolicy                        kind: ConfigMap
//! spec:                                       data:
//!   drain: 40s                                  drain: 40s
//!   exact: true                                 exact: "true"
//!   kinds: [Deployment, DaemonSet]              kinds: "[Deployment, DaemonSet]"
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `fields` | what sources state, and precedence |
//! | `resource` | ShutdownPolicy and ConfigMap |
//! | `rules`, `revisions` | rules for some workloads, and what holds for some revisions, read |
//! | `statements` | the fields that a mapping states, nested or dotted |
//! | `choice` | what holds for one workload: annotations over rule over base |
//! | `table`, `field` | the table of fields, and one of them |
//! | `set`, `selection` | what holds in the end, for a run and for some workloads |
//! | `given` | one value, read as what its field takes |
//! | `yaml_text` | YAML text to values: ConfigMap values, flags |
//! | `selector_text` | label selectors as `kubectl -l` takes them |
//! | `shape` | what fields take, in words |
//! | `schema`, `reference` | the schema for editors and catalogs, and the page for people |
//! | `error` | what is wrong, and where |
//!
//! Nothing is guessed here. An unknown field, a value of the wrong type and a duration without a unit are errors,
//! because a policy that is silently ignored loses requests.

mod choice;
mod error;
mod field;
mod fields;
mod given;
mod matching;
mod reference;
mod resource;
mod revisions;
mod schema;
mod selector_text;
mod set;
mod shape;
mod statements;
mod table;
mod workload_rules;
mod yaml_text;

pub(crate) use choice::{AnnotatedPart, Cause, IGNORE, PREFIX, Remark, RemarkKind, WorkloadPolicy};
pub(crate) use error::{PolicyError, PolicyFlaw};
pub(crate) use field::Field;
pub use fields::PolicyFields;
pub(crate) use matching::{WorkloadRule, WorkloadTraits};
pub(crate) use reference::flow;
pub use reference::reference;
pub(crate) use resource::{API_VERSION, KIND};
pub use schema::definition;
pub use schema::schema;
pub use set::PolicySet;
pub(crate) use set::{Checks, DeclaredRevision};
pub(crate) use shape::Shape;
pub use table::fields;
pub(crate) use table::{SECTIONS, Section};
