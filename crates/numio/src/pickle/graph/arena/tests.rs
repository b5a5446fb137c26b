//! Words, nodes and their children.

use super::*;

#[test]
fn words_are_four_bytes_with_a_niche() {
    assert_eq!(size_of::<Option<Word>>(), 4);
    assert_eq!(size_of::<Node>(), 12);
    for at in [0, 1, (1 << 31) - 2] {
        assert_eq!(Word::leaf(at).unwrap().place(), Place::Leaf(at));
    }
    assert_eq!(Word::leaf((1 << 31) - 1), None);
    assert_eq!(Word::node(0).unwrap().place(), Place::Node(0));
}

#[test]
fn a_leaf_beyond_a_word_keeps_its_place() {
    let mut arena = Arena::default();
    let at = (5 << 32) + 17;
    let word = arena.push_leaf(at).unwrap();
    let Place::Node(index) = word.place() else { panic!("{word:?}") };
    let node = arena.node(index).unwrap();
    assert_eq!((node.kind, Arena::far(node)), (Kind::Far, at));
    assert!(arena.children(node).is_empty());
}

#[test]
fn children_stay_in_order_however_they_come() {
    let leaf = |at| Word::leaf(at).unwrap();
    let mut arena = Arena::default();
    let lists = [arena.push_node(Kind::List, &[]).unwrap(), arena.push_node(Kind::List, &[leaf(1)]).unwrap()];
    for turn in 2..9 {
        for list in lists {
            let Place::Node(index) = list.place() else { panic!("{list:?}") };
            arena.extend(index, &[leaf(turn), leaf(turn + 100)]).unwrap();
        }
    }
    for (list, first) in lists.iter().zip([0, 1]) {
        let Place::Node(index) = list.place() else { panic!("{list:?}") };
        let found = arena.children(arena.node(index).unwrap());
        let wanted = [1].into_iter().take(first).chain((2..9).flat_map(|turn| [turn, turn + 100]));
        assert_eq!(found, wanted.map(leaf).collect::<Vec<_>>());
    }
}
