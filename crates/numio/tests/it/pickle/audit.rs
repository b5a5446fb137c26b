//! The audit sees what CPython would do, and is not fooled.

use std::fs;

use numio::pickle::{Act, Verdict, audit};

use crate::numpy;

#[test]
fn names_what_python_imports() {
    let dir = tempfile::tempdir().unwrap();
    let counts = numpy::run("pickle/audit.py", &[dir.path()]);
    let (count, clear) = counts.trim().split_once(' ').unwrap();
    let (count, clear): (usize, usize) = (count.parse().unwrap(), clear.parse().unwrap());
    assert!(clear > 700 && count > clear, "{counts}");
    for n in 0..count {
        let bytes = fs::read(dir.path().join(format!("{n}.pkl"))).unwrap();
        let wanted = fs::read_to_string(dir.path().join(format!("{n}.globals"))).unwrap();
        let found = audit(&bytes);
        assert!(found.fault.is_none() && found.pickles == 1 && found.trailing == 0, "{n}: {found:?}");
        let imports = found.findings.iter().filter(|finding| finding.act == Act::Import);
        let mut imports: Vec<_> = imports.map(|finding| finding.name.clone()).collect();
        imports.sort();
        assert_eq!(imports.join("\n"), wanted, "{n}: {:.300}", bytes.escape_ascii());
        if n < clear {
            assert_eq!(found.verdict(), Verdict::DataOnly, "{n}: {found:?}");
        }
    }
}

/// Findings as they print.
fn found(bytes: &[u8]) -> Vec<String> {
    let audit = audit(bytes);
    audit.findings.iter().map(|finding| format!("{}: {finding}", finding.verdict)).collect()
}

#[test]
fn every_spelling_of_a_call_is_seen() {
    const COMMANDS: &str = "runs commands of the operating system";
    for (bytes, wanted) in [
        (&b"cos\nsystem\n(S'x'\ntR."[..], ["byte 0: imports os.system", "byte 18: calls os.system"]),
        (b"(S'x'\nios\nsystem\n.", ["byte 6: imports os.system", "byte 6: calls os.system"]),
        (b"(cos\nsystem\nS'x'\no.", ["byte 1: imports os.system", "byte 17: calls os.system"]),
        (b"cos\nsystem\n)\x81.", ["byte 0: imports os.system", "byte 12: calls os.system"]),
        (b"cos\nsystem\n)}\x92.", ["byte 0: imports os.system", "byte 13: calls os.system"]),
        (b"\x8c\x02os\x8c\x06system\x93)R.", ["byte 12: imports os.system", "byte 14: calls os.system"]),
        // The names come from the memo, and in the wrong order at that.
        (
            b"\x8c\x06system\x94\x8c\x02os\x94]h\x01h\x00\x93)R.",
            ["byte 19: imports os.system", "byte 21: calls os.system"],
        ),
        // A name spelt with escapes.
        (b"Vo\\u0073\nVsystem\n\x93)R.", ["byte 17: imports os.system", "byte 19: calls os.system"]),
        // Dropped before the end, and broken off right after.
        (b"cos\nsystem\n)R0N.", ["byte 0: imports os.system", "byte 12: calls os.system"]),
        (b"cos\nsystem\n)R\xff", ["byte 0: imports os.system", "byte 12: calls os.system"]),
        (b"cos\nsystem\n)R", ["byte 0: imports os.system", "byte 12: calls os.system"]),
        // In a frame longer than the file, and behind an instruction that not every reader stops at.
        (
            b"\x80\x04\x95\xff\0\0\0\0\0\0\0cos\nsystem\n)R.",
            ["byte 11: imports os.system", "byte 23: calls os.system"],
        ),
        (b"\x80\x020cos\nsystem\n)R.", ["byte 3: imports os.system", "byte 15: calls os.system"]),
        // Behind a harmless pickle.
        (b"K\x01.cos\nsystem\n)R.", ["byte 3: imports os.system", "byte 15: calls os.system"]),
        // In a key of a dict in an argument of something harmless.
        (b"}cos\nsystem\n)RNs.", ["byte 1: imports os.system", "byte 13: calls os.system"]),
    ] {
        let wanted = wanted.map(|what| format!("dangerous: {what}: {COMMANDS}"));
        assert_eq!(found(bytes), wanted, "{}", bytes.escape_ascii());
    }
}

#[test]
fn what_is_harmless_by_name_is_judged_by_its_form() {
    for (bytes, wanted) in [
        (&b"cbuiltins\nbytearray\n(I600000000\ntR."[..], Verdict::NeedsTrust),
        (b"cfractions\nFraction\n(S'1e99999999'\ntR.", Verdict::NeedsTrust),
        (b"ccollections\ndeque\n(cbuiltins\nrange\n(I0\nI9999999999\nI1\ntRtR.", Verdict::NeedsTrust),
        (b"cdecimal\nDecimal\n(S'1.5'\ntR.", Verdict::DataOnly),
        (b"cdecimal\nDecimal\n(S'1.5'\ntR(dS'x'\nI1\nsb.", Verdict::NeedsTrust),
        // BUILD on a class, items for a global, state given twice.
        (b"ccollections\nCounter\n(dS'x'\nI1\nsb.", Verdict::Dangerous),
        (b"cos\nenviron\n(S'PATH'\nS'/tmp'\nu.", Verdict::Dangerous),
        (b"cfractions\nFraction\n)R}b}b.", Verdict::NeedsTrust),
        // A call of what a call gives.
        (b"cbuiltins\nobject\n)\x81)R.", Verdict::Dangerous),
        (b"cpkg\nThing\n)\x81.", Verdict::NeedsTrust),
        (b"Pname\n.", Verdict::NeedsTrust),
        (b"\x82\x05.", Verdict::NeedsTrust),
        (b"c__builtin__\neval\n(S'1'\ntR.", Verdict::Dangerous),
        (b"\x80\x05\x97\x98.", Verdict::DataOnly),
        (b"U\x01\xe9.", Verdict::DataOnly),
        (b"N", Verdict::NeedsTrust),
        (b"", Verdict::NeedsTrust),
        (b"N.trailing text", Verdict::DataOnly),
    ] {
        let found = audit(bytes);
        assert_eq!(found.verdict(), wanted, "{}: {found:?}", bytes.escape_ascii());
    }
    let found = audit(b"N.trailing text");
    assert_eq!((found.pickles, found.trailing), (1, 13));
    let found = audit(b"N.cos\nsystem\n)R\xff");
    assert_eq!((found.pickles, found.trailing), (2, 0));
    assert_eq!(found.fault.unwrap().to_string(), "byte 15: opcode 0xff is none of protocols 0 to 5");
}

#[test]
fn findings_are_counted_not_repeated() {
    let bytes = [b"](".as_slice(), &b"cpkg\nThing\n)R".repeat(1000), b"e."].concat();
    let audit = audit(&bytes);
    let counts: Vec<_> =
        audit.findings.iter().map(|finding| (finding.act, finding.count, finding.offset)).collect();
    // The class is looked up once: the names are the same.
    assert_eq!(counts, [(Act::Import, 1, 2), (Act::Call, 1000, 14)]);
}
