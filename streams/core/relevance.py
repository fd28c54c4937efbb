"""Relevance: whether an editor of a critical-minerals desk would send an article, and how much it matters.

Both are linear models over the same few features that a person can read; weights and word classes are
`streams/data/relevance.json`, made by `streams.training.relevance`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log1p
from typing import get_args

from streams.core.document import Document, split
from streams.core.lexicon import Hit, Hits
from streams.core.lexicon_files import SURE, USUAL
from streams.core.records import MineralArticle, Severity, Topic

TOPICS: tuple[Topic, ...] = get_args(Topic)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
REACH = 150
"""Characters between a mineral and an event cue that count as said together, about a sentence."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear model: the bias and the sum of feature times weight; a feature without weight adds nothing."""

    bias: float
    weights: dict[str, float]

    def value(self, features: Mapping[str, float]) -> float:
        """The sum, in the features' order."""
        total = 0.0
        for name, value in features.items():
            if value:
                total += self.weights.get(name, 0.0) * value
        return self.bias + total


@dataclass(frozen=True, slots=True)
class RelevanceModel:
    """The contents of `streams/data/relevance.json`."""

    words: dict[str, str]
    """The class of a lower-case word; how often an article uses the words of a class is a feature."""
    relevance: Linear
    """Log-odds of an alert."""
    threshold: float
    """Least probability of an alert."""
    severity: Linear
    """How much it matters on a scale where 0 is low and 3 is critical."""
    limits: tuple[float, float, float]
    """From these values on it is medium, high, critical."""
    evidence: Linear
    """Log-odds that an editor would underline a sentence."""


def relevance(features: Mapping[str, float], model: RelevanceModel) -> float:
    """Probability that an editor would send the article."""
    logit = model.relevance.value(features)
    return 1 / (1 + exp(-logit)) if logit > 0 else exp(logit) / (1 + exp(logit))


def severity(features: Mapping[str, float], model: RelevanceModel) -> Severity:
    """How much it matters."""
    value = model.severity.value(features)
    return SEVERITIES[sum(value >= limit for limit in model.limits)]


def features(article: MineralArticle, document: Document, hits: Hits, model: RelevanceModel) -> dict[str, float]:
    """What the models look at, by name; counts enter as log(1 + n), and what is absent is 0."""
    main = article.minerals[0]
    title = document.offset
    cues = hits.events
    strong = sum(hit.weight == USUAL for hit in hits.context)
    units = [quantity.unit for quantity in article.quantities]
    found: dict[str, float] = {
        "salience": main.salience,
        "mineral_in_title": float(any(mineral.in_title for mineral in article.minerals)),
        "mentions": log1p(sum(mineral.mentions for mineral in article.minerals)),
        "minerals": log1p(len(article.minerals)),
        "cues": log1p(sum(hit.weight for hit in cues)),
        "strong_cues": log1p(sum(hit.weight >= SURE for hit in cues)),
        "cue_in_title": float(any(hit.start < title for hit in cues)),
        "together": log1p(_together(hits.minerals, cues)),
        "tonnes": log1p(sum(unit.startswith(("t", "oz", "lb")) for unit in units)),
        "money": log1p(sum(unit[:3].isupper() for unit in units)),
        "countries": log1p(len(article.countries)),
        "organisations": log1p(len(article.organisations)),
        "strong_context": log1p(strong),
        "weak_context": log1p(len(hits.context) - strong),
        "anti": log1p(len(hits.against)),
        "density": 100 * len(hits.minerals) / max(len(document.words), 1),
        "length": log1p(len(document.words)),
    }
    found |= {f"anti:{domain}": log1p(number) for domain, number in Counter(hit.id for hit in hits.against).items()}
    found |= {f"topic:{topic}": article.topic_scores.get(topic, 0.0) for topic in TOPICS}
    found |= {f"event:{event}": 1.0 for event in article.event_types}
    used = Counter(model.words[word] for word in document.words if word in model.words)
    # The coal of `coking coal` speaks for no other commodity.
    used.subtract(
        model.words[word] for hit in hits.minerals for word in split(document.lower[hit.start : hit.end]) if word in model.words
    )
    found |= {f"words:{name}": log1p(number) for name, number in used.items() if number > 0}
    found |= {f"title:{model.words[word]}": 1.0 for word in split(document.lower[:title]) if word in model.words}
    return found


def _together(minerals: Sequence[Hit], cues: Sequence[Hit]) -> int:
    """How many event cues have a mineral within reach; both in order of appearance."""
    near, first = 0, 0
    for cue in cues:
        while first < len(minerals) and minerals[first].end < cue.start - REACH:
            first += 1
        near += first < len(minerals) and minerals[first].start <= cue.end + REACH
    return near
