//! Arrays in object stores and on web servers: what they cost, and what becomes of faults.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use numio::lazy::object_store::ObjectStore;
use numio::lazy::object_store::memory::InMemory;
use numio::lazy::object_store::path::Path;
use numio::lazy::{IndexItem, LazyArchive, LazyContents, LazyOptions, StoreOptions, StoreWriter};
use numio::{CancelToken, DynArray, Error, ErrorKind, LazyArray, Slice};
use numio_testkit::server::Server;

const ROWS: usize = 2000;
const COLUMNS: usize = 256;
/// The bytes of a row.
const ROW: usize = COLUMNS * 8;
/// The bytes that opening may take.
const HEAD: usize = 96 << 10;

fn array(seed: usize) -> DynArray {
    let bytes: Vec<u8> = (0..ROWS * COLUMNS).flat_map(|at| ((at * 7 + seed) as f64).to_ne_bytes()).collect();
    DynArray::from_bytes(numio::DType::FLOAT64, &[ROWS, COLUMNS], &bytes).unwrap()
}

/// A server of a folder with an array as a file, stored in an archive, and deflated in blocks.
fn served() -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    numio::save(at("x.npy"), &array(0)).unwrap();
    numio::savez(at("stored.npz"), [("w", &array(0))]).unwrap();
    numio::savez_compressed(at("deflated.npz"), [("w", &array(0))]).unwrap();
    (Server::of_folder(folder.path()), folder)
}

/// Options for a server that stands in for all stores.
fn options(server: &Server) -> StoreOptions {
    let mut options = StoreOptions::new();
    options.retries(3).timeout(Duration::from_secs(5));
    options.config("endpoint", server.endpoint());
    options
}

fn s3(server: &Server) -> StoreOptions {
    let mut options = options(server);
    options.config("region", "us-east-1").config("access_key_id", "k").config("secret_access_key", "s");
    options.config("allow_http", "true");
    options
}

fn http() -> StoreOptions {
    let mut options = StoreOptions::new();
    options.retries(3).timeout(Duration::from_secs(5));
    options
}

fn array_of(contents: LazyContents) -> LazyArray {
    match contents {
        LazyContents::Array(array) => array,
        _ => panic!("an archive"),
    }
}

fn archive_of(contents: LazyContents) -> LazyArchive {
    match contents {
        LazyContents::Archive(archive) => archive,
        _ => panic!("an array"),
    }
}

fn slice(text: &str) -> Slice {
    text.parse().unwrap()
}

#[track_caller]
fn assert_same(found: &DynArray, wanted: &DynArray) {
    assert_eq!((found.shape(), found.dtype()), (wanted.shape(), wanted.dtype()));
    assert!(found.to_bytes() == wanted.to_bytes());
}

