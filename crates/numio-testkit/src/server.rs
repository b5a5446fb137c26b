//! Servers on this machine, which end with the test that starts them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::interpreter;

/// A server that a program of Python runs: see `server.py` and `moto.py`.
#[derive(Debug)]
pub struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// A web server of the files in a folder. To clients of S3 it has the buckets `ranges` and `whole`.
    ///
    /// # Panics
    /// If it does not start.
    pub fn of_folder(folder: &Path) -> Self {
        Self::start("server.py", &[folder]).unwrap_or_else(|text| panic!("{text:?}"))
    }

    /// moto's S3 server with an empty bucket `numio`; `None` where moto is not installed.
    pub fn moto() -> Option<Self> {
        match Self::start("moto.py", &[]) {
            Ok(server) => Some(server),
            Err(text) => {
                println!("skipped: {text}");
                None
            }
        }
    }

    fn start(script: &str, arguments: &[&Path]) -> Result<Self, String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(script);
        let mut command = Command::new(interpreter());
        command.arg("-B").arg(script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        match line.trim().parse() {
            Ok(port) => Ok(Self { child, port }),
            Err(_) => {
                let _ = child.wait();
                Err(line)
            }
        }
    }

    /// The URL of the server, without a path.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The URL of a path on it.
    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.endpoint())
    }

    /// The numbers of requests and of bytes that they were answered with since the last call.
    ///
    /// # Panics
    /// If the server is gone.
    pub fn count(&self) -> (usize, usize) {
        let answer = self.control("count");
        let (requests, bytes) = answer.split_once(' ').unwrap();
        (requests.parse().unwrap(), bytes.parse().unwrap())
    }

    /// Has the next requests fail, by names that `server.py` knows, with commas between them.
    ///
    /// # Panics
    /// If the server is gone.
    pub fn fail(&self, faults: &str) {
        self.control(&format!("faults/{faults}"));
    }

    fn control(&self, words: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let request = format!("GET /control/{words} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.rsplit("\r\n").next().unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
