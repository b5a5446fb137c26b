"""The sets of names that numio knows, on what their packages pickle."""

import importlib.util
import pickle
import sys
import types
import warnings

import numpy as np
import pytest

import numio
from numio import _trust_sets


@pytest.fixture
def load(tmp_path):
    def load(value, protocol, trust):
        path = tmp_path / "x.pkl"
        path.write_bytes(pickle.dumps(value, protocol))
        with pytest.raises(numio.UntrustedError) as raised:
            numio.load(path)
        # Its own advice works, too.
        numio.load(path, trust=raised.value.names)
        return numio.load(path, trust=trust)

    return load


@pytest.mark.parametrize("protocol", range(6))
def test_set_pandas_loads_its_types(load, protocol):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {
            "int": [1, 2, 3],
            "text": ["x", "y", None],
            "zoned": pd.date_range("2020", periods=3, tz="Europe/Paris"),
            "category": pd.Categorical(["u", "v", "u"]),
            "nullable": pd.array([1, None, 3], dtype="Int64"),
            "boolean": pd.array([True, None, False], dtype="boolean"),
            "period": pd.period_range("2020-01", periods=3, freq="M"),
            "interval": pd.interval_range(0, 3),
            "delta": pd.to_timedelta([1, 2, 3], "D"),
            "sparse": pd.arrays.SparseArray([0, 0, 1]),
            "string": pd.array(["a", None, "c"], dtype="string"),
            "object": [{"a": 1}, [1], None],
        }
    )
    got = load(frame, protocol, ["pandas"])
    assert got.equals(frame) and (got.dtypes == frame.dtypes).all()
    index = pd.MultiIndex.from_product([[1, 2], ["a", "b"]], names=["x", "y"])
    assert load(pd.Series(range(4), index), protocol, ["pandas"]).index.equals(index)
    for value in (
        pd.Timestamp("2020", tz="Europe/Paris"),
        pd.Timestamp("2020-01-01T00:00:00+05:00"),
        pd.Timedelta(1),
        pd.Period("2020", freq="D"),
        pd.Interval(0, 1),
        pd.offsets.BDay(2),
        pd.offsets.MonthEnd(),
        pd.DateOffset(months=2),
    ):
        assert load(value, protocol, ["pandas"]) == value
    assert load(pd.NaT, protocol, ["pandas"]) is pd.NaT


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "bsr", "dia", "dok", "lil"])
def test_set_scipy_sparse_loads_its_matrices(load, kind, protocol):
    sparse = pytest.importorskip("scipy.sparse")
    for name in (f"{kind}_matrix", f"{kind}_array"):
        matrix = getattr(sparse, name)(np.eye(3))
        got = load(matrix, protocol, ["scipy.sparse"])
        assert type(got) is type(matrix) and np.array_equal(got.toarray(), matrix.toarray())


