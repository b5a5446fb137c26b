//! Every opcode of protocols 0 to 5, in one table: the facts of CPython's `Lib/pickletools.py`.

/// The argument that follows an opcode's byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Argument {
    /// Nothing.
    Nothing,
    /// One byte, unsigned.
    U8,
    /// Two bytes, unsigned, little-endian like all the lengths and integers below.
    U16,
    /// Four bytes, signed.
    I32,
    /// Four bytes, unsigned.
    U32,
    /// Eight bytes, unsigned.
    U64,
    /// Eight bytes of an IEEE 754 binary64, big-endian.
    F64,
    /// Text up to a newline.
    Line,
    /// Two texts, each up to a newline.
    Lines,
    /// Bytes, after their number as one byte.
    Counted1,
    /// Bytes, after their number as four bytes, signed: negative is an error.
    Counted4Signed,
    /// Bytes, after their number as four bytes, unsigned.
    Counted4,
    /// Bytes, after their number as eight bytes, unsigned.
    Counted8,
}

/// The effect of an opcode on the stack: takes `pops` items, after everything down to the topmost mark where `to_mark`,
/// and leaves `pushes` items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StackEffect {
    pub(crate) to_mark: bool,
    pub(crate) pops: usize,
    pub(crate) pushes: usize,
}

/// One opcode's facts.
#[derive(Debug)]
pub(crate) struct Opcode {
    pub(crate) op: Op,
    /// As `pickletools` spells it.
    pub(crate) name: &'static str,
    /// The protocol that brought it.
    pub(crate) protocol: u8,
    pub(crate) argument: Argument,
    pub(crate) effect: StackEffect,
}

macro_rules! effect {
    ($pops:literal -> $pushes:literal) => {
        StackEffect { to_mark: false, pops: $pops, pushes: $pushes }
    };
    (mark $pops:literal -> $pushes:literal) => {
        StackEffect { to_mark: true, pops: $pops, pushes: $pushes }
    };
}

