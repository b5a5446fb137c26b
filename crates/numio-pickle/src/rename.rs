//! Names that Python 3 gave to modules, classes and functions of Python 2: the tables of CPython's
//! `Lib/_compat_pickle.py`, which `fix_imports` goes by for pickles below protocol 3.

/// Modules, Python 2 to 3, that go back by the same name.
const MODULES: &[(&str, &str)] = &[
    ("__builtin__", "builtins"),
    ("copy_reg", "copyreg"),
    ("Queue", "queue"),
    ("SocketServer", "socketserver"),
    ("ConfigParser", "configparser"),
    ("repr", "reprlib"),
    ("tkFileDialog", "tkinter.filedialog"),
    ("tkSimpleDialog", "tkinter.simpledialog"),
    ("tkColorChooser", "tkinter.colorchooser"),
    ("tkCommonDialog", "tkinter.commondialog"),
    ("Dialog", "tkinter.dialog"),
    ("Tkdnd", "tkinter.dnd"),
    ("tkFont", "tkinter.font"),
    ("tkMessageBox", "tkinter.messagebox"),
    ("ScrolledText", "tkinter.scrolledtext"),
    ("Tkconstants", "tkinter.constants"),
    ("Tix", "tkinter.tix"),
    ("ttk", "tkinter.ttk"),
    ("Tkinter", "tkinter"),
    ("markupbase", "_markupbase"),
    ("_winreg", "winreg"),
    ("thread", "_thread"),
    ("dummy_thread", "_dummy_thread"),
    ("dbhash", "dbm.bsd"),
    ("dumbdbm", "dbm.dumb"),
    ("dbm", "dbm.ndbm"),
    ("gdbm", "dbm.gnu"),
    ("xmlrpclib", "xmlrpc.client"),
    ("SimpleXMLRPCServer", "xmlrpc.server"),
    ("httplib", "http.client"),
    ("htmlentitydefs", "html.entities"),
    ("HTMLParser", "html.parser"),
    ("Cookie", "http.cookies"),
    ("cookielib", "http.cookiejar"),
    ("BaseHTTPServer", "http.server"),
    ("test.test_support", "test.support"),
    ("commands", "subprocess"),
    ("urlparse", "urllib.parse"),
    ("robotparser", "urllib.robotparser"),
    ("urllib2", "urllib.request"),
    ("anydbm", "dbm"),
    ("_abcoll", "collections.abc"),
];

/// Modules that only go from Python 2 to 3.
const MODULES_FORWARD: &[(&str, &str)] = &[
    ("cPickle", "pickle"),
    ("_elementtree", "xml.etree.ElementTree"),
    ("FileDialog", "tkinter.filedialog"),
    ("SimpleDialog", "tkinter.simpledialog"),
    ("DocXMLRPCServer", "xmlrpc.server"),
    ("SimpleHTTPServer", "http.server"),
    ("CGIHTTPServer", "http.server"),
    ("UserDict", "collections"),
    ("UserList", "collections"),
    ("UserString", "collections"),
    ("whichdb", "dbm"),
    ("StringIO", "io"),
    ("cStringIO", "io"),
];

/// Modules that only go from Python 3 to 2, as (Python 2, Python 3) all the same.
const MODULES_BACK: &[(&str, &str)] = &[
    ("bz2", "_bz2"),
    ("dbm", "_dbm"),
    ("functools", "_functools"),
    ("gdbm", "_gdbm"),
    ("pickle", "_pickle"),
];

type Name = (&'static str, &'static str);

