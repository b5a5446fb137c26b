//! `numio show`.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::archives::made;
use crate::command::{failed, npy_files, numio, piped, printed, testdata};
use crate::numpy;

/// What NumPy prints in each case.
fn numpy_prints(cases: &[Vec<String>]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.json");
    serde_json::to_writer(File::create(&file).unwrap(), cases).unwrap();
    serde_json::from_str(&numpy::run("show.py", &[&testdata(), &file])).unwrap()
}

fn check(cases: &[Vec<String>]) {
    for (case, wanted) in cases.iter().zip(numpy_prints(cases)) {
        let found = printed(["show"].iter().map(ToString::to_string).chain(case.iter().cloned()));
        assert_eq!(found, wanted + "\n", "{case:?}");
    }
}

fn case(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(ToString::to_string).collect()
}

/// Every file that holds no objects.
fn plain_files() -> impl Iterator<Item = String> {
    npy_files().into_iter().filter(|name| !name.contains("objects"))
}

#[test]
fn show_of_every_file_prints_what_numpy_prints() {
    let options = [&[][..], &["--repr"], &["--full"], &["--precision", "3"], &["--repr", "--precision", "0"]];
    let cases: Vec<_> = plain_files()
        .flat_map(|file| options.map(|options| [case(options), vec![file.clone()]].concat()))
        .collect();
    check(&cases);
}

#[test]
fn show_of_slices_prints_what_numpy_prints() {
    let slices = [
        "[1, :]",
        "[1,:]",
        "[-1]",
        "[:, 0]",
        "[1:3, ::20]",
        "[::-1, -1]",
        "[..., 5]",
        "[..., ::-7]",
        "[5:2]",
        "[None, 1, :3]",
        "[3][4]",
        "[10:20][::3, 2]",
        "[2, 3]",
        "[...]",
        "[-3:, -3:]",
        "[:1_0:4, ::30]",
        "[1000:]",
        "[0:0]",
    ];
    let mut cases: Vec<_> = slices.iter().map(|slice| case(&[&format!("npy/grid.npy{slice}")])).collect();
    for (file, slices) in [
        (
            "station",
            &["['time']", "['wind'][:, 1]", "[0]", "[0]['station']", "['temperature'][-1]", "[::-1]['ok']"][..],
        ),
        ("nested", &["['p']", "['p']['a']", "[0]"]),
        ("titles", &["['a title']", "['b']"]),
        ("scalar", &["[...]", "[None]"]),
        ("text", &["[1]", "[2]"]),
        ("bytes", &["[1]"]),
        ("days", &["[0]", "[1]"]),
        ("fortran", &["[:, 1:]", "[1]"]),
        ("empty", &["[:, 1]"]),
    ] {
        cases.extend(slices.iter().map(|slice| case(&[&format!("npy/{file}.npy{slice}")])));
    }
    check(&cases);
}

#[test]
fn show_as_json_is_what_tolist_gives() {
    let folder = tempfile::tempdir().unwrap();
    for file in plain_files() {
        let text = printed(["show", "--json", &file]);
        std::fs::write(folder.path().join(Path::new(&file).file_name().unwrap()), text).unwrap();
    }
    assert_eq!(numpy::run("show_json.py", &[&testdata(), folder.path()]), "");
}