@pytest.mark.parametrize("protocol", [2, 5])
def test_set_sklearn_loads_its_models(load, protocol):
    pytest.importorskip("sklearn")
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.linear_model import LogisticRegression, SGDClassifier
    from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, SplineTransformer, StandardScaler
    from sklearn.svm import SVC

    x = np.random.default_rng(0).random((60, 4))
    y = (x[:, 0] > 0.5).astype(int)
    models = [
        make_pipeline(StandardScaler(), LogisticRegression()),
        RandomForestClassifier(n_estimators=3),
        GradientBoostingClassifier(n_estimators=3),
        HistGradientBoostingClassifier(max_iter=3),
        KNeighborsClassifier(algorithm="kd_tree"),
        SGDClassifier(),
        SVC(),
        GaussianProcessRegressor(),
    ]
    for model in models:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(x, y)
        assert np.array_equal(load(model, protocol, ["sklearn"]).predict(x), model.predict(x))
    transformers = [
        FunctionTransformer(np.log1p, np.expm1),
        SplineTransformer(),
        TransformedTargetRegressor(LogisticRegression(), func=np.abs, inverse_func=np.sqrt, check_inverse=False),
        GridSearchCV(SVC(), {"C": [1, 2]}, cv=2),
        GridSearchCV(SVC(), {"C": [1, 2]}, cv=2, scoring="f1"),
        RandomizedSearchCV(SVC(), {"C": [1, 2]}, n_iter=1, cv=2, scoring=["f1", "accuracy"], refit="f1"),
    ]
    for model in transformers:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(x, y)
        got = load(model, protocol, ["sklearn"])
        use = "predict" if hasattr(model, "predict") else "transform"
        assert np.array_equal(getattr(got, use)(x), getattr(model, use)(x))
    words = TfidfVectorizer().fit(["a few words", "more words"])
    assert load(words, protocol, ["sklearn"]).vocabulary_ == words.vocabulary_


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_set_astropy_loads_its_types(load, protocol):
    pytest.importorskip("astropy")
    import astropy.units as u
    from astropy.coordinates import Angle, SkyCoord
    from astropy.io import fits
    from astropy.table import MaskedColumn, QTable, Table
    from astropy.time import Time

    for value in (
        u.m,
        u.km / u.s,
        5 * u.m,
        np.arange(3) * u.km,
        Angle("1d"),
        Time(["2020-01-01", "2021-01-01"], scale="tai"),
        Table({"a": [1, 2], "b": ["x", "y"]}),
        QTable({"a": [1, 2] * u.m}),
        SkyCoord(1 * u.deg, 2 * u.deg),
        MaskedColumn([1, 2], mask=[False, True], name="a"),
        Table({"a": MaskedColumn([1, 2], mask=[False, True])}),
        fits.Header([("A", 1, "a comment"), ("B", "text"), ("HISTORY", "long ago"), ("C", None)]),
    ):
        got = load(value, protocol, ["astropy"])
        assert type(got) is type(value) and repr(got) == repr(value)


def test_a_set_is_only_what_is_listed(tmp_path):
    path = tmp_path / "x.pkl"
    for module, name, sets in (
        ("pandas", "read_pickle", ["pandas"]),
        ("pandas.core.computation.eval", "eval", ["pandas"]),
        ("scipy.sparse", "load_npz", ["scipy.sparse"]),
        ("sklearn.base", "os.system", ["sklearn"]),
        ("sklearn.utils", "check_array", ["sklearn"]),
        ("astropy.table", "Table.read", ["astropy"]),
        ("pandasx", "DataFrame", ["pandas"]),
        ("scipy", "sparse.csr_matrix", ["scipy.sparse"]),
    ):
        if importlib.util.find_spec(sets[0].split(".")[0]) is None:
            continue
        path.write_bytes(f"c{module}\n{name}\n(tR.".encode())
        with pytest.raises(numio.UntrustedError):
            numio.load(path, trust=sets)


def test_a_set_may_list_names_with_two_underscores(tmp_path, monkeypatch):
    # As pandas 2 has `__nat_unpickle`.
    module = types.ModuleType("numio_test_set")
    exec("def __made(x): return x + 1\ndef __other(x): return x", module.__dict__)
    monkeypatch.setitem(sys.modules, "numio_test_set", module)
    monkeypatch.setitem(_trust_sets.SETS, "mine", (("numio_test_set", frozenset({"__made"}), frozenset()),))
    path = tmp_path / "x.pkl"
    for name, sets in (("__made", ["numio_test_set.*"]), ("__other", ["mine"]), ("__made", ["mine"])):
        path.write_bytes(f"cnumio_test_set\n{name}\n(I1\ntR.".encode())
        if (name, sets) == ("__made", ["mine"]):
            assert numio.load(path, trust=sets) == 2
        else:
            with pytest.raises(numio.UntrustedError):
                numio.load(path, trust=sets)


def test_a_set_that_is_trusted_is_not_advised(tmp_path):
    path = tmp_path / "x.pkl"
    for package, name in (("pandas", "concat"), ("sklearn.utils", "check_array")):
        path.write_bytes(f"c{package}\n{name}\n(tR.".encode())
        set_ = package.split(".")[0]
        if importlib.util.find_spec(set_) is None:
            continue
        with pytest.raises(numio.UntrustedError, match=rf"for all that numio knows of it, trust=\['{set_}'\]"):
            numio.load(path)
        with pytest.raises(numio.UntrustedError) as raised:
            numio.load(path, trust=[set_])
        assert "all that numio knows" not in str(raised.value)
