//! Makes the pods of an Istio mesh shut down without losing a request.
//!
//! Manifests go in as text, and come out as the same text with the few lines that each workload needs: how long its
//! sidecar drains, a preStop hook for it, and a grace period that fits both.
//!
//! ```
//! use istio_drain::policy::PolicyFields;
//! use istio_drain::transform::{Settings, transform};
//! use istio_drain::{parallel, yaml::Source};
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
//! let source = Source::new(manifest.as_bytes())?;
//! let settings = Settings { policy: PolicyFields::default(), strict: false, threads: parallel::available() };
//! let done = transform(source, &settings)?;
//! let output = done.edits.apply(source);
//! assert!(output.contains("terminationDrainDuration: 28s"));
//! assert!(output.contains("- {name: app, image: web} # stays as it is\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Limitations
//!
//! - What can't be edited safely - aliases, merge keys, doubled keys, unknown tags on the way to an edit - is refused.
//! - Newline-delimited JSON, UTF-16 and input over 4 GiB are errors.
//!
//! How the rooms of this crate fit together stands in ARCHITECTURE.md.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod cli;
mod escape;
pub mod facts;
pub mod io;
pub mod istio;
pub mod kinds;
pub mod kubernetes;
mod nearest;
pub mod object;
pub mod parallel;
pub mod patch;
pub mod policy;
pub mod protocol;
pub mod render;
pub mod report;
pub mod rules;
pub mod shutdown;
pub mod timeline;
pub mod transform;
pub mod workload;
pub mod world;
pub mod yaml;
