//! Block style: each node in a style of its own, with comments, blank lines, anchors and tags between.

use arbitrary::{Result, Unstructured};

use super::Draw;
use super::model::Model;
use super::print_flow::FlowStyle;
use super::print_scalar::{self as scalar, Place};

/// What may be written at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Features {
    /// Comments and blank lines.
    pub(crate) comments: bool,
    /// Anchors, aliases, tags: what edits may have to be refused for.
    pub(crate) hazards: bool,
    /// Explicit keys, brackets left of their parent, spaces before colons.
    pub(crate) odd: bool,
}

/// Writes one document.
pub(crate) struct Printer<'p, 'u> {
    pub(crate) u: &'p mut Unstructured<'u>,
    pub(crate) features: Features,
    pub(crate) out: String,
    /// How many comments were written so far; each one has a number.
    pub(crate) comments: usize,
    anchors: Vec<Anchored>,
    next_anchor: usize,
    /// Lines from that column on belong to the block scalar above.
    block: Option<usize>,
    /// So do blank lines.
    keeps: bool,
    habits: Habits,
}

/// What a document does most of the time.
#[derive(Clone, Copy)]
struct Habits {
    step: usize,
    dash_offset: usize,
    dash_width: usize,
    /// 0 and 1: quotes where needed, single or double; 2 and 3: keys in quotes, too; 4 and 5: values as well.
    quotes: u8,
    /// How often collections are in flow style: one in so many.
    flow: u8,
}

struct Anchored {
    id: usize,
    name: String,
    model: Model,
    is_complete: bool,
}

/// What a node follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behind {
    /// A key of a mapping, whose column is given beside.
    Colon,
    /// The colon of an explicit key.
    ExplicitColon,
    /// A dash.
    Dash { width: usize },
}

const REMARKS: [&str; 8] = [
    "see above",
    "kind: Deployment",
    "- item",
    "it's \"quoted",
    "{",
    "Source: chart/templates/a.yaml",
    "key: |",
    "&a *b !c",
];

impl<'p, 'u> Printer<'p, 'u> {
    pub(crate) fn new(u: &'p mut Unstructured<'u>, features: Features, comments: usize) -> Result<Self> {
        let step = u.pick(&[2, 2, 2, 4, 3, 1])?;
        let habits = Habits {
            step,
            dash_offset: if u.one_in(2)? { step } else { 0 },
            dash_width: u.pick(&[2, 2, 2, 2, 4, 3])?,
            quotes: u.pick(&[1, 0, 1, 0, 3, 2, 5, 4])?,
            flow: u.pick(&[12, 12, 4, 100])?,
        };
        Ok(Self {
            u,
            features,
            out: String::new(),
            comments,
            anchors: Vec::new(),
            next_anchor: 0,
            block: None,
            keeps: false,
            habits,
        })
    }

    /// Writes a root collection in block style, whose column is `column`.
    pub(crate) fn root(&mut self, model: &Model, column: usize) -> Result<()> {
        match model {
            Model::Map(entries) if !entries.is_empty() => self.map(entries, column, false),
            Model::Seq(items) if !items.is_empty() => self.seq(items, column, false),
            other => panic!("{other:?} is not a root in block style"),
        }
    }

    /// Comments and blank lines in front of what stands at `column`.
    pub(crate) fn filler(&mut self, column: usize) -> Result<()> {
        if !self.features.comments || !self.u.one_in(6)? {
            return Ok(());
        }
        for _ in 0..=self.u.below(3)? {
            if self.u.one_in(2)? {
                if !self.keeps {
                    self.out.push_str(if self.block.is_none() && self.u.one_in(4)? { "  \n" } else { "\n" });
                }
                continue;
            }
            let at = self.u.pick(&[column, column, 0, column + 2, column / 2])?;
            let at = self.block.map_or(at, |limit| at.min(limit - 1));
            self.out.push_str(&" ".repeat(at));
            self.comment()?;
            self.out.push('\n');
            (self.block, self.keeps) = (None, false);
        }
        Ok(())
    }

