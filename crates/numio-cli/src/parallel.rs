//! The threads that the command starts itself; those that read and write arrays are the library's.

use std::io;
use std::thread::Builder;

/// Runs `work` on a thread of this name, which nobody waits for.
///
/// # Errors
/// Those of the operating system where it has no thread left.
pub fn in_background(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

/// The most threads that share one job.
pub const MOST_THREADS: usize = 8;

/// Does `count` jobs on up to `most` threads, this one among them, and joins what each has made. A thread does jobs that follow
/// one another, and begins with `start()`.
///
/// # Errors
/// The first of `work`.
pub fn reduce<A: Send, E: Send>(
    most: usize,
    count: usize,
    start: impl Fn() -> A + Sync,
    work: impl Fn(&mut A, usize) -> Result<(), E> + Sync,
    join: impl Fn(&mut A, A),
) -> Result<A, E> {
    let threads = numio::num_threads().min(MOST_THREADS).min(most).clamp(1, count.max(1));
    let share = |thread: usize| -> Result<A, E> {
        let mut result = start();
        for job in scaled(thread, count, threads)..scaled(thread + 1, count, threads) {
            work(&mut result, job)?;
        }
        Ok(result)
    };
    std::thread::scope(|scope| {
        let share = &share;
        let mut others = Vec::new();
        for thread in 1..threads {
            others.push((thread, Builder::new().spawn_scoped(scope, move || share(thread))));
        }
        let mut whole = share(0)?;
        for (thread, started) in others {
            let part = match started {
                Ok(handle) => handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                // Where there are no more threads, this one does it.
                Err(_) => share(thread),
            };
            join(&mut whole, part?);
        }
        Ok(whole)
    })
}

/// `index * to / from`, rounded down: the first of `to` jobs that part `index` of `from` even parts has, and the pixel of `to` that
/// element `index` of `from` is drawn at.
pub fn scaled(index: usize, to: usize, from: usize) -> usize {
    (index as u128 * to as u128 / (from as u128).max(1)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reduce_any_number_of_threads_does_each_job_once() {
        for (most, count) in [(1, 0), (1, 5), (3, 2), (8, 1000), (0, 7)] {
            let add = |seen: &mut Vec<usize>, job| {
                seen.push(job);
                Ok::<_, io::Error>(())
            };
            let mut seen: Vec<usize> =
                reduce(most, count, Vec::new, add, |all, more| all.extend(more)).unwrap();
            seen.sort_unstable();
            assert_eq!(seen, (0..count).collect::<Vec<_>>(), "{most} {count}");
        }
    }
}
