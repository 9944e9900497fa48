//! Random manifests in random styles, for property tests and fuzz targets.
//!
//! A [`Model`] is a value that is known before any text of it is; `print` writes it down, in a style that is drawn anew
//! for each node. So what a text means is known without asking a parser, ours or another.

/// Whole objects: workloads with all that the recipe cares about, and others.
mod manifest;
/// Values that are known before they are written.
mod model;
/// Any YAML, and changes of it.
mod noise;
/// Block style: from a value to lines.
mod print;
/// Flow style and JSON.
mod print_flow;
/// Scalars in all their spellings.
mod print_scalar;
/// The inputs of the properties.
mod random;
/// Documents to streams: markers, line ends, lists around them.
mod stream;

use arbitrary::{Result, Unstructured};

pub(crate) use manifest::{config_map, object, workload};
pub(crate) use model::Model;
pub(crate) use noise::noise;
pub(crate) use random::{ALL, EDITABLE, changed_noise, manifests, objects, policy};
pub(crate) use stream::{Stream, Wrapping, stream, wrap};

/// Draws from a source of choices. An exhausted source draws what is simplest, and `one_in` says no then.
pub(crate) trait Draw {
    fn one_in(&mut self, n: u8) -> Result<bool>;
    fn below(&mut self, n: usize) -> Result<usize>;
    fn pick<T: Copy>(&mut self, choices: &[T]) -> Result<T>;
}

impl Draw for Unstructured<'_> {
    fn one_in(&mut self, n: u8) -> Result<bool> {
        Ok(self.int_in_range(1..=n)? == n)
    }

    fn below(&mut self, n: usize) -> Result<usize> {
        self.int_in_range(0..=n.max(1) - 1)
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> Result<T> {
        Ok(choices[self.below(choices.len())?])
    }
}
