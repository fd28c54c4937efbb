"""`lodestream explain`: for one article, what every stage did, why, and what would have changed it."""
