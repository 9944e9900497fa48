#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| istio_drain_fuzz::transform_bytes(data));
