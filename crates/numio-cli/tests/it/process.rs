//! How the command starts and ends: exit codes, readers that go away, help.

use std::io::Read;
use std::process::{Command, Stdio};

#[cfg(target_os = "linux")]
use crate::command::peak;
use crate::command::{failed, numio, printed, testdata};

#[test]
fn arguments_that_make_no_sense_end_with_2() {
    for arguments in [&["info"][..], &[], &["info", "--none", "x"], &["none"], &["completions", "none"]] {
        let (code, complaint) = failed(arguments);
        assert_eq!(code, Some(2), "{arguments:?}");
        assert!(complaint.contains("--help") || complaint.contains("Usage: numio"), "{complaint}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    for arguments in [["info", "npy/grid.npy"], ["completions", "bash"]] {
        let mut child = numio(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut complaint = String::new();
        child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        assert_eq!(complaint, "");
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

/// A command that waits for a pipe has nothing to finish, and need not be ended by force a second later.
#[cfg(target_os = "linux")]
#[test]
fn a_command_that_waits_for_a_pipe_ends_soon_after_an_interrupt() {
    let dir = tempfile::tempdir().unwrap();
    let pipes = ["p.npy", "p.npz", "p.pkl", "p.csv", "p.safetensors"].map(|name| dir.path().join(name));
    assert!(Command::new("mkfifo").args(&pipes).status().unwrap().success());
    let [npy, npz, pkl, csv, safetensors] = pipes.map(|path| path.into_os_string().into_string().unwrap());
    let (out, member) =
        (dir.path().join("out.npy").into_os_string().into_string().unwrap(), format!("{npz}:a"));
    let commands: [&[&str]; 11] = [
        &["info", &npy],
        &["show", &member],
        &["show", "-"],
        &["dis", &pkl],
        &["verify", &npz],
        &["checksum", &npy],
        &["diff", &npy, "npy/grid.npy"],
        &["convert", &csv, &out],
        &["convert", &safetensors, &out],
        &["convert", "--from", "csv", "-", &out],
        &["convert", "npy/grid.npy", &csv],
    ];
    for arguments in commands {
        // On a busy machine it may take long until the command waits, or until it is noticed that it has ended.
        let ends = [200, 1_000, 4_000].map(std::time::Duration::from_millis).into_iter().any(|before| {
            let mut child = numio(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
            // Waiting for the command would close its input, whose end may come before the signal.
            let input = child.stdin.take();
            std::thread::sleep(before);
            assert_eq!(child.try_wait().unwrap(), None, "{arguments:?}");
            let start = std::time::Instant::now();
            let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
            assert!(interrupt.success());
            let code = child.wait().unwrap().code();
            let took = start.elapsed();
            drop(input);
            code == Some(130) && took.as_millis() < 800
        });
        assert!(ends, "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_a_fault() {
    let full = std::fs::File::create("/dev/full").unwrap();
    let output = numio(["info", "npy/grid.npy"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.starts_with("numio: standard output: No space left"), "{complaint}");
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(["completions", shell]);
        assert!(script.contains("numio") && script.contains("info"), "{shell}");
    }
}

#[test]
fn help_has_examples_for_every_subcommand() {
    let all = printed(["--help"]);
    let commands = all.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let mut seen = 0;
    for line in commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let name = line.split_whitespace().next().unwrap();
        if name != "help" {
            let help = printed([name, "--help"]);
            assert!(help.contains(&format!("Examples:\n  numio {name}")), "{help}");
            seen += 1;
        }
    }
    assert!(seen >= 2, "{all}");
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(printed(["-V"]), format!("numio {version}\n"));
    let said = printed(["--version"]);
    assert!(said.starts_with(&format!("numio {version}\nlibrary numio {version}, features: ")), "{said}");
    assert!(
        said.contains("zstd") && said.ends_with(&format!("\n{} threads\n", numio::num_threads()))
            || numio::num_threads() == 1,
        "{said}"
    );
    assert_eq!(said.contains("tables"), cfg!(feature = "tables"), "{said}");
    let mut one = numio(["--version"]);
    let output = one.env("NUMIO_NUM_THREADS", "1").output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().ends_with("\n1 thread\n"));
}

/// Whatever a file claims, the command lives within 224 MiB of addresses, its own code and threads included: a build without
/// optimisation takes 50 MiB before it does anything.
#[cfg(target_os = "linux")]
#[test]
fn hostile_files_cost_nothing() {
    let mut tried = 0;
    for file in std::fs::read_dir(testdata().join("hostile")).unwrap() {
        let file = file.unwrap().path();
        let is_archive = file.extension() == Some("npz".as_ref());
        for arguments in ["info", "show", "show --repr", "show --json", "dis", "verify", "audit"] {
            let line = format!("ulimit -v 229376; exec \"$0\" {arguments} \"$1\"");
            let mut shell = Command::new("sh");
            shell.args(["-c", &line, env!("CARGO_BIN_EXE_numio")]).arg(&file);
            let output = shell.output().unwrap();
            let complaint = String::from_utf8_lossy(&output.stderr);
            // Of an archive, show and dis want a member named.
            let names_none = is_archive && arguments.starts_with(['s', 'd']);
            let is_known = |code| matches!(code, 0 | 1) || code == 2 && names_none;
            assert!(output.status.code().is_some_and(is_known), "{arguments} {file:?}: {output:?}");
            assert!(!complaint.contains("memory"), "{arguments} {file:?}: {complaint}");
            // Of an archive, info says what is wrong with each member.
            let is_short = complaint.lines().count() <= 1 || arguments == "info" && is_archive;
            assert!(is_short, "{arguments} {file:?}: {complaint}");
            tried += 1;
        }
    }
    assert!(tried > 200);
}

/// Nor do the verbs that look at values: within a second of a processor for most, and some memory more.
#[cfg(target_os = "linux")]
#[test]
fn values_of_hostile_files_cost_little() {
    let mut tried = 0;
    for file in std::fs::read_dir(testdata().join("hostile")).unwrap() {
        let file = file.unwrap().path();
        let verbs = match file.extension().and_then(|suffix| suffix.to_str()) {
            Some("npy") => ["stats \"$1\"", "head \"$1\"", "convert --to jsonl \"$1\" -"],
            Some("pkl") => ["tree \"$1\"", "checksum \"$1\"", "diff \"$1\" \"$1\""],
            _ => continue,
        };
        for arguments in verbs {
            let line = format!("ulimit -v 524288; ulimit -t 30; exec \"$0\" {arguments}");
            let mut shell = Command::new("sh");
            shell.args(["-c", &line, env!("CARGO_BIN_EXE_numio")]).arg(&file);
            let output = shell.stdout(Stdio::null()).output().unwrap();
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(output.status.code(), Some(0..=2)), "{arguments} {file:?}: {output:?}");
            assert!(!complaint.contains("memory"), "{arguments} {file:?}: {complaint}");
            tried += 1;
        }
    }
    assert!(tried > 200);
}

/// Texts too: what the library refuses is refused, and leaves nothing behind.
#[cfg(target_os = "linux")]
#[test]
fn hostile_texts_are_converted_or_refused() {
    let text = std::fs::read_to_string(testdata().join("MANIFEST.json")).unwrap();
    let manifest: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("a.npy");
    let mut tried = 0;
    // Without options a text is one of numbers.
    let is_of_numbers =
        |entry: &serde_json::Value| entry.get("text").is_some() && entry["args"].get("dtype").is_none();
    for (name, entry) in manifest.into_iter().filter(|(_, entry)| is_of_numbers(entry)) {
        let line = "ulimit -v 3145728; exec \"$0\" convert \"$1\" \"$2\"";
        let mut shell = Command::new("sh");
        shell.args(["-c", line, env!("CARGO_BIN_EXE_numio"), &name]).arg(&output).current_dir(testdata());
        let found = shell.output().unwrap();
        let complaint = String::from_utf8_lossy(&found.stderr);
        let fails = entry["text"]["loadtxt"].get("error").is_some();
        assert_eq!(found.status.code(), Some(i32::from(fails)), "{name}: {complaint}");
        assert_eq!(complaint.lines().count(), usize::from(fails), "{name}: {complaint}");
        assert_eq!(output.exists(), !fails, "{name}");
        let _ = std::fs::remove_file(&output);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{name}");
        tried += 1;
    }
    assert!(tried > 20);
}

/// Ctrl-C while something is written: what was there stays, nothing else is left, and the exit code says so.
#[cfg(unix)]
#[test]
fn interrupted_command_leaves_files_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // Noise takes long to compress.
    let noise = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) as f64;
    numio::save(at("in.npy"), &(0..16 << 20).map(noise).collect::<Vec<_>>()).unwrap();
    std::fs::write(at("out.csv"), "old\n").unwrap();
    numio::savez(at("out.npz"), [("old", &[1])]).unwrap();
    let files = || {
        let mut found: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|file| file.unwrap())
            .map(|file| (file.file_name(), file.metadata().unwrap().len()))
            .collect();
        found.sort();
        found
    };
    let before = files();
    for arguments in [
        &["convert", "--force", "in.npy", "out.csv"][..],
        &["pack", "--force", "--compress", "deflate", "--level", "12", "out.npz", "x=in.npy"],
        &["convert", "--compress", "zstd", "--level", "19", "in.npy", "out.npz:x"],
    ] {
        let mut child = numio(arguments);
        let child = child.current_dir(folder.path()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(700));
        let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        let output = child.wait_with_output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{arguments:?}: {complaint}");
        assert_eq!(complaint, "", "{arguments:?}");
        assert_eq!(files(), before, "{arguments:?}");
    }
    let mut waiting = numio(["info", "-"]);
    let mut child = waiting.stdin(Stdio::piped()).spawn().unwrap();
    // Waiting for the child would close it.
    let _open = child.stdin.take();
    std::thread::sleep(std::time::Duration::from_millis(300));
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[cfg(target_os = "linux")]
#[test]
fn a_million_nested_values_print_in_little_memory() {
    const DEPTH: usize = 1_000_000;
    /// In a build with full optimisation.
    const MOST: u64 = 64 << 10;
    /// The larger program of this build, and huge pages where the kernel gives them unasked.
    const BUILD: u64 = 14 << 10;
    /// A tree of ordered dicts has two values for each of them.
    const MORE_OF_TREES: u64 = 6 << 10;
    let kinds: [(&[&str], &[u8], &[u8]); 8] = [
        (&["show"], b"", b"\x85"),
        (&["show", "--json"], b"}", b"Ns"),
        (&["show", "--json"], b"\x8f(", b"\x90"),
        (&["show"], b"h\0", b"\x85R"),
        (&["show"], b"h\x01)R", b"a"),
        (&["show", "--json"], b"h\0)R", b"a"),
        (&["show"], b"h\0)R", b"b"),
        (&["tree"], b"h\x02)RN", b"s"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let names = b"cx\ny\nq\x000ccollections\ndeque\nq\x010ccollections\nOrderedDict\nq\x020";
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let run = |number: usize| {
        let (arguments, open, close) = kinds[number];
        let path = path(&format!("{number}.pkl"));
        std::fs::write(&path, [names, &*open.repeat(DEPTH), b"N", &close.repeat(DEPTH), b"."].concat())
            .unwrap();
        let (kb, code) = peak(numio([arguments, &[path.as_str()]].concat()));
        let kind = close.escape_ascii();
        assert_eq!(code, Some(0), "{kind}");
        let more = if arguments == ["tree"] { MORE_OF_TREES } else { 0 };
        assert!(kb <= MOST + BUILD + more, "{kind}, {arguments:?}: {kb} kB");
    };
    std::thread::scope(|scope| {
        let run = &run;
        for first in 0..2 {
            scope.spawn(move || (first..kinds.len()).step_by(2).for_each(run));
        }
    });
}

/// A line of JSON can have any number of keys: finding each takes no time in proportion to all of them.
#[cfg(target_os = "linux")]
#[test]
fn json_lines_of_many_keys_take_time_in_proportion() {
    let folder = tempfile::tempdir().unwrap();
    let keys = 100_000;
    let line = |order: &mut dyn Iterator<Item = usize>| {
        let pairs: Vec<String> = order.map(|key| format!("\"k{key}\": {key}")).collect();
        format!("{{{}}}\n", pairs.join(", "))
    };
    let lines = line(&mut (0..keys)) + &line(&mut (0..keys)) + &line(&mut (0..keys).rev());
    let from = folder.path().join("wide.jsonl");
    std::fs::write(&from, lines).unwrap();
    let convert = || {
        let mut shell = Command::new("sh");
        let line = "ulimit -t 20; exec \"$0\" convert --to jsonl \"$1\" -";
        shell.args(["-c", line, env!("CARGO_BIN_EXE_numio")]).arg(&from).output().unwrap()
    };
    let output = convert();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!((row.as_object().unwrap().len(), &row["k99999"]), (keys, &99999.into()));
    }
    // Nor where one is in a few lines only.
    std::fs::write(&from, line(&mut (0..keys)) + &line(&mut (1..keys + 1))).unwrap();
    let output = convert();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("--fill"), "{complaint}");
    // Nor where each line brings one more.
    std::fs::write(&from, (0..keys).map(|key| line(&mut (key..key + 1))).collect::<String>()).unwrap();
    let output = convert();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("line 2, key \"k0\": the key is missing: --fill"), "{complaint}");
}

/// One long text does not make terabytes of many short ones.
#[test]
fn texts_that_would_all_be_long_are_not_converted() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("a.npy");
    let (long, short) = ("x".repeat(100_000), "x\n".repeat(300_000));
    let csv = format!("{long}\n{short}");
    let records = csv.lines().map(|text| format!("1,{text}\n")).collect::<String>();
    let json = csv.lines().map(|text| format!("\"{text}\"\n")).collect::<String>();
    for (name, text) in [("a.csv", &csv), ("b.csv", &records), ("a.jsonl", &json)] {
        let from = folder.path().join(name);
        std::fs::write(&from, text).unwrap();
        let arguments = ["convert", "--dtype", "auto"];
        let arguments = if name == "a.jsonl" { &arguments[..1] } else { &arguments };
        let output = numio(arguments).args([&from, &to]).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {complaint}");
        assert!(complaint.contains("the longest text would make 300001 rows take"), "{name}: {complaint}");
        assert!(!to.exists(), "{name}");
    }
    let output =
        numio(["convert", "--dtype", "U5"]).args([&folder.path().join("a.csv"), &to]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(numio::load(&to).unwrap().into_array().unwrap().shape(), [300_001]);
}
