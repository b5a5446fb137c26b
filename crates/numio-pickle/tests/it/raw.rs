//! What a graph tells those who make other objects of it.

use numio_pickle::{self as pickle, Graph, RawValue};

fn load(bytes: &[u8]) -> Graph {
    pickle::load(bytes).unwrap()
}

#[test]
fn objects_in_several_positions_are_told_apart() {
    // ['a', 'a' again, 7, (), {}, {} again, [8] doubled]
    let graph = load(b"](\x8c\x01a\x94h\0K\x07)}\x94h\x01]K\x08a2e.");
    let items = graph.root().as_list().unwrap();
    let shared: Vec<bool> = items.iter().map(|item| item.is_shared()).collect();
    assert_eq!(shared, [true, true, false, false, true, true, true, true]);
    assert!(!graph.root().is_shared());
    let numbers: Vec<u64> = items.iter().map(|item| item.id()).collect();
    assert_eq!((numbers[0], numbers[4], numbers[6]), (numbers[1], numbers[5], numbers[7]));
    assert_ne!(numbers[4], numbers[6]);
    assert!(graph.get(numbers[6]).unwrap().ptr_eq(items.get(7).unwrap()));
}

#[test]
fn shapes_are_what_the_opcodes_say() {
    // {1: 'a', 1: 'b'}: equal keys are both there
    let graph = load(b"(K\x01\x8c\x01aK\x01\x8c\x01bd.");
    let RawValue::Dict(pairs) = graph.root().raw() else { panic!("{:?}", graph.root().raw()) };
    assert_eq!(pairs.len(), 4);
    assert_eq!(graph.root().as_dict().unwrap().len(), 1);
    let graph = load(b"cbuiltins\nrange\n(K\0K\x05K\x01tR.");
    assert!(matches!(graph.root().raw(), RawValue::Call(_)));
    assert!(matches!(load(b")0N.").root().raw(), RawValue::None));
}

#[test]
fn globals_are_listed_reached_or_not() {
    let bytes = b"cos\nsystem\n0cos\nsystem\n0\x8c\x08builtins\x8c\x03int\x93.";
    let graph = load(bytes);
    let names: Vec<String> = graph.globals().map(|global| global.to_string()).collect();
    assert_eq!(names, ["os.system", "builtins.int"]);
    assert_eq!(graph.mutations().count(), 0);
    assert_eq!(graph.bytes(), bytes);
}

#[test]
fn changes_to_what_was_not_just_made_are_listed() {
    let graph = load(b"cdecimal\nDecimal\n}\x8c\x01xK\x01sb.");
    assert_eq!(format!("{:?}", graph.mutations().collect::<Vec<_>>()), "[<global 'decimal.Decimal'>]");
    let graph = load(b"cm\nC\n)R}b}b.");
    assert_eq!(graph.mutations().count(), 1);
}