    pub(crate) fn comment(&mut self) -> Result<()> {
        let remark = self.u.pick(&REMARKS)?;
        self.out.push_str(&format!("# {remark} <c{}>", self.comments));
        self.comments += 1;
        Ok(())
    }

    /// The end of a line with content.
    fn line_end(&mut self) -> Result<()> {
        if self.features.comments && self.u.one_in(9)? {
            self.out.push_str(if self.u.one_in(3)? { "   " } else { " " });
            self.comment()?;
        } else if self.features.comments && self.u.one_in(30)? {
            self.out.push(' ');
        }
        self.out.push('\n');
        Ok(())
    }

    /// The entries of a mapping at `column`; the first one where the cursor is, if `inline`.
    fn map(&mut self, entries: &[(String, Model)], column: usize, inline: bool) -> Result<()> {
        for (at, (key, value)) in entries.iter().enumerate() {
            if at > 0 || !inline {
                self.filler(column)?;
                self.out.push_str(&" ".repeat(column));
            }
            (self.block, self.keeps) = (None, false);
            let name = self.key(key)?;
            if self.features.odd && self.u.one_in(25)? {
                self.out.push_str(&format!("? {name}"));
                self.line_end()?;
                self.out.push_str(&format!("{}:", " ".repeat(column)));
                self.node(value, column, Behind::ExplicitColon)?;
                continue;
            }
            if self.features.hazards && self.u.one_in(60)? {
                self.out.push_str(&format!("&k{} ", self.next_anchor));
                self.next_anchor += 1;
            }
            let space = if self.features.odd && self.u.one_in(30)? { " " } else { "" };
            self.out.push_str(&format!("{name}{space}:"));
            self.node(value, column, Behind::Colon)?;
        }
        Ok(())
    }

    fn key(&mut self, key: &str) -> Result<String> {
        if key == "<<" {
            return Ok(key.to_owned());
        }
        let quotes = self.habits.quotes;
        if quotes < 2 && scalar::is_plain(key) {
            Ok(key.to_owned())
        } else {
            scalar::string(self.u, key, Place::Key, quotes + 3)
        }
    }

    fn seq(&mut self, items: &[Model], column: usize, inline: bool) -> Result<()> {
        for (at, item) in items.iter().enumerate() {
            if at > 0 || !inline {
                self.filler(column)?;
                self.out.push_str(&" ".repeat(column));
            }
            (self.block, self.keeps) = (None, false);
            self.out.push('-');
            let width = if self.u.one_in(20)? { 2 + self.u.below(3)? } else { self.habits.dash_width };
            self.node(item, column, Behind::Dash { width })?;
        }
        Ok(())
    }

