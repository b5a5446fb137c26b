//! Files at URLs, on servers that run here.

use std::collections::HashMap;
use std::process::Output;

use numio_testkit::server::Server;

use crate::command::numio;

/// A server of a folder with an array as a file and in an archive.
struct Served {
    server: Server,
    folder: tempfile::TempDir,
}

const COLUMNS: usize = 64;

impl Served {
    fn new(rows: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bytes: Vec<u8> = (0..rows * COLUMNS).flat_map(|at| ((at * 7) as f64).to_ne_bytes()).collect();
        let array = numio::DynArray::from_bytes(numio::DType::FLOAT64, &[rows, COLUMNS], &bytes).unwrap();
        numio::save(folder.path().join("x.npy"), &array).unwrap();
        numio::savez_compressed(folder.path().join("z.npz"), [("w", &array)]).unwrap();
        Self { server: Server::of_folder(folder.path()), folder }
    }

    fn local(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        at_endpoint(&self.server, arguments)
    }

    fn printed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && complaint.is_empty(), "{arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn failed(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.run(arguments);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }
}

/// A run of the command for which S3 is the server.
fn at_endpoint(server: &Server, arguments: &[&str]) -> Output {
    let endpoint = server.endpoint();
    let mut command = numio(arguments);
    for (name, value) in [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "k"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_REGION", "us-east-1"),
    ] {
        command.env(name, value);
    }
    command.output().unwrap()
}

#[test]
fn an_array_at_a_url_is_fetched_once() {
    let served = Served::new(20_000);
    let (x, size) = (served.server.url("ranges/x.npy"), 20_000 * COLUMNS * 8);
    for arguments in [&["stats"][..], &["checksum"], &["diff"], &["show", "--csv"]] {
        let targets = if arguments[0] == "diff" { vec![x.as_str(), &x] } else { vec![x.as_str()] };
        served.server.count();
        served.printed(&[arguments, &targets].concat());
        let (requests, bytes) = served.server.count();
        // The first also brings the start of the data.
        let most = (size + (256 << 10)) * targets.len();
        assert!(
            bytes < most && requests <= 8 * targets.len(),
            "{arguments:?}: {requests} requests, {bytes} bytes"
        );
    }
}

