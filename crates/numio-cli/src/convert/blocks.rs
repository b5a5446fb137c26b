//! A text in blocks of whole rows.

use std::io::Read;

use numio::{Error, ErrorKind, Result};

/// A row may span no more than this.
const MOST: usize = 1 << 30;

/// Cuts what a reader gives behind line ends.
pub struct Blocks {
    reader: Box<dyn Read>,
    /// What follows the last cut.
    rest: Vec<u8>,
    /// About how long a block is.
    size: usize,
    /// Between two of these, a line end is none.
    quote: Option<u8>,
    /// How many bytes have been read.
    read: u64,
    is_over: bool,
}

impl Blocks {
    pub fn new(reader: Box<dyn Read>, size: usize, quote: Option<u8>) -> Self {
        Self { reader, rest: Vec::new(), size, quote, read: 0, is_over: false }
    }

    /// The next block; nothing at the end.
    ///
    /// # Errors
    /// `Io`; `LimitExceeded` for a row that does not end.
    pub fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let mut block = std::mem::take(&mut self.rest);
        while !self.is_over {
            let wanted = self.size.saturating_sub(block.len()).max(self.size / 2 + 1);
            let found = (&mut self.reader).take(wanted as u64).read_to_end(&mut block)?;
            self.read += found as u64;
            self.is_over = found < wanted;
            if self.is_over {
                break;
            }
            if let Some(end) = last_end(&block, self.quote) {
                self.rest = block.split_off(end);
                return Ok(Some(block));
            }
            if block.len() > MOST {
                let what = "a row of more than 1 GiB: a line end or a closing quote is missing";
                return Err(Error::new(ErrorKind::LimitExceeded, what).at(self.read - block.len() as u64));
            }
        }
        Ok((!block.is_empty()).then_some(block))
    }

    /// Takes the first line out, without its line end.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn line(&mut self) -> Result<Option<Vec<u8>>> {
        let Some(mut block) = self.next()? else { return Ok(None) };
        let end = block.iter().position(|&byte| byte == b'\n');
        let after = block.split_off(end.map_or(block.len(), |end| end + 1));
        // What stands before the rest again came before it.
        self.rest.splice(..0, after);
        while matches!(block.last(), Some(b'\n' | b'\r')) {
            block.pop();
        }
        Ok(Some(block))
    }
}

/// Where the last row ends that is whole.
fn last_end(block: &[u8], quote: Option<u8>) -> Option<usize> {
    let Some(quote) = quote else {
        return block.iter().rposition(|&byte| byte == b'\n').map(|at| at + 1);
    };
    let mut is_open = false;
    let mut end = None;
    for (at, &byte) in block.iter().enumerate() {
        if byte == quote {
            is_open = !is_open;
        } else if byte == b'\n' && !is_open {
            end = Some(at + 1);
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &'static [u8], size: usize, quote: Option<u8>) -> Vec<Vec<u8>> {
        let mut blocks = Blocks::new(Box::new(text), size, quote);
        std::iter::from_fn(|| blocks.next().unwrap()).collect()
    }

    #[test]
    fn blocks_end_where_rows_do() {
        let text = b"1,2\n3,\"4\n5\"\n6,7";
        for size in 1..40 {
            for quote in [None, Some(b'"')] {
                let blocks = cut(text, size, quote);
                assert_eq!(blocks.concat(), text);
                let whole = blocks.iter().rev().skip(1).all(|block| block.ends_with(b"\n"));
                assert!(whole, "{size}: {blocks:?}");
                let quotes = |block: &Vec<u8>| block.iter().filter(|&&byte| byte == b'"').count();
                assert!(quote.is_none() || blocks.iter().all(|block| quotes(block) % 2 == 0), "{blocks:?}");
            }
        }
        assert!(cut(b"", 4, None).is_empty());
    }

    #[test]
    fn lines_come_before_blocks() {
        for size in 1..20 {
            let mut blocks = Blocks::new(Box::new(&b"a\r\n\nb\nc"[..]), size, None);
            assert_eq!(blocks.line().unwrap().unwrap(), b"a");
            assert_eq!(blocks.line().unwrap().unwrap(), b"");
            let rest: Vec<_> = std::iter::from_fn(|| blocks.next().unwrap()).collect();
            assert_eq!(rest.concat(), b"b\nc", "{size}");
        }
    }
}
