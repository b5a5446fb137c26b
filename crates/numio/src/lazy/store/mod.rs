//! Objects in stores and files on web servers, by the crate `object_store` (feature `object-store`).

mod object;
mod runtime;
mod stream;

use std::borrow::Cow;
use std::io::Read;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::client::ClientConfigKey;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, GetOptions, GetRange, ObjectStore, RetryConfig};
use percent_encoding::percent_decode_str;
use reqwest::header::{AUTHORIZATION, HeaderValue};

use crate::io::ReadAt;
use crate::lazy::{
    FileStamp, IndexItem, LazyArray, LazyContents, LazyHandle, LazyOptions, REMOTE_HEAD, is_url,
};
use crate::{DynArray, Error, ErrorKind, Result, SliceItem};

use object::{Answer, Downloaded, Failure, Object, StoreSource, error_of};
use runtime::{in_background, wait};
pub use stream::{StoreReader, StoreWriter};

/// The options for object stores and web servers.
///
/// A URL says where an object is:
///
/// | URL | store |
/// |---|---|
/// | `s3://bucket/key`, `s3a://` | Amazon S3, and what speaks its protocol |
/// | `gs://bucket/key` | Google Cloud Storage |
/// | `az://container/key`, `azure://`, `adl://`, `abfs://`, `abfss://` | Azure Blob Storage |
/// | `http://host/path`, `https://` | a web server, with the query of a signed URL |
/// | `file:///path` | a file of this system |
///
/// Any other store, one in memory for example, is passed to [`open_in`](Self::open_in).
///
/// Credentials, regions and endpoints are taken from the environment, by the names that `object_store` knows:
/// `AWS_ACCESS_KEY_ID`, `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_SKIP_SIGNATURE` (for public buckets),
/// `GOOGLE_SERVICE_ACCOUNT`, `AZURE_STORAGE_ACCOUNT_NAME` and the like, or from [`config`](Self::config). An endpoint with
/// `http://` is asked over plain HTTP.
///
/// Requests that the server refuses for now, connections that break and answers that are too short are tried again. Every answer
/// is checked to be from the object that was opened: another entity tag, size or time of modification is
/// [`StaleFile`](ErrorKind::StaleFile).
///
/// Calls that block may come from any thread, those of an executor included: requests run on threads of their own, of which there
/// are none before the first request. Where the program has not chosen a provider of cryptography for `rustls`, `ring` becomes it.
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
///
/// With a store that is there already:
///
/// ```
/// use std::sync::Arc;
///
/// use numio::lazy::object_store::{ObjectStore, memory::InMemory, path::Path};
/// use numio::lazy::{LazyContents, StoreOptions};
///
/// let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
/// let (options, path) = (StoreOptions::new(), Path::from("x.npy"));
/// let mut writer = options.create_in(Arc::clone(&store), path.clone(), "memory:///x.npy");
/// numio::to_writer(&mut writer, &[1.5, 2.5, 3.5])?;
/// writer.finish()?;
///
/// let LazyContents::Array(x) = options.open_in(store, path, "memory:///x.npy")? else { unreachable!() };
/// let last = x.slice(&"1:".parse::<numio::Slice>()?)?;
/// assert_eq!(last.to_array::<f64, ndarray::Ix1>()?.to_vec(), [2.5, 3.5]);
/// # Ok::<(), numio::Error>(())
/// ```
#[derive(Clone)]
pub struct StoreOptions {
    lazy: LazyOptions,
    config: Vec<(String, String)>,
    retries: usize,
    timeout: Duration,
    concurrency: usize,
    download: bool,
}

/// Of settings, among which are keys, without their values.
impl std::fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { lazy, config, retries, timeout, concurrency, download } = self;
        let config: Vec<&str> = config.iter().map(|(key, _)| key.as_str()).collect();
        f.debug_struct("StoreOptions")
            .field("lazy", lazy)
            .field("config", &config)
            .field("retries", retries)
            .field("timeout", timeout)
            .field("concurrency", concurrency)
            .field("download", download)
            .finish()
    }
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            lazy: LazyOptions::new(),
            config: Vec::new(),
            retries: 5,
            timeout: Duration::from_secs(30),
            concurrency: 32,
            download: false,
        }
    }
}

/// An object that has been found, with its first or last bytes, each with their offset.
struct FoundObject {
    source: Arc<dyn ReadAt>,
    stamp: FileStamp,
    known: Vec<(u64, Vec<u8>)>,
}

