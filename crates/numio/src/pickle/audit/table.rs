//! Known ways for a pickle to do harm: globals that need only be called, or looked into, to run what the file says.
//!
//! From the modules of CPython 3.11's standard library, of Python 2's, of NumPy, and of the packages that load models;
//! the collections of picklescan, fickling and ModelScan name much the same ones.

/// A module with everything below it, names in it, and what they do. No names means all, `*.` means all with a dot:
/// what hangs on a class.
pub(super) type Row = (&'static str, &'static [&'static str], &'static str);

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
pub(super) const DANGEROUS: &[Row] = &[
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
];

/// Globals that are harmless to look up and to pass around: plain types.
#[rustfmt::skip]
pub(super) const HARMLESS: &[(&str, &[&str])] = &[
    ("builtins", &[
        "Ellipsis", "NotImplemented", "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int",
        "list", "object", "range", "set", "slice", "str", "tuple",
    ]),
    ("_codecs", &["encode"]),
    ("copyreg", &["_reconstructor"]),
    ("collections", &["Counter", "OrderedDict", "defaultdict", "deque"]),
    ("datetime", &["date", "datetime", "time", "timedelta", "timezone"]),
    ("decimal", &["Decimal"]),
    ("fractions", &["Fraction"]),
    ("pathlib", &["PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath"]),
    ("pathlib._local", &["PosixPath", "PurePosixPath"]),
    ("uuid", &["UUID"]),
];
