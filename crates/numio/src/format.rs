//! Detects a file's format by its first bytes.

use std::fmt;
use std::io::Read;

use crate::compression::Codec;
use crate::error::Cause;
use crate::pickle::Graph;
use crate::{Container, Error, ErrorKind, NpzArchive};

/// A file's format: one that is read here, or one that is often met where an array was expected.
///
/// ```
/// use numio::FileFormat;
///
/// assert_eq!(FileFormat::detect(b"\x93NUMPY\x01\0"), FileFormat::Npy);
/// let format = FileFormat::detect(b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n");
/// assert_eq!(format, FileFormat::GitLfs);
/// assert_eq!(format.to_string(), "a Git LFS pointer");
/// assert_eq!(format.advice(), Some("run `git lfs pull` to fetch the file itself"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileFormat {
    /// There are no bytes.
    Empty,
    /// NumPy's `.npy`.
    Npy,
    /// A zip archive, as `.npz` is.
    Zip,
    /// A zip archive of PyTorch's.
    Torch,
    /// Several pickles in a row, as PyTorch wrote them before version 1.6.
    TorchLegacy,
    /// A pickle that says its protocol, 2 or later. Those of protocols 0 and 1 start like anything.
    Pickle,
    /// The pointer that Git LFS leaves instead of a file.
    GitLfs,
    /// A web page.
    Html,
    /// XML, and formats made of it.
    Xml,
    /// JSON.
    Json,
    /// Compressed by gzip.
    Gzip,
    /// Compressed by bzip2.
    Bzip2,
    /// Compressed by xz.
    Xz,
    /// Compressed by Zstandard.
    Zstd,
    /// Compressed by LZ4.
    Lz4,
    /// Compressed by LZMA, in the format before xz.
    Lzma,
    /// Compressed by zlib, without the header of gzip.
    Zlib,
    /// An archive of 7-Zip.
    SevenZip,
    /// An archive of RAR.
    Rar,
    /// HDF5, also of MATLAB 7.3 and netCDF 4.
    Hdf5,
    /// HDF4.
    Hdf4,
    /// MATLAB 4 and 5.
    Matlab,
    /// R's `.rds` and `.RData`, compressed or not.
    RData,
    /// netCDF 3.
    NetCdf,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow's file format, which is Feather's too.
    Arrow,
    /// Safetensors.
    Safetensors,
    /// A PNG image.
    Png,
    /// A JPEG image.
    Jpeg,
    /// A TIFF image.
    Tiff,
    /// A GIF image.
    Gif,
    /// A BMP image.
    Bmp,
    /// A WebP image.
    Webp,
    /// FITS.
    Fits,
    /// NIfTI, compressed or not.
    Nifti,
    /// DICOM.
    Dicom,
    /// NRRD.
    Nrrd,
    /// GRIB.
    Grib,
    /// ROOT.
    Root,
    /// IDX, the format of the MNIST database, compressed or not.
    Idx,
    /// Sound in WAV.
    Wav,
    /// A PDF document.
    Pdf,
    /// A database of SQLite.
    Sqlite,
    /// A model in GGUF.
    Gguf,
    /// Apache ORC.
    Orc,
    /// Apache Avro.
    Avro,
    /// An archive of tar, compressed by gzip or not.
    Tar,
    /// A program or a library in ELF.
    Elf,
    /// A text without other marks.
    Text,
    /// None of these.
    Unknown,
}

/// The first six bytes of a `.npy` file.
const NPY: &[u8] = b"\x93NUMPY";

