//! The origin of an object before it was put into the stream, if its host says so.

use std::fmt;

use crate::yaml::{NodeId, Resolved, Tree};

/// The file that an object came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The path, as the host wrote it; `None` if it wrote none.
    pub path: Option<String>,
    /// The number of the document in that file, from 0. Only ResourceLists have it.
    pub index: Option<u64>,
}

/// Prints `a.yaml`, or `document 2 of a.yaml`, counted from 1; nothing if no path is known.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.path, self.index) {
            (Some(path), None | Some(0)) => f.write_str(path),
            (Some(path), Some(index)) => write!(f, "document {} of {path}", index.saturating_add(1)),
            (None, _) => Ok(()),
        }
    }
}

/// Annotations with the path of the file, the first one found counts: the functions specification's, its legacy form,
/// and Helm 4's.
const PATHS: [&str; 3] =
    ["config.kubernetes.io/path", "internal.config.kubernetes.io/path", "postrenderer.helm.sh/postrender-filename"];
const INDICES: [&str; 2] = ["config.kubernetes.io/index", "internal.config.kubernetes.io/index"];
/// What Helm 3 writes above each document.
const SOURCE_COMMENT: &str = "# Source: ";

impl Origin {
    /// Reads the origin from the object's annotations, otherwise from the text above its document.
    pub(crate) fn of(tree: &Tree<'_>, object: NodeId, head: &str) -> Self {
        let annotation = |key: &&str| tree.get_path(object, &["metadata", "annotations", key]);
        let path = PATHS.iter().filter_map(annotation).find_map(|node| tree.str(node)).map(str::to_owned);
        let index = INDICES.iter().filter_map(annotation).find_map(|node| match tree.scalar(node)? {
            Resolved::Int(index) => u64::try_from(index).ok(),
            Resolved::Str(index) => index.parse().ok(),
            _ => None,
        });
        Self { path: path.or_else(|| source_comment(head)), index }
    }
}

/// The last `# Source:` comment in the text above a document.
fn source_comment(head: &str) -> Option<String> {
    head.lines().rev().find_map(|line| line.strip_prefix(SOURCE_COMMENT)).map(|path| path.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::head;
    use crate::yaml::{Source, parse_all};

    fn origin(text: &str) -> (Option<String>, Option<u64>) {
        let tree = parse_all(Source::embedded(text)).unwrap();
        let Origin { path, index } = Origin::of(&tree, tree.roots()[0], head(&tree, tree.roots()[0]));
        (path, index)
    }

    #[test]
    fn reads_what_hosts_write() {
        let kpt = "metadata:\n  annotations:\n    config.kubernetes.io/index: '2'\n    config.kubernetes.io/path: \
                   'a/b.yaml'\n";
        assert_eq!(origin(kpt), (Some("a/b.yaml".into()), Some(2)));
        assert_eq!(
            origin("---\n# Source: c/templates/d.yaml\n# more\nkind: Pod\n"),
            (Some("c/templates/d.yaml".into()), None)
        );
        assert_eq!(origin("kind: Pod\n"), (None, None));
        let helm = "metadata: {annotations: {postrenderer.helm.sh/postrender-filename: c/templates/d.yaml}}\n";
        assert_eq!(origin(helm), (Some("c/templates/d.yaml".into()), None));
    }

    #[test]
    fn people_count_from_one() {
        let shown = |path: Option<&str>, index| Origin { path: path.map(str::to_owned), index }.to_string();
        assert_eq!(shown(Some("a.yaml"), None), "a.yaml");
        assert_eq!(shown(Some("a.yaml"), Some(0)), "a.yaml");
        assert_eq!(shown(Some("a.yaml"), Some(1)), "document 2 of a.yaml");
        assert_eq!(shown(None, Some(1)), "");
    }
}