    /// What follows a colon or a dash, up to the end of its last line.
    fn node(&mut self, model: &Model, parent: usize, behind: Behind) -> Result<()> {
        if let Some(alias) = self.alias(model)? {
            self.out.push_str(&format!(" *{alias}"));
            return self.line_end();
        }
        let (props, anchor) = self.props(model)?;
        let inner = match model {
            Model::Tagged(tag, inner) => {
                self.out.push_str(&format!(" {tag}"));
                inner.as_ref()
            }
            other => other,
        };
        self.out.push_str(&props);
        match inner {
            Model::Seq(items) if items.is_empty() => self.word("[]")?,
            Model::Map(entries) if entries.is_empty() => self.word("{}")?,
            Model::Seq(_) | Model::Map(_) => {
                let is_bare = props.is_empty() && !matches!(model, Model::Tagged(..));
                self.collection(inner, parent, behind, is_bare)?;
            }
            Model::Str(text) => self.string(text, parent)?,
            other => match scalar::other(self.u, other, false)? {
                Some(word) => self.word(&word)?,
                None => self.line_end()?,
            },
        }
        if let Some(id) = anchor {
            self.anchors.iter_mut().filter(|known| known.id == id).for_each(|known| known.is_complete = true);
        }
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<()> {
        self.out.push_str(&format!(" {word}"));
        self.line_end()
    }

    fn string(&mut self, text: &str, parent: usize) -> Result<()> {
        let wants_block = text.contains('\n') || self.u.one_in(12)?;
        if wants_block
            && !self.u.one_in(4)?
            && let Some(block) = scalar::block(self.u, text, parent)?
        {
            self.out.push_str(&format!(" {}", block.header));
            self.line_end()?;
            self.out.push_str(&block.body);
            (self.block, self.keeps) = (Some(block.indent), block.keeps);
            return Ok(());
        }
        let indent = parent + 1 + self.u.below(4)?;
        let word = scalar::string(self.u, text, Place::Block(indent), self.habits.quotes)?;
        self.word(&word)
    }

    fn collection(&mut self, model: &Model, parent: usize, behind: Behind, is_bare: bool) -> Result<()> {
        if self.u.one_in(self.habits.flow)? {
            let style = FlowStyle::draw(self.u, self.features)?;
            self.out.push(' ');
            let margin = parent + 1 + self.u.below(4)?;
            self.flow(model, style, parent, margin)?;
            return self.line_end();
        }
        let step = if self.u.one_in(20)? { 1 + self.u.below(5)? } else { self.habits.step };
        if let Behind::Dash { width } = behind
            && is_bare
            && !self.u.one_in(8)?
        {
            self.out.push_str(&" ".repeat(width - 1));
            return match model {
                Model::Map(entries) => self.map(entries, parent + width, true),
                other => self.seq(other.items(), parent + width, true),
            };
        }
        self.line_end()?;
        match (model, behind) {
            (Model::Map(entries), _) => self.map(entries, parent + step, false),
            (other, Behind::Colon) => {
                let offset = if self.u.one_in(20)? { step } else { self.habits.dash_offset };
                self.seq(other.items(), parent + offset, false)
            }
            (other, _) => self.seq(other.items(), parent + step, false),
        }
    }

    /// The name of an anchor that stands for the same value.
    pub(crate) fn alias(&mut self, model: &Model) -> Result<Option<String>> {
        let same = self.anchors.iter().find(|known| known.is_complete && known.model == *model);
        let name = same.map(|known| known.name.clone());
        Ok(if name.is_some() && !self.u.one_in(3)? { name } else { None })
    }

    /// Anchor and tag, with a space before each.
    pub(crate) fn props(&mut self, model: &Model) -> Result<(String, Option<usize>)> {
        let (mut props, mut anchor) = (String::new(), None);
        if !self.features.hazards || matches!(model, Model::Tagged(..)) {
            return Ok((props, anchor));
        }
        if self.u.one_in(20)? {
            // The same name again, now and then.
            let name = if self.u.one_in(4)? { "a0".to_owned() } else { format!("a{}", self.next_anchor) };
            self.next_anchor += 1;
            self.anchors.retain(|known| known.name != name);
            props = format!(" &{name}");
            anchor = Some(self.next_anchor);
            self.anchors.push(Anchored { id: self.next_anchor, name, model: model.clone(), is_complete: false });
        }
        let tag = match model {
            Model::Str(_) => "!!str",
            Model::Map(_) => "!!map",
            Model::Seq(_) => "!!seq",
            _ => return Ok((props, anchor)),
        };
        if self.u.one_in(40)? {
            props = if self.u.one_in(2)? { format!(" {tag}{props}") } else { format!("{props} {tag}") };
        }
        Ok((props, anchor))
    }

    /// An anchor may be referred to from here on.
    pub(crate) fn complete(&mut self, anchor: Option<usize>) {
        let ids = self.anchors.iter_mut().filter(|known| Some(known.id) == anchor);
        ids.for_each(|known| known.is_complete = true);
    }

    pub(crate) fn quotes(&self) -> u8 {
        self.habits.quotes
    }
}
