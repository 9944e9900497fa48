//! kustomize's exec plugins, the one way in which `kubectl kustomize` runs a program: it starts `<apiVersion>/<lower
//! kind>/<Kind>` below `KUSTOMIZE_PLUGIN_HOME` with the name of a file that holds the config, and with whatever
//! `argsOneLiner` and `argsFromFile` say in it. Standard input is a plain stream.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// kustomize sets it for exec plugins only, to the folder of the kustomization.
pub(super) const CONFIG_ROOT: &str = "KUSTOMIZE_PLUGIN_CONFIG_ROOT";

/// Takes the config file out of a command line, where it is one of an exec plugin.
pub(super) fn take_config(line: &mut Vec<OsString>, config_root: Option<OsString>) -> Option<PathBuf> {
    config_root?;
    line.get(1).is_some_and(|first| Path::new(first).is_file()).then(|| PathBuf::from(line.remove(1)))
}
