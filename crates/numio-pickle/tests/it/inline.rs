//! Data between the instructions of a pickle, by a format of a library's.

use numio_pickle::{
    self as pickle, Action, AuditBudget, AuditHooks, ErrorKind, Global, GraphLoader, InlineData,
    InlineFormat, InlineValue, Leaf, PartialValue, audit_with,
};

/// Instances of `shop.Image` whose state is a number are followed by a byte that counts the padding, and by as many bytes; others
/// by a pickle.
const IMAGE: InlineFormat = InlineFormat { class: Global { module: "shop", name: "Image" }, data: pixels };

fn pixels(image: PartialValue<'_>, rest: &[u8]) -> Option<InlineData> {
    match image.state()?.leaf()? {
        Leaf::Int(count) => {
            let padding = 1 + usize::from(rest.first().copied().unwrap_or_default());
            Some(InlineData::Bytes { padding, len: u64::try_from(count).ok()? })
        }
        Leaf::None => Some(InlineData::Pickle),
        _ => None,
    }
}

fn loader() -> GraphLoader {
    let mut loader = GraphLoader::new();
    loader.inline_format(IMAGE);
    loader
}

const BYTES: &[u8] =
    b"\x80\x02(cshop\nImage\n)\x81K\x03b\x02..\x01\x02\x03cshop\nImage\n)\x81Nb\x80\x02]K\x07a.t.";

#[test]
fn bytes_and_pickles_are_kept_with_their_objects() {
    let graph = loader().load(BYTES).unwrap();
    assert!(graph.has_inline_data());
    let [first, second] = graph.root().as_tuple().unwrap().array().unwrap();
    let Some(InlineValue::Bytes { bytes, start }) = first.as_call().unwrap().inline_value() else { panic!() };
    assert_eq!((bytes, &BYTES[start..start + 3]), (&[1, 2, 3][..], bytes));
    let Some(InlineValue::Pickled(list)) = second.as_call().unwrap().inline_value() else { panic!() };
    assert_eq!(list.to_json(pickle::Limits::default()).unwrap(), "[7]");
    // The plain loader runs the data, as Python's does.
    assert!(pickle::load(BYTES).is_err());
    let others = pickle::load(b"cshop\nOther\n)\x81K\x03b.").unwrap();
    assert!(!others.has_inline_data() && others.root().as_call().unwrap().inline_value().is_none());
}

#[test]
fn a_stream_is_read_to_its_end_once_the_class_is_named() {
    let graph = loader().read(BYTES).unwrap();
    assert_eq!(graph.bytes(), BYTES);
    let mut reader = &b"cshop\nOther\n.rest"[..];
    loader().read(&mut reader).unwrap();
    assert_eq!(reader, b"rest");
}

#[test]
fn data_that_is_cut_or_in_a_frame_is_an_error() {
    for end in 1..BYTES.len() {
        let error = loader().load(&BYTES[..end]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidData), "{end}: {error}");
    }
    let cut = loader().load(&b"cshop\nImage\n)\x81K\x09b\0abc"[..]).unwrap_err();
    assert_eq!(
        cut.to_string(),
        "byte 16: BUILD: the data behind the object takes 10 bytes, and 4 remain: the pickle is truncated"
    );
    let framed = b"\x80\x04\x95\x16\0\0\0\0\0\0\0cshop\nImage\n)\x81K\x03b\0\x01\x02\x03.";
    let error = loader().load(&framed[..]).unwrap_err();
    assert!(error.to_string().ends_with("the frame ends in the middle of the instruction"), "{error}");
    let nested = b"cshop\nImage\n)\x81Nbcshop\nImage\n)\x81Nb..";
    assert!(loader().load(&nested[..]).is_err());
    let items = b"cshop\nImage\n)\x81K\x01aNb]..";
    let error = loader().load(&items[..]).unwrap_err();
    assert!(error.to_string().ends_with("is for one that has no items yet"), "{error}");
}

#[test]
fn the_audit_follows_both_readings() {
    struct Shop;

    impl AuditHooks for Shop {
        fn inline_format(&self) -> Option<InlineFormat> {
            Some(IMAGE)
        }
    }

    let calls = |bytes: &[u8]| {
        let mut budget = AuditBudget::for_len(bytes.len() as u64);
        let found = audit_with(bytes, &mut budget, &Shop);
        let names = found.findings.iter().filter(|found| found.action == Action::Call);
        names.map(|found| found.name.clone()).collect::<Vec<_>>()
    };
    // Within the pixels, which only a plain `pickle.load` runs, and behind them, where only the library arrives.
    let payload = b"cos\nsystem\n(S'x'\ntR";
    let padding = [&payload[..], &vec![b'N'; usize::from(b'N') - payload.len()]].concat();
    let inside = [b"\x80\x02cshop\nImage\n)\x81K\x02bN", &padding[..], b"NN."].concat();
    assert!(GraphLoader::new().inline_format(IMAGE).load(&*inside).unwrap().globals().count() == 1);
    assert!(calls(&inside).contains(&"os.system".to_owned()));
    let behind = b"\x80\x02cshop\nImage\n)\x81K\x02b\0..0cos\nsystem\n(S'x'\ntR.";
    assert!(calls(behind).contains(&"os.system".to_owned()));
    let nested = b"\x80\x02cshop\nImage\n)\x81Nb\x80\x02cos\nsystem\n(S'x'\ntR..";
    assert!(calls(nested).contains(&"os.system".to_owned()));
    // The library reads the pixels from behind the frame.
    let framed = b"\x80\x04\x95\x17\0\0\0\0\0\0\0cshop\nImage\n)\x81K\x02bN0.\0..";
    let mut budget = AuditBudget::for_len(framed.len() as u64);
    let found = audit_with(framed, &mut budget, &Shop);
    assert!(found.findings.iter().any(|found| found.action == Action::Hide), "{:?}", found.findings);
}
