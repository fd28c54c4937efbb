"""TLS, logins and rights on a real broker that demands them: each role does its work and nothing else, each refusal is one line."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from streams import topics
from streams.broker import LocalBroker, free_port
from streams.kafka import client_options
from streams.settings import Settings

if TYPE_CHECKING:
    from tests.integration.conftest import StartWorker

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
ACLS = ROOT / "deploy" / "kafka" / "acls.json"
ROLES = ("producer", "worker", "subscriber", "operator")
WITHOUT = {"no-group": "group", "no-transactions": "transactional-id", "no-write": "topic"}
"""Users that have all rights of the worker but those to one kind of resource; of the topics, they may not write to them."""
USERS = ("admin", "stranger", *(f"lodestream-{role}" for role in ROLES), *WITHOUT)
GROUP = "desk"
PREFIX = "secured."


@dataclass(frozen=True)
class Identity:
    """A key with its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def save(self, path: Path) -> Path:
        """Write both as one PEM file, which Kafka and Python read alike."""
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(key + self.certificate.public_bytes(Encoding.PEM))
        return path


def issue(name: str, signer: Identity | None = None, *, expired: bool = False) -> Identity:
    """A certificate for a user or for the broker on this machine; without a signer, that of an authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer.certificate.subject if signer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now - timedelta(days=2) if expired else now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    )
    return Identity(key, builder.sign(signer.key if signer else key, SHA256()))


def password(user: str) -> str:
    """The password of a user."""
    return f"{user}-secret"


@dataclass(frozen=True)
class Secured:
    """A broker with a login on one listener, an expired certificate on the second and client certificates on the third."""

    directory: Path
    logins: str
    expired: str
    mutual: str

    def settings(self, user: str, **changes: object) -> Settings:
        """The settings of a user who logs in."""
        return replace(
            Settings(
                brokers=self.logins,
                topic_prefix=PREFIX,
                partitions=2,
                group=GROUP,
                security_protocol="SASL_SSL",
                sasl_username=user,
                sasl_password=password(user),
                ssl_cafile=str(self.directory / "authority.pem"),
            ),
            **changes,  # type: ignore[arg-type]
        )

    def by_certificate(self, file: str) -> dict[str, object]:
        """What changes in the settings of who shows a certificate in place of a login."""
        path = str(self.directory / file)
        return {"brokers": self.mutual, "security_protocol": "SSL", "ssl_certfile": path, "ssl_keyfile": path}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A broker with topics, and the rights of the roles given to them."""
    directory = tmp_path_factory.mktemp("secured")
    authority, foreign = issue("authority"), issue("foreign authority")
    for name, identity in {
        "authority": authority,
        "foreign-authority": foreign,
        "broker": issue("broker", authority),
        "broker-expired": issue("broker", authority, expired=True),
        "worker": issue("lodestream-worker", authority),
        "worker-expired": issue("lodestream-worker", authority, expired=True),
        "worker-foreign": issue("lodestream-worker", foreign),
    }.items():
        identity.save(directory / f"{name}.pem")
    authority_file = directory / "trusted.pem"
    authority_file.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    ports = {name: free_port() for name in ("LOGINS", "EXPIRED", "MUTUAL", "CONTROLLER")}
    listeners = {name: f"{name}://127.0.0.1:{port}" for name, port in ports.items()}
    plain_users = " ".join(f'user_{user}="{password(user)}"' for user in USERS)
    logins = {
        f"listener.name.{listener}.{key}": value
        for listener in ("logins", "expired")
        for key, value in {
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "plain.sasl.jaas.config": "org.apache.kafka.common.security.plain.PlainLoginModule required "
            f'username="admin" password="{password("admin")}" {plain_users};',
            "scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        }.items()
    }
    broker = LocalBroker(
        directory / "kafka",
        ports["LOGINS"],
        properties={
            "listeners": ",".join(listeners.values()),
            "advertised.listeners": ",".join(listeners[name] for name in ("LOGINS", "EXPIRED", "MUTUAL")),
            "listener.security.protocol.map": "LOGINS:SASL_SSL,EXPIRED:SASL_SSL,MUTUAL:SSL,CONTROLLER:PLAINTEXT",
            "controller.quorum.voters": f"1@127.0.0.1:{ports['CONTROLLER']}",
            "inter.broker.listener.name": "LOGINS",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:admin;User:ANONYMOUS",  # the latter is the controller's own listener alone
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(directory / "broker.pem"),
            "listener.name.expired.ssl.keystore.type": "PEM",
            "listener.name.expired.ssl.keystore.location": str(directory / "broker-expired.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(authority_file),
            "listener.name.mutual.ssl.client.auth": "required",
            "ssl.principal.mapping.rules": "RULE:^CN=(.*)$/$1/",
            **logins,
        },
        format_options=[
            option for user in USERS for option in ("--add-scram", f"SCRAM-SHA-512=[name={user},password={password(user)}]")
        ],
    )
    broker.start()
    found = Secured(directory, *(f"127.0.0.1:{ports[name]}" for name in ("LOGINS", "EXPIRED", "MUTUAL")))
    try:
        given = give_rights(found.settings("admin"), ACLS)
        assert given.returncode == 0, given.stderr
        asyncio.run(topics.apply(found.settings("lodestream-operator")))
        yield found
    finally:
        broker.stop()


def environment(settings: Settings) -> dict[str, str]:
    """The variables that lead to the settings."""
    shown = {f"LODESTREAM_{name.upper()}": str(getattr(settings, name)) for name in Settings.__slots__}
    return {name: value for name, value in os.environ.items() if not name.startswith("LODESTREAM_")} | shown


def execute(settings: Settings, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the variables of the settings."""
    return subprocess.run(
        [sys.executable, *command], env=environment(settings), capture_output=True, text=True, check=False, timeout=60, cwd=ROOT
    )


def lodestream(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return execute(settings, "-m", "streams", *arguments)


def give_rights(settings: Settings, file: Path) -> subprocess.CompletedProcess[str]:
    """Apply a file of rights as operators do."""
    return execute(settings, "deploy/kafka/apply_acls.py", str(file))


if __name__ == "__main__":
    pass
