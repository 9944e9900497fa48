//! The integration tests, in one binary. They need nothing but a Rust toolchain; what needs more is in `outside.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that can't go on fails"
)]

/// How much memory a run takes.
mod bounds;
/// `check`: what it finds, in every form, and what fails it.
mod check;
/// What fails a check, wherever it is stated.
mod check_control;
/// The program as a process: exit codes, streams, flags, closed pipes.
mod cli;
/// The command lines of the pages.
mod commands;
/// The page on conformance, and what quotes it.
mod conformance;
/// kustomize's exec plugins, started as kustomize starts them.
mod exec_plugin;
/// `explain`: what led to what.
mod explain;
/// `fix`: files in place, diffs, links, permissions, and what a kill leaves.
mod fix;
/// Every folder of `fixtures/`: its exact output, and the invariants of the design over all of them.
mod fixtures;
/// `.istio-drain.yaml`, found by itself.
mod found;
/// Random manifests in random styles.
mod generate;
/// The help of all commands, as it is committed.
mod help;
/// `init`: what is learned of dumps of clusters.
mod init;
/// What holds for generated texts.
mod judge;
/// How a run ends, in one line.
mod last_line;
/// What holds for `explain --log`, whatever the log is.
mod log_forms;
/// `explain --log`: what was seen, beside what was predicted.
mod logs;
/// The table of outcomes in every protocol.
mod outcomes;
/// What the project is handed out as: examples, plugins, the image.
mod packages;
/// Properties of random manifests, and of random changes of random YAML.
mod properties;
/// The reader of usual YAML against the full one and libyaml.
mod readers;
/// Random texts, read by all of them.
mod reading;
/// The recipes of the guides, as the page tells them.
mod recipes;
/// What a finding tells to do does away with it.
mod remedies;
/// `--report`.
mod report;
/// What is written into the mesh and removed again.
mod restoration;
/// Each rule has a fixture in which it fires and one in which it must not.
mod rules;
/// The schema, the page and the definition that are made of the table of fields.
mod schema;
/// What holds for the tree of any text.
mod spans;
/// Words of strangers, in all that is printed.
mod strangers;
/// Standard streams that are closed, full, or don't wait; command lines as people type them.
mod streams;
/// Cases, goldens and invariants, as the fixtures use them.
mod support;
/// What holds for a run over any text.
mod universal;
/// Which room of the code may name which other room and which package.
mod walls;
/// The same object in whatever wrapping.
mod wrappings;
