//! From loops over elements to ranges of bytes, and from those bytes to the result.
//!
//! The bytes of the result, in its own order, are the runs that the loops visit: contiguous bytes of the file, the last
//! loop's at a constant distance. Any range of the result can so be planned on its own. Its runs are sorted by where they are
//! in the file, near ones are joined into one range to read, and what was read is copied to where it belongs.

use std::io;

use crate::io::{ReadAt, ReadRange, read_parallel};
use crate::lazy::index::{Loop, Selection};
use crate::parallel::{check, for_each_with, num_threads};
use crate::{Error, Result};

/// The way in which ranges of a source are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access {
    /// Ranges with fewer bytes between them are read as one.
    pub(crate) gap: u64,
    /// Longer ranges are read in parts.
    pub(crate) most: usize,
    /// True if reading is a system call, of which each thread makes its own; else the source reads many ranges at once.
    pub(crate) by_threads: bool,
}

impl Access {
    /// The longest range that joined runs make.
    fn longest(self) -> usize {
        if self.by_threads { self.most.min(LOCAL_SPAN) } else { self.most }.max(1)
    }

    /// The number of runs, at a constant distance, that are read as one range.
    fn runs_together(self, stride: i64, run: usize, count: usize) -> usize {
        let apart = stride.unsigned_abs();
        let is_dense = count > 1 && apart.saturating_sub(run as u64) < self.gap.max(1);
        if is_dense { (self.longest() as u64 / apart.max(1)).clamp(1, count as u64) as usize } else { 1 }
    }
}

/// The runs of a selection.
#[derive(Debug)]
pub(crate) struct ReadPlan {
    start: i64,
    outer: Vec<Loop>,
    /// The number of runs of the innermost loop, and their distance.
    count: usize,
    stride: i64,
    /// The length of a run in bytes.
    run: usize,
    /// The length of the result in bytes.
    len: usize,
}

/// Some runs of equal length and distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Runs {
    /// The offset of the first one in the file.
    file: i64,
    /// The offset of the first one in the part of the result; the others follow it.
    out: usize,
    count: usize,
    stride: i64,
    run: usize,
}

impl Runs {
    fn span(&self) -> u64 {
        self.stride.unsigned_abs().saturating_mul(self.count as u64 - 1).saturating_add(self.run as u64)
    }

    /// The offset of its first byte in the file.
    fn low(&self) -> u64 {
        let last = self.stride.saturating_mul(self.count as i64 - 1);
        self.file.saturating_add(last.min(0)).max(0) as u64
    }
}

impl ReadPlan {
    /// The plan for `part` bytes of each element that is selected, the first of which is at `offset` of an array that starts at
    /// `data`.
    pub(crate) fn new(selection: &Selection, data: u64, offset: usize, part: usize) -> Self {
        let count = selection.loops.iter().map(Loop::count).product::<usize>();
        let start = (data as i64).saturating_add(offset as i64).saturating_add(selection.base);
        let mut outer: Vec<Loop> = Vec::new();
        for next in &selection.loops {
            match (outer.last_mut(), next) {
                (_, Loop::Stride { count: 1, .. }) => {}
                (Some(Loop::Stride { count, stride }), Loop::Stride { count: inner, stride: step })
                    if *stride == step.saturating_mul(*inner as i64) =>
                {
                    *count *= inner;
                    *stride = *step;
                }
                _ => outer.push(next.clone()),
            }
        }
        let mut run = part;
        if let Some(&Loop::Stride { count, stride }) = outer.last()
            && stride == run as i64
        {
            run *= count;
            outer.pop();
        }
        let (inner, stride) = match outer.last() {
            Some(&Loop::Stride { count, stride }) => (count, stride),
            _ => (1, 0),
        };
        if inner > 1 {
            outer.pop();
        }
        Self { start, outer, count: inner.max(1), stride, run, len: count * part }
    }

    /// Returns whether all bytes are contiguous in the file, and from where.
    fn contiguous(&self) -> Option<u64> {
        (self.run == self.len).then(|| {
            let first = self.outer.iter().map(|outer| outer.offset(0)).fold(0, i64::wrapping_add);
            self.start.saturating_add(first).max(0) as u64
        })
    }

