//! One object of a store, read by ranges.
//!
//! `object_store` repeats requests that the server refuses for now (500, 503, 429) or whose connection breaks before the answer;
//! here those are repeated whose answer breaks off or is too short. Each answer says which object it is from.

use std::future::poll_fn;
use std::io;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use object_store::client::HttpError;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::runtime::{receive, runtime};
use crate::error::redact_urls;
use crate::io::{ReadAt, ReadRange};
use crate::lazy::FileStamp;
use crate::{Error, ErrorKind, Result};

/// An object, and how often a request for it is made again.
pub(super) struct Object {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) path: Path,
    pub(super) retries: usize,
}

/// The answer to a request.
pub(super) struct Answer {
    pub(super) start: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) stamp: FileStamp,
}

/// The reason for which there is no answer.
pub(super) enum Failure {
    /// The store's error.
    Store(object_store::Error),
    /// The answer broke off.
    Broken {
        error: object_store::Error,
        /// The client has tried again already, as it does for objects with an entity tag.
        is_retried: bool,
    },
    /// The answer has another length than it should have.
    Length { wanted: u64, found: u64 },
    /// Something that is not tried again.
    Final(Error),
}

impl Failure {
    /// Returns whether the store does not answer requests for ranges, or not for this kind of range.
    pub(super) fn is_for_range(&self) -> bool {
        match self {
            Self::Store(object_store::Error::NotSupported { .. }) => true,
            // A store other than HTTP's, whose server answers with the whole object; and answers that do not say of what range.
            _ => self.says(&[
                "non-partial response",
                "content-range header not present",
                "failed to parse value for content_range header",
            ]),
        }
    }

    /// Returns whether the object ends before the range that was asked for begins.
    pub(super) fn is_past_end(&self) -> bool {
        self.says(&["status code: 416", "wanted range starting at"])
    }

    /// Returns whether a request for the last bytes is refused as one that the server does not know, which may have other ranges.
    pub(super) fn is_for_last_bytes(&self) -> bool {
        self.is_for_range() || self.is_past_end() || self.says(&["status code: 400", "status code: 501"])
    }

    fn says(&self, texts: &[&str]) -> bool {
        let Self::Store(object_store::Error::Generic { source, .. }) = self else { return false };
        // No error of the client has a status or a kind that could be asked for.
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&**source);
        while let Some(error) = cause {
            let found = error.to_string().to_ascii_lowercase();
            if texts.iter().any(|text| found.contains(text)) {
                return true;
            }
            cause = error.source();
        }
        false
    }

    fn retries(&self, most: usize) -> usize {
        match self {
            Self::Store(_) | Self::Final(_) => 0,
            // Once more, to see whether it is another object by now.
            Self::Broken { is_retried: true, .. } => most.min(1),
            Self::Broken { .. } | Self::Length { .. } => most,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Store(error) | Failure::Broken { error, .. } => error_of(error),
            Failure::Length { wanted, found } => {
                let text = format!("a request for {wanted} bytes was answered with {found}");
                io::Error::other(text).into()
            }
            Failure::Final(error) => error,
        }
    }
}

impl Object {
    /// Requests a range, or the whole, and again where that may help. An object of more than `limit` bytes is not asked for
    /// whole, and one that is not `known` is not read.
    pub(super) async fn fetch(
        &self,
        range: Option<GetRange>,
        known: Option<&FileStamp>,
        limit: u64,
    ) -> std::result::Result<Answer, Failure> {
        let mut attempts = 0;
        loop {
            let failure = match self.once(range.as_ref(), known, limit).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if attempts >= failure.retries(self.retries) {
                return Err(failure);
            }
            attempts += 1;
            tokio::time::sleep(Duration::from_millis(50 << attempts.min(6))).await;
        }
    }

    async fn once(
        &self,
        range: Option<&GetRange>,
        known: Option<&FileStamp>,
        limit: u64,
    ) -> std::result::Result<Answer, Failure> {
        let options = GetOptions { range: range.cloned(), ..GetOptions::default() };
        let found = self.store.get_opts(&self.path, options).await.map_err(Failure::Store)?;
        let stamp = stamp_of(&found.meta);
        if let Some(known) = known {
            known.check(&stamp).map_err(Failure::Final)?;
        }
        let (start, wanted) = (found.range.start, found.range.end.saturating_sub(found.range.start));
        if range.is_none() && wanted > limit {
            return Err(Failure::Final(too_large(wanted, limit)));
        }
        let is_retried = stamp.etag.is_some();
        let mut bytes = Vec::new();
        let len = usize::try_from(wanted).unwrap_or(usize::MAX);
        crate::error::reserve(&mut bytes, len).map_err(Failure::Final)?;
        let mut stream = found.into_stream();
        while let Some(part) = poll_fn(|context| stream.as_mut().poll_next(context)).await {
            let part = part.map_err(|error| match &error {
                object_store::Error::Generic { source, .. } if source.is::<HttpError>() => {
                    Failure::Broken { error, is_retried }
                }
                _ => Failure::Store(error),
            })?;
            if part.len() > len - bytes.len() {
                return Err(Failure::Length { wanted, found: (bytes.len() + part.len()) as u64 });
            }
            bytes.extend_from_slice(&part);
        }
        if bytes.len() != len {
            return Err(Failure::Length { wanted, found: bytes.len() as u64 });
        }
        Ok(Answer { start, bytes, stamp })
    }
}

