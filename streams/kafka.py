"""How every client of the project reaches Kafka: bootstrap servers, TLS, SASL; and what a refusal means for the user."""

import ssl
from collections.abc import Iterator
from typing import Any

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.commit import OffsetFetchRequest, OffsetFetchRequest_v1

from streams.errors import SettingsError
from streams.settings import Settings

# From version 2 on, Kafka answers a question about committed offsets with one error for all of them, at which aiokafka 0.14 does
# not look: while a coordinator loads, after a broker's end, nothing would seem committed, and lanes would begin anew. In version 1
# each partition has its error, and aiokafka waits for the coordinator.
OffsetFetchRequest._CLASSES = (OffsetFetchRequest_v1,)  # noqa: SLF001

MAX_RECORD_BYTES = 8 * 1024 * 1024
"""Largest record of any topic: a body of 1 MiB may need six bytes of JSON for one of its own (`\\u0001`)."""


def ssl_context(settings: Settings) -> ssl.SSLContext | None:
    """The TLS context that the settings ask for; raises SettingsError when a file cannot be used."""
    if not settings.security_protocol.endswith("SSL"):
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ssl_cafile or None)
        if settings.ssl_certfile:
            context.load_cert_chain(settings.ssl_certfile, settings.ssl_keyfile)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"the TLS files cannot be used ({error}): check LODESTREAM_SSL_CAFILE, _CERTFILE and _KEYFILE"
        ) from error
    return context


def client_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments that every aiokafka client takes."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.brokers.split(","),
        "security_protocol": settings.security_protocol,
        "ssl_context": ssl_context(settings),
    }
    if settings.security_protocol.startswith("SASL_"):
        options |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.sasl_username,
            "sasl_plain_password": settings.sasl_password,
        }
    return options


RIGHTS: dict[type[BaseException], str] = {
    TopicAuthorizationFailedError: "this needs on the topic",
    GroupAuthorizationFailedError: "this needs on the consumer group",
    TransactionalIdAuthorizationFailed: "this needs on the transactional id",
    ClusterAuthorizationFailedError: "to write to any topic",  # the answer to an idempotent producer
}
"""The right that is missing, by the error that tells of it."""

CERTIFICATE_EXPIRED = 10
CERTIFICATE_NOT_YET_VALID = 9
CERTIFICATE_OF_ANOTHER_HOST = (62, 64)
"""Codes of OpenSSL's verification, see X509_STORE_CTX_get_error(3): host name mismatch, IP address mismatch."""


def refusal(error: BaseException, settings: Settings) -> str | None:
    """One line about what is refused and what to do, if it is a login, a certificate, a right or a record's size; else None."""
    who = settings.sasl_username if settings.security_protocol.startswith("SASL_") else "this client"
    for cause in causes(error):
        if isinstance(cause, ssl.SSLError) and (line := tls_refusal(cause, settings)):
            return line
        if isinstance(cause, UnsupportedSaslMechanismError):
            return f"Kafka at {settings.brokers} does not offer {settings.sasl_mechanism}: set LODESTREAM_SASL_MECHANISM"
        if isinstance(cause, SaslAuthenticationFailed):
            return (
                f"Kafka at {settings.brokers} refuses the login of {who} ({details(cause)}): check LODESTREAM_SASL_USERNAME, "
                "_PASSWORD and _MECHANISM"
            )
        if isinstance(cause, MessageSizeTooLargeError | RecordListTooLargeError):
            return (
                f"Kafka at {settings.brokers} finds a record too large: a topic's max.message.bytes must be {MAX_RECORD_BYTES}; "
                "`lodestream topics check` names the topics that differ"
            )
        if right := RIGHTS.get(type(cause)):
            lacking = f"Kafka at {settings.brokers} does not give {who} the right {right} {details(cause)}".rstrip()
            return f"{lacking}: give it those of its role in deploy/kafka/acls.json"
    return None


def tls_refusal(error: ssl.SSLError, settings: Settings) -> str | None:
    """The same for a certificate, Kafka's or ours."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the certificate of Kafka at {settings.brokers} is not accepted ({error.verify_message.rstrip('.')}): "
            f"{certificate_advice(error.verify_code)}"
        )
    if "ALERT" in (error.reason or ""):
        return (
            f"Kafka at {settings.brokers} refuses our side of TLS ({error.reason}): LODESTREAM_SSL_CERTFILE must name a "
            "certificate that has not expired, signed by an authority that Kafka trusts"
        )
    return None


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what it came of, and so on."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def certificate_advice(code: int) -> str:
    """What to do about a certificate that was found wrong, by OpenSSL's code."""
    if code == CERTIFICATE_EXPIRED:
        return "renew it on the brokers"
    if code == CERTIFICATE_NOT_YET_VALID:
        return "check the clocks of both machines"
    if code in CERTIFICATE_OF_ANOTHER_HOST:
        return "set LODESTREAM_BROKERS to a name that stands in it"
    return "set LODESTREAM_SSL_CAFILE to the authority that signed it, if that is the Kafka you mean"


def details(error: BaseException) -> str:
    """What an error of aiokafka carries: a text, a name, several names or nothing."""
    first = error.args[0] if error.args else ""
    return ", ".join(sorted(first)) if isinstance(first, set) else str(first)
