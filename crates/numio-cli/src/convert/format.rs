//! The formats, and the suffixes of file names that indicate them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use numio::compression::Codec;

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One array
    Npy,
    /// An archive of arrays
    Npz,
    /// Text with commas
    Csv,
    /// Text with tabs
    Tsv,
    /// Text with blanks
    Txt,
    /// A JSON value a line
    Jsonl,
    /// Tensors of safetensors
    Safetensors,
    /// What torch saves, which is only read
    Pt,
    /// A table in Arrow's file format, which is Feather's too
    #[value(alias = "feather")]
    Arrow,
    /// A table as a stream of Arrow
    Arrows,
    /// A table in Parquet
    Parquet,
}

impl Format {
    /// The format of a file by its name, whatever it is compressed with.
    pub fn of(path: &Path) -> Option<Self> {
        let path = if Codec::from_path(path).is_some() { Path::new(path.file_stem()?) } else { path };
        Some(match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "npy" => Self::Npy,
            "npz" => Self::Npz,
            "csv" => Self::Csv,
            "tsv" => Self::Tsv,
            "txt" | "dat" => Self::Txt,
            "jsonl" | "ndjson" => Self::Jsonl,
            "safetensors" => Self::Safetensors,
            "pt" | "pth" => Self::Pt,
            "arrow" | "feather" => Self::Arrow,
            "arrows" => Self::Arrows,
            "parquet" => Self::Parquet,
            _ => return None,
        })
    }

    /// The delimiter between two fields; `None` for any white space.
    pub fn delimiter(self) -> Option<&'static str> {
        match self {
            Self::Csv => Some(","),
            Self::Tsv => Some("\t"),
            _ => None,
        }
    }

    /// The name as options take it.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Returns whether it holds rows of fields.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv | Self::Txt)
    }

    /// Returns whether fields may be quoted.
    pub fn is_quoted(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv)
    }

    /// Returns whether it holds arrays, not text.
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Npy | Self::Npz | Self::Safetensors | Self::Pt) || self.is_table()
    }

    /// Returns whether it holds columns, each with a type of its own.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Arrow | Self::Arrows | Self::Parquet)
    }
}

/// The destination of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    Stdout,
    File(PathBuf),
    /// `x.npz:name`
    Member {
        archive: PathBuf,
        name: String,
    },
}

impl Destination {
    /// Parses an argument: a file, a member of an archive, or `-`.
    pub fn of(argument: &OsStr) -> Self {
        if argument == "-" {
            return Self::Stdout;
        }
        if let Some((archive, name)) = argument.to_str().and_then(|text| text.rsplit_once(".npz:"))
            && !name.is_empty()
        {
            return Self::Member { archive: format!("{archive}.npz").into(), name: name.to_owned() };
        }
        Self::File(argument.into())
    }

    pub fn format(&self) -> Option<Format> {
        match self {
            Self::Stdout => None,
            Self::File(path) => Format::of(path),
            Self::Member { .. } => Some(Format::Npz),
        }
    }

    /// The name as given on the command line, for messages.
    pub fn name(&self) -> String {
        match self {
            Self::Stdout => "standard output".to_owned(),
            Self::File(path) | Self::Member { archive: path, .. } => path.display().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_is_told_by_the_name_of_a_file() {
        for (name, format) in [
            ("a.npy", Some(Format::Npy)),
            ("a.b/c.NPZ", Some(Format::Npz)),
            ("a.csv.gz", Some(Format::Csv)),
            ("a.ndjson", Some(Format::Jsonl)),
            ("a.b.safetensors", Some(Format::Safetensors)),
            ("a.pth", Some(Format::Pt)),
            ("a.arrow", Some(Format::Arrow)),
            ("a.feather", Some(Format::Arrow)),
            ("a.arrows", Some(Format::Arrows)),
            ("a.PARQUET", Some(Format::Parquet)),
            ("a.gz", None),
            ("a.csv.GZ", None),
            ("csv", None),
            ("a.npz:x", Some(Format::Npz)),
            ("-", None),
        ] {
            assert_eq!(Destination::of(name.as_ref()).format(), format, "{name}");
        }
        let member = Destination::Member { archive: "d/a.npz".into(), name: "x:y".into() };
        assert_eq!(Destination::of("d/a.npz:x:y".as_ref()), member);
        assert_eq!(Destination::of("a.npz:".as_ref()), Destination::File("a.npz:".into()));
    }
}
