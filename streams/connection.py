"""Opens aiokafka clients for a command: a bounded wait, and one clear line when Kafka cannot be reached or refuses."""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from logging.handlers import BufferingHandler
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import create_conn
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    GroupCoordinatorNotAvailableError,
    IllegalSaslStateError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from aiokafka.protocol.admin import SaslHandShakeRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.transaction import InitProducerIdRequest

from streams.errors import RefusedError, WorldError
from streams.kafka import client_options, refusal
from streams.settings import Settings

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0
"""How long a broker that was reached may leave us without an answer. aiokafka's idempotent producer alone would wait for ever."""

PROBE_SECONDS = 2.0
"""How long a broker may take to show which protocol it speaks."""

COORDINATOR_SECONDS = 0.1
"""Time between two questions for a group's coordinator."""

NEVER_REACHED = 2**62
"""An offset behind the end of every partition."""

CLOSE_SECONDS = 5.0
"""How long the end of a client may wait for a broker that has gone."""

Client = TypeVar("Client", AIOKafkaAdminClient, AIOKafkaConsumer, AIOKafkaProducer)


@asynccontextmanager
async def connected(client: Client, settings: Settings) -> AsyncIterator[Client]:
    """Start a client and end it afterwards.

    Raises RefusedError when Kafka refuses the login or what is asked, or we its certificate, and WorldError when it cannot be
    reached or fails.
    """
    complaints = BufferingHandler(capacity=100)  # aiokafka's exceptions leave out why a broker was not reached, its log does not
    logger = logging.getLogger("aiokafka")
    logger.addHandler(complaints)
    logger.propagate = False  # one line tells of a failure: ours
    try:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await client.start()
        except (KafkaError, OSError) as error:
            refuse(error, complaints, settings)
            found = await protocol(settings)
            if found and found != settings.security_protocol:
                raise RefusedError(
                    f"Kafka at {settings.brokers} speaks {found}, not {settings.security_protocol}: "
                    "set LODESTREAM_SECURITY_PROTOCOL"
                ) from error
            why = complaints.buffer[-1].getMessage() if complaints.buffer else "no answer"
            raise WorldError(
                f"Kafka at {settings.brokers} cannot be reached ({why}): start it (`lodestream broker start`) "
                "or set LODESTREAM_BROKERS"
            ) from error
        try:
            yield client
        except (KafkaError, TimeoutError) as error:
            refuse(error, complaints, settings)
            why = str(error) or f"no answer within {ANSWER_SECONDS:.0f} s"
            raise WorldError(f"Kafka at {settings.brokers} failed ({why}): look at the brokers, then run it again") from error
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await (client.close() if isinstance(client, AIOKafkaAdminClient) else client.stop())
        logger.removeHandler(complaints)
        logger.propagate = True


def refuse(error: BaseException, complaints: BufferingHandler, settings: Settings) -> None:
    """Raise RefusedError when an error, or one that aiokafka only logged, is a refusal."""
    logged = [each for record in complaints.buffer if isinstance(record.args, tuple) for each in record.args]
    for each in (error, *logged):
        if isinstance(each, BaseException) and (line := refusal(each, settings)):
            raise RefusedError(line) from error


async def protocol(settings: Settings) -> str | None:
    """The security protocol that the first broker speaks, found by trying: a wrong one shows as a closed connection only."""
    host, _, port = settings.brokers.partition(",")[0].rpartition(":")
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # nothing is sent that is worth hiding
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    for name, context in (("SSL", trusting), ("PLAINTEXT", None)):
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                connection = await create_conn(host.strip("[]"), int(port), security_protocol=name, ssl_context=context)
                answer = await connection.send(SaslHandShakeRequest("PLAIN"))
                await connection.close()
        except (KafkaError, OSError) as error:
            if refusal(error, settings):  # it answered, and asks for a certificate
                return name
            continue
        return name if answer.error_code == IllegalSaslStateError.errno else f"SASL_{name}"
    return None


