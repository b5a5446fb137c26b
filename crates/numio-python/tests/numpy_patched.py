"""A pytest plugin that puts numio's functions in the place of NumPy's, for NumPy's own tests.

Those that `numio.patch` replaces are numio's; so are reading and writing of single arrays in `numpy.lib.format`, in the
few lines below.
"""

import numpy.lib.format

import numio

CALLS = []


def counted(function):
    """The function, with a note that it was called: a patch that no test comes by proves nothing."""

    def call(*args, **kwargs):
        CALLS.append(function.__name__)
        return function(*args, **kwargs)

    return call


def read_array(fp, allow_pickle=False, pickle_kwargs=None, *, max_header_size=None):
    named = {} if max_header_size is None else {"max_header_size": max_header_size}
    allowed = None if allow_pickle else False
    try:
        return numio.load(fp, allow_pickle=allowed, **named, **(pickle_kwargs or {}))
    except EOFError as error:
        # To `load` an empty file is the end of a series of arrays; here it is one array short.
        raise ValueError(str(error)) from error


def write_array(fp, array, version=None, allow_pickle=True, pickle_kwargs=None):
    if version is not None or pickle_kwargs:
        return ORIGINAL(fp, array, version, allow_pickle, pickle_kwargs)
    return numio.save(fp, array, allow_pickle=allow_pickle)


ORIGINAL = numpy.lib.format.write_array


def pytest_configure(config):
    numio.patch()
    for module in (numpy.lib.format, getattr(numpy.lib, "_format_impl", numpy.lib.format)):
        module.read_array = counted(read_array)
        module.write_array = counted(write_array)


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"numio was called {len(CALLS)} times through numpy.lib.format")
