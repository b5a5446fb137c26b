#!/usr/bin/env python3
"""The cost of reading and writing a large collection in an object store: a model, and a simulated store that checks it.

    scripts/scale.py            print the tables
    scripts/scale.py --write    put them into docs/scale.md
    scripts/scale.py --check    fail where docs/scale.md has others

The model is arithmetic; the store counts, refuses and delays single requests of thousands of workers. The same seed gives the same
answers.
"""

import math
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

KiB, MiB, GiB, PiB = 1 << 10, 1 << 20, 1 << 30, 1 << 50
PAGE = Path(__file__).resolve().parents[1] / "docs/scale.md"

# What numio does by default; the tests compare these with the package.
HEAD, REQUEST, IN_FLIGHT, TRIES, PAUSE = 96 * KiB, 8 * MiB, 32, 5, 0.1


@dataclass(frozen=True)
class Store:
    """The limits and prices that stores of the kind of S3 publish, and latencies as they are measured there."""

    gets: float = 5_500
    puts: float = 3_500
    """Requests in a second for each prefix; those beyond are answered with 503."""
    median: float = 0.030
    worst: float = 0.200
    """Seconds to the first byte: of half of all answers, and of all but one in a hundred."""
    connection: float = 90e6
    """Bytes in a second of one answer."""
    parts: int = 10_000
    """Parts of one upload."""
    get_price: float = 0.40e-6
    put_price: float = 5.00e-6

    @property
    def spread(self):
        return math.log(self.worst / self.median) / 2.326

    @property
    def mean(self):
        """The mean of the lognormal distribution with that median and that tail."""
        return self.median * math.exp(self.spread**2 / 2)


@dataclass(frozen=True)
class Plan:
    """Workers that move `total` bytes in requests of `request` bytes, `in_flight` at once each."""

    name: str
    total: int = PiB
    object: int = GiB
    workers: int = 10_000
    network: float = 1.25e9
    """Bytes in a second of one worker."""
    in_flight: int = IN_FLIGHT
    request: int = REQUEST
    prefixes: int = 1
    writes: bool = False
    tries: int = TRIES
    pause: float = PAUSE


def seconds(plan, store):
    """How long one request takes when nothing is refused."""
    return store.mean + plan.request / min(store.connection, plan.network / plan.in_flight)


def limit(plan, store):
    """Requests in a second that the prefixes take."""
    return plan.prefixes * (store.puts if plan.writes else store.gets)


def demand(plan, store):
    """Requests in a second that the workers would make."""
    return plan.workers * plan.in_flight / seconds(plan, store)


def rate(plan, store):
    """Requests in a second that are answered."""
    return min(demand(plan, store), limit(plan, store))


