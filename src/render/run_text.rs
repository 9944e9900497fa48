//! The messages about a run on standard error, before its output.

use crate::escape;
use crate::transform::{Fate, Manifest, NoManifest, Role, Run};
use crate::yaml::{EncodingError, Source};

use super::{Detail, Message, failure, findings, message, outcomes, unmatched_rules};

/// All messages for `detail`. `stated` is the file with the rules of the run. The plans say what became of workloads in
/// more words.
pub(crate) fn run_text(run: &Run<'_>, detail: Detail, has_plans: bool, stated: Option<(Source<'_>, &str)>) -> String {
    let of_input = |(manifest, fate): &(&Manifest, Fate<'_>)| of_input(manifest, fate, detail, has_plans);
    let mut text: String = run.inputs.iter().map(of_input).collect();
    if detail != Detail::Errors {
        text.push_str(&unmatched_rules(&run.rules, run.function_input(), stated));
    }
    text
}

/// The messages about one input: each workload if `detail` is all, and the findings; or why it failed.
fn of_input(manifest: &Manifest, fate: &Fate<'_>, detail: Detail, has_plans: bool) -> String {
    let name = &manifest.name;
    match fate {
        Fate::Planned(source, done) => {
            let outcomes = (detail == Detail::All && !has_plans).then(|| outcomes(*source, name, &done.reports));
            outcomes.unwrap_or_default() + &findings(*source, name, &done.reports, detail)
        }
        Fate::PassedOver(what) if detail == Detail::All => {
            let what = match what {
                NoManifest::Template => "a template that was not rendered",
                NoManifest::Foreign => "not a manifest",
            };
            escape::line(&format!("{name}: passed over: it is {what}")).into_owned() + "\n"
        }
        Fate::PassedOver(_) => String::new(),
        Fate::Unreadable(_) | Fate::Failed(..) => wrong_input(manifest, fate),
    }
}

/// Why an input failed; empty if it did not.
pub(crate) fn wrong_input(manifest: &Manifest, fate: &Fate<'_>) -> String {
    let wrong = match fate {
        Fate::Unreadable(error) => encoding(&manifest.name, error),
        Fate::Failed(source, error) => failure(*source, &manifest.name, error),
        Fate::Planned(..) | Fate::PassedOver(_) => return String::new(),
    };
    let remedy = " = help: correct it, or exclude it by a .ignore file\n";
    if manifest.role == Role::Found { wrong + remedy } else { wrong }
}

/// The message for bytes that are not text.
pub(crate) fn encoding(input: &str, error: &EncodingError) -> String {
    message(&Message {
        label: "error",
        text: &error.to_string(),
        input: &format!("{input}:{}", error.position),
        place: None,
        about: "",
        remedy: "",
        assumption: None,
        beside: None,
    })
}
