"""Measuring quality: figures that can be checked by hand, sets in any state, comparison with what was committed."""

import gzip
import importlib.util
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from streams import replay
from streams.assets import Assets
from streams.cli import main
from streams.errors import LodestreamError
from streams.evaluation import committed, cross_validation, fold, report, results, run
from streams.evaluation.articles import Outputs, alike, article_rows, evidence_rows, ids, text_overlap
from streams.evaluation.measures import FIGURES, MAIN, RESAMPLES, Row, Rows, intervals, main_value, values, worst
from streams.evaluation.observe import DIRTY, Scope, observe
from streams.evaluation.pairs import best_threshold, hard_pair_rows, pair_rows, story_rows
from streams.evaluation.results import SetResult
from streams.evaluation.sets import LabelledSet, folds, groups, read, read_all
from streams.evaluation.targets import TARGETS, Target
from streams.inputs import read as read_inputs

Record = dict[str, Any]

ROOT = Path(__file__).parents[2]
SETS = ROOT / "tests" / "sets"
SHARED = ROOT.parent / "shared" / "eval"
NOTHING = Outputs({}, {}, {})


def write(folder: Path, name: str, rows: Iterable[Record]) -> None:
    """A file of a set; the folder is made."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def quiet(_: str) -> None:
    """Progress that nobody looks at."""


def rows(gold: Record, outputs: Outputs) -> Rows:
    """The rows of one labelled article."""
    return article_rows([gold], outputs, {gold["id"]: "group"})


def alert(**fields: object) -> Record:
    """An alert of article `a` with what scoring looks at."""
    blank: Record = {"article_id": "a", "score": 0.9, "minerals": [], "countries": [], "event_types": [], "evidence": []}
    return blank | {"primary_mineral": "tin", "severity": "low"} | fields


def sent(**fields: object) -> Outputs:
    """Outputs with this alert alone."""
    return Outputs({}, {}, {"a": alert(**fields)})


def critical(**labels: object) -> Record:
    """Gold of article `a` that is worth an alert."""
    return {"id": "a", "critical": True, **labels}


# Figures


def test_precision_and_recall_are_sums_over_all_rows() -> None:
    """Three right, one wrong, two missed."""
    found = values("alerts", [Row("a", "g", (3, 0, 2)), Row("b", "g", (0, 1, 0))])
    assert found == {"precision": 0.75, "recall": 0.6, "f1": pytest.approx(2 * 0.75 * 0.6 / 1.35), "false_alarms": 1}


def test_nothing_given_and_nothing_wanted_is_perfect() -> None:
    """As in any other scorer: there was nothing to get wrong."""
    assert values("alerts", [Row("a", "g", (0, 0, 0))])["f1"] == 1.0
    assert values("alerts", [Row("a", "g", (0, 2, 0))])["f1"] == 0.0


def test_calibration_error_is_the_gap_between_probability_and_truth_in_each_bin() -> None:
    """Two articles at 0.9, one of which is about mining: 0.4 too much on average."""
    gold = [{"id": name, "topics": topics, "scored_topics": ["mining"]} for name, topics in (("a", ["mining"]), ("b", []))]
    classified = {name: {"topics": ["mining"], "topic_scores": {"mining": 0.9}} for name in ("a", "b")}
    found = article_rows(gold, Outputs({}, classified, {}), {"a": "1", "b": "2"})
    assert values("calibration_mining", found["calibration_mining"]) == {"error": pytest.approx(0.4)}
    assert [row.note for row in worst(found["topic_mining"], 9)] == ["mining given at 0.90"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), min_size=1))
def test_an_interval_lies_between_the_extremes_and_is_the_same_every_time(drawn: list[tuple[str, int, int, int]]) -> None:
    """Its ends are shares, in order."""
    own = [Row(str(number), group, (a, b, c)) for number, (group, a, b, c) in enumerate(drawn)]
    found = intervals("alerts", own)
    assert found == intervals("alerts", own)
    for name in ("precision", "recall", "f1"):
        low, high = found[name]
        assert 0 <= low <= high <= 1


def test_articles_of_one_group_are_drawn_together() -> None:
    """A single outlet says nothing about others: no interval. Two of opposite quality: anything is possible."""
    assert intervals("kept", [Row("a", "one", (1, 1)), Row("b", "one", (0, 1))]) == {"share": (0.5, 0.5)}
    assert intervals("kept", [Row("a", "one", (1, 1)), Row("b", "two", (0, 1))]) == {"share": (0.0, 1.0)}
    assert RESAMPLES >= 1000


def test_every_figure_has_one_main_value() -> None:
    """That is compared with what was committed."""
    for name, finish in FIGURES.items():
        length = next(size for size in (3, 2, 11) if _fits(finish, size))
        found = finish((1.0,) * length)
        assert sum(key in found for key in MAIN) == 1, name
        assert main_value(found) is not None


def _fits(finish: Callable[[tuple[float, ...]], object], length: int) -> bool:
    try:
        finish((1.0,) * length)
    except (ValueError, IndexError):
        return False
    return True


# Articles


def test_text_is_compared_in_runs_of_four_words() -> None:
    """Eight words are five runs; what was added in front costs precision, what was lost costs recall."""
    wanted = "one two three four five six seven eight"
    assert text_overlap(wanted, wanted.upper(), 4) == (1.0, 1.0)
    assert text_overlap(wanted, f"zero {wanted}", 4) == (5 / 6, 1.0)
    assert text_overlap(wanted, "one two three four", 4) == (1.0, 1 / 5)
    assert text_overlap(wanted, "", 4) == (0.0, 0.0)
    assert text_overlap("too short", "Too short!", 4) == (1.0, 1.0)


@given(st.text(), st.text())
def test_any_texts_can_be_compared(a: str, b: str) -> None:
    """Precision and recall are shares, and change places with the texts unless one has no words."""
    precision, recall = text_overlap(a, b, 4)
    assert 0 <= precision <= 1
    assert 0 <= recall <= 1
    if precision and recall:
        assert text_overlap(b, a, 4) == (recall, precision)


def test_an_article_that_is_not_in_the_output_counts_as_nothing() -> None:
    """No text, no topics, no alert; and it was refused."""
    gold = critical(text="one two three four", topics=["mining"], scored_topics=["mining", "sport"])
    found = rows(gold, NOTHING)
    assert values("text", found["text"])["recall"] == 0
    assert values("topic_mining", found["topic_mining"])["recall"] == 0
    assert found["topic_sport"][0].counts == (0, 0, 0)
    assert values("alerts", found["alerts"])["recall"] == 0
    assert found["kept"][0].note == "refused"
    assert "topic_politics" not in found
    assert "minerals" not in found


def test_what_is_not_labelled_is_not_scored() -> None:
    """Missing and null alike."""
    nulls = dict.fromkeys(("text", "topics", "scored_topics", "critical", "minerals", "severity", "evidence"))
    assert rows({"id": "a"}, sent()).keys() == {"kept"}
    assert rows({"id": "a", **nulls}, sent()).keys() == {"kept"}
    assert rows(critical(severity="huge"), sent()).keys() == {"kept", "alerts"}


def test_a_page_that_is_no_article_must_be_refused() -> None:
    """Its text is not scored."""
    gold = {"id": "a", "expect": "reject", "text": "Accept all cookies"}
    assert rows(gold, NOTHING)["refused"][0].counts == (1, 1)
    taken = rows(gold, Outputs({"a": {"text": "Accept all cookies"}}, {}, {}))
    assert taken.keys() == {"refused"}
    assert taken["refused"][0].note == "taken for an article"


def test_ids_are_counted_one_by_one_and_families_only_alone() -> None:
    """`ree` beside neodymium adds nothing."""
    assert ids(["ree", "neodymium"]) == {"neodymium"}
    assert ids([{"id": "ree"}, {"id": "tin"}]) == {"ree", "tin"}
    gold = critical(minerals=["tin", "lead"], countries=["IDN"], event_types=[])
    found = rows(gold, sent(minerals=[{"id": "tin"}, {"id": "zinc"}], countries=["CHN", "IDN"]))
    assert found["minerals"][0].counts == (1, 1, 1)
    assert found["minerals"][0].note == "missed lead; wrong zinc"
    assert found["countries"][0].counts == (1, 1, 0)
    assert found["main_country"][0].note == "CHN instead of IDN"
    assert "event_types" not in found


def test_severity_may_be_one_step_off() -> None:
    """Two steps are a mistake."""
    near, far = (rows(critical(severity=severity), sent(severity="low")) for severity in ("medium", "critical"))
    assert (near["severity"][0].counts, near["severity_exact"][0].counts) == ((1, 1), (0, 1))
    assert (far["severity"][0].counts, far["severity"][0].fault) == ((0, 1), 3)


def test_evidence_must_share_a_run_of_words_with_the_labelled_sentence() -> None:
    """Single words in common are no overlap."""
    labelled = "Gabon has banned all exports of manganese ore."
    assert alike(labelled, "It has banned all exports of ore.")
    assert not alike(labelled, "Manganese exports of Gabon")
    assert alike("Exports banned", "All exports banned, says the minister")
    assert not alike(labelled, "...")
    hit, miss = (rows(critical(evidence=labelled), sent(evidence=[{"text": text}])) for text in (labelled, "Prices rose."))
    assert hit["evidence"][0].counts == (1, 1)
    assert miss["evidence"][0].fault == 1


def test_spans_must_be_the_text_that_they_say_and_say_what_they_show() -> None:
    """Of an alert without spans nothing is said."""
    spans = [{"text": "tin", "start": 0, "end": 3, "why": "the mineral"}, {"text": "tin", "start": 1, "end": 4, "why": " "}]
    outputs = Outputs({"a": {"text": "tin ore"}, "b": {"text": ""}}, {}, {"a": alert(evidence=spans), "b": alert()})
    found = evidence_rows(outputs.alerts, outputs, {})
    assert {figure: [row.counts for row in own] for figure, own in found.items()} == {
        "evidence_exact": [(1, 2)],
        "evidence_why": [(1, 2)],
    }


# Pairs


def test_stories_are_scored_by_pairs_of_alerts() -> None:
    """One story split, two merged; what was not sent or has no story is left out."""
    gold = [critical() | {"id": name, "story": story} for name, story in (("a", "x"), ("b", "x"), ("c", "y"), ("d", None))]
    found = story_rows(gold, {"a": "1", "b": "2", "c": "1", "d": "1"}, lambda _a, _b: 1.0)
    assert {row.id: row.note for row in found} == {"a b": "told apart", "a c": "told as one story"}
    assert values("stories", found) | {"f1": 0} == {"precision": 0, "recall": 0, "f1": 0, "false_alarms": 1}
    assert story_rows(gold, {"a": "1"}, lambda _a, _b: 1.0) == []


def test_pairs_of_two_folds_count_half_in_each() -> None:
    """So that they count once in all."""
    scope = Scope({}, frozenset({"a"}))
    assert (scope.weigh("a", "a"), scope.weigh("a", "b"), scope.weigh("b", "c")) == (1, 0.5, 0)
    pairs = [{"a": "a", "b": "b"}, {"a": "b", "b": "c"}, {"a": "a", "b": "z"}]
    found = hard_pair_rows(pairs, {"a": "1", "b": "1", "c": "2"}, scope.weigh)
    assert [(row.counts, row.note) for row in found] == [((0, 0.5), "told as one story")]


def test_the_best_threshold_has_the_best_f1() -> None:
    """Of equals the lowest."""
    assert best_threshold([0.2, 0.5, 0.9], [False, True, True]) == 0.21
    assert best_threshold([], []) == 0.01


def test_pairs_are_scored_at_a_threshold() -> None:
    """Labels may be numbers."""
    pairs = [{"a": "a", "b": "b", "same": 1}, {"a": "a", "b": "c", "same": 0}]
    found = pair_rows(pairs, [0.4, 0.6], 0.5, ["x", "y"])
    assert [row.counts for row in found] == [(0, 0, 1), (0, 1, 0)]
    assert worst(found, 1)[0].id == "a b"


# Sets


def test_a_set_may_be_packed_and_parts_may_be_missing(tmp_path: Path) -> None:
    """The fingerprint is that of the content."""
    gold = [{"id": "a", "text": "Ä"}]
    write(tmp_path / "plain", "gold.jsonl", gold)
    (tmp_path / "packed").mkdir()
    (tmp_path / "packed" / "gold.jsonl.gz").write_bytes(gzip.compress(json.dumps(gold[0]).encode() + b"\n\n"))
    (tmp_path / "empty").mkdir()
    packed, plain = read_all(tmp_path)
    assert packed.gold == plain.gold == gold
    assert packed.fingerprint() == plain.fingerprint()


@pytest.mark.parametrize("name", ["gold.jsonl", "gold.jsonl.gz", "hard_negative_pairs.json"])
def test_a_broken_file_is_named(tmp_path: Path, name: str) -> None:
    """Not a traceback."""
    write(tmp_path / "one", "gold.jsonl", [{"id": "a"}])
    if name.endswith(".gz"):
        (tmp_path / "one" / "gold.jsonl").unlink()
    (tmp_path / "one" / name).write_bytes(b"\xff{")
    with pytest.raises(LodestreamError, match="one"):
        read_all(tmp_path)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    """A file of thousands of lines is not searched by hand."""
    write(tmp_path / "one", "gold.jsonl", [{"id": "a"}])
    with (tmp_path / "one" / "gold.jsonl").open("a") as file:
        file.write('{"id": "b", "te')
    with pytest.raises(LodestreamError, match=r"gold\.jsonl, line 2, is no JSON"):
        read_all(tmp_path)


def test_a_label_of_the_wrong_type_is_named(tmp_path: Path) -> None:
    """Writers of sets err in the form first."""
    write(tmp_path / "one", "gold.jsonl", [{"id": "a", "topics": ["mining"]}, {"id": "b", "evidence": ["A sentence."]}])
    with pytest.raises(
        LodestreamError, match=r"gold\.jsonl, line 2: Expected `str \| null`, got `array` - at `\$\.evidence`: mend"
    ):
        read_all(tmp_path)


def test_a_folder_without_sets_is_said(tmp_path: Path) -> None:
    """A wrong path must not look like perfect results."""
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(LodestreamError, match="holds no labelled set"):
            read_all(folder)


@pytest.fixture
def two_sets(tmp_path: Path) -> list[LabelledSet]:
    """A set with outlets and stories, and one that shares an article with it and was made from another."""
    hosts = ("a", "b", "c", "d", "big", "big", *(f"h{number}" for number in range(10)))
    events = [{"id": f"x{number}", "url": f"https://{host}.example/{number}", "body": "b"} for number, host in enumerate(hosts)]
    gold = [{"id": event["id"]} for event in events]
    gold[0]["story"] = gold[1]["story"] = "one"
    write(tmp_path / "first", "events.jsonl", events)
    write(tmp_path / "first", "gold.jsonl", gold)
    write(tmp_path / "second", "gold.jsonl", [{"id": "x0"}, {"id": "made", "source_id": "x3"}, {"id": "alone"}])
    write(tmp_path / "pairs", "docs.jsonl", [{"id": "d1", "topic": 1, "text": ""}, {"id": "d2", "topic": 1, "text": ""}])
    write(tmp_path / "pairs", "pairs.jsonl", [{"a": "d1", "b": "d2", "same": 0}])
    return read_all(tmp_path)


def test_what_belongs_together_shares_a_group(two_sets: list[LabelledSet]) -> None:
    """Stories, topics of pairs, and articles that were made of one another; not what a frequent host publishes."""
    found = groups(two_sets)
    assert found["x0"] == found["x1"]
    assert found["d1"] == found["d2"]
    assert found["made"] == found["x3"]
    assert len({found[name] for name in ("x0", "x2", "x3", "x6", "alone", "d1")}) == 6
    frequent = [name for name in found if found[name] == found["x4"]]
    assert "x5" not in frequent


def test_every_article_is_held_out_once_with_its_group(two_sets: list[LabelledSet]) -> None:
    """Never on both sides."""
    parts = folds(two_sets, 4)
    everything = sorted(groups(two_sets))
    assert sorted(name for part in parts for name in part) == everything
    for part in parts:
        inside = {groups(two_sets)[name] for name in part}
        assert part == {name for name, group in groups(two_sets).items() if group in inside}
    assert parts == folds(two_sets, 4)


# Against the reference scorer


def scorer() -> Any:  # noqa: ANN401 - a module
    """The scorer that the sets came with."""
    path = SHARED / "score.py"
    if not path.exists():
        pytest.skip("the labelled sets are not here")
    specification = importlib.util.spec_from_file_location("reference_scorer", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", [SETS / "samples", *sorted((SHARED / "data").glob("[ap]*"))], ids=lambda path: path.name)
def test_figures_are_those_of_the_reference_scorer(path: Path, tmp_path: Path, loaded: Assets) -> None:
    """Every figure that it gives, to its four decimals."""
    wanted = scorer()
    events = next(file for name in ("events.jsonl", "events.jsonl.gz") if (file := path / name).exists())
    replay.run(read_inputs([str(events)]), loaded, tmp_path, lambda _: None)
    theirs = wanted.score(path, tmp_path)
    each = read(path)
    ours = observe([each], loaded, Scope(groups([each])), quiet)[each.name]
    names = {"p": "precision", "r": "recall", "f1": "f1"}
    compared = 0
    for figure, their_values in theirs.items():
        if isinstance(their_values, dict):
            own = values(figure, ours[figure])
            for short, name in names.items():
                assert own[name] == pytest.approx(their_values[short], abs=1e-4), figure
            compared += 1
    assert compared


# The invented sets


def test_the_invented_sets_give_every_figure(loaded: Assets) -> None:
    """So that every figure is watched where no other sets are."""
    sets = read_all(SETS)
    found = observe(sets, loaded, Scope(groups(sets)), quiet)
    assert {figure for own in found.values() for figure in own} == FIGURES.keys()
    assert f"samples{DIRTY}" in found


def test_what_is_held_out_is_scored_alone(loaded: Assets) -> None:
    """Pairs by a threshold that the others chose."""
    sets = read_all(SETS)
    held_out = frozenset({"antimony-1", "manganese-1", "copper-outage"})
    found = observe(sets, loaded, Scope(groups(sets), held_out), quiet)
    assert [row.id for row in found["samples"]["text"]] == ["antimony-1", "copper-outage"]
    assert {row.id for row in found["samples"]["stories"]} == {"antimony-1 antimony-2", "antimony-1 antimony-3"}
    assert {row.counts for row in found["samples"]["stories"]} == {(0.5, 0.0, 0.0)}
    assert {row.id.split()[0] for row in found["pairs"]["pairs"]} == {"manganese-1"}
    assert [row.id for row in found[f"samples{DIRTY}"]["text"]] == ["copper-outage"]
    assert "snippets" not in found["pages"]


def test_the_models_are_as_good_as_committed(loaded: Assets) -> None:
    """A change that makes the service worse on a set that is here is seen: repair it, or accept it with `make eval UPDATE=1`."""
    known = committed.load(ROOT / run.COMMITTED)
    worse = []
    for folder in run.FOLDERS:
        if (ROOT / folder).is_dir():
            sets = read_all(ROOT / folder)
            changes = committed.compare(known, run.shipped(sets, [], loaded, quiet))
            worse += [f"{change.set} {change.figure}: {change.before} -> {change.now}" for change in changes if change.worse]
    assert worse == []


def test_the_invented_sets_are_committed() -> None:
    """As they are: a changed set would not be compared."""
    known = committed.load(ROOT / run.COMMITTED)
    assert {each.name: each.fingerprint() for each in read_all(SETS)}.items() <= {
        name: entry["fingerprint"] for name, entry in known.items()
    }.items()


# Results, targets, what was committed


def result(name: str, hits: int, held_out: int | None = None, *, learned: bool = True) -> SetResult:
    """Ten articles of which so many were kept."""
    made = [Row(str(number), str(number), (number < hits, 1), float(number >= hits), "refused") for number in range(10)]
    other = [] if held_out is None else [Row(row.id, row.group, (int(row.id) < held_out, 1)) for row in made]
    return SetResult(name, "f", learned, {"kept": made}, {"kept": other} if other else {})


def target(*sets: str, goal: float = 0.8) -> Target:
    """A share of kept articles."""
    return Target("kept", sets, "kept", "share", goal)


def test_a_verdict_is_on_the_most_honest_figure() -> None:
    """Cross-validated before in-sample; several sets together; nothing where one is missing."""
    own = [result("a", 10, 7), result("b", 10), result("new", 9, learned=False)]
    held_out, mixed, seen, unseen, missing = results.judge(
        [target("a"), target("a", "new"), target("b"), target("new"), target("a", "z")], own, dict[str, float]().get
    )
    assert (held_out.reached, held_out.how, held_out.in_sample, held_out.met) == (0.7, "cross-validated", 1.0, False)
    assert (mixed.reached, mixed.how, mixed.met) == (0.8, "cross-validated", True)
    assert (seen.how, seen.met) == ("in-sample", True)
    assert (unseen.how, unseen.in_sample, unseen.interval is not None) == ("unseen", None, True)
    assert (missing.reached, missing.met) == (None, None)


def test_a_time_must_stay_below_its_target() -> None:
    """It belongs to no set."""
    wanted = Target("time", (), "milliseconds", "error", 2.5)
    for reached, met in ((2.4, True), (2.6, False), (None, None)):
        (verdict,) = results.judge([wanted], [], {"milliseconds": reached}.get)
        assert verdict.met is met


def test_every_target_names_a_figure_and_one_of_its_values() -> None:
    """A misspelt one would never be measured."""
    for each in TARGETS:
        assert not each.sets or each.figure in FIGURES


def test_what_is_worse_than_committed_is_found(tmp_path: Path) -> None:
    """By more than the tolerance; a figure that is gone is worse; a changed set is not compared."""
    path = tmp_path / "evaluation.json"
    committed.save(path, [result("a", 10, 9), result("b", 5)])
    known = committed.load(path)
    assert committed.compare(known, [result("a", 10, 9), result("b", 5), result("new", 1)]) == []
    better, worse = committed.compare(known, [result("a", 9, 10)])[::-1]
    assert (worse.way, worse.before, worse.now, worse.worse) == ("as_shipped", 1.0, 0.9, True)
    assert (better.way, better.now, better.worse) == ("cross_validated", 1.0, False)
    (gone,) = committed.compare(known, [SetResult("b", "f", learned=True, rows={"refused": [Row("a", "a", (1, 1))]}, held_out={})])
    assert (gone.now, gone.worse) == (None, True)
    assert committed.compare(known, [SetResult("b", "other", learned=True, rows={}, held_out={})]) == []


def test_figures_without_cross_validation_are_compared_by_themselves(tmp_path: Path) -> None:
    """Without scikit-learn nothing is missed."""
    path = tmp_path / "evaluation.json"
    committed.save(path, [result("a", 10, 9)])
    assert committed.compare(committed.load(path), [result("a", 10)]) == []


def test_calibration_is_worse_when_it_rises() -> None:
    """An error is no share of what is right."""
    assert committed.Change("a", "as_shipped", "calibration_sport", 0.02, 0.04, lower_is_better=True).worse
    assert not committed.Change("a", "as_shipped", "calibration_sport", 0.04, 0.02, lower_is_better=True).worse


def test_an_update_keeps_other_sets(tmp_path: Path) -> None:
    """Two folders have one file of results; its keys are sorted."""
    path = tmp_path / "evaluation.json"
    committed.save(path, [result("b", 5)])
    committed.save(path, [result("a", 10)])
    content = json.loads(path.read_text())
    assert list(content) == ["a", "b"]
    assert content["a"] == {"fingerprint": "f", "as_shipped": {"kept": 1.0}}


def test_a_broken_file_of_results_is_said(tmp_path: Path) -> None:
    """A missing one is none."""
    assert committed.load(tmp_path / "missing.json") == {}
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(LodestreamError, match=r"broken\.json"):
        committed.load(tmp_path / "broken.json")


# The command


def test_an_article_that_is_refused_for_its_size_is_not_scored_but_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unless that it must be."""
    large = "Tin. " * 250_000
    write(
        tmp_path / "sets" / "pages",
        "events.jsonl",
        [{"id": name, "body": body} for name, body in (("a", large), ("b", large), ("c", "Tin."))],
    )
    golds = [{"id": "a", "text": "Tin."}, {"id": "b", "expect": "reject"}, {"id": "c", "text": "Tin."}]
    write(tmp_path / "sets" / "pages", "gold.jsonl", golds)
    figures = tmp_path / "figures.json"
    options = ("--sets", str(tmp_path / "sets"), "--committed", str(tmp_path / "known.json"))
    assert evaluate(*options, "--json", str(figures), "--update") == 0
    found = json.loads(figures.read_text(encoding="utf-8"))["sets"]["pages"]["as_shipped"]
    assert {figure: found[figure]["cases"] for figure in ("text", "kept", "refused")} == {"text": 1, "kept": 1, "refused": 1}
    assert "pages: 1 of its articles are larger than 1 MiB" in capsys.readouterr().out


