"""TLS, logins and rights on a real broker that demands them: each role does its work and nothing else, each refusal is one line."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from streams.connection import partitions, require_rights, require_topic
from streams.errors import RefusedError
from streams.kafka import client_options
from streams.settings import Settings

if TYPE_CHECKING:
    from tests.integration.conftest import StartWorker

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
ACLS = ROOT / "deploy" / "kafka" / "acls.json"
ROLES = ("producer", "worker", "subscriber", "operator")
LACKING = {
    "no-group": ("group", "Read", "the consumer group desk"),
    "no-transactions": ("transactional-id", "Write", "the transactional id desk-secured.articles.minerals-"),
    "no-write": ("topic", "Write", "any topic"),
    "no-read": ("topic", "Read", "the topic secured.alerts.critical-minerals, secured.articles.minerals, secured.articles.raw"),
}
"""Users that have all rights of the worker but those of one kind: its resource and operation, and what it is told by."""
USERS = ("admin", "stranger", *(f"lodestream-{role}" for role in ROLES), *LACKING)
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

    def trust(self, path: Path) -> Path:
        """Write the certificate alone, for those who trust it."""
        path.write_bytes(self.certificate.public_bytes(Encoding.PEM))
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
        "broker": issue("broker", authority),
        "broker-expired": issue("broker", authority, expired=True),
        "worker": issue("lodestream-worker", authority),
        "worker-expired": issue("lodestream-worker", authority, expired=True),
        "worker-foreign": issue("lodestream-worker", foreign),
    }.items():
        identity.save(directory / f"{name}.pem")
    foreign.trust(directory / "foreign-authority.pem")
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
            "ssl.truststore.location": str(authority.trust(directory / "authority.pem")),
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
        give_rights(found.settings("admin"), ACLS)
        asyncio.run(topics.apply(found.settings("lodestream-operator")))
        asyncio.run(fill(found.settings("admin")))
        yield found
    finally:
        broker.stop()


async def fill(settings: Settings) -> None:
    """Send a record to each topic, so that there is something to read."""
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        for topic in topics.TOPICS:
            await producer.send_and_wait(topics.name(settings, topic.name), b"", partition=0)


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


def give_rights(settings: Settings, file: Path) -> None:
    """Apply a file of rights as operators do."""
    given = execute(settings, "deploy/kafka/apply_acls.py", str(file))
    assert given.returncode == 0, given.stderr


def only_line(outcome: subprocess.CompletedProcess[str]) -> str:
    """The one line that a command failed with."""
    assert (outcome.returncode, outcome.stdout) == (1, "")
    (line,) = outcome.stderr.splitlines()
    assert line.startswith("lodestream: ")
    return line


def only_error(settings: Settings) -> str:
    """The one line that tells why a worker ended, among those that tell that it started and stopped."""
    outcome = lodestream(replace(settings, http_port=0, log_format="json"), "worker")
    assert outcome.returncode == 1
    lines = outcome.stderr.splitlines()
    (line,) = (line for line in lines if not (line.startswith("{") and json.loads(line)["level"] == "info"))
    return line


LOGINS: dict[str, dict[str, object]] = {"SCRAM": {}, "PLAIN": {"sasl_mechanism": "PLAIN"}}


@pytest.mark.parametrize("way", ["SCRAM", "PLAIN", "certificate"])
async def test_each_role_does_its_work(secured: Secured, start_worker: "StartWorker", tmp_path: Path, way: str) -> None:
    """An article of the producer becomes an alert of the subscriber; what is refused, the operator finds and sends again."""

    def login(role: str) -> Settings:
        prefix = {"topic_prefix": f"{way}.", "group": f"{way}-desk"}
        return secured.settings(f"lodestream-{role}", **prefix, **LOGINS.get(way, {}))

    def run(role: str, *arguments: str) -> list[str]:
        outcome = lodestream(login(role), *arguments)
        assert (outcome.returncode, outcome.stderr) == (0, ""), outcome
        return outcome.stdout.splitlines()

    give_rights(replace(login("operator"), sasl_username="admin", sasl_password=password("admin")), ACLS)
    assert run("operator", "topics", "apply")[-1] == "all topics are as they should be"
    worker = login("worker")
    if way == "certificate":
        worker = replace(worker, **secured.by_certificate("worker.pem"))  # type: ignore[arg-type]
    access = ("LODESTREAM_SECURITY", "LODESTREAM_SASL", "LODESTREAM_SSL", "LODESTREAM_GROUP")
    service = start_worker(worker, **{name: value for name, value in environment(worker).items() if name.startswith(access)})
    service.wait_ready()

    events = {json.loads(line)["id"]: line for line in (ROOT / "tests" / "samples" / "articles.jsonl").read_text().splitlines()}
    (tmp_path / "events.jsonl").write_text(events["antimony-1"] + "\nno article\n")
    assert run("producer", "publish", str(tmp_path / "events.jsonl"))[0].startswith("2 acknowledged")
    for _ in range(60):
        told, refused = run("subscriber", "alerts"), run("operator", "dead-letter", "list")
        if told and refused:
            break
        await asyncio.sleep(0.5)
    assert [json.loads(line)["article_id"] for line in told] == ["antimony-1"]
    assert [json.loads(line)["dl_reason"] for line in refused] == ["invalid_json"]
    assert run("operator", "alerts") == told
    assert run("operator", "dead-letter", "redrive", "--all", "--yes")[-1] == "1 sent"
    assert run("operator", "topics", "check") == ["all topics are as they should be"]
    assert service.get("/readyz")[0] == 200
    assert service.stop() == 0
    assert {line["level"] for line in service.log()} == {"info"}


ALL = frozenset(topic.name for topic in topics.TOPICS)
MAY: dict[str, dict[str, frozenset[str]]] = {
    "lodestream-producer": {"write": frozenset({topics.RAW})},
    "lodestream-worker": {
        "read": frozenset({topics.RAW, topics.CLEAN, topics.MINERALS, topics.ALERTS}),
        "write": ALL - {topics.RAW},
        "join": frozenset({GROUP}),
        "transact": frozenset({f"{GROUP}-{PREFIX}{topics.MINERALS}-1"}),
    },
    "lodestream-subscriber": {"read": frozenset({topics.ALERTS})},
    "lodestream-operator": {
        "read": frozenset({topics.ALERTS, topics.DEAD_LETTER}),
        "write": frozenset({topics.RAW, topics.CLEAN, topics.MINERALS, topics.DEAD_LETTER}),
        "create": ALL,
    },
    "stranger": {},
}
"""What each user may do, and to what; everything else that is tried must be refused."""

THINGS = {
    "read": ALL,
    "write": ALL,
    "create": ALL | {"articles.other"},
    "delete": ALL,
    "join": frozenset({GROUP, f"{GROUP}-2"}),
    "transact": frozenset({f"{GROUP}-{PREFIX}{topics.MINERALS}-1", f"{GROUP}-other"}),
}


@pytest.mark.parametrize("user", MAY)
async def test_each_role_may_do_nothing_else(secured: Secured, user: str) -> None:
    """Whatever is tried on a broker is refused unless it is on the list of the role."""
    options = client_options(secured.settings(user))
    allowed = {name: frozenset({thing for thing in things if await may(options, name, thing)}) for name, things in THINGS.items()}
    assert {name: things for name, things in allowed.items() if things} == MAY[user]


async def may(options: dict[str, Any], operation: str, thing: str) -> bool:
    """Try something; False when Kafka refuses it."""
    try:
        await TRIALS[operation](options, thing)
    except (TopicAuthorizationFailedError, GroupAuthorizationFailedError, TransactionalIdAuthorizationFailed):
        return False
    return True


async def read(options: dict[str, Any], topic: str) -> None:
    """Fetch from the beginning of a topic."""
    partition = TopicPartition(PREFIX + topic, 0)
    async with administration(options) as admin:  # a consumer waits in silence for what it may not see
        await partitions(admin, [partition.topic])
    async with AIOKafkaConsumer(**options, group_id=None) as consumer:
        consumer.assign([partition])
        consumer.seek(partition, 0)
        async with asyncio.timeout(30):
            while not await consumer.getmany(timeout_ms=1000):
                pass


async def write(options: dict[str, Any], topic: str) -> None:
    """Send a record to a topic."""
    async with AIOKafkaProducer(**options) as producer:
        await producer.send_and_wait(PREFIX + topic, b"", partition=0)


async def create(options: dict[str, Any], topic: str) -> None:
    """Ask whether a topic would be created."""
    async with administration(options) as admin:
        answer = await admin.create_topics([NewTopic(PREFIX + topic, 1, 1)], validate_only=True)
        if answer.topic_errors[0][1] == TopicAuthorizationFailedError.errno:
            raise TopicAuthorizationFailedError


async def delete(options: dict[str, Any], topic: str) -> None:
    """Delete a topic."""
    async with administration(options) as admin:
        answer = await admin.delete_topics([PREFIX + topic])
        if answer.topic_error_codes[0][1] == TopicAuthorizationFailedError.errno:
            raise TopicAuthorizationFailedError


async def join(options: dict[str, Any], group: str) -> None:
    """Ask to be a member of a group."""
    async with administration(options) as admin:
        await require_rights(admin, group, ())


async def transact(options: dict[str, Any], identifier: str) -> None:
    """Begin to use a transactional id."""
    producer = AIOKafkaProducer(**options, transactional_id=identifier)
    try:
        await producer.start()
    finally:
        await producer.stop()


@asynccontextmanager
async def administration(options: dict[str, Any]) -> AsyncIterator[AIOKafkaAdminClient]:
    """An administrator's client."""
    admin = AIOKafkaAdminClient(**options)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


