//! Frames: how protocol 4 and later cut the opcodes into pieces of known length, as CPython's `_pickle.c` cuts them.

use crate::pickle::opcodes::Op;

/// A frame ends with the object that brings it to this size; what is as large by itself stands outside.
const FRAME_TARGET: usize = 64 * 1024;

/// A frame shorter than this is not worth its header.
const FRAME_LEAST: usize = 4;

/// The opcode and the length.
const FRAME_HEADER: usize = 9;

/// The bytes of a pickle.
#[derive(Debug)]
pub(super) struct Frames {
    out: Vec<u8>,
    /// Where the header of the open frame stands.
    open: Option<usize>,
    /// Whether the protocol has frames.
    framing: bool,
}

impl Frames {
    /// Behind what stands outside of frames.
    pub(super) fn after(head: [u8; 2], framing: bool) -> Self {
        Self { out: head.to_vec(), open: None, framing }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.end();
        self.out
    }

    /// An object starts here: the place at which a frame that is full ends.
    pub(super) fn boundary(&mut self) {
        if self.open.is_some_and(|start| self.out.len() - start - FRAME_HEADER >= FRAME_TARGET) {
            self.end();
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        if self.framing && self.open.is_none() {
            self.open = Some(self.out.len());
            self.out.extend([0; FRAME_HEADER]);
        }
        self.out.extend_from_slice(bytes);
    }

    /// One opcode in its parts, the last of which decides whether it stands outside of frames.
    pub(super) fn whole(&mut self, parts: &[&[u8]]) {
        let framing = self.framing;
        if parts.last().is_some_and(|last| last.len() >= FRAME_TARGET) {
            self.end();
            self.framing = false;
        }
        for part in parts {
            self.write(part);
        }
        self.framing = framing;
    }

    fn end(&mut self) {
        let Some(start) = self.open.take() else { return };
        let end = self.out.len();
        let len = end - start - FRAME_HEADER;
        if len < FRAME_LEAST {
            self.out.drain(start..start + FRAME_HEADER);
            return;
        }
        if let Some(header) = self.out.get_mut(start..start + FRAME_HEADER) {
            let (op, length) = header.split_at_mut(1);
            op.fill(Op::Frame.code());
            length.copy_from_slice(&(len as u64).to_le_bytes());
        }
    }
}
