//! One deflated member on all cores, though nothing tells where its blocks start.
//!
//! The leader inflates from the start, straight into the array. Helpers inflate parts ahead of it, twice each, for they do
//! not know what those look back to. When the leader comes to such a part, it completes the last 32 KiB of it and goes on
//! after it; the helper completes the rest.

use std::sync::mpsc::{Receiver, Sender, channel};

use libdeflater::Decompressor;

use super::cuts::{Cut, Cuts};
use super::packed::Packed;
use crate::array::Buffer;
use crate::deflate::{FIRST, Known, MARK, SECOND, Segment, WINDOW};

/// Inflates a member as it has been cut: its first bytes into `head`, the others into `body`. Nothing where any doubt is
/// left that the stream is sound and ends just there.
pub(super) fn inflate(packed: &Packed<'_>, plan: &Cuts, head: &mut [u8], body: &mut [u8]) -> Option<()> {
    std::thread::scope(|scope| {
        let mut helpers = Vec::with_capacity(plan.helpers);
        for helper in 0..plan.helpers {
            let (drafts, theirs) = channel();
            let (ours, orders) = channel();
            helpers.push(Helper { drafts: theirs, orders: ours });
            let run = move || help(packed, plan, helper, &drafts, &orders);
            // Where the system gives no more threads, the leader does all.
            let _ = std::thread::Builder::new().spawn_scoped(scope, run);
        }
        lead(packed, plan, &helpers, head, body)
    })
}

/// A helper, as the leader sees it.
struct Helper<'a> {
    /// Its parts, in order; nothing where it failed.
    drafts: Receiver<Option<Draft>>,
    orders: Sender<Order<'a>>,
}

/// A part in pairs.
struct Draft {
    /// [`FIRST`], and what the part inflates to after it.
    first: Buffer,
    second: Buffer,
    /// The length without the window before it.
    len: usize,
    known: Known,
}

/// What a helper is to complete.
struct Order<'a> {
    draft: Draft,
    out: &'a mut [u8],
}

impl Draft {
    /// Room for parts of so many bytes.
    fn with_room(room: usize) -> Option<Self> {
        let buffer = || Buffer::zeroed(WINDOW + room + MARK).ok();
        Some(Self { first: buffer()?, second: buffer()?, len: 0, known: Known::new() })
    }

    fn resolve(&self, from: usize, out: &mut [u8]) {
        let first = self.first.bytes().get(WINDOW + from..).unwrap_or_default();
        let second = self.second.bytes().get(WINDOW + from..).unwrap_or_default();
        self.known.resolve(first, second, out);
    }
}

/// What inflates segments.
struct Inflater<'a> {
    packed: &'a Packed<'a>,
    decompressor: Decompressor,
    segment: Segment,
}

impl<'a> Inflater<'a> {
    fn new(packed: &'a Packed<'a>) -> Self {
        Self { packed, decompressor: Decompressor::new(), segment: Segment::new() }
    }

    fn take(&mut self, cut: &Cut) -> Option<()> {
        let Packed { source, start, .. } = *self.packed;
        self.segment.take(cut.from, cut.to, |bytes, at| source.read_exact_at(bytes, start + at)).ok()
    }

    /// Inflates what was taken after `window`, which comes first in `out`, and says how much there is then.
    fn after(&mut self, window: Option<&[u8]>, out: &mut [u8]) -> Option<usize> {
        let stream = match window {
            Some(window) => self.segment.after(window),
            None => self.segment.alone(),
        };
        self.decompressor.deflate_decompress(stream, out).ok()
    }

    /// Inflates what was taken after the window that `memory` starts with, and says how much there is then.
    fn on(&mut self, memory: &mut [u8]) -> Option<usize> {
        let stream = self.segment.after(memory.get(..WINDOW)?);
        self.decompressor.deflate_decompress(stream, memory).ok()
    }

    fn draft(&mut self, cut: &Cut, mut draft: Draft) -> Option<Draft> {
        self.take(cut)?;
        let mut lens = [0; 2];
        let halves = [(&mut draft.first, &FIRST), (&mut draft.second, &SECOND)];
        for ((out, window), len) in halves.into_iter().zip(&mut lens) {
            let out = out.bytes_mut();
            let inflated = self.after(Some(window), out)?;
            *len = self.segment.without_mark(out, inflated)?;
        }
        let [first, second] = lens;
        draft.len = first.checked_sub(WINDOW).filter(|&len| len >= WINDOW && first == second)?;
        Some(draft)
    }
}

fn help(
    packed: &Packed<'_>,
    plan: &Cuts,
    helper: usize,
    drafts: &Sender<Option<Draft>>,
    orders: &Receiver<Order<'_>>,
) {
    let mut inflater = Inflater::new(packed);
    let mut empty = None;
    for cut in plan.cuts.iter().filter(|cut| cut.helper == Some(helper)) {
        let room = empty.take().or_else(|| Draft::with_room(plan.room));
        let draft = room.and_then(|room| inflater.draft(cut, room));
        let drafted = draft.is_some();
        if drafts.send(draft).is_err() {
            return;
        }
        if drafted {
            let Ok(Order { draft, out }) = orders.recv() else { return };
            draft.resolve(0, out);
            empty = Some(draft);
        }
    }
}

/// So much room there is for what comes first, in a vector beside the array.
const START_ROOM: usize = 2 << 20;

fn lead<'a>(
    packed: &Packed<'_>,
    plan: &Cuts,
    helpers: &[Helper<'a>],
    head: &mut [u8],
    body: &'a mut [u8],
) -> Option<()> {
    let mut inflater = Inflater::new(packed);
    let (start, others) = plan.cuts.split_first()?;
    let (last, others) = others.split_last()?;
    // From the window before what is still to come.
    let mut rest = body;
    let mut bytes = vec![0; START_ROOM];
    inflater.take(start)?;
    let inflated = inflater.after(None, &mut bytes)?;
    let len = inflater.segment.without_mark(&bytes, inflated)?;
    let (first, others_first) = bytes.get(..len)?.split_at_checked(head.len())?;
    head.copy_from_slice(first);
    rest.get_mut(..others_first.len())?.copy_from_slice(others_first);
    rest = after(rest, others_first.len())?;
    drop(bytes);
    for cut in others {
        let draft = cut.helper.and_then(|at| helpers.get(at)).and_then(|helper| helper.drafts.recv().ok()?);
        match draft {
            Some(mut draft) => {
                draft.known.learn(rest.get(..WINDOW)?);
                let (_, out) = std::mem::take(&mut rest).split_at_mut(WINDOW);
                let (out, after) = out.split_at_mut_checked(draft.len - WINDOW)?;
                draft.resolve(draft.len - WINDOW, after.get_mut(..WINDOW)?);
                rest = after;
                helpers.get(cut.helper?)?.orders.send(Order { draft, out }).ok()?;
            }
            None => {
                inflater.take(cut)?;
                let inflated = inflater.on(rest)?;
                let len = inflater.segment.without_mark(rest, inflated)?;
                rest = after(rest, len)?;
            }
        }
    }
    inflater.take(last)?;
    let inflated = inflater.on(rest)?;
    (inflated == rest.len()).then_some(())
}

/// What follows in `memory` once `len` bytes of it are done, from the window before it.
fn after(memory: &mut [u8], len: usize) -> Option<&mut [u8]> {
    memory.split_at_mut_checked(len.checked_sub(WINDOW)?).map(|(_, rest)| rest)
}

#[cfg(test)]
mod tests;