/// Names in modules, Python 2 to 3, that go back the same way. They come before the modules.
const NAMES: &[(Name, Name)] = &[
    (("__builtin__", "xrange"), ("builtins", "range")),
    (("__builtin__", "reduce"), ("functools", "reduce")),
    (("__builtin__", "intern"), ("sys", "intern")),
    (("__builtin__", "unichr"), ("builtins", "chr")),
    (("__builtin__", "unicode"), ("builtins", "str")),
    (("__builtin__", "long"), ("builtins", "int")),
    (("itertools", "izip"), ("builtins", "zip")),
    (("itertools", "imap"), ("builtins", "map")),
    (("itertools", "ifilter"), ("builtins", "filter")),
    (("itertools", "ifilterfalse"), ("itertools", "filterfalse")),
    (("itertools", "izip_longest"), ("itertools", "zip_longest")),
    (("UserDict", "IterableUserDict"), ("collections", "UserDict")),
    (("UserList", "UserList"), ("collections", "UserList")),
    (("UserString", "UserString"), ("collections", "UserString")),
    (("whichdb", "whichdb"), ("dbm", "whichdb")),
    (("_socket", "fromfd"), ("socket", "fromfd")),
    (("_multiprocessing", "Connection"), ("multiprocessing.connection", "Connection")),
    (("multiprocessing.process", "Process"), ("multiprocessing.context", "Process")),
    (("multiprocessing.forking", "Popen"), ("multiprocessing.popen_fork", "Popen")),
    (("urllib", "ContentTooShortError"), ("urllib.error", "ContentTooShortError")),
    (("urllib", "getproxies"), ("urllib.request", "getproxies")),
    (("urllib", "pathname2url"), ("urllib.request", "pathname2url")),
    (("urllib", "quote_plus"), ("urllib.parse", "quote_plus")),
    (("urllib", "quote"), ("urllib.parse", "quote")),
    (("urllib", "unquote_plus"), ("urllib.parse", "unquote_plus")),
    (("urllib", "unquote"), ("urllib.parse", "unquote")),
    (("urllib", "url2pathname"), ("urllib.request", "url2pathname")),
    (("urllib", "urlcleanup"), ("urllib.request", "urlcleanup")),
    (("urllib", "urlencode"), ("urllib.parse", "urlencode")),
    (("urllib", "urlopen"), ("urllib.request", "urlopen")),
    (("urllib", "urlretrieve"), ("urllib.request", "urlretrieve")),
    (("urllib2", "HTTPError"), ("urllib.error", "HTTPError")),
    (("urllib2", "URLError"), ("urllib.error", "URLError")),
    (("multiprocessing", "AuthenticationError"), ("multiprocessing.context", "AuthenticationError")),
    (("multiprocessing", "BufferTooShort"), ("multiprocessing.context", "BufferTooShort")),
    (("multiprocessing", "ProcessError"), ("multiprocessing.context", "ProcessError")),
    (("multiprocessing", "TimeoutError"), ("multiprocessing.context", "TimeoutError")),
];

/// Names that only go from Python 2 to 3.
const NAMES_FORWARD: &[(Name, Name)] = &[
    (("__builtin__", "basestring"), ("builtins", "str")),
    (("exceptions", "StandardError"), ("builtins", "Exception")),
    (("UserDict", "UserDict"), ("collections", "UserDict")),
    (("socket", "_socketobject"), ("socket", "SocketType")),
];

/// Names that only go from Python 3 to 2, as (Python 2, Python 3).
const NAMES_BACK: &[(Name, Name)] = &[
    (("__builtin__", "reduce"), ("_functools", "reduce")),
    (("FileDialog", "FileDialog"), ("tkinter.filedialog", "FileDialog")),
    (("FileDialog", "LoadFileDialog"), ("tkinter.filedialog", "LoadFileDialog")),
    (("FileDialog", "SaveFileDialog"), ("tkinter.filedialog", "SaveFileDialog")),
    (("SimpleDialog", "SimpleDialog"), ("tkinter.simpledialog", "SimpleDialog")),
    (("DocXMLRPCServer", "ServerHTMLDoc"), ("xmlrpc.server", "ServerHTMLDoc")),
    (("DocXMLRPCServer", "XMLRPCDocGenerator"), ("xmlrpc.server", "XMLRPCDocGenerator")),
    (("DocXMLRPCServer", "DocXMLRPCRequestHandler"), ("xmlrpc.server", "DocXMLRPCRequestHandler")),
    (("DocXMLRPCServer", "DocXMLRPCServer"), ("xmlrpc.server", "DocXMLRPCServer")),
    (("DocXMLRPCServer", "DocCGIXMLRPCRequestHandler"), ("xmlrpc.server", "DocCGIXMLRPCRequestHandler")),
    (("SimpleHTTPServer", "SimpleHTTPRequestHandler"), ("http.server", "SimpleHTTPRequestHandler")),
    (("CGIHTTPServer", "CGIHTTPRequestHandler"), ("http.server", "CGIHTTPRequestHandler")),
    (("socket", "_socketobject"), ("_socket", "socket")),
];

