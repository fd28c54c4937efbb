"""Training of the models in `streams/data`, offline, from folders of labelled articles: needs the extra `train`."""
