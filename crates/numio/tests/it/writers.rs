//! Writers that are killed, and writers that meet.
//!
//! `strace` kills and delays them at chosen system calls. Without it, or where it may not trace, these tests are skipped with a
//! message.

#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use ndarray::{Array2, array};
use numio::lazy::{LazyContents, LazyOptions};
use numio::npy::{AppendOptions, MemmapOptions};
use numio::npz::NpzWriter;
use numio::text::SaveTxt;
use numio::{DType, MmapMode, Order, SliceItem, npy};

use numio_testkit::strace;

/// A file whose header has no space for longer arrays, as other programs write it: `[[1, 2]]`.
pub const TIGHT: &[u8] = b"\x93NUMPY\x01\x00\x34\x00{'descr':'<i4','fortran_order':False,'shape':(1,2)}\n\
                           \x01\x00\x00\x00\x02\x00\x00\x00";

/// The names in a directory.
pub fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Something that writes a file, and whether the file is there before.
type Case = (&'static str, bool, fn(&Path));

const CASES: [Case; 15] = [
    ("save.npy", true, |path| numio::save(path, &[7; 5]).unwrap()),
    ("new.npy", false, |path| numio::save(path, &[7; 5]).unwrap()),
    ("durable.npy", true, |path| numio::WriteOptions::new().sync(true).save(path, &[7; 5]).unwrap()),
    ("savez.npz", true, |path| numio::savez(path, [("a", &[7])]).unwrap()),
    ("compressed.npz", true, |path| numio::savez_compressed(path, [("a", vec![7; 1000])]).unwrap()),
    ("append.npy", true, |path| npy::append(path, &array![[7, 7]]).unwrap()),
    ("tight.npy", true, |path| npy::append(path, &array![[7, 7]]).unwrap()),
    ("created.npy", false, |path| AppendOptions::new().create(true).append(path, &array![[7, 7]]).unwrap()),
    ("member.npz", true, add_member),
    ("first.npz", false, add_member),
    ("text.txt", true, |path| SaveTxt::new().save(path, &[7]).unwrap()),
    ("appended.txt", true, append_text),
    ("map.npy", true, make_map),
    ("region.npy", true, write_region),
    ("regions.npy", false, create_by_regions),
];

/// Writes both elements of the array that is there.
fn write_region(path: &Path) {
    let LazyContents::Array(array) = LazyOptions::new().write(true).open(path).unwrap() else { panic!() };
    let row = [7_i32, 8].map(i32::to_le_bytes).concat();
    array.set(&[SliceItem::Index(0).into()], &row).unwrap();
}

/// Makes an array of which one row is written after the other: it appears when all of them are.
fn create_by_regions(path: &Path) {
    let new = numio::lazy::create(path, DType::INT32, vec![3, 2], Order::C, false).unwrap();
    for row in 0..3 {
        new.array().set(&[SliceItem::Index(row).into()], &[7; 8]).unwrap();
    }
    new.commit().unwrap();
}

fn append_text(path: &Path) {
    let (mut file, old) = numio::AtomicFile::append(path, Duration::ZERO).unwrap();
    std::io::copy(&mut old.unwrap(), &mut file).unwrap();
    std::io::Write::write_all(&mut file, b"new\n").unwrap();
    file.commit().unwrap();
}

/// Makes a map of three zeros.
#[expect(unsafe_code, reason = "a map is unsafe")]
pub fn make_map(path: &Path) {
    let mut options = MemmapOptions::new(MmapMode::Create);
    options.dtype(DType::INT32).shape(&[3]);
    // SAFETY: no one else has this file.
    unsafe { options.open(path) }.unwrap().close().unwrap();
}

fn add_member(path: &Path) {
    let mut writer = NpzWriter::append(path).unwrap();
    writer.add("new", &[7]).unwrap();
    writer.finish().unwrap();
}

/// What is there before the writer of that name writes.
fn prepare(path: &Path) {
    match path.file_name().unwrap().to_str().unwrap() {
        "tight.npy" => fs::write(path, TIGHT).unwrap(),
        "text.txt" | "appended.txt" => fs::write(path, "old\n").unwrap(),
        name if name.ends_with(".npz") => numio::savez(path, [("old", &[1])]).unwrap(),
        _ => numio::save(path, &array![[1, 2]]).unwrap(),
    }
}

/// What a reader finds: for arrays whose files may have remains of an append behind them, the array.
fn contents(path: &Path) -> Option<Vec<u8>> {
    let bytes = fs::read(path).ok()?;
    if path.extension().is_none_or(|suffix| suffix != "npy") {
        return Some(bytes);
    }
    let array = numio::load(path).unwrap().into_array().unwrap();
    Some(format!("{array:?}").into_bytes())
}

/// Only between these two does a traced writer write.
const BEGIN: &str = "/numio-test-begins";
const END: &str = "/numio-test-ends";

#[test]
#[ignore = "run by the tests of killed writers"]
fn child_writes() {
    let path = PathBuf::from(std::env::var_os("NUMIO_TEST_PATH").unwrap());
    let name = path.file_name().unwrap().to_str().unwrap();
    let (_, _, write) = CASES.iter().find(|(case, ..)| *case == name).unwrap();
    assert!(fs::metadata(BEGIN).is_err());
    write(&path);
    assert!(fs::metadata(END).is_err());
}

/// This program as a child that does one thing, on one thread, under `strace` with these arguments.
fn traced(test: &str, strace: &[&str]) -> Command {
    let mut command = strace::command(strace);
    command.arg(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn writer_killed_at_any_call_leaves_the_old_file_or_the_new_one() {
    if !strace::works() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log");
    for (name, exists, _) in CASES {
        let data = dir.path().join(name.replace('.', "-"));
        fs::create_dir(&data).unwrap();
        let path = data.join(name);
        let reset = || {
            let _ = fs::remove_file(&path);
            if exists {
                prepare(&path);
            }
        };
        reset();
        let before = contents(&path);
        let mut trace = traced("writers::child_writes", &["-o", log.to_str().unwrap()]);
        assert!(trace.env("NUMIO_TEST_PATH", &path).status().unwrap().success());
        let after = contents(&path);
        assert_ne!(before, after);
        let calls = strace::calls(&fs::read_to_string(&log).unwrap(), BEGIN, END);
        assert!(calls.len() > 3, "{name}: {calls:?}");
        let (mut outcomes, mut left) = (BTreeSet::new(), 0);
        for (call, count) in &calls {
            reset();
            let kill = format!("inject={call}:signal=KILL:when={count}");
            let mut killed = traced("writers::child_writes", &["-o", "/dev/null", "-e", &kill]);
            let status = killed.env("NUMIO_TEST_PATH", &path).status().unwrap();
            assert!(!status.success(), "{name}: {kill}");
            let found = contents(&path);
            assert!(found == before || found == after, "{name}: {kill}: {found:?}");
            outcomes.insert(found == after);
            let others: Vec<_> = names(&data).into_iter().filter(|other| other != name).collect();
            left += others.len();
            let hidden = |name: &String| name.starts_with(".numio-") && name.ends_with(".tmp");
            assert!(others.iter().all(hidden), "{name}: {kill}: {others:?}");
            // What is left goes when the next file is made there, or one after it: a directory whose listing took long is not
            // listed again at once.
            let start = Instant::now();
            while start.elapsed() < Duration::from_secs(10) {
                numio::save(data.join("next.npy"), &[1]).unwrap();
                fs::remove_file(data.join("next.npy")).unwrap();
                if names(&data).iter().all(|other| other == name) {
                    break;
                }
                sleep(Duration::from_millis(10));
            }
            assert!(names(&data).iter().all(|other| other == name), "{name}: {kill}: {:?}", names(&data));
        }
        // Only between a link and its renaming; nowhere for new files, and for those that grow in place. A file that several
        // processes fill has a name from the start.
        let most = match name {
            "regions.npy" => calls.len(),
            name => usize::from(exists && !["append.npy", "region.npy"].contains(&name)),
        };
        assert!(left <= most, "{name}: {left} times something was left");
        assert!(outcomes.contains(&false), "{name}");
    }
}

/// A writer's directory, with what is there before it writes; what a reader finds before and after; and the log of its calls.
struct Trial {
    path: PathBuf,
    exists: bool,
    before: Option<Vec<u8>>,
    after: Option<Vec<u8>>,
    log: String,
}

impl Trial {
    fn new(directory: &Path, (name, exists, _): Case) -> Self {
        let data = directory.join(name.replace('.', "-"));
        fs::create_dir(&data).unwrap();
        let log = directory.join("log");
        let path = data.join(name);
        let mut trial = Self { path, exists, before: None, after: None, log: String::new() };
        assert!(trial.run(&["-y", "-o", log.to_str().unwrap()]));
        trial.after = contents(&trial.path);
        trial.log = fs::read_to_string(&log).unwrap();
        trial.reset();
        trial.before = contents(&trial.path);
        trial
    }

    fn reset(&self) {
        let _ = fs::remove_file(&self.path);
        if self.exists {
            prepare(&self.path);
        }
    }

    /// Whether the writer says that all is well.
    fn run(&self, strace: &[&str]) -> bool {
        self.reset();
        let mut writer = traced("writers::child_writes", strace);
        writer.env("NUMIO_TEST_PATH", &self.path).status().unwrap().success()
    }

    /// The same, with these faults injected: the file is then the new one, or the old one and nothing else is there.
    fn run_with(&self, faults: &[&str]) -> bool {
        let injections = faults.iter().flat_map(|fault| ["-e", *fault]);
        let arguments: Vec<_> = ["-o", "/dev/null"].into_iter().chain(injections).collect();
        let is_well = self.run(&arguments);
        let found = contents(&self.path);
        // Where the disk fails when the new name is brought to it, the new file is in place.
        let is_sync = faults.iter().any(|fault| fault.starts_with("inject=fsync"));
        let wanted = if is_well { &self.after } else { &self.before };
        assert!(
            found == *wanted || (is_sync && found == self.after),
            "{:?}: {faults:?}: {is_well}, {found:?}",
            self.path
        );
        let others = names(self.path.parent().unwrap());
        assert!(
            others.iter().all(|other| *other == self.path.file_name().unwrap().to_str().unwrap()),
            "{faults:?}: {others:?}"
        );
        is_well
    }
}

/// What the system says where no more files may be open, the disk is full or broken, files may not be as long, and so on.
const FAULTS: [(&str, &str); 11] = [
    ("openat", "EMFILE"),
    ("write", "ENOSPC"),
    ("pwrite64", "EIO"),
    ("fallocate", "ENOSPC"),
    ("ftruncate", "EFBIG"),
    ("fsync", "EIO"),
    ("fdatasync", "EIO"),
    ("flock", "ENOLCK"),
    ("linkat", "EPERM"),
    ("rename", "EIO"),
    ("copy_file_range", "EIO"),
];

#[test]
fn writer_whose_calls_fail_leaves_the_old_file_or_the_new_one() {
    if !strace::works() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for case in CASES {
        let trial = Trial::new(dir.path(), case);
        let mut failed = 0;
        for (call, count) in strace::calls(&trial.log, BEGIN, END) {
            let Some((_, fault)) = FAULTS.iter().find(|(name, _)| *name == call) else { continue };
            failed += usize::from(!trial.run_with(&[&format!("inject={call}:error={fault}:when={count}")]));
        }
        assert!(failed > 0, "{}", case.0);
    }
}

#[test]
fn writers_write_where_no_file_has_a_second_name() {
    if !strace::works() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for case in CASES {
        let trial = Trial::new(dir.path(), case);
        assert!(
            trial.run_with(&["inject=linkat:error=EPERM", "inject=renameat2:error=EINVAL"]),
            "{}",
            case.0
        );
    }
}

#[test]
fn disk_that_says_only_at_a_close_that_it_is_full_leaves_the_old_file() {
    if !strace::works() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    // What is written in place has no old file.
    let in_place = ["append.npy", "tight.npy", "region.npy"];
    for case in CASES.into_iter().filter(|(name, ..)| *name != "durable.npy" && !in_place.contains(name)) {
        let trial = Trial::new(dir.path(), case);
        let inside = format!("<{}/", trial.path.parent().unwrap().display());
        let (mut counts, mut failed) = (BTreeMap::new(), 0);
        for line in trial.log.lines().filter(|line| line.contains(" close(")) {
            let thread = line.split_whitespace().next().unwrap_or_default();
            let count: &mut usize = counts.entry(thread).or_default();
            *count += 1;
            if line.contains(&inside) {
                let fault = format!("inject=close:error=EDQUOT:when={count}");
                failed += usize::from(!trial.run_with(&[&fault]));
            }
        }
        assert!(failed > 0, "{}", case.0);
    }
}

/// How many processes there are, and how often each appends.
const PROCESSES: usize = 8;

fn appends() -> usize {
    std::env::var("NUMIO_APPENDS").map_or(4, |appends| appends.parse().unwrap())
}

#[test]
#[ignore = "run by the tests of writers that meet"]
fn child_appends() {
    let variable = |name: &str| std::env::var_os(name).unwrap();
    let path = PathBuf::from(variable("NUMIO_TEST_PATH"));
    let number: usize = variable("NUMIO_TEST_NUMBER").to_str().unwrap().parse().unwrap();
    let wait = Duration::from_secs(variable("NUMIO_TEST_WAIT").to_str().unwrap().parse().unwrap());
    let mut done = Vec::new();
    for at in 0..appends() {
        let value = (number * 1000 + at) as i32;
        let appended = if path.extension().is_some_and(|suffix| suffix == "npz") {
            NpzWriter::append_within(&path, wait).and_then(|mut writer| {
                writer.add(&value.to_string(), &[value])?;
                writer.finish()
            })
        } else {
            AppendOptions::new().create(true).wait(wait).append(&path, &array![[value, value]])
        };
        match appended {
            Ok(()) => done.push(value.to_string()),
            // Without waiting, the others are refused, and know it.
            Err(error) => {
                let error = error.io_error().unwrap_or_else(|| panic!("{error}"));
                assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock, "{error}");
                assert!(wait.is_zero());
            }
        }
    }
    fs::write(path.with_extension(format!("done-{number}")), done.join(" ")).unwrap();
}

/// The values in the file.
fn appended(path: &Path) -> BTreeSet<i32> {
    let values: Vec<i32> = if path.extension().is_some_and(|suffix| suffix == "npz") {
        let archive = numio::NpzArchive::open(path).unwrap();
        archive.names().filter(|name| *name != "old").map(|name| name.parse().unwrap()).collect()
    } else {
        let rows: Array2<i32> = numio::read_npy(path).unwrap();
        rows.column(0).iter().copied().filter(|&value| value != 1).collect()
    };
    let set: BTreeSet<_> = values.iter().copied().collect();
    assert_eq!(set.len(), values.len(), "{values:?}");
    set
}

fn meet(name: &str, is_there: bool, wait: usize, strace: Option<&[&str]>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    if is_there {
        prepare(&path);
    }
    let start = |number: usize| -> Child {
        let mut command = match strace {
            Some(arguments) => traced("writers::child_appends", &[&["-o", "/dev/null"], arguments].concat()),
            None => {
                let mut command = Command::new(std::env::current_exe().unwrap());
                command.args(["--exact", "writers::child_appends", "--ignored"]).stdout(Stdio::null());
                command
            }
        };
        command.env("NUMIO_TEST_PATH", &path).env("NUMIO_TEST_NUMBER", number.to_string());
        command.env("NUMIO_TEST_WAIT", wait.to_string());
        command.spawn().unwrap()
    };
    let children: Vec<_> = (1..=PROCESSES).map(start).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success(), "{name}, {strace:?}");
    }
    let mut done = BTreeSet::new();
    for number in 1..=PROCESSES {
        let told = path.with_extension(format!("done-{number}"));
        done.extend(
            fs::read_to_string(&told).unwrap().split_whitespace().map(|value| value.parse::<i32>().unwrap()),
        );
        fs::remove_file(told).unwrap();
    }
    assert_eq!(appended(&path), done, "{name}, {strace:?}");
    assert!(wait == 0 || done.len() == PROCESSES * appends(), "{name}, {strace:?}: {}", done.len());
    assert_eq!(names(dir.path()), [name], "{strace:?}");
}

