//! Pickles: as a graph, as instructions, and audited.
#![no_main]

use libfuzzer_sys::fuzz_target;
use numio::ObjectExt;

fuzz_target!(|bytes: &[u8]| {
    let _ = numio::pickle::dis(bytes, &mut String::new());
    if let Ok(graph) = numio::pickle::load(bytes) {
        let _ = graph.root().as_array();
        let _ = graph.root().as_masked();
        let _ = graph.root().as_dtype();
    }
});
