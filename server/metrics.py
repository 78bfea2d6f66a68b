"""What is counted while the server runs, for Prometheus; it outlives a swap of the build."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.process_collector import ProcessCollector

from .pool import Pool

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counters of one server process."""

    def __init__(self) -> None:
        disable_created_metrics()  # a second series for each, of no use here
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "cami_requests",
            "Answers by route and HTTP status; 0 when the client went away.",
            ["route", "status"],
            registry=self.registry,
        )
        self.problems = Counter(
            "cami_problems",
            "Answers that say what is wrong, by reason; timeout, out-of-memory, worker-died and "
            "client-gone each killed a worker.",
            ["reason"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "cami_request_seconds",
            "Time to the end of the answer, by route; each canned query is a route.",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.answers = Counter(
            "cami_answers",
            "Answers to queries by where they come from: unchanged (304), cache, shared with who "
            "asked the same at the same time, worker.",
            ["source"],
            registry=self.registry,
        )
        self.hits = Counter(
            "cami_answers_kept",
            "Answers given again as the bytes that went out before.",
            registry=self.registry,
        )
        self.digest = ""  # of the dataset that is served
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

        self._counted: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._sources: dict[str, Counter] = {}

    def answered(self, source: str) -> None:
        """Note where an answer to a query comes from."""
        if source not in self._sources:  # to look a label up takes longer than to count
            self._sources[source] = self.answers.labels(source)
        self._sources[source].inc()

    def answered_by(self, route: str, status: int, seconds: float) -> None:
        """Note an answer, by the name of its route."""
        counted = self._counted.get((route, status))
        if counted is None:
            made = self.requests.labels(route, str(status)), self.seconds.labels(route)
            counted = self._counted[route, status] = made
        counted[0].inc()
        counted[1].observe(seconds)

    def serving(self, digest: str) -> None:
        """Note the dataset that is served from now on."""
        self.digest = digest
        self.dataset.clear()
        self.dataset.labels(digest).set(1)

    def text(self, pool: Pool) -> bytes:
        """Return everything in the text format of Prometheus."""
        self._running.set(pool.running)
        self._waiting.set(pool.waiting)
        self._workers.set(pool.size)
        return generate_latest(self.registry)
