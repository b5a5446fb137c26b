//! The children of containers: items in a row, keys and values.

use std::ops::Deref;
use std::sync::Arc;

use super::Graph;
use super::object::Object;
use crate::pickle::graph::object;
use crate::pickle::graph::object::{Index, Key, Rows};
use crate::pickle::graph::{Place, Word};

/// The items of a list, tuple, set or deque.
///
/// ```
/// let graph = numio::pickle::load(b"(K\x01K\x02K\x03t.")?;
/// let items = graph.root().as_tuple()?;
/// assert_eq!(items.len(), 3);
/// assert_eq!(items.iter().map(|item| item.as_i64()).collect::<Result<Vec<_>, _>>()?, [1, 2, 3]);
/// assert_eq!(items.get(1).map(|item| format!("{item:?}")), Some("2".to_owned()));
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Clone)]
pub struct Items<'g> {
    graph: &'g Graph,
    words: Words<'g>,
}

/// Values side by side.
#[derive(Clone)]
enum Words<'g> {
    Node(&'g [Word]),
    Own(Arc<[Word]>),
}

impl Deref for Words<'_> {
    type Target = [Word];

    #[inline]
    fn deref(&self) -> &[Word] {
        match self {
            Self::Node(words) => words,
            Self::Own(words) => words,
        }
    }
}

impl<'g> Items<'g> {
    pub(super) fn new(graph: &'g Graph, words: &'g [Word]) -> Self {
        Self { graph, words: Words::Node(words) }
    }

    pub(super) fn owned(graph: &'g Graph, words: Vec<Word>) -> Self {
        Self { graph, words: Words::Own(words.into()) }
    }

    pub(super) fn none(graph: &'g Graph) -> Self {
        Self::new(graph, &[])
    }

    /// The children of a node.
    pub(super) fn of(graph: &'g Graph, word: Word) -> Self {
        Self::new(graph, Object::new(graph, word).children())
    }

    /// The children of an object without those that are equal to an earlier one: the items of a set.
    pub(super) fn distinct(object: Object<'g>) -> Self {
        let (graph, words) = (object.graph(), object.children());
        let find = || object::distinct(graph, words, 1);
        let distinct = match object.word().place() {
            Place::Node(node) if words.len() > FEW => graph.0.indexes.rows(node, Rows::Distinct, find),
            _ => find(),
        };
        Self { graph, words: distinct.map_or(Words::Node(words), Words::Own) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// One of them, counted from 0.
    pub fn get(&self, index: usize) -> Option<Object<'g>> {
        self.words.get(index).map(|word| Object::new(self.graph, *word))
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Object<'g>> + DoubleEndedIterator + '_ {
        self.words.iter().map(|word| Object::new(self.graph, *word))
    }

    /// All of them, if there are so many.
    pub(crate) fn array<const N: usize>(&self) -> Option<[Object<'g>; N]> {
        let words: &[Word; N] = self.words.deref().try_into().ok()?;
        Some(words.map(|word| Object::new(self.graph, word)))
    }
}

impl<'g> IntoIterator for Items<'g> {
    type Item = Object<'g>;
    type IntoIter = IntoItems<'g>;

    fn into_iter(self) -> IntoItems<'g> {
        IntoItems { items: self, next: 0 }
    }
}

/// The items one after another.
#[derive(Clone)]
pub struct IntoItems<'g> {
    items: Items<'g>,
    next: usize,
}

impl<'g> Iterator for IntoItems<'g> {
    type Item = Object<'g>;

    fn next(&mut self) -> Option<Object<'g>> {
        let found = self.items.get(self.next)?;
        self.next += 1;
        Some(found)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.items.len() - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for IntoItems<'_> {}

/// The keys and values of a dict, in order. Of keys that are equal, as `1` and `1.0` are, the first stands with the value
/// of the last, as in Python; numbers, strings, bytes and tuples of them are compared by value, other keys by identity.
///
/// ```
/// let graph = numio::pickle::load(b"(S'a'\nK\x01S'b'\nK\x02d.")?;
/// let dict = graph.root().as_dict()?;
/// assert_eq!(dict.get("b").unwrap().as_i64()?, 2);
/// assert_eq!(dict.iter().map(|(key, _)| key.as_str()).collect::<Result<Vec<_>, _>>()?, ["a", "b"]);
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Clone)]
pub struct Dict<'g> {
    graph: &'g Graph,
    /// Keys and values in turn, no two keys equal.
    words: Words<'g>,
    /// Finds keys, where they are many.
    index: Option<Arc<Index>>,
    /// The number of the node, where it is one.
    node: Option<usize>,
}

/// Up to this many entries are looked at anew each time.
const FEW: usize = 32;