/// A zip archive's first bytes. One without members starts with its end.
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// First bytes that only one format has.
const MAGICS: [(&[u8], FileFormat); 37] = [
    (NPY, FileFormat::Npy),
    (b"version https://git-lfs.github.com/spec/", FileFormat::GitLfs),
    (b"\x04\x22\x4d\x18", FileFormat::Lz4),
    (b"\x89HDF\r\n\x1a\n", FileFormat::Hdf5),
    (b"MATLAB 7.3 MAT-file", FileFormat::Hdf5),
    (b"MATLAB 5.0 MAT-file", FileFormat::Matlab),
    (b"CDF\x01", FileFormat::NetCdf),
    (b"CDF\x02", FileFormat::NetCdf),
    (b"CDF\x05", FileFormat::NetCdf),
    (b"PAR1", FileFormat::Parquet),
    (b"ARROW1", FileFormat::Arrow),
    (b"FEA1", FileFormat::Arrow),
    (b"\x89PNG\r\n\x1a\n", FileFormat::Png),
    (b"\xff\xd8\xff", FileFormat::Jpeg),
    (b"II*\0", FileFormat::Tiff),
    (b"II+\0", FileFormat::Tiff),
    (b"MM\0*", FileFormat::Tiff),
    (b"MM\0+", FileFormat::Tiff),
    (b"SIMPLE  =", FileFormat::Fits),
    (b"%PDF-", FileFormat::Pdf),
    (b"<?xml", FileFormat::Xml),
    (b"\x5c\x01\0\0n+1", FileFormat::Nifti),
    (b"\x5d\0\0", FileFormat::Lzma),
    (b"7z\xbc\xaf\x27\x1c", FileFormat::SevenZip),
    (b"Rar!\x1a\x07", FileFormat::Rar),
    (b"GIF87a", FileFormat::Gif),
    (b"GIF89a", FileFormat::Gif),
    (b"SQLite format 3\0", FileFormat::Sqlite),
    (b"GGUF", FileFormat::Gguf),
    (b"ORC\x12", FileFormat::Orc),
    (b"Obj\x01", FileFormat::Avro),
    (b"\x0e\x03\x13\x01", FileFormat::Hdf4),
    (b"RDX2\n", FileFormat::RData),
    (b"RDX3\n", FileFormat::RData),
    (b"root\0", FileFormat::Root),
    (b"NRRD000", FileFormat::Nrrd),
    (b"\x7fELF", FileFormat::Elf),
];

impl FileFormat {
    /// With this many of the first bytes, [`detect`](Self::detect) knows all that it can.
    pub const HEAD: usize = 512;

    /// The format of a file that starts with `head`: up to [`HEAD`](Self::HEAD) of its bytes, or all if there are fewer.
    pub fn detect(head: &[u8]) -> Self {
        match Self::of_start(head) {
            // Some formats are usually compressed, and their readers decompress them.
            Self::Gzip => match Self::of_start(&inflated(head)) {
                inner @ (Self::RData | Self::Nifti | Self::Idx | Self::Tar) => inner,
                _ => Self::Gzip,
            },
            format => format,
        }
    }

