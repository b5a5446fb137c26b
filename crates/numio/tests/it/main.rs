//! numio held against NumPy itself.
//!
//! NumPy runs in a virtual environment that `make test` makes. To run these tests by hand, name a Python that has
//! NumPy in `NUMIO_PYTHON`, or have one in `.venv`.

mod numpy;
