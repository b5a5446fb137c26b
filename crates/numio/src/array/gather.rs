//! Elements in the order asked for, whatever their strides: the way out of an array.

use super::DynArray;
use super::layout::{Layout, Order};

/// How many bytes are gathered before they are handed on. Small enough for the second level of cache, large enough that
/// what is gathered from far apart uses each line of it.
const CHUNK: usize = 512 << 10;

/// Elements of a block that is turned over: so many along each of its two axes that the lines of both fit the first
/// level of cache, even where all of them fall into the same set.
const TILE: usize = 8;

impl DynArray {
    /// Hands all elements' bytes to `take`, in `order`, in one piece where they stand so in memory and in pieces of
    /// whole elements where they do not. Elements of no bytes give no pieces.
    pub(crate) fn pieces<E>(
        &self,
        order: Order,
        take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let itemsize = self.dtype.itemsize();
        if self.size() == 0 || itemsize == 0 {
            return Ok(());
        }
        pieces(&self.layout, itemsize, self.data.bytes(), order, take)
    }

    /// Writes all elements' bytes to `out`, in `order`.
    pub(crate) fn gather(&self, order: Order, out: &mut [u8]) {
        let itemsize = self.dtype.itemsize();
        if self.size() > 0 && itemsize > 0 {
            Blocks::new(&self.layout, itemsize, order).gather(self.data.bytes(), out);
        }
    }
}

/// The same for elements that `layout` places in `bytes`, of which there are some.
pub(super) fn pieces<E>(
    layout: &Layout,
    itemsize: usize,
    bytes: &[u8],
    order: Order,
    take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    Blocks::new(layout, itemsize, order).pieces(bytes, &mut Vec::new(), take)
}

/// Runs of bytes at regular distances: along each axis, the first varying slowest.
#[derive(Clone)]
struct Blocks {
    axes: Vec<Axis>,
    start: isize,
    /// Bytes that stand side by side on both sides.
    run: usize,
}

#[derive(Clone, Copy)]
struct Axis {
    len: usize,
    /// From one to the next where they come from.
    from: isize,
    /// From one to the next where they go.
    to: usize,
}

impl Blocks {
    fn new(layout: &Layout, itemsize: usize, order: Order) -> Self {
        let all = layout.shape.iter().copied().zip(layout.strides.iter().copied());
        let mut all: Vec<_> = all.filter(|&(len, _)| len != 1).collect();
        if order == Order::C {
            all.reverse();
        }
        // From the fastest axis on, each joins the one before it where it goes on from there.
        let mut axes: Vec<Axis> = Vec::with_capacity(all.len());
        let mut run = itemsize;
        let mut to = itemsize;
        for (len, from) in all {
            match axes.last_mut() {
                None if from == run as isize => run *= len,
                Some(last) if from == last.from * last.len as isize => last.len *= len,
                _ => axes.push(Axis { len, from, to }),
            }
            to *= len;
        }
        axes.reverse();
        Self { axes, start: layout.offset as isize, run }
    }

    /// See [`DynArray::pieces`].
    fn pieces<E>(
        &self,
        bytes: &[u8],
        buffer: &mut Vec<u8>,
        take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some((first, rest)) = self.axes.split_first() else {
            return take(part(bytes, self.start, self.run));
        };
        // As many along the first axis as fit; where not even one does, each by itself.
        let fit = CHUNK / first.to;
        let inner = |index: usize, axes: Vec<Axis>| Self {
            axes,
            start: self.start + first.from * index as isize,
            run: self.run,
        };
        if fit == 0 {
            return (0..first.len)
                .try_for_each(|index| inner(index, rest.to_vec()).pieces(bytes, buffer, take));
        }
        let mut index = 0;
        while index < first.len {
            let len = fit.min(first.len - index);
            let axes = [&[Axis { len, ..*first }], rest].concat();
            buffer.resize(len * first.to, 0);
            inner(index, axes).gather(bytes, buffer);
            take(buffer)?;
            index += len;
        }
        Ok(())
    }

    /// Writes all runs one after another to `out`.
    fn gather(mut self, bytes: &[u8], out: &mut [u8]) {
        match self.run {
            1 => self.gather_items::<1>(bytes, out),
            2 => self.gather_items::<2>(bytes, out),
            4 => self.gather_items::<4>(bytes, out),
            8 => self.gather_items::<8>(bytes, out),
            16 => self.gather_items::<16>(bytes, out),
            run => self.each(&mut |from, to| {
                if let Some(out) = out.get_mut(to..).and_then(|out| out.get_mut(..run)) {
                    out.copy_from_slice(part(bytes, from, run));
                }
            }),
        }
    }

    /// The same for runs of a length that the compiler knows.
    fn gather_items<const N: usize>(&mut self, bytes: &[u8], out: &mut [u8]) {
        let last = self.axes.pop().unwrap_or(Axis { len: 1, from: 0, to: N });
        let nearest =
            (0..self.axes.len()).min_by_key(|&axis| self.axes.get(axis).map(|axis| axis.from.abs()));
        let nearest =
            nearest.filter(|&axis| self.axes.get(axis).is_some_and(|axis| axis.from.abs() < last.from.abs()));
        let copy = |from: isize, to: usize, out: &mut [u8]| {
            let item = bytes.get(from as usize..).and_then(<[u8]>::first_chunk::<N>);
            let place = out.get_mut(to..).and_then(<[u8]>::first_chunk_mut::<N>);
            if let (Some(item), Some(place)) = (item, place) {
                *place = *item;
            }
        };
        let Some(nearest) = nearest.map(|axis| self.axes.remove(axis)) else {
            self.each(&mut |from, to| {
                let mut from = from;
                for place in
                    out.get_mut(to..).unwrap_or_default().as_chunks_mut::<N>().0.iter_mut().take(last.len)
                {
                    if let Some(item) = bytes.get(from as usize..).and_then(<[u8]>::first_chunk::<N>) {
                        *place = *item;
                    }
                    from += last.from;
                }
            });
            return;
        };
        // What stands side by side on one side stands far apart on the other: tile by tile, each line of the cache is
        // used up before it is lost.
        self.each(&mut |from, to| {
            for row in (0..nearest.len).step_by(TILE) {
                let rows = row..nearest.len.min(row + TILE);
                for column in (0..last.len).step_by(TILE) {
                    for column in column..last.len.min(column + TILE) {
                        let from = from + last.from * column as isize;
                        let to = to + last.to * column;
                        for row in rows.clone() {
                            copy(from + nearest.from * row as isize, to + nearest.to * row, out);
                        }
                    }
                }
            }
        });
    }

    /// Calls `visit` with where each run comes from and where it goes.
    fn each(&self, visit: &mut dyn FnMut(isize, usize)) {
        let mut indexes = vec![0; self.axes.len()];
        let (mut from, mut to) = (self.start, 0);
        loop {
            visit(from, to);
            let mut axes = self.axes.iter().zip(&mut indexes).rev();
            loop {
                let Some((axis, index)) = axes.next() else { return };
                *index += 1;
                from += axis.from;
                to += axis.to;
                if *index < axis.len {
                    break;
                }
                from -= axis.from * axis.len as isize;
                to -= axis.to * axis.len;
                *index = 0;
            }
        }
    }
}

fn part(bytes: &[u8], start: isize, len: usize) -> &[u8] {
    bytes.get(start as usize..).and_then(|rest| rest.get(..len)).unwrap_or_default()
}
