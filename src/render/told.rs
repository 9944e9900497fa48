//! What is said about a run on standard error, before anything comes of it.

use crate::escape;
use crate::transform::{Fate, Manifest, Role, Run};
use crate::yaml::{EncodingError, Source};

use super::{Detail, Message, failure, findings, message, outcomes, unmatched_rules};

/// Everything that `detail` asks for; `stated` is the file whose rules are those of the run.
pub(crate) fn told(run: &Run<'_>, detail: Detail, stated: Option<(Source<'_>, &str)>) -> String {
    let mut text: String = run.inputs.iter().map(|(manifest, fate)| of_input(manifest, fate, detail)).collect();
    if detail != Detail::Errors {
        text.push_str(&unmatched_rules(&run.rules, run.function_input(), stated));
    }
    text
}

/// What became of one input: each workload where `detail` is all, and the findings; or why nothing came of it.
fn of_input(manifest: &Manifest, fate: &Fate<'_>, detail: Detail) -> String {
    let name = &manifest.name;
    match fate {
        Fate::Planned(source, done) => {
            let outcomes = (detail == Detail::All).then(|| outcomes(*source, name, &done.reports));
            outcomes.unwrap_or_default() + &findings(*source, name, &done.reports, detail)
        }
        Fate::PassedOver if detail == Detail::All => {
            escape::line(&format!("{name}: passed over: it is not a manifest")).into_owned() + "\n"
        }
        Fate::PassedOver => String::new(),
        Fate::Unreadable(_) | Fate::Failed(..) => wrong_input(manifest, fate),
    }
}

/// Why nothing came of an input; empty where something did.
pub(crate) fn wrong_input(manifest: &Manifest, fate: &Fate<'_>) -> String {
    let wrong = match fate {
        Fate::Unreadable(error) => encoding(&manifest.name, error),
        Fate::Failed(source, error) => failure(*source, &manifest.name, error),
        Fate::Planned(..) | Fate::PassedOver => return String::new(),
    };
    let remedy = " = help: correct it, or exclude it by a .ignore file\n";
    if manifest.role == Role::Found { wrong + remedy } else { wrong }
}

/// What is not text, and where.
pub(crate) fn encoding(input: &str, error: &EncodingError) -> String {
    message(&Message {
        label: "error",
        text: &error.to_string(),
        input: &format!("{input}:{}", error.position),
        place: None,
        about: "",
        remedy: "",
    })
}
