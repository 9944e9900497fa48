//! Makes the pods of an Istio mesh shut down without losing a request.
//!
//! Manifests go in as text. The same text comes out, with the few lines that each workload needs: how long its sidecar
//! drains, a preStop hook for the sidecar, and a grace period that is long enough for both.
//!
//! # One Deployment
//!
//! ```
//! use istio_drain::ShutdownPolicy;
//!
//! let manifest = "\
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: web}
//! spec:
//!   template:
//!     spec:
//!       containers:
//!       - {name: app, image: web} # stays as it is
//! ";
//! let output = ShutdownPolicy::default().apply(manifest)?.into_output();
//! assert!(output.contains("terminationDrainDuration: 28s"));
//! assert!(output.contains("- {name: app, image: web} # stays as it is\n"));
//! // Nothing is left to do.
//! assert_eq!(ShutdownPolicy::default().apply(&output)?.output(), output);
//! # Ok::<(), istio_drain::ApplyError>(())
//! ```
//!
//! # Edits, for an editor that keeps the text
//!
//! ```
//! use istio_drain::ShutdownPolicy;
//!
//! let manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: web}]}\n";
//! let policy = ShutdownPolicy::default().with("kinds", "Pod")?.with("preStop", "none")?;
//! let applied = policy.apply(manifest)?;
//! let mut text = manifest.to_owned();
//! for edit in applied.edits().iter().rev() {
//!     text.replace_range(edit.range.clone(), &edit.text);
//! }
//! assert_eq!(text, applied.output());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Findings
//!
//! ```
//! use istio_drain::{Level, ShutdownPolicy};
//!
//! let manifest = "\
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: web}
//! spec:
//!   template:
//!     spec:
//!       containers:
//!       - name: app
//!         image: web
//!         lifecycle: {preStop: {exec: {command: [/bin/stop]}}}
//! ";
//! let applied = ShutdownPolicy::default().apply(manifest)?;
//! let warning = applied.diagnostics().iter().find(|found| found.level == Level::Warning).expect("a warning");
//! assert_eq!((warning.rule, warning.place), ("unknown-hook-length", Some((10, 21))));
//! assert!(warning.remedy.starts_with("set preStopEstimate"));
//! # Ok::<(), istio_drain::ApplyError>(())
//! ```
//!
//! # A refusal
//!
//! Text that can't be edited safely is an error. There is then no output that could be used by mistake.
//!
//! ```
//! use istio_drain::{ApplyError, ShutdownPolicy};
//!
//! let manifest = "\
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: web}
//! spec:
//!   template:
//!     spec: &spec
//!       containers:
//!       - {name: app, image: web}
//! other: *spec
//! ";
//! let Err(ApplyError::Refused(refusals)) = ShutdownPolicy::default().apply(manifest) else { panic!("it is edited") };
//! let first = refusals.refusals().next().expect("a refusal has a reason");
//! assert_eq!((first.rule, first.place), ("edit-in-alias", Some((6, 11))));
//! ```
//!
//! # A stream with your own policy
//!
//! What the stream says about its mesh is used too.
//!
//! ```
//! use istio_drain::ShutdownPolicy;
//!
//! let policy = ShutdownPolicy::from_text("\
//! apiVersion: istio-drain.dev/v1alpha1
//! kind: ShutdownPolicy
//! spec:
//!   drain: 40s
//!   kinds: [Deployment, DaemonSet]
//!   workloads:
//!   - name: batch
//!     drain: 2m
//! ")?;
//! let stream = "\
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio-injection: enabled}}
//! ---
//! apiVersion: apps/v1
//! kind: DaemonSet
//! metadata: {name: web, namespace: shop}
//! spec: {template: {spec: {containers: [{name: app, image: web}]}}}
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: batch, namespace: shop}
//! spec: {template: {spec: {containers: [{name: app, image: batch}]}}}
//! ";
//! let output = policy.apply(stream)?.into_output();
//! assert!(output.contains("terminationDrainDuration: 40s"), "{output}");
//! assert!(output.contains("terminationDrainDuration: 120s"), "{output}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Limitations
//!
//! - Text that can't be edited safely is refused: aliases, merge keys, duplicate keys and unknown tags on the path to
//!   an edit.
//! - Newline-delimited JSON, UTF-16 and input over 4 GiB are errors.
//!
//! ARCHITECTURE.md describes how the modules of this crate fit together.
#![allow(
    private_interfaces,
    reason = "the hidden module `inside` hands out whole types; what its users don't look into stays in the crate"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod check;
mod cli;
mod embed;
mod escape;
mod facts;
mod io;
mod istio;
mod kinds;
mod kubernetes;
mod learn;
mod mesh;
mod nearest;
mod object;
mod observed;
mod parallel;
mod policy;
mod protocol;
mod recipe;
mod render;
mod report;
mod rules;
mod shutdown;
mod timeline;
mod transform;
mod workload;
mod world;
mod yaml;

pub use embed::{Applied, ApplyError, Diagnostic, InputError, Level, MeshPlace, Refusals, ShutdownPolicy, TextEdit};

/// The items that the binary, the tests, the benches and the fuzz targets use. Other programs must not use them: they
/// change without notice. ARCHITECTURE.md says why this module exists.
#[doc(hidden)]
pub mod inside {
    pub mod parallel {
        pub use crate::parallel::{available, map};
    }
    pub mod cli {
        pub use crate::cli::{Streams, command, end_on_panic, main};
    }
    pub mod io {
        pub use crate::io::{StandardStream, WholeInput, write_edited};
    }
    pub mod istio {
        pub use crate::istio::{MeshSettings, SettingPlace, Surroundings};
    }
    pub mod policy {
        pub use crate::policy::{PolicyFields, PolicySet, definition, fields, reference, schema};
    }
    pub mod render {
        pub use crate::render::rules_reference;
    }
    pub mod report {
        pub use crate::report::{Located, Outcome, WorkloadReport};
    }
    pub mod rules {
        pub use crate::rules::{ALL, Rule, Severity};
    }
    pub mod transform {
        pub use crate::transform::{Settings, TransformError, Transformed, read_policy, transform};
    }
    pub mod world {
        pub use crate::world::{Survey, World, may_matter};
    }
    pub mod yaml {
        pub use crate::yaml::{
            Edit, EditSet, Keep, Node, NodeId, NodeKind, Patch, Place, Route, ScalarStyle, Source, Span, Step, Tree,
            Value, compare, lower, parse, parse_all, reads_as_fully, units,
        };
    }
}
