//! The walls between the rooms of the code: which room may name which other room, and which package.
//!
//! The table below is the one in ARCHITECTURE.md, with the names that the right-hand column comes to. A name counts
//! wherever it stands in a file, tests included, but for comments. What a table allows and nothing uses is an error
//! too, so the table can't grow more generous than the code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A room, the rooms that it may name, and the packages. What is not listed must not be known; `std` always may.
const ROOMS: [(&str, &[&str], &[&str]); 27] = [
    // Text, spans, styles, edits, the scalars of YAML 1.1; not Kubernetes.
    ("yaml", &["parallel"], &["base64", "granit_parser", "memchr"]),
    // Models of the systems around us; not text.
    ("kubernetes", &[], &[]),
    ("istio", &["kubernetes"], &[]),
    // Which kinds have pods in them, and where; not text.
    ("kinds", &["kubernetes"], &[]),
    // What can be wrong and how it is said; not how it is found.
    ("rules", &["istio", "kubernetes"], &[]),
    // The domain; not text, serde, the command line, io.
    ("shutdown", &["istio", "kubernetes", "rules"], &[]),
    // What happens at a shutdown; not how it is shown, nor what the plan promises.
    ("timeline", &["istio", "kubernetes", "shutdown"], &[]),
    // What logs and events say of a shutdown, and what was predicted beside it; not how it is shown.
    ("observed", &["object", "timeline", "yaml"], &["k8s_openapi", "serde_json"]),
    // The wire form of the policy; not text edits.
    (
        "policy",
        &["escape", "istio", "kinds", "kubernetes", "nearest", "object", "rules", "shutdown", "yaml"],
        &["globset", "kube_core", "serde_json", "serde_yaml"],
    ),
    // Where things are in manifests; not how they are printed.
    ("object", &["yaml"], &["kube_core", "serde_json"]),
    ("workload", &["kinds", "object", "yaml"], &[]),
    (
        "facts",
        &["istio", "kinds", "kubernetes", "nearest", "object", "rules", "shutdown", "workload", "yaml"],
        &["k8s_openapi", "serde_json"],
    ),
    // What the input says of the mesh around its workloads; not how it is printed.
    (
        "world",
        &["istio", "kinds", "kubernetes", "mesh", "object", "policy", "protocol", "shutdown", "yaml"],
        &["k8s_openapi", "kube_core", "memchr", "serde_json"],
    ),
    // What dumps of clusters show of a mesh, as a policy; not io.
    ("learn", &["escape", "istio", "kubernetes", "object", "policy", "world", "yaml"], &["kube_core", "serde_json"]),
    // ResourceList, functionConfig, results; not the domain.
    ("protocol", &["escape", "object", "yaml"], &["serde_json"]),
    // From changes to values; not how text looks.
    // Where objects of the mesh have its settings; not what is to become of them.
    ("mesh", &["facts", "istio", "object", "rules", "yaml"], &[]),
    ("recipe", &["facts", "istio", "rules", "shutdown", "workload", "yaml"], &[]),
    // What a run found, and how people read it; not io.
    ("report", &["istio", "kubernetes", "object", "policy", "protocol", "rules", "shutdown", "timeline", "yaml"], &[]),
    // What a check found, and what fails it; not how it is printed.
    ("check", &["report", "rules", "transform", "yaml"], &["serde_json"]),
    (
        "render",
        &[
            "check",
            "escape",
            "istio",
            "nearest",
            "observed",
            "protocol",
            "report",
            "rules",
            "shutdown",
            "timeline",
            "transform",
            "yaml",
        ],
        &["serde", "serde_json", "similar"],
    ),
    // The order in which the rooms are called, and the proof; not io.
    (
        "transform",
        &[
            "facts",
            "istio",
            "kinds",
            "kubernetes",
            "mesh",
            "nearest",
            "object",
            "parallel",
            "recipe",
            "policy",
            "protocol",
            "report",
            "rules",
            "shutdown",
            "timeline",
            "workload",
            "world",
            "yaml",
        ],
        &[],
    ),
    // What other programs call; not the command line.
    ("embed", &["istio", "policy", "report", "rules", "transform", "yaml"], &[]),
    // Work on all cores; nothing of what the work is.
    ("parallel", &[], &[]),
    // What a terminal or a log would act on; nothing of where it comes from.
    ("escape", &[], &[]),
    // The name that was probably meant; nothing of what is named.
    ("nearest", &[], &["strsim"]),
    // Bytes in and out; not manifests.
    ("io", &["parallel", "yaml"], &["ignore", "rustix", "signal_hook", "tempfile"]),
    // Flags, exit codes; everything else through the library.
    (
        "cli",
        &["check", "escape", "io", "learn", "nearest", "observed", "parallel", "policy", "render", "transform", "yaml"],
        &["anyhow", "clap", "clap_complete", "clap_mangen", "terminal_size"],
    ),
];

