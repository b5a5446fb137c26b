//! How containers are filled.

use crate::pickle::opcodes::Op;

/// How containers are filled. CPython does it a little differently where it knows the length than where it iterates.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    List,
    Dict,
    Set,
    /// What is appended to an object.
    Appended,
    /// What is set in one.
    Assigned,
}

impl Rows {
    pub(super) fn width(self) -> usize {
        if matches!(self, Self::Dict | Self::Assigned) { 2 } else { 1 }
    }

    pub(super) fn many(self) -> Op {
        match self {
            Self::List | Self::Appended => Op::Appends,
            Self::Dict | Self::Assigned => Op::SetItems,
            Self::Set => Op::AddItems,
        }
    }

    pub(super) fn one(self) -> Option<Op> {
        match self {
            Self::List | Self::Appended => Some(Op::Append),
            Self::Dict | Self::Assigned => Some(Op::SetItem),
            Self::Set => None,
        }
    }
}
