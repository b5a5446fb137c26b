//! Objects in stores, by the crate `object_store` (feature `object-store`).
//!
//! Requests run on threads of this module's own, so that calls may come from anywhere, an executor's threads included. Each
//! answer says which object it is from: another entity tag, size or time of modification than the first one's is
//! [`StaleFile`](crate::ErrorKind::StaleFile).

use std::io;
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, GetOptions, GetRange, ObjectStore, RetryConfig};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use crate::io::{ReadAt, ReadRange};
use crate::lazy::{FileStamp, LazyContents, LazyOptions, REMOTE_HEAD};
use crate::{Error, ErrorKind, Result};

/// The options for reading from object stores and web servers.
///
/// Credentials, regions and endpoints come from the environment, by the names that `object_store` knows:
/// `AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, `GOOGLE_SERVICE_ACCOUNT`, `AZURE_STORAGE_ACCOUNT_NAME` and the like. Web servers
/// are asked over plain HTTP where the URL says so.
///
/// ```no_run
/// use std::time::Duration;
///
/// use numio::lazy::{LazyContents, StoreOptions};
///
/// let mut options = StoreOptions::new();
/// options.retries(3).timeout(Duration::from_secs(10)).concurrency(64);
/// if let LazyContents::Array(x) = options.open("s3://bucket/x.npy")? {
///     println!("{:?}", x.slice(&"5, :10".parse::<numio::Slice>()?)?);
/// }
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct StoreOptions {
    lazy: LazyOptions,
    retries: usize,
    timeout: Duration,
    concurrency: usize,
}

impl Default for StoreOptions {
    fn default() -> Self {
        let timeout = Duration::from_secs(30);
        Self { lazy: LazyOptions::new(), retries: 5, timeout, concurrency: 32 }
    }
}

