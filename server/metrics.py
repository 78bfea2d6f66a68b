"""What is counted while the server runs, for Prometheus; it outlives a swap of the build."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Metric,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from .pool import Pool

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class _Requests(Collector):
    """Answers by route: how many of each status, and how long they took.

    Counted here, since every answer passes and the library's counters do more for each.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], int] = {}
        self._seconds: dict[str, list[int]] = {}  # answers within each bound, and beyond the last
        self._sums: dict[str, float] = {}

    def add(self, route: str, status: int, seconds: float) -> None:
        key = route, status
        self._counts[key] = self._counts.get(key, 0) + 1
        if route not in self._sums:
            self._seconds[route], self._sums[route] = [0] * (len(_SECONDS) + 1), 0.0
        self._seconds[route][bisect_left(_SECONDS, seconds)] += 1
        self._sums[route] += seconds

    def collect(self) -> Iterator[Metric]:
        """Yield what was counted, as the library wants it."""
        counts = CounterMetricFamily(
            "cami_requests",
            "Answers by route and HTTP status; 0 when the client went away.",
            labels=["route", "status"],
        )
        for (route, status), count in list(self._counts.items()):
            counts.add_metric([route, str(status)], count)
        yield counts
        times = HistogramMetricFamily(
            "cami_request_seconds",
            "Time to the end of the answer, by route; each canned query is a route.",
            labels=["route"],
        )
        bounds = [*(str(float(bound)) for bound in _SECONDS), "+Inf"]
        for route, total in list(self._sums.items()):
            within = zip(bounds, accumulate(self._seconds[route]), strict=True)
            times.add_metric([route], list(within), total)
        yield times


class _Answers(Collector):
    """Answers to queries by source, counted here for the same reason."""

    def __init__(self) -> None:
        self.counts = defaultdict[str, int](int)

    def collect(self) -> Iterator[Metric]:
        """Yield what was counted, as the library wants it."""
        family = CounterMetricFamily(
            "cami_answers",
            "Answers to queries by where they come from: unchanged (304), cache, shared with who "
            "asked the same at the same time, worker.",
            labels=["source"],
        )
        for source, count in list(self.counts.items()):
            family.add_metric([source], count)
        yield family


class Metrics:
    """Counters of one server process."""

    def __init__(self) -> None:
        disable_created_metrics()  # a second series for each, of no use here
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = _Requests()
        self.registry.register(self.requests)
        self.problems = Counter(
            "cami_problems",
            "Answers that say what is wrong, by reason: the last part of the problem's type, or the "
            "status where there is none, as on a page.",
            ["reason"],
            registry=self.registry,
        )
        self._answers = _Answers()
        self.registry.register(self._answers)
        self.hits = Counter(
            "cami_answers_kept",
            "Answers given again as the bytes that went out before.",
            registry=self.registry,
        )
        self.served = ""  # what is served, by a name that nothing else has had
        self.swaps = Counter("cami_swaps", "Builds swapped in.", registry=self.registry)
        self.swaps_refused = Counter(
            "cami_swaps_refused", "Builds refused at a swap.", registry=self.registry
        )
        self.dataset = Gauge(
            "cami_dataset_info", "1 for the digest served.", ["digest"], registry=self.registry
        )
        self._running = Gauge("cami_queries_running", "Queries in work.", registry=self.registry)
        self._waiting = Gauge("cami_queries_waiting", "Queries in line.", registry=self.registry)
        self._workers = Gauge("cami_workers", "Workers configured.", registry=self.registry)
        self._builds = 0

    def answered(self, source: str) -> None:
        """Note where an answer to a query comes from."""
        self._answers.counts[source] += 1

    def answered_by(self, route: str, status: int, seconds: float) -> None:
        """Note an answer, by the name of its route."""
        self.requests.add(route, status, seconds)

    def serving(self, digest: str) -> None:
        """Note the dataset that is served from now on."""
        self._builds += 1  # one of the same data may have other pages
        self.served = f"{digest} {self._builds}"
        self.dataset.clear()
        self.dataset.labels(digest).set(1)

    def text(self, pool: Pool) -> bytes:
        """Return everything in the text format of Prometheus."""
        self._running.set(pool.running)
        self._waiting.set(pool.waiting)
        self._workers.set(pool.size)
        return generate_latest(self.registry)
