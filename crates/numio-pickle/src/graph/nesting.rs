//! The depth of nested values, for those who build objects of a kind that is dropped by recursion.

use super::Graph;
use super::call::Call;
use super::object::Object;
use crate::graph::Kind;
use crate::graph::{Handle, Target};

impl Graph {
    /// The heaviest chain of calls that contain one another, in whatever way and with whatever containers between them:
    /// the sum of what `weight` gives for each. Of calls that contain one another in a circle, all count.
    ///
    /// Python frees some of its containers by recursion: so much can be found out about a pickle before any of them is
    /// made.
    ///
    /// ```
    /// let graph = numio_pickle::load(b"ccollections\ndeque\n)R(ccollections\ndeque\n)RK\x01e.")?;
    /// assert_eq!(graph.deepest_chain(|_| 1), 2);
    /// # Ok::<(), numio_pickle::Error>(())
    /// ```
    pub fn deepest_chain(&self, weight: impl Fn(Call<'_>) -> u64) -> u64 {
        Chains { graph: self, weight, nodes: Vec::new(), found: Vec::new(), next: 1 }.deepest()
    }

    /// An upper bound of [`deepest_chain`](Self::deepest_chain), found at once: the sum of all weights.
    pub fn total_weight(&self, weight: impl Fn(Call<'_>) -> u64) -> u64 {
        self.calls().map(weight).fold(0, u64::saturating_add)
    }

    /// Every call of the pickle.
    fn calls(&self) -> impl Iterator<Item = Call<'_>> {
        let arena = &self.0.arena;
        arena
            .handles()
            .filter(|(_, node)| node.kind == Kind::Call)
            .filter_map(move |(handle, node)| arena.call(node).map(|call| Call::new(self, handle, call)))
    }
}

/// Tarjan's algorithm: circles count as one node. Without recursion.
struct Chains<'g, W> {
    graph: &'g Graph,
    weight: W,
    nodes: Vec<State>,
    /// Nodes that have been reached and whose circle is not complete.
    found: Vec<u32>,
    next: u32,
}

/// The state of a node in the search.
#[derive(Clone, Copy, Default)]
struct State {
    /// In which order it was reached, from 1 on; 0 if it was not, and `DONE` once its circle is complete.
    order: u32,
    /// The earliest node that can be reached from it.
    low: u32,
    /// The heaviest chain below it; from itself on once its circle is complete.
    chain: u64,
}

const DONE: u32 = u32::MAX;

impl<'g, W: Fn(Call<'g>) -> u64> Chains<'g, W> {
    fn deepest(mut self) -> u64 {
        let Target::Node(root) = self.graph.0.root.target() else { return 0 };
        let mut open: Vec<(u32, u32)> = Vec::new();
        self.reach(root, &mut open);
        while let Some((node, at)) = open.last_mut() {
            let node = *node as usize;
            let part = self.part(node, *at as usize);
            *at += 1;
            match part {
                Some(Target::Node(part)) => match self.state(part).order {
                    0 => self.reach(part, &mut open),
                    DONE => {
                        let chain = self.state(part).chain;
                        self.change(node, |state| state.chain = state.chain.max(chain));
                    }
                    order => self.change(node, |state| state.low = state.low.min(order)),
                },
                Some(Target::Leaf(_)) => {}
                None => {
                    open.pop();
                    self.complete(node);
                    if let Some((outer, _)) = open.last() {
                        let State { order, low, chain } = self.state(node);
                        self.change(*outer as usize, |state| {
                            state.chain = state.chain.max(chain);
                            if order != DONE {
                                state.low = state.low.min(low);
                            }
                        });
                    }
                }
            }
        }
        self.state(root).chain
    }

    fn reach(&mut self, node: usize, open: &mut Vec<(u32, u32)>) {
        if self.nodes.len() <= node {
            self.nodes.resize(node + 1, State::default());
        }
        let order = self.next;
        self.next += 1;
        self.change(node, |state| (state.order, state.low) = (order, order));
        self.found.push(node as u32);
        open.push((node as u32, 0));
    }

    /// All parts of a node have been looked at: if no earlier node can be reached, its circle is complete.
    fn complete(&mut self, node: usize) {
        let State { order, low, chain } = self.state(node);
        if order != low {
            return;
        }
        let start = self.found.iter().rposition(|found| *found as usize == node).unwrap_or(0);
        let circle = self.found.split_off(start);
        let weights = circle.iter().map(|member| self.weight_of(*member as usize));
        let chain = weights.fold(chain, u64::saturating_add);
        for member in circle {
            self.change(member as usize, |state| (state.order, state.chain) = (DONE, chain));
        }
    }

    fn weight_of(&self, node: usize) -> u64 {
        let object = Handle::node(node).map(|handle| Object::new(self.graph, handle));
        object.and_then(Object::as_call).map_or(0, &self.weight)
    }

    fn state(&self, node: usize) -> State {
        self.nodes.get(node).copied().unwrap_or_default()
    }

    fn change(&mut self, node: usize, change: impl FnOnce(&mut State)) {
        if let Some(state) = self.nodes.get_mut(node) {
            change(state);
        }
    }

    /// A part of a node, counted from 0.
    fn part(&self, node: usize, at: usize) -> Option<Target> {
        let arena = &self.graph.0.arena;
        let node = arena.node(node)?;
        if node.kind != Kind::Call {
            return arena.children(node).get(at).map(|handle| handle.target());
        }
        let call = arena.call(node)?;
        let parts = [Some(call.args), call.kwargs, call.state, call.items, call.pairs];
        // A missing part is replaced by an opcode, which has no children either.
        parts.get(at).map(|part| part.map_or(Target::Leaf(0), Handle::target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(pickle: &[u8]) -> u64 {
        let graph = crate::load(pickle).unwrap();
        let weight = |call: Call<'_>| u64::from(call.global().unwrap().name == "deque");
        assert!(graph.total_weight(weight) >= graph.deepest_chain(weight));
        graph.deepest_chain(weight)
    }

    #[test]
    fn chains_are_counted_through_all_containers() {
        let deque = b"ccollections\ndeque\nq\x000";
        let nest = |open: &[u8], close: &[u8]| {
            [deque.as_slice(), &open.repeat(1000), b"N", &close.repeat(1000), b"."].concat()
        };
        assert_eq!(chain(&nest(b"h\0)R", b"a")), 1000);
        assert_eq!(chain(&nest(b"h\0)R]", b"aa")), 1000);
        assert_eq!(chain(&nest(b"h\0(]", b"atR")), 1000);
        assert_eq!(chain(&nest(b"]", b"a")), 0);
        assert_eq!(chain(b"N."), 0);
    }

    #[test]
    fn a_shared_part_counts_once_in_each_chain() {
        // A deque twice in a list, and in each deque of three.
        let pickle = b"ccollections\ndeque\nq\x000h\0)Rq\x010](h\x01h\x01h\0)Rh\x01ah\0)Rh\x01ae.";
        assert_eq!(chain(pickle), 2);
    }

    #[test]
    fn containers_of_a_circle_all_count() {
        let circle = b"ccollections\ndeque\nq\x000h\0)Rq\x01h\0)Rq\x02h\0)Rh\x01aaa.";
        assert_eq!(chain(circle), 3);
        let below_a_circle =
            [b"ccollections\ndeque\nq\x000h\0)R", &circle[22..circle.len() - 1], b"a."].concat();
        assert_eq!(chain(&below_a_circle), 4);
    }
}