const MEETINGS: [(&str, bool); 5] = [
    ("append.npy", true),
    ("tight.npy", true),
    ("created.npy", false),
    ("member.npz", true),
    ("first.npz", false),
];

#[test]
fn writers_that_wait_for_each_other_lose_nothing() {
    for (name, is_there) in MEETINGS {
        meet(name, is_there, 120, None);
    }
}

#[test]
fn writers_that_do_not_wait_are_told() {
    for (name, is_there) in MEETINGS {
        meet(name, is_there, 0, None);
    }
}

#[test]
fn writers_delayed_at_any_step_lose_nothing() {
    if !strace::works() {
        return;
    }
    let delays = [
        "flock:delay_enter=3000",
        "flock:delay_exit=3000",
        "linkat:delay_enter=3000",
        "rename:delay_enter=3000",
    ];
    // One of them in each run keeps the time within bounds; more rounds try them all with every file.
    let rounds = if std::env::var_os("NUMIO_APPENDS").is_some() { delays.len() } else { 1 };
    for (at, (name, is_there)) in MEETINGS.into_iter().enumerate() {
        for round in 0..rounds {
            let delay = format!("inject={}", delays[(at + round) % delays.len()]);
            meet(name, is_there, 120, Some(&["-e", &delay]));
        }
    }
}
