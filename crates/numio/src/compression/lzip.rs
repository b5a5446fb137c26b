//! Members of lzip files, which Python's `lzma` reads as it does xz, from liblzma 5.4 on.

use std::io::{self, BufRead, Read};

use flate2::Crc;

use super::limits::LZMA_MEMORY;
use super::unread::{Damage, Unread};

/// The first bytes of a member, before its version.
const MAGIC: [u8; 4] = *b"LZIP";

/// Literals by three bits of the one before, positions by two bits.
const PROPERTIES: u8 = 0x5d;

/// One member: a head of six bytes, LZMA that ends in a mark, and the CRC and the length of what it gives; from version 1 on also its own
/// length (lzip's manual, "File format").
pub(super) struct LzipDecoder<R: BufRead> {
    decoder: Option<lzma_rust2::LzmaReader<Counted<R>>>,
    /// The input behind the member.
    rest: Option<Unread<R>>,
    /// The CRC and the number of the bytes that it has given.
    crc: Crc,
    given: u64,
    has_length: bool,
}

impl<R: BufRead> LzipDecoder<R> {
    /// # Errors
    /// `InvalidData` where the head is another, `OutOfMemory` for a dictionary above the limit, and those of the input.
    pub(super) fn new(mut input: Unread<R>, damage: Damage) -> io::Result<Self> {
        let mut head = [0; HEAD];
        input.read_exact(&mut head)?;
        let [magic @ .., version, size] = head;
        // A power of two, less some of its sixteenths.
        let (bits, sixteenths) = (u32::from(size & 0x1f), u32::from(size >> 5));
        if magic != MAGIC || version > 1 || !(12..=29).contains(&bits) || (bits == 12 && sixteenths > 0) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the format is not known"));
        }
        let dictionary = (1 << bits) - (sixteenths << (bits - 4));
        if dictionary >> 10 > LZMA_MEMORY {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        let input = Counted { input, count: 0 };
        let mut decoder =
            lzma_rust2::LzmaReader::new_with_props(input, u64::MAX, PROPERTIES, dictionary, None)?;
        decoder.set_relaxed_end_condition(false);
        decoder.set_defer_errors(damage == Damage::IsError);
        Ok(Self { decoder: Some(decoder), rest: None, crc: Crc::new(), given: 0, has_length: version > 0 })
    }

    /// The input behind the member, once reading has given nothing more.
    pub(super) fn into_inner(self) -> Option<Unread<R>> {
        self.rest
    }

    /// Checks what stands behind the stream.
    fn finish(&mut self, decoder: lzma_rust2::LzmaReader<Counted<R>>) -> io::Result<()> {
        let (Counted { mut input, count }, unread) = decoder.into_parts();
        let taken = count - unread.len() as u64;
        input.put_back(unread);
        let mut number = [0; 8];
        let mut is_right = {
            let mut crc = [0; 4];
            input.read_exact(&mut crc)?;
            u32::from_le_bytes(crc) == self.crc.sum()
        };
        input.read_exact(&mut number)?;
        is_right &= u64::from_le_bytes(number) == self.given;
        if self.has_length {
            input.read_exact(&mut number)?;
            is_right &= u64::from_le_bytes(number) == HEAD as u64 + taken + TAIL;
        }
        if !is_right {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a member of lzip is not what its end says",
            ));
        }
        self.rest = Some(input);
        Ok(())
    }
}

/// The bytes before the stream, and those behind it in version 1.
const HEAD: usize = 6;
const TAIL: u64 = 20;

impl<R: BufRead> Read for LzipDecoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(decoder) = &mut self.decoder else { return Ok(0) };
        let len = decoder.read(out)?;
        self.crc.update(out.get(..len).unwrap_or_default());
        self.given += len as u64;
        if len == 0
            && !out.is_empty()
            && let Some(decoder) = self.decoder.take()
        {
            self.finish(decoder)?;
        }
        Ok(len)
    }
}

/// An input that counts the bytes that have been read of it.
struct Counted<R: BufRead> {
    input: Unread<R>,
    count: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = self.input.read(out)?;
        self.count += len as u64;
        Ok(len)
    }
}
