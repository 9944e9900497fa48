//! The characters of a string in quotes, and where each of them stands.

/// The characters between quotes, each with the byte behind it; `None` for an escape that YAML doesn't have. A line
/// break between others counts as the space or as the line breaks that it stands for, with the white space around it.
/// Nothing can be put between blank lines, so the byte of their line breaks is 0.
pub(super) fn decoded(inside: &str, quote: char) -> Option<Vec<(usize, char)>> {
    let mut decoded = Vec::with_capacity(inside.len());
    let mut at = 0;
    while let Some(rest) = inside.get(at..).filter(|rest| !rest.is_empty()) {
        let run = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        let breaks: Vec<_> = rest.get(..run)?.match_indices('\n').map(|(feed, _)| at + feed + 1).collect();
        match breaks.as_slice() {
            [] => {
                let (length, c) = first(rest, quote)?;
                at += length;
                decoded.extend(c.map(|c| (at, c)));
            }
            [_] => {
                at += run;
                decoded.push((at, ' '));
            }
            [_, inner @ .., _] => {
                at += run;
                decoded.extend(inner.iter().map(|_| (0, '\n')));
                decoded.push((at, '\n'));
            }
        }
    }
    Some(decoded)
}

/// How the text starts: with how many bytes, and with which character. An escaped line break is none.
fn first(text: &str, quote: char) -> Option<(usize, Option<char>)> {
    let mut chars = text.chars();
    match (chars.next()?, quote) {
        ('\'', '\'') => text.starts_with("''").then_some((2, Some('\''))),
        ('\\', '"') => escaped(chars.as_str()).map(|(length, c)| (length + 1, c)),
        (c, _) => Some((c.len_utf8(), Some(c))),
    }
}

/// What stands behind a backslash.
fn escaped(text: &str) -> Option<(usize, Option<char>)> {
    let hex = |digits: usize| {
        let value = text.get(1..=digits).and_then(|text| u32::from_str_radix(text, 16).ok());
        // A pair of surrogates ends the attempt here: the string is then written again as a whole.
        value.and_then(char::from_u32).map(|c| (digits + 1, Some(c)))
    };
    let c = match text.chars().next()? {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        c @ (' ' | '"' | '/' | '\\') => c,
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        'x' => return hex(2),
        'u' => return hex(4),
        'U' => return hex(8),
        '\r' | '\n' => {
            let rest = text.trim_start_matches('\r').strip_prefix('\n')?.trim_start_matches([' ', '\t']);
            return Some((text.len() - rest.len(), None));
        }
        _ => return None,
    };
    Some((1, Some(c)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::patch::{Patch, Route, Step};
    use crate::yaml::{EditSet, Source, Value, lower, parse_all, parse_text};

    #[test]
    fn each_character_has_the_byte_behind_it() {
        let check = |inside: &str, quote: char, expected: &[(usize, char)]| {
            assert_eq!(decoded(inside, quote).as_deref(), Some(expected), "{inside}");
        };
        check("a''b", '\'', &[(1, 'a'), (3, '\''), (4, 'b')]);
        check("a \n  b\n\n  c", '\'', &[(1, 'a'), (5, ' '), (6, 'b'), (10, '\n'), (11, 'c')]);
        check("a\n\n\n  b", '\'', &[(1, 'a'), (0, '\n'), (6, '\n'), (7, 'b')]);
        check("a\\n\\\r\n  \\  b", '"', &[(1, 'a'), (3, '\n'), (10, ' '), (11, ' '), (12, 'b')]);
        check("\\x41\\u00e4", '"', &[(4, 'A'), (10, '\u{e4}')]);
        for wrong in ["\\q", "\\x4", "\\ud83d"] {
            assert_eq!(decoded(wrong, '"'), None, "{wrong}");
        }
    }

    fn edited(text: &str, patch: &Patch) -> String {
        let source = Source::embedded(text);
        let tree = parse_all(source).unwrap();
        EditSet::new(lower(&tree, tree.roots()[0], patch).unwrap()).unwrap().apply(source)
    }

    /// What is put into a text of any style is there for whoever reads it, the style stays, and nothing is left of it
    /// when it is taken out again.
    #[test]
    fn put_and_removed_gives_the_old_bytes_back() {
        let texts = ["a: 1", "a: it's\nb: \u{e4}", "# c\na: 1\n\nb: 2 # d", "a: 1\n\n# end", "a: {x: 1}\nb: [1, 2]"];
        let deep = ["a: 1\nc:\n  x: y", "c:\n  x: y\nz: 1", "a: 1\nc:\n  x:\n  - 1\n  - 2"];
        let block = |text: &str, header: &str, end: &str| {
            let lines: String = text.split('\n').map(|line| format!("    {line}\n").replace("    \n", "\n")).collect();
            format!("k: {header}\n{lines}{end}")
        };
        let folded = |text: &str| text.replace('\n', "\n\n  ");
        let escaped = |text: &str| text.replace('\n', "\\n").replace('\u{e4}', "\\xe4");
        let mut all = Vec::new();
        for text in texts.iter().chain(&deep) {
            for end in ["", "z: 1\n", "\n# end\nz: 1\n"] {
                all.extend(["|", "|-", "|4", "|4-", "| # c"].map(|header| block(text, header, end)));
                all.extend([format!("k: \"{}\"\n{end}", escaped(text)), format!("k: \"{}\\n\"\n{end}", escaped(text))]);
                let behind = |line: &str| if line.starts_with(' ') { format!("\\{line}") } else { line.to_owned() };
                let continued = text.split('\n').map(behind).collect::<Vec<_>>().join("\\n\\\n  ");
                all.extend((!text.contains("\n\n")).then(|| format!("k: \"{continued}\"\n{end}")));
            }
            all.push(block(text, "|-", "").trim_end().to_owned());
        }
        for text in ["a: 1", "a: it''s\nb: \u{e4}", "a: {x: 1}\nb: [1, 2]"] {
            for end in ["", "z: 1\n"] {
                all.push(format!("k: '{}'\n{end}", folded(text)));
                all.push(format!("k: '{}\n\n  '\n{end}", folded(text)));
                all.push(format!("k: \"{}\"\n{end}", folded(&text.replace("''", "'"))));
            }
        }
        for text in ["a: 1", "a: 1\n\nb: 2", "c:\n  x: y", "a: 1\n\nc:\n  x: y"] {
            all.extend([">", ">-"].map(|header| block(text, header, "z: 1\n")));
            all.push(block(text, ">", ""));
        }
        let way = |keys: &[&'static str]| Route::from(["k"]).then([Step::Text]).then(keys.iter().copied());
        for input in all.iter().flat_map(|text| [text.clone(), text.replace('\n', "\r\n")]) {
            let mut put = Patch::default();
            put.put(&way(&["c", "drain"]), Value::str("40s"));
            put.put(&way(&["c", "more"]), Value::str("60s"));
            let output = edited(&input, &put);
            let tree = parse_all(Source::embedded(&output)).unwrap();
            let text = tree.str_at(tree.roots()[0], &["k"]).unwrap();
            let inner = parse_text(Source::embedded(text)).unwrap();
            assert_eq!(inner.str_at(inner.roots()[0], &["c", "more"]), Some("60s"), "{input}\n{output}");
            assert_eq!(output.get(..5), input.get(..5), "{input}\n{output}");
            let mut removed = Patch::default();
            removed.remove(&way(&["c", "drain"]));
            removed.remove(&way(&["c", "more"]));
            assert_eq!(edited(&output, &removed), input, "{output}");
        }
    }
}