impl StoreOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The options for the arrays. Default: those of [`LazyOptions::new`].
    pub fn lazy(&mut self, options: LazyOptions) -> &mut Self {
        self.lazy = options;
        self
    }

    /// A setting of the store, which goes before the environment's: `aws_endpoint`, `azure_storage_account_name`,
    /// `google_service_account`, `proxy_url` and all others that `object_store` documents for the store of the URL.
    ///
    /// ```
    /// let mut options = numio::lazy::StoreOptions::new();
    /// options.config("aws_region", "eu-central-1").config("aws_skip_signature", "true");
    /// ```
    pub fn config(&mut self, key: impl Into<String>, value: impl Into<String>) -> &mut Self {
        self.config.push((key.into(), value.into()));
        self
    }

    /// The number of times that a request is made again after an error that may pass. Default: 5.
    pub fn retries(&mut self, retries: usize) -> &mut Self {
        self.retries = retries;
        self
    }

    /// The time for which a server may be silent before a request counts as broken. Default: 30 seconds.
    pub fn timeout(&mut self, timeout: Duration) -> &mut Self {
        self.timeout = timeout;
        self
    }

    /// The most requests under way at once for one array. Default: 32.
    pub fn concurrency(&mut self, requests: usize) -> &mut Self {
        self.concurrency = requests.max(1);
        self
    }

    /// Reads the whole file into memory where a server does not answer requests for ranges, up to
    /// [`Limits::max_array_bytes`](crate::Limits::max_array_bytes). Default: no, that is an error.
    pub fn download(&mut self, download: bool) -> &mut Self {
        self.download = download;
        self
    }

    /// Opens the array or the archive at a URL: one request, or two for an archive.
    ///
    /// # Errors
    /// `InvalidInput` for a URL that is none of the [known ones](Self), and for a setting that its store does not have; `Io`
    /// for what the store says; `Unsupported` where a server does not answer requests for ranges; as [`LazyOptions::open`].
    pub fn open(&self, url: &str) -> Result<LazyContents> {
        if let Some(path) = local(url) {
            return self.lazy.open(path);
        }
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

    /// Opens the object at `path` of a store that is there already. Errors and handles call it by `location`.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_in(&self, store: Arc<dyn ObjectStore>, path: Path, location: &str) -> Result<LazyContents> {
        let found = self.find(store, path, true).map_err(|error| error.with_path(location))?;
        self.lazy.open_source(found.source, location, found.stamp, found.known)
    }

    /// As [`open_in`](Self::open_in), to be awaited on any executor.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_in_async(
        &self,
        store: Arc<dyn ObjectStore>,
        path: Path,
        location: &str,
    ) -> Result<LazyContents> {
        let (options, location) = (self.clone(), location.to_owned());
        in_background(move || options.open_in(store, path, &location)).await
    }

    /// Opens the array of a handle again, whose location is a URL.
    ///
    /// # Errors
    /// `StaleFile` where the object is another by now; as [`open`](Self::open).
    pub fn reopen(&self, handle: &LazyHandle) -> Result<LazyArray> {
        handle.array_of(self.open(&handle.location.to_string_lossy())?)
    }

    /// Reads what is at a URL, whatever it is, from its start to its end. It is an error where it changes meanwhile.
    ///
    /// ```no_run
    /// use numio::lazy::StoreOptions;
    ///
    /// let reader = StoreOptions::new().reader("https://example.org/table.csv")?;
    /// let x = numio::text::LoadTxt::new().delimiter(',').read(reader)?;
    /// # Ok::<(), numio::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`open`](Self::open); `InvalidInput` for `file://`.
    pub fn reader(&self, url: &str) -> Result<StoreReader> {
        let open = || {
            let (store, path) = self.store(url)?;
            let FoundObject { source, stamp, known } = self.find(store, path, false)?;
            let head = known.into_iter().next().map(|(_, head)| head).unwrap_or_default();
            Ok(StoreReader::new(source, stamp.size, head))
        };
        open().map_err(|error: Error| error.with_path(url))
    }

    /// Reads all that is at a URL, by ranges side by side.
    ///
    /// # Errors
    /// As [`reader`](Self::reader); `LimitExceeded` for more than
    /// [`Limits::max_array_bytes`](crate::Limits::max_array_bytes).
    pub fn read(&self, url: &str) -> Result<Vec<u8>> {
        let mut reader = self.reader(url)?;
        let mut read = || -> Result<Vec<u8>> {
            let (len, limit) = (reader.size(), self.lazy.limits.max_array_bytes);
            if len > limit {
                return Err(object::too_large(len, limit));
            }
            let mut bytes = Vec::new();
            crate::error::reserve(&mut bytes, usize::try_from(len).unwrap_or(usize::MAX))?;
            reader.read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map_err(|error| error.with_path(url))
    }

    /// Returns whether there is an object at a URL.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn exists(&self, url: &str) -> Result<bool> {
        let ask = || {
            let (store, path) = self.store(url)?;
            let options = GetOptions { head: true, ..GetOptions::default() };
            match wait(async move { store.get_opts(&path, options).await })? {
                Ok(_) => Ok(true),
                Err(object_store::Error::NotFound { .. }) => Ok(false),
                Err(error) => Err(error_of(error)),
            }
        };
        ask().map_err(|error: Error| error.with_path(url))
    }

    /// Writes the object at a URL, which appears whole or not at all.
    ///
    /// ```no_run
    /// use numio::lazy::StoreOptions;
    ///
    /// let mut writer = StoreOptions::new().create("s3://bucket/x.npy")?;
    /// numio::to_writer(&mut writer, &ndarray::Array2::<f64>::zeros((1000, 1000)))?;
    /// writer.finish()?;
    /// # Ok::<(), numio::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` as [`open`](Self::open), and for `file://`. The others are the writer's.
    pub fn create(&self, url: &str) -> Result<StoreWriter> {
        let (store, path) = self.store(url).map_err(|error| error.with_path(url))?;
        Ok(self.create_in(store, path, url))
    }

    /// As [`create`](Self::create), in a store that is there already. Errors call the object by `location`.
    pub fn create_in(&self, store: Arc<dyn ObjectStore>, path: Path, location: &str) -> StoreWriter {
        StoreWriter::new(store, path, location)
    }

    /// Finds the object, by a request for its first bytes. Of an archive the last ones are asked for, where it is to be opened:
    /// its directory is there.
    fn find(&self, store: Arc<dyn ObjectStore>, path: Path, is_opened: bool) -> Result<FoundObject> {
        let limit = self.lazy.limits.max_array_bytes;
        let is_archive = path.as_ref().ends_with(".npz") || path.as_ref().ends_with(".zip");
        let object = Arc::new(Object { store, path, retries: self.retries });
        let ask = |range: Option<GetRange>| {
            let object = Arc::clone(&object);
            wait(async move { object.fetch(range, None, limit).await })
        };
        let head = GetRange::Bounded(0..REMOTE_HEAD as u64);
        let mut found = match is_archive && is_opened {
            true => ask(Some(GetRange::Suffix(REMOTE_HEAD as u64)))?,
            false => ask(Some(head.clone()))?,
        };
        // Azure has no requests for the last bytes, and nor have some web servers. An empty object has none, either.
        if is_archive && is_opened && found.as_ref().is_err_and(Failure::is_for_last_bytes) {
            found = ask(Some(head))?;
        }
        let mut is_whole = found.as_ref().is_err_and(Failure::is_for_range);
        if !is_whole && found.as_ref().is_err_and(Failure::is_past_end) {
            found = ask(None)?;
            // An empty object has no first byte, and some servers say so of all.
            is_whole = found.as_ref().is_ok_and(|answer| !answer.bytes.is_empty());
        }
        if is_whole && !self.download {
            let text = "the server does not answer requests for ranges: the file must be read whole \
                        (StoreOptions::download)";
            return Err(Error::new(ErrorKind::Unsupported, text));
        }
        if is_whole {
            let Answer { bytes, stamp, .. } = match found {
                Ok(answer) => answer,
                Err(_) => ask(None)??,
            };
            return Ok(FoundObject { source: Arc::new(Downloaded(bytes)), stamp, known: Vec::new() });
        }
        let Answer { start, bytes, stamp } = found?;
        let source = StoreSource { object, stamp: stamp.clone(), concurrency: self.concurrency };
        Ok(FoundObject { source: Arc::new(source), stamp, known: vec![(start, bytes)] })
    }

    /// The store of a URL, and the path in it.
    fn store(&self, url: &str) -> Result<(Arc<dyn ObjectStore>, Path)> {
        let wrong = |text: String| Error::new(ErrorKind::InvalidInput, text);
        if !is_url(url) {
            return Err(wrong("not a URL".to_owned()));
        }
        // Without a provider of cryptography there is no HTTPS; one that the program has chosen stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let (host, key) = rest.split_once('/').unwrap_or((rest, ""));
        let retry = RetryConfig {
            backoff: BackoffConfig { init_backoff: Duration::from_millis(100), ..BackoffConfig::default() },
            max_retries: self.retries,
            retry_timeout: self.timeout.saturating_mul(self.retries as u32 + 1),
        };
        macro_rules! bucket {
            ($builder:ty, $prefix:literal) => {{
                let client = self.client(Some($prefix));
                let builder =
                    <$builder>::from_env().with_url(url).with_retry(retry).with_client_options(client);
                let set = |builder: $builder, (key, value): (_, &String)| builder.with_config(key, value);
                let built = self.parsed()?.into_iter().fold(builder, set).build();
                built.map(|store| Arc::new(store) as Arc<dyn ObjectStore>)
            }};
        }
        let (store, path) = match scheme {
            "s3" | "s3a" => (bucket!(AmazonS3Builder, "AWS_"), Path::parse(key)),
            "gs" => (bucket!(GoogleCloudStorageBuilder, "GOOGLE_"), Path::parse(key)),
            "az" | "adl" | "azure" | "abfs" | "abfss" => {
                (bucket!(MicrosoftAzureBuilder, "AZURE_"), Path::parse(key))
            }
            "http" | "https" => {
                let (path, query) = key.split_once('?').unwrap_or((key, ""));
                let base =
                    if query.is_empty() { Cow::Borrowed("") } else { Cow::Owned(format!("/?{query}")) };
                let set = |client: ClientOptions, (key, value): (ClientConfigKey, &String)| {
                    client.with_config(key, value)
                };
                // The client drops a login.
                let (login, host) =
                    host.rsplit_once('@').map_or((None, host), |(login, host)| (Some(login), host));
                let mut client = self.client(None).with_allow_http(scheme == "http");
                if let Some(login) = login {
                    let named = [(AUTHORIZATION, basic(login)?)];
                    client = client.with_default_headers(named.into_iter().collect());
                }
                let client = self.parsed()?.into_iter().fold(client, set);
                let builder = HttpBuilder::new().with_url(format!("{scheme}://{host}{base}"));
                let built = builder.with_retry(retry).with_client_options(client).build();
                (built.map(|store| Arc::new(store) as Arc<dyn ObjectStore>), Path::from_url_path(path))
            }
            "file" => return Err(wrong("a file of this system: name it by its path".to_owned())),
            _ => {
                let known = "s3, gs, az, http, https and file are";
                return Err(wrong(format!("no store is known for {scheme}://: {known}")));
            }
        };
        let store = store.map_err(|error| wrong(error.to_string()))?;
        let path = path.map_err(|error| wrong(error.to_string()))?;
        if path.as_ref().is_empty() {
            return Err(wrong(
                "the URL names no object: a path must follow the host or the bucket".to_owned(),
            ));
        }
        Ok((store, path))
    }

    /// The client's options, with those of the environment whose names begin with `prefix`.
    fn client(&self, prefix: Option<&str>) -> ClientOptions {
        let client = ClientOptions::new().with_timeout_disabled().with_read_timeout(self.timeout);
        let Some(prefix) = prefix else { return client };
        std::env::vars_os().fold(client, |client, (name, value)| {
            let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { return client };
            let Some(key) = name.strip_prefix(prefix) else { return client };
            if (key.contains("ENDPOINT") || key.contains("BASE_URL")) && value.starts_with("http://") {
                return client.with_allow_http(true);
            }
            match key.to_ascii_lowercase().parse::<ClientConfigKey>() {
                Ok(key) => client.with_config(key, value),
                Err(_) => client,
            }
        })
    }

    /// The settings, with their keys as those of a store.
    fn parsed<K: FromStr<Err = object_store::Error>>(&self) -> Result<Vec<(K, &String)>> {
        let mut parsed = Vec::with_capacity(self.config.len());
        for (key, value) in &self.config {
            let found = key.to_ascii_lowercase().parse();
            let unknown =
                |_| Error::new(ErrorKind::InvalidInput, format!("the store has no setting {key:?}"));
            let found = found.map_err(unknown)?;
            parsed.push((found, value));
        }
        Ok(parsed)
    }
}

