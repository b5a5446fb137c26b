//! NumPy as a peer: one child process that does one job a line and answers with the seconds it took.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

pub struct Python {
    child: Child,
    jobs: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// The Python named by `NUMIO_PYTHON`, or the one that `make venv` makes. Without either there is no such peer.
    pub fn start() -> Option<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let given = std::env::var_os("NUMIO_PYTHON").map(PathBuf::from);
        let python = given.unwrap_or_else(|| here.join("../.venv/bin/python"));
        let script = here.join("src/peer.py");
        let mut child = Command::new(&python)
            .arg("-B")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .inspect_err(|error| eprintln!("no NumPy to compare with: {}: {error}", python.display()))
            .ok()?;
        let (jobs, answers) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        Some(Self { child, jobs, answers })
    }

    /// Does one job of `peer.py` and gives the time it took there.
    pub fn run(&mut self, job: &str, paths: &[&Path]) -> Duration {
        let mut line = job.to_owned();
        for path in paths {
            line.push('\t');
            line.push_str(path.to_str().expect("a path in UTF-8"));
        }
        writeln!(self.jobs, "{line}").expect("a job for NumPy");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("an answer from NumPy");
        Duration::from_secs_f64(answer.trim().parse().unwrap_or_else(|_| panic!("NumPy failed at {job}")))
    }
}

impl Python {
    /// Whether a job is done, rather than ending the process.
    pub fn can(&mut self, job: &str, argument: &str) -> bool {
        let mut answer = String::new();
        writeln!(self.jobs, "{job}\t{argument}").is_ok()
            && self.answers.read_line(&mut answer).is_ok_and(|len| len > 0)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
