#!/usr/bin/env python3
"""Makes `crates/numio-pickle/src/audit/python.txt`: the names in CPython's and NumPy's modules that are known to do harm
when a pickle calls them.

    scripts/dangerous_names.py PYTHON...

Each PYTHON is an interpreter; those that have NumPy tell of that too. In each, every module is imported and its source
parsed, and a name is listed if what it calls, in whatever steps, reaches one of the seeds below: a process, a file, a
socket, an import, code, memory. Of classes, those methods count that an unpickler runs by itself; other methods are listed
with their class. What a name does is told by a letter, as `LETTERS` in `table.rs` reads it.

The table says more than what is certain: a function that opens a file only under some condition is listed. What it leaves
out is not thereby harmless: a name that is unknown needs trust.
"""

import ast
import collections
import importlib
import inspect
import io
import json
import os
import pathlib
import pkgutil
import subprocess
import sys
import types
import warnings

# What does harm by itself, by letter. The letters' order is that of their gravity.
SEEDS = {
    "c": """os.system os.popen os.execv os.execve os.execl os.execle os.execlp os.execlpe os.execvp os.execvpe os.spawnv
        os.spawnve os.spawnl os.spawnle os.spawnlp os.spawnlpe os.spawnvp os.spawnvpe os.posix_spawn os.posix_spawnp os.fork
        os.forkpty os.startfile subprocess.Popen _posixsubprocess.fork_exec pty.spawn pty.fork _winapi.CreateProcess
        webbrowser.open""",
    "x": """builtins.exec builtins.eval builtins.compile types.FunctionType types.CodeType _xxsubinterpreters.run_string
        _xxsubinterpreters.create _interpreters.run_string _interpreters.exec _interpreters.call _interpreters.run_func
        _testcapi.run_in_subinterp _testinternalcapi.run_in_subinterp_with_config _tkinter.create code.interact""",
    "i": """builtins.__import__ importlib.import_module importlib.reload importlib._bootstrap._gcd_import
        importlib.util.module_from_spec _imp.create_dynamic _imp.create_builtin _imp.exec_dynamic imp.load_module
        pkgutil.resolve_name""",
    "p": """pickle.load pickle.loads pickle.Unpickler pickle._Unpickler pickle._load pickle._loads _pickle.load _pickle.loads
        _pickle.Unpickler marshal.load marshal.loads numpy.load""",
    "m": "ctypes.CDLL _ctypes.dlopen ctypes.cast ctypes.string_at mmap.mmap",
    "n": "socket.socket _socket.socket socket.create_connection socket.getaddrinfo socket.gethostbyname",
    "f": """builtins.open io.open _io.open io.FileIO _pyio.open os.open os.remove os.unlink os.rename os.renames os.replace
        os.rmdir os.removedirs os.mkdir os.makedirs os.symlink os.link os.truncate os.ftruncate os.chmod os.chown os.lchown
        os.utime os.write os.mkfifo os.mknod os.setxattr os.removexattr shutil.rmtree shutil.move shutil.copyfile sqlite3.connect
        _sqlite3.connect _gdbm.open _dbm.open codecs.open tempfile.mkstemp tempfile.mkdtemp readline.write_history_file
        readline.append_history_file readline.read_init_file numpy.fromfile numpy.ndarray.tofile numpy.ndarray.dump
        numpy.fromregex faulthandler.dump_traceback array.array.tofile array.array.fromfile syslog.syslog""",
    "s": """os.kill os.killpg os._exit os.abort signal.signal signal.raise_signal signal.pthread_kill signal.setitimer
        signal.alarm resource.setrlimit os.setuid os.setgid os.chdir os.chroot os.putenv os.unsetenv os.nice os.umask
        sys.settrace sys.setprofile sys.setrecursionlimit faulthandler._sigsegv faulthandler._sigabrt faulthandler.enable
        gc.get_objects gc.get_referrers _thread.interrupt_main atexit.register""",
}