#[test]
fn commands_given_urls_read_them() {
    let served = Served::new(300);
    let local = |name: &str| served.local(name);
    // Columns of tables are as wide as the names.
    let plain = |text: String, name: &str| {
        text.replace(name, "NAME").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let mut wanted = HashMap::new();
    let mut same = |base: &str, arguments: &[&str], name: &str, rest: &str| {
        let printed = |name: &str| {
            let target = format!("{name}{rest}");
            plain(served.printed(&[arguments, &[&target]].concat()), name)
        };
        let key = format!("{arguments:?} {name} {rest}");
        let wanted = wanted.entry(key).or_insert_with(|| printed(&local(name)));
        assert_eq!(printed(&format!("{base}/{name}")), *wanted, "{base} {arguments:?}");
    };
    let bases = [served.server.url("ranges"), "s3://ranges".to_owned(), served.server.url("whole")];
    for (number, base) in bases.iter().enumerate() {
        for (name, member) in [("x.npy", ""), ("z.npz", ":w")] {
            same(base, &["info", "--json"], name, "");
            same(base, &["verify"], name, "");
            same(base, &["show"], name, &format!("{member}[250, :10]"));
            if number == 0 {
                for arguments in [&["info"][..], &["show"], &["audit"], &["checksum"]] {
                    same(base, arguments, name, "");
                }
                for arguments in [
                    &["show"][..],
                    &["show", "--csv"],
                    &["head"],
                    &["tail", "-n", "2"],
                    &["stats"],
                    &["tree"],
                ] {
                    same(base, arguments, name, member);
                }
                same(base, &["show", "--json"], name, &format!("{member}[::-50][1]"));
            }
        }
        same(base, &["list"], "z.npz", "");
    }
    let base = &bases[0];
    let url = |name: &str| format!("{base}/{name}");
    let diff =
        |a: &str, b: &str| served.printed(&["diff", a, &format!("{b}:w")]).replace(a, "A").replace(b, "B");
    assert_eq!(diff(&url("x.npy"), &url("z.npz")), diff(&local("x.npy"), &local("z.npz")));
    // Into text, a piece at a time, and from it.
    let (found, wanted) = (local("found.csv"), local("wanted.csv"));
    served.printed(&["convert", &url("x.npy"), &found]);
    served.printed(&["convert", &local("x.npy"), &wanted]);
    assert_eq!(std::fs::read(&found).unwrap(), std::fs::read(&wanted).unwrap());
    for name in ["wanted.csv", "z.npz:w"] {
        let back = local("back.npy");
        served.printed(&["convert", "--force", &url(name), &back]);
        assert_eq!(std::fs::read(&back).unwrap(), std::fs::read(local("x.npy")).unwrap(), "{name}");
    }
}

#[test]
fn slices_of_urls_cost_as_many_bytes_as_they_have() {
    let served = Served::new(4000);
    for base in [served.server.url("ranges"), "s3://ranges".to_owned()] {
        let cost = |arguments: &[&str]| {
            served.server.count();
            served.printed(arguments);
            served.server.count()
        };
        let (requests, bytes) = cost(&["info", &format!("{base}/x.npy")]);
        assert!(requests == 1 && bytes <= 96 << 10, "{requests} {bytes}");
        let (requests, bytes) = cost(&["show", &format!("{base}/x.npy[1000:1100]")]);
        assert!(requests == 2 && bytes <= (96 << 10) + 100 * COLUMNS * 8, "{requests} {bytes}");
        let (requests, bytes) = cost(&["tail", &format!("{base}/x.npy")]);
        assert!(requests == 2 && bytes <= (96 << 10) + 10 * COLUMNS * 8, "{requests} {bytes}");
        let (requests, _) = cost(&["list", &format!("{base}/z.npz")]);
        assert!(requests <= 2, "{requests}");
    }
}

#[test]
fn requests_that_fail_are_tried_again_or_reported() {
    let served = Served::new(300);
    let target = served.server.url("ranges/x.npy[7, :3]");
    let wanted = served.printed(&["show", &target]);
    served.server.fail("500,503,cut,short,reset");
    assert_eq!(served.printed(&["show", &target]), wanted);
    for (arguments, texts) in [
        (["info", &served.server.url("ranges/none.npy")], ["none.npy", "there is no such object"]),
        (["info", "ftp://x/y.npy"], ["ftp://x/y.npy", "no store is known for ftp://"]),
        (["info", "s3://bucket"], ["s3://bucket", "names no object"]),
        (["show", &served.server.url("ranges/x.npy:w")], ["x.npy:w", "no such object"]),
        (["verify", "s3://ranges/none.npz"], ["none.npz", ""]),
    ] {
        let output = served.run(&arguments);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(matches!(output.status.code(), Some(1 | 2)), "{arguments:?}: {text}");
        assert!(texts.iter().all(|part| text.contains(part)), "{arguments:?}: {text}");
    }
    served.server.fail("403");
    let (code, text) = served.failed(&["info", "s3://ranges/x.npy"]);
    assert!(code == Some(1) && text.contains("AccessDenied"), "{text}");
    // Another file under the same name, between the header and the elements.
    served.server.fail("ok,etag");
    let (code, text) = served.failed(&["show", &target]);
    assert!(code == Some(1) && text.contains("has changed since it was opened: its entity tag"), "{text}");
}

#[test]
fn convert_to_a_url_writes_the_array() {
    let served = Served::new(300);
    let Some(moto) = Server::moto() else { return };
    let run = |arguments: &[&str]| {
        let output = at_endpoint(&moto, arguments);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code(), text)
    };
    let bytes = vec![7_u8; 20 << 20];
    let array = numio::DynArray::from_bytes(numio::DType::UINT8, &[20, 1 << 20], &bytes).unwrap();
    let large = served.local("large.npy");
    numio::save(&large, &array).unwrap();
    // More than one part, and one.
    for (from, to) in [(&large, "s3://numio/large.npy"), (&served.local("x.npy"), "s3://numio/x.csv.gz")] {
        assert_eq!(run(&["convert", from, to]), (Some(0), String::new()));
        let (code, text) = run(&["convert", from, to]);
        assert!(code == Some(1) && text.contains(to) && text.contains("--force"), "{text}");
        assert_eq!(run(&["convert", "--force", from, to]), (Some(0), String::new()));
        let back = served.local("back.npy");
        assert_eq!(run(&["convert", "--force", to, &back]), (Some(0), String::new()));
        assert!(std::fs::read(&back).unwrap() == std::fs::read(from).unwrap(), "{to}");
    }
    let (code, text) = run(&["convert", &large, "s3://none/large.npy"]);
    assert!(code == Some(1) && text.contains("s3://none/large.npy"), "{text}");
    for arguments in [
        ["convert", "--append", &large, "s3://numio/new.npy"].as_slice(),
        &["convert", &large, "s3://numio/new.npz:w"],
        &["slice", &format!("{large}[0]"), "-o", "s3://numio/new.npz:w"],
        &["plot", &large, "-o", "s3://numio/new.png"],
        &["report", &large, "-o", "s3://numio/new.html"],
        &["split", "--parts", "2", &large, "s3://numio/new"],
        &["select", &served.local("z.npz"), "w", "-o", "s3://numio/new.npz"],
        &["repack", &served.local("z.npz"), "-o", "s3://numio/new.npz"],
        &["repack", "s3://numio/new.npz"],
        &["remove", "s3://numio/new.npz", "w"],
        &["rename", "s3://numio/new.npz", "w", "v"],
        &["add", "s3://numio/new.npz", &large],
        &["unpack", "-d", "s3://numio/new", &served.local("z.npz")],
    ] {
        let (code, text) = run(arguments);
        assert!(code == Some(2) && text.contains("s3://numio/new") | text.contains("--append"), "{text}");
    }
}

