"""Training of the second opinion on politics in industry news: a logistic regression over who acts in the first words.

Whether a state acts or is merely named is hard for a sum over all words of an article: ministries, licences and taxes stand in
company news too. News comes first in news, so words for states and for companies are counted at the beginning.
"""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from streams.core.classify import ActorClass, Industry, actions
from streams.training.actors import actor_classes

Floats = NDArray[np.float64]

OPENING = 20
"""Words of a headline with the beginning of its first sentence. Measured: from 14 to 20 makes no difference."""
LEAD = 100
"""Words of headline and two paragraphs. Measured: from 70 to 200 makes no difference."""
REGULARISATION = 0.03
"""Measured: the log loss on the first two sets is lower than with 0.1, as labels differ there between like articles."""


def fit(texts: Sequence[tuple[str, ...]], log_odds: Floats, politics: NDArray[np.bool_]) -> Industry:
    """The model from industry news: its words, the word model's out-of-fold log-odds of politics, and whether it is politics."""
    blank = _model(dict.fromkeys(actor_classes(), (0.0, 0.0)), 0.0, 0.0)
    counts = np.array([actions(words, blank) for words in texts])
    features = np.column_stack([log_odds, counts])
    spread = features.std(axis=0) + 1e-9
    regression = LogisticRegression(C=REGULARISATION).fit(features / spread, politics)
    weights = [round(float(weight), 4) for weight in regression.coef_[0] / spread]
    pairs = zip(weights[1::2], weights[2::2], strict=True)
    return _model(dict(zip(blank.classes, pairs, strict=True)), weights[0], round(float(regression.intercept_[0]), 4))


def _model(weights: dict[str, tuple[float, float]], words: float, offset: float) -> Industry:
    own = actor_classes()
    classes = {name: ActorClass(opening, lead, tuple(own[name])) for name, (opening, lead) in weights.items()}
    return Industry(opening=OPENING, lead=LEAD, offset=offset, log_odds=words, classes=classes)


def exported(model: Industry) -> dict[str, object]:
    """The model as it stands in the file."""
    return {name: value for name, value in asdict(model).items() if name != "packed"}
