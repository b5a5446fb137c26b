//! The children of containers: items in a row, keys and values.

use std::ops::Deref;
use std::sync::Arc;

use super::Graph;
use super::object::Object;
use crate::graph::object;
use crate::graph::object::{Index, Key, Rows};
use crate::graph::{Handle, Target};

/// The items of a list, tuple, set or deque.
///
/// ```
/// let graph = numio_pickle::load(b"(K\x01K\x02K\x03t.")?;
/// let items = graph.root().as_tuple()?;
/// assert_eq!(items.len(), 3);
/// assert_eq!(items.iter().map(|item| item.as_i64()).collect::<Result<Vec<_>, _>>()?, [1, 2, 3]);
/// assert_eq!(items.get(1).map(|item| format!("{item:?}")), Some("2".to_owned()));
/// # Ok::<(), numio_pickle::Error>(())
/// ```
#[derive(Clone)]
pub struct Children<'g> {
    graph: &'g Graph,
    handles: Handles<'g>,
}

/// Values side by side.
#[derive(Clone)]
enum Handles<'g> {
    Node(&'g [Handle]),
    Own(Arc<[Handle]>),
}

impl Deref for Handles<'_> {
    type Target = [Handle];

    #[inline]
    fn deref(&self) -> &[Handle] {
        match self {
            Self::Node(handles) => handles,
            Self::Own(handles) => handles,
        }
    }
}

impl<'g> Children<'g> {
    pub(super) fn new(graph: &'g Graph, handles: &'g [Handle]) -> Self {
        Self { graph, handles: Handles::Node(handles) }
    }

    pub(super) fn owned(graph: &'g Graph, handles: Vec<Handle>) -> Self {
        Self { graph, handles: Handles::Own(handles.into()) }
    }

    pub(super) fn none(graph: &'g Graph) -> Self {
        Self::new(graph, &[])
    }

    /// The children of a node.
    pub(super) fn of(graph: &'g Graph, handle: Handle) -> Self {
        Self::new(graph, Object::new(graph, handle).children())
    }

    /// The children of an object without those that are equal to an earlier one: the items of a set.
    pub(super) fn distinct(object: Object<'g>) -> Self {
        let (graph, handles) = (object.graph(), object.children());
        let find = || object::distinct(graph, handles, 1);
        let distinct = match object.handle().target() {
            Target::Node(node) if handles.len() > FEW => graph.0.indexes.rows(node, Rows::Distinct, find),
            _ => find(),
        };
        Self { graph, handles: distinct.map_or(Handles::Node(handles), Handles::Own) }
    }

    /// The number of values.
    #[inline]
    pub fn len(&self) -> usize {
        self.handles.len()
    }

    /// True if there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.handles.is_empty()
    }

    /// One of them, counted from 0.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Object<'g>> {
        self.handles.get(index).map(|handle| Object::new(self.graph, *handle))
    }

    /// All of them, in order.
    #[inline]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Object<'g>> + DoubleEndedIterator + '_ {
        self.handles.iter().map(|handle| Object::new(self.graph, *handle))
    }

    /// All of them, if their number is `N`.
    pub fn array<const N: usize>(&self) -> Option<[Object<'g>; N]> {
        let handles: &[Handle; N] = self.handles.deref().try_into().ok()?;
        Some(handles.map(|handle| Object::new(self.graph, handle)))
    }
}

impl<'g> IntoIterator for Children<'g> {
    type Item = Object<'g>;
    type IntoIter = IntoChildren<'g>;

    fn into_iter(self) -> IntoChildren<'g> {
        IntoChildren { items: self, next: 0 }
    }
}

/// The items one after another.
#[derive(Clone)]
pub struct IntoChildren<'g> {
    items: Children<'g>,
    next: usize,
}

impl<'g> Iterator for IntoChildren<'g> {
    type Item = Object<'g>;

    #[inline]
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

impl ExactSizeIterator for IntoChildren<'_> {}

/// The keys and values of a dict, in order. Of keys that are equal, as `1` and `1.0` are, the first stands with the value
/// of the last, as in Python; numbers, strings, bytes and tuples of them are compared by value, other keys by identity.
///
/// ```
/// let graph = numio_pickle::load(b"(S'a'\nK\x01S'b'\nK\x02d.")?;
/// let dict = graph.root().as_dict()?;
/// assert_eq!(dict.get("b").unwrap().as_i64()?, 2);
/// assert_eq!(dict.iter().map(|(key, _)| key.as_str()).collect::<Result<Vec<_>, _>>()?, ["a", "b"]);
/// # Ok::<(), numio_pickle::Error>(())
/// ```
#[derive(Clone)]
pub struct Dict<'g> {
    graph: &'g Graph,
    /// Keys and values in turn, no two keys equal.
    handles: Handles<'g>,
    /// Finds keys, where they are many.
    index: Option<Arc<Index>>,
    /// The number of the node, where it is one.
    node: Option<usize>,
}

