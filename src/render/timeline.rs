//! Timelines of a run as people and programs read them. Nothing is worked out here.

mod overview;
mod picture;
mod story;
mod text;
mod words;

pub(crate) use story::{Asked, stories};
pub(crate) use text::{Look, told};