    /// As [`detect`](Self::detect), without a look into what is compressed.
    fn of_start(head: &[u8]) -> Self {
        if head.is_empty() {
            return Self::Empty;
        }
        if ZIP.iter().any(|magic| head.starts_with(magic)) {
            return if is_torch(head) { Self::Torch } else { Self::Zip };
        }
        if let Some((_, format)) = MAGICS.iter().find(|(magic, _)| head.starts_with(magic)) {
            return *format;
        }
        if let Some(codec) = Codec::detect(head) {
            return match codec {
                Codec::Gzip => Self::Gzip,
                Codec::Bzip2 => Self::Bzip2,
                Codec::Xz => Self::Xz,
                Codec::Zstd => Self::Zstd,
            };
        }
        match head {
            [0x80, 2..=5, rest @ ..] if is_torch_magic(rest) => Self::TorchLegacy,
            [0x80, 2..=5, ..] => Self::Pickle,
            // The two bytes are a multiple of 31 together (RFC 1950).
            [b'x', 0x01 | 0x5e | 0x9c | 0xda, ..] => Self::Zlib,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::Webp,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Self::Wav,
            [b'G', b'R', b'I', b'B', _, _, _, 1 | 2, ..] => Self::Grib,
            // The version of the format, of the R that wrote it and of the oldest R that reads it.
            [b'X', b'\n', 0, 0, 0, 2 | 3, 0, _, _, _, 0, _, _, _, ..] => Self::RData,
            // Two reserved numbers, and the offset of the pixels behind one of the known headers.
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, 26 | 54 | 70.., _, 0, 0, ..] => Self::Bmp,
            // The byte order marks of UTF-16, and of UTF-32 after the same bytes or behind two of zero.
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 0, 0xfe, 0xff, ..] => Self::Text,
            _ if is_nifti(head) => Self::Nifti,
            _ if is_safetensors(head) => Self::Safetensors,
            _ if head.get(257..262) == Some(b"ustar") => Self::Tar,
            _ if head.get(128..132) == Some(b"DICM") => Self::Dicom,
            _ if is_idx(head) => Self::Idx,
            _ if is_matlab4(head) => Self::Matlab,
            _ => text(head).unwrap_or(Self::Unknown),
        }
    }

    /// The format of an archive that has been opened: [`Torch`](Self::Torch) or [`Zip`](Self::Zip).
    pub fn of_archive(archive: &NpzArchive) -> Self {
        let is_torch = archive.members().next().is_some_and(|member| is_torch_name(member.name.as_bytes()));
        if is_torch { Self::Torch } else { Self::Zip }
    }

    /// Returns whether it is a zip archive, from any writer.
    pub fn is_zip(self) -> bool {
        matches!(self, Self::Zip | Self::Torch)
    }

    /// Returns whether it is read here: [`Npy`](Self::Npy), archives and pickles.
    pub fn is_numpy(self) -> bool {
        self.is_zip() || matches!(self, Self::Npy | Self::Pickle)
    }

    /// A way to get at its contents; `None` if they are read here or nothing is known of the format.
    pub fn advice(self) -> Option<&'static str> {
        self.words().1
    }

    /// Its name, and a way to get at its contents.
    fn words(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Empty => ("an empty file", None),
            Self::Npy => ("a .npy file", None),
            Self::Zip => ("a zip archive", None),
            Self::Torch => ("a PyTorch archive", Some("its members are PyTorch's: use torch.load")),
            Self::TorchLegacy => ("a PyTorch file of before version 1.6", Some("use torch.load")),
            Self::Pickle => ("a pickle", None),
            Self::GitLfs => ("a Git LFS pointer", Some("run `git lfs pull` to fetch the file itself")),
            Self::Html => (
                "an HTML page",
                Some("a download has probably brought an error page or a login instead of the file"),
            ),
            Self::Xml => ("an XML file", Some("read it with a reader of XML")),
            Self::Json => ("a JSON file", Some("read it with a reader of JSON")),
            Self::Gzip => (
                "a gzip file",
                Some("decompress it first, as with `gunzip`; loadtxt reads compressed text as it is"),
            ),
            Self::Bzip2 => (
                "a bzip2 file",
                Some("decompress it first, as with `bunzip2`; loadtxt reads compressed text as it is"),
            ),
            Self::Xz => (
                "an xz file",
                Some("decompress it first, as with `unxz`; loadtxt reads compressed text as it is"),
            ),
            Self::Zstd => (
                "a Zstandard file",
                Some("decompress it first, as with `unzstd`; loadtxt reads compressed text as it is"),
            ),
            Self::Lz4 => ("an LZ4 file", Some("decompress it first, as with `unlz4`")),
            Self::Lzma => ("an LZMA file", Some("decompress it first, as with `unlzma`")),
            Self::Zlib => ("a zlib file", Some("decompress it first, as with Python's zlib.decompress")),
            Self::SevenZip => ("a 7-Zip archive", Some("unpack it first, as with `7z x`")),
            Self::Rar => ("a RAR archive", Some("unpack it first, as with `unrar x`")),
            Self::Hdf5 => ("an HDF5 file", Some("read it with h5py")),
            Self::Hdf4 => ("an HDF4 file", Some("read it with pyhdf")),
            Self::Matlab => ("a MATLAB file", Some("read it with scipy.io.loadmat")),
            Self::RData => ("a file of R", Some("read it with pyreadr or rdata")),
            Self::NetCdf => ("a netCDF file", Some("read it with scipy.io.netcdf_file or xarray")),
            Self::Parquet => {
                ("a Parquet file", Some("convert it with `numio convert`, or read it with pyarrow.parquet"))
            }
            Self::Arrow => {
                ("an Arrow file", Some("convert it with `numio convert`, or read it with pyarrow.feather"))
            }
            Self::Safetensors => {
                ("a safetensors file", Some("convert it with `numio convert`, or read it with safetensors"))
            }
            Self::Png => ("a PNG image", Some("read it with a reader of images")),
            Self::Jpeg => ("a JPEG image", Some("read it with a reader of images")),
            Self::Tiff => ("a TIFF image", Some("read it with a reader of images")),
            Self::Gif => ("a GIF image", Some("read it with a reader of images")),
            Self::Bmp => ("a BMP image", Some("read it with a reader of images")),
            Self::Webp => ("a WebP image", Some("read it with a reader of images")),
            Self::Fits => ("a FITS file", Some("read it with astropy.io.fits")),
            Self::Nifti => ("a NIfTI file", Some("read it with nibabel")),
            Self::Dicom => ("a DICOM file", Some("read it with pydicom")),
            Self::Nrrd => ("an NRRD file", Some("read it with pynrrd")),
            Self::Grib => ("a GRIB file", Some("read it with cfgrib or eccodes")),
            Self::Root => ("a ROOT file", Some("read it with uproot")),
            Self::Idx => (
                "an IDX file",
                Some(
                    "read it with idx2numpy; its elements follow the header as they are, as np.fromfile reads them",
                ),
            ),
            Self::Wav => ("a WAV file", Some("read it with scipy.io.wavfile.read")),
            Self::Pdf => ("a PDF document", Some("it holds no array")),
            Self::Sqlite => ("an SQLite database", Some("read it with sqlite3")),
            Self::Gguf => ("a GGUF file", Some("read it with gguf")),
            Self::Orc => ("an ORC file", Some("read it with pyarrow.orc")),
            Self::Avro => ("an Avro file", Some("read it with fastavro")),
            Self::Tar => ("a tar archive", Some("unpack it first, as with `tar -xf`")),
            Self::Elf => ("a program or a library", Some("it holds no array")),
            Self::Text => ("a text file", Some("use loadtxt or genfromtxt")),
            Self::Unknown => ("a file of an unknown format", None),
        }
    }
}