/// Exceptions that moved from `exceptions` to `builtins` and kept their names.
#[rustfmt::skip]
const EXCEPTIONS: &[&str] = &[
    "ArithmeticError", "AssertionError", "AttributeError", "BaseException", "BufferError", "BytesWarning",
    "DeprecationWarning", "EOFError", "EnvironmentError", "Exception", "FloatingPointError", "FutureWarning",
    "GeneratorExit", "IOError", "ImportError", "ImportWarning", "IndentationError", "IndexError", "KeyError",
    "KeyboardInterrupt", "LookupError", "MemoryError", "NameError", "NotImplementedError", "OSError",
    "OverflowError", "PendingDeprecationWarning", "ReferenceError", "RuntimeError", "RuntimeWarning",
    "StopIteration", "SyntaxError", "SyntaxWarning", "SystemError", "SystemExit", "TabError", "TypeError",
    "UnboundLocalError", "UnicodeDecodeError", "UnicodeEncodeError", "UnicodeError", "UnicodeTranslateError",
    "UnicodeWarning", "UserWarning", "ValueError", "Warning", "ZeroDivisionError",
];

/// Python 3's kinds of `OSError`, which Python 2 does not tell apart.
#[rustfmt::skip]
const OS_ERRORS: &[&str] = &[
    "BrokenPipeError", "ChildProcessError", "ConnectionAbortedError", "ConnectionError", "ConnectionRefusedError",
    "ConnectionResetError", "FileExistsError", "FileNotFoundError", "InterruptedError", "IsADirectoryError",
    "NotADirectoryError", "PermissionError", "ProcessLookupError", "TimeoutError",
];

/// The name in Python 3 of a global of Python 2.
pub(crate) fn to_python3<'a>(module: &'a str, name: &'a str) -> (&'a str, &'a str) {
    if module == "exceptions" && EXCEPTIONS.contains(&name) {
        return ("builtins", name);
    }
    let mut names = NAMES.iter().chain(NAMES_FORWARD);
    if let Some((_, new)) = names.find(|(old, _)| *old == (module, name)) {
        return *new;
    }
    let mut modules = MODULES.iter().chain(MODULES_FORWARD);
    modules.find(|(old, _)| *old == module).map_or((module, name), |(_, new)| (*new, name))
}

/// The name in Python 2 of a global of Python 3.
pub(crate) fn to_python2<'a>(module: &'a str, name: &'a str) -> (&'a str, &'a str) {
    if module == "builtins" {
        if EXCEPTIONS.contains(&name) {
            return ("exceptions", name);
        }
        if OS_ERRORS.contains(&name) {
            return ("exceptions", "OSError");
        }
        if name == "ModuleNotFoundError" {
            return ("exceptions", "ImportError");
        }
    }
    let mut names = NAMES_BACK.iter().chain(NAMES);
    if let Some((old, _)) = names.find(|(_, new)| *new == (module, name)) {
        return *old;
    }
    let mut modules = MODULES_BACK.iter().chain(MODULES);
    modules.find(|(_, new)| *new == module).map_or((module, name), |(old, _)| (*old, name))
}
