//! The file that lists known and accepted findings.
//!
//! ```json
//! {"version": 1, "findings": [{"rule": "not-drained", "object": "Deployment.apps prod/web", "field":
//! "spec.template"}]}
//! ```

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use serde_json::{Value, json};

use crate::report::Name;

use super::Checked;

/// Names of findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Baseline {
    pub names: BTreeSet<Name>,
}

/// Why a text is not a baseline.
#[derive(Debug)]
pub(crate) enum BaselineError {
    /// It is not JSON.
    Syntax(serde_json::Error),
    /// It has no version, or one that this program does not know.
    Version,
    /// An entry lacks a field. The number of the entry, from 0.
    Entry(usize),
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(_) => f.write_str("the baseline is not JSON"),
            Self::Version => f.write_str("the baseline must have `version: 1` (write it again with --write-baseline)"),
            Self::Entry(number) => {
                write!(f, "findings[{number}] of the baseline must have the texts `rule`, `object` and `field`")
            }
        }
    }
}

impl Error for BaselineError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Syntax(error) => Some(error),
            Self::Version | Self::Entry(_) => None,
        }
    }
}

impl Baseline {
    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// It is not a baseline of this version.
    pub(crate) fn read(text: &str) -> Result<Self, BaselineError> {
        let value: Value = serde_json::from_str(text).map_err(BaselineError::Syntax)?;
        if value.get("version") != Some(&json!(1)) {
            return Err(BaselineError::Version);
        }
        let entries = value.get("findings").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let names = entries.iter().enumerate().map(|(number, entry)| {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
            let name = || Some(Name { rule: text("rule")?, object: text("object")?, field: text("field")? });
            name().ok_or(BaselineError::Entry(number))
        });
        Ok(Self { names: names.collect::<Result<_, _>>()? })
    }

    /// All findings as the text of a file: sorted, one entry per line.
    pub(crate) fn write(checked: &Checked<'_>) -> String {
        let names: BTreeSet<_> = checked.found.iter().map(|one| &one.name).collect();
        let entry =
            |name: &Name| format!("    {}", json!({"rule": name.rule, "object": name.object, "field": name.field}));
        let entries: Vec<_> = names.into_iter().map(entry).collect();
        match entries.is_empty() {
            true => "{\n  \"version\": 1,\n  \"findings\": []\n}\n".to_owned(),
            false => format!("{{\n  \"version\": 1,\n  \"findings\": [\n{}\n  ]\n}}\n", entries.join(",\n")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_baseline_is_said() {
        let error = |text: &str| Baseline::read(text).unwrap_err().to_string();
        assert_eq!(error("["), "the baseline is not JSON");
        assert!(error("{}").starts_with("the baseline must have `version: 1`"));
        assert!(error(r#"{"version": 1, "findings": [{"rule": "x"}]}"#).starts_with("findings[0] of the baseline"));
        let known = r#"{"version": 1, "findings": [{"rule": "a", "object": "b", "field": "c"}]}"#;
        assert_eq!(Baseline::read(known).unwrap().names.len(), 1);
    }
}