pub(super) fn too_large(len: u64, limit: u64) -> Error {
    let text = format!("the object has {len} bytes, and the limit is {limit}");
    Error::new(ErrorKind::LimitExceeded, text)
}

fn stamp_of(meta: &ObjectMeta) -> FileStamp {
    // A server that does not say when seems to say 1970.
    let modified = meta.last_modified.timestamp_nanos_opt().filter(|&time| time != 0);
    FileStamp::new(meta.size, modified.map(i128::from), meta.e_tag.clone())
}

/// The library's error for one of a store.
pub(super) fn error_of(error: object_store::Error) -> Error {
    use std::error::Error as _;

    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(found) = cause {
        let more = found.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = found.source();
    }
    // The client names the URL that it asked for.
    let text = redact_urls(&text).into_owned();
    let kind = match &error {
        object_store::Error::NotFound { .. } => {
            // As the system words it for files.
            return io::Error::new(io::ErrorKind::NotFound, "there is no such object").into();
        }
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
            io::ErrorKind::PermissionDenied
        }
        object_store::Error::Precondition { .. } => return Error::new(ErrorKind::StaleFile, text),
        object_store::Error::NotImplemented { .. } | object_store::Error::NotSupported { .. } => {
            return Error::new(ErrorKind::Unsupported, text);
        }
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, text).into()
}

/// An object whose identity is known, as a source of ranges that are requested side by side.
pub(super) struct StoreSource {
    pub(super) object: Arc<Object>,
    pub(super) stamp: FileStamp,
    pub(super) concurrency: usize,
}

/// An answer to the request of this number. The permit comes back when it has been copied, so that a caller that is slower
/// than the network does not fill the memory.
struct Delivery {
    number: usize,
    answer: std::result::Result<Answer, Failure>,
    _permit: Option<OwnedSemaphorePermit>,
}

/// Requests all ranges, each of which is answered through `deliver`. Ends early where nobody listens any more.
async fn request_all(
    object: Arc<Object>,
    stamp: FileStamp,
    ranges: Vec<(usize, std::ops::Range<u64>)>,
    concurrency: usize,
    deliver: mpsc::Sender<Delivery>,
) {
    let slots = Arc::new(Semaphore::new(concurrency));
    // Dropped, and so stopped, with this task.
    let mut under_way = JoinSet::new();
    for (number, range) in ranges {
        let permit = Arc::clone(&slots).acquire_owned().await.ok();
        let (object, stamp, deliver) = (Arc::clone(&object), stamp.clone(), deliver.clone());
        under_way.spawn(async move {
            let answer = object.fetch(Some(GetRange::Bounded(range)), Some(&stamp), u64::MAX).await;
            deliver.send(Delivery { number, answer, _permit: permit }).is_ok()
        });
        while let Some(sent) = under_way.try_join_next() {
            if !sent.unwrap_or(false) {
                return;
            }
        }
    }
    while under_way.join_next().await.is_some() {}
}

impl ReadAt for StoreSource {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_ranges(&mut [ReadRange { offset, buf }])
    }

    fn read_ranges(&self, ranges: &mut [ReadRange<'_>]) -> io::Result<()> {
        let mut requests = Vec::with_capacity(ranges.len());
        for (number, range) in ranges.iter().enumerate() {
            let end = range.offset.checked_add(range.buf.len() as u64);
            let end = end.filter(|&end| end <= self.stamp.size).ok_or(io::ErrorKind::UnexpectedEof)?;
            if !range.buf.is_empty() {
                requests.push((number, range.offset..end));
            }
        }
        let mut missing = requests.len();
        let (sender, receiver) = mpsc::channel();
        let all =
            request_all(Arc::clone(&self.object), self.stamp.clone(), requests, self.concurrency, sender);
        let task = runtime()?.spawn(all);
        let mut copy = || -> Result<()> {
            while missing > 0 {
                let delivery = receive(&receiver)?;
                let answer = match delivery.answer {
                    Err(failure) if failure.is_past_end() => {
                        let now = "is smaller by now: open it again";
                        let text =
                            format!("the object had {} bytes when it was opened and {now}", self.stamp.size);
                        return Err(Error::new(ErrorKind::StaleFile, text));
                    }
                    answer => answer?,
                };
                if let Some(range) = ranges.get_mut(delivery.number) {
                    if answer.start != range.offset || answer.bytes.len() != range.buf.len() {
                        let (wanted, found) = (range.buf.len() as u64, answer.bytes.len() as u64);
                        return Err(Failure::Length { wanted, found }.into());
                    }
                    range.buf.copy_from_slice(&answer.bytes);
                }
                missing -= 1;
            }
            Ok(())
        };
        let copied = copy();
        task.abort();
        Ok(copied?)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.stamp.size)
    }
}

/// An object that has been read whole.
pub(super) struct Downloaded(pub(super) Vec<u8>);

impl ReadAt for Downloaded {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.as_slice().read_exact_at(buf, offset)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }
}
