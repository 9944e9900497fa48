//! `istio-drain`: see the library, or `istio-drain --help`.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use istio_drain::inside::cli::{self, Streams};
use istio_drain::inside::io::StandardStream;

fn main() -> ExitCode {
    cli::end_on_panic();
    // Without streams, no message can be shown.
    standard_streams().map_or(ExitCode::from(2), |streams| cli::main(std::env::args_os(), streams))
}

fn standard_streams() -> io::Result<Streams<StandardStream, io::BufWriter<StandardStream>, StandardStream>> {
    let (input, output, errors) = (io::stdin(), io::stdout(), io::stderr());
    Ok(Streams {
        input: StandardStream::of(&input)?,
        input_is_terminal: input.is_terminal(),
        output: io::BufWriter::with_capacity(1 << 13, StandardStream::of(&output)?),
        output_is_terminal: output.is_terminal(),
        errors: StandardStream::of(&errors)?,
        errors_are_terminal: errors.is_terminal(),
        errors_are_colored: false,
    })
}

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
