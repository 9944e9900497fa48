//! The learned fields as lines of a policy, merged into an existing file.
//!
//! A comment at the end of the file has a checksum of each line that init wrote. A line without a checksum is the
//! user's. It stays as it is, and so does its field.

use crate::escape;
use crate::policy::{API_VERSION, KIND, flow};
use std::collections::BTreeSet;

use super::Learned;
use super::entry::{Entry, Knowledge};
use super::outline::{LineForm, PageError, PageOutline, StatedField};

/// The start of the lines with checksums.
const CHECKSUMS: &str = "# init wrote: ";
/// The number of checksums per line.
const PER_LINE: usize = 14;

/// The first line is for editors with the YAML language server.
const HEAD: &str = "\
# yaml-language-server: $schema=.istio-drain.schema.json
# What this mesh is, as far as dumps of its cluster show it.
# A value names where it was seen; what was not seen is a comment that says where to look.
# `istio-drain init --write` brings its own lines up to date and keeps all others.
# The first line gives editors descriptions, defaults and examples of all fields; `--write` writes the file it names.";

/// The lines of a policy.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    entries: Vec<Entry>,
    remarks: Vec<String>,
}

impl From<Learned> for Page {
    fn from(learned: Learned) -> Self {
        Self { entries: learned.entries, remarks: learned.remarks }
    }
}

impl Page {
    /// The page for a new file.
    ///
    /// # Errors
    ///
    /// None that are known.
    pub(crate) fn fresh(&self) -> Result<String, PageError> {
        self.laid_into(&format!("{HEAD}\napiVersion: {API_VERSION}\nkind: {KIND}\nspec:\n"))
    }

    /// An existing policy with init's own lines updated.
    ///
    /// # Errors
    ///
    /// It is not a ShutdownPolicy, or it can't be edited line by line.
    pub(crate) fn laid_into(&self, old: &str) -> Result<String, PageError> {
        let outline = PageOutline::of(old)?;
        let mut layout = Layout::of(self, old, &outline);
        let new = layout.write();
        // If nothing is new, no line moves.
        if layout.is_unchanged() {
            return Ok(old.to_owned());
        }
        let after = PageOutline::of(&new).map_err(|_| PageError::Unproven)?;
        let values = |outline: &PageOutline, text: &str| -> Vec<(String, String)> {
            let lines: Vec<&str> = text.lines().collect();
            let values = outline.stated.iter().filter(|stated| stated.form != LineForm::Group);
            let shown = values.map(|stated| {
                let lines = lines.get(stated.lines.clone()).unwrap_or_default();
                (stated.path.clone(), lines.join("\n"))
            });
            shown.collect()
        };
        let after = values(&after, &new);
        let kept = values(&outline, old);
        let mut kept = kept.iter().filter(|(path, _)| layout.is_users(path));
        let is_kept = kept.all(|value| after.contains(value));
        let mut known = layout.known();
        if is_kept && known.all(|path| after.iter().filter(|(other, _)| *other == path).count() == 1) {
            Ok(new)
        } else {
            Err(PageError::Unproven)
        }
    }
}

/// One line to write.
struct Line<'e> {
    entry: &'e Entry,
    /// The mapping that contains it.
    group: String,
    is_written: bool,
}

/// New lines among old ones.
struct Layout<'l> {
    old: Vec<&'l str>,
    line_end: &'static str,
    outline: &'l PageOutline,
    /// The checksums of init's own lines.
    own: BTreeSet<String>,
    entries: &'l [Entry],
    lines: Vec<Line<'l>>,
    remarks: &'l [String],
    text: String,
    /// The checksums of the lines that are written now.
    written: Vec<String>,
}

impl<'l> Layout<'l> {
    fn of(page: &'l Page, old: &'l str, outline: &'l PageOutline) -> Self {
        let lines: Vec<&str> = old.lines().collect();
        let own = lines.iter().filter_map(|line| line.strip_prefix(CHECKSUMS));
        let own = own.flat_map(str::split_whitespace).map(str::to_owned).collect();
        let mut layout = Self {
            old: lines,
            line_end: if old.contains("\r\n") { "\r\n" } else { "\n" },
            outline,
            own,
            entries: &page.entries,
            lines: Vec::new(),
            remarks: &page.remarks,
            text: String::new(),
            written: Vec::new(),
        };
        let is_open = |entry: &&Entry| {
            !layout.is_stated(&entry.name()) && !layout.is_closed(entry) && !layout.is_learned_before(entry)
        };
        let lines = page.entries.iter().filter(is_open).map(|entry| {
            let group = entry.path.split_last().map(|(_, group)| group.join(".")).unwrap_or_default();
            Line { entry, group, is_written: false }
        });
        layout.lines = lines.collect();
        layout
    }

    /// Whether init wrote the line.
    fn is_own(&self, line: usize) -> bool {
        let text = self.old.get(line).map(|text| text.trim()).unwrap_or_default();
        !text.is_empty() && self.own.contains(&checksum(text))
    }