/// With its article: `a Git LFS pointer`.
impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().0)
    }
}

/// Returns whether the first member of a zip archive is the pickle or the version that PyTorch writes first.
fn is_torch(head: &[u8]) -> bool {
    let Some(&[low, high]) = head.get(26..28) else { return false };
    let end = 30 + usize::from(u16::from_le_bytes([low, high]));
    let name = head.get(30..end.min(head.len())).unwrap_or_default();
    is_torch_name(name)
}

/// Returns whether the number with which PyTorch's files of several pickles start comes first, in a frame or not
/// (`MAGIC_NUMBER` in `torch/serialization.py`).
fn is_torch_magic(pickle: &[u8]) -> bool {
    const NUMBER: &[u8] = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";
    let unframed = match pickle {
        [0x95, _, _, _, _, _, _, _, _, rest @ ..] => rest,
        _ => pickle,
    };
    unframed.starts_with(NUMBER)
}

fn is_torch_name(name: &[u8]) -> bool {
    name.ends_with(b"/data.pkl") || name.ends_with(b"/.format_version") || name == b"constants.pkl"
}

/// Returns whether a header of NIfTI-1 (its size, and its magic at the end) or NIfTI-2 is there.
fn is_nifti(head: &[u8]) -> bool {
    let size = head.first_chunk().map(|size| (u32::from_le_bytes(*size), u32::from_be_bytes(*size)));
    let has =
        |at: usize, magics: [&[u8]; 2]| head.get(at..at + 4).is_some_and(|found| magics.contains(&found));
    match size {
        Some((348, _) | (_, 348)) => has(344, [b"n+1\0", b"ni1\0"]),
        Some((540, _) | (_, 540)) => has(4, [b"n+2\0", b"ni2\0"]),
        _ => false,
    }
}

/// Returns whether the length of a JSON object comes first, and then that object.
fn is_safetensors(head: &[u8]) -> bool {
    let Some((len, rest)) = head.split_first_chunk() else { return false };
    let len = u64::from_le_bytes(*len);
    (2..=100_000_000).contains(&len) && matches!(rest, [b'{', b'"' | b'}' | b' ', ..])
}

