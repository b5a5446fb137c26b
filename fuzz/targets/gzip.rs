#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| numio_fuzz::gzip::run(bytes));