/// What the timeline takes from the room of the plan: what a pod is, and what a policy states. None of it is a number
/// that the plan has worked out, so each checks the other.
const FACTS_OF_TIMELINES: [&str; 10] =
    ["AppEnd", "AppHook", "CallsOut", "Effective", "Grace", "PodFacts", "Policy", "ProxyHook", "ProxyImage", "Seconds"];

#[test]
fn the_timeline_shares_no_number_with_the_plan() {
    let mut taken = BTreeSet::new();
    for file in files("src/timeline")
        .into_iter()
        .filter(|file| !file.ends_with("measured.rs") && !file.ends_with("properties.rs"))
    {
        let text = fs::read_to_string(&file).unwrap();
        let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let uses = code.split("crate::shutdown::").skip(1);
        let names =
            uses.flat_map(|rest| rest.trim_start_matches('{').split(['}', ';']).next().unwrap_or_default().split(','));
        taken.extend(names.map(|name| name.trim().to_owned()));
    }
    let allowed = BTreeSet::from(FACTS_OF_TIMELINES.map(str::to_owned));
    assert_eq!(taken, allowed);
}

/// Files of a room need each other in one direction: nobody has to go back up to follow a value. Tests may look
/// anywhere, and a `mod` line is no need.
#[test]
fn no_two_files_of_a_room_need_each_other() {
    let mut needs: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    for file in files("src") {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        // `super::x` of `room/a.rs` is `room/x.rs`, and of `room/mod.rs` or `room.rs` beside `room/` it is above.
        let folder = file.parent().unwrap();
        let names = code.split(|c: char| !c.is_alphanumeric() && !"_:{},".contains(c) && c != ' ').flat_map(|path| {
            let Some((before, names)) = path.split_once("super::") else { return Vec::new() };
            if before.ends_with("super::") || names.starts_with("super::") {
                return Vec::new();
            }
            let first = |name: &str| name.trim().split("::").next().unwrap_or_default().to_owned();
            match names.strip_prefix('{') {
                Some(list) => list.split(',').map(first).collect(),
                None => vec![first(names)],
            }
        });
        let is_root = file.file_name().is_some_and(|name| name == "mod.rs");
        let siblings = names.map(|name| folder.join(format!("{name}.rs"))).filter(|path| !is_root && path.exists());
        needs.insert(file.clone(), siblings.filter(|path| *path != file).collect());
    }
    assert!(needs.values().map(BTreeSet::len).sum::<usize>() > 200, "needs are seen");
    // What needs nobody that is left is taken away; circles stay.
    let mut left = needs;
    loop {
        let free: BTreeSet<_> =
            left.iter().filter(|(_, needs)| needs.is_empty()).map(|(file, _)| file.clone()).collect();
        if free.is_empty() {
            break;
        }
        left.retain(|file, _| !free.contains(file));
        left.values_mut().for_each(|needs| needs.retain(|need| !free.contains(need)));
    }
    // Not those that only lead to a circle.
    let in_circles = |file: &PathBuf| left.values().any(|needs| needs.contains(file));
    let circles: Vec<_> = left.keys().filter(|file| in_circles(file)).collect();
    assert!(circles.is_empty(), "files need each other: {circles:#?}");
}

