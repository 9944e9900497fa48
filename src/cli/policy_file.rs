//! Files with a policy: the file of `--policy`, and the config of a kustomize exec plugin.

use std::path::Path;

use anyhow::Context as _;

use crate::policy::PolicyFields;
use crate::render;
use crate::transform::TransformError;
use crate::yaml::Source;

/// Reads the policy in a text.
pub(super) type PolicyReader = fn(Source<'_>) -> Result<PolicyFields, TransformError>;

/// A file that was read.
#[derive(Debug)]
pub(super) struct PolicyFile {
    /// What people call it.
    name: String,
    bytes: Vec<u8>,
    /// What it states.
    pub(super) fields: PolicyFields,
}

impl PolicyFile {
    /// What people call it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its text, and its name for people.
    pub(super) fn text(&self) -> Option<(Source<'_>, &str)> {
        Some((Source::new(&self.bytes).ok()?, &self.name))
    }
}

/// Reads the policy in a file. The inner error is a message for people about what is wrong with it.
///
/// # Errors
///
/// The file can't be read.
pub(super) fn read(path: &Path, reader: PolicyReader) -> anyhow::Result<Result<PolicyFile, String>> {
    anyhow::ensure!(path != Path::new("-"), "--policy: `-` is not a file (standard input is for manifests)");
    let bytes = std::fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
    let name = path.display().to_string();
    let fields = match Source::new(&bytes) {
        Ok(source) => match reader(source) {
            Ok(mut fields) => {
                fields.place_in(&name, |offsets| source.positions(offsets));
                Ok(fields)
            }
            Err(error) => Err(render::failure(source, &name, &error)),
        },
        Err(error) => Err(render::encoding(&name, &error)),
    };
    Ok(fields.map(|fields| PolicyFile { name, bytes, fields: with_own_baseline(path, fields) }))
}

/// The fields of the policy in a file: the baseline that it names stands beside it.
fn with_own_baseline(path: &Path, mut fields: PolicyFields) -> PolicyFields {
    if let Some(baseline) = fields.resolve().checks.baseline
        && let Some(folder) = path.parent()
    {
        // It can't fail: the field is a text.
        let _ = fields.set("baseline", &folder.join(baseline).display().to_string());
    }
    fields
}
