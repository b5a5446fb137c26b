//! Pickles that mean harm: an error or a value, never anything else.

use std::fs;

use numio_pickle::{self as pickle, GraphLoader, Python2Encoding};
use numio_pickle::{ErrorKind, Limits};

/// Loads and prints, as a reader would; the outcome does not matter.
fn survive(bytes: &[u8]) {
    let loaded = match pickle::load(bytes) {
        Err(error) if error.kind() == ErrorKind::Encoding => {
            GraphLoader::new().encoding(Python2Encoding::Bytes).load(bytes)
        }
        loaded => loaded,
    };
    if let Ok(graph) = loaded {
        let mut limits = Limits::default();
        limits.max_repr_chars = 10_000;
        let _ = graph.root().to_repr(limits);
    }
}

/// The other ways in.
fn survive_otherwise(bytes: &[u8]) {
    let _ = pickle::dis(bytes, &mut String::new());
    let streamed = GraphLoader::new().read(bytes);
    let loaded = GraphLoader::new().load_prefix(bytes);
    // A stream and a slice see the same pickle, but for frames that go on past STOP.
    if let (Ok(streamed), Ok((loaded, _))) = (streamed, loaded) {
        assert_eq!(streamed.root().is_none(), loaded.root().is_none());
    }
}

#[test]
fn cuts_and_flips_are_survived() {
    let dir = tempfile::tempdir().unwrap();
    let count: usize = numio_testkit::run("hostile.py", &[dir.path()]).trim().parse().unwrap();
    assert!(count > 40, "{count}");
    for n in 0..count {
        let bytes = fs::read(dir.path().join(format!("{n}.pkl"))).unwrap();
        assert!(pickle::load(bytes.as_slice()).is_ok(), "{n}");
        for cut in 0..bytes.len() {
            let error = pickle::load(&bytes[..cut]).unwrap_err();
            let wanted = if cut == 0 { ErrorKind::EndOfStream } else { ErrorKind::InvalidData };
            assert_eq!(error.kind(), wanted, "{n} cut at {cut}: {error}");
            assert!(GraphLoader::new().read(&bytes[..cut]).is_err());
        }
        let mut flipped = bytes.clone();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                flipped[at] ^= 1 << bit;
                survive(&flipped);
                if bit == at % 8 {
                    survive_otherwise(&flipped);
                }
                flipped[at] = bytes[at];
            }
        }
    }
}

