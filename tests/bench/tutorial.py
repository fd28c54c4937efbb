"""The same core on Faust as its tutorial does it: an agent a stage, JSON values, `await topic.send`. No delivery guarantee."""

import os

import faust
import msgspec

from streams import assets
from streams.core.alert import alert, event_time
from streams.core.classify import classify as classified
from streams.core.clean import clean as cleaned
from streams.core.detect import detect
from streams.core.lexicon import partition_key
from streams.core.records import CleanArticle, MineralArticle, RawArticle, Rejected
from streams.core.stories import StoryIndex

PREFIX = os.environ["LODESTREAM_TOPIC_PREFIX"]
loaded = assets.load()
index = StoryIndex(loaded.lexicon, loaded.desk.stories)
app = faust.App(
    os.environ["LODESTREAM_GROUP"],
    broker="kafka://" + os.environ["LODESTREAM_BROKERS"],
    store="memory://",
    web_enabled=False,
    topic_partitions=int(os.environ["LODESTREAM_PARTITIONS"]),
    consumer_auto_offset_reset="earliest",
)
raw, clean_topic, classified_topic, minerals, alerts, dead = (
    app.topic(PREFIX + name, value_serializer="json", key_serializer="raw")
    for name in (
        "articles.raw",
        "articles.clean",
        "articles.classified",
        "articles.minerals",
        "alerts.critical-minerals",
        "articles.dead-letter",
    )
)


@app.agent(raw)
async def clean(stream: faust.StreamT[dict[str, object]]) -> None:
    """Clean each article."""
    async for value in stream:
        result = cleaned(msgspec.convert(value, RawArticle), loaded.cleaner)
        if isinstance(result, Rejected):
            await dead.send(value=value)
        else:
            await clean_topic.send(key=result.article_id, value=msgspec.to_builtins(result))


@app.agent(clean_topic)
async def classify(stream: faust.StreamT[dict[str, object]]) -> None:
    """Classify each article and look for minerals."""
    async for value in stream:
        result = classified(msgspec.convert(value, CleanArticle), loaded.topics)
        await classified_topic.send(key=result.article_id, value=msgspec.to_builtins(result))
        if found := detect(result, loaded.lexicon, loaded.events):
            await minerals.send(key=partition_key(loaded.lexicon, found.primary_mineral), value=msgspec.to_builtins(found))


@app.agent(minerals)
async def tell(stream: faust.StreamT[dict[str, object]]) -> None:
    """Publish alerts."""
    async for value in stream:
        article = msgspec.convert(value, MineralArticle)
        if told := alert(article, index, loaded.desk, None):
            index.add(told, event_time(article, None))
            await alerts.send(key=told.primary_mineral, value=msgspec.to_builtins(told))


if __name__ == "__main__":
    app.main()
