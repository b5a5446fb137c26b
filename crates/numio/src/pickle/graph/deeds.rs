//! What a pickle does besides making values: for the audit.

use super::Graph;
use super::arena::Arena;
use super::call::{Call, Global};
use super::node::{Given, Kind};
use super::object::Object;
use super::word::{Place, Word};

/// One thing that Python would do on loading.
pub(crate) struct Deed<'g> {
    pub(crate) did: Did<'g>,
    /// What comes of it, or what it is done to.
    pub(crate) object: Object<'g>,
    /// The byte at which it is done.
    pub(crate) at: usize,
}

pub(crate) enum Did<'g> {
    /// Looked a global up.
    Name(Global<'g>),
    /// Looked one up by its number.
    Extension(i64),
    /// Called something.
    Call(Call<'g>),
    /// Asked the program for an object of its own.
    Ask,
    /// Gave state or items to what was not just made for them.
    Change,
}

impl Graph {
    /// All of it, in no order.
    pub(crate) fn deeds(&self) -> impl Iterator<Item = Deed<'_>> {
        let arena = &self.0.arena;
        let made = arena.words().filter_map(|(word, node)| {
            let object = Object::new(self, word);
            let (did, at) = match node.kind {
                Kind::Global => {
                    let name = arena.global(node)?;
                    (Did::Name(Global::new(name)), name.at)
                }
                Kind::Extension => (Did::Extension(Arena::extension(node)), Arena::extension_at(node)),
                Kind::Call => {
                    let call = object.as_call()?;
                    (Did::Call(call), call.offset())
                }
                Kind::Persistent => match object.children() {
                    [_, opcode] => (Did::Ask, place(*opcode)),
                    _ => return None,
                },
                _ => return None,
            };
            Some(Deed { did, object, at })
        });
        let changed = arena
            .effects
            .iter()
            .filter(|effect| effect.given != Given::Setter)
            .map(|effect| Deed { did: Did::Change, object: Object::new(self, effect.target), at: effect.at });
        made.chain(changed)
    }
}

fn place(word: Word) -> usize {
    match word.place() {
        Place::Leaf(at) => at,
        Place::Node(_) => 0,
    }
}
