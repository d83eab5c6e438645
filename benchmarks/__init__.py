"""Timings against the naive way or a peer, measured in the same run; not installed."""
