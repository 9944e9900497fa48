//! What the validator of Microsoft's SARIF viewers says of logs: the schema of 2.1.0, the rules of the specification,
//! and those of GitHub's code scanning. `ISTIO_DRAIN_MULTITOOL` names `Sarif.Multitool`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::program;
use super::support::folder::Folder;
use super::support::process;

/// What it would have otherwise, and why it is not so.
const ALLOWED: [(&str, &str); 5] = [
    ("SARIF1001", "an id of one word is its name"),
    ("SARIF2002", "a message is a text, and its numbers are no arguments"),
    ("SARIF2005", "the project has no public address yet"),
    ("SARIF2009", "ids are words, not numbers"),
    ("SARIF2012", "the pages of rules are in the log, and at no address"),
];
/// What depends on the machine: the address of the schema is reached or not, and the repository is known or not.
const SURROUNDINGS: [&str; 2] = ["SARIF2003", "SARIF2006"];

/// The ids of the rules that a log breaks.
fn broken_rules(log: &Path) -> BTreeSet<String> {
    let mut tool = Command::new(program("ISTIO_DRAIN_MULTITOOL"));
    tool.arg("validate").arg(log).args(["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning;Note"]);
    let told = tool.args(["--kind", "Fail;Open;Review"]).output().expect("the validator runs").stdout;
    let told = String::from_utf8_lossy(&told);
    assert!(told.contains("1 files scanned"), "{told}");
    let said = told.lines().filter_map(|line| {
        ["error ", "warning ", "note "].into_iter().find_map(|level| line.split(&format!(": {level}")).nth(1))
    });
    said.filter_map(|line| line.split(':').next()).map(str::to_owned).collect()
}

#[test]
fn multitool_takes_sarif() {
    let folder = Folder::new();
    let check = process::program().args(["check", "--format", "sarif", "fixtures"]).output().expect("a check");
    let text = String::from_utf8(check.stdout).expect("text");
    assert!(text.matches("\"fixes\"").count() > 100, "{}", String::from_utf8_lossy(&check.stderr));
    let broken = broken_rules(&folder.write("good.sarif", &text));
    let known: Vec<_> = ALLOWED.iter().map(|(id, _)| *id).chain(SURROUNDINGS).collect();
    let new: Vec<_> = broken.iter().filter(|id| !known.contains(&id.as_str())).collect();
    assert!(new.is_empty(), "{new:?}: run `validate` of the multitool");
    // It does look.
    let spoilt = folder.write("spoilt.sarif", &text.replace("\"ruleId\"", "\"rule\""));
    assert!(!broken_rules(&spoilt).is_subset(&broken), "a log without ruleId passes");
}
