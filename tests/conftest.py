"""Fixtures that many tests share: the assets, one local broker for the whole session, topics of its own for each test."""

import itertools
import os
from collections.abc import Iterator

import pytest
import pytest_asyncio

from streams import assets, topics
from streams.assets import Assets
from streams.broker import LocalBroker, free_port
from streams.settings import Settings

# Training in tests has so little data that threads of linear algebra wait for each other longer than they work.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

PREFIXES = itertools.count(1)


@pytest.fixture(scope="session")
def loaded() -> Assets:
    """The assets of the service."""
    return assets.load()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bootstrap address of a local broker."""
    broker = LocalBroker(tmp_path_factory.mktemp("kafka"), free_port())
    broker.start()
    yield broker.address
    broker.stop()


@pytest_asyncio.fixture
async def settings(kafka: str) -> Settings:
    """Settings with topics that no other test uses, already created."""
    settings = Settings(brokers=kafka, topic_prefix=f"t{next(PREFIXES)}.", partitions=2)
    await topics.apply(settings)
    return settings
