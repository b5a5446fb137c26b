//! The children of containers: items in a row, keys and values.

use std::borrow::Cow;
use std::sync::Arc;

use super::Graph;
use super::keys::{self, Index, Key};
use super::object::Object;
use super::word::{Place, Word};

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
    words: Cow<'g, [Word]>,
}

impl<'g> Items<'g> {
    pub(super) fn new(graph: &'g Graph, words: impl Into<Cow<'g, [Word]>>) -> Self {
        Self { graph, words: words.into() }
    }

    pub(super) fn none(graph: &'g Graph) -> Self {
        Self::new(graph, &[][..])
    }

    /// The children of a node.
    pub(super) fn of(graph: &'g Graph, word: Word) -> Self {
        Self::new(graph, Object::new(graph, word).children())
    }

    /// The children of an object without those that are equal to an earlier one: the items of a set.
    pub(super) fn distinct(object: Object<'g>) -> Self {
        let (graph, words) = (object.graph(), object.children());
        Self { graph, words: keys::distinct(graph, words, 1).unwrap_or(words.into()) }
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
        let words: &[Word; N] = (*self.words).try_into().ok()?;
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
    pairs: Pairs<'g>,
}

#[derive(Clone)]
enum Pairs<'g> {
    Few(Cow<'g, [Word]>),
    Many(&'g [Word], Arc<Index>),
}

/// Up to so many keys are compared one by one.
const FEW: usize = 32;

impl<'g> Dict<'g> {
    /// Of a dict node; an empty one of nothing.
    pub(super) fn of(graph: &'g Graph, word: Option<Word>) -> Self {
        let words = word.map_or(&[][..], |word| Object::new(graph, word).children());
        let pairs = match word.map(Word::place) {
            Some(Place::Node(node)) if words.len() > 2 * FEW => {
                Pairs::Many(words, graph.0.indexes.get(graph, node, words))
            }
            _ => Pairs::Few(keys::distinct(graph, words, 2).unwrap_or(words.into())),
        };
        Self { graph, pairs }
    }

    /// Of keys and values in turn that are no node's children.
    pub(super) fn of_pairs(graph: &'g Graph, words: Vec<Word>) -> Self {
        let distinct = keys::distinct(graph, &words, 2).map(Cow::into_owned);
        Self { graph, pairs: Pairs::Few(Cow::Owned(distinct.unwrap_or(words))) }
    }

    fn words(&self) -> &[Word] {
        match &self.pairs {
            Pairs::Few(words) => words,
            Pairs::Many(words, index) => index.distinct().unwrap_or(words),
        }
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
        self.find(&Key::Str(key.as_bytes()))
    }

    /// The value under any key, such as one of another dict of the same graph.
    pub fn get_object(&self, key: Object<'g>) -> Option<Object<'g>> {
        self.find(&Key::of(key))
    }

    fn find(&self, key: &Key<'_>) -> Option<Object<'g>> {
        let words = self.words();
        let place = match &self.pairs {
            Pairs::Few(_) => words.chunks_exact(2).position(|pair| {
                pair.first().is_some_and(|word| Key::of(Object::new(self.graph, *word)) == *key)
            }),
            Pairs::Many(_, index) => index.find(self.graph, words, key),
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

    /// The same dict with its pairs in another order.
    pub(super) fn with(&self, words: Vec<Word>) -> Self {
        Self { graph: self.graph, pairs: Pairs::Few(Cow::Owned(words)) }
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