#[test]
fn malformed_pickles_are_named() {
    for (bytes, wanted) in [
        (&b"\x80\x06N."[..], "byte 0: PROTO: protocol 6 is newer than 5, the newest known"),
        (b".", "byte 0: STOP: wants more items than the stack holds"),
        (b"0.", "byte 0: POP: wants more items than the stack holds"),
        (b"NR.", "byte 1: REDUCE: wants more items than the stack holds"),
        (b"N(R.", "byte 2: REDUCE: wants more items than lie above the mark"),
        (b"N(.", "byte 2: STOP: wants more items than lie above the mark"),
        (b"t.", "byte 0: TUPLE: wants a mark, and there is none on the stack"),
        (b"}(Nu.", "byte 3: SETITEMS: wants keys and values in turn, found 1 items"),
        (b"(Nd.", "byte 2: DICT: wants keys and values in turn, found 1 items"),
        (b"h\x05.", "byte 0: BINGET: the memo holds nothing under 5"),
        (b"g7\n.", "byte 0: GET: the memo holds nothing under 7"),
        (b"Np-1\n.", "byte 1: PUT: expected an index of the memo, found b'-1'"),
        (b"NNa.", "byte 2: APPEND: expected a list to add to, found None"),
        (b")N\x94a.", "byte 3: APPEND: expected a list to add to, found a tuple"),
        (b"](NNu.", "byte 4: SETITEMS: expected a dict to add to, found a list"),
        (b"}(N\x90.", "byte 3: ADDITEMS: expected a set to add to, found a dict"),
        (b"NN\x93.", "byte 2: STACK_GLOBAL: wants a module and a name, both strings"),
        (b"cos\nsystem\nNR.", "byte 12: REDUCE: expected a tuple of arguments, found None"),
        (b"cos\nsystem\n)N\x92.", "byte 13: NEWOBJ_EX: expected a dict of arguments, found None"),
        (b"\x97.", "byte 0: NEXT_BUFFER: wants a buffer from beside the pickle, and none was given"),
        (b"X\x02\0\0\0\xc3\x28.", "byte 0: BINUNICODE: the string is not UTF-8: see its byte 0"),
        (
            b"U\x01\xe9.",
            "byte 0: SHORT_BINSTRING: byte 0xe9 in a Python 2 string is not ASCII: pass the encoding 'latin1', or 'bytes'",
        ),
        (
            b"\x80\x04\x95\x09\0\0\0\0\0\0\0N.",
            "byte 2: FRAME: wants 9 bytes, and 2 remain: the pickle is truncated",
        ),
        (
            b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xffN.",
            "byte 2: FRAME: wants 18446744073709551615 bytes, and 2 remain: the pickle is truncated",
        ),
        (b"\x95\x02\0\0\0\0\0\0\0K\x05M\0\0.", "ok"),
        (
            b"\x95\x02\0\0\0\0\0\0\0NM\0\0.",
            "byte 10: BININT2: the frame ends in the middle of the instruction",
        ),
        (
            b"\x95\x0b\0\0\0\0\0\0\0N\x95\x01\0\0\0\0\0\0\0N.",
            "byte 10: FRAME: a frame starts before the one around it has ended",
        ),
        (b"NN", "byte 2: the pickle ends before its STOP"),
    ] {
        let shown = bytes.escape_ascii();
        match pickle::load(bytes) {
            Ok(_) => assert_eq!(wanted, "ok", "{shown}"),
            Err(error) => assert_eq!(error.to_string(), wanted, "{shown}"),
        }
    }
}

#[test]
fn errors_of_malformed_pickles_have_a_kind_for_who_is_at_fault() {
    for (bytes, kind) in [
        (&b""[..], ErrorKind::EndOfStream),
        (b"N", ErrorKind::InvalidData),
        (b"\x80\x09N.", ErrorKind::Unsupported),
        (b"U\x01\xe9.", ErrorKind::Encoding),
        (b"\x97.", ErrorKind::InvalidInput),
    ] {
        assert_eq!(pickle::load(bytes).unwrap_err().kind(), kind, "{}", bytes.escape_ascii());
    }
    let mut limits = Limits::default();
    limits.max_pickle_objects = 3;
    let error = GraphLoader::new().limits(limits).load(b"](NNNe.").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert_eq!(
        error.to_string(),
        "byte 4: NONE: the pickle makes more than 3 objects: raise Limits::max_pickle_objects"
    );
    assert!(GraphLoader::new().limits(limits).load(b"](NNe.").is_ok());
}