    fn stated(&self, path: &str) -> Option<&'l StatedField> {
        self.outline.stated.iter().find(|stated| stated.path == path)
    }

    /// Whether the user states a value.
    fn is_users(&self, path: &str) -> bool {
        self.stated(path).is_some_and(|stated| {
            stated.form != LineForm::Group && !(stated.lines.len() == 1 && self.is_own(stated.lines.start))
        })
    }

    /// Whether init learned a field earlier that the input does not show now. Such a field is kept.
    fn is_learned_before(&self, entry: &Entry) -> bool {
        matches!(entry.knowledge, Knowledge::Unseen(_))
            && self
                .outline
                .stated
                .iter()
                .any(|stated| stated.form == LineForm::Value && is_within(&stated.path, &entry.name()))
    }

    /// Whether an existing value stays: the user wrote it, or the input does not show it now.
    fn stays(&self, path: &str) -> bool {
        let is_unseen = |entry: &&Entry| matches!(entry.knowledge, Knowledge::Unseen(_));
        self.is_users(path) || self.entries.iter().filter(is_unseen).any(|entry| is_within(path, &entry.name()))
    }

    /// Whether a value stays below a group.
    fn has_staying(&self, group: &str) -> bool {
        let values = self.outline.stated.iter().filter(|stated| stated.form != LineForm::Group);
        let mut inside = values.filter(|stated| stated.path != group && is_within(&stated.path, group));
        inside.any(|stated| self.stays(&stated.path))
    }

    /// Whether the user states a field, a part of it, or a mapping that contains it.
    fn is_stated(&self, path: &str) -> bool {
        let mut users = self.outline.stated.iter().filter(|stated| self.is_users(&stated.path));
        users.any(|stated| {
            let is_whole = stated.form == LineForm::Value && is_within(path, &stated.path);
            is_whole || is_within(&stated.path, path)
        })
    }

    /// Whether its mapping is on one line, and it has no dotted name outside the mapping.
    fn is_closed(&self, entry: &Entry) -> bool {
        let is_flow = |path: &str| self.stated(path).is_some_and(|stated| stated.form == LineForm::Flow);
        let group = entry.path.first().map(String::as_str).unwrap_or_default();
        let inner = entry.path.get(..2).map(|steps| steps.join(".")).unwrap_or_default();
        matches!(group, "revisions" | "namespaces") && (is_flow(group) || entry.path.len() > 2 && is_flow(&inner))
    }

    /// The names of the values to write.
    fn known(&self) -> impl Iterator<Item = String> {
        let known = self.lines.iter().filter(|line| is_known(line.entry));
        known.map(|line| line.entry.name())
    }

    /// Whether init writes the same lines as before.
    fn is_unchanged(&self) -> bool {
        let before: Vec<_> = (0..self.old.len()).filter(|line| self.is_own(*line)).collect();
        let before: BTreeSet<_> =
            before.iter().filter_map(|line| Some(checksum(self.old.get(*line)?.trim()))).collect();
        let written: BTreeSet<_> = self.written.iter().cloned().collect();
        before == written
    }

    /// The new text.
    fn write(&mut self) -> String {
        let outline = self.outline;
        let (old, end) = (self.old.clone(), outline.end);
        for (number, line) in old.iter().enumerate() {
            let starts =
                outline.stated.iter().find(|stated| stated.lines.start == number && stated.form != LineForm::Flow);
            let is_inside = || {
                let mut values = outline.stated.iter().filter(|stated| stated.form == LineForm::Value);
                values.any(|stated| stated.lines.start < number && stated.lines.contains(&number))
            };
            match starts {
                _ if line.starts_with(CHECKSUMS) => {}
                Some(stated) if self.is_own(number) && stated.form == LineForm::Value => {
                    if self.stays(&stated.path) && self.lines.iter().all(|line| line.entry.name() != stated.path) {
                        self.put_own(stated.indent, line.trim());
                    } else {
                        self.renew(stated);
                    }
                }
                Some(stated) if self.is_own(number) => self.keep_group(stated, line),
                None if self.is_own(number) && line.trim_start().starts_with('#') && !is_inside() => {}
                _ => self.put(line),
            }
            let groups = outline.stated.iter().rev().filter(|stated| stated.form == LineForm::Group);
            for group in groups.filter(|group| group.lines.end == number + 1) {
                let indent = self.inner_indent(group);
                self.fill(&group.path, indent);
            }
            if number + 1 == end {
                self.finish();
            }
        }
        for checksums in self.written.chunks(PER_LINE) {
            self.text.push_str(CHECKSUMS);
            self.text.push_str(&checksums.join(" "));
            self.text.push_str(self.line_end);
        }
        self.text.clone()
    }

    fn put(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push_str(self.line_end);
    }

    /// Writes a line and records its checksum.
    fn put_own(&mut self, indent: usize, line: &str) {
        self.written.push(checksum(line));
        let line = format!("{}{line}", " ".repeat(indent));
        self.put(&line);
    }

    /// The indentation of the entries of a group, in columns.
    fn inner_indent(&self, group: &StatedField) -> usize {
        let is_inside = |stated: &&StatedField| {
            stated.path.strip_prefix(&group.path).is_some_and(|rest| rest.starts_with('.'))
                && stated.lines.start > group.lines.start
        };
        self.outline.stated.iter().find(is_inside).map_or(group.indent + 2, |stated| stated.indent)
    }

    /// Replaces an old line of init by the new one, and by the lines that come before it.
    fn renew(&mut self, stated: &StatedField) {
        let Some(at) = self.lines.iter().position(|line| line.entry.name() == stated.path) else { return };
        let Some(group) = self.lines.get(at).map(|line| line.group.clone()) else { return };
        if self.stated(&group).is_some_and(|stated| stated.form == LineForm::Group) || group.is_empty() {
            for number in 0..=at {
                self.write_line(number, &group, stated.indent);
            }
        }
    }

    /// Keeps the line of a group if the group will have entries.
    fn keep_group(&mut self, group: &StatedField, line: &str) {
        let prefix = format!("{}.", group.path);
        if self.has_staying(&group.path) || self.known().any(|path| path.starts_with(&prefix)) {
            self.written.push(checksum(line.trim()));
            self.put(line);
        }
    }

    /// Writes the remaining entries of an existing group.
    fn fill(&mut self, group: &str, indent: usize) {
        let is_empty = self.lines.iter().all(|line| line.group != group || !is_known(line.entry))
            && self.stated(group).is_some_and(|stated| self.is_own(stated.lines.start));
        if is_empty && !self.has_staying(group) {
            return;
        }
        for number in 0..self.lines.len() {
            self.write_line(number, group, indent);
        }
        // New groups inside it.
        let inner = self.lines.iter().filter(|line| !line.is_written && line.group.starts_with(&format!("{group}.")));
        let inner: BTreeSet<String> = inner.map(|line| line.group.clone()).collect();
        for inner in inner {
            if self.stated(&inner).is_none() {
                self.open_group(&inner, indent);
            }
        }
    }

    /// Writes a line if it belongs to the group and has not been written.
    fn write_line(&mut self, number: usize, group: &str, indent: usize) {
        let Some(line) = self.lines.get_mut(number).filter(|line| line.group == group && !line.is_written) else {
            return;
        };
        line.is_written = true;
        let text = shown(line.entry, line.entry.path.last().map(String::as_str).unwrap_or_default());
        self.put_own(indent, &text);
    }

    /// Writes a new group.
    fn open_group(&mut self, group: &str, indent: usize) {
        let name = group.rsplit('.').next().unwrap_or(group).to_owned();
        self.put_own(indent, &format!("{}:", quoted(&name)));
        for number in 0..self.lines.len() {
            self.write_line(number, group, indent + 2);
        }
        let inner = self.lines.iter().filter(|line| !line.is_written && line.group.starts_with(&format!("{group}.")));
        let inner: BTreeSet<String> = inner.map(|line| line.group.clone()).collect();
        for inner in inner {
            self.open_group(&inner, indent + 2);
        }
    }

    /// Writes all remaining lines after the last field.
    fn finish(&mut self) {
        let indent = self.outline.indent;
        for number in 0..self.lines.len() {
            let Some(line) = self.lines.get(number).filter(|line| !line.is_written) else { continue };
            let outer = line.entry.path.first().cloned().unwrap_or_default();
            let is_of_group = |path: String| path.starts_with(&format!("{outer}."));
            if line.group.is_empty() {
                self.write_line(number, "", indent);
            } else if self.stated(&outer).is_none_or(|stated| self.is_own(stated.lines.start))
                && self.known().any(is_of_group)
            {
                self.open_group(&outer, indent);
            } else {
                let text = shown(line.entry, &line.entry.name());
                if let Some(line) = self.lines.get_mut(number) {
                    line.is_written = true;
                }
                self.put_own(indent, &text);
            }
        }
        for remark in self.remarks {
            self.put_own(indent, &format!("# {}", escape::line(remark)));
        }
    }
}

/// Whether a path equals `outer` or is below it.
fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn is_known(entry: &Entry) -> bool {
    matches!(entry.knowledge, Knowledge::Known { .. })
}

/// A key, in quotes if it needs them.
fn quoted(key: &str) -> String {
    escape::json(&flow(&key.into())).into_owned()
}

/// An entry as a line without its indentation.
fn shown(entry: &Entry, key: &str) -> String {
    // Text from a dump may come from a stranger.
    let key = quoted(key);
    let comment = match &entry.knowledge {
        Knowledge::Known { value, origin } => {
            let value = flow(value);
            let stated = escape::json(&value);
            let origin = if origin.is_empty() { String::new() } else { format!(" # {}", escape::line(origin)) };
            return format!("{key}: {stated}{origin}");
        }
        Knowledge::Unset(why) => why.clone(),
        Knowledge::Unseen(hint) => format!("not known; {hint}"),
        Knowledge::Disputed(who) => format!("unknown: {who}"),
    };
    format!("# {key}: {}", escape::line(&comment))
}

/// The checksum of a line: 24 bits of FNV-1a, which are enough for a file of this size.
fn checksum(line: &str) -> String {
    let hash = line.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{:06x}", hash & 0x00ff_ffff)
}
