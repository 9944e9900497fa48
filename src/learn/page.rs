//! The learned fields as lines of a policy, merged into an existing file.
//!
//! A comment at the end of the file has a checksum of each line that init wrote. A line without a checksum is the
//! user's. It stays as it is, and so does its field.

use crate::escape;
use crate::policy::{API_VERSION, KIND, flow};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Learned;
use super::entry::{Entry, Knowledge};
use super::index::{PageIndex, Paths, around, below, has_below};
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

/// Hosts such as kpt take no function config without a name.
const NAME: &str = "metadata:\n  name: istio-drain\n";

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
        self.laid_into(&format!("{HEAD}\napiVersion: {API_VERSION}\nkind: {KIND}\n{NAME}spec:\n"))
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
        let mut after_by_path: HashMap<_, Vec<_>> = HashMap::new();
        values(&after, &new).into_iter().for_each(|(path, text)| after_by_path.entry(path).or_default().push(text));
        let is_kept = |(path, text): &(String, String)| {
            !layout.is_users(path) || after_by_path.get(path).is_some_and(|texts| texts.contains(text))
        };
        let is_once = |path: &String| after_by_path.get(path).is_some_and(|texts| texts.len() == 1);
        if values(&outline, old).iter().all(is_kept) && layout.known.iter().all(is_once) {
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
    index: PageIndex<'l>,
    /// Which of the old lines init wrote.
    own: Vec<bool>,
    /// The paths that the user states.
    users: Paths,
    /// The paths of values that stay: the user wrote them, or the input does not show them now.
    staying: Paths,
    lines: Vec<Line<'l>>,
    /// The numbers of the lines of each group that have not been written.
    of_group: BTreeMap<String, Vec<usize>>,
    /// The numbers of the lines by the names of their fields.
    by_name: HashMap<String, usize>,
    /// The names of the values to write, and their groups.
    known: Paths,
    known_groups: HashSet<String>,
    remarks: &'l [String],
    text: String,
    /// The checksums of the lines that are written now.
    written: Vec<String>,
}

impl<'l> Layout<'l> {
    fn of(page: &'l Page, old: &'l str, outline: &'l PageOutline) -> Self {
        let lines: Vec<&str> = old.lines().collect();
        let checksums = lines.iter().filter_map(|line| line.strip_prefix(CHECKSUMS));
        let checksums: HashSet<_> = checksums.flat_map(str::split_whitespace).collect();
        let is_own = |line: &&str| !line.trim().is_empty() && checksums.contains(checksum(line.trim()).as_str());
        let mut layout = Self {
            own: lines.iter().map(is_own).collect(),
            old: lines,
            line_end: if old.contains("\r\n") { "\r\n" } else { "\n" },
            outline,
            index: PageIndex::of(outline),
            users: Paths::new(),
            staying: Paths::new(),
            lines: Vec::new(),
            of_group: BTreeMap::new(),
            by_name: HashMap::new(),
            known: Paths::new(),
            known_groups: HashSet::new(),
            remarks: &page.remarks,
            text: String::new(),
            written: Vec::new(),
        };
        let is_unseen = |entry: &&Entry| matches!(entry.knowledge, Knowledge::Unseen(_));
        let unseen: HashSet<_> = page.entries.iter().filter(is_unseen).map(Entry::name).collect();
        let paths = || outline.stated.iter().map(|stated| &stated.path);
        layout.users = paths().filter(|path| layout.states(path)).cloned().collect();
        let stays = |path: &&String| layout.is_users(path) || around(path).any(|path| unseen.contains(path));
        let values = outline.stated.iter().filter(|stated| stated.form != LineForm::Group).map(|stated| &stated.path);
        layout.staying = values.filter(stays).cloned().collect();
        for entry in &page.entries {
            let name = entry.name();
            if layout.is_stated(&name) || layout.is_closed(entry) || layout.is_learned_before(entry, &name) {
                continue;
            }
            let group = entry.path.split_last().map(|(_, group)| group.join(".")).unwrap_or_default();
            let number = layout.lines.len();
            layout.of_group.entry(group.clone()).or_default().push(number);
            if is_known(entry) {
                layout.known.insert(name.clone());
                layout.known_groups.insert(group.clone());
            }
            layout.by_name.entry(name).or_insert(number);
            layout.lines.push(Line { entry, group, is_written: false });
        }
        layout
    }

    /// Whether init wrote the line.
    fn is_own(&self, line: usize) -> bool {
        self.own.get(line).copied().unwrap_or_default()
    }

