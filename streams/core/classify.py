"""Classification: which of mining, politics and sport an article is about, each with a calibrated probability.

A linear model over the words of title and text, each counted once. Training (`streams.training.topics`) folds everything that
it learns, word classes included, into one row of whole numbers for each word, so that the sums below are exact in any order.
In industry news a second, small model over the first words says whether it is politics too: whether a state acts in it.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from math import exp, log1p, sqrt
from typing import get_args

from streams.core import document
from streams.core.packed import MOST, pack, unpack
from streams.core.records import ClassifiedArticle, CleanArticle, Topic, extend

TOPICS: tuple[Topic, ...] = get_args(Topic)
"""The topics, sorted: the order of the weights in a model's rows."""
READ = MOST
"""Number of words that are read: longer articles are of their beginning's topic."""
NEGLIGIBLE = 0.005
"""Below this probability of mining the industry model could change no score in its second decimal, and is not asked."""
PLACE = 1 << 8
"""Above the number of words of a lead."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """From the sum of weights to a probability: 1 / (1 + exp(-(slope * sum + offset))), after Platt (1999)."""

    slope: float
    offset: float
    threshold: float
    """The topic applies from this probability on."""
    unknown: float
    """Probability given to a text of which too few words are known; below `threshold`."""


@dataclass(frozen=True, slots=True)
class ActorClass:
    """Words that show who acts, and what log(1 + their number) adds to the log-odds of politics."""

    opening: float
    """Weight of those in the opening."""
    lead: float
    """Weight of those in the lead, the opening included."""
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Industry:
    """Politics in industry news: log-odds from the word model's own and from counts of words that show who acts."""

    opening: int
    """Number of first words, of title and text, that are the opening."""
    lead: int
    """Number of first words that are the lead; below `PLACE`."""
    offset: float
    log_odds: float
    """Weight of the word model's log-odds of politics."""
    classes: dict[str, ActorClass]
    packed: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    """For each word, one digit to the base `PLACE` for each class, so that one sum counts all classes."""

    def __post_init__(self) -> None:
        """Derive the look-up."""
        for place, actors in enumerate(self.classes.values()):
            for word in actors.words:
                self.packed[word] = self.packed.get(word, 0) + PLACE**place