def evaluate(*arguments: str) -> int:
    """Run `lodestream evaluate`; gives the exit status."""
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", *arguments])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_the_command_measures_any_folder_of_sets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Prints tables, writes all figures, accepts them, and fails when they fall."""
    known, figures = tmp_path / "known.json", tmp_path / "out" / "figures.json"
    options = ("--sets", str(SETS), "--committed", str(known))
    assert evaluate(*options, "--json", str(figures), "--update") == 0
    printed = capsys.readouterr().out
    assert "topic_mining" in printed
    assert "cookie-wall" in printed
    content = json.loads(figures.read_text())
    assert content["sets"]["samples"]["as_shipped"]["alerts"]["cases"] == 28
    assert content["changes"] == []
    assert {verdict["met"] for verdict in content["targets"] if verdict["sets"]} == {None}
    expected = json.loads(known.read_text())
    expected["samples"]["as_shipped"]["alerts"] = 1.1
    known.write_text(json.dumps(expected))
    assert evaluate(*options) == 1
    failed = capsys.readouterr()
    assert "WORSE" in failed.out
    assert failed.err.startswith("lodestream: 1 figures are worse")


def test_the_command_finds_the_sets_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those beside the project, else the invented ones, else it says what to do."""
    monkeypatch.chdir(tmp_path)
    assert evaluate() == 1
    assert "--sets" in capsys.readouterr().err
    write(tmp_path / "tests" / "sets" / "one", "gold.jsonl", [{"id": "a", "critical": False}])
    assert evaluate() == 0
    assert "alerts" in capsys.readouterr().out


def test_without_the_library_that_trains_the_command_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line; an update would lose the figures, so there is none."""
    write(tmp_path / "sets" / "one", "gold.jsonl", [{"id": "a", "critical": False}])
    options = ("--sets", str(tmp_path / "sets"), "--committed", str(tmp_path / "known.json"))
    monkeypatch.setattr(run, "LEARNED", frozenset({"one"}))
    monkeypatch.setattr(run, "possible", lambda: False)
    assert evaluate(*options) == 0
    assert ".[train]" in capsys.readouterr().out
    assert evaluate(*options, "--update") == 1
    monkeypatch.setattr(run, "LEARNED", frozenset({"one", "two"}))
    assert evaluate(*options) == 0
    assert "two not here" in capsys.readouterr().out


