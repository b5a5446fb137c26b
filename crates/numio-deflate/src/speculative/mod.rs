//! One stream on all cores, though nothing tells where its blocks start.
//!
//! The leader inflates from the start, straight into the output. Helpers inflate parts ahead of it, twice each, for they do
//! not know the bytes that those refer back to. When the leader comes to such a part, it completes the last 32 KiB of it
//! and goes on after it; the helper completes the rest.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};

use memmap2::MmapMut;

use crate::codec::Decompressor;
use crate::error::zeros;
use crate::executor::{for_each, lock};
use crate::segment::{FIRST, MARK, SECOND, Segment, WINDOW, WindowMap, find_block};
use crate::{Executor, Source};

/// Inflates a stream from several offsets at once: its first bytes into `head`, the others into `body`. Returns false if
/// it is not worth several threads, or any doubt is left that the stream is sound and ends just there, or the call is to
/// stop: then nothing in `head` and `body` counts. The caller compares a checksum, where there is one.
///
/// [`Inflate`](crate::Inflate) calls this for a stream without an index, and inflates it on one thread if this
/// returns false.
///
/// # Errors
/// None: a source that fails is left to the one thread, which meets the failure too.
pub fn inflate_speculatively(
    source: &dyn Source,
    head: &mut [u8],
    body: &mut [u8],
    executor: &dyn Executor,
) -> bool {
    let plan = SplitPlan::find(source, (head.len() + body.len()) as u64, executor);
    plan.is_some_and(|plan| inflate(source, &plan, head, body, executor).is_some())
}

/// Inflates a stream as it has been cut. `None` if any doubt is left that it is sound.
fn inflate(
    source: &dyn Source,
    plan: &SplitPlan,
    head: &mut [u8],
    body: &mut [u8],
    executor: &dyn Executor,
) -> Option<()> {
    let mut helpers: Vec<Helper> = (0..plan.helpers).map(|_| Helper::default()).collect();
    for (index, cut) in plan.cuts.iter().enumerate() {
        if let Some(helper) = cut.helper.and_then(|at| helpers.get_mut(at)) {
            helper.cuts.push(index);
        }
    }
    let parts: Vec<DraftedPart> = plan.cuts.iter().map(|_| DraftedPart::default()).collect();
    let team = Team { source, plan, helpers, parts, tasks: Mutex::default(), idle: Mutex::default() };
    for helper in 0..plan.helpers {
        lock(&team.tasks).push_back(Task { helper, turn: 0, completion: None });
    }
    let work = || {
        let mut inflater = lock(&team.idle).pop().unwrap_or_else(|| SegmentInflater::new(source));
        while let Some(task) = team.take_task() {
            team.help(task, &mut inflater);
        }
        lock(&team.idle).push(inflater);
    };
    let mut led = None;
    let mut output = Some((head, body));
    executor.with_helpers(plan.helpers + 1, &work, &mut |invite| {
        let Some((head, body)) = output.take() else { return };
        led = lead(&team, executor, invite, head, body);
        // Parts that no helper has completed yet; drafts are of no use any more.
        while let Some(task) = team.take_task() {
            if let (Some(Completion { draft, out }), true) = (task.completion, led.is_some()) {
                draft.resolve(0, out);
            }
        }
    });
    led
}

/// The parts of one helper. A helper is a chain of tasks, and whichever thread is free does the next one.
#[derive(Default)]
struct Helper {
    /// The cuts of its parts, in completion.
    cuts: Vec<usize>,
}

/// Completes one part of a helper, and drafts its next one.
struct Task<'a> {
    helper: usize,
    /// The index of the helper's part to draft.
    turn: usize,
    completion: Option<Completion<'a>>,
}

/// A part that is inflated before it is known what it looks back to.
#[derive(Default)]
struct DraftedPart {
    stage: Mutex<Stage>,
    drafted: Condvar,
}

#[derive(Default)]
enum Stage {
    /// No thread has begun.
    #[default]
    Open,
    Running,
    /// Nothing where it failed.
    Drafted(Option<Draft>),
}

/// The state that the leader and the helpers share.
struct Team<'a, 'p> {
    source: &'p dyn Source,
    plan: &'p SplitPlan,
    helpers: Vec<Helper>,
    /// By their cuts.
    parts: Vec<DraftedPart>,
    tasks: Mutex<VecDeque<Task<'a>>>,
    idle: Mutex<Vec<SegmentInflater<'p>>>,
}

