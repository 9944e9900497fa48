//! Timelines for pull requests and job summaries.

use crate::render::Paint;
use crate::timeline::Timeline;

use super::beside::{HEADS, SeenRow, SeenTable, tables};
use super::sentences::{capital, cost, fixed, gone, lost, seconds};
use super::story::{Story, by_risk};
use super::text::{Look, alone};

/// Pictures of more workloads are left out: a comment on GitHub holds 65,536 characters.
const MOST_PICTURES: usize = 8;
/// As wide as a comment shows without a scroll bar.
const COLUMNS: usize = 100;

/// A table, and a picture of each workload that loses requests.
pub(super) fn markdown(stories: &[Story]) -> String {
    let mut text = String::from("| at risk | gone after | workload | what is lost, and why |\n|---:|---:|---|---|\n");
    let sorted = by_risk(stories);
    for story in &sorted {
        let after = gone(&story.now).map_or(String::new(), |after| after.to_string());
        let risk = if story.loses() { seconds(story.at_risk()) } else { String::new() };
        let what = match lost(&story.now) {
            _ if story.now.is_empty() => cell(&format!("no timeline: {}", story.reason)),
            lost if lost.is_empty() => "nothing".to_owned(),
            lost => {
                let cause = story.now.iter().find_map(Timeline::cause).unwrap_or_default();
                format!("**{}**: {}", cell(&lost), cell(cause))
            }
        };
        let what = fixed(story).map_or_else(|| what.clone(), |fixed| format!("{what}; {}", cell(&fixed)));
        text.push_str(&format!("| {risk} | {after} | {} | {what} |\n", cell(&story.short())));
    }
    let losing: Vec<_> = sorted.iter().filter(|story| story.loses() || stories.len() == 1).collect();
    for story in losing.iter().take(MOST_PICTURES) {
        if let Some(cost) = cost(story) {
            text.push_str(&format!("\n{}: {cost}.\n", escaped(&story.short())));
        }
        let look = Look { columns: COLUMNS, paint: Paint::Plain };
        let picture = alone(story, look);
        // Four of them, since a hook may hold three.
        text.push_str(&format!(
            "\n<details><summary>{}</summary>\n\n````text\n{}````\n\n</details>\n",
            escaped(&story.short()),
            picture.replace("````", "```")
        ));
    }
    if losing.len() > MOST_PICTURES {
        text.push_str(&format!("\nThe pictures of {} more are left out.\n", losing.len() - MOST_PICTURES));
    }
    stories.iter().flat_map(tables).for_each(|table| seen(&mut text, &table));
    text
}

/// What was seen of a pod, as a table.
fn seen(text: &mut String, table: &SeenTable) {
    text.push_str(&format!("\n**{}**\n\n{}\n", cell(&capital(&table.title)), escaped(&table.zero)));
    if !table.rows.is_empty() {
        text.push_str(&format!("\n| {} |\n|---:|---:|---:|---|---|\n", HEADS.join(" | ")));
    }
    for row in &table.rows {
        let what = if row.is_as_predicted { cell(&row.what) } else { format!("**{}**", cell(&row.what)) };
        let SeenRow { predicted, seen, difference, .. } = row;
        text.push_str(&format!("| {predicted} | {seen} | {difference} | {} | {what} |\n", cell(&row.who)));
    }
    table.notes.iter().for_each(|note| text.push_str(&format!("\n{}\n", escaped(note))));
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    escaped(text).replace('|', "\\|")
}

/// What Markdown would take for markup is text.
fn escaped(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        match c {
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '&' => plain.push_str("&amp;"),
            '*' | '_' | '`' | '[' | ']' | '\\' | '@' | '#' | '~' => plain.extend(['\\', c]),
            c => plain.push(c),
        }
    }
    plain
}