#[test]
fn parts_and_archives_are_written_to_stores() {
    let served = Served::new(300);
    let Some(moto) = Server::moto() else { return };
    let run = |arguments: &[&str]| {
        let output = at_endpoint(&moto, arguments);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!((output.status.code(), text), (Some(0), String::new()), "{arguments:?}");
    };
    let (local, back) = (served.local("x.npy"), served.local("back"));
    for (arguments, name) in [
        (["slice", &format!("{local}[5:9, ::2]")].as_slice(), "a.npy"),
        (&["cast", "--dtype", "f4", &local], "b.npy"),
        (&["cat", &local, &local], "c.npz"),
        (&["pack"], "d.npz"),
    ] {
        let (here, there) = (served.local(name), format!("s3://numio/{name}"));
        for to in [&here, &there] {
            match arguments {
                ["pack"] => run(&["pack", to, &local]),
                arguments => run(&[arguments, &["-o", to]].concat()),
            }
        }
        let data = at_endpoint(&moto, &["checksum", "--algorithm", "sha256", &there]);
        assert_eq!(
            data.status.code(),
            at_endpoint(&moto, &["checksum", "--algorithm", "sha256", &here]).status.code()
        );
        match name.ends_with(".npy") {
            true => run(&["convert", "--force", &there, &format!("{back}.npy")]),
            false => run(&["unpack", "--force", "-d", &back, &there]),
        }
        let found = |path: &str| std::fs::read(path).unwrap();
        match name {
            "c.npz" => {
                assert_eq!(found(&format!("{back}/x.npy")).len(), 2 * (found(&local).len() - 128) + 128)
            }
            "d.npz" => assert_eq!(found(&format!("{back}/x.npy")), found(&local)),
            _ => assert_eq!(found(&format!("{back}.npy")), found(&here)),
        }
    }
}

#[test]
fn commands_that_make_files_take_urls() {
    let served = Served::new(300);
    let base = served.server.url("ranges");
    let url = |name: &str| format!("{base}/{name}?sig=5ec3e7");
    let at = |name: &str| served.local(name);
    let same =
        |one: &str, two: &str| assert!(std::fs::read(at(one)).unwrap() == std::fs::read(at(two)).unwrap());
    for (number, (command, rest)) in [
        (&["slice"][..], "[5:9, ::2]"),
        (&["cast", "--dtype", "f4"], ""),
        (&["cat", "--axis", "1"], ""),
        (&["plot", "--size", "200x150"], ""),
        (&["plot", "--hist", "--size", "200x150", "--title", "t"], "[:, 3]"),
    ]
    .into_iter()
    .enumerate()
    {
        let suffix = if command[0] == "plot" { "png" } else { "npy" };
        let (found, wanted) = (format!("f{number}.{suffix}"), format!("w{number}.{suffix}"));
        let title: &[&str] = if number == 3 { &["--title", "t"] } else { &[] };
        for (from, to) in [(url("x.npy"), &found), (at("x.npy"), &wanted)] {
            served.printed(&[command, title, &[&format!("{from}{rest}"), "-o", &at(to)]].concat());
        }
        same(&found, &wanted);
    }
    served.printed(&["split", "--parts", "3", &url("x.npy"), &at("parts")]);
    assert!(std::path::Path::new(&at("parts/x_2.npy")).exists());
    served.printed(&["select", &url("z.npz"), "w", "-o", &at("s.npz")]);
    served.printed(&["pack", &at("p.npz"), &url("x.npy"), &format!("y={}", url("x.npy"))]);
    served.printed(&["add", &at("p.npz"), &format!("v={}", url("x.npy"))]);
    assert_eq!(
        served.printed(&["list", &at("p.npz")]).split_whitespace().collect::<Vec<_>>(),
        ["x", "y", "v"]
    );
    served.printed(&["unpack", &url("z.npz"), "-d", &at("u")]);
    same("u/w.npy", "x.npy");
    served.printed(&["convert", &url("z.npz"), &at("t.safetensors")]);
    let (code, text) = served.failed(&["view", &url("x.npy")]);
    assert!(code == Some(2) && text.contains("needs a terminal"), "{text}");
}