TRIALS: dict[str, Callable[[dict[str, Any], str], Awaitable[None]]] = {
    "read": read,
    "write": write,
    "create": create,
    "delete": delete,
    "join": join,
    "transact": transact,
}


@pytest.mark.parametrize(
    ("role", "arguments", "topic"),
    [
        ("producer", ("alerts",), topics.ALERTS),
        ("producer", ("dead-letter", "list"), topics.DEAD_LETTER),
        ("subscriber", ("publish", "tests/samples/articles.jsonl"), topics.RAW),
        ("subscriber", ("topics", "check"), topics.RAW),
        ("worker", ("publish", "tests/samples/articles.jsonl"), topics.RAW),
        ("worker", ("topics", "check"), topics.MINERALS),
        ("operator", ("topics", "apply"), "other."),
    ],
)
def test_a_command_without_the_right_says_so_in_one_line(secured: Secured, role: str, arguments: Sequence[str], topic: str) -> None:
    """With the user, the topic, and where the rights are listed."""
    prefix = {"topic_prefix": topic} if topic.startswith("other") else {}
    line = only_line(lodestream(secured.settings(f"lodestream-{role}", **prefix), *arguments))
    for part in (f"lodestream-{role}", topic, "deploy/kafka/acls.json"):
        assert part in line