#[test]
fn slices_of_every_store_cost_as_many_bytes_as_they_have() {
    let (server, _folder) = served();
    let mut gcs = http();
    gcs.config("google_base_url", server.endpoint()).config("google_skip_signature", "true");
    gcs.config("allow_http", "true");
    let mut azure = http();
    azure.config("azure_storage_endpoint", server.endpoint()).config("azure_skip_signature", "true");
    azure.config("azure_storage_account_name", "a").config("allow_http", "true");
    for (options, base) in [
        (http(), server.url("ranges")),
        (s3(&server), "s3://ranges".to_owned()),
        (gcs, "gs://ranges".to_owned()),
        (azure, "az://ranges".to_owned()),
    ] {
        server.count();
        let x = array_of(options.open(&format!("{base}/x.npy")).unwrap());
        let (requests, bytes) = server.count();
        assert!(requests == 1 && bytes <= HEAD, "{base}: {requests} requests, {bytes} bytes");
        assert_eq!((x.shape(), x.dtype()), (&[ROWS, COLUMNS][..], &numio::DType::FLOAT64));
        let wanted = array(0);

        assert_same(&x.slice(&slice("1000:1100")).unwrap(), &wanted.slice(&slice("1000:1100")).unwrap());
        assert_eq!(server.count(), (1, 100 * ROW), "{base}");
        // Rows that are near each other come by one request.
        let picked = x.get(&[IndexItem::from(vec![1500, 3, -1, 1500])]).unwrap();
        let (requests, bytes) = server.count();
        assert!(requests <= 3 && bytes < ROWS * ROW, "{base}: {requests} requests, {bytes} bytes");
        for (row, from) in [1500, 3, -1, 1500].into_iter().enumerate() {
            let one = |array: &DynArray, row: isize| array.slice(&slice(&row.to_string())).unwrap();
            assert_same(&one(&picked, row as isize), &one(&wanted, from));
        }
        assert_same(&x.read().unwrap(), &wanted);
        server.count();

        for name in ["stored.npz", "deflated.npz"] {
            let archive = archive_of(options.open(&format!("{base}/{name}")).unwrap());
            assert_eq!(archive.names().collect::<Vec<_>>(), ["w"]);
            let (requests, bytes) = server.count();
            assert!(requests <= 2 && bytes <= 2 * HEAD, "{base}: {requests} requests, {bytes} bytes");
            let w = archive.array("w").unwrap();
            let (requests, _) = server.count();
            assert!(requests <= 1, "{base}: {requests} requests for a member's header");
            let found = w.slice(&slice("1000:1100")).unwrap();
            assert_same(&found, &wanted.slice(&slice("1000:1100")).unwrap());
            let (requests, bytes) = server.count();
            assert!(requests == 1 && bytes < ROWS * ROW / 2, "{base}: {requests} requests, {bytes} bytes");
            assert_same(&w.read().unwrap(), &wanted);
            server.count();
        }
        let error = options.open(&format!("{base}/none.npy")).unwrap_err();
        assert!(
            error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound),
            "{error}"
        );
        assert!(error.to_string().starts_with(&base), "{error}");
        assert!(!options.exists(&format!("{base}/none.npy")).unwrap());
        assert!(options.exists(&format!("{base}/x.npy")).unwrap());
    }
}

#[test]
fn faults_that_pass_are_tried_again() {
    let (server, _folder) = served();
    let wanted = array(0).slice(&slice("10:20")).unwrap();
    for (options, url) in
        [(http(), server.url("ranges/x.npy")), (s3(&server), "s3://ranges/x.npy".to_owned())]
    {
        for fault in ["500", "503", "429", "cut", "short", "reset", "500,cut", "short,503"] {
            server.fail(fault);
            let x = array_of(options.open(&url).unwrap_or_else(|error| panic!("{fault}: {error}")));
            server.fail(fault);
            let found = x.slice(&slice("10:20")).unwrap_or_else(|error| panic!("{fault}: {error}"));
            assert_same(&found, &wanted);
        }
    }
}

#[test]
fn faults_that_last_are_errors_and_never_data() {
    let (server, folder) = served();
    let mut options = http();
    options.retries(1);
    let url = server.url("ranges/x.npy");
    let x = array_of(options.open(&url).unwrap());
    let start = Instant::now();
    for (fault, kind, text) in [
        ("500", ErrorKind::Io, "InternalError"),
        ("503", ErrorKind::Io, "SlowDown"),
        ("403", ErrorKind::Io, "AccessDenied"),
        ("cut", ErrorKind::Io, ""),
        ("short", ErrorKind::Io, "was answered with"),
        ("other", ErrorKind::Io, "Requested"),
        ("etag", ErrorKind::StaleFile, "its entity tag"),
    ] {
        server.fail(&[fault; 8].join(","));
        let error = x.slice(&slice("10:20")).unwrap_err();
        assert!(error.kind() == kind && error.to_string().contains(text), "{fault}: {error}");
        assert!(error.to_string().starts_with(&url), "{fault}: {error}");
        server.fail(&[fault; 8].join(","));
        assert_eq!(options.open(&url).is_ok(), fault == "etag", "{fault}");
    }
    assert!(start.elapsed() < Duration::from_secs(30));
    server.fail("");

    // Another file under the same name: of the same size, a smaller one, and none.
    numio::save(folder.path().join("x.npy"), &array(1)).unwrap();
    let error = x.slice(&slice("10:20")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StaleFile, "{error}");
    let error = options.reopen(&x.handle()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StaleFile, "{error}");
    let again = array_of(options.open(&url).unwrap());
    assert_same(&again.slice(&slice("5")).unwrap(), &array(1).slice(&slice("5")).unwrap());
    assert_same(&options.reopen(&again.handle()).unwrap().read().unwrap(), &array(1));
    numio::save(folder.path().join("x.npy"), &[1.0]).unwrap();
    let error = again.slice(&slice("-1")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StaleFile, "{error}");
    std::fs::remove_file(folder.path().join("x.npy")).unwrap();
    let error = again.slice(&slice("-1")).unwrap_err();
    assert!(error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound), "{error}");
    // Nobody is there at all.
    drop(server);
    assert_eq!(again.slice(&slice("-1")).unwrap_err().kind(), ErrorKind::Io);
}

