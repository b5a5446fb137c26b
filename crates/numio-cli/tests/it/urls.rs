//! Files at URLs, on a server that runs here.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::command::numio;
use crate::numpy;

/// A server, which ends with the test.
struct Server {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Server {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/urls.py");
        let mut command = Command::new(numpy::interpreter());
        command.arg("-B").arg(script).arg(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { port: line.trim().parse().unwrap(), child, folder }
    }

    fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}", self.port)
    }

    /// The number of requests since the last call.
    fn count(&self) -> usize {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(b"GET /count HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.rsplit("\r\n").next().unwrap().parse().unwrap()
    }

    /// A run of the command that finds the server as S3 too.
    fn run(&self, arguments: &[&str]) -> Output {
        let endpoint = format!("http://127.0.0.1:{}", self.port);
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

    fn printed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && complaint.is_empty(), "{arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// An array of 4 MB, and an archive of it.
fn server() -> Server {
    let server = Server::new();
    let array = ndarray_of(2000, 256);
    numio::save(server.folder.path().join("x.npy"), &array).unwrap();
    numio::savez_compressed(server.folder.path().join("z.npz"), [("w", &array)]).unwrap();
    server
}

fn ndarray_of(rows: usize, columns: usize) -> numio::DynArray {
    let bytes: Vec<u8> = (0..rows * columns).flat_map(|at| ((at * 7) as f64).to_ne_bytes()).collect();
    numio::DynArray::from_bytes(numio::DType::FLOAT64, &[rows, columns], &bytes).unwrap()
}

#[test]
fn commands_take_urls() {
    let server = server();
    let local = |name: &str| server.folder.path().join(name).to_str().unwrap().to_owned();
    for base in [server.url("ranges"), "s3://ranges".to_owned(), server.url("whole")] {
        let url = |name: &str| format!("{base}/{name}");
        let slice = "[1500, :10]";
        server.count();
        let shown = server.printed(&["show", &(url("x.npy") + slice)]);
        assert_eq!(shown, server.printed(&["show", &(local("x.npy") + slice)]), "{base}");
        if !base.contains("whole") {
            assert_eq!(server.count(), 2, "{base}");
        }
        let member = ":w[1500, ::100]";
        let shown = server.printed(&["show", &(url("z.npz") + member)]);
        assert_eq!(shown, server.printed(&["show", &(local("z.npz") + member)]), "{base}");
        server.count();
        for name in ["x.npy", "z.npz"] {
            let found = server.printed(&["info", "--json", &url(name)]);
            let wanted = server.printed(&["info", "--json", &local(name)]);
            assert_eq!(found, wanted.replace(&local(name), &url(name)), "{base}");
            let found = server.printed(&["verify", &url(name)]);
            let wanted = server.printed(&["verify", &local(name)]);
            assert_eq!(found, wanted.replace(&local(name), &url(name)), "{base}");
        }
        let (found, wanted) = (local("found.csv"), local("wanted.csv"));
        server.printed(&["convert", "--force", &url("x.npy"), &found]);
        server.printed(&["convert", "--force", &local("x.npy"), &wanted]);
        assert_eq!(std::fs::read(found).unwrap(), std::fs::read(wanted).unwrap(), "{base}");
    }
}

#[test]
fn errors_that_pass_are_tried_again_and_others_are_told() {
    let server = server();
    let wanted = server.printed(&["show", &server.url("ranges/x.npy[7, :3]")]);
    assert_eq!(server.printed(&["show", &server.url("faults/x.npy[7, :3]")]), wanted);
    let output = server.run(&["info", &server.url("ranges/none.npy")]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && text.contains("none.npy") && text.contains("no such"),
        "{text}"
    );
    let output = server.run(&["info", "ftp://x/y.npy"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("no store is known for ftp://"), "{text}");
}
