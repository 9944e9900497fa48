//! The `.istio-drain.yaml` files that a run finds, one for each input.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::io as files;
use crate::policy::PolicyFields;
use crate::transform::read_policy;

use super::inputs::InputSources;
use super::policy_file::{self, PolicyFile};
use super::streams::Streams;

/// The variable that does the same as `--no-config` if it is `1`.
const OFF: &str = "ISTIO_DRAIN_NO_CONFIG";

/// Hosts run the program in folders that are not their user's own, such as that of a stranger's base: what each of them
/// sets in the environment. Helm does so for its plugins, kustomize for exec plugins, and Argo CD for its config
/// management plugins.
const HOSTS: [&str; 4] = ["HELM_PLUGIN_NAME", "HELM_PLUGIN_DIR", "KUSTOMIZE_PLUGIN_CONFIG_ROOT", "ARGOCD_APP_NAME"];

/// The policies that were found.
#[derive(Debug, Default)]
pub(super) struct FoundPolicies {
    files: Vec<PolicyFile>,
    /// The number of the file of each input.
    of: Vec<Option<usize>>,
}

/// Whether the environment allows a search for policies.
pub(super) fn may_look(environment: impl Fn(&str) -> Option<OsString>) -> bool {
    environment(OFF).is_none_or(|value| value != "1") && HOSTS.iter().all(|name| environment(name).is_none())
}

/// Whether this is a CI job, whose log nobody answers. GitHub Actions, GitLab CI and most others set the variable.
pub(super) fn is_ci(environment: impl Fn(&str) -> Option<OsString>) -> bool {
    environment("CI").is_some_and(|value| !["", "0", "false"].iter().any(|off| value.eq_ignore_ascii_case(off)))
}

impl FoundPolicies {
    /// The policies of all inputs, or a message for people about one that is wrong.
    ///
    /// # Errors
    ///
    /// One can't be read.
    pub(super) fn of<I, O, E: Write>(
        inputs: &InputSources,
        reads_stdin: bool,
        streams: &mut Streams<I, O, E>,
    ) -> anyhow::Result<Result<Self, String>> {
        let Ok(here) = Path::new(".").canonicalize() else { return Ok(Ok(Self::default())) };
        let mut found = Self::default();
        let mut known: BTreeMap<PathBuf, Option<usize>> = BTreeMap::new();
        for file in &inputs.files {
            let folder = if reads_stdin { Some(here.as_path()) } else { file.place.parent() };
            let path = folder.and_then(|folder| files::nearest_config(folder, &here));
            let Some(path) = path else {
                found.of.push(None);
                continue;
            };
            if let Some(number) = known.get(&path) {
                found.of.push(*number);
                continue;
            }
            let shown = path.strip_prefix(&here).unwrap_or(&path).to_owned();
            let number = if files::is_own(&path).unwrap_or_default() {
                match policy_file::read(&shown, read_policy)? {
                    Ok(policy) => found.files.push(policy),
                    Err(text) => return Ok(Err(text)),
                }
                Some(found.files.len() - 1)
            } else {
                streams.tell(&format!("istio-drain: {} is another user's, and not gone by\n", shown.display()));
                None
            };
            known.insert(path, number);
            found.of.push(number);
        }
        Ok(Ok(found))
    }

    /// The files.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|file| Path::new(file.name()))
    }

    /// The fields for each input. Stronger sources win over them.
    pub(super) fn fields(&self) -> Vec<Option<&PolicyFields>> {
        self.of.iter().map(|number| number.and_then(|number| self.files.get(number)).map(|file| &file.fields)).collect()
    }

    /// The file, if all inputs use the same one.
    pub(super) fn single(&self) -> Option<&PolicyFile> {
        self.files.first().filter(|_| self.files.len() == 1)
    }

    /// The name of the file for people; for several files, the first one and the number of others.
    pub(super) fn title(&self) -> Option<String> {
        let first = self.files.first()?.name();
        Some(match self.files.len() {
            1 => first.to_owned(),
            all => format!("{first} and {} more", all - 1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_users_turn_it_off() {
        let check = |set: &[(&str, &str)], expected: bool| {
            let value = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
            assert_eq!(may_look(value), expected, "{set:?}");
        };
        check(&[], true);
        check(&[(OFF, "0")], true);
        check(&[(OFF, "1")], false);
        for host in HOSTS {
            check(&[(host, "x")], false);
        }
    }
}