async def partitions(admin: AIOKafkaAdminClient, topics: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """The partitions of those topics that exist, as Kafka describes them; raises aiokafka's error when one may not be seen.

    Kafka leaves topics that may not be seen out of its list of all, so they are asked for by name.
    """
    request = MetadataRequest(sorted(topics), allow_auto_topic_creation=False)
    found = (await admin._send_request(request)).to_object()["topics"]  # noqa: SLF001 - the public method would create topics
    hidden = {topic["topic"] for topic in found if topic["error_code"] == TopicAuthorizationFailedError.errno}
    if hidden:
        raise TopicAuthorizationFailedError(hidden)
    return {topic["topic"]: topic["partitions"] for topic in found if topic["partitions"]}


async def require_rights(admin: AIOKafkaAdminClient, group: str, sources: Collection[str]) -> None:
    """Raise aiokafka's error when we may not join the group, not read one of the topics, or not write to any.

    Faust would wait in silence for the group, and tell of a topic in a page of calls. Kafka checks rights first, so a
    heartbeat of nobody and a fetch from behind every end tell of them and do nothing.
    """
    if (await admin._send_request(HeartbeatRequest(group, 0, "nobody"))).error_code == GroupAuthorizationFailedError.errno:  # noqa: SLF001 - as above
        raise GroupAuthorizationFailedError(group)
    fetch = FetchRequest(0, 0, 1, 0, [(source, [(0, NEVER_REACHED, 1)]) for source in sorted(sources)])
    fetched = (await admin._send_request(fetch)).topics  # noqa: SLF001 - as above
    if closed := {topic for topic, ((_, error, *_),) in fetched if error == TopicAuthorizationFailedError.errno}:
        raise TopicAuthorizationFailedError(closed)
    if (await admin._send_request(InitProducerIdRequest(None, 1000))).error_code == ClusterAuthorizationFailedError.errno:  # noqa: SLF001 - as above
        raise ClusterAuthorizationFailedError


async def require_coordinator(admin: AIOKafkaAdminClient, group: str) -> None:
    """Wait until the group has a coordinator; raises aiokafka's error when it gets none.

    A new cluster makes it when it is first asked, and consumers log errors meanwhile.
    """
    asked_at = time.monotonic()
    while True:
        try:
            await admin.find_coordinator(group)
        except GroupCoordinatorNotAvailableError:
            if time.monotonic() - asked_at > ANSWER_SECONDS:
                raise
            await asyncio.sleep(COORDINATOR_SECONDS)
        else:
            return


async def require_topic(settings: Settings, topic: str) -> None:
    """Raise WorldError when a topic does not exist: clients would wait for it, or have the broker make one with other settings."""
    async with connected(AIOKafkaAdminClient(**client_options(settings)), settings) as admin:
        if not await partitions(admin, [topic]):
            raise WorldError(f"the topic {topic} does not exist: run `lodestream topics apply`")


def reader(settings: Settings, topic: str) -> AIOKafkaConsumer:
    """A consumer without a group that is assigned all of a topic, from its beginning, and sees committed records alone."""
    return AIOKafkaConsumer(
        topic, **client_options(settings), group_id=None, isolation_level="read_committed", auto_offset_reset="earliest"
    )


async def read_to_end(settings: Settings, topic: str) -> AsyncGenerator[ConsumerRecord, None]:
    """All committed records that a topic has at the moment, in order within each partition."""
    await require_topic(settings, topic)
    async with connected(reader(settings, topic), settings) as consumer, aclosing(read_up_to(consumer)) as records:
        async for record in records:
            yield record


async def read_up_to(consumer: AIOKafkaConsumer) -> AsyncGenerator[ConsumerRecord, None]:
    """What lies between a consumer's positions and the present ends of its partitions; TimeoutError when Kafka falls silent."""
    ends = await consumer.end_offsets(consumer.assignment())
    last_progress = time.monotonic()
    while unread := await behind(consumer, ends):
        batches = await consumer.getmany(*unread, timeout_ms=200)
        for partition, records in batches.items():
            for record in records:
                if record.offset < ends[partition]:
                    yield record
        if batches:
            last_progress = time.monotonic()
        elif time.monotonic() - last_progress > ANSWER_SECONDS:
            raise TimeoutError


async def behind(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> list[TopicPartition]:
    """The partitions that were not read to their end.

    Positions move over the markers of transactions, which are no records: the last offset may never be seen as one.
    """
    async with asyncio.timeout(ANSWER_SECONDS):
        return [partition for partition, end in ends.items() if await consumer.position(partition) < end]
