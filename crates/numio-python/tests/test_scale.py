"""The cost model of docs/scale.md, checked by the simulated store: seeded, and seconds long."""

import importlib.util
import pathlib
import sys
from dataclasses import replace

import pytest

ROOT = pathlib.Path(__file__).parents[3]
spec = importlib.util.spec_from_file_location("scale", ROOT / "scripts/scale.py")
scale = importlib.util.module_from_spec(spec)
sys.modules["scale"] = scale
spec.loader.exec_module(scale)
STORE = scale.Store()


def test_the_page_has_the_tables_of_the_model():
    assert scale.page() == scale.PAGE.read_text("utf-8"), "run scripts/scale.py --write"


def test_the_defaults_are_numios():
    stores = pytest.importorskip("numio._stores")
    assert (scale.HEAD, scale.IN_FLIGHT, scale.TRIES, scale.PAUSE) == (
        stores._HEAD, stores._CONCURRENCY, stores._TRIES, stores._PAUSE,
    )  # fmt: skip
    lazy = (ROOT / "crates/numio/src/lazy/mod.rs").read_text()
    assert f"MAX_REQUEST: usize = {scale.REQUEST >> 20} << 20;" in lazy


@pytest.mark.parametrize("workers", [50, 500, 2_000])
@pytest.mark.parametrize("request_size, in_flight", [(8 << 20, 32), (64 << 20, 2), (4 << 10, 8)])
@pytest.mark.parametrize("prefixes", [1, 16])
@pytest.mark.parametrize("writes", [False, True])
def test_the_model_answers_as_many_requests_as_the_store(workers, request_size, in_flight, prefixes, writes):
    plan = scale.Plan("", workers=workers, request=request_size, in_flight=in_flight, prefixes=prefixes, writes=writes)
    found = scale.simulate(plan, STORE, seed=3)
    wanted = scale.rate(plan, STORE)
    # Next to the limit some requests come in bursts, are refused and wait.
    near = 0.5 < scale.demand(plan, STORE) / scale.limit(plan, STORE) < 2
    assert found.answered == pytest.approx(wanted, rel=0.3 if near else 0.12)
    if scale.demand(plan, STORE) < 0.5 * scale.limit(plan, STORE):
        assert found.refused < 0.02 and found.failed == 0
    if scale.demand(plan, STORE) > 20 * scale.limit(plan, STORE):
        assert found.failed > 0.2


def test_the_same_seed_gives_the_same_answers():
    plan = scale.Plan("", workers=200)
    assert scale.simulate(plan, STORE, seed=5) == scale.simulate(plan, STORE, seed=5)
    assert scale.simulate(plan, STORE, seed=5) != scale.simulate(plan, STORE, seed=6)


def test_tails_are_those_of_the_store():
    plan = scale.Plan("", workers=100, in_flight=1, request=1)
    found = scale.simulate(plan, STORE, duration=60.0)
    assert found.worst == pytest.approx(STORE.worst, rel=0.15)


def test_more_tries_and_longer_pauses_give_up_less():
    plan = scale.Plan("", workers=5_000, request=64 << 20, in_flight=4)
    failed = [
        scale.simulate(replace(plan, tries=tries, pause=pause), STORE).failed for tries, pause in ((2, 0.1), (5, 0.1), (8, 0.2))
    ]
    assert failed[0] > failed[1] >= failed[2]


def test_upload_in_parts_is_modelled():
    upload = scale.Upload(STORE)
    for _ in range(10_000):
        upload.part(8 << 20)
    assert sum(upload.sizes) == scale.largest(8 << 20, STORE)
    with pytest.raises(ValueError, match="at most 10000 parts"):
        upload.part(8 << 20)
    small = scale.Upload(STORE)
    small.part(1)
    with pytest.raises(ValueError, match="5 MiB"):
        small.part(1)


def test_prefixes_that_are_needed_are_enough():
    for plan in scale.READS + scale.WRITES:
        enough = replace(plan, prefixes=2 * scale.prefixes_needed(plan, STORE), workers=plan.workers // 20)
        enough = replace(enough, prefixes=max(enough.prefixes // 20, 1) + 1)
        assert scale.simulate(enough, STORE).failed < 0.001, plan
