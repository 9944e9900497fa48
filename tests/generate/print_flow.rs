//! Flow style and JSON: on one line or on many, with tabs, trailing commas, and comments where YAML has them.

use arbitrary::{Result, Unstructured};

use super::Draw;
use super::model::Model;
use super::print::{Features, Printer};
use super::print_scalar::{self as scalar, Place};

/// How one flow collection is written, with all that is in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlowStyle {
    json: bool,
    colon: &'static str,
    comma: &'static str,
    padding: &'static str,
    /// What one level is indented by; `None` on one line.
    unit: Option<&'static str>,
    trailing_comma: bool,
    /// Closing brackets stand where the block around them does, or left of it.
    hangs_left: bool,
}

impl FlowStyle {
    pub(crate) fn draw(u: &mut Unstructured<'_>, features: Features) -> Result<Self> {
        let json = u.one_in(3)?;
        Ok(Self {
            json,
            colon: if json { u.pick(&[" ", ""])? } else { " " },
            comma: u.pick(&[" ", ""])?,
            padding: u.pick(&["", " "])?,
            unit: u.pick(&[None, Some("  "), Some("    "), Some("\t")])?,
            trailing_comma: !json && features.odd && u.one_in(4)?,
            hangs_left: features.odd && u.one_in(8)?,
        })
    }

    /// JSON as programs write it.
    pub(crate) fn json(u: &mut Unstructured<'_>) -> Result<Self> {
        let unit = u.pick(&[None, Some("  "), Some("\t"), Some("    ")])?;
        let (colon, comma) = if unit.is_some() { (" ", "") } else { u.pick(&[("", ""), (" ", " ")])? };
        Ok(Self { json: true, colon, comma, padding: "", unit, trailing_comma: false, hangs_left: false })
    }
}

impl Printer<'_, '_> {
    /// Writes a collection whose further lines are indented by at least `margin`, in a block at column `parent`.
    pub(crate) fn flow(&mut self, model: &Model, style: FlowStyle, parent: usize, margin: usize) -> Result<()> {
        self.flow_node(model, style, parent, margin, 0)
    }

    fn flow_node(&mut self, model: &Model, style: FlowStyle, parent: usize, margin: usize, level: usize) -> Result<()> {
        if level > 0 && !style.json {
            if let Some(alias) = self.alias(model)? {
                self.out.push_str(&format!("*{alias} "));
                return Ok(());
            }
            let (props, anchor) = self.props(model)?;
            if !props.is_empty() {
                self.out.push_str(&format!("{} ", props.trim_start()));
                let bare = if *model == Model::Null { Some("null") } else { None };
                match bare {
                    Some(word) => self.out.push_str(word),
                    None => self.flow_bare(model, style, parent, margin, level)?,
                }
                self.complete(anchor);
                return Ok(());
            }
        }
        self.flow_bare(model, style, parent, margin, level)
    }

    fn flow_bare(&mut self, model: &Model, style: FlowStyle, parent: usize, margin: usize, level: usize) -> Result<()> {
        match model {
            Model::Map(entries) => {
                let entries: Vec<_> = entries.iter().map(|(key, value)| (Some(key.as_str()), value)).collect();
                self.brackets(&entries, ["{", "}"], style, parent, margin, level)
            }
            Model::Seq(items) => {
                let items: Vec<_> = items.iter().map(|item| (None, item)).collect();
                self.brackets(&items, ["[", "]"], style, parent, margin, level)
            }
            Model::Tagged(tag, inner) => {
                self.out.push_str(&format!("{tag} "));
                self.flow_bare(inner, style, parent, margin, level)
            }
            Model::Str(text) => {
                let place = if style.json { Place::Json } else { Place::Flow };
                let quotes = self.quotes();
                let word = scalar::string(self.u, text, place, quotes)?;
                self.out.push_str(&word);
                Ok(())
            }
            other => {
                // A null that is not written out is one in mappings only.
                let word = scalar::other(self.u, other, style.json)?;
                self.out.push_str(word.as_deref().unwrap_or("null"));
                Ok(())
            }
        }
    }

    fn brackets(
        &mut self,
        entries: &[(Option<&str>, &Model)],
        [open, close]: [&str; 2],
        style: FlowStyle,
        parent: usize,
        margin: usize,
        level: usize,
    ) -> Result<()> {
        self.out.push_str(open);
        if entries.is_empty() {
            self.out.push_str(close);
            return Ok(());
        }
        let line = |level: usize| style.unit.map(|unit| format!("{}{}", " ".repeat(margin), unit.repeat(level)));
        let is_scalars = open == "[" && entries.iter().all(|(_, value)| value.is_scalar());
        // Short lists stay on one line.
        let inner = if is_scalars && !style.json { None } else { line(level + 1) };
        if inner.is_none() {
            self.out.push_str(style.padding);
        }
        for (at, (key, value)) in entries.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
                if inner.is_none() {
                    self.out.push_str(style.comma);
                }
            }
            if let Some(indent) = &inner {
                if self.features.comments && !style.json && self.u.one_in(12)? {
                    self.out.push(' ');
                    self.comment()?;
                }
                self.out.push('\n');
                self.out.push_str(indent);
            }
            if let Some(key) = key {
                let name = self.flow_key(key, style)?;
                if **value == Model::Null && self.features.odd && !style.json && self.u.one_in(4)? {
                    // A key on its own has no value.
                    self.out.push_str(&name);
                    continue;
                }
                self.out.push_str(&format!("{name}:{}", style.colon));
            }
            self.flow_node(value, style, parent, margin, level + 1)?;
        }
        if style.trailing_comma {
            self.out.push(',');
        }
        match inner.and(line(level)) {
            Some(_) if style.hangs_left => self.out.push_str(&format!("\n{}{close}", " ".repeat(parent))),
            Some(indent) => self.out.push_str(&format!("\n{indent}{close}")),
            None => self.out.push_str(&format!("{}{close}", style.padding)),
        }
        Ok(())
    }

    fn flow_key(&mut self, key: &str, style: FlowStyle) -> Result<String> {
        let quotes = self.quotes();
        match key {
            "<<" => Ok(key.to_owned()),
            _ if style.json => scalar::string(self.u, key, Place::Json, 0),
            _ if quotes < 2 && scalar::is_plain(key) => Ok(key.to_owned()),
            _ => scalar::string(self.u, key, Place::Flow, quotes + 3),
        }
    }
}
