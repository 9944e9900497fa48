//! kustomize's exec plugins, the only way in which `kubectl kustomize` runs a program. It starts
//! `<apiVersion>/<lower kind>/<Kind>` below `KUSTOMIZE_PLUGIN_HOME`. The arguments are the name of the config file, and
//! then those that `argsOneLiner` and `argsFromFile` in it give. Standard input is a plain stream.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// kustomize sets it for exec plugins only, to the folder of the kustomization.
pub(super) const CONFIG_ROOT: &str = "KUSTOMIZE_PLUGIN_CONFIG_ROOT";

/// Takes the config file out of the command line of an exec plugin. `None` for any other command line.
pub(super) fn take_config(line: &mut Vec<OsString>, config_root: Option<OsString>) -> Option<PathBuf> {
    config_root?;
    line.get(1).is_some_and(|first| Path::new(first).is_file()).then(|| PathBuf::from(line.remove(1)))
}
