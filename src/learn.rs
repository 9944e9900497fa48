//! What dumps of clusters show of a mesh, written down as a policy.
//!
//! Each document of the input is surveyed as manifests are, all surveys of a cluster make a [`World`], and a world is
//! read off into [`Entry`]s: a field of the policy each, with its value and where that was seen, or with where to look.
//! Dumps of several clusters are read off one by one, and what they differ in is not known.
//!
//! | file | what it holds |
//! |---|---|
//! | `dumps` | the documents, and which of them are of one cluster |
//! | `sheet` | a world, read off field by field |
//! | `mesh_fields` | the fields of `mesh`: where each is seen, and where to look for it |
//! | `entry` | one field, and what several clusters say of it together |
//! | `page` | the entries as lines, laid into what somebody has written already |
//! | `outline` | which lines of that state what |

mod dumps;
mod entry;
mod mesh_fields;
mod outline;
mod page;
mod sheet;

use crate::world::World;
use crate::yaml::{Source, SyntaxError};

pub(crate) use entry::{Entry, Knowledge};
pub(crate) use page::Page;

/// What the input shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learned {
    /// Every field that the input can show, in the order of the page.
    pub(crate) entries: Vec<Entry>,
    /// What else is to be known, as sentences.
    pub(crate) remarks: Vec<String>,
    /// Something in the input speaks of a mesh or of a cluster.
    pub(crate) is_any: bool,
}

/// Learns what inputs, each with its name, show of a mesh.
///
/// # Errors
///
/// The first input that is not YAML, by its number.
pub(crate) fn learn(inputs: &[(&str, Source<'_>)]) -> Result<Learned, (usize, SyntaxError)> {
    let dumps = dumps::read(inputs)?;
    let clusters = dumps::clusters(&dumps);
    let worlds = clusters.iter().map(|(name, surveys)| (name.as_str(), World::of(surveys.iter().cloned())));
    let worlds: Vec<_> = worlds.collect();
    let sheets: Vec<_> = worlds.iter().map(|(name, world)| (*name, sheet::entries(world))).collect();
    let mut remarks: Vec<_> = worlds.iter().flat_map(|(_, world)| sheet::remarks(world)).collect();
    remarks.dedup();
    let entries = entry::together(sheets);
    let is_any =
        entries.iter().any(|entry| matches!(entry.knowledge, Knowledge::Known { .. } | Knowledge::Disputed(_)));
    Ok(Learned { entries, remarks, is_any })
}
