//! Timelines of a run as people and programs read them. Nothing is worked out here.

mod asked;
mod beside;
mod html;
mod json;
mod lacking;
mod markdown;
mod overview;
mod picture;
mod sentences;
mod story;
mod svg;
mod text;
mod tour;

pub(crate) use asked::Asked;
pub(crate) use beside::logs_of_others;
pub(crate) use lacking::lacking;
pub(crate) use story::stories;
pub(crate) use text::Look;
pub(crate) use tour::tour;

use std::collections::HashSet;
use std::iter;

use crate::check::CheckedFinding;
use crate::escape;
use crate::transform::Run;

use story::Story;

/// The forms of timelines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TimelineFormat {
    /// For a terminal.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For pull requests and job summaries.
    Markdown,
    /// A picture.
    Svg,
    /// A page.
    Html,
}

impl TimelineFormat {
    /// Each of them with its name.
    pub(crate) const ALL: [(&str, Self); 5] = [
        ("text", Self::Text),
        ("json", Self::Json),
        ("markdown", Self::Markdown),
        ("svg", Self::Svg),
        ("html", Self::Html),
    ];
}

/// The workloads in a form, in parts that are made when they are asked for, since a page may be long. `look` is that
/// of text.
pub(crate) fn timelines(stories: &[Story], form: TimelineFormat, look: Look) -> Box<dyn Iterator<Item = String> + '_> {
    match form {
        TimelineFormat::Text => Box::new(iter::once(text(stories, look))),
        TimelineFormat::Json => Box::new(json::json(stories)),
        TimelineFormat::Markdown => Box::new(iter::once(markdown::markdown(stories))),
        TimelineFormat::Svg => Box::new(svg::svg(stories)),
        TimelineFormat::Html => Box::new(html::html(stories)),
    }
}

/// The timelines of the pods that findings are about, each of them once, in the order of the input.
pub(super) fn timelines_behind(run: &Run<'_>, found: &[&CheckedFinding<'_>], look: Look) -> String {
    let escaped = |text: &str| escape::line(text).into_owned();
    let (mut places, mut pods) = (HashSet::new(), HashSet::new());
    for one in found {
        // A finding about running pods stands at their owner, but the timelines are those of the pods.
        if one.located.pods.is_empty() {
            places.insert(escaped(&format!("{}:{}", one.input, one.source.position(one.report.offset))));
        }
        let namespace = one.report.identity.namespace.as_deref().map(escaped);
        pods.extend(one.located.pods.iter().map(|pod| (namespace.clone(), escaped(pod))));
    }
    let is_behind = |story: &&Story| {
        let mut names = story.pods.iter().map(|pod| (story.namespace.clone(), pod.clone()));
        places.contains(&story.place) || names.any(|name| pods.contains(&name))
    };
    let stories = stories(run, &Asked::default());
    let shown = stories.iter().filter(is_behind).filter(|story| !story.now.is_empty());
    shown.flat_map(|story| [text::alone(story, look), "\n".to_owned()]).collect()
}

/// A table where there are several workloads, and all of one where there is one.
fn text(stories: &[Story], look: Look) -> String {
    let shown = match stories {
        [] => String::new(),
        [one] => text::alone(one, look),
        all => overview::overview(all, look),
    };
    shown + &beside::beside(stories, look)
}
