"""The six topics with their settings: create what is missing, report what differs, change nothing unasked."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidReplicationFactorError, NoError, TopicAlreadyExistsError, TopicAuthorizationFailedError, for_code

from streams.connection import connected, partitions
from streams.errors import WorldError
from streams.kafka import MAX_RECORD_BYTES, client_options
from streams.settings import Settings

RAW = "articles.raw"
CLEAN = "articles.clean"
CLASSIFIED = "articles.classified"
MINERALS = "articles.minerals"
ALERTS = "alerts.critical-minerals"
DEAD_LETTER = "articles.dead-letter"

DAY_MS = 24 * 60 * 60 * 1000
USABLE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Topic:
    """What one topic keeps, and how it dates its records."""

    name: str
    retention_days: int
    timestamps: str
    why: str


TOPICS = (
    Topic(
        RAW,
        7,
        "LogAppendTime",
        "a week from their arrival: to repair a worker, or to read it all again with a better model",
    ),
    Topic(CLEAN, 3, "CreateTime", "can be made again from the raw articles; three days bridge a weekend"),
    Topic(CLASSIFIED, 3, "CreateTime", "can be made again from the raw articles; three days bridge a weekend"),
    Topic(MINERALS, 7, "CreateTime", "as long as the raw articles: alerts can be made again from it"),
    Topic(
        ALERTS,
        90,
        "LogAppendTime",
        "the story state is read back from it, by the time of the alert: an old article must not make its alert expire at once",
    ),
    Topic(DEAD_LETTER, 30, "LogAppendTime", "a month to look at refusals, counted from the refusal however old the article is"),
)

COMMON = {
    "cleanup.policy": "delete",  # every record counts: keys group articles, they don't replace each other
    "max.message.bytes": str(MAX_RECORD_BYTES),
    "compression.type": "producer",  # records are stored as they come: the broker spends no time on them
    "retention.bytes": "-1",  # time alone decides, whatever the broker's default says
    "segment.ms": str(DAY_MS),  # retention removes whole segments, so a quiet topic must close one a day
}


def name(settings: Settings, topic: str) -> str:
    """The full name of a topic, with the prefix."""
    return settings.topic_prefix + topic


def configs(settings: Settings, topic: Topic) -> dict[str, str]:
    """The topic's settings in Kafka's words."""
    return {
        **COMMON,
        "retention.ms": str(topic.retention_days * DAY_MS),
        "message.timestamp.type": topic.timestamps,
        # With acks=all, an acknowledged record survives the loss of one broker once there are three copies.
        "min.insync.replicas": str(max(1, settings.replication_factor - 1)),
    }


@dataclass(frozen=True, slots=True)
class State:
    """What a topic is on the broker."""

    partitions: int
    replication_factor: int
    configs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Report:
    """How the topics on the broker compare with what they should be."""

    created: tuple[str, ...]
    missing: tuple[str, ...]
    drift: tuple[str, ...]
    """One line for each difference."""


async def apply(settings: Settings) -> Report:
    """Create the missing topics and wait until they can be used; what exists is compared, not changed."""
    async with connected(AIOKafkaAdminClient(**client_options(settings)), settings) as admin:
        before = await compare(admin, settings)
        if not before.missing:
            return before
        created = await create(admin, settings, before.missing)
        await until_usable(admin, before.missing)
        return replace(await compare(admin, settings), created=created)


async def check(settings: Settings) -> Report:
    """Compare the topics with what they should be."""
    async with connected(AIOKafkaAdminClient(**client_options(settings)), settings) as admin:
        return await compare(admin, settings)


async def compare(admin: AIOKafkaAdminClient, settings: Settings) -> Report:
    """Compare the topics on the broker with what they should be."""
    states = await describe(admin, [name(settings, topic.name) for topic in TOPICS])
    missing, drift = [], []
    for topic in TOPICS:
        full_name = name(settings, topic.name)
        state = states.get(full_name)
        if state is None:
            missing.append(full_name)
        else:
            drift += [f"{full_name}: {line}" for line in differences(settings, topic, state)]
    return Report(created=(), missing=tuple(missing), drift=tuple(drift))


def differences(settings: Settings, topic: Topic, state: State) -> list[str]:
    """One line for each setting of a topic that is not as it should be."""
    wanted: dict[str, object] = {
        "partitions": settings.partitions,
        "replication factor": settings.replication_factor,
        **configs(settings, topic),
    }
    found: dict[str, object] = {
        "partitions": state.partitions,
        "replication factor": state.replication_factor,
        **state.configs,
    }
    return [f"{key} is {found.get(key)}, should be {value}" for key, value in wanted.items() if found.get(key) != value]


async def describe(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, State]:
    """The state of those topics that exist."""
    found = await partitions(admin, names)
    if not found:
        return {}
    values: dict[str, dict[str, str]] = {}
    for response in await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic) for topic in found]):
        for code, message, _, topic, entries in response.resources:
            if code == TopicAuthorizationFailedError.errno:
                raise TopicAuthorizationFailedError(topic)
            if code:
                raise WorldError(f"Kafka does not show the settings of {topic}: {message or for_code(code).message}")
            values[topic] = {entry[0]: entry[1] for entry in entries}
    return {
        topic: State(len(partitions), min(len(partition["replicas"]) for partition in partitions), values[topic])
        for topic, partitions in found.items()
    }


async def create(admin: AIOKafkaAdminClient, settings: Settings, missing: Sequence[str]) -> tuple[str, ...]:
    """Create topics, and give those that nobody else created meanwhile; raises WorldError with Kafka's reason for a refusal."""
    response = await admin.create_topics(
        [
            NewTopic(full_name, settings.partitions, settings.replication_factor, topic_configs=configs(settings, topic))
            for topic in TOPICS
            if (full_name := name(settings, topic.name)) in missing
        ]
    )
    for topic, code, message in response.topic_errors:
        if code == TopicAuthorizationFailedError.errno:
            raise TopicAuthorizationFailedError(topic)
        if code not in (NoError.errno, TopicAlreadyExistsError.errno):
            advice = "; set LODESTREAM_REPLICATION_FACTOR" if code == InvalidReplicationFactorError.errno else ""
            raise WorldError(f"Kafka does not create {topic}: {message or for_code(code).message}{advice}")
    return tuple(topic for topic, code, _ in response.topic_errors if code == NoError.errno)


async def until_usable(admin: AIOKafkaAdminClient, created: Sequence[str]) -> None:
    """Wait until every partition of the created topics has a leader."""
    deadline = time.monotonic() + USABLE_SECONDS
    while time.monotonic() < deadline:
        led = {
            topic["topic"]
            for topic in await admin.describe_topics()
            if topic["partitions"] and all(partition["leader"] >= 0 for partition in topic["partitions"])
        }
        if led.issuperset(created):
            return
        await asyncio.sleep(0.1)
    raise WorldError(f"the created topics had no leader after {USABLE_SECONDS:.0f} s: look at the brokers, then run it again")
