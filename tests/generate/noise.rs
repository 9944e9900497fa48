//! Any YAML at all, and changes of it.

use arbitrary::{Result, Unstructured};
use istio_drain::inside::yaml::{Patch, Route, Step, Value};

use super::Draw;
use super::model::Model;

/// Texts that are easily taken for something else, or lost.
const TEXTS: [&str; 44] = [
    "web",
    "a b c",
    "",
    " ",
    "yes",
    "n",
    "null",
    "~",
    "036",
    "1_000",
    "1e3",
    "0x1f",
    "1:30",
    "45s",
    "a: b",
    "# no comment",
    "a #b",
    " leading",
    "trailing ",
    "it's",
    "say \"hi\"",
    "back\\slash",
    "- item",
    "[",
    "{a: 1}",
    "&a",
    "*a",
    "!t",
    "|",
    "%d",
    "@x",
    "`x`",
    "tab\there",
    "é 漢字 😀",
    "one two three four five six",
    "line one\nline two\n",
    "#!/bin/sh\nset -e\n\nrun  it\n",
    "  indented\nnot\n",
    "no final\nbreak",
    "many\n\n\n",
    "\nstarts empty\n",
    "a\u{85}b\u{2028}c\u{7}",
    "key: |\n  text\nother: >-\n  x\n",
    "---\nkind: Deployment\n",
];

pub(crate) fn text(u: &mut Unstructured<'_>) -> Result<&'static str> {
    u.pick(&TEXTS)
}

/// A collection of collections, `depth` levels deep at most.
pub(crate) fn noise(u: &mut Unstructured<'_>, depth: usize) -> Result<Model> {
    if u.one_in(2)? {
        let mut map = Model::Map(Vec::new());
        for at in 0..u.below(4)? {
            let key = match u.below(6)? {
                0 => format!("key {at}"),
                1 => format!("{at}"),
                2 => format!("example.com/key-{at}"),
                3 => format!("a: {at} # '\""),
                _ => format!("k{at}"),
            };
            map.push(&key, value(u, depth)?);
        }
        Ok(map)
    } else {
        let items: Result<_> = (0..u.below(4)?).map(|_| value(u, depth)).collect();
        Ok(Model::Seq(items?))
    }
}

fn value(u: &mut Unstructured<'_>, depth: usize) -> Result<Model> {
    Ok(match u.below(9)? {
        0 => Model::Null,
        1 => Model::Bool(u.one_in(2)?),
        2 => Model::Int(u.pick(&[0, 7, -1, 8080, 1_000_000])?),
        3 | 4 => Model::str(text(u)?),
        5 if u.one_in(6)? => Model::Tagged("!vault", Box::new(Model::str("secret"))),
        _ if depth > 0 => noise(u, depth - 1)?,
        _ => Model::str("leaf"),
    })
}

/// Some changes of a document that is `model`: the first one may take something out, the others only put something in.
pub(crate) fn change(u: &mut Unstructured<'_>, model: &Model) -> Result<Patch> {
    let mut patch = Patch::default();
    for at in 0..=u.below(3)? {
        let mut walk = Walk { route: Vec::new(), at, may_remove: at == 0 };
        match walk.down(u, model)? {
            Some(value) => patch.put(&Route(walk.route), value),
            None => patch.remove(&Route(walk.route)),
        }
    }
    Ok(patch)
}

/// The way down to where something is to change.
struct Walk {
    route: Vec<Step>,
    at: usize,
    /// Something else would be left of each item on the way.
    may_remove: bool,
}

impl Walk {
    fn key(&mut self, name: &str) {
        self.route.push(Step::Key(format!("{name}{}", self.at).into()));
    }

    /// `None` stands for removal.
    fn down(&mut self, u: &mut Unstructured<'_>, model: &Model) -> Result<Option<Value>> {
        match model {
            Model::Map(entries) if entries.is_empty() || u.one_in(3)? => {
                for name in ["new", "deep", "deeper"].iter().take(1 + u.below(3)?) {
                    self.key(name);
                }
                Ok(Some(fresh(u, 2)?))
            }
            Model::Map(entries) => self.enter_entry(u, entries),
            Model::Seq(items) => self.enter_item(u, items),
            other => panic!("nothing is below {other:?}"),
        }
    }

    fn enter_entry(&mut self, u: &mut Unstructured<'_>, entries: &[(String, Model)]) -> Result<Option<Value>> {
        let (key, inner) = &entries[u.below(entries.len())?];
        let may_remove =
            self.may_remove && (entries.len() > 1 || !self.route.iter().any(|step| matches!(step, Step::Item(_))));
        match inner {
            Model::Map(_) | Model::Seq(_) if u.one_in(6)? && !may_remove => {
                self.key("beside");
                return Ok(Some(fresh(u, 1)?));
            }
            _ => self.route.push(Step::Key(key.clone().into())),
        }
        match inner {
            _ if may_remove && u.one_in(4)? => Ok(None),
            Model::Map(_) | Model::Seq(_) => self.down(u, inner),
            Model::Null => {
                self.key("new");
                Ok(Some(fresh(u, 1)?))
            }
            _ => Ok(Some(scalar(u)?)),
        }
    }

    fn enter_item(&mut self, u: &mut Unstructured<'_>, items: &[Model]) -> Result<Option<Value>> {
        let is_collection = |item: &Model| matches!(item, Model::Map(_) | Model::Seq(_));
        let inner: Vec<_> = items.iter().enumerate().filter(|(_, item)| is_collection(item)).collect();
        if !inner.is_empty() && !u.one_in(3)? {
            let (index, item) = inner[u.below(inner.len())?];
            self.route.push(Step::Item(index));
            return self.down(u, item);
        }
        let is_sole = items.len() == 1 && self.route.iter().any(|step| matches!(step, Step::Item(_)));
        if !items.is_empty() && self.may_remove && !is_sole && u.one_in(3)? {
            self.route.push(Step::Item(u.below(items.len())?));
            return Ok(None);
        }
        self.route.push(Step::End);
        Ok(Some(fresh(u, 1)?))
    }
}

fn scalar(u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match u.below(4)? {
        0 => Value::Int(u.pick(&[0, 7, 47, 1_000_000])?),
        1 => Value::Text(text(u)?.to_owned()),
        _ => Value::str(text(u)?),
    })
}

fn fresh(u: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    if depth == 0 {
        return scalar(u);
    }
    Ok(match u.below(6)? {
        0 => Value::Words(vec![text(u)?.to_owned(), "-x".to_owned(), "sleep 5".to_owned()]),
        1 => Value::Items(vec![fresh(u, depth - 1)?, fresh(u, depth - 1)?]),
        2 => Value::Map(vec![("name".into(), fresh(u, depth - 1)?), ("a/b".into(), fresh(u, depth - 1)?)]),
        _ => scalar(u)?,
    })
}
