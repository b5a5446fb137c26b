//! How much of a text no later text can change the matches of.
//!
//! A match that starts somewhere can only depend on what comes after the text at hand if all the text from there on is the
//! beginning of something that the expression matches. Of such places the first is looked for, from the end backwards, by an
//! automaton made of the expression's own: its arrows turned round, every state a start, and assertions (`$`, `\b`) taken to
//! hold, so that it may find a place too many and never one too few. On common texts it has looked at a few bytes when
//! there can be no more.

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, Builder, NFA, State, Transition, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::{Anchored, Input, MatchKind};

/// The expression's automaton in reverse; nothing where it would be too large, as few are.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    beginnings: Option<DFA>,
}

/// What the crate `regex` grants an expression, and what this one's automaton may take.
const NFA_BYTES: usize = 10 << 20;

impl Settled {
    pub(super) fn new(pattern: &str) -> Self {
        Self { beginnings: beginnings(pattern) }
    }

    pub(super) fn cache(&self) -> Option<Cache> {
        self.beginnings.as_ref().map(DFA::create_cache)
    }

    /// The first place of `text`, from `at` on, at which a match may start that depends on what comes after it; the
    /// text's length where there is none.
    pub(super) fn until(&self, cache: &mut Option<Cache>, text: &str, at: usize) -> usize {
        let (Some(dfa), Some(cache)) = (&self.beginnings, cache) else { return at };
        let input = Input::new(text).range(at..).anchored(Anchored::Yes);
        match dfa.try_search_rev(cache, &input) {
            Ok(Some(first)) => first.offset(),
            Ok(None) => text.len(),
            Err(_) => at,
        }
    }
}

fn beginnings(pattern: &str) -> Option<DFA> {
    let forward = thompson::Compiler::new()
        .configure(
            thompson::Config::new().which_captures(WhichCaptures::None).nfa_size_limit(Some(NFA_BYTES)),
        )
        .build(pattern)
        .ok()?;
    let config = DFA::config().match_kind(MatchKind::All).skip_cache_capacity_check(true);
    DFA::builder().configure(config).build_from_nfa(turned(&forward)?).ok()
}

/// What matches, from its end to its start, each beginning of what `nfa` matches; nothing where it is too large.
fn turned(nfa: &NFA) -> Option<NFA> {
    let mut builder = Builder::new();
    builder.set_reverse(true);
    builder.set_size_limit(Some(4 * NFA_BYTES)).ok()?;
    builder.start_pattern().ok()?;
    // A union for each state, which leads to where one comes from to that state.
    let mut unions = Vec::with_capacity(nfa.states().len());
    for _ in nfa.states() {
        unions.push(builder.add_union(Vec::new()).ok()?);
    }
    let union = |state: StateID| unions.get(state.as_usize()).copied();
    let ends = builder.add_union(Vec::new()).ok()?;
    let found = builder.add_match().ok()?;
    builder.patch(union(nfa.start_anchored())?, found).ok()?;
    // Only what can be reached: the automaton has a loop before its start that is for searching.
    let mut seen = vec![false; unions.len()];
    let mut waiting = vec![nfa.start_anchored()];
    while let Some(state) = waiting.pop() {
        let Some(seen) = seen.get_mut(state.as_usize()).filter(|seen| !**seen) else { continue };
        *seen = true;
        let from = union(state)?;
        builder.patch(ends, from).ok()?;
        for (bytes, next) in arrows(nfa.state(state)) {
            let back = match bytes {
                Some((start, end)) => builder.add_range(Transition { start, end, next: from }).ok()?,
                None => from,
            };
            builder.patch(union(next)?, back).ok()?;
            waiting.push(next);
        }
    }
    builder.finish_pattern(ends).ok()?;
    builder.build(ends, ends).ok()
}

/// Where one goes from a state: by a byte of a range, or without one.
fn arrows(state: &State) -> Vec<(Option<(u8, u8)>, StateID)> {
    let by_bytes = |trans: &Transition| (Some((trans.start, trans.end)), trans.next);
    match state {
        State::ByteRange { trans } => vec![by_bytes(trans)],
        State::Sparse(sparse) => sparse.transitions.iter().map(by_bytes).collect(),
        State::Dense(dense) => {
            let by_byte = |byte| Some((Some((byte, byte)), dense.matches_byte(byte)?));
            (0..=u8::MAX).filter_map(by_byte).collect()
        }
        State::Look { next, .. } | State::Capture { next, .. } => vec![(None, *next)],
        State::Union { alternates } => alternates.iter().map(|&next| (None, next)).collect(),
        State::BinaryUnion { alt1, alt2 } => vec![(None, *alt1), (None, *alt2)],
        State::Fail | State::Match { .. } => Vec::new(),
    }
}