impl<'a> Team<'a, '_> {
    fn take_task(&self) -> Option<Task<'a>> {
        lock(&self.tasks).pop_front()
    }

    fn help(&self, task: Task<'a>, inflater: &mut SegmentInflater<'_>) {
        let mut empty = None;
        if let Some(Completion { draft, out }) = task.completion {
            draft.resolve(0, out);
            empty = Some(draft);
        }
        let index = self.helpers.get(task.helper).and_then(|helper| helper.cuts.get(task.turn));
        let Some((cut, part)) = index.and_then(|&at| self.plan.cuts.get(at).zip(self.parts.get(at))) else {
            return;
        };
        // The leader may have come to it first.
        match &mut *lock(&part.stage) {
            stage @ Stage::Open => *stage = Stage::Running,
            _ => return,
        }
        let settle = Settle(part);
        let draft = empty.or_else(|| Draft::with_capacity(self.plan.capacity));
        let draft = draft.and_then(|draft| inflater.draft(cut, draft));
        *lock(&part.stage) = Stage::Drafted(draft);
        drop(settle);
    }
}

/// Has the leader not wait for a draft whose thread panicked.
struct Settle<'a>(&'a DraftedPart);

impl Drop for Settle<'_> {
    fn drop(&mut self) {
        let mut stage = lock(&self.0.stage);
        if matches!(*stage, Stage::Running) {
            *stage = Stage::Drafted(None);
        }
        self.0.drafted.notify_all();
    }
}

impl DraftedPart {
    /// The draft of the part, or nothing where the leader is to inflate it itself.
    fn draft(&self) -> Option<Draft> {
        let mut stage = lock(&self.stage);
        loop {
            match std::mem::replace(&mut *stage, Stage::Drafted(None)) {
                Stage::Drafted(draft) => return draft,
                // No thread is free for it.
                Stage::Open => return None,
                Stage::Running => *stage = Stage::Running,
            }
            stage = self.drafted.wait(stage).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A part in pairs.
struct Draft {
    /// [`FIRST`], and what the part inflates to after it.
    first: Scratch,
    second: Scratch,
    /// The length without the window before it.
    len: usize,
    known: WindowMap,
}

/// A part for a helper to complete.
struct Completion<'a> {
    draft: Draft,
    out: &'a mut [u8],
}

impl Draft {
    /// Buffers for parts of up to `capacity` bytes.
    fn with_capacity(capacity: usize) -> Option<Self> {
        let buffer = || Scratch::zeroed(WINDOW + capacity + MARK);
        Some(Self { first: buffer()?, second: buffer()?, len: 0, known: WindowMap::new() })
    }

    fn resolve(&self, from: usize, out: &mut [u8]) {
        let first = self.first.bytes().get(WINDOW + from..).unwrap_or_default();
        let second = self.second.bytes().get(WINDOW + from..).unwrap_or_default();
        self.known.resolve(first, second, out);
    }
}

/// A decoder of segments.
struct SegmentInflater<'a> {
    source: &'a dyn Source,
    decompressor: Decompressor,
    segment: Segment,
}

impl<'a> SegmentInflater<'a> {
    fn new(source: &'a dyn Source) -> Self {
        Self { source, decompressor: Decompressor::new(), segment: Segment::new() }
    }

