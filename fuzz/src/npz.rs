//! Archives: every member that opens is read in every way, and all ways agree.

use numio::{Limits, LoadOptions, Loaded};

/// Tries one input.
pub fn run(bytes: &[u8]) {
    let mut limits = Limits::default();
    limits.max_array_bytes = 64 << 20;
    let Ok(Loaded::Npz(archive)) = LoadOptions::new().limits(limits).from_slice(bytes) else { return };
    for (at, (name, member)) in archive.read_all().into_iter().enumerate() {
        let again = archive.by_index(at).and_then(|member| member.value());
        assert_eq!(member.is_ok(), again.is_ok(), "{name}");
        let header = archive.by_index(at).and_then(|member| member.header());
        if let Ok(member) = member
            && let Some(array) = member.as_array()
            && !array.dtype().has_objects()
        {
            let header = header.expect("it was read").expect("an array");
            assert_eq!((header.dtype(), header.shape()), (array.dtype(), array.shape()), "{name}");
        }
    }
}