/// The header of a login in a URL, `user:password` with escapes (RFC 7617).
fn basic(login: &str) -> Result<HeaderValue> {
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let plain: Vec<u8> =
        percent_decode_str(user).chain(std::iter::once(b':')).chain(percent_decode_str(password)).collect();
    let text = format!("Basic {}", BASE64.encode(plain));
    let mut value = HeaderValue::from_str(&text).map_err(std::io::Error::other)?;
    value.set_sensitive(true);
    Ok(value)
}

/// The path of a `file://` URL.
fn local(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("file://")?;
    let path = rest.strip_prefix("localhost").unwrap_or(rest).strip_prefix('/')?;
    let path = Path::from_url_path(path).ok()?;
    Some(if cfg!(windows) { PathBuf::from(path.as_ref()) } else { PathBuf::from(format!("/{path}")) })
}

impl LazyArray {
    /// As [`read`](Self::read), to be awaited on any executor. Where the future is dropped, reading stops.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn read_async(&self) -> Result<DynArray> {
        let array = self.clone();
        in_background(move || array.read()).await
    }

    /// As [`slice`](Self::slice), to be awaited on any executor. Where the future is dropped, reading stops.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn slice_async(&self, items: &[SliceItem]) -> Result<DynArray> {
        let (array, items) = (self.clone(), items.to_vec());
        in_background(move || array.slice(&items)).await
    }

    /// As [`get`](Self::get), to be awaited on any executor. Where the future is dropped, reading stops.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn get_async(&self, items: Vec<IndexItem>) -> Result<DynArray> {
        let array = self.clone();
        in_background(move || array.get(&items)).await
    }
}
