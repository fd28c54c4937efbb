"""The table of topics, and how differences from it are told."""

from streams import topics
from streams.settings import Settings


def settings(**changes: object) -> Settings:
    """Settings as by default, but for the changes."""
    return Settings(**changes)  # type: ignore[arg-type]


def as_wanted(wanted: Settings, topic: topics.Topic) -> topics.State:
    """A topic that is as it should be, with one setting more that is none of ours."""
    return topics.State(wanted.partitions, wanted.replication_factor, {**topics.configs(wanted, topic), "flush.messages": "10"})


def test_the_table_holds_the_six_topics() -> None:
    """No topic is made by hand."""
    assert {topic.name for topic in topics.TOPICS} == {
        "articles.raw",
        "articles.clean",
        "articles.classified",
        "articles.minerals",
        "alerts.critical-minerals",
        "articles.dead-letter",
    }


def test_the_prefix_goes_before_the_name() -> None:
    """Several installations can share a cluster."""
    assert topics.name(settings(topic_prefix="dev."), topics.RAW) == "dev.articles.raw"


def test_every_topic_accepts_the_largest_article_with_all_of_it_escaped() -> None:
    """A body of 1 MiB may take six bytes of JSON for each of its own."""
    for topic in topics.TOPICS:
        assert int(topics.configs(settings(), topic)["max.message.bytes"]) > 6 * 1024 * 1024


def test_articles_alerts_and_refusals_expire_by_their_own_age_not_that_of_the_news() -> None:
    """What a scraper dates by an article of last year must not be deleted before it is read, nor its alert at once.

    What lies between carries the time of the raw record's arrival.
    """
    for topic in topics.TOPICS:
        expected = "LogAppendTime" if topic.name in (topics.RAW, topics.ALERTS, topics.DEAD_LETTER) else "CreateTime"
        assert topics.configs(settings(), topic)["message.timestamp.type"] == expected


def test_alerts_are_kept_for_longer_than_a_story_is_told() -> None:
    """The state of stories, 120 hours of them, is read back from the alerts."""
    (alerts,) = (topic for topic in topics.TOPICS if topic.name == topics.ALERTS)
    assert alerts.retention_days >= 30


def test_three_copies_ask_two_brokers_to_acknowledge() -> None:
    """An acknowledged record survives the loss of a broker, and a lost broker stops nothing."""
    for factor, minimum in ((1, "1"), (2, "1"), (3, "2")):
        assert topics.configs(settings(replication_factor=factor), topics.TOPICS[0])["min.insync.replicas"] == minimum


def test_a_topic_as_it_should_be_shows_no_difference() -> None:
    """Settings that are none of ours are left alone."""
    for topic in topics.TOPICS:
        assert topics.differences(settings(), topic, as_wanted(settings(), topic)) == []


def test_each_difference_is_told_with_both_values() -> None:
    """The reader needs what is and what should be."""
    topic = topics.TOPICS[0]
    found = as_wanted(settings(), topic)
    changed = topics.State(3, 2, {**found.configs, "retention.ms": "1"})
    assert topics.differences(settings(), topic, changed) == [
        "partitions is 3, should be 12",
        "replication factor is 2, should be 1",
        "retention.ms is 1, should be 604800000",
    ]