/// Lists in lists; the same for tuples, dicts by their values and by their keys, calls, and sets.
#[test]
fn a_million_nested_values_load_print_and_drop() {
    const DEPTH: usize = 1_000_000;
    let repeated = |open: &[u8], middle: &[u8], close: &[u8]| {
        [open.repeat(DEPTH).as_slice(), middle, &close.repeat(DEPTH), b"."].concat()
    };
    for (bytes, start, end) in [
        (
            repeated(b"]", b"", b"")[..DEPTH]
                .iter()
                .copied()
                .chain(b"a".repeat(DEPTH - 1))
                .chain(*b".")
                .collect(),
            "[[[",
            "]]]",
        ),
        (repeated(b"", b"N", b"\x85"), "(((", ",),),)"),
        (repeated(b"}N", b"N", b"s"), "{None: {None: ", "}}}"),
        (repeated(b"}", b"N", b"Ns"), "{{{", ": None}: None}"),
        (repeated(b"\x8f(", b"N", b"\x90"), "{{{", "}}}"),
        (
            repeated(b"cbuiltins\nbytearray\n", b"N", b"\x85R"),
            "builtins.bytearray(builtins.bytearray(",
            ")))",
        ),
        (repeated(b"ccollections\nCounter\n", b"N", b"\x85R"), "collections.Counter(collections", ")))"),
        (repeated(b"cdatetime\ntimezone\n", b"N", b"\x85R"), "datetime.timezone(datetime", ")))"),
    ] {
        let bytes: Vec<u8> = bytes;
        let graph = pickle::load(bytes).unwrap();
        let printed = format!("{graph:?}");
        assert!(printed.starts_with(start) && printed.ends_with(end), "{:.80}", printed);
        let mut limits = Limits::default();
        limits.max_repr_chars = 1000;
        assert_eq!(graph.root().to_repr(limits).unwrap_err().kind(), ErrorKind::LimitExceeded);
    }
}

#[test]
fn a_billion_laughs_are_a_small_graph() {
    // Each list holds the one before it ten times.
    let mut bytes = b"\x80\x04]\x94".to_vec();
    for level in 0..20_u8 {
        bytes.extend(b"]\x94(");
        bytes.extend([b'h', level].repeat(10));
        bytes.push(b'e');
    }
    bytes.push(b'.');
    let graph = pickle::load(bytes).unwrap();
    let mut limits = Limits::default();
    limits.max_repr_chars = 100_000;
    let error = graph.root().to_repr(limits).unwrap_err();
    assert_eq!(error.to_string(), "the text is longer than 100000 characters: raise Limits::max_repr_chars");
}

#[test]
fn a_far_memo_index_takes_no_memory() {
    let graph = pickle::load(b"Nr\xff\xff\xff\xff0j\xff\xff\xff\xff.").unwrap();
    assert!(graph.root().is_none());
    let graph = pickle::load(b"Np18446744073709551615\n0g18446744073709551615\n.").unwrap();
    assert!(graph.root().is_none());
}

#[test]
fn pickles_follow_one_another() {
    let stream = b"K\x01.\x80\x04]\x94.cos\nsystem\n.rest";
    let mut rest = &stream[..];
    let mut reader = &stream[..];
    for (printed, left) in [("1", 21), ("[]", 16), ("<global 'os.system'>", 4)] {
        let (graph, used) = GraphLoader::new().load_prefix(rest).unwrap();
        rest = &rest[used..];
        assert_eq!((format!("{graph:?}").as_str(), rest.len()), (printed, left));
        assert_eq!(format!("{:?}", GraphLoader::new().read(&mut reader).unwrap()), printed);
        assert_eq!(reader.len(), left);
    }
}

/// Tuples of `width` times the one before, `depth` of them, stored from `first` on.
fn tower(width: usize, depth: u8, first: u8) -> Vec<u8> {
    let mut bytes = [&b"("[..], &b"K\x01".repeat(width), &[b't', b'q', first, b'0']].concat();
    for level in first..first + depth - 1 {
        bytes.push(b'(');
        bytes.extend([b'h', level].repeat(width));
        bytes.extend([b't', b'q', level + 1, b'0']);
    }
    bytes
}