#[test]
fn servers_without_ranges_are_read_whole_where_asked() {
    let (server, folder) = served();
    std::fs::write(folder.path().join("empty.npy"), b"").unwrap();
    let mut options = http();
    let error = options.open(&server.url("whole/x.npy")).unwrap_err();
    assert!(
        error.kind() == ErrorKind::Unsupported && error.to_string().contains("StoreOptions::download"),
        "{error}"
    );
    for name in ["x.npy", "deflated.npz"] {
        options.download(true);
        server.count();
        let contents = options.open(&server.url(&format!("whole/{name}"))).unwrap();
        let found = match contents {
            LazyContents::Array(array) => array,
            LazyContents::Archive(archive) => archive.array("w").unwrap(),
            _ => panic!("neither"),
        };
        let requests = server.count().0;
        assert!(requests <= 3, "{requests}");
        assert_same(&found.read().unwrap(), &array(0));
        assert_eq!(server.count().0, 0);
        options.download(false);
    }
    // A server that refuses all ranges as past the end has no empty file for that.
    server.fail("416");
    let error = options.open(&server.url("ranges/x.npy")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    server.fail("416");
    let found = array_of(options.clone().download(true).open(&server.url("ranges/x.npy")).unwrap());
    server.fail("416,416");
    assert_same(&found.read().unwrap(), &array(0));
    server.fail("");
    let mut limits = numio::Limits::default();
    limits.max_array_bytes = 1 << 20;
    let mut lazy = LazyOptions::new();
    lazy.limits(limits);
    let error = options.clone().download(true).lazy(lazy).open(&server.url("whole/x.npy")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
    // An object without a byte has no range.
    for (options, base) in [(http(), server.url("ranges")), (s3(&server), "s3://ranges".to_owned())] {
        let remote = options.open(&format!("{base}/empty.npy")).unwrap_err();
        let local = LazyArray::open(folder.path().join("empty.npy")).unwrap_err();
        assert_eq!((remote.kind(), remote.message()), (local.kind(), local.message()));
    }
}

#[test]
fn archives_of_servers_that_do_not_know_the_last_bytes_are_opened() {
    let (server, folder) = served();
    let mut options = http();
    options.retries(0);
    for answer in ["200", "400", "416", "501"] {
        server.fail(answer);
        server.count();
        let archive = archive_of(options.open(&server.url("ranges/stored.npz")).unwrap());
        let (requests, bytes) = server.count();
        let is_whole = answer == "200";
        assert!(
            requests <= 3 && (is_whole || bytes <= 2 * HEAD),
            "{answer}: {requests} requests, {bytes} bytes"
        );
        assert_same(&archive.array("w").unwrap().read().unwrap(), &array(0));
    }
    std::fs::write(folder.path().join("empty.npz"), b"").unwrap();
    server.fail("416");
    let error = options.open(&server.url("ranges/empty.npz")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EndOfStream, "{error}");
}

#[test]
fn logins_of_urls_are_sent_to_their_host_only() {
    let (server, _folder) = served();
    let url = |login: &str, path: &str| server.url(path).replace("://", &format!("://{login}@"));
    let options = http();
    for (login, path) in [
        ("me:p%40ss%3Aw", "login/ranges/x.npy"),
        ("%6de:p@ss:w", "login/ranges/x.npy"),
        ("me:p%40ss%3aw", "moved/ranges/x.npy"),
    ] {
        let found = array_of(options.open(&url(login, path)).unwrap());
        assert_same(&found.read().unwrap(), &array(0));
    }
    for login in ["me:5ec3e7", "me", "", ":p@ss:w", "me:p%40ss%3A", "me:p%4", "\u{e9}%e9:%"] {
        let error = options.open(&url(login, "login/ranges/x.npy")).unwrap_err();
        let kind = error.io_error().map(std::io::Error::kind);
        assert_eq!(kind, Some(std::io::ErrorKind::PermissionDenied), "{login}: {error}");
        assert!(!format!("{error} {error:?}").contains("5ec3e7"), "{error:?}");
    }
}

#[test]
fn urls_that_are_none_are_refused() {
    for (url, text) in [
        ("x.npy", "not a URL"),
        ("ftp://h/x.npy", "no store is known for ftp://"),
        ("s3://bucket", "names no object"),
        ("https://host/", "names no object"),
        ("s3://bucket/a//b.npy", "empty"),
    ] {
        let error = StoreOptions::new().open(url).unwrap_err();
        assert!(
            error.kind() == ErrorKind::InvalidInput && error.to_string().contains(text),
            "{url}: {error}"
        );
        assert!(error.to_string().starts_with(url), "{error}");
    }
    let error = StoreOptions::new().config("aws_no_such_key", "1").open("s3://b/x.npy").unwrap_err();
    assert!(
        error.kind() == ErrorKind::InvalidInput && error.to_string().contains("aws_no_such_key"),
        "{error}"
    );
    // The query of a signed URL goes along.
    let (server, _folder) = served();
    let x = array_of(http().open(&server.url("ranges/x.npy?signature=a%2Fb&x=1")).unwrap());
    assert_eq!(x.shape(), [ROWS, COLUMNS]);
    // Paths of this system have URLs too, and spaces in them.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a b.npy");
    numio::save(&path, &[1, 2, 3]).unwrap();
    let url = format!("file://{}", path.to_str().unwrap().replace(' ', "%20"));
    assert_eq!(array_of(StoreOptions::new().open(&url).unwrap()).shape(), [3]);
    // A handle of a URL is not a path.
    let error = x.handle().open(&LazyOptions::new()).unwrap_err();
    assert!(error.to_string().contains("StoreOptions::reopen"), "{error}");
}

/// An executor that knows nothing of tokio.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(found) => return found,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn async_calls_run_on_any_executor_and_blocking_ones_in_one() {
    let (server, _folder) = served();
    let (options, url) = (s3(&server), "s3://ranges/x.npy");
    let wanted = array(0).slice(&slice("7, ::3")).unwrap();
    let awaited = async |options: StoreOptions| {
        let x = array_of(options.open_async(url).await?);
        assert_same(&x.get_async(vec![IndexItem::from(vec![7])]).await?.slice(&slice("0, ::3"))?, &wanted);
        assert_same(&x.read_async().await?, &array(0));
        x.slice_async(&slice("7, ::3")).await
    };
    assert_same(&block_on(awaited(options.clone())).unwrap(), &wanted);
    for threads in [1, 2] {
        let mut builder = match threads {
            1 => tokio::runtime::Builder::new_current_thread(),
            _ => tokio::runtime::Builder::new_multi_thread(),
        };
        let runtime = builder.build().unwrap();
        assert_same(&runtime.block_on(awaited(options.clone())).unwrap(), &wanted);
        // On the only thread of the executor.
        let blocking = async { array_of(options.open(url).unwrap()).slice(&slice("7, ::3")).unwrap() };
        assert_same(&runtime.block_on(blocking), &wanted);
    }
}

#[test]
fn calls_are_cancelled_while_a_server_is_silent() {
    let (server, _folder) = served();
    let x = array_of(http().open(&server.url("ranges/x.npy")).unwrap());
    server.fail("slow");
    let start = Instant::now();
    let token = CancelToken::with_check(move || match start.elapsed() < Duration::from_millis(200) {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::Cancelled, "long enough")),
    });
    let error = token.run(|| x.slice(&slice("0"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert!(start.elapsed() < Duration::from_secs(3));
    // A server that says nothing for too long is a fault.
    let x = array_of(
        http().retries(0).timeout(Duration::from_millis(300)).open(&server.url("ranges/x.npy")).unwrap(),
    );
    server.fail("slow");
    let start = Instant::now();
    assert_eq!(x.slice(&slice("0")).unwrap_err().kind(), ErrorKind::Io);
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[test]
fn array_in_a_store_that_is_there_already_is_opened() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let options = StoreOptions::new();
    let write = |path: &Path, array: &DynArray| {
        let mut writer = options.create_in(Arc::clone(&store), path.clone(), "memory:///x");
        numio::to_writer(&mut writer, array).unwrap();
        writer.finish().unwrap();
    };
    let path = Path::from("a/x.npy");
    write(&path, &array(0));
    let open = || array_of(options.open_in(Arc::clone(&store), path.clone(), "memory:///x").unwrap());
    let x = open();
    assert_same(&x.slice(&slice("::100, 5")).unwrap(), &array(0).slice(&slice("::100, 5")).unwrap());
    write(&path, &array(1));
    let error = x.slice(&slice("0")).unwrap_err();
    assert!(error.kind() == ErrorKind::StaleFile && error.to_string().starts_with("memory:///x"), "{error}");
    assert!(block_on(options.open_in_async(Arc::clone(&store), path.clone(), "m")).is_ok());
}

#[test]
fn object_that_has_become_smaller_is_stale() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let (options, path) = (StoreOptions::new(), Path::from("x.npy"));
    let create = || options.create_in(Arc::clone(&store), path.clone(), "x");
    let write = |array: &DynArray| {
        let mut writer = create();
        numio::to_writer(&mut writer, array).unwrap();
        writer.finish().unwrap();
    };
    write(&array(0));
    let x = array_of(options.open_in(Arc::clone(&store), path.clone(), "x").unwrap());
    write(&DynArray::from_array(&[1.5]).unwrap());
    let error = x.slice(&slice("-1")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StaleFile, "{error}");
    assert!(error.to_string().contains("smaller by now"), "{error}");
    // One without a byte is opened as an empty file is.
    create().finish().unwrap();
    let error = options.open_in(Arc::clone(&store), path.clone(), "x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EndOfStream, "{error}");
}

#[test]
fn array_on_a_real_s3_server_is_read() {
    let Some(server) = Server::moto() else { return };
    let options = s3(&server);
    let url = "s3://numio/a/x.npy";
    let write = |array: &DynArray| {
        let mut writer = options.create(url)?;
        numio::to_writer(&mut writer, array)?;
        writer.finish()
    };
    // More than two parts of an upload, and one.
    let large = DynArray::from_bytes(numio::DType::UINT8, &[20, 1 << 20], &vec![7; 20 << 20]).unwrap();
    write(&large).unwrap();
    let x = array_of(options.open(url).unwrap());
    assert_same(&x.read().unwrap(), &large);
    assert_eq!(options.read(url).unwrap().len(), 128 + (20 << 20));
    write(&array(0)).unwrap();
    assert_eq!(x.slice(&slice("0")).unwrap_err().kind(), ErrorKind::StaleFile);
    let x = array_of(options.open(url).unwrap());
    assert_same(&x.slice(&slice("1000:1100")).unwrap(), &array(0).slice(&slice("1000:1100")).unwrap());

    // An upload that is given up leaves what was there, and nothing else.
    let mut writer = options.create(url).unwrap();
    std::io::Write::write_all(&mut writer, &vec![1; 20 << 20]).unwrap();
    drop(writer);
    assert_same(&x.read().unwrap(), &array(0));
    let error = {
        let mut writer = options.create("s3://none/x.npy").unwrap();
        let written = numio::to_writer(&mut writer, &large);
        written.and_then(|()| writer.finish()).unwrap_err()
    };
    assert!(error.kind() == ErrorKind::Io && error.to_string().contains("s3://none/x.npy"), "{error}");
    let error = options.open("s3://none/x.npy").unwrap_err();
    assert!(error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound), "{error}");

    // An archive, as it is written.
    let mut writer = options.create("s3://numio/z.npz").unwrap();
    let mut archive = numio::npz::NpzWriter::streaming(&mut writer);
    archive.add("w", &array(3)).unwrap();
    archive.finish().unwrap();
    writer.finish().unwrap();
    let w = archive_of(options.open("s3://numio/z.npz").unwrap()).array("w").unwrap();
    assert_same(&w.slice(&slice("1999")).unwrap(), &array(3).slice(&slice("1999")).unwrap());
}

#[test]
fn an_upload_that_has_failed_is_never_finished() {
    // It takes objects, and no uploads in parts.
    let (server, folder) = served();
    let before = std::fs::read(folder.path().join("x.npy")).unwrap();
    let mut options = s3(&server);
    options.retries(0);
    let part = vec![7; 8 << 20];
    let mut writer = options.create("s3://ranges/x.npy").unwrap();
    let written = |writer: &mut StoreWriter| std::io::Write::write_all(writer, &part);
    // What the store says of one part is told with one of those after it.
    assert!((0..8).any(|_| written(&mut writer).is_err()));
    assert!(written(&mut writer).is_err());
    let error = writer.finish().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert!(std::fs::read(folder.path().join("x.npy")).unwrap() == before);
}

/// An array of each kind that is written differently.
fn kinds() -> Vec<DynArray> {
    let bytes: Vec<u8> = (0..24_000_u32).flat_map(u32::to_le_bytes).collect();
    let of = |dtype: &str, shape: &[usize]| {
        let dtype = numio::DType::parse(dtype).unwrap();
        let len = shape.iter().product::<usize>() * dtype.itemsize();
        DynArray::from_bytes(dtype, shape, &bytes[..len]).unwrap()
    };
    vec![
        of("<i4", &[24_000]),
        of(">i2", &[40, 25, 6]),
        of(">i2", &[40, 25, 6]).t(),
        of("f8", &[1, 300]).t(),
        of("S3,<i4", &[500, 2]),
        of("V5", &[77]),
        of("f4", &[]),
        of("f4", &[3, 0, 2]),
    ]
}

#[test]
fn lazy_arrays_are_written_as_they_are_read() {
    use numio::npz::{Compression, NpzWriter};

    let folder = tempfile::tempdir().unwrap();
    let server = Server::of_folder(folder.path());
    let written = |array: &dyn numio::ArrayLike| {
        let mut bytes = Vec::new();
        numio::to_writer(&mut bytes, array).map(|()| bytes)
    };
    let url = |name: &str| server.url(&format!("ranges/{name}"));
    for (number, array) in kinds().into_iter().enumerate() {
        let wanted = written(&array).unwrap();
        numio::save(folder.path().join(format!("{number}.npy")), &array).unwrap();
        let x = array_of(http().open(&url(&format!("{number}.npy"))).unwrap());
        assert!(written(&x).unwrap() == wanted, "{number}");
        for compression in [Compression::Stored, Compression::Deflated, Compression::Zstd(3)] {
            let name = format!("{number}{}.npz", compression == Compression::Stored);
            let mut writer = NpzWriter::create(folder.path().join(&name)).unwrap();
            writer.compression(compression).add("w", &array).unwrap();
            writer.finish().unwrap();
            let w = archive_of(http().open(&url(&name)).unwrap()).array("w").unwrap();
            assert!(written(&w).unwrap() == wanted, "{number} {compression:?}");
            if array.dtype().as_record().is_some() {
                let field = w.field("f1").unwrap();
                assert!(written(&field).unwrap() == written(&array.field("f1").unwrap()).unwrap());
            }
        }
    }
    // A damaged member is an error at its end.
    numio::savez(folder.path().join("d.npz"), [("w", &kinds()[0])]).unwrap();
    let mut bytes = std::fs::read(folder.path().join("d.npz")).unwrap();
    bytes[5000] ^= 1;
    std::fs::write(folder.path().join("d.npz"), bytes).unwrap();
    let w = archive_of(http().open(&url("d.npz")).unwrap()).array("w").unwrap();
    let error = written(&w).unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidData && error.to_string().contains("CRC"), "{error}");
    // Another file meanwhile.
    let x = array_of(http().open(&url("0.npy")).unwrap());
    server.fail("etag");
    assert_eq!(written(&x).unwrap_err().kind(), ErrorKind::StaleFile);
}