impl StoreOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The options for the arrays.
    pub fn lazy(&mut self, options: LazyOptions) -> &mut Self {
        self.lazy = options;
        self
    }

    /// The number of times that a request is made again after an error that may pass. Default: 5.
    pub fn retries(&mut self, retries: usize) -> &mut Self {
        self.retries = retries;
        self
    }

    /// The time that one request may take. Default: 30 seconds.
    pub fn timeout(&mut self, timeout: Duration) -> &mut Self {
        self.timeout = timeout;
        self
    }

    /// The most requests under way at once for one array. Default: 32.
    pub fn concurrency(&mut self, requests: usize) -> &mut Self {
        self.concurrency = requests.max(1);
        self
    }

    /// Opens the array or the archive at a URL: `s3://`, `gs://`, `az://`, `http://`, `https://` and the other forms that
    /// `object_store` knows of these.
    ///
    /// # Errors
    /// `InvalidInput` for a URL that is none of those; `Io` for what the store says; `Unsupported` where a server does not
    /// answer requests for ranges; as [`LazyOptions::open`].
    pub fn open(&self, url: &str) -> Result<LazyContents> {
        let (store, path) = self.store(url).map_err(|error| error.with_path(url))?;
        self.open_in(store, path, url)
    }

    /// As [`open`](Self::open), to be awaited on any executor.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_async(&self, url: &str) -> Result<LazyContents> {
        let (options, url) = (self.clone(), url.to_owned());
        in_background(move || options.open(&url)).await
    }

    /// Opens the object at `path` of a store that the caller has built. Errors and handles call it by `url`.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_in(&self, store: Arc<dyn ObjectStore>, path: Path, url: &str) -> Result<LazyContents> {
        let from_end = url.ends_with(".npz") || url.ends_with(".zip");
        let (source, known) = self.source(store, path, from_end).map_err(|error| error.with_path(url))?;
        let stamp = source.stamp.clone();
        self.lazy.open_source(Arc::new(source), url, stamp, known)
    }

    /// Reads all of the object at a URL, by ranges side by side where the server answers requests for them.
    ///
    /// # Errors
    /// `Io`; `StaleFile`; `LimitExceeded` for more than [`Limits::max_array_bytes`](crate::Limits::max_array_bytes).
    pub fn read(&self, url: &str) -> Result<Vec<u8>> {
        let read = || {
            let (store, path) = self.store(url)?;
            let (source, known) = match self.source(Arc::clone(&store), path.clone(), false) {
                Err(error) if error.kind() == ErrorKind::Unsupported => {
                    return whole(store, path, self.retries);
                }
                found => found?,
            };
            let len = source.stamp.size;
            let limit = self.lazy.limits.max_array_bytes;
            if len > limit {
                let text = format!("the object has {len} bytes, and the limit is {limit}");
                return Err(Error::new(ErrorKind::LimitExceeded, text));
            }
            let mut bytes = crate::error::zeros(usize::try_from(len).unwrap_or(usize::MAX))?;
            let head = known.into_iter().next().map(|(_, head)| head).unwrap_or_default();
            let (first, rest) = bytes.split_at_mut(head.len().min(bytes.len()));
            first.copy_from_slice(head.get(..first.len()).unwrap_or_default());
            let most = self.lazy.access(true).most;
            let offsets = (first.len() as u64..).step_by(most);
            let ranges = rest.chunks_mut(most).zip(offsets).map(|(buf, offset)| ReadRange { offset, buf });
            source.read_ranges(&mut ranges.collect::<Vec<_>>())?;
            Ok(bytes)
        };
        read().map_err(|error: Error| error.with_path(url))
    }

    /// The source for an object, and its first bytes, or the last ones.
    fn source(
        &self,
        store: Arc<dyn ObjectStore>,
        path: Path,
        from_end: bool,
    ) -> Result<(StoreSource, Vec<(u64, Vec<u8>)>)> {
        let range = match from_end {
            true => GetRange::Suffix(REMOTE_HEAD as u64),
            false => GetRange::Bounded(0..REMOTE_HEAD as u64),
        };
        let mut source = StoreSource {
            store,
            path,
            stamp: FileStamp::new(0, None, None),
            retries: self.retries,
            concurrency: self.concurrency,
        };
        let found = match on_runtime(fetch(source.request(range)))? {
            // Some stores have no requests for the last bytes.
            Err(object_store::Error::NotSupported { .. }) if from_end => {
                on_runtime(fetch(source.request(GetRange::Bounded(0..REMOTE_HEAD as u64))))?
            }
            found => found,
        };
        let Answer { bytes, start, stamp } = found.map_err(error_of)?;
        let wanted = stamp.size.min(REMOTE_HEAD as u64);
        if bytes.len() as u64 != wanted {
            return Err(short(wanted, bytes.len()).into());
        }
        source.stamp = stamp;
        Ok((source, vec![(start, bytes.to_vec())]))
    }

    /// The store of a URL, and the path in it.
    fn store(&self, url: &str) -> Result<(Arc<dyn ObjectStore>, Path)> {
        // Without a provider of cryptography there is no HTTPS; where a program has chosen one, that stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let wrong = |text: String| Error::new(ErrorKind::InvalidInput, text);
        let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("not a URL".to_owned()))?;
        let retry = RetryConfig {
            backoff: BackoffConfig { init_backoff: Duration::from_millis(100), ..BackoffConfig::default() },
            max_retries: self.retries,
            retry_timeout: self.timeout.saturating_mul(self.retries as u32 + 1),
        };
        let is_plain = |name: &str| std::env::var(name).is_ok_and(|value| value.starts_with("http://"));
        let names =
            ["AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AZURE_ENDPOINT", "GOOGLE_BASE_URL"];
        let client = ClientOptions::new()
            .with_timeout(self.timeout)
            .with_allow_http(scheme == "http" || names.into_iter().any(is_plain));
        let (host, key) = rest.split_once('/').unwrap_or((rest, ""));
        let store: object_store::Result<Arc<dyn ObjectStore>> = match scheme {
            "s3" | "s3a" => AmazonS3Builder::from_env()
                .with_url(url)
                .with_retry(retry)
                .with_client_options(client)
                .build()
                .map(|store| Arc::new(store) as _),
            "gs" => GoogleCloudStorageBuilder::from_env()
                .with_url(url)
                .with_retry(retry)
                .with_client_options(client)
                .build()
                .map(|store| Arc::new(store) as _),
            "az" | "adl" | "azure" | "abfs" | "abfss" => MicrosoftAzureBuilder::from_env()
                .with_url(url)
                .with_retry(retry)
                .with_client_options(client)
                .build()
                .map(|store| Arc::new(store) as _),
            "http" | "https" => HttpBuilder::new()
                .with_url(format!("{scheme}://{host}"))
                .with_retry(retry)
                .with_client_options(client)
                .build()
                .map(|store| Arc::new(store) as _),
            _ => {
                return Err(wrong(format!(
                    "no store is known for {scheme}://: s3, gs, az, http and https are"
                )));
            }
        };
        let store = store.map_err(|error| wrong(error.to_string()))?;
        let path = match scheme {
            "http" | "https" => Path::from_url_path(key),
            _ => Path::parse(key),
        };
        Ok((store, path.map_err(|error| wrong(error.to_string()))?))
    }
}

