//! Where an object came from before it was put into the stream, as far as its host tells.

use crate::yaml::{NodeId, Resolved, Source, Span, Tree};

/// The file that an object came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The path, as the host wrote it; `None` where it wrote none.
    pub path: Option<String>,
    /// Which document in that file, from 0; only ResourceLists tell.
    pub index: Option<u64>,
}

/// Annotations with the path of the file, the first one found counts: the functions specification's, its legacy form, and Helm 4's.
const PATHS: [&str; 3] =
    ["config.kubernetes.io/path", "internal.config.kubernetes.io/path", "postrenderer.helm.sh/postrender-filename"];
const INDICES: [&str; 2] = ["config.kubernetes.io/index", "internal.config.kubernetes.io/index"];
/// What Helm 3 writes above each document.
const SOURCE_COMMENT: &str = "# Source: ";

impl Origin {
    /// Reads the origin off the object's annotations, or else off the comments in front of it, from `unit_start` on.
    pub fn of(tree: &Tree<'_>, object: NodeId, unit_start: usize) -> Self {
        let annotation = |key: &&str| tree.get_path(object, &["metadata", "annotations", key]);
        let path = PATHS.iter().filter_map(annotation).find_map(|node| tree.str(node)).map(str::to_owned);
        let index = INDICES.iter().filter_map(annotation).find_map(|node| match tree.scalar(node)? {
            Resolved::Int(index) => u64::try_from(index).ok(),
            Resolved::Str(index) => index.parse().ok(),
            _ => None,
        });
        let start = tree.node(object).span.start();
        Self { path: path.or_else(|| source_comment(tree.source, unit_start, start)), index }
    }
}

/// The last `# Source:` comment between two offsets.
fn source_comment(source: Source<'_>, from: usize, to: usize) -> Option<String> {
    let head = source.slice(Span { start: from as u32, end: to.max(from) as u32 });
    head.lines().rev().find_map(|line| line.strip_prefix(SOURCE_COMMENT)).map(|path| path.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse_all;

    fn origin(text: &str) -> (Option<String>, Option<u64>) {
        let tree = parse_all(Source::embedded(text)).unwrap();
        let Origin { path, index } = Origin::of(&tree, tree.roots()[0], 0);
        (path, index)
    }

    #[test]
    fn reads_what_hosts_write() {
        let kpt = "metadata:\n  annotations:\n    config.kubernetes.io/index: '2'\n    config.kubernetes.io/path: 'a/b.yaml'\n";
        assert_eq!(origin(kpt), (Some("a/b.yaml".into()), Some(2)));
        assert_eq!(
            origin("---\n# Source: c/templates/d.yaml\n# more\nkind: Pod\n"),
            (Some("c/templates/d.yaml".into()), None)
        );
        assert_eq!(origin("kind: Pod\n"), (None, None));
    }
}
