//! Inputs for the benchmarks: streams as charts render them, made of nothing but a seed, so that every machine and
//! every run measures the same bytes.

mod definition;
mod other;
mod workload;

use std::fmt::{Display, Write as _};

/// How many documents of each family a stream has, and which share of the bytes that must make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mix {
    /// The name of the file that it is written to.
    pub name: &'static str,
    workloads: usize,
    definitions: usize,
    others: usize,
    /// Of 100 bytes, how many are in workloads, and how many in CustomResourceDefinitions.
    shares: [usize; 2],
}

/// What a cluster's repository looks like: much of it is schemas.
pub(crate) const WORKLOADS_18: Mix =
    Mix { name: "stream-18", workloads: 380, definitions: 184, others: 1436, shares: [18, 64] };
/// What the charts of applications look like.
pub(crate) const WORKLOADS_40: Mix =
    Mix { name: "stream-40", workloads: 620, definitions: 80, others: 1300, shares: [40, 38] };

/// The family of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Workload,
    Definition,
    Other,
}

/// A document without its marker.
#[derive(Debug)]
pub(crate) struct Document {
    family: Family,
    /// The template that it was rendered from.
    path: String,
    text: String,
}

/// The documents of a mix, in an order that has no system.
///
/// # Panics
///
/// The shares of the bytes are more than two points off: the generators were changed, and figures can't be compared any
/// more.
pub(crate) fn documents(mix: Mix) -> Vec<Document> {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut left = [mix.workloads, mix.definitions, mix.others];
    let mut documents = Vec::new();
    while left.iter().sum::<usize>() > 0 {
        let drawn = random.below(left.iter().sum());
        let (family, at) = match drawn {
            drawn if drawn < left[0] => (Family::Workload, 0),
            drawn if drawn < left[0] + left[1] => (Family::Definition, 1),
            _ => (Family::Other, 2),
        };
        left[at] -= 1;
        documents.push(document(&mut random, family, documents.len()));
    }
    for (family, share) in [Family::Workload, Family::Definition].into_iter().zip(mix.shares) {
        let actual = 100 * bytes(&documents, Some(family)) / bytes(&documents, None);
        assert!(actual.abs_diff(share) <= 2, "{}: {actual} % of the bytes are in {family:?}, not {share} %", mix.name);
    }
    documents
}

fn bytes(documents: &[Document], family: Option<Family>) -> usize {
    let of_family = documents.iter().filter(|document| family.is_none_or(|family| document.family == family));
    of_family.map(|document| document.text.len()).sum()
}

fn document(random: &mut Random, family: Family, number: usize) -> Document {
    let mut page = Page::default();
    let file = match family {
        Family::Workload if random.one_in(4) => workload::stateful_set(&mut page, random, number),
        Family::Workload => workload::deployment(&mut page, random, number),
        Family::Definition => definition::write(&mut page, random, number),
        Family::Other => other::write(&mut page, random, number),
    };
    let path = format!("{}/templates/{file}.yaml", random.pick(&NAMES));
    Document { family, path, text: page.0 }
}

/// The documents as `helm template` prints them.
pub(crate) fn stream(documents: &[Document]) -> String {
    documents.iter().map(|Document { path, text, .. }| format!("---\n# Source: {path}\n{text}")).collect()
}

/// The documents as `kpt fn source` prints them.
pub(crate) fn resource_list(documents: &[Document]) -> String {
    let mut page = Page::default();
    page.block(0, "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:");
    for (index, Document { path, text, .. }) in documents.iter().enumerate() {
        let origin = format!(
            "config.kubernetes.io/index: '{index}'\nconfig.kubernetes.io/path: '{path}'\n\
             internal.config.kubernetes.io/index: '{index}'\ninternal.config.kubernetes.io/path: '{path}'"
        );
        page.item(text, &origin);
    }
    page.0
}

/// The documents as a function gets them from a program that sets no paths.
pub(crate) fn resource_list_without_paths(documents: &[Document]) -> String {
    let mut page = Page::default();
    page.block(0, "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:");
    documents.iter().for_each(|document| page.item(&document.text, ""));
    page.0
}