#[test]
fn keys_are_compared_in_linear_time() {
    let towers = [tower(20, 20, 0), tower(20, 20, 100)].concat();
    let keys = |start: &[u8], end: &[u8]| {
        [b"\x80\x04", towers.as_slice(), start, b"(h\x13K\x01h\x77K\x02", end].concat()
    };
    // The two towers are equal, so the first stands with the value of the last.
    for pickle in [
        keys(b"}", b"u."),
        keys(b"ccollections\nOrderedDict\n)R", b"u."),
        keys(b"ccollections\nCounter\n}", b"u\x85R."),
    ] {
        let graph = pickle::load(pickle).unwrap();
        let dict = graph.root().as_dict().unwrap();
        assert_eq!(dict.len(), 1);
        let (key, value) = dict.iter().next().unwrap();
        assert_eq!(value.as_i64().unwrap(), 2);
        assert_eq!(dict.get_object(key).unwrap().as_i64().unwrap(), 2);
    }
    // Deeper than any recursion, twice.
    let deep = [b")".as_slice(), &b"\x85".repeat(300_000)].concat();
    let graph = pickle::load([b"}(", deep.as_slice(), b"K\x01", &deep, b"K\x02u."].concat()).unwrap();
    assert_eq!(graph.root().as_dict().unwrap().len(), 1);
    // Many keys with one long string in each, in many dicts.
    let long = [b"X\x40\x42\x0f\0".as_slice(), &b"x".repeat(1_000_000)].concat();
    let dicts = b"}(h\0K\x01h\x01K\x02h\x02K\x03u".repeat(20_000);
    let stored = [&long, b"q\x000".as_slice(), &long, b"q\x010", &long, b"K\x01\x86q\x020"].concat();
    let graph = pickle::load([stored.as_slice(), b"](", &dicts, b"e."].concat()).unwrap();
    let lists = graph.root().as_list().unwrap();
    assert!(lists.iter().all(|dict| dict.as_dict().unwrap().len() == 2));
}

#[test]
fn equal_keys_are_one_however_they_are_spelt() {
    for (keys, count) in [
        (&b"(K\x01I1\nL1L\nF1.0\nG\x3f\xf0\0\0\0\0\0\0I01\n\x8a\x01\x01"[..], 1),
        (b"()(t", 1),
        (b"()\x85(t\x85", 1),
        (b"(K\x01\x85I1\n\x85F1.0\n\x85\x88\x85", 1),
        (b"(K\x01\x85K\x02\x85", 2),
        (b"(C\x01aU\x01aV\x61\n", 2),
        (b"(C\x01a\x85V\x61\n\x85", 2),
        // NaNs are equal to themselves only.
        (b"(G\x7f\xf8\0\0\0\0\0\0q\0\x85h\0\x85G\x7f\xf8\0\0\0\0\0\0\x85", 2),
        (b"(K\x01K\x02\x86K\x01K\x02\x86K\x02K\x01\x86K\x01K\x02\x86\x85", 3),
    ] {
        let graph = pickle::load([b"\x8f", keys, b"\x90."].concat()).unwrap();
        let many =
            pickle::load([&b"\x8f("[..], &b"(K\x07K\x08K\x09t".repeat(50), &keys[1..], b"\x90."].concat())
                .unwrap();
        assert_eq!(graph.root().as_set().unwrap().len(), count, "{}", keys.escape_ascii());
        assert_eq!(many.root().as_set().unwrap().len(), count + 1, "{}", keys.escape_ascii());
    }
}

#[test]
fn lists_that_many_calls_share_are_looked_at_once() {
    let items = (0..5000_u32).flat_map(|n| [&b"J"[..], &n.to_le_bytes()[..]].concat());
    let pairs = (0..5000_u32).flat_map(|n| [&b"](J"[..], &n.to_le_bytes()[..], b"Ne"].concat());
    for (name, list) in [
        ("cbuiltins\nset\n", items.collect::<Vec<u8>>()),
        ("ccollections\nOrderedDict\n", pairs.collect::<Vec<u8>>()),
    ] {
        let calls = b"h\0h\x01R".repeat(5000);
        let pickle = [name.as_bytes(), b"q\x000](", &list, b"e\x85q\x010](", &calls, b"e."].concat();
        let graph = pickle::load(pickle).unwrap();
        let list = graph.root().as_list().unwrap();
        let count = |object: pickle::Object<'_>| match object.as_dict() {
            Ok(dict) => dict.len(),
            Err(_) => object.as_set().unwrap().len(),
        };
        assert!(list.iter().all(|object| count(object) == 5000));
    }
}
