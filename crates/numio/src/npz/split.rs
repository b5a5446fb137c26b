//! One deflated member on all cores, though nothing tells where its blocks start.
//!
//! The leader inflates from the start, straight into the array. Helpers inflate parts ahead of it, twice each, for they do
//! not know what those look back to. When the leader comes to such a part, it completes the last 32 KiB of it and goes on
//! after it; the helper completes the rest.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};

use crate::Error;
use crate::array::Buffer;
use crate::deflate::{Decompressor, FIRST, MARK, SECOND, Segment, WINDOW, WindowMap, find_block};
use crate::npz::member::MemberData;
use crate::parallel::{Crew, check, for_each, lock, with_crew};

/// Inflates a member as it has been cut: its first bytes into `head`, the others into `body`. Nothing where any doubt is
/// left that the stream is sound and ends just there, and where the call is cancelled.
pub(super) fn inflate(
    data: &MemberData<'_>,
    plan: &SplitPlan,
    head: &mut [u8],
    body: &mut [u8],
) -> Option<()> {
    let mut helpers: Vec<Helper> = (0..plan.helpers).map(|_| Helper::default()).collect();
    for (index, cut) in plan.cuts.iter().enumerate() {
        if let Some(helper) = cut.helper.and_then(|at| helpers.get_mut(at)) {
            helper.cuts.push(index);
        }
    }
    let parts: Vec<Part> = plan.cuts.iter().map(|_| Part::default()).collect();
    let team = Team { data, plan, helpers, parts, tasks: Mutex::default(), idle: Mutex::default() };
    for helper in 0..plan.helpers {
        lock(&team.tasks).push_back(Task { helper, turn: 0, completion: None });
    }
    let work = || {
        let mut inflater = lock(&team.idle).pop().unwrap_or_else(|| Inflater::new(data));
        while let Some(task) = team.take_task() {
            team.help(task, &mut inflater);
        }
        lock(&team.idle).push(inflater);
    };
    with_crew(plan.helpers + 1, &work, |crew| {
        let led = lead(&team, crew, head, body);
        // Parts that no helper has completed yet; drafts are of no use any more.
        while let Some(task) = team.take_task() {
            if let (Some(Completion { draft, out }), true) = (task.completion, led.is_some()) {
                draft.resolve(0, out);
            }
        }
        led
    })
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
struct Part {
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
    data: &'p MemberData<'p>,
    plan: &'p SplitPlan,
    helpers: Vec<Helper>,
    /// By their cuts.
    parts: Vec<Part>,
    tasks: Mutex<VecDeque<Task<'a>>>,
    idle: Mutex<Vec<Inflater<'p>>>,
}

impl<'a> Team<'a, '_> {
    fn take_task(&self) -> Option<Task<'a>> {
        lock(&self.tasks).pop_front()
    }

    fn help(&self, task: Task<'a>, inflater: &mut Inflater<'_>) {
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
        let draft = empty.or_else(|| Draft::with_room(self.plan.room));
        let draft = draft.and_then(|draft| inflater.draft(cut, draft));
        *lock(&part.stage) = Stage::Drafted(draft);
        drop(settle);
    }
}

/// Has the leader not wait for a draft whose thread panicked.
struct Settle<'a>(&'a Part);

impl Drop for Settle<'_> {
    fn drop(&mut self) {
        let mut stage = lock(&self.0.stage);
        if matches!(*stage, Stage::Running) {
            *stage = Stage::Drafted(None);
        }
        self.0.drafted.notify_all();
    }
}

impl Part {
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
    first: Buffer,
    second: Buffer,
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
    /// Buffers for parts of up to `room` bytes.
    fn with_room(room: usize) -> Option<Self> {
        let buffer = || Buffer::zeroed(WINDOW + room + MARK).ok();
        Some(Self { first: buffer()?, second: buffer()?, len: 0, known: WindowMap::new() })
    }

    fn resolve(&self, from: usize, out: &mut [u8]) {
        let first = self.first.bytes().get(WINDOW + from..).unwrap_or_default();
        let second = self.second.bytes().get(WINDOW + from..).unwrap_or_default();
        self.known.resolve(first, second, out);
    }
}

/// A decoder of segments.
struct Inflater<'a> {
    data: &'a MemberData<'a>,
    decompressor: Decompressor,
    segment: Segment,
}

impl<'a> Inflater<'a> {
    fn new(data: &'a MemberData<'a>) -> Self {
        Self { data, decompressor: Decompressor::new(), segment: Segment::new() }
    }

