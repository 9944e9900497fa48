//! The command `init`: writes a policy from what dumps of a cluster show of its mesh.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ArgMatches;

use crate::io::{self as files, WholeInput};
use crate::learn::{Entry, Knowledge, Learned, Page, is_glued, learn};
use crate::parallel;
use crate::policy::schema;
use crate::render;
use crate::transform::{TransformError, without_objects};
use crate::yaml::Source;

use super::exit::Exit;
use super::inputs::{self, STDIN};
use super::streams::Streams;

/// The line at the end names at most this many unknown fields. The page has all of them.
const MOST_NAMES: usize = 4;

const COMMANDS: &str = "\
# istio-drain init reads what these commands print.
# It asks no cluster itself, and takes no secret along.

# Who may read the namespace of Istio:
kubectl get cm,deploy,proxyconfigs -n istio-system -o yaml > mesh.yaml

# Who may read the cluster, too:
kubectl get ns,nodes,mutatingwebhookconfigurations -o yaml > cluster.yaml
kubectl get limitranges -A -o yaml > limits.yaml

# Who may read only some namespaces:
kubectl get ns shop web -o yaml > namespaces.yaml

# With whatever of these there is:
istio-drain init mesh.yaml cluster.yaml limits.yaml --write

# `kubectl auth can-i list nodes` tells whether a right is there.
# Without those for Istio's namespace, whoever runs the mesh can make
# the file once; it belongs at the root of the repository.
";

/// The name of an input for people, its bytes, and whether it was meant: named itself, or piped in.
type InitInput = (String, Vec<u8>, bool);

