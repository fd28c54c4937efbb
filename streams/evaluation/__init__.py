"""How good the service is on labelled articles: the figures of `lodestream evaluate` and `make eval`."""
