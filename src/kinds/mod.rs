//! Which kinds contain pods, where, and what is special about each kind. One table, `std` only.
//!
//! | file | what it holds |
//! |---|---|
//! | `table` | every kind that is known |
//! | `kind` | a kind to be edited: a known one, or one that the user describes |
//! | `path` | the way from an object to its pod templates |
//!
//! A kind of Kubernetes itself has its bare name, `StatefulSet`. All others have name and group,
//! `StatefulSet.apps.kruise.io`, as in kubectl.

mod kind;
mod path;
mod table;

pub(crate) use kind::{CustomKind, Kind, KindError};
pub(crate) use path::{PathStep, TemplatePath, TemplatePathError};
pub(crate) use table::{Barrier, KNOWN, KnownKind};
