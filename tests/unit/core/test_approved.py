"""What the core makes of many invented articles is what was approved: no change of a result goes unnoticed."""

from tests.approved.results import FILE, found


def test_results_are_those_that_were_approved() -> None:
    """A result that is meant to change is approved with `make approve`, and shows in the diff of `results.tsv`."""
    approved = dict(line.split("\t", 1) for line in FILE.read_text(encoding="utf-8").splitlines())
    changed = {name: stages for name, stages in found() if approved.pop(name, None) != stages}
    assert not changed, "see `make approve` for results that are meant to change"
    assert not approved, "these articles are no longer there"
