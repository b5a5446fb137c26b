//! Output of the command as a user reads it, in `snapshots/`: each is a session in a folder of its own.
//!
//! The other tests compare what is printed with NumPy; here whole screens are read, errors and help among them.

use std::fmt::Write;
use std::path::Path;

use numio_testkit::assert_snapshot;
use numio_testkit::snapshot::assert_all_used;

use crate::command::{numio, testdata};

/// A folder with copies of test files, in which the command is run.
struct Session {
    folder: tempfile::TempDir,
    said: String,
}

impl Session {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in [
            "npy/123.npy",
            "npy/grid.npy",
            "npy/station.npy",
            "npy/objects.npy",
            "npy/text.npy",
            "npy/float.npy",
        ] {
            std::fs::copy(testdata().join(file), folder.path().join(Path::new(file).file_name().unwrap()))
                .unwrap();
        }
        let mut session = Self { folder, said: String::new() };
        session.quietly("pack two.npz 123.npy grid.npy");
        session.quietly("pack --compress deflate deflated.npz 123.npy grid.npy");
        session
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Copies a hostile file, under its number.
    fn hostile(&self, name: &str) {
        std::fs::copy(testdata().join("hostile").join(name), self.path(name)).unwrap();
    }

    fn run(&self, line: &str) -> (String, String, Option<i32>) {
        let output = numio(line.split(' ')).current_dir(self.folder.path()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr), output.status.code())
    }

    fn quietly(&mut self, line: &str) {
        let (_, complaint, code) = self.run(line);
        assert_eq!((code, complaint.as_str()), (Some(0), ""), "{line}");
    }

    /// Runs a command line whose words have no blanks in them, and notes what it printed.
    fn show(&mut self, line: &str) -> &mut Self {
        let (printed, complaint, code) = self.run(line);
        let _ = writeln!(self.said, "$ numio {line}");
        self.said += &printed;
        self.said += &complaint;
        if code != Some(0) {
            let _ = writeln!(self.said, "[exit code {}]", code.unwrap());
        }
        self.said.push('\n');
        self
    }

    fn finish(&self) -> String {
        let lines: Vec<&str> = self.said.lines().map(str::trim_end).collect();
        lines.join("\n").replace(self.folder.path().to_str().unwrap(), "folder")
    }
}

#[test]
fn info_prints_these_tables() {
    let mut session = Session::new();
    session.hostile("A7-half-data.npy");
    session.show("info 123.npy grid.npy station.npy objects.npy");
    session.show("info two.npz deflated.npz");
    session.show("info --json 123.npy");
    session.show("info A7-half-data.npy none.npy");
    assert_snapshot!("info", session.finish());
}

#[test]
fn show_prints_these_arrays() {
    let mut session = Session::new();
    session
        .show("show 123.npy")
        .show("show --repr 123.npy")
        .show("show station.npy")
        .show("show objects.npy");
    session
        .show("show grid.npy[:2,:5]")
        .show("show two.npz:123")
        .show("show two.npz")
        .show("show --json 123.npy");
    session.show("show 123.npy[5]").show("show 123.npy[a]").show("show two.npz:none").show("show none.npy");
    assert_snapshot!("show", session.finish());
}

#[test]
fn verify_prints_these_lines() {
    let mut session = Session::new();
    session.hostile("A7-half-data.npy");
    session.hostile("Z16-tebibyte-of-zeros.npz");
    let mut bytes = std::fs::read(session.path("two.npz")).unwrap();
    bytes[200] ^= 1;
    std::fs::write(session.path("flipped.npz"), bytes).unwrap();
    session.show("verify 123.npy two.npz deflated.npz");
    session.show("verify A7-half-data.npy flipped.npz none.npy").show("verify --json flipped.npz");
    session.show("verify Z16-tebibyte-of-zeros.npz");
    assert_snapshot!("verify", session.finish());
}