#[test]
fn members_that_follow_one_another_are_fetched_together() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::of_folder(folder.path());
    let arrays: Vec<(String, DynArray)> = (0..300)
        .map(|seed: u32| {
            let bytes: Vec<u8> = (0..5000_u32).flat_map(|at| (at * 7 + seed).to_le_bytes()).collect();
            let dtype = numio::DType::parse("<u4").unwrap();
            (format!("m{seed}"), DynArray::from_bytes(dtype, &[5000], &bytes).unwrap())
        })
        .collect();
    numio::savez(folder.path().join("z.npz"), arrays.iter().map(|(name, array)| (name, array))).unwrap();
    let size = std::fs::metadata(folder.path().join("z.npz")).unwrap().len() as usize;
    let archive = archive_of(http().open(&server.url("ranges/z.npz")).unwrap());
    let archive = archive.archive();
    server.count();
    for (name, array) in &arrays {
        assert_same(&archive.get(name).unwrap().into_array().unwrap(), array);
    }
    let (requests, bytes) = server.count();
    assert!(requests <= 12 && bytes <= size + size / 2, "{requests} requests, {bytes} of {size} bytes");
    // One alone brings little more than itself, and so do those far from each other.
    for at in [250, 10, 130] {
        let archive = archive_of(http().open(&server.url("ranges/z.npz")).unwrap());
        server.count();
        assert_same(&archive.archive().get(&arrays[at].0).unwrap().into_array().unwrap(), &arrays[at].1);
        let (requests, bytes) = server.count();
        assert!(requests <= 2 && bytes <= 2 * HEAD, "{requests} requests, {bytes} bytes");
    }
}

