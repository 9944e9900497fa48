//! How fast the library and the whole process are, beside a copy of the bytes and a round trip through serde_yaml.
//!
//! `cargo bench` prints tables with ratios, of processor time, beside the times. Times are noisy, so nothing here
//! asserts on them; `benches/instructions.sh` counts instructions. `-- --write DIR` writes the inputs to a folder
//! instead.
//!
//! Each case runs in a process of its own (`--case NAME FILE`), so that the peak of its memory can be told.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench prints, and may stop at the first surprise"
)]

mod generate;

use std::env;
use std::fs::{self, File};
use std::hint::black_box;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use istio_drain::inside::io::write_edited;
use istio_drain::inside::policy::PolicyFields;
use istio_drain::inside::transform::{Settings, transform};
use istio_drain::inside::yaml::{Keep, Source, parse, units};
use serde::Deserialize as _;

use generate::{WORKLOADS_18, WORKLOADS_40};

/// What is measured, and how: from the bytes of an input to a number that keeps the work from being optimised away.
type Case = (&'static str, fn(&[u8]) -> Result<usize>);

const COPY: &str = "copy of the bytes";
const SERDE: &str = "serde_yaml, parse and print";
const CASES: [Case; 7] = [
    (COPY, |bytes| Ok(black_box(bytes.to_vec()).len())),
    ("check for UTF-8 and NUL", |bytes| Ok(Source::new(bytes)?.text().len())),
    ("cut into units", |bytes| Ok(units(Source::embedded(text(bytes)?), "kind").len())),
    ("parse all", parse_all),
    ("transform, 1 thread", |bytes| edit(bytes, 1)),
    ("transform, 2 threads", |bytes| edit(bytes, 2)),
    (SERDE, print_again),
];

/// The least number of runs of which the best counts, and how long to go on with more of them.
const RUNS: u32 = 5;
const PATIENCE: Duration = Duration::from_secs(2);

fn main() -> Result<()> {
    // Cargo says `--bench` behind all that is said to it, unless it runs benches as tests.
    let is_bench = env::args().any(|arg| arg == "--bench");
    let args: Vec<_> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--write", folder] => write_inputs(Path::new(folder)).map(drop),
        ["--case", name, file] => run_case(name, Path::new(file)),
        [] if is_bench => measure_all(),
        [] => Ok(()),
        _ => bail!("expected nothing, or `--write DIR`"),
    }
}

/// An input on disk.
struct Input {
    file: PathBuf,
    bytes: usize,
}

impl Input {
    fn name(&self) -> &str {
        self.file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
    }
}

fn write_inputs(folder: &Path) -> Result<Vec<Input>> {
    let documents = generate::documents(WORKLOADS_18);
    let documents_40 = generate::documents(WORKLOADS_40);
    let texts = [
        (WORKLOADS_18.name, generate::stream(&documents)),
        (WORKLOADS_40.name, generate::stream(&documents_40)),
        ("resource-list-18", generate::resource_list(&documents)),
        ("resource-list-18-no-paths", generate::resource_list_without_paths(&documents)),
        ("cluster-40", generate::cluster(&documents_40)),
        ("small", generate::small()),
    ];
    fs::create_dir_all(folder)?;
    let written = texts.into_iter().map(|(name, text)| {
        let file = folder.join(name).with_extension("yaml");
        fs::write(&file, &text)?;
        Ok(Input { file, bytes: text.len() })
    });
    written.collect()
}

fn measure_all() -> Result<()> {
    let inputs = write_inputs(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("inputs"))?;
    for input in inputs.iter().filter(|input| input.name() != "small") {
        print_head(&format!("{}, {:.1} MB", input.name(), input.bytes as f64 / 1e6));
        let measured = CASES.iter().map(|(name, _)| Ok((*name, measure_case(name, &input.file)?)));
        let measured = measured.collect::<Result<Vec<_>>>()?;
        let cpu_of = |wanted| measured.iter().find(|(name, _)| *name == wanted).map_or(0.0, |(_, it)| it.cpu);
        for (name, case) in &measured {
            print_row(name, input.bytes, case);
            println!(" {:>9.1} {:>13.3}", case.cpu / cpu_of(COPY), case.cpu / cpu_of(SERDE));
        }
        println!();
    }
    print_head("the whole process");
    let [.., small] = inputs.as_slice() else { bail!("no inputs") };
    print_row("true, for comparison", 0, &measure_process(Command::new("true"), &small.file)?);
    println!();
    for input in &inputs {
        for threads in ["1", "2"] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_istio-drain"));
            command.args(["--threads", threads]);
            let measured = measure_process(command, &input.file)?;
            print_row(&format!("{}, --threads {threads}", input.name()), input.bytes, &measured);
            println!();
        }
    }
    Ok(())
}

fn print_head(title: &str) {
    let columns = ["best ms", "MB/s", "cpu ms", "MB/cpu s", "peak MB", "in copies"].map(|name| format!("{name:>9}"));
    println!("{title:<29} {} {:>13}", columns.join(" "), "in serde_yaml");
}

