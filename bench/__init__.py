"""Benchmarks: ours beside the floor or the peer, in one run, as ratios."""
