//! Blocks compressed on all cores, in the order in which they were given.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use crc32fast::Hasher;
use libdeflater::Compressor;

use super::join::{choose, compress, compressor, sample};
use crate::source::cores;

/// Compressors are large, and one serves a level.
type Compressors = Vec<(i32, Compressor)>;

/// How hard to compress one member: as the caller says, or as a sample of the member says, once it has been tried.
pub(crate) struct Effort {
    sample: Vec<u8>,
    level: OnceLock<i32>,
}

impl Effort {
    pub(crate) fn fixed(level: i32) -> Self {
        Self { sample: Vec::new(), level: OnceLock::from(level) }
    }

    /// What suits `size` bytes that start with the block `first`.
    pub(crate) fn found_by(first: &[u8], size: u64) -> Self {
        Self { sample: sample(first, size).to_vec(), level: OnceLock::new() }
    }

    fn level(&self) -> i32 {
        *self.level.get_or_init(|| choose(&self.sample))
    }
}

/// A block to compress.
pub(crate) struct Job {
    pub(crate) data: Vec<u8>,
    /// Whether it ends its member.
    pub(crate) last: bool,
    pub(crate) effort: Arc<Effort>,
}

/// A compressed block.
pub(crate) struct Done {
    pub(crate) packed: Vec<u8>,
    /// Of the data.
    pub(crate) crc: Hasher,
}

impl Job {
    fn run(self, compressors: &mut Compressors) -> Done {
        let level = self.effort.level();
        let at = compressors.iter().position(|(found, _)| *found == level).unwrap_or_else(|| {
            compressors.push((level, compressor(level)));
            compressors.len() - 1
        });
        let mut crc = Hasher::new();
        crc.update(&self.data);
        let packed = match compressors.get_mut(at) {
            Some((_, compressor)) => compress(compressor, &self.data, self.last),
            None => Vec::new(),
        };
        Done { packed, crc }
    }
}

/// A block that is being compressed.
pub(crate) enum Promise {
    Kept(Box<Done>),
    Open(Receiver<Done>),
}

impl Promise {
    /// Waits for it. Nothing only where a thread died of a panic.
    pub(crate) fn wait(self) -> Option<Done> {
        match self {
            Self::Kept(done) => Some(*done),
            Self::Open(receiver) => receiver.recv().ok(),
        }
    }
}

/// So many bytes are compressed before it is worth starting threads.
const THREADS_FROM: usize = 256 << 10;

/// Threads that compress. They start when there is enough to do, and end with the pool.
#[derive(Default)]
pub(crate) struct Pool {
    given: usize,
    here: Compressors,
    threads: Option<Threads>,
}

/// A job, and who waits for it.
type Order = (Job, SyncSender<Done>);

struct Threads {
    jobs: Sender<Order>,
    handles: Vec<JoinHandle<()>>,
}

impl Pool {
    /// How many blocks it is of use to have under way at once.
    pub(crate) fn depth() -> usize {
        2 * cores() + 1
    }

    pub(crate) fn give(&mut self, job: Job) -> Promise {
        self.given = self.given.saturating_add(job.data.len());
        if self.threads.is_none() && self.given > THREADS_FROM && cores() > 1 {
            self.threads = Threads::start();
        }
        match &self.threads {
            None => Promise::Kept(Box::new(job.run(&mut self.here))),
            Some(threads) => {
                let (sender, receiver) = sync_channel(1);
                match threads.jobs.send((job, sender)) {
                    Ok(()) => Promise::Open(receiver),
                    Err(refused) => Promise::Kept(Box::new(refused.0.0.run(&mut self.here))),
                }
            }
        }
    }
}

impl Threads {
    /// Nothing where the system gives no threads.
    fn start() -> Option<Self> {
        let (jobs, queue) = channel::<Order>();
        let queue = Arc::new(Mutex::new(queue));
        let work = |queue: Arc<Mutex<Receiver<Order>>>| {
            let mut compressors = Compressors::new();
            loop {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok((job, reply)) = next else { return };
                // Whoever no longer waits for it has failed elsewhere.
                let _ = reply.send(job.run(&mut compressors));
            }
        };
        let spawn = |_| {
            let queue = Arc::clone(&queue);
            std::thread::Builder::new().name("numio-deflate".to_owned()).spawn(move || work(queue)).ok()
        };
        let handles: Vec<_> = (0..cores()).map_while(spawn).collect();
        (!handles.is_empty()).then_some(Self { jobs, handles })
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if let Some(Threads { jobs, handles }) = self.threads.take() {
            drop(jobs);
            for handle in handles {
                // A panic has been told by a promise that was not kept.
                let _ = handle.join();
            }
        }
    }
}