impl crate::LazyArray {
    /// As [`get`](Self::get), to be awaited on any executor.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn get_async(&self, items: Vec<crate::lazy::IndexItem>) -> Result<crate::DynArray> {
        let array = self.clone();
        in_background(move || array.get(&items)).await
    }

    /// As [`read`](Self::read), to be awaited on any executor.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn read_async(&self) -> Result<crate::DynArray> {
        let array = self.clone();
        in_background(move || array.read()).await
    }
}

/// The threads on which requests run.
///
/// # Errors
/// `Io` where the system gives no threads.
fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(found) = RUNTIME.get() {
        return Ok(found);
    }
    let built =
        Builder::new_multi_thread().worker_threads(2).thread_name("numio-store").enable_all().build()?;
    Ok(RUNTIME.get_or_init(|| built))
}

/// Runs `work`, which waits, on a thread for that.
async fn in_background<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = runtime()?.spawn_blocking(work).await;
    done.map_err(|error| Error::from(io::Error::other(error)))?
}

/// Waits for a future of this module's runtime, from whatever thread.
fn on_runtime<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Result<T> {
    /// The time after which it is seen that the call has been cancelled.
    const LOOK_EVERY: Duration = Duration::from_millis(20);
    let (sender, receiver) = mpsc::sync_channel(1);
    let task = runtime()?.spawn(async move {
        // Nobody waits any more where the call was cancelled.
        let _ = sender.send(future.await);
    });
    loop {
        match receiver.recv_timeout(LOOK_EVERY) {
            Ok(found) => return Ok(found),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                if let Err(error) = crate::parallel::check_now() {
                    task.abort();
                    return Err(error.into());
                }
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(io::Error::other("a request ended without an answer").into());
            }
        }
    }
}

/// One object, read by ranges.
struct StoreSource {
    store: Arc<dyn ObjectStore>,
    path: Path,
    stamp: FileStamp,
    retries: usize,
    concurrency: usize,
}

/// A range to be asked for.
struct Request {
    store: Arc<dyn ObjectStore>,
    path: Path,
    range: GetRange,
    retries: usize,
}

/// The answer to a request.
struct Answer {
    bytes: bytes::Bytes,
    start: u64,
    stamp: FileStamp,
}

impl StoreSource {
    fn request(&self, range: GetRange) -> Request {
        Request { store: Arc::clone(&self.store), path: self.path.clone(), range, retries: self.retries }
    }
}

/// Asks for a range, and again where the connection breaks off in the middle of the answer, or it is short.
async fn fetch(request: Request) -> object_store::Result<Answer> {
    let Request { store, path, range, retries } = request;
    let mut attempt = 0;
    loop {
        let found = once(&*store, &path, &range).await;
        let is_final = match &found {
            Ok(_) => true,
            Err(object_store::Error::Generic { source, .. }) => !is_transient(&**source),
            Err(_) => true,
        };
        if is_final || attempt >= retries {
            return found;
        }
        attempt += 1;
        tokio::time::sleep(Duration::from_millis(50 << attempt.min(6))).await;
    }
}

/// Returns whether an answer that failed may come when it is asked for again. The client has tried errors of the server again itself.
fn is_transient(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(found) = cause {
        let text = found.to_string();
        if ["body", "connection", "reset", "short answer", "incomplete"]
            .iter()
            .any(|word| text.contains(word))
        {
            return true;
        }
        cause = found.source();
    }
    false
}

