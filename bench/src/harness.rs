//! Runs the candidates of a case in turn, and prints one line for each peer.

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
    /// for it on a virtual machine. The result is whether the wanted ratio was reached.
    pub fn run(mut self, rounds: usize) -> bool {
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
        let medians: Vec<Duration> = times.into_iter().map(median).collect();
        let ours = medians[0];
        let ratios: Vec<f64> =
            medians[1..].iter().map(|peer| peer.as_secs_f64() / ours.as_secs_f64()).collect();
        let mut good = true;
        for (peers_of, medians, ratios, wanted) in [
            (&peers[..rust], &medians[1..=rust], &ratios[..rust], Some(self.wanted)),
            (&peers[rust..], &medians[rust + 1..], &ratios[rust..], self.wanted_of_other),
        ] {
            let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
            good &= wanted.is_none_or(|wanted| least >= wanted);
            for ((peer, median), ratio) in peers_of.iter().zip(medians).zip(ratios) {
                let wanted = match wanted.filter(|_| *ratio == least) {
                    Some(wanted) => format!("  wanted {wanted:.1}{}", verdict(least >= wanted)),
                    None => String::new(),
                };
                let peer = format!("{} {}", peer.name, show(*median));
                println!("{:<26} {peer:>24} {:>11} {ratio:>7.2}{wanted}", self.name, show(ours));
            }
        }
        good
    }
}

/// Prints a figure that has a bound of its own rather than a peer.
pub fn bounded(name: &str, found: f64, bound: f64, unit: &str) -> bool {
    let within = found <= bound;
    let (found, most) = (format!("{found:.1} {unit}"), format!("at most {bound:.0} {unit}"));
    println!("{name:<26} {:>24} {found:>11} {:>7}  wanted {most}{}", "-", "-", verdict(within));
    within
}

/// The middle of an odd number of times.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn verdict(good: bool) -> &'static str {
    if good { "" } else { "  MISSED" }
}

fn show(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        0.1.. => format!("{:.0} ms", seconds * 1e3),
        0.001.. => format!("{:.1} ms", seconds * 1e3),
        _ => format!("{:.1} us", seconds * 1e6),
    }
}