/// The first bytes of what is compressed in a gzip file that starts with `head`, as many as are complete.
fn inflated(head: &[u8]) -> Vec<u8> {
    let mut decoder = flate2::read::GzDecoder::new(head).take(FileFormat::HEAD as u64);
    let mut inner = Vec::new();
    // It breaks off where `head` does.
    let _ = decoder.read_to_end(&mut inner);
    inner
}

/// Returns whether a type of elements, a number of axes and a shape of some elements come first, the two of which are at most
/// as long as MNIST's kind of files has them.
fn is_idx(head: &[u8]) -> bool {
    let &[0, 0, 0x08 | 0x09 | 0x0b..=0x0e, axes @ 1..=8, ref rest @ ..] = head else { return false };
    let shape = rest.get(..4 * usize::from(axes)).unwrap_or_default();
    !shape.is_empty() && shape.chunks_exact(4).all(|len| len.first() < Some(&0x10) && len != [0; 4])
}

/// Returns whether the header of a matrix of MATLAB 4 comes first: its type, rows, columns, whether there is an imaginary
/// part, and the length of its name, which is an identifier with a zero behind. There is no magic.
fn is_matlab4(head: &[u8]) -> bool {
    let Some((header, rest)) = head.split_first_chunk::<20>() else { return false };
    let numbers = |of: fn([u8; 4]) -> u32| {
        let mut numbers = [0; 5];
        for (number, bytes) in numbers.iter_mut().zip(header.as_chunks().0) {
            *number = of(*bytes);
        }
        numbers
    };
    // The thousands tell the byte order.
    let [kind, rows, columns, imaginary, name] = match numbers(u32::from_le_bytes) {
        little @ [0..1000, ..] => little,
        _ => match numbers(u32::from_be_bytes) {
            [kind @ 1000..2000, rest @ ..] => {
                let [rows, columns, imaginary, name] = rest;
                [kind - 1000, rows, columns, imaginary, name]
            }
            _ => return false,
        },
    };
    let (precision, of_what) = (kind / 10, kind % 10);
    let Some(elements) = rows.checked_mul(columns) else { return false };
    let is_header =
        precision <= 5 && of_what <= 2 && elements > 0 && imaginary <= 1 && (2..=64).contains(&name);
    let name = rest.get(..name as usize).and_then(<[u8]>::split_last);
    let is_name = |name: &[u8]| {
        name.first().is_some_and(u8::is_ascii_alphabetic)
            && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    is_header && name.is_some_and(|(end, name)| *end == 0 && is_name(name))
}

/// The kind of text, if it is text.
fn text(head: &[u8]) -> Option<FileFormat> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    // A character that is cut off at the end is not an invalid one.
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    if text.chars().any(|char| char.is_control() && !matches!(char, '\t' | '\n' | '\r' | '\x0c')) {
        return None;
    }
    let start = text.trim_start();
    let is_tag = |tag: &str| start.get(..tag.len()).is_some_and(|found| found.eq_ignore_ascii_case(tag));
    if is_tag("<!doctype html") || is_tag("<html") || is_tag("<head") {
        return Some(FileFormat::Html);
    }
    let inside = |open: char| start.strip_prefix(open).map(str::trim_start);
    let is_object = inside('{').is_some_and(|rest| rest.starts_with(['"', '}']) || rest.is_empty());
    let is_array = inside('[').is_some_and(|rest| {
        rest.starts_with(['"', '[', '{', ']', '-']) || rest.starts_with(|char: char| char.is_ascii_digit())
    });
    if is_object || (is_array && start.contains(',')) {
        return Some(FileFormat::Json);
    }
    Some(FileFormat::Text)
}

/// The way a file is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// There are no bytes.
    Nothing,
    /// They end inside the magic of `.npy`. No pickle starts so.
    Stub,
    Npy,
    Zip,
    /// Anything else.
    Pickle,
}

