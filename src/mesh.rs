//! The objects that a mesh is configured by: where in them its settings stand, what is there, and who else writes them.

mod chart;
mod gateway;
mod parameter;
mod site;
mod template;
mod writer;

pub(crate) use chart::{ChartValues, chart_of, in_values};
pub(crate) use gateway::{GatewaySite, are_drained, gateways, read_gateway};
pub(crate) use parameter::{SiteParameters, file_parameters, parameters};
pub(crate) use site::{HOOK, MeshPart, MeshSite, is_mesh_kind, locate, read_config, read_hook, read_templates};
pub(crate) use writer::{is_live, owner};
