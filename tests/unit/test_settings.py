"""The environment into settings: everything that is wrong is said at once, before anything runs."""

from dataclasses import fields

import pytest

from streams.errors import SettingsError
from streams.settings import OTHERS, PREFIX, Settings, load


def problems(**environ: str) -> list[str]:
    """What is wrong with an environment, line by line."""
    with pytest.raises(SettingsError) as caught:
        load({PREFIX + name: value for name, value in environ.items()})
    return str(caught.value).splitlines()


def test_nothing_needs_to_be_set() -> None:
    """The defaults fit the local broker; what other programs have in the environment is theirs."""
    assert load({"PATH": "/bin", "KAFKA_BROKERS": "elsewhere:1"}) == Settings()


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    """Compose files set variables to nothing."""
    assert load({PREFIX + item.name.upper(): "" for item in fields(Settings)}) == Settings()


def test_every_setting_is_read_from_its_variable() -> None:
    """A variable has the setting's name in capitals."""
    wanted = {
        "brokers": "a.example:9092,[::1]:9093,10.0.0.1:65535",
        "topic_prefix": "dev.",
        "partitions": 3,
        "replication_factor": 2,
        "group": "night-shift",
        "http_host": "127.0.0.1",
        "http_port": 0,
        "stall_seconds": 5,
        "log_format": "json",
        "log_level": "debug",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "PLAIN",
        "sasl_username": "reader",
        "sasl_password": " p=ss ",
        "ssl_cafile": "ca.pem",
        "ssl_certfile": "cert.pem",
        "ssl_keyfile": "key.pem",
        "data_dir": "/etc/lodestream",
    }
    assert set(wanted) == {item.name for item in fields(Settings)}
    assert load({PREFIX + name.upper(): str(value) for name, value in wanted.items()}) == Settings(**wanted)  # type: ignore[arg-type]


def test_spaces_between_brokers_are_no_part_of_them() -> None:
    """A list is written as people write lists."""
    assert load({"LODESTREAM_BROKERS": "a:1, b:2"}).brokers == "a:1,b:2"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("BROKERS", "localhost", "'localhost' is no host:port"),
        ("BROKERS", "a:9092,", "'' is no host:port"),
        ("BROKERS", "a:0", "'a:0' is no host:port"),
        ("BROKERS", "a:65536", "'a:65536' is no host:port"),
        ("BROKERS", "kafka://a:9092", "is no host:port"),
        ("TOPIC_PREFIX", "new topics", "letters"),
        ("TOPIC_PREFIX", "x" * 101, "letters"),
        ("PARTITIONS", "twelve", "'twelve' is no whole number"),
        ("PARTITIONS", "1.5", "'1.5' is no whole number"),
        ("PARTITIONS", "nan", "'nan' is no whole number"),
        ("PARTITIONS", "9" * 5000, "is no whole number"),
        ("PARTITIONS", "0", "0 is not from 1 to 10000"),
        ("PARTITIONS", "10001", "10001 is not from 1 to 10000"),
        ("REPLICATION_FACTOR", "0", "0 is not from 1 to 100"),
        ("GROUP", "a/b", "letters"),
        ("HTTP_HOST", "any where", "a host"),
        ("HTTP_PORT", "65536", "65536 is not from 0 to 65535"),
        ("HTTP_PORT", "-1", "-1 is not from 0 to 65535"),
        ("STALL_SECONDS", "0", "0 is not from 1 to 86400"),
        ("LOG_FORMAT", "yaml", "'yaml' is none of auto, json, console"),
        ("LOG_LEVEL", "INFO", "'INFO' is none of debug, info, warning, error"),
        ("SECURITY_PROTOCOL", "TLS", "'TLS' is none of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"),
        ("SASL_MECHANISM", "GSSAPI", "'GSSAPI' is none of"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(name: str, value: str, told: str) -> None:
    """The line says which variable, and what it may be."""
    (line,) = problems(**{name: value})
    assert line.startswith(f"{PREFIX}{name}: ")
    assert told in line


def test_a_misspelt_variable_is_an_error() -> None:
    """Else it would be without effect, and nobody would know."""
    assert problems(BROKER="localhost:9092") == ["LODESTREAM_BROKER is no setting: see README, Settings"]


def test_the_variables_of_the_local_broker_are_known() -> None:
    """`lodestream broker` has one of its own."""
    assert load(dict.fromkeys(OTHERS, "elsewhere")) == Settings()


def test_all_problems_are_told_at_once() -> None:
    """Nobody wants to repair a deployment five times."""
    lines = problems(PORT="1", HTTP_PORT="http", LOG_LEVEL="loud")
    assert [line.split(" ")[0].rstrip(":") for line in lines] == [
        "LODESTREAM_PORT",
        "LODESTREAM_HTTP_PORT",
        "LODESTREAM_LOG_LEVEL",
    ]


@pytest.mark.parametrize(
    "environ",
    [
        {"SECURITY_PROTOCOL": "SASL_SSL"},
        {"SECURITY_PROTOCOL": "SASL_PLAINTEXT", "SASL_USERNAME": "reader"},
        {"SECURITY_PROTOCOL": "SASL_PLAINTEXT", "SASL_PASSWORD": "secret"},
    ],
)
def test_a_login_needs_name_and_password(environ: dict[str, str]) -> None:
    """Without them Kafka would only say that it failed."""
    (line,) = problems(**environ)
    assert "LODESTREAM_SASL_USERNAME and LODESTREAM_SASL_PASSWORD" in line
    assert "secret" not in line


@pytest.mark.parametrize("name", ["SSL_CERTFILE", "SSL_KEYFILE"])
def test_certificate_and_key_go_together(name: str) -> None:
    """One is of no use without the other."""
    assert problems(**{name: "x.pem"}) == ["LODESTREAM_SSL_CERTFILE and LODESTREAM_SSL_KEYFILE go together: set both or none"]


def test_contradictions_are_told_at_once_too() -> None:
    """Both of them."""
    assert len(problems(SECURITY_PROTOCOL="SASL_SSL", SSL_KEYFILE="x.pem")) == 2


def test_a_password_does_not_show_when_settings_are_printed() -> None:
    """Settings end up in tracebacks."""
    assert "hunter2" not in repr(Settings(sasl_password="hunter2"))  # noqa: S106 - invented
