//! Makes the pods of an Istio mesh shut down without losing a request.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]
pub mod yaml;
