"""Where settings come from: flags, then the environment, then a file, then the defaults.

The only reader of the environment in this package. A file in the current directory is not read: it
may have come with somebody's repository, and could send your keys elsewhere.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias, get_type_hints

from headroom.ccr.open import has_secret
from headroom.home import home
from headroom_proxy.settings import Settings, SettingsError

FILE = "headroom.toml"
SECTION = "proxy"
PREFIX = "HEADROOM_"
NAMES = tuple(field.name for field in fields(Settings))

_TRACES = (
    "OTEL_TRACES_EXPORTER",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
)
_PROXIES = {
    "https_proxy": ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
    "no_proxy": ("no_proxy", "NO_PROXY"),
}
"""What other programs are told by: the first that says something counts."""

_FILE_VARIABLE = "HEADROOM_CONFIG"
_WANTED = {int: "a whole number", float: "a number", str: "a string"}

TOML: TypeAlias = Any
"""A value as TOML has it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A setting and where its value is from."""

    name: str
    value: str | int | float
    where: str


def variable(name: str) -> str:
    """Returns the environment variable of a setting."""
    return PREFIX + name.upper()


def gather(flags: Mapping[str, TOML], file: Path | None = None) -> tuple[Settings, list[Origin]]:
    """Returns the settings, and where each value is from.

    Args:
        flags: Those that were given on the command line, by name of the setting.
        file: In TOML; default: $HEADROOM_CONFIG, or `headroom.toml` in Headroom's data directory if
            there is one.

    Raises:
        SettingsError: A value or name is wrong, or a file cannot be read; says which and where.
    """
    environment = os.environ
    found = {name: Origin(name, value, "default") for name, value in _defaults().items()}
    path = file or _named(environment) or _usual()
    layers = [(str(path), _read(path))] if path else []
    set_here = {n: environment[variable(n)] for n in NAMES if environment.get(variable(n))}
    layers += [("environment", set_here), ("flag", flags)]
    for where, layer in layers:
        for name, value in layer.items():
            shown = variable(name) if where == "environment" else where
            found[name] = Origin(name, _typed(name, value, shown), shown)
    if found["traces"].where not in ("flag", variable("traces")):
        found["traces"] = _traces(environment) or found["traces"]
    for name, variables in _PROXIES.items():
        said = next(
            (Origin(name, environment[v], v) for v in variables if environment.get(v)), None
        )
        if said is not None and found[name].where == "default":
            found[name] = said
    origins = [found[name] for name in NAMES]
    values: dict[str, TOML] = {origin.name: origin.value for origin in origins}
    for name in ("token", "store", "https_proxy"):
        origin = found[name]
        if origin.where == str(path) and (name == "token" or has_secret(str(origin.value))):
            _expect_private(path, name)
    return Settings(**values), origins


def _defaults() -> dict[str, TOML]:
    return {field.name: field.default for field in fields(Settings)}


def _traces(environment: Mapping[str, str]) -> Origin | None:
    """Returns what the standard variables say of spans; None: they say nothing.

    Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
    """
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    named = next((name for name in _TRACES if environment.get(name)), None)
    if named is None:
        return None
    exporter = environment.get("OTEL_TRACES_EXPORTER") or "otlp"
    if exporter == "otlp":
        protocol = environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environment.get(
            "OTEL_EXPORTER_OTLP_PROTOCOL", ""
        )
        exporter = "otlp_proto_grpc" if protocol == "grpc" else "otlp_proto_http"
    return Origin("traces", "" if exporter == "none" else exporter, named)


def _named(environment: Mapping[str, str]) -> Path | None:
    named = environment.get(_FILE_VARIABLE)
    return Path(named).expanduser() if named else None


def _usual() -> Path | None:
    path = home() / FILE
    return path if path.exists() else None


def _read(path: Path) -> Mapping[str, TOML]:
    try:
        section = tomllib.loads(path.read_text("utf-8")).get(SECTION, {})
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error
    if not isinstance(section, dict):
        raise SettingsError(f"{path}: expected a table [{SECTION}], got {section!r}")
    unknown = [name for name in section if name not in NAMES]
    if unknown:
        known = ", ".join(NAMES)
        raise SettingsError(f"{path}: there is no setting {unknown[0]!r}; there are {known}")
    return section


def _typed(name: str, value: TOML, where: str) -> str | int | float:
    """Returns a value as the type of its setting; text from the environment is converted."""
    kind = get_type_hints(Settings)[name]
    kind = kind if kind in _WANTED else str
    if isinstance(value, str) and kind is not str:
        with suppress(ValueError):  # said below, like any other value of the wrong type
            value = kind(value)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise SettingsError(f"{name} ({where}): expected {_WANTED[kind]}, got {value!r}")
    found: str | int | float = value
    return found


def _expect_private(path: Path | None, name: str) -> None:
    if (
        path is not None
        and os.name == "posix"
        and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ):
        raise SettingsError(
            f"{path} holds the {name} and others may read it: chmod 600, or set {variable(name)}"
        )