/// Files longer than this are to be split by nouns.
const MOST_LINES: usize = 500;

#[test]
fn rooms_name_only_what_they_may_know() {
    // In a crate archive, cargo has written it anew, and kept the original beside it.
    let manifest = fs::read_to_string("Cargo.toml.orig").or_else(|_| fs::read_to_string("Cargo.toml"));
    let packages = packages(&manifest.unwrap());
    let mut used: BTreeMap<&str, Names> = BTreeMap::new();
    let mut failures = Vec::new();
    for file in files("src") {
        let text = fs::read_to_string(&file).unwrap();
        let place = file.strip_prefix("src").unwrap();
        let Some((room, rooms, allowed)) = ROOMS.iter().find(|(room, ..)| *room == room_of(place)) else {
            // The root of the library names all rooms, and the binary the library.
            assert!(place == Path::new("lib.rs") || place == Path::new("main.rs"), "{} is in no room", file.display());
            continue;
        };
        let names = Names::of(&text, &packages, depth(place));
        let foreign = names.rooms.iter().filter(|name| *name != room && !rooms.contains(&name.as_str()));
        failures.extend(foreign.map(|name| format!("{} names the room `{name}`", file.display())));
        let unknown = names.packages.iter().filter(|name| !allowed.contains(&name.as_str()));
        failures.extend(unknown.map(|name| format!("{} names the package `{name}`", file.display())));
        used.entry(room).or_default().add(names);
    }
    for (room, rooms, allowed) in ROOMS {
        let used = used.remove(room).unwrap_or_else(|| panic!("there is no room `{room}`"));
        let unused_rooms = rooms.iter().filter(|name| !used.rooms.contains(**name));
        let unused_packages = allowed.iter().filter(|name| !used.packages.contains(**name));
        failures.extend(unused_rooms.chain(unused_packages).map(|name| format!("`{room}` does not name `{name}`")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The map of files in ARCHITECTURE.md is the one of `src`. Files of rules are left out: their names are in the
/// registry.
#[test]
fn the_map_names_every_file_and_no_other() {
    let page = fs::read_to_string("ARCHITECTURE.md").unwrap();
    let (_, map) = page.split_once("| room | where to look |\n").unwrap();
    let mapped: BTreeMap<&str, BTreeSet<String>> = map
        .lines()
        .skip(1)
        .map_while(|line| line.strip_prefix("| `")?.split_once("` | "))
        .map(|(room, text)| {
            (room.trim_end_matches('/'), text.split('`').skip(1).step_by(2).map(str::to_owned).collect())
        })
        .collect();
    let mut there: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for file in files("src") {
        let place = file.strip_prefix("src").unwrap();
        let Some((room, ..)) = ROOMS.iter().find(|(room, ..)| *room == room_of(place)) else { continue };
        if fs::read_to_string(&file).unwrap().contains("\nrule! {\n") {
            continue;
        }
        // A room's own file is not part of it, and `lower/mod.rs` is `lower`.
        let name = place.with_extension("");
        let name = if name.ends_with("mod") { name.parent().unwrap() } else { &name };
        if name != Path::new(room) {
            there.entry(room).or_default().insert(name.file_name().unwrap().to_str().unwrap().to_owned());
        }
    }
    for room in there.keys().chain(mapped.keys()).collect::<BTreeSet<_>>() {
        assert_eq!(mapped.get(room), there.get(room), "`{room}`: the files in ARCHITECTURE.md, and those in src");
    }
}

#[test]
fn files_stay_short() {
    let long = ["src", "tests"].into_iter().flat_map(files).filter_map(|file| {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        (lines > MOST_LINES).then(|| format!("{} has {lines} lines", file.display()))
    });
    assert_eq!(long.collect::<Vec<_>>(), [""; 0]);
}

/// Whoever looks a type up finds one. The types of the wire forms end in `Json`.
#[test]
fn no_name_is_given_to_two_types() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files("src") {
        for name in types(&fs::read_to_string(&file).unwrap()) {
            places.entry(name).or_default().push(file.display().to_string());
        }
    }
    assert!(places.len() > 100, "{places:?}");
    places.retain(|_, files| files.len() > 1);
    assert!(places.is_empty(), "{places:#?}");
}

/// The types that a text defines. The associated types of traits, which are indented, are no names of their own.
fn types(text: &str) -> Vec<String> {
    let name = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (rest, visibility) = words.split_first()?;
        let words = if rest.starts_with("pub") { visibility } else { &words[..] };
        let [keyword, name, ..] = words else { return None };
        let is_type = ["struct", "enum", "union", "trait"].contains(keyword)
            || *keyword == "type" && !line.starts_with(char::is_whitespace);
        let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        (is_type && !name.is_empty()).then_some(name)
    };
    text.lines().filter_map(name).collect()
}

#[test]
fn types_are_found_in_every_form() {
    let text = "pub(crate) struct A<'a> {\n    enum B {\npub trait C: D {\ntype E<T> = F;\n    type G = H;\n\
        // struct I\n    struct $row;\npub fn struct_j() {}\nstruct K(u8);\n";
    assert_eq!(types(text), ["A", "B", "C", "E", "K"]);
}

/// The rooms and the packages that some text names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Names {
    rooms: BTreeSet<String>,
    packages: BTreeSet<String>,
}

impl Names {
    /// Reads a file that stands so many modules below the root of the crate.
    fn of(text: &str, packages: &BTreeSet<String>, depth: usize) -> Self {
        let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
        // All inline modules are at the end of their files.
        let inline = code.iter().position(|line| line.trim_start().starts_with("mod ") && line.ends_with('{'));
        let (outer, inner) = code.split_at(inline.unwrap_or(code.len()));
        let mut names = Self::default();
        names.read(&outer.join("\n"), packages, depth);
        names.read(&inner.join("\n"), packages, depth + 1);
        names
    }

    fn read(&mut self, code: &str, packages: &BTreeSet<String>, depth: usize) {
        let root = "super::".repeat(depth);
        for start in ["crate::", root.as_str()] {
            for (at, _) in code.match_indices(start).filter(|(at, _)| is_start(code, *at)) {
                self.rooms.extend(first_names(&code[at + start.len()..]));
            }
        }
        for package in packages {
            let is_named = |(at, _): (usize, &str)| is_start(code, at) && code[at + package.len()..].starts_with("::");
            if code.match_indices(package.as_str()).any(is_named) {
                self.packages.insert(package.clone());
            }
        }
    }

    fn add(&mut self, other: Self) {
        self.rooms.extend(other.rooms);
        self.packages.extend(other.packages);
    }
}

/// Whether a path may start here: what stands before is not part of it.
fn is_start(code: &str, at: usize) -> bool {
    let before = code[..at].chars().next_back();
    before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':')
}

