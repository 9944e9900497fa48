//! Documents to streams: markers, comments between documents, directives, line ends; and lists around objects.

use arbitrary::{Result, Unstructured};

use super::Draw;
use super::model::Model;
use super::print::{Features, Printer};
use super::print_flow::FlowStyle;

/// A text, and what it says.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) text: String,
    /// The documents that hold something.
    pub(crate) documents: Vec<Model>,
    /// How many numbered comments stand in it.
    pub(crate) comments: usize,
}

impl Stream {
    /// The comments that are not in `text` any more.
    pub(crate) fn lost_comments(&self, text: &str) -> Vec<String> {
        let marks = (0..self.comments).map(|number| format!("<c{number}>"));
        marks.filter(|mark| !text.contains(mark.as_str())).collect()
    }

    /// Every object, lists opened.
    pub(crate) fn objects(&self) -> Vec<&Model> {
        fn open<'m>(document: &'m Model, objects: &mut Vec<&'m Model>) {
            match document.get("kind").and_then(Model::as_str) {
                Some(kind) if kind.ends_with("List") => {
                    let items = document.get("items").map_or(&[][..], Model::items);
                    items.iter().for_each(|item| open(item, objects));
                }
                _ => objects.push(document),
            }
        }
        let mut objects = Vec::new();
        self.documents.iter().for_each(|document| open(document, &mut objects));
        objects
    }
}

/// What objects stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrapping {
    Stream,
    List,
    ResourceList,
}

/// The documents that hold `objects`.
pub(crate) fn wrap(objects: Vec<Model>, wrapping: Wrapping) -> Vec<Model> {
    let list = |api: &str, kind: &str| {
        vec![Model::map([
            ("apiVersion", Model::str(api)),
            ("kind", Model::str(kind)),
            ("items", Model::Seq(objects.clone())),
        ])]
    };
    match wrapping {
        Wrapping::Stream => objects,
        Wrapping::List => list("v1", "List"),
        Wrapping::ResourceList => list("config.kubernetes.io/v1", "ResourceList"),
    }
}

/// Writes documents, each of them a collection with something in it.
pub(crate) fn stream(u: &mut Unstructured<'_>, documents: Vec<Model>, features: Features) -> Result<Stream> {
    let (mut text, mut comments) = (String::new(), 0);
    let is_directed = features.odd && u.one_in(12)?;
    let blank = |u: &mut Unstructured<'_>, text: &mut String, comments: &mut usize| -> Result<()> {
        while features.comments && u.one_in(4)? {
            text.push_str(&format!("# between documents <c{comments}>\n"));
            *comments += 1;
            text.push_str(if u.one_in(2)? { "\n" } else { "" });
        }
        Ok(())
    };
    blank(u, &mut text, &mut comments)?;
    if is_directed {
        text.push_str("%YAML 1.1\n");
    }
    for (at, document) in documents.iter().enumerate() {
        let mut on_marker = false;
        if at > 0 || is_directed || u.one_in(2)? {
            text.push_str("---");
            match u.below(8)? {
                0 => {
                    text.push_str(&format!(" # at a marker <c{comments}>"));
                    comments += 1;
                }
                1 => text.push_str("  "),
                2 if features.odd => on_marker = true,
                _ => {}
            }
            text.push_str(if on_marker { " " } else { "\n" });
        }
        if !on_marker {
            blank(u, &mut text, &mut comments)?;
        }
        comments = print(u, &mut text, document, features, comments, on_marker)?;
        if features.odd && u.one_in(15)? {
            text.push_str("...\n");
        } else if u.one_in(20)? {
            // A document with nothing in it.
            text.push_str("---\n");
            blank(u, &mut text, &mut comments)?;
        }
        if at + 1 < documents.len() && u.one_in(20)? {
            text.push_str("---\n");
        }
    }
    let text = line_ends(u, text)?;
    Ok(Stream { text, documents, comments })
}

fn print(
    u: &mut Unstructured<'_>,
    text: &mut String,
    document: &Model,
    features: Features,
    comments: usize,
    on_marker: bool,
) -> Result<usize> {
    let (in_flow, json) = (on_marker || u.one_in(10)?, u.one_in(2)?);
    let column = if u.one_in(20)? { 2 } else { 0 };
    let mut printer = Printer::new(u, features, comments)?;
    if in_flow {
        let style = if json { FlowStyle::json(printer.u)? } else { FlowStyle::draw(printer.u, features)? };
        printer.flow(document, style, 0, 0)?;
        printer.out.push('\n');
    } else {
        if features.hazards && printer.u.one_in(40)? {
            printer.out.push_str("!!map\n");
        }
        printer.root(document, column)?;
    }
    printer.filler(0)?;
    text.push_str(&printer.out);
    Ok(printer.comments)
}

/// Carriage returns on all lines, on some, or on none; a byte order mark; no final line end.
fn line_ends(u: &mut Unstructured<'_>, text: String) -> Result<String> {
    let mut out = if u.one_in(12)? { "\u{FEFF}".to_owned() } else { String::new() };
    let style = u.below(8)?;
    for line in text.split_inclusive('\n') {
        let crlf = style == 1 || style == 2 && u.one_in(2)?;
        match line.strip_suffix('\n') {
            Some(line) if crlf => out.extend([line, "\r\n"]),
            _ => out.push_str(line),
        }
    }
    if u.one_in(5)? {
        let cut = out.strip_suffix("\r\n").or(out.strip_suffix('\n')).filter(|cut| !cut.ends_with('\n')).map(str::len);
        out.truncate(cut.unwrap_or(out.len()));
    }
    Ok(out)
}