/// The Deployments as `kubectl get deploy -A -o yaml` prints them, with what the API server adds.
pub(crate) fn cluster(documents: &[Document]) -> String {
    let mut random = Random(2);
    let mut page = Page::default();
    page.block(0, "apiVersion: v1\nitems:");
    for Document { text, .. } in documents.iter().filter(|document| document.text.contains("\nkind: Deployment\n")) {
        page.item(text, "deployment.kubernetes.io/revision: \"1\"");
        let uid = [8, 4, 4, 4, 12].map(|digits| random.hex(digits)).join("-");
        page.block(2, &format!("status:\n  observedGeneration: 1\n  uid: {uid}\n  conditions:"));
        for kind in ["Available", "Progressing"] {
            page.block(4, &format!("- lastUpdateTime: \"2026-01-02T03:04:05Z\"\n  status: \"True\"\n  type: {kind}"));
        }
    }
    page.block(0, "kind: List\nmetadata:\n  resourceVersion: \"\"");
    page.0
}

/// What a developer pipes through while trying: a Deployment and its Service.
pub(crate) fn small() -> String {
    let mut random = Random(1);
    let mut page = Page::default();
    page.line(0, "---");
    workload::deployment(&mut page, &mut random, 0);
    page.line(0, "---");
    other::service(&mut page, &mut random, "web");
    page.0
}

const NAMES: [&str; 12] = [
    "checkout",
    "cart",
    "payment",
    "inventory",
    "search",
    "gateway",
    "session",
    "pricing",
    "shipping",
    "reviews",
    "ledger",
    "notifier",
];
const NAMESPACES: [&str; 4] = ["shop", "backend", "platform", "data"];
const WORDS: [&str; 48] = [
    "the",
    "name",
    "of",
    "field",
    "that",
    "is",
    "set",
    "when",
    "resource",
    "has",
    "a",
    "reference",
    "to",
    "another",
    "object",
    "in",
    "same",
    "namespace",
    "defaults",
    "controller",
    "will",
    "not",
    "retry",
    "until",
    "condition",
    "becomes",
    "true",
    "must",
    "be",
    "unique",
    "within",
    "cluster",
    "and",
    "at",
    "most",
    "one",
    "selector",
    "matches",
    "pods",
    "which",
    "are",
    "ready",
    "value",
    "should",
    "never",
    "exceed",
    "limit",
    "configured",
];

/// Numbers without a system, the same ones each time (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        ((self.next() >> 32) as usize) % limit
    }

    /// A number from `least` up to, but not including, `limit`.
    fn between(&mut self, least: usize, limit: usize) -> usize {
        least + self.below(limit - least)
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// Some words, without anything that YAML takes for more than words.
    fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| self.pick(&WORDS)).collect::<Vec<_>>().join(" ")
    }

    /// A checksum or a key.
    fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| char::from(b"0123456789abcdef"[self.below(16)])).collect()
    }
}

/// Text that is written line by line.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, indent: usize, line: impl Display) {
        let _ = writeln!(self.0, "{:indent$}{line}", "");
    }

    /// A document as an item of a list, with more annotations.
    fn item(&mut self, document: &str, annotations: &str) {
        let has_annotations = document.contains("\n  annotations:\n");
        for (at, line) in document.lines().enumerate() {
            match (at, line) {
                (0, _) => self.line(0, format_args!("- {line}")),
                (_, "") => self.line(0, ""),
                _ => self.line(2, line),
            }
            match line {
                "metadata:" if !has_annotations && !annotations.is_empty() => {
                    self.line(4, "annotations:");
                    self.block(6, annotations);
                }
                "  annotations:" => self.block(6, annotations),
                _ => {}
            }
        }
    }

    /// Several lines, all of them indented by `indent`.
    fn block(&mut self, indent: usize, text: &str) {
        text.lines().for_each(|line| self.line(indent, line));
    }
}