@dataclass(frozen=True, slots=True)
class TopicModel:
    """The contents of `streams/data/topics.json`."""

    version: str
    """Name, year, month and the first eight digits of the SHA-256 of the rest."""
    minimum_coverage: float
    """Least share of the different words that must be known; below it no topic is given."""
    calibration: dict[Topic, Calibration]
    industry: Industry
    features: dict[str, tuple[int, int, int]]
    """For each known word its weight for each topic, from -`LIMIT` to `LIMIT`; at least one is not 0.

    The commonest words come first: what an article looks up then lies close together in memory."""
    packed: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Each row of `features` as one number, so that one sum adds all three."""

    def __post_init__(self) -> None:
        """Derive the look-up."""
        object.__setattr__(self, "packed", {word: pack(row) for word, row in self.features.items()})


def classify(article: CleanArticle, model: TopicModel) -> ClassifiedArticle:
    """The article with its topics: from title and text alone, never from outlet, url or language."""
    found = document.read(article.title, article.text)
    scores = probabilities(found.words, model, found.vocabulary)
    topics = tuple(topic for topic in TOPICS if scores[topic] >= model.calibration[topic].threshold)
    rounded = {topic: round(score, 4) for topic, score in scores.items()}
    return extend(article, ClassifiedArticle, topics=topics, topic_scores=rounded, model=model.version)


def probabilities(words: Sequence[str], model: TopicModel, vocabulary: AbstractSet[str] | None = None) -> dict[Topic, float]:
    """Probability of each topic for a text of these lower-case words; `vocabulary` is the set of them, where there is one.

    A text in a language that the model does not know would be judged by the few words that look English, so where less
    than `minimum_coverage` of the different words are known, every topic gets its `unknown` probability instead.
    """
    different = vocabulary if vocabulary is not None and len(words) <= READ else vocabulary_of(words)
    known = list(filter(None, map(model.packed.get, different)))
    if not known or len(known) < model.minimum_coverage * len(different):
        return {topic: model.calibration[topic].unknown for topic in TOPICS}
    log_odds = _log_odds(sum(known), len(known), model)
    scores = {topic: _probability(value) for topic, value in log_odds.items()}
    if scores["mining"] < NEGLIGIBLE:
        return scores
    second = _probability(industry_log_odds(log_odds["politics"], actions(words, model.industry), model.industry))
    scores["politics"] = scores["mining"] * second + (1 - scores["mining"]) * scores["politics"]
    return scores


def vocabulary_of(words: Sequence[str]) -> frozenset[str]:
    """The different ones of the first `READ` words."""
    return frozenset(words[:READ])


def contributions(article: CleanArticle, model: TopicModel) -> dict[Topic, list[tuple[str, float]]]:
    """For each topic the article's features and what each adds to its log-odds, strongest first.

    Features are words, and for politics of industry news classes of words too: "state body (opening)". There both models'
    parts are weighed by the probability of mining, which is exact for each model and close for their mixture.
    """
    words = document.read(article.title, article.text).words
    known = model.features.keys() & vocabulary_of(words)
    mining, norm = probabilities(words, model)["mining"], sqrt(len(known))
    found: dict[Topic, list[tuple[str, float]]] = {}
    for place, topic in enumerate(TOPICS):
        share = 1 - mining + mining * model.industry.log_odds if topic == "politics" else 1
        slope = share * model.calibration[topic].slope
        found[topic] = [(word, slope * model.features[word][place] / norm) for word in known]
    numbers = iter(actions(words, model.industry))
    for name, own in model.industry.classes.items():
        found["politics"] += (
            (f"{name} (opening)", mining * own.opening * next(numbers)),
            (f"{name} (lead)", mining * own.lead * next(numbers)),
        )
    return {
        topic: sorted(((name, round(part, 4)) for name, part in parts if part), key=_strength) for topic, parts in found.items()
    }


def actions(words: Sequence[str], industry: Industry) -> list[float]:
    """For each class log(1 + its words) in the opening and in the lead, in turn."""
    weight, known = industry.packed.__getitem__, industry.packed.__contains__
    opening = sum(map(weight, filter(known, words[: industry.opening])))
    lead = opening + sum(map(weight, filter(known, words[industry.opening : industry.lead])))
    counts: list[float] = []
    for _ in industry.classes:
        counts += log1p(opening % PLACE), log1p(lead % PLACE)
        opening, lead = opening // PLACE, lead // PLACE
    return counts


def industry_log_odds(politics: float, counts: list[float], industry: Industry) -> float:
    """Log-odds of politics for industry news, from the word model's and the counts of `actions`."""
    pairs = zip(industry.classes.values(), counts[::2], counts[1::2], strict=True)
    return industry.offset + industry.log_odds * politics + sum(own.opening * near + own.lead * far for own, near, far in pairs)


def _log_odds(total: int, known: int, model: TopicModel) -> dict[Topic, float]:
    """The calibrated log-odds of each topic from the sum of packed rows and their number."""
    norm, found = sqrt(known), {}
    for topic, number in zip(TOPICS, unpack(total, len(TOPICS)), strict=True):
        calibration = model.calibration[topic]
        found[topic] = calibration.slope * number / norm + calibration.offset
    return found


def _probability(log_odds: float) -> float:
    return 1 / (1 + exp(-log_odds)) if log_odds > 0 else exp(log_odds) / (1 + exp(log_odds))


def _strength(part: tuple[str, float]) -> tuple[float, str]:
    """Orders parts by size, then by name."""
    return -abs(part[1]), part[0]
