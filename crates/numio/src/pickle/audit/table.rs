//! Known ways for a pickle to do harm: globals that need only be called, or looked into, to run what the file says.
//!
//! Two tables. One is written by hand: whole modules of CPython and of Python 2, what is written in C, and the packages that
//! load models; the collections of picklescan, fickling and ModelScan name much the same ones. The other, `python.txt`, is
//! made by `scripts/dangerous_names.py` from the sources of CPython's and NumPy's own modules: all names that reach a
//! process, a file, a socket, an import or code, through whatever calls.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A module with everything below it, names in it, and what they do. No names means all, `*.` means all with a dot:
/// what hangs on a class.
type Row = (&'static str, &'static [&'static str], &'static str);

const RUNS_COMMANDS: &str = "runs commands of the operating system";
const RUNS_CODE: &str = "runs code given as text or bytes";
const IMPORTS: &str = "imports modules, and so runs them";
const ATTRIBUTES: &str = "reaches into any object, and so to everything in Python";
const CALLS: &str = "calls what it is given";
const FILES: &str = "reads, writes or removes files";
const NETWORK: &str = "opens connections to the network";
const PICKLES: &str = "loads another pickle, unseen by this audit";
const MEMORY: &str = "reads and writes memory, or calls into libraries";
const MAKES_CODE: &str = "makes code objects, functions or classes";
const INSTALLS: &str = "installs or builds packages, and so runs their code";
const PROCESS: &str = "changes the running process, or ends it";

#[rustfmt::skip]
const DANGEROUS: &[Row] = &[
    ("os", &[], RUNS_COMMANDS), ("posix", &[], RUNS_COMMANDS), ("nt", &[], RUNS_COMMANDS),
    ("subprocess", &[], RUNS_COMMANDS), ("_posixsubprocess", &[], RUNS_COMMANDS), ("commands", &[], RUNS_COMMANDS),
    ("popen2", &[], RUNS_COMMANDS), ("pty", &[], RUNS_COMMANDS), ("platform", &["popen", "_syscmd_file"], RUNS_COMMANDS),
    ("webbrowser", &[], RUNS_COMMANDS), ("antigravity", &[], RUNS_COMMANDS), ("pexpect", &[], RUNS_COMMANDS),
    ("asyncio", &[], RUNS_COMMANDS), ("multiprocessing", &[], RUNS_COMMANDS), ("concurrent", &[], CALLS),
    ("uuid", &["_get_command_stdout", "_popen"], RUNS_COMMANDS),
    ("builtins", &["eval", "exec", "compile", "execfile", "input", "breakpoint"], RUNS_CODE),
    ("builtins", &["__import__", "reload", "help"], IMPORTS),
    ("builtins", &["getattr", "setattr", "delattr", "hasattr", "vars", "globals", "locals", "dir", "super"], ATTRIBUTES),
    ("builtins", &["map", "filter", "apply", "__build_class__"], CALLS),
    ("builtins", &["open", "file"], FILES),
    ("builtins", &["memoryview"], MEMORY), ("builtins", &["exit", "quit"], PROCESS),
    ("builtins", &["classmethod", "staticmethod", "property"], MAKES_CODE),
    ("code", &[], RUNS_CODE), ("codeop", &[], RUNS_CODE), ("runpy", &[], RUNS_CODE), ("timeit", &[], RUNS_CODE),
    ("profile", &[], RUNS_CODE), ("cProfile", &[], RUNS_CODE), ("trace", &[], RUNS_CODE), ("pdb", &[], RUNS_CODE),
    ("bdb", &[], RUNS_CODE), ("doctest", &[], RUNS_CODE), ("idlelib", &[], RUNS_CODE), ("cgitb", &[], RUNS_CODE),
    ("test", &[], RUNS_CODE), ("unittest", &[], CALLS), ("lib2to3", &[], IMPORTS), ("IPython", &[], RUNS_CODE),
    ("numpy.testing", &[], RUNS_CODE), ("numpy.f2py", &[], RUNS_COMMANDS), ("numpy.distutils", &[], RUNS_COMMANDS),
    ("numpy", &["load", "save", "savez", "savez_compressed", "memmap", "fromfile", "loadtxt", "genfromtxt"], FILES),
    ("numpy.lib", &[], FILES), ("numpy", &["vectorize", "frompyfunc", "apply_along_axis", "apply_over_axes"], CALLS),
    ("numpy.ctypeslib", &[], MEMORY),
    ("importlib", &[], IMPORTS), ("imp", &[], IMPORTS), ("_imp", &[], IMPORTS), ("zipimport", &[], IMPORTS),
    ("pkgutil", &[], IMPORTS), ("ihooks", &[], IMPORTS), ("imputil", &[], IMPORTS), ("pydoc", &[], IMPORTS),
    ("sys", &[], PROCESS), ("signal", &[], PROCESS), ("_signal", &[], PROCESS), ("resource", &[], PROCESS),
    ("faulthandler", &[], PROCESS), ("gc", &[], ATTRIBUTES), ("atexit", &[], CALLS), ("threading", &[], CALLS),
    ("_thread", &[], CALLS), ("sched", &[], CALLS), ("weakref", &[], CALLS), ("contextlib", &[], CALLS),
    ("operator", &[], ATTRIBUTES), ("_operator", &[], ATTRIBUTES), ("inspect", &[], ATTRIBUTES),
    ("functools", &[], CALLS), ("_functools", &[], CALLS), ("itertools", &["accumulate", "dropwhile", "filterfalse", "groupby", "starmap", "takewhile"], CALLS),
    ("types", &["CodeType", "FunctionType", "LambdaType", "MethodType", "ModuleType", "new_class"], MAKES_CODE), ("new", &[], MAKES_CODE), ("marshal", &[], MAKES_CODE), ("dis", &[], MAKES_CODE),
    ("collections", &["namedtuple"], RUNS_CODE), ("typing", &["get_type_hints", "ForwardRef"], RUNS_CODE),
    ("dataclasses", &["make_dataclass"], RUNS_CODE), ("enum", &["_make_class_unpicklable"], MAKES_CODE),
    ("ctypes", &[], MEMORY), ("_ctypes", &[], MEMORY), ("cffi", &[], MEMORY), ("_cffi_backend", &[], MEMORY),
    ("mmap", &[], MEMORY), ("msvcrt", &[], MEMORY), ("winreg", &[], PROCESS), ("_winapi", &[], RUNS_COMMANDS),
    ("pickle", &[], PICKLES), ("_pickle", &[], PICKLES), ("shelve", &[], PICKLES), ("dill", &[], PICKLES),
    ("cloudpickle", &[], PICKLES), ("joblib", &[], PICKLES), ("jsonpickle", &[], PICKLES), ("pickle5", &[], PICKLES),
    ("torch", &["load"], PICKLES), ("torch.serialization", &[], PICKLES), ("torch.hub", &[], NETWORK),
    ("torch.jit", &[], PICKLES), ("torch.storage", &["_load_from_bytes"], PICKLES), ("torch.package", &[], PICKLES),
    ("torch.utils.cpp_extension", &[], RUNS_COMMANDS), ("torch._dynamo", &[], RUNS_CODE), ("torch._inductor", &[], RUNS_CODE),
    ("torch.fx", &[], RUNS_CODE), ("torch.distributed", &[], NETWORK), ("torch._utils_internal", &[], RUNS_CODE),
    ("pandas", &["read_pickle", "eval"], PICKLES), ("pandas.io", &[], PICKLES), ("pandas.core.computation", &[], RUNS_CODE),
    ("sklearn.utils._joblib", &[], PICKLES), ("keras", &["models.load_model"], PICKLES), ("tensorflow.io", &[], FILES),
    ("io", &["open", "open_code", "FileIO"], FILES), ("_io", &["open", "open_code", "FileIO"], FILES),
    ("codecs", &["open"], FILES), ("tarfile", &[], FILES), ("zipfile", &[], FILES), ("shutil", &[], FILES),
    ("tempfile", &[], FILES), ("pathlib", &["*."], FILES), ("glob", &[], FILES), ("fileinput", &[], FILES), ("linecache", &[], FILES),
    ("gzip", &[], FILES), ("bz2", &[], FILES), ("lzma", &[], FILES), ("dbm", &[], FILES), ("sqlite3", &[], FILES),
    ("_sqlite3", &[], FILES), ("logging", &["FileHandler", "basicConfig"], FILES), ("logging.config", &[], CALLS), ("logging.handlers", &[], FILES), ("configparser", &[], FILES), ("filecmp", &[], FILES),
    ("distutils", &[], RUNS_COMMANDS), ("setuptools", &[], INSTALLS), ("pkg_resources", &[], IMPORTS),
    ("pip", &[], INSTALLS), ("ensurepip", &[], INSTALLS), ("venv", &[], INSTALLS), ("site", &[], RUNS_CODE),
    ("compileall", &[], FILES), ("py_compile", &[], FILES),
    ("socket", &[], NETWORK), ("_socket", &[], NETWORK), ("ssl", &[], NETWORK), ("http", &[], NETWORK),
    ("urllib", &[], NETWORK), ("urllib2", &[], NETWORK), ("httplib", &[], NETWORK), ("ftplib", &[], NETWORK),
    ("smtplib", &[], NETWORK), ("poplib", &[], NETWORK), ("imaplib", &[], NETWORK), ("telnetlib", &[], NETWORK),
    ("xmlrpc", &[], NETWORK), ("socketserver", &[], NETWORK), ("requests", &[], NETWORK), ("aiohttp", &[], NETWORK),
    ("httpx", &[], NETWORK), ("urllib3", &[], NETWORK), ("paramiko", &[], NETWORK),
    ("xml.sax", &[], FILES), ("tkinter", &[], RUNS_CODE), ("turtle", &[], RUNS_CODE), ("curses", &[], PROCESS),
    ("readline", &[], FILES), ("getpass", &[], FILES), ("wsgiref", &[], NETWORK), ("cgi", &[], FILES),
    // Modules that no program imports by itself, of CPython and its tests.
    ("_aix_support", &[], RUNS_COMMANDS), ("_osx_support", &[], RUNS_COMMANDS), ("_pyrepl", &[], RUNS_COMMANDS),
    ("_bootsubprocess", &[], RUNS_COMMANDS), ("_ios_support", &[], MEMORY), ("_android_support", &[], PROCESS),
    ("_apple_support", &[], PROCESS), ("_xxsubinterpreters", &[], RUNS_CODE), ("_interpreters", &[], RUNS_CODE),
    ("_xxinterpchannels", &[], RUNS_CODE), ("_testcapi", &[], RUNS_CODE), ("_testinternalcapi", &[], RUNS_CODE),
    ("_testlimitedcapi", &[], RUNS_CODE), ("_remote_debugging", &[], RUNS_CODE), ("profiling", &[], RUNS_CODE),
    ("_sitebuiltins", &[], IMPORTS), ("_pyio", &["open", "open_code", "FileIO", "OpenWrapper"], FILES),
    ("annotationlib", &[], RUNS_CODE), ("rlcompleter", &[], RUNS_CODE), ("modulefinder", &[], IMPORTS),
    ("compression", &[], FILES), ("_compression", &[], FILES), ("smtpd", &[], NETWORK), ("asyncore", &[], NETWORK),
    ("asynchat", &[], NETWORK), ("nntplib", &[], NETWORK), ("pipes", &[], RUNS_COMMANDS), ("mailcap", &[], RUNS_COMMANDS),
    ("turtledemo", &[], RUNS_CODE), ("_tkinter", &[], RUNS_CODE), ("zipapp", &[], FILES), ("fcntl", &[], PROCESS),
    ("termios", &[], PROCESS), ("tty", &[], PROCESS), ("_posixshmem", &[], MEMORY), ("_multiprocessing", &[], MEMORY),
    ("builtins", &["print"], CALLS), ("_frozen_importlib", &[], IMPORTS), ("_frozen_importlib_external", &[], IMPORTS),
    // NumPy's own that write files, run code or call what they are given.
    ("numpy", &["savetxt", "fromregex", "lookfor", "DataSource", "ndarray.tofile", "ndarray.dump", "memmap.tofile"], FILES),
    ("numpy", &["piecewise", "fromfunction", "mask_indices", "info", "source"], CALLS),
    // Packages that load models, or run what they are given.
    ("torch.utils.bottleneck", &[], RUNS_COMMANDS), ("torch.utils.collect_env", &[], RUNS_COMMANDS),
    ("torch.utils._config_module", &[], PICKLES), ("torch.utils._config_typing", &[], PICKLES),
    ("torch.utils.data.datapipes", &[], PICKLES), ("torch.utils.hipify", &[], FILES), ("torch.utils._freeze", &[], FILES),
    ("torch.utils.model_dump", &[], PICKLES), ("torch.utils.show_pickle", &[], PICKLES), ("torch.utils.benchmark", &[], RUNS_CODE),
    ("torch.utils.file_baton", &[], FILES), ("torch.utils.viz", &[], FILES), ("torch.utils._content_store", &[], PICKLES),
    ("torch.utils.mobile_optimizer", &[], RUNS_CODE), ("torch.utils.bundled_inputs", &[], RUNS_CODE),
    ("torch.utils.tensorboard", &[], FILES), ("torch.utils._import_utils", &[], IMPORTS), ("torch.utils.backcompat", &[], PROCESS),
    ("torch.utils._pytree", &[], CALLS), ("torch.utils._cxx_pytree", &[], CALLS), ("torch.utils.checkpoint", &[], CALLS),
    ("torch.utils.serialization", &[], PICKLES), ("torch.utils._appending_byte_serializer", &[], PICKLES),
    ("torch.utils._strobelight", &[], RUNS_COMMANDS), ("torch.utils._get_clean_triton", &[], RUNS_COMMANDS),
    ("torch.utils._cpp_embed_headers", &[], FILES), ("torch.utils._cpp_extension_versioner", &[], FILES),
    ("torch.utils.jit", &[], FILES), ("torch.utils._sympy", &[], RUNS_CODE), ("torch.utils._triton", &[], RUNS_CODE),
    ("torch.utils._traceback", &[], CALLS), ("torch.utils._debug_mode", &[], CALLS), ("torch.utils.flop_counter", &[], CALLS),
    ("torch.utils._thunk", &[], CALLS), ("torch.utils._exposed_in", &[], CALLS), ("torch.utils.weak", &[], CALLS),
    ("torch.utils.debug", &[], RUNS_CODE), ("torch.utils.gdb", &[], RUNS_CODE), ("torch.utils.pytree", &[], CALLS),
    ("torch.utils.data._utils", &[], CALLS), ("torch.utils.data.backward_compatibility", &[], CALLS),
    ("torch.utils.data.dataloader", &[], CALLS), ("torch.utils.data.graph", &[], PICKLES),
    ("torch.utils.hooks", &["unserializable_hook"], CALLS), ("torch._C", &[], MEMORY), ("torch.ops", &["load_library"], MEMORY),
    ("torch._ops", &[], MEMORY), ("torch._library", &[], RUNS_CODE), ("torch.library", &[], RUNS_CODE),
    ("torch._export", &[], RUNS_CODE), ("torch.export", &[], PICKLES), ("torch.onnx", &[], FILES), ("torch.compiler", &[], RUNS_CODE),
    ("torch._higher_order_ops", &[], CALLS), ("torch.testing", &[], RUNS_CODE), ("torch.multiprocessing", &[], RUNS_COMMANDS),
    ("torch.profiler", &[], FILES), ("torch.autograd", &["profiler", "function.Function.apply"], FILES),
    ("torch._lobpcg", &[], CALLS), ("torch._appdirs", &[], IMPORTS), ("torch._weights_only_unpickler", &[], PICKLES),
    ("torch._jit_internal", &[], RUNS_CODE), ("torch._sources", &[], RUNS_CODE), ("torch._classes", &[], MEMORY),
    ("torch.classes", &[], MEMORY), ("torch.cuda", &["_lazy_call", "memory._dump_snapshot"], CALLS),
    ("tensorflow.python", &[], RUNS_CODE), ("keras.src.saving", &[], PICKLES), ("keras.saving", &[], PICKLES),
    ("keras.utils", &["get_file"], NETWORK), ("tensorflow.keras", &["models.load_model"], PICKLES),
    ("numexpr", &[], RUNS_CODE), ("sympy", &["sympify", "lambdify", "parse_expr"], RUNS_CODE), ("sympy.core.sympify", &[], RUNS_CODE),
    ("sympy.parsing", &[], RUNS_CODE), ("sympy.utilities.lambdify", &[], RUNS_CODE), ("yaml", &[], RUNS_CODE), ("ruamel", &[], RUNS_CODE),
    ("jinja2", &[], RUNS_CODE), ("mako", &[], RUNS_CODE), ("psutil", &[], PROCESS), ("sh", &[], RUNS_COMMANDS),
    ("fabric", &[], RUNS_COMMANDS), ("invoke", &[], RUNS_COMMANDS), ("plumbum", &[], RUNS_COMMANDS), ("git", &[], RUNS_COMMANDS),
    ("docker", &[], RUNS_COMMANDS), ("ptyprocess", &[], RUNS_COMMANDS), ("huggingface_hub", &[], NETWORK), ("fsspec", &[], FILES),
    ("mlflow", &[], PICKLES), ("gdown", &[], NETWORK), ("wget", &[], NETWORK), ("nltk", &["download", "data.load"], NETWORK),
    ("hydra", &[], CALLS), ("cython", &["inline"], RUNS_CODE), ("Cython", &[], RUNS_CODE), ("pyximport", &[], IMPORTS), ("py", &[], RUNS_CODE),
    ("pytest", &[], RUNS_CODE), ("_pytest", &[], RUNS_CODE), ("nose", &[], RUNS_CODE), ("execnet", &[], RUNS_CODE),
    ("scipy.io", &["loadmat", "savemat", "mmwrite"], FILES), ("scipy.optimize", &["minimize", "root", "fsolve", "brute"], CALLS),
    ("scipy._lib._testutils", &[], RUNS_CODE), ("sklearn.utils._testing", &[], RUNS_CODE), ("pandas._testing", &[], FILES),
    ("pandas", &["read_csv", "read_table", "read_json", "read_html", "read_hdf", "read_excel", "read_sql", "read_parquet", "read_feather", "read_xml", "DataFrame.to_csv", "DataFrame.to_pickle", "DataFrame.query", "DataFrame.eval", "HDFStore", "ExcelFile", "ExcelWriter"], FILES),
    ("matplotlib", &["pyplot", "image"], FILES), ("PIL", &["ImageShow", "ImageMath", "ImageGrab"], RUNS_CODE),
];

/// The generated table: a line for each module, its name and then, after a letter for what they do, the names in it.
const GENERATED: &str = include_str!("python.txt");

/// What the letters stand for.
const LETTERS: &[(&str, &str)] = &[
    ("=c", RUNS_COMMANDS),
    ("=x", RUNS_CODE),
    ("=i", IMPORTS),
    ("=f", FILES),
    ("=n", NETWORK),
    ("=p", PICKLES),
    ("=m", MEMORY),
    ("=k", CALLS),
    ("=s", PROCESS),
];

/// The rows of a module, and its line.
#[derive(Default)]
struct Known {
    rows: Vec<&'static Row>,
    line: &'static str,
}

static MODULES: LazyLock<HashMap<&str, Known>> = LazyLock::new(|| {
    let mut modules = HashMap::<&str, Known>::new();
    for row in DANGEROUS {
        modules.entry(row.0).or_default().rows.push(row);
    }
    for line in GENERATED.lines() {
        if let Some((module, names)) = line.split_once(' ') {
            modules.entry(module).or_default().line = names;
        }
    }
    modules
});

/// Why a name in a module is dangerous: by itself, by the class it hangs on, or by the module that it is in.
pub(super) fn danger(module: &str, name: &str) -> Option<&'static str> {
    let whole =
        |known: &Known| known.rows.iter().find(|(_, names, _)| names.is_empty()).map(|(.., reason)| *reason);
    let mut outer = module;
    // No package lies deeper.
    for _ in 0..16 {
        let Some((package, _)) = outer.rsplit_once('.') else { break };
        outer = package;
        if let Some(reason) = MODULES.get(package).and_then(whole) {
            return Some(reason);
        }
    }
    let known = MODULES.get(module)?;
    if let Some(reason) = whole(known) {
        return Some(reason);
    }
    let is_meant = |meant: &str| {
        let rest = name.strip_prefix(meant);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            || (meant == "*." && name.contains('.'))
    };
    if let Some((.., reason)) =
        known.rows.iter().find(|(_, names, _)| names.iter().any(|meant| is_meant(meant)))
    {
        return Some(reason);
    }
    let mut reason = CALLS;
    for word in known.line.split(' ') {
        match LETTERS.iter().find(|(letter, _)| *letter == word) {
            Some((_, meaning)) => reason = meaning,
            None if is_meant(word) => return Some(reason),
            None => {}
        }
    }
    None
}