    /// The runs of the bytes from `from` to `to` of the result.
    fn segments(&self, from: usize, to: usize, mut add: impl FnMut(Runs)) {
        let (run, count) = (self.run.max(1), self.count);
        let (mut at, mut within) = (from, from % run);
        let mut index = (from / run) % count;
        let mut rest = from / run / count;
        let mut outer: Vec<usize> = vec![0; self.outer.len()];
        let mut base = self.start;
        for (position, each) in outer.iter_mut().zip(&self.outer).rev() {
            let count = each.count().max(1);
            *position = rest % count;
            rest /= count;
            base = base.wrapping_add(each.offset(*position));
        }
        while at < to {
            let file = base.wrapping_add(self.stride.wrapping_mul(index as i64)).wrapping_add(within as i64);
            let segment = if within > 0 || to - at < run {
                let run = (run - within).min(to - at);
                Runs { file, out: at - from, count: 1, stride: 0, run }
            } else {
                let count = ((to - at) / run).min(count - index);
                Runs { file, out: at - from, count, stride: self.stride, run }
            };
            add(segment);
            at += segment.run * segment.count;
            within = 0;
            index += segment.count;
            if index < count {
                continue;
            }
            index = 0;
            for (position, each) in outer.iter_mut().zip(&self.outer).rev() {
                base = base.wrapping_sub(each.offset(*position));
                *position += 1;
                let is_within = *position < each.count();
                if !is_within {
                    *position = 0;
                }
                base = base.wrapping_add(each.offset(*position));
                if is_within {
                    break;
                }
            }
        }
    }

    /// The bytes of the result from `from` to `to` as ranges of the file, in the order of the result: the offset of each in the
    /// file, its offset from `from`, and its length.
    pub(crate) fn runs(&self, from: usize, to: usize, mut add: impl FnMut(u64, usize, usize)) {
        self.segments(from, to, |segment| {
            for index in 0..segment.count {
                let file = segment.file.wrapping_add(segment.stride.wrapping_mul(index as i64));
                add(file.max(0) as u64, segment.out + index * segment.run, segment.run);
            }
        });
    }

    /// The number of bytes of the result.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The length of a part of the result that one thread, or one round of requests, brings: whole runs, unless they are long.
    pub(crate) fn part(&self, most: usize, runs: usize) -> usize {
        let run = self.run.max(1);
        if run > most { most } else { (most / run).min(runs).max(1) * run }
    }

    /// The most runs of a part: as many as are sorted together, where those that are read as one count as one.
    fn runs_of(&self, access: Access) -> usize {
        RUNS.saturating_mul(access.runs_together(self.stride, self.run, self.count))
    }

    /// Fills `out`, of the length of the result.
    ///
    /// # Errors
    /// Those of the source.
    pub(crate) fn read(&self, source: &dyn ReadAt, access: Access, out: &mut [u8]) -> Result<()> {
        if out.is_empty() || self.run == 0 {
            return Ok(());
        }
        if let Some(offset) = self.contiguous().filter(|_| access.by_threads) {
            return Ok(read_parallel(source, offset, out, &|_| {})?);
        }
        if access.by_threads {
            let part = self.part(PART, self.runs_of(access));
            let threads = num_threads().min(out.len() / BYTES_PER_THREAD).max(1);
            let parts = out.chunks_mut(part).zip((0..).step_by(part));
            return for_each_with(threads, parts, Batch::default, |batch, (out, from)| {
                batch.read(self, source, access, from, out)
            });
        }
        let part = self.part(ROUND, ROUND_RUNS);
        let mut batch = Batch::default();
        for (out, from) in out.chunks_mut(part).zip((0..).step_by(part)) {
            check()?;
            batch.read(self, source, access, from, out)?;
        }
        Ok(())
    }
}

/// The bytes of a result that a thread brings at a time, one huge page: two threads that touch one for the first time would both
/// clear it.
const PART: usize = 2 << 20;
/// The most runs that are sorted together.
const RUNS: usize = 1 << 14;
/// Starting a thread costs about as much as reading this many bytes.
const BYTES_PER_THREAD: usize = 1 << 20;
/// The bytes and runs for which a remote source is asked at once.
const ROUND: usize = 256 << 20;
const ROUND_RUNS: usize = 1 << 20;
/// The most bytes that are read before they are copied, so that they are still in the cache.
const LOCAL_SCRATCH: usize = 1 << 20;
const REMOTE_SCRATCH: usize = 256 << 20;
/// The longest range that joined runs make, for sources that threads read.
const LOCAL_SPAN: usize = 1 << 20;

