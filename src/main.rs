//! `istio-drain`: see the library, or `istio-drain --help`.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use istio_drain::cli::{self, Streams};

fn main() -> ExitCode {
    let input = io::stdin().lock();
    let input_is_terminal = input.is_terminal();
    let output = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    cli::main(std::env::args_os(), Streams { input, input_is_terminal, output, errors: io::stderr().lock() })
}

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
