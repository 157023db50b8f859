"""The books as Prometheus reads them.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from headroom_proxy.books import Figures, Label
from headroom_proxy.entries import BEYOND
from headroom_proxy.stats import classes

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

_BY_MODEL = {
    "requests": ("requests", "Requests with texts."),
    "failed": ("failed_requests", "Requests that were answered with an error."),
    "tokens_before": ("tokens_before", "Tokens of texts when they were first sent, as they came."),
    "tokens_after": ("tokens_after", "The same, as they went up."),
    "read": ("cache_read_tokens", "Tokens that the provider read from its cache."),
    "written": ("cache_written_tokens", "Tokens that the provider wrote to its cache."),
    "fresh": ("uncached_tokens", "Tokens of input that were neither read nor written."),
    "output": ("output_tokens", "Tokens of output."),
    "dollars": ("cost_dollars", "What it cost, where the price is known."),
    "without": ("cost_without_headroom_dollars", "What it would have cost without Headroom."),
    "unpriced": ("unpriced_requests", "Requests whose cost is not known."),
}
_BY_TEXT = {"requests": "texts", "tokens_before": "tokens_before", "tokens_after": "tokens_after"}
_WAITS = {
    "edit": ("edit_seconds", "How long bodies were held up."),
    "first_byte": ("first_byte_seconds", "From the whole request to the first byte of the answer."),
}


def exposition(labels: Mapping[Label, Figures]) -> bytes:
    """Returns all figures that have a name, in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Books(labels))
    return generate_latest(registry)


class _Books(Collector):
    def __init__(self, labels: Mapping[Label, Figures]) -> None:
        self._labels = labels

    def collect(self) -> Iterator[Metric]:
        for field, (name, text) in _BY_MODEL.items():
            yield self._counter(name, text, "model", field)
        for kind in ("tool", "content"):
            for field, name in _BY_TEXT.items():
                yield self._counter(f"{kind}_{name}", f"By {kind}: {name}.", kind, field)
        yield self._counter("provider_requests", "All requests.", "provider", "requests")
        yield self._counter("responses", "All answers.", "status", "requests")
        for wait, (name, text) in _WAITS.items():
            yield self._histogram(name, text, wait)

    def _counter(self, name: str, text: str, kind: str, field: str) -> Metric:
        family = CounterMetricFamily(f"headroom_{name}", text, labels=[kind])
        for (found, label), figures in self._labels.items():
            if found == kind:
                family.add_metric([label], getattr(figures, field))
        return family

    def _histogram(self, name: str, text: str, wait: str) -> Metric:
        family = HistogramMetricFamily(f"headroom_{name}", text)
        below = 0
        buckets = []
        for bound, count in classes(self._labels, wait):
            below += count
            buckets.append(("+Inf" if bound == float(BEYOND) else f"{bound:g}", below))
        family.add_metric([], buckets, sum_value=None)
        return family