    fn take(&mut self, cut: &PlannedPart) -> Option<()> {
        self.segment.take(cut.from, cut.to, |bytes, at| self.source.read_exact_at(bytes, at)).ok()
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

    fn draft(&mut self, cut: &PlannedPart, mut draft: Draft) -> Option<Draft> {
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

/// The capacity of the buffer for the first part, which is copied into the output.
const START_CAPACITY: usize = 2 << 20;

fn lead<'a>(
    team: &Team<'a, '_>,
    executor: &dyn Executor,
    invite: &dyn Fn(),
    head: &mut [u8],
    body: &'a mut [u8],
) -> Option<()> {
    invite();
    let mut inflater = SegmentInflater::new(team.source);
    let mut turns = vec![0; team.helpers.len()];
    let (start, others) = team.plan.cuts.split_first()?;
    let (last, others) = others.split_last()?;
    // From the window before what is still to come.
    let mut rest = body;
    // Without memory for it, one thread inflates the stream.
    let mut bytes = zeros(START_CAPACITY).ok()?;
    inflater.take(start)?;
    let inflated = inflater.after(None, &mut bytes)?;
    let len = inflater.segment.without_mark(&bytes, inflated)?;
    let (first, others_first) = bytes.get(..len)?.split_at_checked(head.len())?;
    head.copy_from_slice(first);
    rest.get_mut(..others_first.len())?.copy_from_slice(others_first);
    rest = after(rest, others_first.len())?;
    drop(bytes);
    for (cut, part) in others.iter().zip(team.parts.iter().skip(1)) {
        executor.check().ok()?;
        // The helper's next task, which completes this part if there is a draft of it.
        let mut next = None;
        if let Some(helper) = cut.helper {
            let turn = turns.get_mut(helper)?;
            *turn += 1;
            next = Some(Task { helper, turn: *turn, completion: None });
        }
        match cut.helper.and_then(|_| part.draft()) {
            Some(mut draft) => {
                draft.known.learn(rest.get(..WINDOW)?);
                let (_, out) = std::mem::take(&mut rest).split_at_mut(WINDOW);
                let (out, after) = out.split_at_mut_checked(draft.len - WINDOW)?;
                draft.resolve(draft.len - WINDOW, after.get_mut(..WINDOW)?);
                rest = after;
                if let Some(next) = &mut next {
                    next.completion = Some(Completion { draft, out });
                }
                push(team, invite, next);
            }
            None => {
                push(team, invite, next);
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

fn push<'a>(team: &Team<'a, '_>, invite: &dyn Fn(), task: Option<Task<'a>>) {
    if let Some(task) = task {
        lock(&team.tasks).push_back(task);
        invite();
    }
}

/// The rest of `memory` once `len` bytes of it are done, from the window before it.
fn after(memory: &mut [u8], len: usize) -> Option<&mut [u8]> {
    memory.split_at_mut_checked(len.checked_sub(WINDOW)?).map(|(_, rest)| rest)
}

/// A part of a stream from one block to another, and who inflates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PlannedPart {
    /// Its first bit.
    from: u64,
    /// The first bit after it.
    to: u64,
    /// The helper that inflates it before it is known what it looks back to; else it is the leader's.
    helper: Option<usize>,
}

/// The parts that a stream is cut into.
#[derive(Debug)]
struct SplitPlan {
    cuts: Vec<PlannedPart>,
    helpers: usize,
    /// The capacity of a helper's buffers in bytes.
    capacity: usize,
}

/// Below this compressed size, threads cost more than they bring.
const LEAST: u64 = 1 << 20;

/// The most helpers: each needs memory of its own.
const MOST_HELPERS: usize = 7;

/// The largest decompressed size of a helper's part, about.
const PART: u64 = 2 << 20;

/// The work of the leader while a helper does one part: a helper inflates it twice, and then puts in what it did not know,
/// which takes a quarter of the time of inflating.
const LEADS_BY: f64 = 2.25;

/// The compressed bytes that the leader starts with: so few that they are inflated into a buffer and copied into the output, which
/// starts after the header.
const START: u64 = 32 << 10;

/// The least compressed bytes of a part: where data pack so well that a part has fewer, memory is what takes the time, and looking
/// for blocks would take more.
const LEAST_PART: f64 = 48.0 * 1024.0;

/// The number of bytes that are searched for a block. Those of zlib take up to 64 KiB, those of others twice that.
const SEARCHED: usize = 160 << 10;

/// The number of them that are searched at first.
const SEARCHED_FIRST: usize = 48 << 10;

impl SplitPlan {
    /// Cuts a stream that inflates to `size` bytes. `None` if it does not pay, or blocks are not found.
    fn find(source: &dyn Source, size: u64, executor: &dyn Executor) -> Option<Self> {
        let threads = executor.threads();
        let compressed = source.len().ok()?;
        let helpers = threads.saturating_sub(1).min(MOST_HELPERS);
        // Data that hardly became smaller are in stored blocks, which no header gives away.
        if helpers == 0 || compressed < LEAST || compressed >= size - size / 64 {
            return None;
        }
        // The buffers next to the array may take as much as the compressed bytes, which are never in memory whole, and a little more.
        let part = ((compressed + (3 << 20)) / (3 * threads as u64)).min(PART);
        let turn = LEADS_BY + helpers as f64;
        let turns = (size as f64 / (turn * part as f64)).ceil().max(1.0);
        let unit = (compressed - START) as f64 / (turns * turn);
        if unit < LEAST_PART {
            return None;
        }
        let mut shares = vec![(START as f64, None)];
        for _ in 0..turns as u64 {
            shares.push((unit * LEADS_BY, None));
            shares.extend((0..helpers).map(|helper| (unit, Some(helper))));
        }
        let mut nominal = 0.0;
        let mut offsets: Vec<(u64, Option<u64>)> = Vec::with_capacity(shares.len());
        for (share, _) in &shares {
            nominal += share;
            offsets.push((nominal as u64, None));
        }
        find_blocks(source, compressed, &mut offsets, executor);
        let mut cuts = Vec::with_capacity(shares.len() + 1);
        let (mut from, mut missing) = (0, false);
        for ((_, helper), (_, to)) in shares.into_iter().zip(offsets) {
            match to {
                Some(to) if to > from => {
                    cuts.push(PlannedPart { from, to, helper: helper.filter(|_| !missing) });
                    (from, missing) = (to, false);
                }
                _ if cuts.is_empty() => return None,
                _ => missing = true,
            }
        }
        cuts.push(PlannedPart { from, to: compressed * 8, helper: None });
        let expansion = size as f64 / compressed as f64;
        let capacity = (unit * expansion * 1.25) as usize + (256 << 10);
        Some(Self { cuts, helpers, capacity })
    }
}

/// Finds a block at each offset or a little later, on all threads.
fn find_blocks(
    source: &dyn Source,
    compressed: u64,
    offsets: &mut [(u64, Option<u64>)],
    executor: &dyn Executor,
) {
    let threads = executor.threads();
    let groups = offsets.chunks_mut(offsets.len().div_ceil(threads).max(1));
    // Blocks that are not looked for, because the call is to stop, are not found.
    let _ = for_each(executor, threads, groups, Vec::new, |bytes, group| {
        for (at, found) in group {
            let mut look = |most| next_block(source, compressed, *at, most, bytes);
            *found = look(SEARCHED_FIRST).or_else(|| look(SEARCHED));
            if found.is_none() {
                // Hardly a stream of the kind that pays.
                break;
            }
        }
        Ok(())
    });
}

/// The first bit of a block that starts at byte `at` of the compressed bytes or later, and with its header within `most` bytes.
fn next_block(
    source: &dyn Source,
    compressed: u64,
    at: u64,
    most: usize,
    bytes: &mut Vec<u8>,
) -> Option<u64> {
    let left = compressed.checked_sub(at)?;
    bytes.resize(usize::try_from(left).unwrap_or(usize::MAX).min(most), 0);
    source.read_exact_at(bytes, at).ok()?;
    let bit = find_block(bytes, 0, bytes.len() * 8)?;
    Some(at * 8 + bit as u64)
}

/// Zeroed memory, in huge pages where the system gives them: fresh pages then cost a third of their time.
pub(crate) enum Scratch {
    Small(Vec<u8>),
    /// The map, and the offset in it from which it is used.
    Large(MmapMut, usize),
}

/// The size of a huge page. A buffer of this size or above has pages of its own.
const HUGE: usize = 2 << 20;

impl Scratch {
    /// `len` zero bytes; `None` if there is no memory for them.
    pub(crate) fn zeroed(len: usize) -> Option<Self> {
        if len < HUGE {
            return zeros(len).ok().map(Self::Small);
        }
        // Untouched pages cost address space, not memory.
        let map = MmapMut::map_anon(len.checked_add(HUGE)?).ok()?;
        let start = map.as_ptr().align_offset(HUGE).min(HUGE);
        #[cfg(target_os = "linux")]
        // Advice only: a kernel without huge pages still gives the memory.
        let _ = map.advise_range(memmap2::Advice::HugePage, start, len / HUGE * HUGE);
        Some(Self::Large(map, start))
    }

    /// The bytes, of which there may be more than were asked for.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Small(bytes) => bytes,
            Self::Large(map, start) => map.get(*start..).unwrap_or_default(),
        }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Small(bytes) => bytes,
            Self::Large(map, start) => map.get_mut(*start..).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests;
