//! The pages: every command that is shown with its output prints just that, links lead somewhere, and each page starts
//! with who needs it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;

use super::super::support::folder::Folder;
use super::super::support::golden;
use super::super::support::process::clean;
use super::needs_a_stand_in;

/// Generated texts that are not pages, and the list of pages.
const NO_PAGES: [&str; 1] = ["SUMMARY.md"];
/// Pages whose blocks have a test of their own: of each timeline only the picture is shown.
const OF_THEIR_OWN: [&str; 1] = ["how-pods-die.md"];
/// The start of the output from here on is not shown.
const CUT: &str = "...";

fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir("docs").unwrap().map(|entry| entry.unwrap().path());
    let is_page = |path: &PathBuf| {
        path.extension().is_some_and(|ending| ending == "md") && !NO_PAGES.iter().any(|name| path.ends_with(name))
    };
    let mut all: Vec<_> = docs.filter(is_page).chain([PathBuf::from("README.md")]).collect();
    all.sort();
    all
}

/// What a shell prints for a line: the output, or the messages where there is none.
fn printed(line: &str, programs: &Path) -> String {
    let mut command = clean("bash");
    command.args(["-c", &format!("set -o pipefail\n{line}\n")]);
    let output = command.env("PATH", format!("{}:/usr/bin:/bin", programs.display())).output().unwrap();
    let text = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
    assert!(output.status.code() <= Some(1), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(text.clone()).unwrap()
}

/// The page with fresh outputs, and how many there are.
fn fresh(page: &Path, programs: &Path) -> (String, usize) {
    let text = fs::read_to_string(page).unwrap();
    let (mut fresh, mut count, mut is_open) = (String::new(), 0, false);
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        fresh.push_str(line);
        let Some(language) = line.strip_prefix("```").map(str::trim) else { continue };
        is_open = !is_open;
        if !is_open || !["console", "text", "diff"].contains(&language) {
            continue;
        }
        let start = lines.peek().copied().unwrap_or_default();
        assert!(start.starts_with("$ "), "{}: nobody can tell where this comes from: {start}", page.display());
        while let Some(command) = lines.next_if(|line| line.starts_with("$ ")) {
            fresh.push_str(command);
            let mut shown = Vec::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ") && line.trim_end() != "```") {
                shown.push(line);
            }
            let line = command.trim_start_matches("$ ").trim_end();
            if needs_a_stand_in(line) {
                assert!(shown.is_empty(), "{}: {line}: nobody checks this", page.display());
                continue;
            }
            let printed = printed(line, programs);
            let is_cut = shown.last().is_some_and(|last| last.trim_end() == CUT);
            let all: Vec<_> = printed.split_inclusive('\n').collect();
            let kept = if is_cut { all.iter().take(shown.len() - 1) } else { all.iter().take(all.len()) };
            fresh.extend(kept.copied());
            fresh.push_str(if is_cut { "...\n" } else { "" });
            count += 1;
        }
    }
    (fresh, count)
}

#[test]
fn every_output_on_the_pages_is_what_its_command_prints() {
    let folder = Folder::new();
    symlink(env!("CARGO_BIN_EXE_istio-drain"), folder.path().join("istio-drain")).unwrap();
    let mut all = 0;
    for page in pages().iter().filter(|page| !OF_THEIR_OWN.iter().any(|name| page.ends_with(name))) {
        let (text, count) = fresh(page, folder.path());
        all += count;
        if let Err(difference) = golden::check(page, Some(text.as_bytes())) {
            panic!("{difference}\nUPDATE_FIXTURES=1 writes it again");
        }
    }
    assert!(all >= 18, "only {all} outputs were found");
}

/// The command at the head of the README is the one whose output follows.
#[test]
fn what_the_first_command_prints_is_on_the_page() {
    let page = fs::read_to_string("README.md").unwrap();
    let first = page.split("```sh\n").nth(1).unwrap();
    let mut lines = first.lines().map(|line| line.split("  #").next().unwrap().trim());
    let arguments = lines.next().unwrap().strip_prefix("cargo run -- ").unwrap();
    assert!(page.contains(&format!("```console\n$ istio-drain {arguments}\n--- a/")), "{arguments}");
    assert_eq!(lines.next(), Some("cargo test"));
}

/// The anchors of a page, as GitHub and mdbook make them of headings.
fn anchors(text: &str) -> Vec<String> {
    let heading =
        |line: &str| Some(line.trim_start_matches('#').trim().to_lowercase()).filter(|_| line.starts_with('#'));
    let anchor = |title: String| {
        let is_kept = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        title.chars().filter(|c| is_kept(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    text.lines().filter_map(heading).map(anchor).collect()
}

#[test]
fn links_lead_to_files_and_headings() {
    let others = ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/SUMMARY.md"].map(PathBuf::from);
    let mut count = 0;
    for page in pages().into_iter().chain(others) {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            if file.contains(':') || link.contains([' ', '`']) {
                continue;
            }
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link} is not there", page.display());
            if !anchor.is_empty() {
                let known = anchors(&fs::read_to_string(&target).unwrap());
                assert!(known.iter().any(|known| known == anchor), "{}: {link} leads to no heading", page.display());
            }
            count += 1;
        }
    }
    assert!(count > 150, "only {count} links were found");
}

#[test]
fn each_page_says_for_whom_it_is_and_the_book_has_all() {
    let [list, contents] = ["docs/SUMMARY.md", "docs/README.md"].map(|path| fs::read_to_string(path).unwrap());
    for page in pages().iter().filter(|page| page.starts_with("docs")) {
        let name = page.file_name().unwrap().to_str().unwrap();
        assert!(list.contains(&format!("]({name})")), "docs/SUMMARY.md lacks {name}");
        if name == "README.md" {
            continue;
        }
        assert!(contents.contains(&format!("]({name})")), "docs/README.md lacks {name}");
        let text = fs::read_to_string(page).unwrap();
        let is_start = |part: &&str| !part.starts_with(['#', '<']);
        let start = text.split("\n\n").find(is_start).unwrap();
        assert!(start.starts_with("For ") && start.contains("In short:"), "{name} starts with {start}");
    }
}

/// Two screens before the links.
#[test]
fn the_readme_is_short() {
    let page = fs::read_to_string("README.md").unwrap();
    let (before, _) = page.split_once("\n## More\n").unwrap();
    let (lines, words) = (before.lines().count(), before.split_whitespace().count());
    assert!(lines <= 140 && words <= 1150, "{lines} lines, {words} words");
}

/// The commands in the text, as in the table of ways to install it: what they name is there, and flags are known.
#[test]
fn commands_in_the_text_are_right() {
    let recipes = fs::read_to_string("justfile").unwrap();
    let mut count = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let prose = text.split("```").step_by(2).flat_map(|part| part.split('`').skip(1).step_by(2));
        for span in prose.filter(|span| !span.contains('\n')) {
            let words: Vec<&str> = span.split(' ').collect();
            let is_known = match words[..] {
                ["just", recipe, ..] => recipes
                    .lines()
                    .any(|line| line.strip_prefix(recipe).is_some_and(|rest| rest.starts_with([' ', ':']))),
                ["helm", "plugin", "install", folder] => Path::new(folder).is_dir(),
                // Values may be left out, but a line with variables, pipes or placeholders can't be parsed.
                ["istio-drain", _, ..] if !span.contains(['|', '$', '<', '>', '"', '\'', '(', '.']) => {
                    let parsed = istio_drain::inside::cli::command().try_get_matches_from(&words);
                    let unknown =
                        [ErrorKind::UnknownArgument, ErrorKind::InvalidSubcommand, ErrorKind::ArgumentConflict];
                    parsed.err().is_none_or(|error| !unknown.contains(&error.kind()))
                }
                _ => continue,
            };
            assert!(is_known, "{}: `{span}` is not right", page.display());
            count += 1;
        }
    }
    assert!(count >= 30, "only {count} commands were found");
}

/// The keys of an output, without the values.
fn keys(value: &serde_json::Value, path: &str, all: &mut Vec<String>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        all.push(format!("{path}.{key}"));
        keys(value, &format!("{path}.{key}"), all);
    }
    if let Some(first) = value.get(0) {
        keys(first, path, all);
    }
}

#[test]
fn the_json_of_a_check_has_the_keys_that_the_page_shows() {
    let page = fs::read_to_string("docs/check.md").unwrap();
    let block = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = Folder::new();
    symlink(env!("CARGO_BIN_EXE_istio-drain"), folder.path().join("istio-drain")).unwrap();
    let line = "istio-drain check --format json fixtures/recipe/hook-longer-than-grace/input.yaml";
    let [shown, real] = [block.to_owned(), printed(line, folder.path())].map(|text| {
        let mut all = Vec::new();
        keys(&serde_json::from_str(&text).unwrap(), "", &mut all);
        all
    });
    let lacking: Vec<_> =
        shown.iter().filter(|key| !real.contains(key) && *key != ".findings.object.namespace").collect();
    assert!(lacking.is_empty(), "no check prints {lacking:?}");
}
