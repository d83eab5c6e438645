"""What do own and others' moves account for in a change of rank? The Shapley value, by places.

The games behind `rankings.analysis.change`: a player is one weighted part of an economy's score,
or the same part of everybody else's, that moves from its old to its new value; the worth of a
coalition is the economy's rank once its members have moved.
"""

from math import factorial

import numpy as np
import pandas as pd

from rankings.analysis import decompose
from rankings.panel import ranks


def shapley(worth: np.ndarray) -> np.ndarray:
    """The Shapley value of every player for many games at once.

    Args:
        worth: (2**players, games); row ``m`` is the worth of the coalition whose members are
            the bits of ``m``.

    Returns:
        (players, games); over the players it sums to worth of all - worth of nobody.

    Source: Shapley (1953), A value for n-person games.
    """
    count = int(worth.shape[0]).bit_length() - 1
    member = members(count)
    size, share = member.sum(axis=1), shares(count)
    # A coalition with the player counts as "after joining size - 1", one without as "before".
    joined, absent = share[size - 1] * (size > 0), share[size]
    # Divided last, so that ranks (whole numbers) give exact zeros.
    return np.where(member, joined[:, None], -absent[:, None]).T @ worth / factorial(count)


def shares(count: int) -> np.ndarray:
    """In how many orders of so many players just a set of each size (from 0) stands before one."""
    return np.array([factorial(s) * factorial(count - 1 - s) for s in range(count)] + [0], float)


def members(count: int) -> np.ndarray:
    """(2**count, count): which players each coalition has."""
    return (np.arange(2**count)[:, None] >> np.arange(count) & 1).astype(bool)


def mixed_scores(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """(2**K, n): score of each economy with each subset of its K weighted parts from ``new``."""
    member = members(old.shape[1]).astype(float)
    return member @ new.T + (1 - member) @ old.T


def places_in(own: np.ndarray, world: np.ndarray) -> np.ndarray:
    """Rank of each row of own scores (m, n), each economy against all others of ``world`` (n)."""
    return ranks.count_others_above(own, world) + 1.0


def competition_ranks(scores: pd.Series) -> pd.Series:
    """Competition rank of each score."""
    values = scores.to_numpy(dtype=float)
    return pd.Series(places_in(values[None, :], values)[0], index=scores.index)


def count_moves(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Own and others' moves of all economies in places; those of `estimate_moves`."""
    return estimate_moves(old, new)[0]


def estimate_moves(
    old: np.ndarray, new: np.ndarray, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Own and others' moves of all economies, and how sure they are.

    Args:
        old: (economies, K) weighted parts before.
        new: the same after.
        seed: of the sampled orders, where there are more than `decompose.EXACT` parts.

    Returns:
        (2K, economies): places by own moves in each part, then by others' moves in each; and
        their standard errors, 0 where all orders are counted.

    Source: Shapley over 2K players; coalition: own parts of one set from ``new``, others' parts
        of another set from ``new``; worth: the economy's rank.
    """
    if old.shape[1] <= decompose.EXACT:
        return _counted_moves(old, new), np.zeros((2 * old.shape[1], len(old)))
    gains, parts = (new - old).T, old.shape[1]

    def walk(order: np.ndarray) -> np.ndarray:
        own, world = old.sum(axis=1), old.sum(axis=1)
        places = [places_in(own[None, :], world)[0]]
        for player in order:
            moving = own if player < parts else world
            moving += gains[player % parts]
            places.append(places_in(own[None, :], world)[0])
        return np.array(places)

    return decompose.sample_orders(2 * parts, walk, seed=seed)


def _counted_moves(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Own and others' moves over all coalitions, one world of others at a time."""
    mixed, parts = mixed_scores(old, new), old.shape[1]
    member, share = members(parts), shares(2 * parts)
    values = np.zeros((2 * parts, len(old)))
    for inside, world in zip(member, mixed, strict=True):
        places = places_in(mixed, world)
        size = member.sum(axis=1) + inside.sum()
        joined, absent = share[size - 1] * (size > 0), share[size]
        values[:parts] += np.where(member, joined[:, None], -absent[:, None]).T @ places
        values[parts:] += np.where(inside[:, None], joined @ places, -(absent @ places))
    # Divided last, so that ranks (whole numbers) give exact zeros.
    return values / factorial(2 * parts)