/// The name that a path goes on with, or all of them where it goes on with a group: `{a, b::{c}, d as e}`.
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let group = rest.strip_prefix('{').unwrap_or_else(|| rest.split([';', ',']).next().unwrap_or_default());
    let mut nesting = 0;
    let mut names = vec![String::new()];
    for c in group.chars() {
        match c {
            '}' if nesting == 0 => break,
            '{' => nesting += 1,
            '}' => nesting -= 1,
            ',' if nesting == 0 => names.push(String::new()),
            c if nesting == 0 => names.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    names.iter().map(|text| name(text)).filter(|name| !name.is_empty()).collect()
}

/// The packages in a manifest's `[dependencies]`, as code names them.
fn packages(manifest: &str) -> BTreeSet<String> {
    let dependencies = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let lines = dependencies.take_while(|line| !line.starts_with('['));
    lines.filter_map(|line| Some(line.split_once(" = ")?.0.replace('-', "_"))).collect()
}

/// The room of a file, from its place under `src`.
fn room_of(place: &Path) -> String {
    let first = place.iter().next().unwrap_or_default().to_string_lossy();
    first.strip_suffix(".rs").unwrap_or(&first).to_owned()
}

/// How many modules a file stands below the root of the crate.
fn depth(place: &Path) -> usize {
    let is_folder = place.file_name().is_some_and(|name| name == "mod.rs");
    place.iter().count() - usize::from(is_folder)
}

/// All files of Rust below a folder.
fn files(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    files_of(folder, "rs")
}

/// The files in a folder and below it whose name ends with that extension, in order.
fn files_of(folder: impl AsRef<Path>, extension: &str) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let below = |path: PathBuf| if path.is_dir() { files_of(path, extension) } else { vec![path] };
    paths.into_iter().flat_map(below).filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

/// Files with lines that are long for a reason: markup of a page that is made small, what istiod writes on one line,
/// and a value that is expected on one line.
const LONG_LINES: [&str; 4] =
    ["src/render/timeline/html.rs", "src/render/timeline/svg.rs", "src/world/cases.rs", "src/yaml/print.rs"];

/// rustfmt breaks neither comments nor strings, and nothing breaks prose. Tables, code blocks and addresses stay whole.
#[test]
fn lines_of_code_and_prose_stay_within_120_columns() {
    let pages = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md", "benches/README.md"];
    let folders = ["docs", "examples", "packaging", "conformance", ".github"];
    let mut prose: Vec<PathBuf> = pages.iter().map(PathBuf::from).collect();
    prose.extend(folders.iter().flat_map(|folder| files_of(folder, "md")));
    let code = files("src").into_iter().filter(|file| !LONG_LINES.iter().any(|long| file.ends_with(long)));
    let failures: Vec<_> = prose.into_iter().chain(code).flat_map(|file| long_lines(&file)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The lines of a file that are too long, and that no table, code block or address excuses.
fn long_lines(file: &Path) -> Vec<String> {
    let mut in_block = false;
    let mut failures = Vec::new();
    for (number, line) in fs::read_to_string(file).unwrap().lines().enumerate() {
        let text = line.trim_start_matches(['/', '!', ' ']);
        in_block ^= text.starts_with("```");
        let is_whole = in_block || text.starts_with('|') || text.contains("](http") || text.contains("<http");
        if line.chars().count() > 120 && !is_whole {
            failures.push(format!("{}:{} is longer than 120 columns", file.display(), number + 1));
        }
    }
    failures
}

#[test]
fn names_are_found_in_every_form() {
    let packages =
        packages("[dependencies]\nserde-json = \"1\"\nanyhow = { version = \"1\" }\n\n[lints]\nclap = \"1\"\n");
    let check = |text: &str, depth: usize, rooms: &[&str], named: &[&str]| {
        let names = Names::of(text, &packages, depth);
        assert_eq!(names.rooms.iter().collect::<Vec<_>>(), rooms, "{text}");
        assert_eq!(names.packages.iter().collect::<Vec<_>>(), named, "{text}");
    };
    check("use crate::yaml::Span;\nuse crate::{io as files, parallel};\n", 1, &["io", "parallel", "yaml"], &[]);
    check("use crate::{\n    a::{b, c},\n    d,\n};\n", 1, &["a", "d"], &[]);
    check("let x = crate::yaml::Span::new(0, 1);\n", 2, &["yaml"], &[]);
    check("//! See [`crate::policy`].\nuse std::fmt; // crate::io\n", 1, &[], &[]);
    check("use super::policy;\n", 1, &["policy"], &[]);
    check("use super::policy;\nuse super::super::io;\n", 2, &["io"], &[]);
    check("mod tests {\n    use super::*;\n    use super::super::object;\n}\n", 1, &["object"], &[]);
    check("fn f() -> anyhow::Result<()> {}\nuse serde_json::Value as Json;\n", 1, &[], &["anyhow", "serde_json"]);
    check("use my_serde_json::x;\nlet clap = 1;\n", 1, &[], &[]);
}
