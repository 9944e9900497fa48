#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    match istio_drain_fuzz::manifests(data) {
        Ok(()) => Corpus::Keep,
        Err(_) => Corpus::Reject,
    }
});