/// The buffers for planning and reading one part of a result after another.
#[derive(Default)]
struct Batch {
    segments: Vec<Runs>,
    groups: Vec<Group>,
    scratch: Vec<u8>,
}

/// Segments that are read as one range.
#[derive(Clone, Copy)]
struct Group {
    first: usize,
    count: usize,
    low: u64,
    high: u64,
    /// True if the range is one run, which is read to where it belongs.
    is_direct: bool,
}

impl Batch {
    fn read(
        &mut self,
        plan: &ReadPlan,
        source: &dyn ReadAt,
        access: Access,
        from: usize,
        out: &mut [u8],
    ) -> Result<()> {
        self.plan(plan, access, from, from + out.len());
        let most = if access.by_threads { LOCAL_SCRATCH } else { REMOTE_SCRATCH };
        let mut groups = self.groups.as_slice();
        while !groups.is_empty() {
            let mut total = 0_usize;
            let fits = |group: &&Group| {
                let first = total == 0;
                total += if group.is_direct { 0 } else { (group.high - group.low) as usize };
                first || total <= most
            };
            let count = groups.iter().take_while(fits).count().max(1);
            let (now, later) = groups.split_at(count.min(groups.len()));
            read_groups(now, &self.segments, source, &mut self.scratch, out)?;
            groups = later;
        }
        Ok(())
    }

    /// Finds the ranges to read for the bytes from `from` to `to` of the result.
    fn plan(&mut self, plan: &ReadPlan, access: Access, from: usize, to: usize) {
        let Self { segments, groups, .. } = self;
        segments.clear();
        groups.clear();
        let (most, gap) = (access.longest(), access.gap.max(1));
        plan.segments(from, to, |segment| {
            let together = access.runs_together(segment.stride, segment.run, segment.count);
            let mut index = 0;
            while index < segment.count {
                let count = together.min(segment.count - index);
                let file = segment.file.wrapping_add(segment.stride.wrapping_mul(index as i64));
                let next = Runs { file, out: segment.out + index * segment.run, count, ..segment };
                index += count;
                match segments.last_mut() {
                    // Runs that follow each other both in the file and in the result are one.
                    Some(last)
                        if last.count == 1
                            && count == 1
                            && last.file.wrapping_add(last.run as i64) == next.file
                            && last.out + last.run == next.out =>
                    {
                        last.run += next.run;
                    }
                    _ => segments.push(next),
                }
            }
        });
        if segments.iter().any(|segment| segment.count == 1 && segment.run > most) {
            let parts = |segment: &Runs| {
                let segment = *segment;
                let step = if segment.count == 1 { most } else { segment.run.max(1) };
                let starts =
                    if segment.count == 1 { (0..segment.run).step_by(step) } else { (0..1).step_by(1) };
                starts.map(move |start| match segment.count {
                    1 => Runs {
                        file: segment.file.wrapping_add(start as i64),
                        out: segment.out + start,
                        run: step.min(segment.run - start),
                        ..segment
                    },
                    _ => segment,
                })
            };
            *segments = segments.iter().flat_map(parts).collect();
        }
        if !segments.is_sorted_by_key(Runs::low) {
            segments.sort_unstable_by_key(Runs::low);
        }
        for (index, segment) in segments.iter().enumerate() {
            let (low, high) = (segment.low(), segment.low().saturating_add(segment.span()));
            match groups.last_mut() {
                Some(last)
                    if (low < last.high || low - last.high < gap)
                        && high.max(last.high) - last.low <= most as u64 =>
                {
                    last.count += 1;
                    last.high = last.high.max(high);
                    last.is_direct = false;
                }
                _ => {
                    let is_direct = segment.count == 1;
                    groups.push(Group { first: index, count: 1, low, high, is_direct });
                }
            }
        }
    }
}

