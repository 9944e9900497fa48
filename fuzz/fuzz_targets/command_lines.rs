#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| istio_drain_fuzz::command_lines(text));
