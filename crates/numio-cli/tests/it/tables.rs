//! `numio convert` to and from Arrow and Parquet, beside pyarrow; and what damaged files do.

use std::path::Path;
use std::process::{Command, Output};

use crate::command::numio;
use crate::numpy;

#[test]
fn tables_are_converted_as_pyarrow_reads_and_writes_them() {
    let folder = tempfile::tempdir().unwrap();
    numpy::run("tables.py", &[Path::new(env!("CARGO_BIN_EXE_numio")), folder.path()]);
}

/// The command within this much address space, which is for its own code and threads too.
fn within(kilobytes: u32, arguments: &[&str], folder: &Path) -> Output {
    let line = format!("ulimit -v {kilobytes}; exec timeout 60 \"$0\" convert \"$@\"");
    let mut shell = Command::new("sh");
    shell.args(["-c", &line, env!("CARGO_BIN_EXE_numio")]).args(arguments).current_dir(folder);
    shell.output().unwrap()
}

/// Numbers that are the same in every run.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

/// A table with a column of each kind, in both formats, some compressed.
fn samples(folder: &Path) -> Vec<String> {
    let text = "{\"a\":1,\"b\":1.5,\"c\":true,\"d\":\"xyz\",\"e\":[1,2]}\n\
                {\"a\":2,\"b\":2.5,\"c\":false,\"d\":\"\",\"e\":[3,4]}\n";
    std::fs::write(folder.join("x.jsonl"), text.repeat(100)).unwrap();
    let mut found = Vec::new();
    for (name, codec) in [
        ("a.arrow", "stored"),
        ("b.arrow", "zstd"),
        ("c.arrows", "stored"),
        ("d.parquet", "stored"),
        ("e.parquet", "deflate"),
        ("f.parquet", "zstd"),
    ] {
        let output =
            numio(["convert", "--compress", codec, "x.jsonl", name]).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        found.push(name.to_owned());
    }
    found
}

#[cfg(unix)]
#[test]
fn damaged_tables_are_refused_or_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Seeded(7);
    let rounds = std::env::var("NUMIO_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(6);
    for name in samples(folder.path()) {
        let whole = std::fs::read(folder.path().join(&name)).unwrap();
        let (_, suffix) = name.rsplit_once('.').unwrap();
        let damaged = format!("damaged.{suffix}");
        for round in 0..rounds {
            let mut bytes = whole.clone();
            match round % 3 {
                0 => bytes.truncate(random.below(whole.len())),
                1 => {
                    let at = random.below(bytes.len());
                    bytes[at] ^= 1 << random.below(8);
                }
                // Metadata is at the end, lengths and offsets with it.
                _ => {
                    for _ in 0..3 {
                        let at = bytes.len() - 1 - random.below(bytes.len().min(600));
                        bytes[at] = random.below(256) as u8;
                    }
                }
            }
            std::fs::write(folder.path().join(&damaged), &bytes).unwrap();
            for to in ["out.npy", "out.npz"] {
                let output = within(1_000_000, &["--force", &damaged, to], folder.path());
                let complaint = String::from_utf8_lossy(&output.stderr);
                let code = output.status.code();
                assert!(matches!(code, Some(0 | 1)), "{name}, round {round}: {code:?} {complaint}");
                let lines = complaint.lines().count();
                assert!(code == Some(0) || lines == 1, "{name}, round {round}: {complaint}");
                assert!(!complaint.contains("panicked"), "{name}, round {round}: {complaint}");
            }
        }
    }
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("tmp")), "{left:?}");
}

#[cfg(unix)]
#[test]
fn hostile_tables_cost_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let footer = |metadata: &[u8]| {
        let length = u32::try_from(metadata.len()).unwrap().to_le_bytes();
        [b"PAR1", metadata, &length, b"PAR1"].concat()
    };
    // Elements of a schema, each the only child of the one before.
    let mut deep = vec![0x15, 2, 0x19, 0xfc, 0xc0, 0x9a, 0x0c];
    deep.extend([0x35, 4, 0x18, 1, b'a', 0x15, 2, 0].repeat(200_000));
    deep.push(0);
    for (name, bytes, words) in [
        ("empty.parquet", Vec::new(), "no Parquet: 0 bytes"),
        ("other.parquet", vec![b'x'; 100], "it does not end in PAR1"),
        (
            "long.parquet",
            [&b"PAR1"[..], &[0; 20], &[0xff; 4], b"PAR1"].concat(),
            "metadata of 4294967295 bytes",
        ),
        ("deep.parquet", footer(&deep), "groups more than 64 levels deep"),
        ("list.parquet", footer(&[0x15, 2, 0x19, 0xfc, 0xff, 0xff, 0xff, 0x7f]), "a list of 268435455"),
        ("key.parquet", [&b"PARE"[..], &[0; 20], b"PARE"].concat(), "metadata is encrypted"),
        ("empty.arrow", Vec::new(), "no Arrow: it is empty"),
        ("old.feather", b"FEA1\0\0\0\0FEA1".to_vec(), "Feather's first format"),
        ("cut.arrow", b"ARROW1\0\0".to_vec(), "8 bytes, where a file has 18 at least"),
        (
            "long.arrow",
            [&b"ARROW1\0\0"[..], &[0; 8], &[0xff, 0xff, 0xff, 0x7f], b"ARROW1"].concat(),
            "a footer longer",
        ),
        ("text.arrow", b"time,temp\n1,2\n".to_vec(), "no Arrow, or metadata of"),
        (
            "stream.arrows",
            [&[0xff; 4][..], &[0xff, 0xff, 0xff, 0x7f], &[0; 64]].concat(),
            "no Arrow, or metadata of",
        ),
    ] {
        std::fs::write(at(name), bytes).unwrap();
        let output = within(400_000, &[name, "out.npy"], folder.path());
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {complaint}");
        assert!(
            complaint.starts_with(&format!("numio: {name}: ")) && complaint.lines().count() == 1,
            "{complaint}"
        );
        assert!(complaint.contains(words), "{name}: {complaint}");
        assert!(!at("out.npy").exists());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn large_tables_pass_through_in_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // Records of 232 MB, in a file with holes; more than the limit below.
    let header =
        numio::npy::Header::new(numio::DType::parse("i8,f8,S100").unwrap(), vec![2_000_000], numio::Order::C);
    let head = header.unwrap().to_bytes();
    std::fs::write(at("x.npy"), &head).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(at("x.npy")).unwrap();
    file.set_len(head.len() as u64 + 2_000_000 * 116).unwrap();
    for name in ["x.parquet", "x.arrow"] {
        let peak = |arguments: &[&str]| {
            let mut child = numio([&["convert", "--force"], arguments].concat());
            let child = child.current_dir(folder.path()).spawn().unwrap();
            let status = format!("/proc/{}/status", child.id());
            let mut child = child;
            let mut most = 0;
            loop {
                // Anonymous memory: pages of the mapped file are the system's, to take back.
                let text = std::fs::read_to_string(&status).unwrap_or_default();
                let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
                let found = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
                most = most.max(found.unwrap_or(0));
                if let Some(status) = child.try_wait().unwrap() {
                    assert!(status.success());
                    return most;
                }
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        };
        let written = peak(&["x.npy", name]);
        assert!(written < 150_000, "{name}: {written} kB");
        if name == "x.arrow" {
            let read = peak(&[name, "back.npy"]);
            assert!(read < 150_000, "{name}: {read} kB");
        }
    }
}