/// What to do with the page.
enum InitTask<'m> {
    Print,
    Write(&'m Path),
    Check(&'m Path),
}

/// The name of the schema, which stands beside the policy.
const SCHEMA: &str = ".istio-drain.schema.json";
/// What the first line of a policy says to the YAML language server, before the name of the schema.
const MODELINE: &str = "# yaml-language-server: $schema=";

/// Runs the command.
pub(super) fn run<I: WholeInput, O: Write, E: Write>(
    matches: &ArgMatches,
    streams: &mut Streams<I, O, E>,
) -> anyhow::Result<Exit> {
    let paths: Vec<PathBuf> = matches.get_many("paths").into_iter().flatten().cloned().collect();
    let path = |name: &str| matches.get_one::<PathBuf>(name).map(PathBuf::as_path);
    let task = match (path("write"), path("check")) {
        (Some(path), _) => InitTask::Write(path),
        (None, Some(path)) => InitTask::Check(path),
        (None, None) => InitTask::Print,
    };
    if paths.is_empty() && streams.input_is_terminal {
        return print(streams, COMMANDS).map(|()| Exit::Done);
    }
    let Some(read) = read(&paths, streams)? else { return Ok(Exit::Failed) };
    if read.iter().all(|(_, bytes, _)| bytes.trim_ascii().is_empty()) {
        if matches!(task, InitTask::Print) {
            print(streams, COMMANDS)?;
        }
        streams.tell("error: input was empty: did the command before the pipe fail?\n");
        return Ok(Exit::Failed);
    }
    let mut sources = Vec::new();
    for (name, bytes, is_meant) in &read {
        match Source::new(bytes) {
            Ok(source) => {
                if let Some(offset) = without_objects(source).filter(|_| *is_meant && !is_glued(source)) {
                    streams.tell(&render::failure(source, name, &TransformError::NoObject(offset)));
                    return Ok(Exit::Failed);
                }
                sources.push((name.as_str(), source));
            }
            Err(error) => {
                streams.tell(&render::encoding(name, &error));
                return Ok(Exit::Failed);
            }
        }
    }
    let learned = match learn(&sources) {
        Ok(learned) => learned,
        Err((number, error)) => {
            if let Some((name, source)) = sources.get(number) {
                streams.tell(&render::failure(*source, name, &TransformError::Syntax(error)));
            }
            return Ok(Exit::Failed);
        }
    };
    if !learned.is_any && !matches!(task, InitTask::Print) {
        anyhow::bail!("nothing in the input describes a mesh (see `istio-drain init` for what to pipe in)");
    }
    let told = told(&learned);
    let exit = finish(&task, learned, streams)?;
    streams.tell(&told);
    Ok(exit)
}

/// All inputs with their names. `None` if one can't be read; a message has said so.
fn read<I: WholeInput, O, E: Write>(
    paths: &[PathBuf],
    streams: &mut Streams<I, O, E>,
) -> anyhow::Result<Option<Vec<InitInput>>> {
    if inputs::reads_stdin(paths) {
        anyhow::ensure!(paths.len() <= 1, "`-` is standard input, and can't be read together with files");
        let bytes = streams.input.whole(parallel::available()).context("can't read standard input")?;
        return Ok(Some(vec![(STDIN.to_owned(), bytes, true)]));
    }
    let read = files::find(paths).and_then(|found| {
        let read = found.files.iter().map(|file| Ok((file.name.display().to_string(), file.read()?, file.is_named)));
        files::all(read)
    });
    match read {
        Ok(read) => Ok(Some(read)),
        Err(errors) => {
            errors.iter().for_each(|error| streams.tell(&format!("error: {error}\n")));
            Ok(None)
        }
    }
}

/// Does what is to be done with the page.
fn finish<I, O: Write, E: Write>(
    task: &InitTask<'_>,
    learned: Learned,
    streams: &mut Streams<I, O, E>,
) -> anyhow::Result<Exit> {
    let page = Page::from(learned);
    let (path, is_check) = match task {
        InitTask::Print => {
            let text = page.fresh()?;
            return print(streams, &text).map(|()| Exit::Done);
        }
        InitTask::Write(path) => (path, false),
        InitTask::Check(path) => (path, true),
    };
    let name = path.display();
    let old = match fs::read(path) {
        Ok(bytes) => Some(String::from_utf8(bytes).with_context(|| format!("{name} is not UTF-8"))?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| format!("can't read {name}")),
    };
    let new = match old.as_deref().filter(|old| !old.trim().is_empty()) {
        Some(old) => page.laid_into(old).with_context(|| format!("{name} can't be brought up to date"))?,
        None => page.fresh()?,
    };
    let is_current = old.as_deref() == Some(new.as_str());
    match (is_check, is_current) {
        (true, true) => Ok(Exit::Done),
        (true, false) => {
            let state = if old.is_some() { "out of date" } else { "missing" };
            streams.tell(&format!("{name} is {state} (`istio-drain init --write {name}` with the same input)\n"));
            Ok(Exit::Found)
        }
        (false, _) => {
            if !is_current {
                files::write_whole(path, &new).with_context(|| format!("can't write {name}"))?;
            }
            let state = if is_current { "is up to date" } else { "is written" };
            let schema = written_schema(path, &new)?;
            let schema = schema.map(|path| format!(", and for editors {}", path.display())).unwrap_or_default();
            streams.tell(&format!("istio-drain: {name} {state}{schema}\n"));
            Ok(Exit::Done)
        }
    }
}

/// Writes the schema that the policy names for editors, unless the file has it already.
/// Returns its path if it was written.
fn written_schema(policy: &Path, text: &str) -> anyhow::Result<Option<PathBuf>> {
    let names_it = text.lines().any(|line| line.strip_prefix(MODELINE).is_some_and(|name| name.trim() == SCHEMA));
    let path = policy.with_file_name(SCHEMA);
    let new = format!("{:#}\n", schema());
    // A policy that goes to a terminal or a pipe has no neighbours.
    if !names_it || !policy.is_file() || fs::read(&path).is_ok_and(|old| old == new.as_bytes()) {
        return Ok(None);
    }
    files::write_whole(&path, &new).with_context(|| format!("can't write {}", path.display()))?;
    Ok(Some(path))
}

fn print<I, O: Write, E>(streams: &mut Streams<I, O, E>, text: &str) -> anyhow::Result<()> {
    match streams.output.write_all(text.as_bytes()).and_then(|()| streams.output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("can't write standard output"),
    }
}

/// One line: how many of the fields that a dump can show are known.
fn told(learned: &Learned) -> String {
    let is_known = |entry: &&Entry| !matches!(entry.knowledge, Knowledge::Unseen(_) | Knowledge::Disputed(_));
    let known = learned.entries.iter().filter(is_known).count();
    let open: Vec<_> = learned.entries.iter().filter(|entry| !is_known(entry)).map(Entry::name).collect();
    let all = learned.entries.len();
    let mut line = format!("istio-drain: {known} of {all} values are known");
    if !open.is_empty() {
        let named: Vec<_> = open.iter().take(MOST_NAMES).map(String::as_str).collect();
        line.push_str(&format!("; not known: {}", named.join(", ")));
        if open.len() > MOST_NAMES {
            line.push_str(&format!(" and {} more", open.len() - MOST_NAMES));
        }
    }
    line + "\n"
}