impl<'g> Dict<'g> {
    /// Of a dict node; an empty one of nothing.
    pub(super) fn of(graph: &'g Graph, word: Option<Word>) -> Self {
        let words = word.map_or(&[][..], |word| Object::new(graph, word).children());
        let node = match word.map(Word::place) {
            Some(Place::Node(node)) => Some(node),
            _ => None,
        };
        let index =
            node.filter(|_| words.len() > 2 * FEW).map(|node| graph.0.indexes.get(graph, node, words));
        let distinct = match &index {
            Some(index) => index.distinct().cloned(),
            None => object::distinct(graph, words, 2),
        };
        Self { graph, words: distinct.map_or(Words::Node(words), Words::Own), index, node }
    }

    /// Of a list of lists of a key and a value each; nothing where it is something else.
    pub(super) fn of_pairs(list: Object<'g>) -> Option<Self> {
        let (graph, lists) = (list.graph(), list.plain_list()?);
        let Place::Node(node) = list.word().place() else { return None };
        let words = graph.0.indexes.rows(node, Rows::Pairs, || {
            let mut words = Vec::new();
            for pair in lists.iter() {
                let [key, value] = pair.plain_list()?.array()?;
                words.extend([key.word(), value.word()]);
            }
            Some(object::distinct(graph, &words, 2).unwrap_or_else(|| words.into()))
        })?;
        Some(Self { graph, words: Words::Own(words), index: None, node: None })
    }

    fn words(&self) -> &[Word] {
        &self.words
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.words().len() / 2
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words().is_empty()
    }

    /// The value under a string key.
    pub fn get(&self, key: &str) -> Option<Object<'g>> {
        // Long keys are found by what has been compared with them, of which there is nothing where there is one key.
        match self.words() {
            [only, _] => Object::new(self.graph, *only).plain_str().filter(|only| *only == key).map(drop)?,
            _ => return self.find(&Key::of_text(self.graph, key)?),
        }
        self.pair(0).map(|(_, value)| value)
    }

    /// The value under any key that is a value of the same graph, such as one of another dict.
    pub fn get_object(&self, key: Object<'g>) -> Option<Object<'g>> {
        if !key.graph().is(self.graph) {
            return None;
        }
        self.find(&Key::of(key))
    }

    fn find(&self, key: &Key<'_>) -> Option<Object<'g>> {
        let words = self.words();
        let place = match &self.index {
            None => words.chunks_exact(2).position(|pair| {
                pair.first().is_some_and(|word| Key::of(Object::new(self.graph, *word)) == *key)
            }),
            Some(index) => index.find(self.graph, words, key),
        };
        self.pair(place?).map(|(_, value)| value)
    }

    /// One of the pairs, counted from 0.
    pub(crate) fn pair(&self, index: usize) -> Option<(Object<'g>, Object<'g>)> {
        match self.words().get(2 * index..)? {
            [key, value, ..] => Some((Object::new(self.graph, *key), Object::new(self.graph, *value))),
            _ => None,
        }
    }

    /// The same dict with its pairs in the order that `sort` finds, if it finds one.
    pub(super) fn most_common(&self, sort: impl FnOnce(&Self) -> Option<Vec<Word>>) -> Self {
        let sorted = || sort(self).map(Into::into);
        let words = match self.node {
            Some(node) => self.graph.0.indexes.rows(node, Rows::MostCommon, sorted),
            None => sorted(),
        };
        match words {
            Some(words) => Self { graph: self.graph, words: Words::Own(words), index: None, node: None },
            None => self.clone(),
        }
    }

    /// All keys with their values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Object<'g>, Object<'g>)> + '_ {
        let graph = self.graph;
        self.words().chunks_exact(2).map(move |pair| match pair {
            [key, value] => (Object::new(graph, *key), Object::new(graph, *value)),
            _ => (graph.root(), graph.root()),
        })
    }
}

impl<'g> IntoIterator for Dict<'g> {
    type Item = (Object<'g>, Object<'g>);
    type IntoIter = IntoPairs<'g>;

    fn into_iter(self) -> IntoPairs<'g> {
        IntoPairs { dict: self, next: 0 }
    }
}

/// The keys with their values, one after another.
#[derive(Clone)]
pub struct IntoPairs<'g> {
    dict: Dict<'g>,
    next: usize,
}

impl<'g> Iterator for IntoPairs<'g> {
    type Item = (Object<'g>, Object<'g>);

    fn next(&mut self) -> Option<Self::Item> {
        let found = self.dict.pair(self.next)?;
        self.next += 1;
        Some(found)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.dict.len() - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for IntoPairs<'_> {}
