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
pub(crate) use site::{
    CHART, HOOK, MeshConfigMap, MeshPart, MeshSite, installs_istiod, is_mesh_kind, is_named_after_istiod,
    istiod_sources, locate, read_config, read_hook, read_templates,
};
pub(crate) use writer::{is_live, owner};
