//! Which documents can matter to the world: known by what is proven of them without parsing, and by words that must
//! be in them.
//!
//! What is missed here is only not seen, and counts as unknown; it takes an escape in a kind, or in a name, to be
//! missed.

use memchr::memmem;

use crate::object;
use crate::yaml::{Outline, Source, Unit};

/// A kind, and words that one of which is in every object of it that matters; none where all of them do.
static KINDS: [(&str, &[&str]); 18] = [
    ("Namespace", &[]),
    ("Service", &["selector"]),
    ("Node", &["kubeletVersion"]),
    ("LimitRange", &[]),
    ("ConfigMap", &["istio", "deployment"]),
    ("Deployment", &["discovery"]),
    ("IstioOperator", &[]),
    ("Istio", &[]),
    ("IstioRevision", &[]),
    ("IstioRevisionTag", &[]),
    ("ProxyConfig", &["networking.istio.io"]),
    ("HelmRelease", &["istiod", "chartRef"]),
    ("OCIRepository", &["istiod"]),
    ("HelmChart", &["istiod"]),
    ("Application", &["istiod"]),
    ("Rollout", &["workloadRef"]),
    ("Gateway", &["parametersRef", "proxy.istio.io/config"]),
    ("GatewayClass", &[]),
];

/// Webhooks are many, and those of Istio are few.
const WEBHOOK: (&str, &[&str]) = (
    "MutatingWebhookConfiguration",
    &["istio.io/tag", "istio-sidecar-injector", "linkerd", "kuma", "consul", "osm-webhook"],
);

/// Words that one of which is in every document without a kind that holds values of Istio's charts.
const VALUES: [&str; 5] = ["meshConfig", "sidecarInjectorWebhook", "ENABLE_NATIVE_SIDECARS", "autoInject", "lifecycle"];

fn kinds() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    KINDS.iter().copied().chain([WEBHOOK])
}

/// Whether objects of a kind can matter to the world.
pub(crate) fn is_wanted(kind: &str) -> bool {
    kinds().any(|(known, _)| known == kind)
}

/// Whether an object of a kind can matter to the world if it has this text.
pub(crate) fn may_say(kind: &str, text: &str) -> bool {
    kinds().any(|(known, words)| known == kind && has_words(text.as_bytes(), words))
}

fn has_words(text: &[u8], words: &[&str]) -> bool {
    words.is_empty() || words.iter().any(|word| memmem::find(text, word.as_bytes()).is_some())
}

/// Whether a document can matter to the world.
pub fn may_matter(source: Source<'_>, unit: &Unit<'_>) -> bool {
    let text = source.slice(unit.span).as_bytes();
    let has = |word: &str| memmem::find(text, word.as_bytes()).is_some();
    let has_words = |words| has_words(text, words);
    let has_values = || has_words(&VALUES);
    // In a list, and in what only a parser can tell, both kind and words must be somewhere.
    let holds_some = || kinds().any(|(kind, words)| has_kind(text, kind) && has_words(words));
    match &unit.outline {
        Outline::Proven(found) if found.is_empty() => has_values(),
        Outline::Proven(found) if found.iter().any(|kind| object::is_list_kind(kind)) => holds_some(),
        Outline::Proven(found) => kinds().any(|(kind, words)| found.contains(&kind) && has_words(words)),
        Outline::Open => holds_some() || !has("kind") && has_values(),
    }
}

/// Whether a kind may be named in a text: as a word, behind `kind` on its line.
fn has_kind(text: &[u8], kind: &str) -> bool {
    memmem::find_iter(text, kind.as_bytes()).any(|at| {
        let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let before = text.get(at.saturating_sub(BEFORE_KIND)..at).unwrap_or_default();
        let is_start = !is_word(before.last()) && memmem::find(before, b"kind").is_some();
        is_start && !is_word(text.get(at + kind.len()))
    })
}

/// How far before its value the key `kind` is looked for: quotes, a colon, spaces.
const BEFORE_KIND: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::units;

    #[test]
    fn documents_that_can_matter() {
        #[track_caller]
        fn check(text: &str, expected: bool) {
            let source = Source::embedded(text);
            let units = units(source, "kind");
            assert_eq!(units.iter().any(|unit| may_matter(source, unit)), expected, "{text}");
        }
        check("kind: Namespace\n", true);
        check("kind: ConfigMap\nmetadata: {name: istio}\n", true);
        check("kind: ConfigMap\nmetadata: {name: app}\n", false);
        check("kind: Deployment\n", false);
        check("kind: Deployment\nspec: [discovery]\n", true);
        check("kind: Service\nmetadata: {name: istio}\n", false);
        check("meshConfig: {}\n", true);
        check("a: b\n", false);
        check("kind: List\nitems:\n- kind: Namespace\n", true);
        check("kind: List\nitems:\n- kind: NamespaceX\n- metadata: {kindness: 1}\n", false);
        check("kind: List\nitems:\n- kind: ConfigMap\n- kind: Deployment\n", false);
        check("{\"apiVersion\": \"v1\", \"kind\": \"Namespace\"}\n", true);
        check("{\"meshConfig\": {}}\n", true);
        check("{\"kind\": \"Pod\", \"spec\": {\"lifecycle\": {}}}\n", false);
        check("{\"kind\": \"Pod\", \"metadata\": {\"namespace\": \"a\"}}\n", false);
    }
}
