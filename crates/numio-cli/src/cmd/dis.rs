//! `numio dis`: the instructions of a pickle.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};

use clap::Args;
use numio::pickle;
use numio::{Error, ErrorKind, FileFormat};

use crate::failure::Failure;
use crate::notes::complain;
use crate::open::Opening;
use crate::output::{Output, Verdict};
use crate::target::Target;

/// Print the instructions of a pickle, as Python's pickletools does
///
/// Of a .npy file of objects, the pickle behind the header. Nothing is run or built.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  numio dis model.pkl
  numio dis objects.npy
  numio dis objects.npz:arr_0
  curl -s https://example.org/model.pkl | numio dis -")]
pub struct Dis {
    /// A pickle, a .npy file of objects, or a member of an archive; - is standard input
    #[arg(value_name = "FILE[:MEMBER]")]
    target: OsString,
    #[command(flatten)]
    opening: Opening,
}

impl Dis {
    pub fn run(&self, out: &mut Output) -> Result<Verdict, Failure> {
        let target = Target::of(&self.target);
        let (bytes, start) = self.opening.pickle(&target)?;
        let mut lines = LineWriter { out, fault: None };
        let ended = pickle::dis(&bytes, &mut lines);
        if let Some(fault) = lines.fault {
            return Err(Failure::Output(fault));
        }
        let length = ended.map_err(|error| {
            let error = compressed(&bytes).unwrap_or_else(|| Error::from(error).shifted(start));
            Failure::from(error).of(&target.input.name())
        })?;
        let left = bytes.len() - length;
        if left > 0 {
            out.flush()?;
            let at = start + length as u64;
            complain(&format!("{}: byte {at}: the pickle ends, {left} bytes follow", target.input.name()));
        }
        Ok(Verdict::Good)
    }
}

/// The error of what is no pickle because it is compressed.
fn compressed(bytes: &[u8]) -> Option<Error> {
    use FileFormat::{Bzip2, Gzip, Lz4, Lzma, Xz, Zlib, Zstd};

    let format = FileFormat::detect(bytes);
    let advice =
        matches!(format, Bzip2 | Gzip | Lz4 | Lzma | Xz | Zlib | Zstd).then(|| format.advice())??;
    let advice = advice.split(';').next()?;
    let what = format!("this is {format}, and no pickle: {advice}; `numio audit` looks into it as it is");
    Some(Error::new(ErrorKind::InvalidData, what).with_offset(0))
}

/// Forwards text as it arrives, and keeps the error if that fails.
struct LineWriter<'a> {
    out: &'a mut Output,
    fault: Option<io::Error>,
}

impl fmt::Write for LineWriter<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.write_all(text.as_bytes()).map_err(|fault| {
            self.fault = Some(fault);
            fmt::Error
        })
    }
}
