//! Timelines of a run as people and programs read them. Nothing is worked out here.

mod beside;
mod html;
mod json;
mod markdown;
mod overview;
mod picture;
mod story;
mod svg;
mod text;
mod words;

pub(crate) use beside::logs_of_others;
pub(crate) use story::{Asked, stories};
pub(crate) use text::Look;

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

/// The workloads in a form; `look` is that of text.
pub(crate) fn told(stories: &[Story], form: TimelineFormat, look: Look) -> String {
    match form {
        TimelineFormat::Text => text(stories, look),
        TimelineFormat::Json => json::json(stories),
        TimelineFormat::Markdown => markdown::markdown(stories),
        TimelineFormat::Svg => svg::svg(stories),
        TimelineFormat::Html => html::html(stories),
    }
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