/// Reads some ranges at once, and copies those that are not read to where they belong.
fn read_groups(
    groups: &[Group],
    segments: &[Runs],
    source: &dyn ReadAt,
    scratch: &mut Vec<u8>,
    out: &mut [u8],
) -> Result<()> {
    let of = |group: &Group| segments.get(group.first..group.first + group.count).unwrap_or_default();
    let copied = || groups.iter().filter(|group| !group.is_direct);
    let total = copied().map(|group| (group.high - group.low) as usize).sum::<usize>();
    if scratch.len() < total {
        scratch.try_reserve_exact(total - scratch.len()).map_err(io::Error::from)?;
        scratch.resize(total, 0);
    }
    let mut direct: Vec<(&Runs, u64)> = Vec::with_capacity(groups.len());
    direct.extend(groups.iter().filter(|group| group.is_direct).filter_map(|group| {
        let segment = of(group).first()?;
        Some((segment, group.low))
    }));
    direct.sort_unstable_by_key(|(segment, _)| segment.out);
    let mut ranges: Vec<ReadRange<'_>> = Vec::with_capacity(groups.len());
    let wrong = || Error::from(io::Error::from(io::ErrorKind::InvalidInput));
    let (mut rest, mut at) = (&mut *out, 0);
    for (segment, offset) in direct {
        let skipped = segment.out.checked_sub(at).ok_or_else(wrong)?;
        let (_, tail) = std::mem::take(&mut rest).split_at_mut_checked(skipped).ok_or_else(wrong)?;
        let (buf, tail) = tail.split_at_mut_checked(segment.run).ok_or_else(wrong)?;
        ranges.push(ReadRange { offset, buf });
        (rest, at) = (tail, segment.out + segment.run);
    }
    let mut rest = scratch.as_mut_slice();
    for group in copied() {
        let len = (group.high - group.low) as usize;
        let (buf, tail) = std::mem::take(&mut rest).split_at_mut_checked(len).ok_or_else(wrong)?;
        ranges.push(ReadRange { offset: group.low, buf });
        rest = tail;
    }
    source.read_ranges(&mut ranges)?;
    let mut rest = scratch.as_slice();
    for group in copied() {
        let (bytes, tail) = rest.split_at_checked((group.high - group.low) as usize).ok_or_else(wrong)?;
        for segment in of(group) {
            scatter(segment, bytes, group.low, out).ok_or_else(wrong)?;
        }
        rest = tail;
    }
    Ok(())
}

/// Copies the runs of a segment from `bytes`, the first of which is at `low` of the file.
fn scatter(segment: &Runs, bytes: &[u8], low: u64, out: &mut [u8]) -> Option<()> {
    let &Runs { count, stride, run, .. } = segment;
    let out = out.get_mut(segment.out..segment.out + count * run)?;
    let first = usize::try_from(segment.file).ok()?.checked_sub(usize::try_from(low).ok()?)?;
    let step = usize::try_from(stride.unsigned_abs()).ok()?.max(1);
    if count == 1 {
        out.copy_from_slice(bytes.get(first..first + run)?);
        return Some(());
    }
    // Runs backwards are the ends of chunks that are counted from the end.
    let (from, is_backward) =
        if stride < 0 { (bytes.get(..first + run)?, true) } else { (bytes.get(first..)?, false) };
    match run {
        1 => spread::<1>(from, step, is_backward, out),
        2 => spread::<2>(from, step, is_backward, out),
        4 => spread::<4>(from, step, is_backward, out),
        8 => spread::<8>(from, step, is_backward, out),
        16 => spread::<16>(from, step, is_backward, out),
        _ => {
            for (index, out) in out.chunks_exact_mut(run).enumerate() {
                let at = if is_backward { first - index * step } else { first + index * step };
                out.copy_from_slice(bytes.get(at..at + run)?);
            }
        }
    }
    Some(())
}

/// Copies runs of `N` bytes, each `step` bytes from the one before.
fn spread<const N: usize>(from: &[u8], step: usize, is_backward: bool, out: &mut [u8]) {
    let (out, _) = out.as_chunks_mut::<N>();
    if is_backward {
        for (out, chunk) in out.iter_mut().zip(from.rchunks(step)) {
            if let Some(found) = chunk.last_chunk::<N>() {
                *out = *found;
            }
        }
    } else {
        for (out, chunk) in out.iter_mut().zip(from.chunks(step)) {
            if let Some(found) = chunk.first_chunk::<N>() {
                *out = *found;
            }
        }
    }
}
