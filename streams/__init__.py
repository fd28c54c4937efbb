"""lodestream: from raw news articles on Kafka to alerts about the supply of critical minerals."""

__version__ = "0.1.0"