    fn take(&mut self, cut: &PlannedPart) -> Option<()> {
        let MemberData { source, start, .. } = *self.data;
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

/// The capacity of the buffer for the first part, which is copied into the array.
const START_ROOM: usize = 2 << 20;

fn lead<'a>(team: &Team<'a, '_>, crew: &Crew, head: &mut [u8], body: &'a mut [u8]) -> Option<()> {
    crew.invite();
    let mut inflater = Inflater::new(team.data);
    let mut turns = vec![0; team.helpers.len()];
    let (start, others) = team.plan.cuts.split_first()?;
    let (last, others) = others.split_last()?;
    // From the window before what is still to come.
    let mut rest = body;
    // Without memory for it, one core inflates the member.
    let mut bytes = crate::error::zeros(START_ROOM).ok()?;
    inflater.take(start)?;
    let inflated = inflater.after(None, &mut bytes)?;
    let len = inflater.segment.without_mark(&bytes, inflated)?;
    let (first, others_first) = bytes.get(..len)?.split_at_checked(head.len())?;
    head.copy_from_slice(first);
    rest.get_mut(..others_first.len())?.copy_from_slice(others_first);
    rest = after(rest, others_first.len())?;
    drop(bytes);
    for (cut, part) in others.iter().zip(team.parts.iter().skip(1)) {
        check().ok()?;
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
                push(team, crew, next);
            }
            None => {
                push(team, crew, next);
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

fn push<'a>(team: &Team<'a, '_>, crew: &Crew, task: Option<Task<'a>>) {
    if let Some(task) = task {
        lock(&team.tasks).push_back(task);
        crew.invite();
    }
}

/// The rest of `memory` once `len` bytes of it are done, from the window before it.
fn after(memory: &mut [u8], len: usize) -> Option<&mut [u8]> {
    memory.split_at_mut_checked(len.checked_sub(WINDOW)?).map(|(_, rest)| rest)
}

#[cfg(test)]
pub(super) mod tests;

/// A part of a stream from one block to another, and who inflates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlannedPart {
    /// Its first bit.
    pub(crate) from: u64,
    /// The first bit after it.
    pub(crate) to: u64,
    /// The helper that inflates it before it is known what it looks back to; else it is the leader's.
    pub(crate) helper: Option<usize>,
}

/// The parts that a member is cut into.
#[derive(Debug)]
pub(crate) struct SplitPlan {
    pub(crate) cuts: Vec<PlannedPart>,
    pub(crate) helpers: usize,
    /// The capacity of a helper's buffers in bytes.
    pub(crate) room: usize,
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

/// The compressed bytes that the leader starts with: so few that they are inflated into a buffer and copied into the array, which
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
    /// Cuts a member for `threads` threads. Returns nothing where it does not pay, or blocks are not found.
    pub(crate) fn find(data: &MemberData<'_>, threads: usize) -> Option<Self> {
        let (compressed, size) = (data.entry.compressed, data.entry.size);
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
        let mut places: Vec<(u64, Option<u64>)> = Vec::with_capacity(shares.len());
        for (share, _) in &shares {
            nominal += share;
            places.push((nominal as u64, None));
        }
        find_blocks(data, &mut places, threads);
        let mut cuts = Vec::with_capacity(shares.len() + 1);
        let (mut from, mut missing) = (0, false);
        for ((_, helper), (_, to)) in shares.into_iter().zip(places) {
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
        let room = (unit * expansion * 1.25) as usize + (256 << 10);
        Some(Self { cuts, helpers, room })
    }
}

/// Finds a block at each offset or a little later, on all threads.
fn find_blocks(data: &MemberData<'_>, places: &mut [(u64, Option<u64>)], threads: usize) {
    let find_all = |places: &mut [(u64, Option<u64>)]| {
        let mut bytes = Vec::new();
        for (at, found) in places {
            let mut look = |most| next_block(data, *at, most, &mut bytes);
            *found = look(SEARCHED_FIRST).or_else(|| look(SEARCHED));
            if found.is_none() {
                // Hardly a stream of the kind that pays.
                break;
            }
        }
    };
    let groups = places.chunks_mut(places.len().div_ceil(threads).max(1));
    // Blocks that are not looked for, because the call is cancelled, are not found.
    let _ = for_each(threads, groups, |group| {
        find_all(group);
        Ok::<_, Error>(())
    });
}

/// The first bit of a block that starts at byte `at` of the compressed bytes or later, and with its header within `most` bytes.
fn next_block(data: &MemberData<'_>, at: u64, most: usize, bytes: &mut Vec<u8>) -> Option<u64> {
    let left = data.entry.compressed.checked_sub(at)?;
    bytes.resize(usize::try_from(left).unwrap_or(usize::MAX).min(most), 0);
    data.source.read_exact_at(bytes, data.start + at).ok()?;
    let bit = find_block(bytes, 0, bytes.len() * 8)?;
    Some(at * 8 + bit as u64)
}
