//! The part of the integration tests' support that fuzz targets need.

#[path = "../../tests/support/oracle.rs"]
pub(crate) mod oracle;
