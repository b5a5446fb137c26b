//! Pickles: as a graph, as instructions, as text and JSON, audited, and written again.

use numio::pickle::{Error, ErrorKind, GraphLoader};
use numio::{JOBLIB, Limits, ObjectExt};

/// Tries one input.
pub fn run(bytes: &[u8]) {
    let _ = numio::pickle::dis(bytes, &mut String::new());
    let audit = numio::audit(bytes);
    let Ok(graph) = GraphLoader::new().inline_format(JOBLIB).load(bytes) else { return };
    // Behind the first pickle, which alone is loaded, there may be another that breaks off, or more than the audit looks at.
    let is_left = |fault: &Error| audit.pickles > 1 || fault.kind() == ErrorKind::LimitExceeded;
    assert!(audit.fault.as_ref().is_none_or(is_left), "the audit breaks off where loading does not");
    let root = graph.root();
    let _ = root.as_array();
    let _ = root.as_masked();
    let _ = root.as_dtype();
    let mut limits = Limits::default();
    limits.max_repr_chars = 1 << 16;
    let _ = root.to_json(&limits);
    let Ok(text) = root.to_repr(limits) else { return };
    assert_eq!(numio::escape_controls(&text), text);
}