impl Format {
    pub(crate) fn of(head: &[u8]) -> Self {
        match FileFormat::detect(head) {
            FileFormat::Empty => Self::Nothing,
            FileFormat::Npy => Self::Npy,
            format if format.is_zip() => Self::Zip,
            _ if head.len() < NPY.len() && NPY.starts_with(head) => Self::Stub,
            _ => Self::Pickle,
        }
    }

    /// Returns whether more than `head` is needed to tell.
    pub(crate) fn may_start(head: &[u8]) -> bool {
        // None of them is the start of a pickle, past their first bytes, that ends within them.
        let compressed: [&[u8]; 4] = [b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x5d\0\0"];
        let is_zlib = head == b"x";
        let magics = ZIP.into_iter().chain([NPY]).chain(compressed);
        if is_zlib {
            return true;
        }
        magics.into_iter().any(|magic| head.len() < magic.len() && magic.starts_with(head))
    }

    /// The error for a file that ends this early.
    pub(crate) fn refusal(self) -> Error {
        match self {
            Self::Nothing => Error::new(ErrorKind::EndOfStream, "no data left in file").with_offset(0),
            _ => Error::new(ErrorKind::InvalidData, "the file ends inside the magic of a .npy file")
                .with_offset(0),
        }
    }
}

/// A file of no known format was taken for a pickle, and is not one. The message is NumPy's. If `head`, the first
/// bytes, tells the format, that is said instead of the reason why it is no pickle.
pub(crate) fn not_a_pickle(error: Error, head: &[u8]) -> Error {
    if !matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::Unsupported | ErrorKind::Encoding) {
        return error;
    }
    let offset = error.offset().unwrap_or(0);
    match FileFormat::detect(head) {
        // Pickles of protocol 0 are text too, and so may damaged ones be: what is wrong with them is said as well. The few
        // bytes that are known of a stream tell nothing.
        FileFormat::Text if head.len() > 6 && offset <= 2 => {
            Error::from(Foreign { format: FileFormat::Text, error: Some(error) }).with_offset(offset)
        }
        format if format != FileFormat::Text && format.advice().is_some() => {
            Error::from(Foreign { format, error: Some(error) }).with_offset(0)
        }
        // No pickle begins so: the opcode takes a module and a name from a stack that is empty.
        _ if head.starts_with(b"\x93") && head.len() >= 6 => {
            let found = head.get(..6).unwrap_or_default().escape_ascii();
            let what = format!("the magic string is not correct; expected b'\\x93NUMPY', got b'{found}'");
            Error::new(ErrorKind::InvalidData, what)
                .with_context("failed to interpret the file as a pickle")
                .with_container(Container::Pickle)
                .with_offset(0)
        }
        _ => error
            .with_context("failed to interpret the file as a pickle")
            .with_container(Container::Pickle)
            .with_offset(offset),
    }
}

/// The value of a file's first pickle, unless the file is one of PyTorch's, whose first pickle is a mere number.
///
/// # Errors
/// `InvalidData` if it is.
pub(crate) fn not_torch(graph: Graph) -> crate::Result<Graph> {
    match FileFormat::detect(graph.bytes()) {
        format @ FileFormat::TorchLegacy => {
            let what = format!("this is {format}, and no array: {}", format.advice().unwrap_or_default());
            let error = Error::new(ErrorKind::InvalidData, what);
            Err(error.with_container(Container::Pickle).with_offset(0))
        }
        _ => Ok(graph),
    }
}

/// Pickles are not allowed, and the file is neither an array nor an archive.
pub(crate) fn pickle_not_allowed(head: &[u8]) -> Error {
    let pickled = "contains pickled (object) data, which cannot be loaded when allow_pickle=False";
    let format = FileFormat::detect(head);
    match format.advice() {
        // Pickles of protocol 0 are text too.
        Some(advice) if format == FileFormat::Text && head.len() > 6 => {
            Error::new(ErrorKind::NotAllowed, format!("this is {format} ({advice}), or it {pickled}"))
        }
        Some(_) if format != FileFormat::Text => Foreign { format, error: None }.into(),
        _ => Error::new(ErrorKind::NotAllowed, format!("this file {pickled}")),
    }
}

