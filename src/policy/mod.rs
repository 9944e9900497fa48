//! The policy as users write it: its wire forms, which source wins, and the names of everything in it.
//!
//! Each source - a `ShutdownPolicy` or ConfigMap as function config or file, a flag - is read into [`PolicyFields`],
//! where every field is optional. [`PolicyFields::or`] lays one source over another, and [`PolicyFields::resolve`]
//! fills in the defaults: a [`PolicySet`] holds the [`Policy`](crate::shutdown::Policy) of the domain, which knows
//! nothing of all this. What a field is called, what it takes and what it is without being set stands once, in
//! [`SECTIONS`].
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
//! | `fields` | the fields of one source, and precedence |
//! | `set` | what holds in the end |
//! | `table` | the table of fields |
//! | `resource` | ShutdownPolicy and ConfigMap |
//! | `statements` | the fields that a mapping states, nested or dotted |
//! | `text` | YAML text to values: ConfigMap values, flags |
//! | `given` | one value, read as what its field takes |
//! | `rule` | rules for some workloads |
//! | `choice` | what holds for one workload: annotations over rule over base |
//! | `selector` | label selectors |
//! | `schema`, `reference` | the schema for editors and catalogs, and the page for people |
//! | `error` | what is wrong, and where |
//!
//! Nothing is guessed here: a field that is not known, a value of the wrong type and a bare number for a duration are
//! errors, since a policy that is silently ignored loses requests.

mod choice;
mod error;
mod fields;
mod given;
mod reference;
mod resource;
mod rule;
mod schema;
mod selector;
mod set;
mod statements;
mod table;
mod text;

pub use choice::{Cause, Holder, PREFIX, Remark, RemarkKind, Workload, WorkloadPolicy};
pub use error::PolicyError;
pub use fields::{Namespaces, PolicyFields, RunFields, WorkloadFields};
pub use reference::reference;
pub use resource::{API_VERSION, KIND};
pub use rule::{Matcher, Pattern, Rule};
pub use schema::{definition, schema};
pub use set::{PolicySet, Refused};
pub use table::{Field, SECTIONS, Section, Shape, fields};