/// Up to this many entries are looked at anew each time.
const FEW: usize = 32;

impl<'g> Dict<'g> {
    /// Of a dict node; an empty one of nothing.
    pub(super) fn of(graph: &'g Graph, handle: Option<Handle>) -> Self {
        let handles = handle.map_or(&[][..], |handle| Object::new(graph, handle).children());
        let node = match handle.map(Handle::target) {
            Some(Target::Node(node)) => Some(node),
            _ => None,
        };
        let index =
            node.filter(|_| handles.len() > 2 * FEW).map(|node| graph.0.indexes.get(graph, node, handles));
        let distinct = match &index {
            Some(index) => index.distinct().cloned(),
            None => object::distinct(graph, handles, 2),
        };
        Self { graph, handles: distinct.map_or(Handles::Node(handles), Handles::Own), index, node }
    }

    /// Of a list of lists of a key and a value each; nothing where it is something else.
    pub(super) fn of_pairs(list: Object<'g>) -> Option<Self> {
        let (graph, lists) = (list.graph(), list.plain_list()?);
        let Target::Node(node) = list.handle().target() else { return None };
        let handles = graph.0.indexes.rows(node, Rows::Pairs, || {
            let mut handles = Vec::new();
            for pair in lists.iter() {
                let [key, value] = pair.plain_list()?.array()?;
                handles.extend([key.handle(), value.handle()]);
            }
            Some(object::distinct(graph, &handles, 2).unwrap_or_else(|| handles.into()))
        })?;
        Some(Self { graph, handles: Handles::Own(handles), index: None, node: None })
    }

    fn handles(&self) -> &[Handle] {
        &self.handles
    }

    /// The number of keys.
    #[inline]
    pub fn len(&self) -> usize {
        self.handles().len() / 2
    }

    /// True if there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.handles().is_empty()
    }

    /// The value under a string key.
    #[inline]
    pub fn get(&self, key: &str) -> Option<Object<'g>> {
        // Long keys are found by what has been compared with them, of which there is nothing where there is one key.
        match self.handles() {
            [only, _] => Object::new(self.graph, *only).plain_str().filter(|only| *only == key).map(drop)?,
            _ => return self.find(&Key::of_text(self.graph, key)?),
        }
        self.pair(0).map(|(_, value)| value)
    }

    /// The value under any key that is a value of the same graph, such as one of another dict.
    pub fn get_object(&self, key: Object<'g>) -> Option<Object<'g>> {
        if !key.graph().ptr_eq(self.graph) {
            return None;
        }
        self.find(&Key::of(key))
    }

    fn find(&self, key: &Key<'_>) -> Option<Object<'g>> {
        let handles = self.handles();
        let place = match &self.index {
            None => handles.chunks_exact(2).position(|pair| {
                pair.first().is_some_and(|handle| Key::of(Object::new(self.graph, *handle)) == *key)
            }),
            Some(index) => index.find(self.graph, handles, key),
        };
        self.pair(place?).map(|(_, value)| value)
    }

    /// One of the pairs, counted from 0.
    pub(crate) fn pair(&self, index: usize) -> Option<(Object<'g>, Object<'g>)> {
        match self.handles().get(2 * index..)? {
            [key, value, ..] => Some((Object::new(self.graph, *key), Object::new(self.graph, *value))),
            _ => None,
        }
    }

    /// The same dict with its pairs in the order that `sort` finds, if it finds one.
    pub(super) fn most_common(&self, sort: impl FnOnce(&Self) -> Option<Vec<Handle>>) -> Self {
        let sorted = || sort(self).map(Into::into);
        let handles = match self.node {
            Some(node) => self.graph.0.indexes.rows(node, Rows::MostCommon, sorted),
            None => sorted(),
        };
        match handles {
            Some(handles) => {
                Self { graph: self.graph, handles: Handles::Own(handles), index: None, node: None }
            }
            None => self.clone(),
        }
    }

    /// All keys with their values.
    #[inline]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Object<'g>, Object<'g>)> + '_ {
        let graph = self.graph;
        self.handles().chunks_exact(2).map(move |pair| match pair {
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

    #[inline]
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