# Calls that lead no further: what they read is Python's own, or they are everywhere.
QUIET = {
    "warnings", "_warnings", "linecache", "traceback", "re", "re._compiler", "re._parser", "sre_compile", "sre_parse",
    "encodings", "locale", "_locale", "gettext", "enum", "abc", "typing", "copy", "copyreg", "collections", "functools",
    "contextlib", "weakref", "_weakrefset", "codecs", "token", "tokenize", "keyword", "inspect", "ast", "dis", "types",
    "reprlib", "textwrap", "string", "operator", "random", "numpy.exceptions", "numpy._globals", "numpy._utils",
    "logging", "dataclasses", "threading", "datetime", "_strptime", "decimal", "numbers", "fractions", "struct",
}

# What an unpickler calls by itself on an object that it has made.
IMPLICIT = ["__new__", "__init__", "__setstate__", "__getinitargs__", "__setitem__", "append", "extend", "add", "__hash__", "__del__"]

# Modules that the table written by hand has as wholes, and tests.
SKIPPED = {"antigravity", "this", "idlelib", "lib2to3", "test", "turtledemo", "tkinter", "ensurepip", "distutils", "__main__"}


def modules():
    """The names of all modules of the standard library, and NumPy's."""
    stdlib = pathlib.Path(os.__file__).parent
    names = set(getattr(sys, "stdlib_module_names", sys.builtin_module_names))
    for info in pkgutil.walk_packages([str(stdlib)], onerror=lambda name: None):
        if "site-packages" not in str(getattr(info.module_finder, "path", "")):
            names.add(info.name)
    try:
        import numpy

        names |= {info.name for info in pkgutil.walk_packages(numpy.__path__, "numpy.", onerror=lambda name: None)}
        names.add("numpy")
    except ImportError:
        pass
    for name in sorted(names):
        parts = set(name.split("."))
        if not parts & (SKIPPED | {"tests", "conftest", "testing", "f2py", "distutils"}) and not name.endswith("__main__"):
            yield name


