//! Manual pages: what help says, with a synopsis that fits a line, and with sections for examples and exit codes.

use std::fmt::Write as _;

use clap::Command;

/// The page of a command, as roff.
///
/// # Errors
///
/// Never: it is written into memory.
pub(super) fn page(command: &Command) -> anyhow::Result<String> {
    let command = &with_all_texts(command.clone());
    let page = clap_mangen::Man::new(command.clone()).source(concat!("istio-drain ", env!("CARGO_PKG_VERSION")));
    let mut head = Vec::new();
    page.render_title(&mut head)?;
    page.render_name_section(&mut head)?;
    let mut body = Vec::new();
    page.render_description_section(&mut body)?;
    page.render_options_section(&mut body)?;
    if command.has_subcommands() {
        page.render_subcommands_section(&mut body)?;
    }
    let mut text = String::from_utf8(head)?;
    text.push_str(".SH SYNOPSIS\n");
    let usage = command.clone().render_usage().to_string();
    let lines: Vec<_> = usage.lines().map(|line| line.trim_start_matches("Usage:").trim()).collect();
    lines.iter().for_each(|line| text.push_str(&format!("\\fB{}\\fR\n.br\n", escaped(line))));
    text.push_str(&String::from_utf8(body)?);
    let after = command.get_after_long_help().or_else(|| command.get_after_help());
    sections(&mut text, &after.map(ToString::to_string).unwrap_or_default());
    Ok(text)
}

/// The command with a long text for each flag. Of flags that `-h` leaves out, clap_mangen shows only that.
fn with_all_texts(command: Command) -> Command {
    command.mut_args(|arg| match arg.get_long_help().or_else(|| arg.get_help()).cloned() {
        Some(text) => arg.long_help(text),
        None => arg,
    })
}

/// The sections behind the flags: a title, and lines below it that stay as they are.
fn sections(page: &mut String, after: &str) {
    for section in after.split("\n\n") {
        let (title, lines) = section.split_once('\n').unwrap_or((section, ""));
        let Some(title) = title
            .strip_suffix(':')
            .filter(|title| !title.contains(' ') || ["Exit codes", "More examples"].contains(title))
        else {
            let _ = write!(page, ".PP\n.nf\n{}\n.fi\n", escaped(section));
            continue;
        };
        let title = if title == "Exit codes" { "EXIT STATUS".to_owned() } else { title.to_uppercase() };
        let _ = write!(page, ".SH {title}\n.nf\n");
        lines.lines().for_each(|line| page.push_str(&(escaped(line.strip_prefix("  ").unwrap_or(line)) + "\n")));
        page.push_str(".fi\n");
    }
}

/// Text that roff prints as it is.
fn escaped(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_short_synopsis_and_examples() {
        let mut command = super::super::command::command();
        command.build();
        let check = command.find_subcommand("check").unwrap();
        let page = page(check).unwrap();
        assert!(page.contains("\n.SH SYNOPSIS\n\\fBistio\\-drain check [OPTIONS] [PATH]...\\fR\n"), "{page}");
        assert!(page.contains("\n.SH EXAMPLES\n.nf\nistio\\-drain check manifests/\n"), "{page}");
        assert!(page.contains("\n.SH EXIT STATUS\n.nf\n0  nothing found that counts\n"), "{page}");
    }

    /// Each flag says what it does.
    #[test]
    fn no_flag_is_without_a_text() {
        let mut command = super::super::command::command();
        command.build();
        for one in command.get_subcommands() {
            let page = page(one).unwrap();
            let lines: Vec<_> = page.lines().collect();
            let flags = lines.windows(3).filter(|lines| lines[0] == ".TP" && lines[1].contains("\\-\\-"));
            let empty: Vec<_> = flags.filter(|lines| lines[2].is_empty() || lines[2].starts_with('.')).collect();
            assert!(empty.is_empty(), "{}: {empty:#?}", one.get_name());
        }
    }

    #[test]
    fn nothing_in_a_text_is_a_request() {
        assert_eq!(escaped(".a\n'b\nc\\d -e"), "\\&.a\n\\&'b\nc\\ed \\-e");
    }
}