/// The error for a file that is no array, if its first bytes, `head`, tell the format that it has instead.
pub(crate) fn no_array(head: &[u8]) -> Option<Error> {
    let format = FileFormat::detect(head);
    let error = match format {
        FileFormat::Pickle => {
            Error::new(ErrorKind::InvalidData, "this is a pickle, and no array in a file: use load")
        }
        _ => Error::new(
            ErrorKind::InvalidData,
            format!("this is {format}, and no array: {}", format.advice()?),
        ),
    };
    Some(error.with_offset(0))
}

/// A file of a format that is not read here.
#[derive(Debug)]
struct Foreign {
    format: FileFormat,
    /// The reason why it is no pickle either, if it was taken for one.
    error: Option<Error>,
}

impl Cause for Foreign {
    fn kind(&self) -> ErrorKind {
        self.error.as_ref().map_or(ErrorKind::NotAllowed, Error::kind)
    }

    fn container(&self) -> Option<Container> {
        self.error.as_ref().map(|_| Container::Pickle)
    }

    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match (&self.error, self.format) {
            (Some(error), FileFormat::Text) => std::error::Error::source(error),
            (error, _) => error.as_ref().map(|error| error as _),
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { format, error } = self;
        let advice = format.advice().unwrap_or_default();
        if error.is_some() {
            f.write_str("failed to interpret the file as a pickle: ")?;
        }
        match (error, format) {
            (Some(error), FileFormat::Text) => {
                write!(f, "{} (if this is {format}, {advice})", error.message())
            }
            _ => write!(f, "this is {format}, and no array: {advice}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_known_by_its_start() {
        let nifti = [&348_u32.to_le_bytes()[..], &[0; 340], b"n+1\0"].concat();
        let tar = [&[b'a'; 257][..], b"ustar\0"].concat();
        let torch = [&b"PK\x03\x04"[..], &[0; 22], &[16, 0, 0, 0], b"archive/data.pkl"].concat();
        let dicom = [&[0; 128][..], b"DICM\x02\0"].concat();
        let cases: [(&[u8], FileFormat); 67] = [
            (b"", FileFormat::Empty),
            (b"\x93NUMPY\x01\0", FileFormat::Npy),
            (b"PK\x03\x04\x14\0", FileFormat::Zip),
            (b"PK\x05\x06\0\0", FileFormat::Zip),
            (&torch, FileFormat::Torch),
            (b"\x80\x04\x95", FileFormat::Pickle),
            (b"version https://git-lfs.github.com/spec/v1\n", FileFormat::GitLfs),
            (b"\n<!DOCTYPE HTML>\n<html>", FileFormat::Html),
            (b"<?xml version='1.0'?>", FileFormat::Xml),
            (b"{\"a\": 1}", FileFormat::Json),
            (b"[1, 2]", FileFormat::Json),
            (b"\x1f\x8b\x08\0", FileFormat::Gzip),
            (b"BZh91AY&SY", FileFormat::Bzip2),
            (b"\xfd7zXZ\0\0", FileFormat::Xz),
            (b"\x28\xb5\x2f\xfd\0", FileFormat::Zstd),
            (b"\x89HDF\r\n\x1a\n", FileFormat::Hdf5),
            (b"MATLAB 5.0 MAT-file, Platform", FileFormat::Matlab),
            (b"PAR1\x15", FileFormat::Parquet),
            (b"ARROW1\0\0", FileFormat::Arrow),
            (b"\x08\0\0\0\0\0\0\0{\"a\":1} ", FileFormat::Safetensors),
            (b"\x89PNG\r\n\x1a\n", FileFormat::Png),
            (b"SIMPLE  =                    T", FileFormat::Fits),
            (&nifti, FileFormat::Nifti),
            (&tar, FileFormat::Tar),
            ("1.5 é\n".as_bytes(), FileFormat::Text),
            (b"\xff\xfe1\0,\0", FileFormat::Text),
            (b"\x5d\0\0\x80\0", FileFormat::Lzma),
            (b"x\x9c\xab", FileFormat::Zlib),
            (b"7z\xbc\xaf\x27\x1c\0\x04", FileFormat::SevenZip),
            (b"Rar!\x1a\x07\x01\0", FileFormat::Rar),
            (b"GIF89a\x01\0", FileFormat::Gif),
            (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0", FileFormat::Bmp),
            (b"RIFF\x24\0\0\0WEBPVP8 ", FileFormat::Webp),
            (b"RIFF\x24\0\0\0WAVEfmt ", FileFormat::Wav),
            (b"RIFF\x24\0\0\0AVI LIST", FileFormat::Unknown),
            (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M", FileFormat::TorchLegacy),
            (b"\x80\x04\x95\x0d\0\0\0\0\0\0\0\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80", FileFormat::TorchLegacy),
            (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x1a.", FileFormat::Pickle),
            (b"X\n\0\0\0\x03\0\x04\x03\x01\0\x03\x05\0\0", FileFormat::RData),
            // A pickle of ten letters.
            (b"X\n\0\0\0abcdefghij.", FileFormat::Unknown),
            (b"RDX3\nX\n\0\0\0\x03", FileFormat::RData),
            (&dicom, FileFormat::Dicom),
            (b"NRRD0004\ntype: float\n", FileFormat::Nrrd),
            (b"GRIB\0\0\xff\x02\0\0", FileFormat::Grib),
            (b"root\0\0\xf3\xc4\0\0\0\x64", FileFormat::Root),
            (b"root mean square\n", FileFormat::Text),
            (b"\x0e\x03\x13\x01\0\xc8", FileFormat::Hdf4),
            (b"\x7fELF\x02\x01\x01", FileFormat::Elf),
            (b"II+\0\x08\0\0\0", FileFormat::Tiff),
            (b"\0\0\x08\x01\0\0\xea\x60\x05\0", FileFormat::Idx),
            (b"\0\0\x08\x03\0\0\xea\x60\0\0\0\x1c\0\0\0\x1c", FileFormat::Idx),
            (b"\0\0\x08\x03\0\0\xea\x60\0\0", FileFormat::Unknown),
            (b"\0\0\0\0\x02\0\0\0\x03\0\0\0\0\0\0\0\x02\0\0\0x\0", FileFormat::Matlab),
            (b"\0\0\x03\xe8\0\0\0\x02\0\0\0\x03\0\0\0\0\0\0\0\x03ab\0", FileFormat::Matlab),
            (b"\0\0\0\0\x02\0\0\0\x03\0\0\0\0\0\0\0\x02\0\0\0x1", FileFormat::Unknown),
            (b"\0\0\0\0\x02\0\0\0\x03\0\0\0\x02\0\0\0\x02\0\0\0x\0", FileFormat::Unknown),
            (&[0; 64], FileFormat::Unknown),
            (&gzipped(b"X\n\0\0\0\x03\0\x04\x03\x01\0\x03\x05\0\0"), FileFormat::RData),
            (&gzipped(&nifti), FileFormat::Nifti),
            (&gzipped(&tar), FileFormat::Tar),
            (&gzipped(b"\x80\x04N."), FileFormat::Gzip),
            (&gzipped(b"1,2\n"), FileFormat::Gzip),
            (b"SQLite format 3\0", FileFormat::Sqlite),
            (b"GGUF\x03\0\0\0", FileFormat::Gguf),
            (b"ORC\x12", FileFormat::Orc),
            (b"Obj\x01\x04", FileFormat::Avro),
            (b"\0\x01\x02", FileFormat::Unknown),
        ];
        for (head, format) in cases {
            assert_eq!(FileFormat::detect(head), format, "{:?}", String::from_utf8_lossy(head));
            assert_eq!(format.is_numpy() || matches!(format, FileFormat::Empty | FileFormat::Unknown), {
                format.advice().is_none() || format == FileFormat::Torch
            });
        }
    }

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_character_cut_at_the_end_makes_no_difference() {
        assert_eq!(FileFormat::detect("1,2,é".as_bytes().split_last().unwrap().1), FileFormat::Text);
        assert_eq!(FileFormat::detect(b"1,2,\xff,3"), FileFormat::Unknown);
    }
}