def requests(plan):
    """Requests for the collection: those for the data, and for each object one to open it, or two to begin and end an upload."""
    objects = -(-plan.total // plan.object)
    parts = -(-plan.object // plan.request)
    return objects * (parts + (2 if plan.writes else 1))


def hours(plan, store):
    return requests(plan) / rate(plan, store) / 3600


def dollars(plan, store):
    return requests(plan) * (store.put_price if plan.writes else store.get_price)


def memory(plan):
    """Bytes of answers under way in a worker."""
    return plan.in_flight * plan.request


def prefixes_needed(plan, store):
    return math.ceil(demand(plan, store) / (store.puts if plan.writes else store.gets))


@dataclass
class Outcome:
    answered: float
    """Requests in a second."""
    refused: float
    """Answers of 503 for each request that was answered."""
    failed: float
    """The part of requests that were given up after all tries."""
    worst: float
    """Seconds of a request with its tries, of all but one in a hundred."""


def simulate(plan, store, duration=6.0, step=0.025, seed=0):
    """Every request of every worker for some seconds, against buckets of tokens for the prefixes."""
    noise = np.random.default_rng(seed)
    slots = plan.workers * plan.in_flight
    # Workers do not start in the same instant.
    ready = noise.uniform(0, seconds(plan, store), slots)
    begun, attempt = ready.copy(), np.zeros(slots, np.int8)
    allowed = store.puts if plan.writes else store.gets
    tokens = np.full(plan.prefixes, allowed * step)
    transfer = plan.request / min(store.connection, plan.network / plan.in_flight)
    answered = refused = failed = 0
    waits = []
    settled = duration / 3
    for now in np.arange(0, duration, step):
        tokens = np.minimum(tokens + allowed * step, allowed * max(step * 2, 0.05))
        acting = np.flatnonzero(ready <= now)
        noise.shuffle(acting)
        prefix = noise.integers(plan.prefixes, size=len(acting)) if plan.prefixes > 1 else np.zeros(len(acting), np.intp)
        order = np.argsort(prefix, kind="stable")
        acting, prefix = acting[order], prefix[order]
        counts = np.bincount(prefix, minlength=plan.prefixes)
        position = np.arange(len(acting)) - np.repeat(np.cumsum(counts) - counts, counts)
        taken = position < np.floor(tokens)[prefix]
        tokens -= np.bincount(prefix[taken], minlength=plan.prefixes)
        good, bad = acting[taken], acting[~taken]
        latency = store.median * np.exp(store.spread * noise.standard_normal(len(good)))
        # A slot acts at the first step after it is ready: what it waited for that is not the store's.
        done = np.maximum(ready[good], now - step) + latency + transfer
        if now >= settled:
            answered += len(good)
            refused += len(bad)
            waits.append(done[:: 1 + len(done) // 2000] - begun[good][:: 1 + len(done) // 2000])
        ready[good], begun[good], attempt[good] = done, done, 0
        attempt[bad] += 1
        ready[bad] = now + store.median + plan.pause * 2.0 ** attempt[bad] * noise.uniform(0.5, 1, len(bad))
        given_up = bad[attempt[bad] >= plan.tries]
        if now >= settled:
            failed += len(given_up)
        ready[given_up] = now + store.median
        begun[given_up], attempt[given_up] = ready[given_up], 0
    span = duration - settled
    worst = float(np.quantile(np.concatenate(waits), 0.99)) if waits else 0.0
    return Outcome(answered / span, refused / max(answered, 1), failed / max(answered + failed, 1), worst)


class Upload:
    """An upload in parts, as the store takes it."""

    def __init__(self, store):
        self.store, self.sizes = store, []

    def part(self, size):
        if len(self.sizes) == self.store.parts:
            raise ValueError(f"an upload has at most {self.store.parts} parts")
        if self.sizes and self.sizes[-1] < 5 * MiB:
            raise ValueError("all parts but the last have 5 MiB or more")
        self.sizes.append(size)


def largest(part, store):
    """The most bytes of an object that is uploaded in parts of that size."""
    return part * store.parts


READS = [
    Plan("defaults, one prefix"),
    Plan("defaults, 64 prefixes", prefixes=64),
    Plan("defaults, 256 prefixes", prefixes=256),
    Plan("`max_request` of 128 MiB, one prefix", request=128 * MiB, in_flight=1),
    Plan("`max_request` of 128 MiB, 16 prefixes", request=128 * MiB, in_flight=1, prefixes=16),
    Plan("100 workers, defaults, 4 prefixes", workers=100, prefixes=4),
    Plan("one row of 4 KiB for each request, 256 prefixes", request=4 * KiB, prefixes=256, object=GiB),
]
WRITES = [
    Plan("parts of 8 MiB, one prefix", writes=True, in_flight=1),
    Plan("parts of 50 MiB, one prefix", writes=True, in_flight=1, request=50 * MiB),
    Plan("parts of 50 MiB, 8 prefixes", writes=True, in_flight=1, request=50 * MiB, prefixes=8),
    Plan("parts of 128 MiB, 8 prefixes", writes=True, in_flight=1, request=128 * MiB, prefixes=8),
]


def size(count):
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if count < 1024 or unit == "TiB":
            return f"{count:.3g} {unit}" if count < 1000 else f"{count:.0f} {unit}"
        count /= 1024


def time(hour):
    for most, unit, name in ((1 / 60, 1 / 3600, "s"), (1, 1 / 60, "min"), (100, 1, "h")):
        if hour < most:
            return f"{hour / unit:.1f} {name}"
    return f"{hour / 24:,.0f} days"


def table(plans, store):
    rows = ["| | requests | asked for | answered: model | simulated | 503s for each answer | given up | time | memory of a worker | price |",
            "|---|---|---|---|---|---|---|---|---|---|"]
    for plan in plans:
        found = simulate(plan, store)
        rows.append(
            f"| {plan.name} | {requests(plan) / 1e6:,.1f} M | {demand(plan, store):,.0f}/s | {rate(plan, store):,.0f}/s "
            f"| {found.answered:,.0f}/s | {found.refused:.1f} | {found.failed:.0%} | {time(hours(plan, store))} | {size(memory(plan))} "
            f"| ${dollars(plan, store):,.0f} |"
        )
    return "\n".join(rows)


def opening(store):
    rows = ["| files | by one client, 32 at once | by 10,000 workers, one prefix | bytes | price |", "|---|---|---|---|---|"]
    for files in (1_000, 100_000, 1 << 20, 1 << 30):
        one = files * store.mean / 32 / 3600
        many = files / min(store.gets, 10_000 / store.mean) / 3600
        rows.append(f"| {files:,} | {time(one)} | {time(many)} | {size(files * HEAD)} | ${files * store.get_price:,.2f} |")
    return "\n".join(rows)


def uploads(store):
    rows = ["| part | largest object |", "|---|---|"]
    return "\n".join(rows + [f"| {size(part)} | {size(largest(part, store))} |" for part in (5 * MiB, 8 * MiB, 50 * MiB, 128 * MiB, 600 * MiB)])


def page():
    store, text = Store(), PAGE.read_text("utf-8")
    for name, body in (
        ("reads", table(READS, store)), ("writes", table(WRITES, store)), ("opening", opening(store)), ("uploads", uploads(store)),
    ):
        between = rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- end -->)"
        text = re.sub(between, lambda found, body=body: f"{found[1]}{body}\n{found[2]}", text, flags=re.DOTALL)
    return text


def main():
    if "--write" in sys.argv:
        PAGE.write_text(page(), "utf-8")
    elif "--check" in sys.argv:
        if page() != PAGE.read_text("utf-8"):
            sys.exit("docs/scale.md has other tables: run scripts/scale.py --write")
    else:
        store = Store()
        print(table(READS, store), table(WRITES, store), opening(store), uploads(store), sep="\n\n")


if __name__ == "__main__":
    main()