class Reader:
    """Finds the seeds that the functions of all modules reach."""

    def __init__(self):
        self.letters = {}
        for letter, names in SEEDS.items():
            for name in names.split():
                found = self.lookup(name)
                if found is not None:
                    self.letters[id(found)] = letter
        self.calls = {}
        self.names = {}

    @staticmethod
    def lookup(name):
        parts = name.split(".")
        for cut in range(len(parts), 0, -1):
            try:
                found = importlib.import_module(".".join(parts[:cut]))
                for part in parts[cut:]:
                    found = getattr(found, part)
                return found
            except (ImportError, AttributeError):
                continue
        return None

    def read(self, module):
        """The calls of each function in a module's source, as objects."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(inspect.getsource(module))
        except (OSError, TypeError, SyntaxError):
            return
        self.scope(module, tree, [], None)

    def scope(self, module, node, path, owner):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                found = self.reach(module, path + [child.name])
                self.scope(module, child, path + [child.name], found if isinstance(found, type) else owner)
            elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found = self.reach(module, path + [child.name])
                if found is not None:
                    self.calls.setdefault(key(found), set()).update(self.called(module, child, owner))
            elif not isinstance(child, ast.Lambda):
                self.scope(module, child, path, owner)

    @staticmethod
    def reach(module, path):
        found = module
        for part in path:
            try:
                found = inspect.getattr_static(found, part)
            except AttributeError:
                return None
        return found

    def called(self, module, function, owner):
        """What a function calls: keys of objects, and letters where it calls its own arguments."""
        local, params = {}, {arg.arg for arg in function.args.args + function.args.kwonlyargs}
        for node in ast.walk(function):
            if isinstance(node, ast.Import):
                for name in node.names:
                    local[(name.asname or name.name).split(".")[0]] = sys.modules.get(
                        name.name if name.asname else name.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module in sys.modules:
                for name in node.names:
                    local[name.asname or name.name] = getattr(sys.modules[node.module], name.name, None)
        for node in ast.walk(function):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name) and node.func.id in params - {"cls", "self", "type"}:
                yield "k"
                continue
            found = self.resolve(module, node.func, local, owner, params)
            if found is not None:
                yield key(found)

    def resolve(self, module, node, local, owner, params):
        if isinstance(node, ast.Name):
            if node.id in local:
                return local[node.id]
            if node.id in params:
                return owner if node.id in ("self", "cls") else None
            return module.__dict__.get(node.id, getattr(__builtins__, node.id, None))
        if isinstance(node, ast.Attribute):
            outer = self.resolve(module, node.value, local, owner, params)
            if isinstance(outer, (types.ModuleType, type)):
                try:
                    return inspect.getattr_static(outer, node.attr)
                except AttributeError:
                    return getattr(outer, node.attr, None) if isinstance(outer, types.ModuleType) else None
        return None

    def spread(self):
        """Letters of all functions, from those that they call."""
        order = "cxipmnfsk"
        objects = {}
        for module in list(sys.modules.values()):
            for found in list(getattr(module, "__dict__", {}).values()):
                if isinstance(found, type):
                    objects[key(found)] = found
        letters = dict(self.letters)
        changed = True
        while changed:
            changed = False
            for caller, called in self.calls.items():
                found = [letter for letter in (self.letter(one, letters, objects) for one in called) if letter]
                best = min(found, key=order.index, default=None)
                old = letters.get(caller)
                if best and (old is None or order.index(best) < order.index(old)) and caller not in self.letters:
                    letters[caller] = best
                    changed = True
        return letters, objects

    def letter(self, one, letters, objects):
        if one == "k" or one in letters:
            return one if one == "k" else letters[one]
        return self.of_class(objects.get(one), letters)

    def of_class(self, found, letters):
        if not isinstance(found, type) or found.__module__ in QUIET:
            return None
        for name in IMPLICIT:
            try:
                method = inspect.getattr_static(found, name)
            except AttributeError:
                continue
            if key(method) in letters:
                return letters[key(method)]
        return None


def key(found):
    """An identity that holds for a function however it is bound."""
    found = getattr(found, "__func__", found)
    found = inspect.unwrap(found) if isinstance(found, types.FunctionType) else found
    return id(found)


def is_quiet(found):
    return getattr(found, "__module__", None) in QUIET


def table():
    """Names by module, with their letters: what this interpreter has."""
    sys.setrecursionlimit(10_000)
    warnings.simplefilter("ignore")
    kept = sys.stdout, sys.stderr
    loaded = {}
    for name in modules():
        sys.stdout = sys.stderr = io.StringIO()
        try:
            loaded[name] = importlib.import_module(name)
        except BaseException:
            pass
        finally:
            sys.stdout, sys.stderr = kept
    reader = Reader()
    for name, module in loaded.items():
        if name not in QUIET:
            reader.read(module)
    letters, _ = reader.spread()
    rows = {}
    for name, module in loaded.items():
        found = {}
        for attribute, value in sorted(vars(module).items()):
            # NumPy's own pickles name the class, and make its elements of bytes.
            if attribute == "memmap" or attribute.startswith("__") and attribute != "__import__" or isinstance(value, types.ModuleType):
                continue
            letter = letters.get(key(value)) or reader.of_class(value, letters)
            # A class that calls what it is given is no more than any other.
            if letter == "k" and isinstance(value, type):
                letter = None
            if letter and (not is_quiet(value) or key(value) in reader.letters):
                found[attribute] = letter
            elif isinstance(value, type) and value.__module__ == name:
                for method in sorted(vars(value)):
                    letter = letters.get(key(vars(value)[method]))
                    if letter:
                        found[f"{attribute}.{method}"] = letter
        if found:
            rows[name] = found
    return rows


def main():
    merged = {}
    for python in sys.argv[1:]:
        output = subprocess.run([python, __file__, "--here"], capture_output=True, text=True, check=True, cwd="/")
        for module, names in json.loads(output.stdout.splitlines()[-1]).items():
            for name, letter in names.items():
                merged.setdefault(module, {}).setdefault(name, letter)
    lines = []
    for module, names in sorted(merged.items()):
        by_letter = collections.defaultdict(list)
        for name, letter in sorted(names.items()):
            by_letter[letter].append(name)
        parts = [f"={letter} {' '.join(by_letter[letter])}" for letter in "cxipmnfsk" if letter in by_letter]
        lines.append(f"{module} {' '.join(parts)}\n")
    target = pathlib.Path(__file__).parent.parent / "crates/numio-pickle/src/audit/python.txt"
    target.write_text("".join(lines), encoding="utf-8")
    print(f"{len(lines)} modules, {sum(map(len, merged.values()))} names", file=sys.stderr)


if __name__ == "__main__":
    if sys.argv[1:] == ["--here"]:
        print(json.dumps(table()))
    else:
        main()