def faults(secured: Secured) -> dict[str, tuple[dict[str, object], Sequence[str]]]:
    """What is changed in right settings, and what the line about it says."""
    certificate = secured.by_certificate
    return {
        "wrong password": ({"sasl_password": "guess"}, ("refuses the login of lodestream-worker", "LODESTREAM_SASL_USERNAME")),
        "wrong password, PLAIN": (
            {"sasl_password": "guess", "sasl_mechanism": "PLAIN"},
            ("refuses the login of lodestream-worker", "LODESTREAM_SASL_USERNAME"),
        ),
        "mechanism that is not offered": ({"sasl_mechanism": "SCRAM-SHA-256"}, ("SCRAM-SHA-256", "LODESTREAM_SASL_MECHANISM")),
        "foreign certificate": (
            {"ssl_cafile": str(secured.directory / "foreign-authority.pem")},
            ("certificate", "not accepted", "LODESTREAM_SSL_CAFILE"),
        ),
        "expired certificate": ({"brokers": secured.expired}, ("certificate has expired", "renew it")),
        "certificate of another host": (
            {"brokers": secured.logins.replace("127.0.0.1", "localhost")},
            ("Hostname mismatch", "LODESTREAM_BROKERS"),
        ),
        "plain text to TLS": (
            {"security_protocol": "PLAINTEXT"},
            ("speaks SASL_SSL, not PLAINTEXT", "LODESTREAM_SECURITY_PROTOCOL"),
        ),
        "no login": ({"security_protocol": "SSL"}, ("speaks SASL_SSL, not SSL", "LODESTREAM_SECURITY_PROTOCOL")),
        "plain text where a certificate is asked for": (
            {"security_protocol": "PLAINTEXT", "brokers": secured.mutual},
            ("speaks SSL, not PLAINTEXT", "LODESTREAM_SECURITY_PROTOCOL"),
        ),
        "no certificate of ours": (
            {"security_protocol": "SSL", "brokers": secured.mutual},
            ("refuses our side of TLS", "LODESTREAM_SSL_CERTFILE"),
        ),
        "expired certificate of ours": (certificate("worker-expired.pem"), ("refuses our side of TLS", "LODESTREAM_SSL_CERTFILE")),
        "foreign certificate of ours": (certificate("worker-foreign.pem"), ("refuses our side of TLS", "LODESTREAM_SSL_CERTFILE")),
        "user without any right": (
            {"sasl_username": "stranger", "sasl_password": password("stranger")},
            ("stranger", "alerts.critical-minerals", "deploy/kafka/acls.json"),
        ),
    }


