//! Where a deflate stream is cut, to be inflated from several places at once.

use super::packed::Packed;
use crate::Error;
use crate::deflate::find_block;
use crate::parallel::for_each;

/// A part of a stream from one block to another, and who inflates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// Its first bit.
    pub(super) from: u64,
    /// The first bit after it.
    pub(super) to: u64,
    /// The helper that inflates it before it is known what it looks back to; else it is the leader's.
    pub(super) helper: Option<usize>,
}

/// What a member is cut into.
#[derive(Debug)]
pub(super) struct Cuts {
    pub(super) cuts: Vec<Cut>,
    pub(super) helpers: usize,
    /// How many bytes a helper has room for.
    pub(super) room: usize,
}

/// Below so many packed bytes, threads cost more than they bring.
const LEAST: u64 = 1 << 20;

/// The most helpers: each needs memory of its own.
const MOST_HELPERS: usize = 7;

/// A helper's part inflates to about so many bytes at most.
const PART: u64 = 2 << 20;

/// What the leader does while a helper does one part: it inflates once what they inflate twice, and they put in what they
/// did not know.
const LEADS_BY: f64 = 2.15;

/// By how much less it does at first, with new memory and what it starts with.
const STARTS_LATE: f64 = 0.7;

/// What the leader still does while the last parts of the helpers are completed.
const LEADS_AT_LAST: f64 = 0.35;

/// How many packed bytes the leader starts with: so few that they are inflated beside the array and copied into it, which
/// starts after the header.
const START: u64 = 32 << 10;

/// The least packed bytes of a part: where data pack so well that a part has fewer, memory is what takes the time, and looking
/// for blocks would take more.
const LEAST_PART: f64 = 48.0 * 1024.0;

/// How many bytes are searched for a block. Those of zlib take up to 64 KiB, those of others twice that.
const SEARCHED: usize = 160 << 10;

/// How many of them at first.
const SEARCHED_FIRST: usize = 48 << 10;

impl Cuts {
    /// Cuts a member for so many threads. Nothing where it does not pay, or blocks are not found.
    pub(super) fn find(packed: &Packed<'_>, threads: usize) -> Option<Self> {
        let (compressed, size) = (packed.entry.compressed, packed.entry.size);
        let helpers = threads.saturating_sub(1).min(MOST_HELPERS);
        // What hardly became smaller is stored rather than coded.
        if helpers == 0 || compressed < LEAST || compressed >= size - size / 64 {
            return None;
        }
        // What is held beside the array may be as much as the packed bytes, which nobody holds whole, and a little more.
        let part = ((compressed + (3 << 20)) / (3 * threads as u64)).min(PART);
        let turn = LEADS_BY + helpers as f64;
        let turns = (size as f64 / (turn * part as f64)).ceil().max(1.0);
        let unit = (compressed - START) as f64 / (turns * turn - STARTS_LATE + LEADS_AT_LAST);
        if unit < LEAST_PART {
            return None;
        }
        let mut shares = vec![(START as f64, None)];
        for at in 0..turns as u64 {
            shares.push((unit * if at == 0 { LEADS_BY - STARTS_LATE } else { LEADS_BY }, None));
            shares.extend((0..helpers).map(|helper| (unit, Some(helper))));
        }
        let mut nominal = 0.0;
        let mut places: Vec<(u64, Option<u64>)> = Vec::with_capacity(shares.len());
        for (share, _) in &shares {
            nominal += share;
            places.push((nominal as u64, None));
        }
        find_blocks(packed, &mut places, threads);
        let mut cuts = Vec::with_capacity(shares.len() + 1);
        let (mut from, mut missing) = (0, false);
        for ((_, helper), (_, to)) in shares.into_iter().zip(places) {
            match to {
                Some(to) if to > from => {
                    cuts.push(Cut { from, to, helper: helper.filter(|_| !missing) });
                    (from, missing) = (to, false);
                }
                _ if cuts.is_empty() => return None,
                _ => missing = true,
            }
        }
        cuts.push(Cut { from, to: compressed * 8, helper: None });
        let expansion = size as f64 / compressed as f64;
        let room = (unit * expansion * 1.25) as usize + (256 << 10);
        Some(Self { cuts, helpers, room })
    }
}

/// Finds a block at each place or a little later, on all threads.
fn find_blocks(packed: &Packed<'_>, places: &mut [(u64, Option<u64>)], threads: usize) {
    let find_all = |places: &mut [(u64, Option<u64>)]| {
        let mut bytes = Vec::new();
        for (at, found) in places {
            let mut look = |most| next_block(packed, *at, most, &mut bytes);
            *found = look(SEARCHED_FIRST).or_else(|| look(SEARCHED));
            if found.is_none() {
                // Hardly a stream of the kind that pays.
                break;
            }
        }
    };
    let groups = places.chunks_mut(places.len().div_ceil(threads).max(1));
    // What is not looked for, because the call is cancelled, is not found.
    let _ = for_each(threads, groups, |group| {
        find_all(group);
        Ok::<_, Error>(())
    });
}

/// The first bit of a block that starts at byte `at` of the packed bytes or later, and with its header within `most` bytes.
fn next_block(packed: &Packed<'_>, at: u64, most: usize, bytes: &mut Vec<u8>) -> Option<u64> {
    let left = packed.entry.compressed.checked_sub(at)?;
    bytes.resize(usize::try_from(left).unwrap_or(usize::MAX).min(most), 0);
    packed.source.read_exact_at(bytes, packed.start + at).ok()?;
    let bit = find_block(bytes, 0, bytes.len() * 8)?;
    Some(at * 8 + bit as u64)
}