/// Globals that are harmless to look up and to pass around: plain types.
#[rustfmt::skip]
pub(super) const HARMLESS: &[(&str, &[&str])] = &[
    ("builtins", &[
        "Ellipsis", "NotImplemented", "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int",
        "list", "object", "range", "set", "slice", "str", "tuple",
    ]),
    ("_codecs", &["encode"]),
    ("copyreg", &["_reconstructor"]),
    ("array", &["_array_reconstructor", "array"]),
    ("collections", &[
        "ChainMap", "Counter", "OrderedDict", "UserDict", "UserList", "UserString", "defaultdict", "deque",
    ]),
    ("datetime", &["date", "datetime", "time", "timedelta", "timezone"]),
    ("decimal", &["Decimal"]),
    ("fractions", &["Fraction"]),
    ("ipaddress", &[
        "IPv4Address", "IPv4Interface", "IPv4Network", "IPv6Address", "IPv6Interface", "IPv6Network",
    ]),
    ("pathlib", &["PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath"]),
    ("pathlib._local", &["PosixPath", "PurePosixPath"]),
    ("time", &["struct_time"]),
    ("types", &["SimpleNamespace"]),
    ("uuid", &["UUID"]),
    ("zoneinfo", &["ZoneInfo", "ZoneInfo._unpickle"]),
];