#[test]
fn signatures_of_urls_are_not_told() {
    let served = Served::new(300);
    let base = served.server.url("ranges");
    let (x, z) = (format!("{base}/x.npy?sig=5ec3e7"), format!("{base}/z.npz?sig=5ec3e7"));
    let none = format!("{base}/none.npy?sig=5ec3e7");
    let told = std::cell::RefCell::new(String::new());
    let run = |arguments: &[&str]| {
        let output = served.run(arguments);
        *told.borrow_mut() += &String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    };
    for verb in [
        "info", "show", "stats", "head", "tail", "verify", "audit", "tree", "checksum", "dis", "list", "plot",
    ] {
        for target in [&x, &z, &none, &format!("{z}:w"), &format!("{z}:none"), &format!("{x}[")] {
            run(&[verb, target]);
        }
        run(&[verb, &none, &x]);
    }
    for verb in ["info", "show", "verify"] {
        for fault in ["403", "reset", "etag"] {
            served.server.fail(&[fault; 12].join(","));
            run(&[verb, &x]);
        }
        served.server.fail("");
    }
    for json in ["info", "stats", "tree", "checksum", "audit", "verify", "list"] {
        run(&[json, "--json", &z]);
    }
    run(&["diff", &x, &none]);
    run(&["diff", &x, &format!("{z}:w")]);
    run(&["convert", &x, &z]);
    run(&["convert", &x, "https://127.0.0.1:1/y.npy?sig=5ec3e7"]);
    run(&["convert", &x, "https://127.0.0.1:1/y.npz:w?sig=5ec3e7"]);
    run(&["convert", &none, &served.local("n.npy")]);
    run(&["convert", "--to", "npy", "https://me:5ec3e7@127.0.0.1:1/y", "-"]);
    run(&["report", &x, &none, "-o", &served.local("r.html")]);
    *told.borrow_mut() += &std::fs::read_to_string(served.local("r.html")).unwrap_or_default();
    run(&["remove", &z, "w"]);
    run(&["cat", &x, &none, "-o", &served.local("n.npy")]);
    let told = told.into_inner();
    assert!(told.contains("?…") && told.len() > 2000);
    let line = told.lines().find(|line| line.contains("5ec3e7"));
    assert_eq!(line, None);
}

#[test]
fn keys_with_marks_of_queries_are_names_of_files() {
    let served = Served::new(3);
    std::fs::write(served.local("t.csv"), "1,2\n3,4\n").unwrap();
    for key in ["a?b.npy", "a#b.npy", "a%3Fb.npy", "a b+c.npy"] {
        let url = format!("s3://ranges/{key}");
        served.printed(&["convert", &served.local("t.csv"), &url]);
        assert!(std::fs::exists(served.local(key)).unwrap(), "{key}");
        assert_eq!(served.printed(&["show", &url]), "[[1. 2.]\n [3. 4.]]\n", "{key}");
    }
    // Too long for a file, which a name in a store may be; the server keeps files.
    let long = format!("s3://whole/{}.npy", "\u{1f600}".repeat(200));
    let (_, told) = served.failed(&["convert", &served.local("t.csv"), &long, "--force"]);
    assert!(told.contains("405"), "{told}");
    let (code, told) = served.failed(&["convert", &served.local("t.csv"), "s3://ranges/none"]);
    assert_eq!(
        (code, told.as_str()),
        (Some(2), "numio: s3://ranges/none: the name tells no format: add --to\n")
    );
}

#[cfg(target_os = "linux")]
#[test]
fn arrays_at_urls_are_converted_in_little_memory() {
    const ROWS: usize = 1 << 18;
    let served = Served::new(1);
    let file = std::fs::OpenOptions::new().append(true).open(served.local("x.npy")).unwrap();
    let header = numio::npy::Header::new(numio::DType::FLOAT64, vec![ROWS, COLUMNS], numio::Order::C);
    let head = header.unwrap().to_bytes();
    std::fs::write(served.local("x.npy"), &head).unwrap();
    file.set_len((head.len() + ROWS * COLUMNS * 8) as u64).unwrap();
    let x = numio::npy::NpyFile::open(served.local("x.npy")).unwrap();
    assert_eq!(x.header().shape(), [ROWS, COLUMNS]);
    let limit = 100 << 10;
    for to in ["y.npy", "y.npz"] {
        let url = served.server.url("ranges/x.npy");
        let (kb, code) = crate::command::peak(numio(["convert", "--force", &url, &served.local(to)]));
        assert!(kb < limit && code == Some(0), "{to}: {kb} kB of {} kB", ROWS * COLUMNS * 8 / 1024);
    }
    let made = numio::npy::NpyFile::open(served.local("y.npy")).unwrap();
    assert_eq!(made.header().shape(), [ROWS, COLUMNS]);
}