def test_a_set_that_is_not_the_committed_one_was_not_learned_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever its name."""
    write(tmp_path / "one", "gold.jsonl", [{"id": "a"}])
    each = read(tmp_path / "one")
    assert not run.learned_from(each, {})
    monkeypatch.setattr(run, "LEARNED", frozenset({"one"}))
    assert run.learned_from(each, {})
    assert run.learned_from(each, {"one": {"fingerprint": each.fingerprint()}})
    assert not run.learned_from(each, {"one": {"fingerprint": "other"}})


def test_long_lists_of_changes_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """The bad ones come first."""
    changes = [committed.Change("s", "as_shipped", f"figure-{number}", 0.5, 0.6, lower_is_better=False) for number in range(60)]
    changes.append(committed.Change("s", "as_shipped", "fallen", 0.5, 0.4, lower_is_better=False))
    report.show(report.Report(SETS, [], [], changes, ["a note"]), Console())
    printed = capsys.readouterr().out
    assert printed.index("fallen") < printed.index("figure-0")
    assert "figure-59" not in printed
    assert "and 21 more" in printed
    assert "a note" in printed


# Cross-validation

STUB = """
import json, sys
task = json.load(open(sys.argv[1]))
def ids(name):
    found = [path + "/" + name for path in task["training"]]
    return [json.loads(line) for path in found for line in (open(path) if __import__("os").path.exists(path) else ())]
