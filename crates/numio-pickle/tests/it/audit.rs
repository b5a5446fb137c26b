//! The audit sees what CPython would do, and is not fooled.

use std::fs;

use numio_pickle::{Action, Verdict, audit};

#[test]
fn audit_names_what_python_imports() {
    let dir = tempfile::tempdir().unwrap();
    let counts = numio_testkit::run("audit.py", &[dir.path()]);
    let (count, clear) = counts.trim().split_once(' ').unwrap();
    let (count, clear): (usize, usize) = (count.parse().unwrap(), clear.parse().unwrap());
    assert!(clear > 700 && count > clear, "{counts}");
    for n in 0..count {
        let bytes = fs::read(dir.path().join(format!("{n}.pkl"))).unwrap();
        let wanted = fs::read_to_string(dir.path().join(format!("{n}.globals"))).unwrap();
        let found = audit(&bytes);
        assert!(found.fault.is_none() && found.pickles == 1 && found.trailing == 0, "{n}: {found:?}");
        let imports = found.findings.iter().filter(|finding| finding.action == Action::Import);
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
fn audit_sees_every_spelling_of_a_call() {
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
        let found: Vec<_> = found(bytes).into_iter().filter(|line| !line.contains(": hides ")).collect();
        assert_eq!(found, wanted, "{}", bytes.escape_ascii());
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
    assert_eq!(found.fault.unwrap().to_string(), "byte 15: opcode 0xff does not exist in protocols 0 to 5");
}

#[test]
fn findings_are_counted_not_repeated() {
    let bytes = [b"](".as_slice(), &b"cpkg\nThing\n)R".repeat(1000), b"e."].concat();
    let audit = audit(&bytes);
    let counts: Vec<_> =
        audit.findings.iter().map(|finding| (finding.action, finding.count, finding.offset)).collect();
    // The class is looked up once: the names are the same.
    assert_eq!(counts, [(Action::Import, 1, 2), (Action::Call, 1000, 14)]);
}

/// Whatever CPython's unpicklers, in C and in Python, look up or call, is told; however it is spelled.
#[test]
fn audit_tells_all_that_a_traced_unpickler_does() {
    let asked = numio_testkit::run("traced.py", &[]);
    #[allow(clippy::type_complexity, reason = "the shape of the JSON that the script prints")]
    let asked: Vec<(String, Vec<(String, Vec<String>)>)> = serde_json::from_str(&asked).unwrap();
    assert!(asked.iter().map(|(_, asked)| asked.len()).sum::<usize>() > 1500);
    for (bytes, asked) in asked {
        let bytes = numio_testkit::unhex(&bytes);
        let found = audit(&bytes);
        // What comes behind a frame that does not fit is read in as many ways as there are readers.
        if found.findings.iter().any(|finding| finding.action == Action::Hide) {
            assert_eq!(found.verdict(), Verdict::Dangerous);
            continue;
        }
        let is_told = |act: &str, names: &[String]| {
            let mut findings = found.findings.iter().filter(|finding| finding.action.to_string() == act);
            findings.any(|finding| names.contains(&finding.name))
        };
        for (act, names) in asked {
            assert!(is_told(&act, &names), "{act} {names:?}: {}: {found:?}", bytes.escape_ascii());
        }
    }
}

/// One unpickler of CPython reads a frame ahead and drops what is left of it where an instruction lies across its end.
#[test]
fn frames_that_do_not_fit_are_dangerous() {
    let framed = |length: u64, body: &[u8]| [b"\x80\x04\x95", &length.to_le_bytes()[..], body].concat();
    let mut hidden = b"\x80\x05N".to_vec();
    hidden.extend([&b"V"[..], &vec![b'a'; 131_000], b"\n0("].concat());
    hidden.extend([&b"\x95"[..], &2_u64.to_le_bytes(), b"B\x07\x01\0\0\0\0"].concat());
    hidden.extend([&b"cos\nsystem\n(VRAN\ntR("[..], &[b'N'; 300], b"1."].concat());
    for (bytes, reason) in [
        (framed(1, b"K\x01."), "a frame ends inside an instruction"),
        (framed(9, b"N."), "the pickle ends before its frame"),
        (framed(20, &framed(2, b"N.")), "a frame starts inside another"),
        (hidden, "a frame ends inside an instruction"),
    ] {
        let found = audit(&bytes);
        assert_eq!(found.verdict(), Verdict::Dangerous, "{found:?}");
        let hides = found.findings.iter().find(|finding| finding.action == Action::Hide).unwrap();
        assert!(hides.reason.starts_with(reason), "{hides}");
    }
    for bytes in
        [framed(2, b"N."), framed(1, b"N."), framed(0, b"N."), [framed(2, b"N."), framed(2, b"N.")].concat()]
    {
        let found = audit(&bytes);
        assert_eq!(found.verdict(), Verdict::DataOnly, "{found:?}");
    }
}

/// Names known to do harm by the collections of others, and by the sources of Python and NumPy.
#[test]
fn audit_calls_known_attacks_dangerous() {
    for name in [
        "torch.utils.bottleneck.__main__ run_cprofile",
        "torch.utils.collect_env run",
        "torch.utils._config_module ConfigModule.load_config",
        "torch.utils.data.datapipes.utils.decoder basichandlers",
        "_aix_support _read_cmd_output",
        "_osx_support _read_output",
        "_osx_support _find_build_tool",
        "_pyrepl.pager pipe_pager",
        "_pyrepl.pager tempfile_pager",
        "_xxsubinterpreters run_string",
        "numpy savetxt",
        "numpy ndarray.tofile",
        "xml.etree.ElementTree ElementTree.write",
        "mailbox mbox",
        "random _os.system",
        "logging os.system",
        "pydoc pipepager",
        "zoneinfo._common load_tzdata",
        "imaplib IMAP4_stream",
        "distutils.spawn spawn",
        "ctypes.util _findLib_gcc",
        "uuid _get_command_stdout",
        "sklearn.base os.system",
    ] {
        let bytes = format!("c{}\n)R.", name.replace(' ', "\n"));
        assert_eq!(audit(bytes.as_bytes()).verdict(), Verdict::Dangerous, "{name}");
    }
    for name in [
        "pandas.core.frame DataFrame",
        "some.module f",
        "numpy.random._pickle __generator_ctor",
        "re _compile",
    ] {
        let bytes = format!("c{}\n)R.", name.replace(' ', "\n"));
        assert_eq!(audit(bytes.as_bytes()).verdict(), Verdict::NeedsTrust, "{name}");
    }
}

/// However a small file shares, repeats and nests, looking through it takes time in proportion to it.
#[test]
fn audit_costs_no_more_than_the_file() {
    let n = 20_000_usize;
    let long = "x".repeat(n);
    let repeat = |text: &[u8]| text.repeat(n);
    let key = |key: u64| {
        [&b"\x8a\x0a"[..], &(u128::from(key) * ((1 << 61) - 1)).to_le_bytes()[..10], b"N"].concat()
    };
    let keys: Vec<u8> = (0..n as u64 / 4).flat_map(key).collect();
    let dtype = b"cnumpy\ndtype\n(S'f8'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntb";
    let deques: Vec<u8> =
        [&b"("[..], &repeat(b"N"), b"l\x940ccollections\ndeque\n\x940(", &repeat(b"h\x01h\x00\x85R"), b"l."]
            .concat();
    for (shape, bytes) in [
        (
            "calls of a long name",
            [format!("c{long}\nf\n").as_bytes(), b"\x94(", &repeat(b"h\x00)R"), b"l."].concat(),
        ),
        (
            "names from the memo",
            [format!("V{long}\np0\nVf\n").as_bytes(), b"p1\n(", &repeat(b"h\x00h\x01\x93"), b"l."].concat(),
        ),
        ("many names", (0..n).flat_map(|n| format!("cm{n}\nf\n").into_bytes()).chain(*b".").collect()),
        ("many pickles", repeat(b"N.")),
        ("many pickles with names", repeat(b"ca\nb\n.")),
        ("failing instructions", [b"\x80\x02".to_vec(), repeat(b"0")].concat()),
        (
            "failing strings",
            [b"\x80\x02".to_vec(), repeat(b"U\x01\xff"), repeat(b"X\x01\0\0\0\xff")].concat(),
        ),
        ("shared lists", deques),
        ("colliding keys", [&b"("[..], &keys, b"d."].concat()),
        ("shared dtype", [&dtype[..], b"\x940(", &repeat(b"cnumpy\nndarray\nh\x00\x85R"), b"l."].concat()),
        ("nested tuples", [repeat(b")"), repeat(b"\x86")].concat()),
        ("marks", [repeat(b"("), repeat(b"t"), b".".to_vec()].concat()),
        ("dots", format!("ca\n{}\n.", "x.".repeat(n)).into_bytes()),
        ("frames", [b"\x80\x04".to_vec(), b"\x95\0\0\0\0\0\0\0\0".repeat(n), b"N.".to_vec()].concat()),
    ] {
        let start = std::time::Instant::now();
        let found = audit(&bytes);
        let (time, size) = (start.elapsed(), bytes.len());
        // Of code that is not optimised.
        let most = std::time::Duration::from_millis(3000 + size as u64 / 50);
        assert!(time < most, "{shape}: {size} bytes take {time:?}, {} findings", found.findings.len());
    }
}