FAULTS = tuple(faults(Secured(Path(), "", "", "")))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_refusal_is_one_clear_line_and_nobody_waits(secured: Secured, fault: str) -> None:
    """Command and worker end with 1 and say what is wrong and what to do: no time would heal it."""
    changes, parts = faults(secured)[fault]
    settings = secured.settings("lodestream-worker", **changes)
    for line in (only_line(lodestream(settings, "alerts")), only_error(settings)):
        for part in parts:
            assert part in line
        assert settings.sasl_password not in line


async def test_tls_to_a_broker_without_it_is_told(kafka: str) -> None:
    """And so is a login that nobody asked for."""
    for protocol in ("SSL", "SASL_SSL", "SASL_PLAINTEXT"):
        settings = replace(Settings(brokers=kafka, sasl_username="x", sasl_password="y"), security_protocol=protocol)  # noqa: S106 - invented
        with pytest.raises(RefusedError, match=f"speaks PLAINTEXT, not {protocol}: set LODESTREAM_SECURITY_PROTOCOL"):
            await require_topic(settings, "any")


@pytest.mark.parametrize("user", LACKING)
def test_a_worker_that_lacks_a_right_ends_with_one_line(secured: Secured, tmp_path: Path, user: str) -> None:
    """Faust would wait in silence, or tell of it in a page of calls."""
    resource, operation, told = LACKING[user]
    (role,) = (role for role in json.loads(ACLS.read_text())["roles"] if role["role"] == "worker")
    kept = [
        {**acl, "operations": ["Describe"]} if (acl["resource"], *acl["operations"]) == (resource, operation) else acl
        for acl in role["acls"]
    ]
    file = tmp_path / "acls.json"
    file.write_text(json.dumps({"roles": [{**role, "principal": f"User:{user}", "acls": kept}]}))
    give_rights(secured.settings("admin"), file)
    line = only_error(secured.settings(user))
    for part in (user, told, "deploy/kafka/acls.json"):
        assert part in line


def test_rights_that_may_not_be_given_are_told(secured: Secured) -> None:
    """In one line, with Kafka's reason."""
    outcome = execute(secured.settings("lodestream-operator"), "deploy/kafka/apply_acls.py")
    (line,) = outcome.stderr.splitlines()
    assert (outcome.returncode, outcome.stdout) == (1, "")
    assert line.startswith("apply_acls: Kafka does not create User:lodestream-producer topic secured.articles.raw")
