//! Objects as `std::io`'s readers and writers.

use std::io::{self, Read, Write};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use object_store::path::Path;
use object_store::{Error as StoreError, MultipartUpload, ObjectStore, PutMultipartOptions, PutOptions};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::object::error_of;
use super::runtime::{receive, runtime, wait};
use crate::error::redact_urls;
use crate::io::{ReadAt, ReadRange};
use crate::{Error, ErrorKind, Result};

/// The bytes of a part that is read or written by one request.
const PART: usize = 8 << 20;

/// The parts that are read ahead, or are on their way to the store.
const PARTS: usize = 4;

/// The most parts that an upload may have in S3.
const MAX_PARTS: u64 = 10_000;

/// Reads an object from its start to its end: see [`StoreOptions::reader`](super::StoreOptions::reader).
///
/// At most 32 MiB of it are in memory.
pub struct StoreReader {
    source: Arc<dyn ReadAt>,
    len: u64,
    /// The offset of the next byte to fetch.
    next: u64,
    fetched: Vec<u8>,
    taken: usize,
}

impl StoreReader {
    pub(super) fn new(source: Arc<dyn ReadAt>, len: u64, head: Vec<u8>) -> Self {
        Self { source, len, next: head.len() as u64, fetched: head, taken: 0 }
    }

    /// The size of the object in bytes.
    pub fn size(&self) -> u64 {
        self.len
    }

    fn fetch(&mut self) -> io::Result<()> {
        let left = self.len.saturating_sub(self.next);
        let len = left.min((PART * PARTS) as u64) as usize;
        self.taken = 0;
        self.fetched.clear();
        crate::error::reserve(&mut self.fetched, len)?;
        self.fetched.resize(len, 0);
        let offsets = (self.next..).step_by(PART);
        let parts = self.fetched.chunks_mut(PART).zip(offsets);
        let mut parts: Vec<_> = parts.map(|(buf, offset)| ReadRange { offset, buf }).collect();
        if let Err(error) = self.source.read_ranges(&mut parts) {
            self.fetched.clear();
            return Err(error);
        }
        self.next += len as u64;
        Ok(())
    }
}

impl std::fmt::Debug for StoreReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreReader").field("size", &self.len).finish_non_exhaustive()
    }
}

impl Read for StoreReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.fetched.len() && self.next < self.len {
            self.fetch()?;
        }
        let mut rest = self.fetched.get(self.taken..).unwrap_or_default();
        let count = rest.read(buf)?;
        self.taken += count;
        Ok(count)
    }
}

/// Writes an object, which is there when [`finish`](Self::finish) has returned, and not at all where it is dropped before, or
/// fails: see [`StoreOptions::create`](super::StoreOptions::create).
///
/// Up to 8 MiB are sent as one request, more in parts, four of which are on their way at a time.
pub struct StoreWriter {
    store: Arc<dyn ObjectStore>,
    path: Path,
    location: String,
    buffer: Vec<u8>,
    /// The bytes of a part.
    part: usize,
    slots: Arc<Semaphore>,
    upload: Option<Upload>,
    /// Set after a write that failed: bytes that were taken are not in the object.
    failed: bool,
}

/// An upload in parts, which a task of the runtime does.
struct Upload {
    steps: UnboundedSender<UploadStep>,
    outcome: mpsc::Receiver<object_store::Result<()>>,
}

enum UploadStep {
    Part(Vec<u8>, OwnedSemaphorePermit),
    Finish,
}

impl StoreWriter {
    pub(super) fn new(store: Arc<dyn ObjectStore>, path: Path, location: &str) -> Self {
        let slots = Arc::new(Semaphore::new(PARTS));
        Self {
            store,
            path,
            location: location.to_owned(),
            buffer: Vec::new(),
            part: PART,
            slots,
            upload: None,
            failed: false,
        }
    }

    /// Tells how many bytes will come. Stores take no more than 10,000 parts, so that those of an object of more than 78 GiB
    /// must be larger. Only before the first byte.
    pub fn expect_bytes(&mut self, bytes: u64) -> &mut Self {
        let needed = usize::try_from(bytes.div_ceil(MAX_PARTS)).unwrap_or(usize::MAX);
        if self.upload.is_none() && self.buffer.is_empty() {
            self.part = needed.max(PART);
        }
        self
    }

    /// Sends what is left, and has the object appear under its name in place of what was there.
    ///
    /// # Errors
    /// `Io` for what the store says, and after a write that failed; `Unsupported` for web servers, which take no uploads in parts;
    /// `Cancelled`. Nothing has changed in the store then.
    pub fn finish(mut self) -> Result<()> {
        let done = self.complete();
        done.map_err(|error| error.with_path(&self.location))
    }