/// Pickles that are damaged, that call, and that end early.
const PICKLES: [&str; 5] = [
    "P13-underflow.pkl",
    "P27-hidden-call.pkl",
    "P30-instance.pkl",
    "P31-changes-a-class.pkl",
    "P32-after-stop.pkl",
];

#[test]
fn audit_prints_these_verdicts() {
    let mut session = Session::new();
    PICKLES.iter().for_each(|name| session.hostile(name));
    session.show("audit 123.npy objects.npy two.npz");
    PICKLES.iter().for_each(|name| {
        session.show(&format!("audit {name}"));
    });
    session.show("audit --json P30-instance.pkl").show("audit none.pkl");
    assert_snapshot!("audit", session.finish());
}

#[test]
fn tree_and_dis_print_these_pickles() {
    let mut session = Session::new();
    PICKLES.iter().for_each(|name| session.hostile(name));
    session
        .show("tree objects.npy")
        .show("tree two.npz")
        .show("tree P31-changes-a-class.pkl")
        .show("tree 123.npy");
    session.show("dis objects.npy").show("dis P30-instance.pkl").show("dis 123.npy");
    assert_snapshot!("tree", session.finish());
}

#[test]
fn diff_prints_these_differences() {
    let mut session = Session::new();
    session.quietly("cast 123.npy --dtype float64 --output floats.npy");
    session.quietly("slice grid.npy[:,:3] --output part.npy");
    session.show("diff 123.npy 123.npy").show("diff 123.npy floats.npy").show("diff grid.npy part.npy");
    session
        .show("diff 123.npy floats.npy --atol 1")
        .show("diff two.npz deflated.npz")
        .show("diff grid.npy[:2] grid.npy[1:3]");
    session.show("diff 123.npy two.npz").show("diff 123.npy none.npy");
    assert_snapshot!("diff", session.finish());
}

#[test]
fn stats_print_these_summaries() {
    let mut session = Session::new();
    session
        .show("stats 123.npy")
        .show("stats grid.npy --bins 5")
        .show("stats station.npy --bins 0")
        .show("stats text.npy");
    session.show("stats --json 123.npy --bins 0").show("stats objects.npy").show("stats grid.npy --axis 7");
    assert_snapshot!("stats", session.finish());
}

#[test]
fn wrong_command_lines_have_these_messages() {
    let mut session = Session::new();
    for line in [
        "none",
        "info",
        "info --none 123.npy",
        "show",
        "convert 123.npy",
        "convert 123.npy x.none",
        "convert none.npy x.txt",
        "pack two.npz",
        "pack 123.npy grid.npy",
        "unpack 123.npy",
        "unpack two.npz none",
        "repack 123.npy",
        "head two.npz",
        "cat 123.npy grid.npy --output x.npy",
        "split 123.npy parts --axis 9 --parts 2",
        "slice 123.npy[9] --output x.npy",
        "slice none.npy --output x.npy",
        "cast 123.npy --dtype none --output x.npy",
        "cast text.npy --dtype int64 --output x.npy",
        "add two.npz 123.npy",
        "remove two.npz none",
        "rename two.npz none other",
        "select two.npz none --output x.npz",
        "checksum none.npy",
        "stats --quantiles 2 123.npy",
        "--threads x info 123.npy",
        "completions none",
    ] {
        session.show(line);
    }
    assert_snapshot!("command-line", session.finish());
}

#[cfg(all(feature = "object-store", feature = "tables", feature = "view"))]
#[test]
fn help_says_this() {
    let mut session = Session::new();
    session.show("--help");
    let (all, ..) = session.run("--help");
    let commands = all.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let names = commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    for name in names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
        session.show(&format!("{name} --help"));
    }
    assert_snapshot!("help", session.finish());
}

#[test]
fn every_snapshot_has_a_test() {
    assert_all_used(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots"),
        include_str!("snapshots.rs"),
    );
}