macro_rules! opcodes {
    ($($(#[$doc:meta])* $op:ident $name:literal $code:literal $protocol:literal $argument:ident ($($effect:tt)*);)*) => {
        /// An instruction of the pickle machine.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op { $($(#[$doc])* $op = $code,)* }

        /// All of them, by protocol.
        pub(crate) static OPCODES: &[Opcode] = &[$(Opcode {
            op: Op::$op,
            name: $name,
            protocol: $protocol,
            argument: Argument::$argument,
            effect: effect!($($effect)*),
        },)*];

        /// From an opcode's byte to its place in [`OPCODES`]; [`UNKNOWN`] for the rest.
        static INDEXES: [u8; 256] = {
            let codes = [$($code,)*];
            let mut places = [UNKNOWN; 256];
            let mut at = 0;
            while at < codes.len() {
                #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
                { places[codes[at] as usize] = at as u8; }
                at += 1;
            }
            places
        };
    };
}

const UNKNOWN: u8 = u8::MAX;

opcodes! {
    /// Puts a mark on the stack, down to which a later opcode takes everything.
    Mark "MARK" b'(' 0 Nothing (0 -> 1);
    /// Ends the pickle: the one item left is its value.
    Stop "STOP" b'.' 0 Nothing (1 -> 0);
    /// Drops the top item, or the mark if that is on top.
    Pop "POP" b'0' 0 Nothing (1 -> 0);
    /// Doubles the top item.
    Dup "DUP" b'2' 0 Nothing (1 -> 2);
    /// A float as Python prints it.
    Float "FLOAT" b'F' 0 Line (0 -> 1);
    /// An integer in decimal; `00` and `01` are the booleans.
    Int "INT" b'I' 0 Line (0 -> 1);
    /// An integer in decimal, of any size, with or without a final `L`.
    Long "LONG" b'L' 0 Line (0 -> 1);
    /// `None`.
    None "NONE" b'N' 0 Nothing (0 -> 1);
    /// An object that the program keeps elsewhere, by a textual name.
    PersId "PERSID" b'P' 0 Line (0 -> 1);
    /// Calls the callable with the tuple above it.
    Reduce "REDUCE" b'R' 0 Nothing (2 -> 1);
    /// A Python 2 `str` as Python prints it, quotes and escapes included.
    String "STRING" b'S' 0 Line (0 -> 1);
    /// A string in raw-unicode-escape.
    Unicode "UNICODE" b'V' 0 Line (0 -> 1);
    /// Appends the top item to the list below it.
    Append "APPEND" b'a' 0 Nothing (2 -> 1);
    /// Gives the object below the state on top.
    Build "BUILD" b'b' 0 Nothing (2 -> 1);
    /// An attribute of a module.
    Global "GLOBAL" b'c' 0 Lines (0 -> 1);
    /// A dict of the keys and values down to the mark.
    Dict "DICT" b'd' 0 Nothing (mark 0 -> 1);
    /// The value in the memo under a decimal index.
    Get "GET" b'g' 0 Line (0 -> 1);
    /// Calls a class, by module and name, with the items down to the mark.
    Inst "INST" b'i' 0 Lines (mark 0 -> 1);
    /// A list of the items down to the mark.
    List "LIST" b'l' 0 Nothing (mark 0 -> 1);
    /// Stores the top item in the memo under a decimal index.
    Put "PUT" b'p' 0 Line (0 -> 0);
    /// Sets the key and value on top in the dict below them.
    SetItem "SETITEM" b's' 0 Nothing (3 -> 1);
    /// A tuple of the items down to the mark.
    Tuple "TUPLE" b't' 0 Nothing (mark 0 -> 1);

    /// `()`.
    EmptyTuple "EMPTY_TUPLE" b')' 1 Nothing (0 -> 1);
    /// Drops everything down to the mark, and the mark.
    PopMark "POP_MARK" b'1' 1 Nothing (mark 0 -> 0);
    /// A float in eight bytes.
    BinFloat "BINFLOAT" b'G' 1 F64 (0 -> 1);
    /// An integer in four bytes, signed.
    BinInt "BININT" b'J' 1 I32 (0 -> 1);
    /// An integer in one byte, unsigned.
    BinInt1 "BININT1" b'K' 1 U8 (0 -> 1);
    /// An integer in two bytes, unsigned.
    BinInt2 "BININT2" b'M' 1 U16 (0 -> 1);
    /// An object that the program keeps elsewhere, by the name on top.
    BinPersId "BINPERSID" b'Q' 1 Nothing (1 -> 1);
    /// A Python 2 `str`.
    BinString "BINSTRING" b'T' 1 Counted4Signed (0 -> 1);
    /// A Python 2 `str` of at most 255 bytes.
    ShortBinString "SHORT_BINSTRING" b'U' 1 Counted1 (0 -> 1);
    /// A string in UTF-8, surrogates passed.
    BinUnicode "BINUNICODE" b'X' 1 Counted4 (0 -> 1);
    /// `[]`.
    EmptyList "EMPTY_LIST" b']' 1 Nothing (0 -> 1);
    /// Appends the items down to the mark to the list below it.
    Appends "APPENDS" b'e' 1 Nothing (mark 1 -> 1);
    /// The value in the memo under an index of one byte.
    BinGet "BINGET" b'h' 1 U8 (0 -> 1);
    /// The value in the memo under an index of four bytes.
    LongBinGet "LONG_BINGET" b'j' 1 U32 (0 -> 1);
    /// Calls the class at the mark with the items above it.
    Obj "OBJ" b'o' 1 Nothing (mark 0 -> 1);
    /// Stores the top item in the memo under an index of one byte.
    BinPut "BINPUT" b'q' 1 U8 (0 -> 0);
    /// Stores the top item in the memo under an index of four bytes.
    LongBinPut "LONG_BINPUT" b'r' 1 U32 (0 -> 0);
    /// Sets the keys and values down to the mark in the dict below it.
    SetItems "SETITEMS" b'u' 1 Nothing (mark 1 -> 1);
    /// `{}`.
    EmptyDict "EMPTY_DICT" b'}' 1 Nothing (0 -> 1);

    /// The protocol in which the pickle is written.
    Proto "PROTO" 0x80 2 U8 (0 -> 0);
    /// `cls.__new__(cls, *args)`: the class, and the tuple above it.
    NewObj "NEWOBJ" 0x81 2 Nothing (2 -> 1);
    /// A global by its number, of one byte, in the extension registry of `copyreg`.
    Ext1 "EXT1" 0x82 2 U8 (0 -> 1);
    /// A global by its number of two bytes.
    Ext2 "EXT2" 0x83 2 U16 (0 -> 1);
    /// A global by its number of four bytes.
    Ext4 "EXT4" 0x84 2 I32 (0 -> 1);
    /// A tuple of the top item.
    Tuple1 "TUPLE1" 0x85 2 Nothing (1 -> 1);
    /// A tuple of the two top items.
    Tuple2 "TUPLE2" 0x86 2 Nothing (2 -> 1);
    /// A tuple of the three top items.
    Tuple3 "TUPLE3" 0x87 2 Nothing (3 -> 1);
    /// `True`.
    NewTrue "NEWTRUE" 0x88 2 Nothing (0 -> 1);
    /// `False`.
    NewFalse "NEWFALSE" 0x89 2 Nothing (0 -> 1);
    /// An integer in two's complement, least significant byte first, of at most 255 bytes.
    Long1 "LONG1" 0x8a 2 Counted1 (0 -> 1);
    /// An integer in two's complement.
    Long4 "LONG4" 0x8b 2 Counted4Signed (0 -> 1);

    /// Bytes.
    BinBytes "BINBYTES" b'B' 3 Counted4 (0 -> 1);
    /// At most 255 bytes.
    ShortBinBytes "SHORT_BINBYTES" b'C' 3 Counted1 (0 -> 1);

    /// A string in at most 255 bytes of UTF-8, surrogates passed.
    ShortBinUnicode "SHORT_BINUNICODE" 0x8c 4 Counted1 (0 -> 1);
    /// A string in UTF-8, surrogates passed.
    BinUnicode8 "BINUNICODE8" 0x8d 4 Counted8 (0 -> 1);
    /// Bytes.
    BinBytes8 "BINBYTES8" 0x8e 4 Counted8 (0 -> 1);
    /// `set()`.
    EmptySet "EMPTY_SET" 0x8f 4 Nothing (0 -> 1);
    /// Adds the items down to the mark to the set below it.
    AddItems "ADDITEMS" 0x90 4 Nothing (mark 1 -> 1);
    /// A frozenset of the items down to the mark.
    FrozenSet "FROZENSET" 0x91 4 Nothing (mark 0 -> 1);
    /// `cls.__new__(cls, *args, **kwargs)`: the class, the tuple, and the dict.
    NewObjEx "NEWOBJ_EX" 0x92 4 Nothing (3 -> 1);
    /// An attribute of a module, both named by strings on the stack.
    StackGlobal "STACK_GLOBAL" 0x93 4 Nothing (2 -> 1);
    /// Stores the top item in the memo under the number of items there.
    Memoize "MEMOIZE" 0x94 4 Nothing (1 -> 1);
    /// The number of bytes of opcodes that follow as one frame.
    Frame "FRAME" 0x95 4 U64 (0 -> 0);

    /// A bytearray.
    ByteArray8 "BYTEARRAY8" 0x96 5 Counted8 (0 -> 1);
    /// The next out-of-band buffer.
    NextBuffer "NEXT_BUFFER" 0x97 5 Nothing (0 -> 1);
    /// Makes the buffer on top read-only.
    ReadonlyBuffer "READONLY_BUFFER" 0x98 5 Nothing (1 -> 1);
}

impl Opcode {
    /// The opcode of that byte.
    pub(crate) fn of(code: u8) -> Option<&'static Self> {
        OPCODES.get(usize::from(*INDEXES.get(usize::from(code))?))
    }
}

impl Op {
    /// The opcode with that byte.
    ///
    /// ```
    /// assert_eq!(numio_pickle::Op::of(b'.'), Some(numio_pickle::Op::Stop));
    /// assert_eq!(numio_pickle::Op::of(0), None);
    /// ```
    pub fn of(code: u8) -> Option<Self> {
        Opcode::of(code).map(|opcode| opcode.op)
    }

    /// Its byte.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Its name as `pickletools` spells it: `SHORT_BINUNICODE`.
    pub fn name(self) -> &'static str {
        Opcode::of(self.code()).map_or("", |opcode| opcode.name)
    }

    /// The protocol that brought it.
    pub fn protocol(self) -> u8 {
        Opcode::of(self.code()).map_or(0, |opcode| opcode.protocol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_opcodes_is_its_own_index() {
        for opcode in OPCODES {
            assert_eq!(Opcode::of(opcode.op.code()).unwrap().op, opcode.op);
        }
        assert_eq!((0..=255).filter_map(Opcode::of).count(), OPCODES.len());
        assert!(OPCODES.is_sorted_by_key(|opcode| opcode.protocol));
    }
}
