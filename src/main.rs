//! `istio-drain`: see the library, or `istio-drain --help`.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use istio_drain::inside::cli::{self, Streams};

fn main() -> ExitCode {
    cli::end_on_panic();
    let input = io::stdin().lock();
    let output = io::stdout().lock();
    let streams = Streams {
        input_is_terminal: input.is_terminal(),
        output_is_terminal: output.is_terminal(),
        errors_are_terminal: io::stderr().is_terminal(),
        input,
        output: io::BufWriter::with_capacity(1 << 16, output),
        errors: io::stderr(),
    };
    cli::main(std::env::args_os(), streams)
}

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