#[test]
fn show_of_pickles_and_objects_prints_as_python() {
    let folder = made();
    let at = |name: &str| folder.path().join(name);
    let cases = [
        ("data.pkl", ""),
        ("data.pkl", "[2]"),
        ("data.pkl", "[1]"),
        ("numpy5.pkl", ""),
        ("numpy5.pkl", "[0][:, 1]"),
        ("numpy5.pkl", "[0]"),
        ("numpy5.pkl", "[2][0]['a']"),
        ("numpy5.pkl", "[-1]"),
        ("objects.npy", ""),
        ("objects.npy", "[0]"),
        ("objects.npy", "[0]['a']"),
        ("objects.npy", "[::-1]"),
    ];
    let listed: Vec<_> = cases.iter().map(|(name, index)| (at(name), index.to_string())).collect();
    let file = at("cases.json");
    serde_json::to_writer(File::create(&file).unwrap(), &listed).unwrap();
    let known: Vec<[String; 2]> = serde_json::from_str(&numpy::run("show_objects.py", &[&file])).unwrap();
    for ((name, index), [str, repr]) in cases.iter().zip(known) {
        let target = format!("{}{index}", at(name).display());
        assert_eq!(printed(["show", "--repr", &target]), repr + "\n", "{target}");
        assert_eq!(printed(["show", &target]), str + "\n", "{target}");
    }
    let json = printed(["show", "--json", at("objects.npy").to_str().unwrap()]);
    assert!(json.starts_with(r#"[{"a":1},"2024-01-02",null]"#), "{json}");
    for (index, code, words) in
        [("[9]", 1, "there is no [9]"), ("[1:2]", 2, "an item [0]"), ("['k']", 1, "dict")]
    {
        let (found, complaint) = failed(["show", &format!("{}{index}", at("data.pkl").display())]);
        assert!(found == Some(code) && complaint.contains(words), "{complaint}");
    }
}

#[test]
fn show_of_strings_of_python_2_reads_them_as_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("py2.pkl");
    std::fs::write(&path, b"(lp0\nS'caf\\xe9'\np1\na.").unwrap();
    let path = path.to_str().unwrap();
    for (encoding, wanted) in [("latin1", "['café']\n"), ("bytes", "[b'caf\\xe9']\n")] {
        assert_eq!(printed(["show", "--encoding", encoding, path]), wanted);
    }
    for arguments in [vec!["show", path], vec!["show", "--encoding", "ASCII", path]] {
        let (code, complaint) = failed(arguments);
        assert!(code == Some(1) && complaint.contains("pass the encoding 'latin1'"), "{complaint}");
    }
    let (code, complaint) = failed(["show", "--encoding", "utf8", path]);
    assert!(code == Some(2) && complaint.contains("must be 'ASCII', 'latin1', or 'bytes'"), "{complaint}");
}

#[test]
fn show_of_a_name_with_brackets_finds_that_file() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("a[0].npy");
    std::fs::copy(testdata().join("npy/123.npy"), &odd).unwrap();
    let odd = odd.to_str().unwrap();
    assert_eq!(printed(["show", odd]), "[[1 2 3]\n [4 5 6]]\n");
    assert_eq!(printed(["show", &format!("{odd}[1]")]), "[4 5 6]\n");
}

#[test]
fn show_of_standard_input_can_be_sliced() {
    let bytes = std::fs::read(testdata().join("npy/123.npy")).unwrap();
    for (target, wanted) in [("-", "[[1 2 3]\n [4 5 6]]\n"), ("-[:, 0]", "[1 4]\n")] {
        let output = piped(&["show", "--", target], &bytes);
        assert_eq!(std::str::from_utf8(&output.stdout).unwrap(), wanted, "{output:?}");
    }
}

#[test]
fn show_of_bad_slices_says_what_and_where() {
    for (target, code, words) in [
        ("npy/123.npy[2]", 1, "numio: npy/123.npy: index 2 is out of bounds for axis 0 with size 2"),
        ("npy/123.npy[0, 0, 0]", 1, "numio: npy/123.npy: too many indices for array"),
        ("npy/123.npy['x']", 1, "numio: npy/123.npy: "),
        ("npy/station.npy['x']", 1, "numio: npy/station.npy: "),
        ("npy/123.npy[a]", 2, "numio: "),
        ("npy/123.npy[1", 2, "numio: \"[1\": expected a slice such as [1, :]"),
        ("npy/123.npy:x", 2, "numio: npy/123.npy: it is no archive"),
        ("none.npy[0]", 1, "numio: none.npy: No such file"),
        ("hostile/A7-half-data.npy", 1, "numio: hostile/A7-half-data.npy: byte 143: "),
    ] {
        let (found, complaint) = failed(["show", target]);
        assert_eq!(found, Some(code), "{target}: {complaint}");
        assert!(complaint.starts_with(words) && complaint.lines().count() == 1, "{target}: {complaint}");
    }
}

#[test]
fn show_of_elements_of_no_bytes_ends() {
    let endless = "hostile/A16-endless-nothing.npy";
    let summary = printed(["show", endless]);
    assert!(summary.contains("..."), "{summary}");
    for option in ["--full", "--json"] {
        let output = numio(["show", option, endless]).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{complaint}");
        assert!(complaint.contains("elements without any bytes"), "{complaint}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn show_of_a_file_larger_than_memory_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.npy");
    let header =
        numio::npy::Header::new(numio::DType::FLOAT64, vec![1 << 20, 1 << 20], numio::Order::C).unwrap();
    let bytes = header.to_bytes();
    std::fs::write(&path, &bytes).unwrap();
    // 8 TiB of nothing: the file has holes, and takes no room on the disk.
    let file = File::options().write(true).open(&path).unwrap();
    file.set_len(bytes.len() as u64 + (8 << 40)).unwrap();
    let start = Instant::now();
    let path = path.to_str().unwrap();
    let row = "[0. 0. 0. ... 0. 0. 0.]";
    assert_eq!(printed(["show", &format!("{path}[-1]")]), format!("{row}\n"));
    assert_eq!(printed(["show", path]).lines().last(), Some(&*format!(" {row}]")));
    assert!(printed(["info", path]).contains("8 TiB"));
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn show_to_a_reader_that_goes_away_ends_quietly() {
    let mut child = numio(["show", "--json", "npy/grid.npy"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]));
}
