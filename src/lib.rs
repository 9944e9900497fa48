//! Makes the pods of an Istio mesh shut down without losing a request.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]
pub mod cli;
pub mod facts;
pub mod io;
pub mod istio;
pub mod kubernetes;
pub mod object;
pub mod parallel;
pub mod patch;
pub mod policy;
pub mod protocol;
pub mod render;
pub mod report;
pub mod shutdown;
pub mod transform;
pub mod workload;
pub mod yaml;