async fn once(store: &dyn ObjectStore, path: &Path, range: &GetRange) -> object_store::Result<Answer> {
    let options = GetOptions { range: Some(range.clone()), ..GetOptions::default() };
    let found = store.get_opts(path, options).await?;
    let modified = found.meta.last_modified.timestamp_nanos_opt().map(i128::from);
    let stamp = FileStamp::new(found.meta.size, modified, found.meta.e_tag.clone());
    let (start, wanted) = (found.range.start, found.range.end.saturating_sub(found.range.start));
    let bytes = found.bytes().await?;
    if bytes.len() as u64 != wanted {
        let text = format!("a short answer: {} bytes of {wanted}", bytes.len());
        return Err(object_store::Error::Generic { store: "numio", source: text.into() });
    }
    Ok(Answer { bytes, start, stamp })
}

/// All of an object, by one request.
fn whole(store: Arc<dyn ObjectStore>, path: Path, retries: usize) -> Result<Vec<u8>> {
    let get = async move {
        let mut attempt = 0;
        loop {
            let found = async { store.get_opts(&path, GetOptions::default()).await?.bytes().await }.await;
            if found.is_ok() || attempt >= retries {
                return found;
            }
            attempt += 1;
        }
    };
    Ok(on_runtime(get)?.map_err(error_of)?.to_vec())
}

fn short(wanted: u64, found: usize) -> io::Error {
    io::Error::other(format!("a request for {wanted} bytes was answered with {found}"))
}

/// The library's error for one of a store.
fn error_of(error: object_store::Error) -> Error {
    use std::error::Error as _;

    match &error {
        object_store::Error::NotFound { .. } => {
            let text = "there is no such object";
            #[cfg(unix)]
            const ENOENT: i32 = 2;
            #[cfg(unix)]
            return Error::from(io::Error::from_raw_os_error(ENOENT)).with_context(text);
            #[cfg(not(unix))]
            Error::from(io::Error::new(io::ErrorKind::NotFound, text))
        }
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
            io::Error::new(io::ErrorKind::PermissionDenied, error.to_string()).into()
        }
        object_store::Error::Precondition { .. } => Error::new(ErrorKind::StaleFile, error.to_string()),
        object_store::Error::Generic { source, .. }
            if source.to_string().contains("non-partial")
                || source.to_string().contains("not partial")
                || source.to_string().contains("artial") =>
        {
            let text = "the server does not answer requests for ranges of the file: read it whole";
            Error::new(ErrorKind::Unsupported, text)
        }
        _ => {
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(found) = cause {
                let more = found.to_string();
                if !text.contains(&more) {
                    text = format!("{text}: {more}");
                }
                cause = found.source();
            }
            io::Error::other(text).into()
        }
    }
}

impl ReadAt for StoreSource {
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_ranges(&mut [ReadRange { offset, buf }])
    }

    fn read_ranges(&self, ranges: &mut [ReadRange<'_>]) -> io::Result<()> {
        let mut requests = Vec::with_capacity(ranges.len());
        for range in ranges.iter() {
            let end = range.offset.checked_add(range.buf.len() as u64);
            let end = end.filter(|&end| end <= self.stamp.size).ok_or(io::ErrorKind::UnexpectedEof)?;
            requests
                .push((!range.buf.is_empty()).then(|| self.request(GetRange::Bounded(range.offset..end))));
        }
        let limit = Arc::new(Semaphore::new(self.concurrency));
        let found = on_runtime(async move {
            let tasks = requests.into_iter().map(|request| {
                let limit = Arc::clone(&limit);
                request.map(|request| {
                    tokio::spawn(async move {
                        // The semaphore is never closed.
                        let _permit = limit.acquire_owned().await;
                        fetch(request).await
                    })
                })
            });
            let mut found = Vec::new();
            for task in tasks.collect::<Vec<_>>() {
                found.push(match task {
                    Some(task) => Some(task.await),
                    None => None,
                });
            }
            found
        })?;
        for (range, found) in ranges.iter_mut().zip(found) {
            let Some(found) = found else { continue };
            let answer = found.map_err(io::Error::other)?.map_err(error_of)?;
            self.stamp.check(&answer.stamp)?;
            if answer.start != range.offset || answer.bytes.len() != range.buf.len() {
                return Err(short(range.buf.len() as u64, answer.bytes.len()));
            }
            range.buf.copy_from_slice(&answer.bytes);
        }
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.stamp.size)
    }
}
