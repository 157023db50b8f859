"""A span for each request, for OpenTelemetry. Numbers and names only, never a text.

It is made when the request is over, by who keeps the books, so that nobody waits for it. What says
where spans go is the standard environment, which the SDK reads itself.

Sources: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ and
https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points, version

from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from headroom_proxy.entries import Entered
from headroom_proxy.exchange import Exchange
from headroom_proxy.settings import SettingsError

_PROVIDERS = {
    "anthropic": "anthropic",
    "openai": "openai",
    "chatgpt": "openai",
    "gemini": "gcp.gemini",
    "vertex": "gcp.vertex_ai",
    "bedrock": "aws.bedrock",
}
_OPERATIONS = {"gemini": "generate_content"}
_NANOSECONDS = 1_000_000_000
_FIRST_ERROR = 400


class Spans:
    """Makes spans of exchanges.

    Args:
        exporter: Where they go: a name that OTEL_TRACES_EXPORTER may have, such as `otlp_proto_http`,
            or what exports them.

    Raises:
        SettingsError: Nothing of this name is installed.
    """

    def __init__(self, exporter: str | SpanExporter) -> None:
        found = _exporter(exporter) if isinstance(exporter, str) else exporter
        self._provider = TracerProvider(resource=_resource())
        self._provider.add_span_processor(BatchSpanProcessor(found))
        self._tracer = self._provider.get_tracer("headroom", version("headroom-proxy"))
        self._propagator = TraceContextTextMapPropagator()

    def saw(self, entered: Entered) -> None:
        """Makes the span of an exchange that stands in the books; a child of its client's, if any."""
        exchange = entered.exchange
        attributes = {name: value for name, value in _attributes(entered).items() if value != ""}
        start = int(exchange.at * _NANOSECONDS)
        span = self._tracer.start_span(
            _name(exchange),
            self._propagator.extract(dict(exchange.trace)),
            SpanKind.CLIENT,
            attributes,
            start_time=start,
        )
        if exchange.status >= _FIRST_ERROR:
            span.set_attribute("error.type", str(exchange.status))
            span.set_status(Status(StatusCode.ERROR))
        span.end(start + int(exchange.seconds * _NANOSECONDS))

    def close(self) -> None:
        """Exports what is waiting, and ends."""
        self._provider.shutdown()


def _resource() -> Resource:
    usual = Resource({SERVICE_NAME: "headroom"})
    said = Resource.create()  # reads OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES
    is_named = not str(said.attributes.get(SERVICE_NAME, "")).startswith("unknown_service")
    return said if is_named else said.merge(usual)


def _exporter(name: str) -> SpanExporter:
    installed = {point.name: point for point in entry_points(group="opentelemetry_traces_exporter")}
    if name not in installed:
        raise SettingsError(
            f"traces: expected one of {', '.join(sorted(installed))}, got {name!r}; more come with "
            "packages such as opentelemetry-exporter-otlp-proto-grpc"
        )
    made = installed[name].load()()
    assert isinstance(made, SpanExporter), f"{name} is no exporter of spans"
    return made


def _name(exchange: Exchange) -> str:
    if not exchange.wire:
        return f"forward {exchange.provider}"
    return f"{_operation(exchange)} {exchange.model}".rstrip()


def _operation(exchange: Exchange) -> str:
    return _OPERATIONS.get(exchange.wire, "chat")


def _attributes(entered: Entered) -> Mapping[str, AttributeValue]:
    exchange, usage, bill = entered.exchange, entered.usage, entered.bill
    found: dict[str, AttributeValue] = {
        "gen_ai.provider.name": _PROVIDERS.get(exchange.provider, exchange.provider),
        "http.response.status_code": exchange.status,
        "headroom.mode": exchange.mode,
    }
    if not exchange.wire:
        return found
    figures = entered.figures
    found |= {
        "gen_ai.operation.name": _operation(exchange),
        "gen_ai.request.model": exchange.model,
        "headroom.tokens.before": figures.tokens_before,
        "headroom.tokens.after": figures.tokens_after,
        "headroom.tokens.saved": figures.tokens_before - figures.tokens_after,
        "headroom.kinds": sorted({d.outcome for d in entered.new if d.edited}),
        "headroom.edit.seconds": exchange.edit_seconds,
        "headroom.first_byte.seconds": exchange.first_byte,
    }
    if usage is not None:
        found |= {
            "gen_ai.usage.input_tokens": usage.input,
            "gen_ai.usage.cache_read.input_tokens": usage.read,
            "gen_ai.usage.cache_creation.input_tokens": usage.written,
            "gen_ai.usage.output_tokens": usage.output,
        }
    if bill is not None:
        found |= {
            "headroom.dollars": bill.actual,
            "headroom.dollars.saved": bill.without - bill.actual,
        }
    return found
