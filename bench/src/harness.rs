//! Runs the candidates of a case in turn, and prints one line of JSON for each peer.

use std::time::{Duration, Instant};

/// One of the programs that do the case's job. It returns how long the job itself took, so that what it prepares and
/// what it throws away stays outside.
pub struct Candidate<'a> {
    pub name: &'static str,
    pub run: Box<dyn FnMut() -> Duration + 'a>,
}

/// A candidate that is timed from here: `run`'s result is dropped after the clock has stopped.
pub fn candidate<'a, R>(name: &'static str, mut run: impl FnMut() -> R + 'a) -> Candidate<'a> {
    let timed = move || {
        let start = Instant::now();
        let result = run();
        let took = start.elapsed();
        drop(result);
        took
    };
    Candidate { name, run: Box::new(timed) }
}

/// A job, its peers, and the least ratio to the best of the Rust peers that is wanted, and that to the others.
pub struct Case<'a> {
    pub name: &'a str,
    pub ours: Candidate<'a>,
    pub rust: Vec<Candidate<'a>>,
    pub other: Vec<Candidate<'a>>,
    pub wanted: f64,
    /// The least ratio to the others that is wanted, if one is.
    pub wanted_of_other: Option<f64>,
}

impl Case<'_> {
    /// Runs everyone once unmeasured and then `rounds` times in turn, so that whatever else the machine does falls on
    /// all alike; prints medians. Each round starts with another one, for the first to touch memory that was idle pays
    /// for it on a virtual machine.
    pub fn run(mut self, rounds: usize) {
        let rust = self.rust.len();
        let mut peers: Vec<Candidate> = self.rust.into_iter().chain(self.other).collect();
        let mut times = vec![Vec::with_capacity(rounds); peers.len() + 1];
        for round in 0..=rounds {
            let all = std::iter::once(&mut self.ours).chain(&mut peers);
            let mut all: Vec<_> = times.iter_mut().zip(all).collect();
            let first = round % all.len();
            all.rotate_left(first);
            for (times, candidate) in all {
                let took = (candidate.run)();
                if round > 0 {
                    times.push(took);
                }
            }
        }
        let mut medians = times.into_iter().map(|times| median(times).as_secs_f64());
        let ours = medians.next().expect("ours is always timed");
        let medians: Vec<f64> = medians.collect();
        for (peers, medians, goal) in [
            (&peers[..rust], &medians[..rust], Some(self.wanted)),
            (&peers[rust..], &medians[rust..], self.wanted_of_other),
        ] {
            let fastest = medians.iter().copied().fold(f64::INFINITY, f64::min);
            for (peer, &median) in peers.iter().zip(medians) {
                // The goal is a ratio to the fastest of its kind.
                row(self.name, (peer.name, median), ours, "s", goal.filter(|_| median == fastest));
            }
        }
    }
}

/// Prints a figure that has a bound rather than a peer. Its ratio is that of the bound to the figure.
pub fn bounded(name: &str, found: f64, bound: f64, unit: &str) {
    row(name, ("bound", bound), found, unit, Some(1.0));
}

/// Prints one line of JSON: what the peer took, what numio took, and how many times as much the peer did.
pub fn row(case: &str, (peer, peer_value): (&str, f64), value: f64, unit: &str, goal: Option<f64>) {
    let ratio = peer_value / value.max(1e-9);
    let goal = goal.map_or("null".to_owned(), |goal| goal.to_string());
    println!(
        "{{\"case\": {case:?}, \"peer\": {peer:?}, \"unit\": {unit:?}, \"peer_value\": {peer_value}, \"value\": {value}, \
         \"ratio\": {ratio}, \"goal\": {goal}}}"
    );
}

/// The middle of an odd number of times.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
