"""What every Kafka client is told."""

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    GroupCoordinatorNotAvailableError,
    KafkaConnectionError,
    KafkaError,
    MessageSizeTooLargeError,
    NodeNotReadyError,
    RecordListTooLargeError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnsupportedSaslMechanismError,
)

from streams import connection
from streams.errors import SettingsError
from streams.kafka import client_options, refusal, ssl_context
from streams.settings import Settings

if TYPE_CHECKING:
    from aiokafka.admin import AIOKafkaAdminClient


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


SECURED = Settings(
    brokers="a:1",
    security_protocol="SASL_SSL",
    sasl_username="reader",
    sasl_password="secret",  # noqa: S106 - invented
)


def unverified(code: int, message: str) -> ssl.SSLCertVerificationError:
    """OpenSSL's verdict on a certificate."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


def alert(reason: str) -> ssl.SSLError:
    """What the other side of TLS complained about."""
    error = ssl.SSLError(1, "TLS failed")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (unverified(10, "certificate has expired"), ("a:1", "certificate has expired", "renew it on the brokers")),
        (unverified(9, "certificate is not yet valid"), ("not yet valid", "check the clocks")),
        (unverified(62, "Hostname mismatch"), ("Hostname mismatch", "set LODESTREAM_BROKERS")),
        (unverified(64, "IP address mismatch"), ("IP address mismatch", "set LODESTREAM_BROKERS")),
        (unverified(19, "self-signed certificate in certificate chain"), ("self-signed", "set LODESTREAM_SSL_CAFILE")),
        (alert("TLSV13_ALERT_CERTIFICATE_REQUIRED"), ("CERTIFICATE_REQUIRED", "LODESTREAM_SSL_CERTFILE")),
        (SaslAuthenticationFailed("Invalid username"), ("login of reader (Invalid username)", "LODESTREAM_SASL_USERNAME")),
        (UnsupportedSaslMechanismError(object()), ("does not offer SCRAM-SHA-512", "LODESTREAM_SASL_MECHANISM")),
        (TopicAuthorizationFailedError("raw"), ("reader", "topic raw", "acls.json")),
        (TopicAuthorizationFailedError({"raw", "clean"}), ("reader", "topic clean, raw", "acls.json")),
        (GroupAuthorizationFailedError("desk"), ("reader", "consumer group desk", "acls.json")),
        (TransactionalIdAuthorizationFailed("desk-0"), ("reader", "transactional id desk-0", "acls.json")),
        (MessageSizeTooLargeError("alerts"), ("max.message.bytes must be 8388608", "lodestream topics check")),
        (RecordListTooLargeError(), ("max.message.bytes must be 8388608", "lodestream topics check")),
        (ClusterAuthorizationFailedError(), ("reader", "right to write to any topic:", "acls.json")),
    ],
)
def test_a_refusal_says_who_what_and_what_to_do(error: Exception, parts: tuple[str, ...]) -> None:
    """In one line without the password, also when the error hides behind others."""
    hidden = KafkaError("unexpected")
    hidden.__cause__ = KafkaConnectionError("closed")
    hidden.__cause__.__context__ = error
    for found in (refusal(error, SECURED), refusal(hidden, SECURED)):
        assert found
        assert "\n" not in found
        assert "secret" not in found
        for part in parts:
            assert part in found


def test_a_right_is_missed_by_this_client_where_nobody_logs_in() -> None:
    """A user name that is set is not used without a login."""
    found = refusal(TopicAuthorizationFailedError("raw"), Settings(sasl_username="reader"))
    assert found
    assert "this client" in found
    assert "reader" not in found


@pytest.mark.parametrize("error", [OSError("gone"), TimeoutError(), NodeNotReadyError(), alert("UNEXPECTED_EOF")])
def test_what_may_pass_by_waiting_is_no_refusal(error: Exception) -> None:
    """A broker that is away, starts or ends."""
    assert refusal(error, SECURED) is None


class NewCluster:
    """An admin client of a cluster that makes a coordinator when it is asked for one."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals

    async def find_coordinator(self, group: str) -> int:
        """The coordinator's number."""
        assert group == "desk"
        self.refusals -= 1
        if self.refusals >= 0:
            raise GroupCoordinatorNotAvailableError
        return 1


async def test_a_new_cluster_has_time_to_make_a_coordinator(monkeypatch: pytest.MonkeyPatch) -> None:
    """But not for ever."""
    monkeypatch.setattr(connection, "COORDINATOR_SECONDS", 0.0)
    await connection.require_coordinator(cast("AIOKafkaAdminClient", NewCluster(2)), "desk")
    monkeypatch.setattr(connection, "ANSWER_SECONDS", -1.0)
    with pytest.raises(GroupCoordinatorNotAvailableError):
        await connection.require_coordinator(cast("AIOKafkaAdminClient", NewCluster(2)), "desk")
