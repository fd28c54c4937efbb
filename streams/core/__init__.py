"""The functional core: pure functions of records and immutable assets; no clock, network, log, randomness or environment."""
