"""What every Kafka client is told."""

import ssl
from pathlib import Path

import pytest

from streams.errors import SettingsError
from streams.kafka import client_options, ssl_context
from streams.settings import Settings


def test_plain_text_needs_the_brokers_alone() -> None:
    """The default speaks to a broker without TLS and without a login."""
    assert client_options(Settings(brokers="a:1,b:2")) == {
        "bootstrap_servers": ["a:1", "b:2"],
        "security_protocol": "PLAINTEXT",
        "ssl_context": None,
    }


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
def test_a_login_is_passed_on(protocol: str) -> None:
    """Name, password and mechanism go to the client."""
    settings = Settings(
        security_protocol=protocol,  # type: ignore[arg-type]
        sasl_mechanism="PLAIN",
        sasl_username="reader",
        sasl_password="secret",  # noqa: S106 - invented
    )
    options = client_options(settings)
    assert options["security_protocol"] == protocol
    assert [options[f"sasl_{name}"] for name in ("mechanism", "plain_username", "plain_password")] == ["PLAIN", "reader", "secret"]
    assert (options["ssl_context"] is not None) == (protocol == "SASL_SSL")


def test_tls_checks_the_broker() -> None:
    """A broker without a certificate of its own name is refused."""
    context = ssl_context(Settings(security_protocol="SSL"))
    assert context is not None
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize("names", [("ssl_cafile",), ("ssl_certfile", "ssl_keyfile")])
@pytest.mark.parametrize("exists", [True, False])
def test_a_file_that_cannot_be_used_is_told_before_anything_runs(
    tmp_path: Path,
    names: tuple[str, ...],
    exists: bool,  # noqa: FBT001 - a case
) -> None:
    """Missing or no PEM: the line says which settings to look at."""
    file = tmp_path / "x.pem"
    if exists:
        file.write_text("no certificate")
    settings = Settings(security_protocol="SSL", **dict.fromkeys(names, str(file)))  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="LODESTREAM_SSL_CAFILE"):
        ssl_context(settings)