fn print_row(name: &str, bytes: usize, Measured { best, cpu, peak_kib }: &Measured) {
    let megabytes = bytes as f64 / 1e6;
    print!("{name:<29} {:>9.2} {:>9.0} ", best * 1e3, megabytes / best);
    print!("{:>9.2} {:>9.0} {:>9.1}", cpu * 1e3, megabytes / cpu, *peak_kib as f64 / 1024.0);
}

/// What some runs took.
struct Measured {
    /// The seconds of the best run.
    best: f64,
    /// The seconds that all threads were at work, on average over the runs; other work on the machine shows less in it.
    cpu: f64,
    /// The most memory that was in use at one time.
    peak_kib: u64,
}

/// Runs a case in a child.
fn measure_case(name: &str, file: &Path) -> Result<Measured> {
    let output =
        Command::new(env::current_exe()?).args(["--case", name]).arg(file).stderr(Stdio::inherit()).output()?;
    let said = String::from_utf8(output.stdout)?;
    match said.split_whitespace().collect::<Vec<_>>()[..] {
        [best, cpu, peak_kib] => Ok(Measured { best: best.parse()?, cpu: cpu.parse()?, peak_kib: peak_kib.parse()? }),
        _ => bail!("`{name}` has failed"),
    }
}

/// The child's part: prints what [`measure_case`] reads.
fn run_case(name: &str, file: &Path) -> Result<()> {
    let (_, case) = CASES.iter().find(|(known, _)| *known == name).context("no such case")?;
    let bytes = fs::read(file)?;
    let mut peak_kib = 0;
    let (best, cpu) = time(|| {
        black_box(case(black_box(&bytes))?);
        if peak_kib == 0 {
            peak_kib = peak_of("self");
        }
        Ok(())
    })?;
    println!("{best} {cpu} {peak_kib}");
    Ok(())
}

/// Runs a command on a file, its output thrown away.
fn measure_process(mut command: Command, file: &Path) -> Result<Measured> {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (best, cpu) = time(|| {
        let status = command.stdin(File::open(file)?).status()?;
        if status.success() { Ok(()) } else { bail!("{command:?} has failed") }
    })?;
    // Once more, with a look at its memory all the time.
    let mut child = command.stdin(File::open(file)?).spawn()?;
    let mut peak_kib = 0;
    while child.try_wait()?.is_none() {
        peak_kib = peak_of(&child.id().to_string()).max(peak_kib);
        thread::sleep(Duration::from_micros(200));
    }
    Ok(Measured { best, cpu, peak_kib })
}

/// The seconds of the best run, and the mean of what the runs took of the processors.
fn time(mut run: impl FnMut() -> Result<()>) -> Result<(f64, f64)> {
    let (start, cpu_before) = (Instant::now(), cpu_seconds());
    let mut best = f64::INFINITY;
    let mut runs = 0;
    while runs < RUNS || start.elapsed() < PATIENCE {
        let start = Instant::now();
        run()?;
        best = best.min(start.elapsed().as_secs_f64());
        runs += 1;
    }
    Ok((best, (cpu_seconds() - cpu_before) / f64::from(runs)))
}

/// What this process and the children that have ended took of the processors so far, as Linux tells it; 0 elsewhere.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program stands in parentheses and may hold anything. Times are in hundredths of a second.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(4).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The peak of a process's memory in KiB, as Linux tells it; 0 elsewhere.
fn peak_of(process: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

fn text(bytes: &[u8]) -> Result<&str> {
    Ok(std::str::from_utf8(bytes)?)
}

fn parse_all(bytes: &[u8]) -> Result<usize> {
    let source = Source::new(bytes)?;
    let mut roots = 0;
    for unit in units(source, "kind") {
        roots += parse(source, unit.span, Keep::ALL)?.roots().len();
    }
    Ok(roots)
}

/// From bytes to the pieces of the output, as the command does it.
fn edit(bytes: &[u8], threads: usize) -> Result<usize> {
    let threads = NonZeroUsize::new(threads).context("no threads")?;
    let source = Source::new(bytes)?;
    let done = transform(
        source,
        &Settings {
            policy: PolicyFields::default(),
            strict: false,
            threads,
            reads_running: false,
            judging: Default::default(),
            keeps_patches: false,
        },
    )?;
    if done.has_errors() || done.edits.is_empty() {
        bail!("the inputs are made so that they can be edited");
    }
    write_edited(io::sink(), source, &done.edits)?;
    Ok(done.edits.as_slice().len())
}

fn print_again(bytes: &[u8]) -> Result<usize> {
    let mut documents = 0;
    for document in serde_yaml::Deserializer::from_slice(bytes) {
        let value = serde_yaml::Value::deserialize(document)?;
        serde_yaml::to_writer(io::sink(), &value)?;
        documents += 1;
    }
    Ok(documents)
}