if "fail" in task["sets"][0]:
    sys.exit("ValueError: too few articles")
held_out = set(task["held_out"])
for name in ("gold.jsonl", "events.jsonl", "docs.jsonl"):
    assert not held_out & {row["id"] for row in ids(name)}
assert not [pair for pair in ids("pairs.jsonl") if pair["a"] in held_out or pair["b"] in held_out]
rows = {"samples": {"kept": [[name, "g", [1, 1], 0, ""] for name in held_out]}}
json.dump(rows, open(task["output"], "w"))
"""


def stub(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a package in place whose folds train nothing and check what they were given."""
    package = root / "streams"
    (package / "evaluation").mkdir(parents=True)
    for path in (package / "__init__.py", package / "evaluation" / "__init__.py"):
        path.touch()
    (package / "evaluation" / "fold.py").write_text(STUB)
    monkeypatch.setattr(cross_validation, "files", {"streams": package}.__getitem__)
    for variable in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"):  # the copies are gone when coverage is reported
        monkeypatch.delenv(variable, raising=False)


def test_every_article_is_judged_by_the_fold_that_did_not_train_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All files of a set are cut alike; the command shows the figures."""
    stub(tmp_path, monkeypatch)
    monkeypatch.setattr(cross_validation, "FOLDS", 3)
    sets = [each for each in read_all(SETS) if not each.has_snippets]
    steps: list[str] = []
    found = cross_validation.cross_validate(sets, steps.append)
    assert sorted(row.id for row in found["samples"]["kept"]) == sorted(groups(sets))
    assert steps == ["1 of 3 folds", "2 of 3 folds", "3 of 3 folds"]
    monkeypatch.setattr(run, "LEARNED", frozenset({"samples"}))
    monkeypatch.setattr(run, "possible", lambda: True)
    assert evaluate("--sets", str(SETS), "--committed", str(tmp_path / "known.json"), "--update") == 0
    assert "cross-validated" in capsys.readouterr().out
    assert json.loads((tmp_path / "known.json").read_text())["samples"]["cross_validated"] == {"kept": 1.0}


def test_a_fold_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the words of its last line."""
    stub(tmp_path, monkeypatch)
    write(tmp_path / "fail", "gold.jsonl", [{"id": "a"}])
    with pytest.raises(LodestreamError, match="too few articles"):
        cross_validation.cross_validate([read(tmp_path / "fail")], quiet)


def test_a_fold_trains_on_its_part_and_judges_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it writes becomes rows again."""
    training = pytest.importorskip("streams.training.__main__", reason="scikit-learn is not installed")
    given: list[list[str]] = []
    monkeypatch.setattr(training, "main", given.append)
    task = {"data": "data", "training": ["a", "b"], "sets": [str(SETS / "samples")], "held_out": ["antimony-1", "antimony-2"]}
    (tmp_path / "task.json").write_text(json.dumps(task | {"output": str(tmp_path / "rows.json")}))
    fold.main(tmp_path / "task.json")
    assert given == [["--output", "data", "a", "b"]]
    found = cross_validation.rows_of(json.loads((tmp_path / "rows.json").read_bytes())["samples"])
    assert [row.id for row in found["kept"]] == ["antimony-1", "antimony-2"]
    assert values("kept", found["kept"]) == {"share": 1.0}


def test_whether_models_can_be_trained_depends_on_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is no part of the service."""
    assert cross_validation.possible() == (importlib.util.find_spec("sklearn") is not None)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setattr(cross_validation, "find_spec", lambda _: None)
    assert not cross_validation.possible()
