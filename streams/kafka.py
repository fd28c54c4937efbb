"""How every client of the project reaches Kafka: bootstrap servers, TLS, SASL."""

import ssl
from typing import Any

from streams.errors import SettingsError
from streams.settings import Settings

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