#[test]
fn signatures_of_urls_are_not_told() {
    let (server, _folder) = served();
    let mut options = http();
    options.retries(0).timeout(Duration::from_secs(2));
    let url = server.url("ranges/x.npy?X-Amz-Signature=5ec3e7&x=5ec3e7");
    let x = array_of(options.open(&url).unwrap());
    let mut told = vec![format!("{x:?} {:?} {options:?}", x.handle())];
    for fault in ["500", "503", "403", "cut", "short", "reset", "other", "etag"] {
        for call in 0..2 {
            server.fail(&[fault; 4].join(","));
            let error = match call {
                0 => x.slice(&slice("10:20")).map(drop),
                _ => options.read(&url).map(drop),
            };
            if let Err(error) = error {
                told.push(format!("{error} {error:?} {:?} {:?}", error.message(), error.io_error()));
            }
        }
    }
    server.fail("");
    for url in [
        server.url("ranges/none.npy?X-Amz-Signature=5ec3e7"),
        server.url("whole/x.npy?X-Amz-Signature=5ec3e7"),
        "http://127.0.0.1:1/x.npy?X-Amz-Signature=5ec3e7".to_owned(),
        "https://me:5ec3e7@127.0.0.1:1/x.npy".to_owned(),
        "ftp://h/x.npy?X-Amz-Signature=5ec3e7".to_owned(),
        "https://h/?X-Amz-Signature=5ec3e7".to_owned(),
        "https://h?X-Amz-Signature=5ec3e7".to_owned(),
    ] {
        told.push(format!("{0} {0:?}", options.open(&url).unwrap_err()));
        let error = options.create(&url).and_then(|mut writer| {
            numio::to_writer(&mut writer, &[1, 2])?;
            writer.finish()
        });
        // The server takes no files under `whole`.
        if let Err(error) = error {
            told.push(format!("{0} {0:?}", error));
        }
    }
    assert!(told.len() > 20);
    for text in told {
        assert!(!text.contains("5ec3e7") && text.contains('…'), "{text}");
    }
}