    fn complete(&mut self) -> Result<()> {
        self.check_sound()?;
        let rest = std::mem::take(&mut self.buffer);
        if self.upload.is_none() {
            let (store, path) = (Arc::clone(&self.store), self.path.clone());
            let sent = wait(async move { store.put_opts(&path, rest.into(), PutOptions::default()).await })?;
            return sent.map(drop).map_err(not_written);
        }
        if !rest.is_empty() {
            self.send(rest)?;
        }
        let Some(upload) = self.upload.take() else { return Ok(()) };
        // Where the task has ended, its outcome says why.
        let _ = upload.steps.send(UploadStep::Finish);
        match receive(&upload.outcome) {
            Ok(outcome) => outcome.map_err(not_written),
            Err(error) => {
                // The task must end before the program does.
                self.upload = Some(upload);
                Err(error)
            }
        }
    }

    fn check_sound(&self) -> Result<()> {
        match self.failed {
            true => {
                Err(Error::new(ErrorKind::Io, "an earlier write has failed, and the object is not whole"))
            }
            false => Ok(()),
        }
    }

    fn send(&mut self, part: Vec<u8>) -> Result<()> {
        if self.upload.is_none() {
            let (steps, next) = unbounded_channel();
            let (sender, outcome) = mpsc::channel();
            let (store, path) = (Arc::clone(&self.store), self.path.clone());
            runtime()?.spawn(async move {
                let _ = sender.send(upload(store, path, next).await);
            });
            self.upload = Some(Upload { steps, outcome });
        }
        let permit = wait(Arc::clone(&self.slots).acquire_owned())?.map_err(io::Error::other)?;
        let sent = self
            .upload
            .as_ref()
            .is_some_and(|upload| upload.steps.send(UploadStep::Part(part, permit)).is_ok());
        if sent {
            return Ok(());
        }
        let outcome = self.upload.take().map(|upload| receive(&upload.outcome)).transpose()?;
        match outcome {
            Some(Err(error)) => Err(not_written(error)),
            _ => Err(Error::new(ErrorKind::Io, "an upload ended before it was complete")),
        }
    }
}

impl std::fmt::Debug for StoreWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreWriter").field("location", &redact_urls(&self.location)).finish_non_exhaustive()
    }
}

impl Write for StoreWriter {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.check_sound().map_err(|error| error.with_path(&self.location))?;
        if self.buffer.len() == self.part {
            let part = std::mem::take(&mut self.buffer);
            let sent = self.send(part);
            self.failed = sent.is_err();
            sent.map_err(|error| error.with_path(&self.location))?;
        }
        let count = buf.len().min(self.part - self.buffer.len());
        crate::error::reserve(&mut self.buffer, count)?;
        self.buffer.extend_from_slice(buf.get(..count).unwrap_or_default());
        Ok(count)
    }

    /// Does nothing: parts are sent when they are full.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for StoreWriter {
    fn drop(&mut self) {
        /// The time that a store has to give up the parts.
        const PATIENCE: Duration = Duration::from_secs(10);
        if let Some(Upload { steps, outcome }) = self.upload.take() {
            drop(steps);
            let _ = outcome.recv_timeout(PATIENCE);
        }
    }
}

fn not_written(error: StoreError) -> Error {
    match error {
        StoreError::NotFound { .. } => {
            io::Error::new(io::ErrorKind::NotFound, "there is no such bucket").into()
        }
        error => error_of(error),
    }
}

/// Sends parts as they come, and gives them up where not all of them do.
async fn upload(
    store: Arc<dyn ObjectStore>,
    path: Path,
    mut steps: UnboundedReceiver<UploadStep>,
) -> object_store::Result<()> {
    let mut upload = store.put_multipart_opts(&path, PutMultipartOptions::default()).await?;
    let done = send_parts(&mut *upload, &mut steps).await;
    if done.is_err() {
        // The error that led here is the one to tell.
        let _ = upload.abort().await;
    }
    done
}

async fn send_parts(
    upload: &mut dyn MultipartUpload,
    steps: &mut UnboundedReceiver<UploadStep>,
) -> object_store::Result<()> {
    // Dropped, and so stopped, where a part fails.
    let mut parts = JoinSet::new();
    loop {
        match steps.recv().await {
            Some(UploadStep::Part(bytes, permit)) => {
                let part = upload.put_part(bytes.into());
                parts.spawn(async move {
                    let sent = part.await;
                    drop(permit);
                    sent
                });
                while let Some(sent) = parts.try_join_next() {
                    sent??;
                }
            }
            Some(UploadStep::Finish) => break,
            None => return Err(StoreError::Generic { store: "numio", source: "given up".into() }),
        }
    }
    while let Some(sent) = parts.join_next().await {
        sent??;
    }
    upload.complete().await.map(drop)
}
