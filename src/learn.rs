//! Writes a policy from what dumps of clusters show of a mesh.
//!
//! Each document of the input is surveyed, as in other runs. All surveys of a cluster make a [`World`]. A world becomes
//! [`Entry`]s: one for each field of the policy, with its value and origin, or with a hint where to look. Each cluster
//! is read separately. A field in which they differ is unknown.
//!
//! | file | what it holds |
//! |---|---|
//! | `dumps` | the documents, and which of them are of one cluster |
//! | `world_fields` | a world, read off field by field |
//! | `mesh_fields` | the fields of `mesh`: where each is seen, and where to look for it |
//! | `entry` | one field, and what several clusters say of it together |
//! | `page` | the entries as lines, laid into what somebody has written already |
//! | `outline` | which lines of that state what |

mod dumps;
mod entry;
mod index;
mod mesh_fields;
mod outline;
mod page;
mod world_fields;

use crate::world::World;
use crate::yaml::{Source, SyntaxError};

pub(crate) use entry::{Entry, Knowledge};
pub(crate) use page::Page;

/// What the input shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learned {
    /// All fields that an input can show, in the order of the page.
    pub(crate) entries: Vec<Entry>,
    /// Other facts to know, as sentences.
    pub(crate) remarks: Vec<String>,
    /// Whether the input has anything about a mesh or a cluster.
    pub(crate) is_any: bool,
}

/// Whether what several commands printed stands in one input with nothing between.
pub(crate) fn is_glued(source: Source<'_>) -> bool {
    dumps::is_glued(source)
}

/// Learns what the inputs show of a mesh. Each input has a name.
///
/// # Errors
///
/// The number of the first input that is not YAML.
pub(crate) fn learn(inputs: &[(&str, Source<'_>)]) -> Result<Learned, (usize, SyntaxError)> {
    let dumps = dumps::read(inputs)?;
    let clusters = dumps::clusters(&dumps);
    let worlds = clusters.iter().map(|(name, surveys)| (name.as_str(), World::of(surveys.iter().cloned())));
    let worlds: Vec<_> = worlds.collect();
    let sheets: Vec<_> = worlds.iter().map(|(name, world)| (*name, world_fields::entries(world))).collect();
    let mut remarks: Vec<_> = worlds.iter().flat_map(|(_, world)| world_fields::remarks(world)).collect();
    remarks.dedup();
    let entries = entry::together(sheets);
    let is_any =
        entries.iter().any(|entry| matches!(entry.knowledge, Knowledge::Known { .. } | Knowledge::Disputed(_)));
    Ok(Learned { entries, remarks, is_any })
}