    fn stated(&self, path: &str) -> Option<&'l StatedField> {
        self.index.stated(path)
    }

    /// Whether a value of that path is not one that init wrote.
    fn states(&self, path: &str) -> bool {
        self.stated(path).is_some_and(|stated| {
            stated.form != LineForm::Group && !(stated.lines.len() == 1 && self.is_own(stated.lines.start))
        })
    }

    /// Whether the user states a value.
    fn is_users(&self, path: &str) -> bool {
        self.users.contains(path)
    }

    /// Whether init learned a field earlier that the input does not show now. Such a field is kept.
    fn is_learned_before(&self, entry: &Entry, name: &str) -> bool {
        matches!(entry.knowledge, Knowledge::Unseen(_))
            && (self.index.values.contains(name) || has_below(&self.index.values, name))
    }

    /// Whether the user states a field, a part of it, or a mapping that contains it.
    fn is_stated(&self, path: &str) -> bool {
        let is_value = |path: &str| self.stated(path).is_some_and(|stated| stated.form == LineForm::Value);
        self.is_users(path)
            || has_below(&self.users, path)
            || around(path).any(|outer| self.is_users(outer) && is_value(outer))
    }

    /// Whether its mapping is on one line, and it has no dotted name outside the mapping.
    fn is_closed(&self, entry: &Entry) -> bool {
        let is_flow = |path: &str| self.stated(path).is_some_and(|stated| stated.form == LineForm::Flow);
        let group = entry.path.first().map(String::as_str).unwrap_or_default();
        let inner = entry.path.get(..2).map(|steps| steps.join(".")).unwrap_or_default();
        matches!(group, "revisions" | "namespaces") && (is_flow(group) || entry.path.len() > 2 && is_flow(&inner))
    }

    /// Whether init writes the same lines as before.
    fn is_unchanged(&self) -> bool {
        let own = self.old.iter().enumerate().filter(|(number, _)| self.is_own(*number));
        let before: BTreeSet<_> = own.map(|(_, line)| checksum(line.trim())).collect();
        let written: BTreeSet<_> = self.written.iter().cloned().collect();
        before == written
    }

    /// The new text.
    fn write(&mut self) -> String {
        let (old, end) = (self.old.clone(), self.outline.end);
        for (number, line) in old.iter().enumerate() {
            match self.index.starting_at(number) {
                _ if line.starts_with(CHECKSUMS) => {}
                Some(stated) if self.is_own(number) && stated.form == LineForm::Value => {
                    if self.staying.contains(&stated.path) && !self.by_name.contains_key(&stated.path) {
                        self.put_own(stated.indent, line.trim());
                    } else {
                        self.renew(stated);
                    }
                }
                Some(stated) if self.is_own(number) => self.keep_group(stated, line),
                None if self.is_own(number) && line.trim_start().starts_with('#') && !self.index.is_inside(number) => {}
                _ => self.put(line),
            }
            for group in self.index.ending_before(number + 1) {
                self.fill(&group.path, self.index.inner_indent(group));
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

    /// Replaces an old line of init by the new one, and by the lines that come before it.
    fn renew(&mut self, stated: &StatedField) {
        let Some(at) = self.by_name.get(&stated.path).copied() else { return };
        let Some(group) = self.lines.get(at).map(|line| line.group.clone()) else { return };
        if self.stated(&group).is_some_and(|stated| stated.form == LineForm::Group) || group.is_empty() {
            self.write_lines(&group, stated.indent, at);
        }
    }

    /// Keeps the line of a group if the group will have entries.
    fn keep_group(&mut self, group: &StatedField, line: &str) {
        if has_below(&self.staying, &group.path) || has_below(&self.known, &group.path) {
            self.written.push(checksum(line.trim()));
            self.put(line);
        }
    }

    /// Writes the remaining entries of an existing group.
    fn fill(&mut self, group: &str, indent: usize) {
        let is_own = self.stated(group).is_some_and(|stated| self.is_own(stated.lines.start));
        if is_own && !self.known_groups.contains(group) && !has_below(&self.staying, group) {
            return;
        }
        self.write_lines(group, indent, usize::MAX);
        for inner in below(&self.of_group, group) {
            if self.stated(&inner).is_none() {
                self.open_group(&inner, indent);
            }
        }
    }

    /// Writes the lines of a group up to number `last` that have not been written.
    fn write_lines(&mut self, group: &str, indent: usize, last: usize) {
        let Some(numbers) = self.of_group.get_mut(group) else { return };
        let now: Vec<_> = numbers.drain(..numbers.partition_point(|number| *number <= last)).collect();
        for number in now {
            let Some(line) = self.lines.get_mut(number).filter(|line| !line.is_written) else { continue };
            line.is_written = true;
            let text = shown(line.entry, line.entry.path.last().map(String::as_str).unwrap_or_default());
            self.put_own(indent, &text);
        }
    }

    /// Writes a new group, with those in it, if any of its lines has not been written.
    fn open_group(&mut self, group: &str, indent: usize) {
        let inner = below(&self.of_group, group);
        let is_open = |group: &str| self.of_group.get(group).is_some_and(|numbers| !numbers.is_empty());
        if !is_open(group) && !inner.iter().any(|inner| is_open(inner)) {
            return;
        }
        let name = group.rsplit('.').next().unwrap_or(group).to_owned();
        self.put_own(indent, &format!("{}:", quoted(&name)));
        self.write_lines(group, indent + 2, usize::MAX);
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
            if line.group.is_empty() {
                self.write_lines("", indent, number);
            } else if self.stated(&outer).is_none_or(|stated| self.is_own(stated.lines.start))
                && has_below(&self.known, &outer)
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
