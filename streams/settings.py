"""Environment variables into one frozen `Settings`, all of them checked before anything runs."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from streams.errors import SettingsError

PREFIX = "LODESTREAM_"
BROKER = re.compile(r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):(\d{1,5})")


def brokers(value: str) -> str:
    """Check a comma-separated list of host:port."""
    for part in value.split(","):
        match = BROKER.fullmatch(part.strip())
        if not match or not 0 < int(match[2]) < 65536:  # noqa: PLR2004 - the ports there are
            raise ValueError(f"{part.strip()!r} is no host:port")
    return ",".join(part.strip() for part in value.split(","))


def between(minimum: int, maximum: int) -> Callable[[str], int]:
    """Check a whole number from `minimum` to `maximum`."""

    def parse(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError(f"{value!r} is no whole number") from None
        if not minimum <= number <= maximum:
            raise ValueError(f"{value} is not from {minimum} to {maximum}")
        return number

    return parse


def one_of(*names: str) -> Callable[[str], Any]:
    """Check that a value is one of `names`."""

    def parse(value: str) -> str:
        if value not in names:
            raise ValueError(f"{value!r} is none of {', '.join(names)}")
        return value

    return parse


def legal(pattern: str, what: str) -> Callable[[str], str]:
    """Check that a value matches a pattern, described by `what`."""

    def parse(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"{value!r} is not {what}")
        return value

    return parse


def setting(default: object, parse: Callable[[str], object], doc: str, *, secret: bool = False) -> Any:  # noqa: ANN401 - a dataclass field
    """A field that is read from the environment."""
    return field(default=default, repr=not secret, metadata={"parse": parse, "doc": doc, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set; each field is read from `LODESTREAM_` and its name in capitals."""

    brokers: str = setting("localhost:19092", brokers, "Kafka bootstrap servers, `host:port`, separated by commas")
    topic_prefix: str = setting(
        "", legal(r"[a-zA-Z0-9._-]{0,100}", "made of letters, digits, dots, dashes"), "goes before each topic's name"
    )
    partitions: int = setting(12, between(1, 10_000), "partitions of each topic; all topics have the same number")
    replication_factor: int = setting(1, between(1, 100), "copies of each partition that `topics apply` asks for")
    group: str = setting(
        "lodestream", legal(r"[a-zA-Z0-9._-]{1,200}", "made of letters, digits, dots, dashes"), "consumer group of the workers"
    )
    http_host: str = setting("0.0.0.0", legal(r"[0-9A-Za-z.:_-]+", "a host"), "address of `/metrics`, `/livez` and `/readyz`")  # noqa: S104 - probes and Prometheus come from outside
    http_port: int = setting(9464, between(0, 65535), "port of `/metrics`, `/livez` and `/readyz`; 0 takes a free one")
    stall_seconds: int = setting(60, between(1, 86_400), "`/livez` fails when records wait and none was finished for so long")
    log_format: Literal["auto", "json", "console"] = setting(
        "auto", one_of("auto", "json", "console"), "`json`, `console`, or `auto`: console on a terminal"
    )
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        "info", one_of("debug", "info", "warning", "error"), "least level that is logged"
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = setting(
        "PLAINTEXT", one_of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"), "how to speak to Kafka"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = setting(
        "SCRAM-SHA-512", one_of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"), "how to log in with a `SASL_` protocol"
    )
    sasl_username: str = setting("", str, "user name for a `SASL_` protocol")
    sasl_password: str = setting("", str, "password for a `SASL_` protocol", secret=True)
    ssl_cafile: str = setting("", str, "PEM file of the authorities to trust; empty: those of the system")
    ssl_certfile: str = setting("", str, "PEM file of the client's certificate")
    ssl_keyfile: str = setting("", str, "PEM file of the client's key")
    data_dir: str = setting("", str, "folder of data files that replace the shipped ones of the same name; empty: none")


def load(environ: Mapping[str, str]) -> Settings:
    """Read the settings; raises SettingsError that lists every wrong or unknown variable, one a line."""
    known = {PREFIX + item.name.upper(): item for item in fields(Settings)}
    values: dict[str, Any] = {}
    problems = [
        f"{name} is no setting: see README, Settings"
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known | OTHERS
    ]
    for name, item in known.items():
        if environ.get(name):
            try:
                values[item.name] = item.metadata["parse"](environ[name])
            except ValueError as error:
                problems.append(f"{name}: {error}")
    if problems:
        raise SettingsError("\n".join(problems))
    loaded = Settings(**values)
    problems = contradictions(loaded)
    if problems:
        raise SettingsError("\n".join(problems))
    return loaded


OTHERS = {
    "LODESTREAM_BROKER_DIR": "folder of the local broker",
    "LODESTREAM_EVAL_SETS": "folder of labelled sets for `evaluate`; else `../shared/eval/data`, or `tests/sets`",
}
"""Variables that belong to one command alone."""


def contradictions(settings: Settings) -> list[str]:
    """What is wrong with settings that are right each by itself."""
    problems = []
    if settings.security_protocol.startswith("SASL_") and not (settings.sasl_username and settings.sasl_password):
        problems.append(
            f"LODESTREAM_SECURITY_PROTOCOL={settings.security_protocol} needs LODESTREAM_SASL_USERNAME and LODESTREAM_SASL_PASSWORD"
        )
    if bool(settings.ssl_certfile) != bool(settings.ssl_keyfile):
        problems.append("LODESTREAM_SSL_CERTFILE and LODESTREAM_SSL_KEYFILE go together: set both or none")
    return problems
