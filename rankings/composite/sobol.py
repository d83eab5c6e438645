"""Which choice of method moves an economy's rank? Sobol indices of every economy.

The **first-order** index is the share of the variance of its rank that a factor explains alone;
the **total** index also holds what it explains together with others. Estimators: Saltelli et al.
(2010), Computer Physics Communications 181, 259-270 (first) and Jansen (1999), ibid. 117, 35-43
(total), from N (d + 2) replicates. All ranks come with each replicate, so that every economy has
its own indices at no extra cost. The ends of a bootstrap interval are resamples: of those that have
an index, in order, the one nearest to 5 and to 95 %.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from rankings.composite.engine import Method
from rankings.composite.replicates import Plan, Varied, run
from rankings.composite.tree import Tree
from rankings.composite.uncertainty import HIGH, LOW, reference_ranks, sequence, to_picks
from rankings.errors import InputError
from rankings.panel import ranks
from rankings.panel.inputs import check_draws, whole_number

Array = npt.NDArray[np.float64]
Outputs = Array | npt.NDArray[np.int32]
_FEW = np.float32  # precise enough for intervals, at half the cost
_CELLS = 4_000_000  # outputs taken up at once


@dataclass(frozen=True)
class Sensitivity:
    """Sobol indices.

    Attributes:
        economies: columns iso3, factor, first, first_low, first_high, total, total_low,
            total_high (5 and 95 % of a bootstrap of rows, both indices from the same rows),
            variance (of the economy's rank). Indices are missing where the rank never changes.
        overall: the same of the mean absolute shift from the reference ranks, without iso3.
        varied: columns factor, count, choices.
        runs: how many replicates the indices rest on.
    """

    economies: pd.DataFrame
    overall: pd.DataFrame
    varied: pd.DataFrame
    runs: int


def sensitivity(
    tree: Tree,
    data: pd.DataFrame,
    reference: Method,
    varied: Varied,
    *,
    seed: int,
    base: int = 1024,
    bootstrap: int = 500,
) -> Sensitivity:
    """First and total order Sobol indices of each economy's rank, for every factor varied.

    Args:
        tree: of the composite.
        data: economies down, indicators and denominators across.
        reference: the method whose ranks the overall shift is measured from.
        varied: as in `uncertainty`; at least two factors, for indices to tell apart.
        seed: of the scrambled Sobol sequence and of the bootstrap.
        base: rows of the design, N, at least 2; a power of two is balanced best.
        bootstrap: resamples behind the intervals, none or 20 and more (rows are taken as
            independent, which for a low-discrepancy sequence makes the intervals too wide rather
            than too narrow).

    Raises:
        InputError, DataError: as in `uncertainty`.
    """
    plan = Plan(tree, data, reference, varied)
    factors = list(plan.varied)
    base = whole_number("the base of the design", base, 2)
    if whole_number("the number of resamples", bootstrap, 0):
        check_draws(bootstrap, LOW)
    design = saltelli(sequence(2 * len(factors), base, seed))
    done = run(plan, to_picks(design, plan.sizes))
    reference_places = reference_ranks(plan)
    shift = np.array([np.abs(row - reference_places).mean() for row in done.ranks])
    counts = resamples(base, bootstrap, seed)
    economies = _table(done.ranks, done.row_of, counts, factors, list(done.economies))
    overall = _table(shift[:, None], done.row_of, counts, factors, ["all"]).drop(columns="iso3")
    return Sensitivity(economies, overall, plan.table(), len(design))


def saltelli(points: Array) -> Array:
    """The design of N points in 2d dimensions: A, B, then A with each column from B in turn."""
    a, b = np.split(points, 2, axis=1)
    mixed = []
    for column in range(a.shape[1]):
        one = a.copy()
        one[:, column] = b[:, column]
        mixed.append(one)
    return np.vstack([a, b, *mixed])


def indices(outputs: Array, base: int, *, centred: bool = False) -> pd.DataFrame:
    """Sobol indices of one output over a design as `saltelli` lays it out.

    Args:
        outputs: one number per row of the design.
        base: rows of A.
        centred: subtract the mean first, which changes the first-order estimate by noise only
            and makes that noise smaller. The peer does not.

    Returns:
        Columns first, total and variance (sample variance of the outputs of A and B), one row
        per factor; missing where the outputs of A and B vary by no more than rounding.

    Raises:
        InputError: a number of outputs that is no design, or an output that is missing or
            infinite.
    """
    base = whole_number("the base of the design", base, 2)
    if len(outputs) % base or len(outputs) < 3 * base:
        raise InputError(f"{len(outputs)} outputs are no design of {base} rows: N (d + 2) are")
    values = np.asarray(outputs, dtype="float64")
    if not np.isfinite(values).all():
        place = int(np.flatnonzero(~np.isfinite(values))[0]) + 1
        raise InputError(f"output {place} of the design is missing or infinite")
    a, b, *mixed = np.split(values, len(outputs) // base)
    both = np.concatenate([a, b])
    constant = ranks.is_constant(both.min(), both.max())
    variance = np.nan if constant else both.var(ddof=1)
    middle = both.mean() if centred else 0.0
    first = [((b - middle) * (each - a)).mean() / variance for each in mixed]
    total = [((a - each) ** 2).mean() / (2 * variance) for each in mixed]
    return pd.DataFrame({"first": first, "total": total, "variance": variance})


def resamples(base: int, bootstrap: int, seed: int) -> npt.NDArray[np.float32]:
    """How often each row is in each resample; the first "resample" is every row once."""
    generator = np.random.default_rng([seed, 1])
    counts = np.ones((bootstrap + 1, base), dtype=_FEW)
    for number in range(1, bootstrap + 1):
        drawn = generator.integers(0, base, size=base)
        counts[number] = np.bincount(drawn, minlength=base)
    return counts


def _sums(
    outputs: Outputs, row_of: npt.NDArray[np.int64], counts: npt.NDArray[np.float32]
) -> Iterator[tuple[Array, ...]]:
    """First and total index and variance by factor: resamples down, outputs across."""
    rows = row_of.reshape(-1, counts.shape[1])
    centred = outputs - outputs[row_of[: 2 * counts.shape[1]]].mean(axis=0)
    # The estimate itself in full: sums of single precision depend on the processor.
    whole = _products(centred, rows, counts[:1].astype("float64"))
    drawn = _products(centred.astype(_FEW), rows, counts[1:])
    for one, many in zip(whole, drawn, strict=True):
        yield tuple(np.concatenate(pair) for pair in zip(one, many, strict=True))


def _products(
    centred: Array | npt.NDArray[np.float32],
    rows: npt.NDArray[np.int64],
    counts: Array | npt.NDArray[np.float32],
) -> Iterator[tuple[Array, Array, Array]]:
    """Of `_sums`, in the precision of what is given."""
    base = counts.shape[1]
    a, b = centred[rows[0]], centred[rows[1]]
    sums, squares = counts @ (a + b), counts @ (a * a + b * b)
    size = 2 * base
    variance = (squares - sums.astype("float64") ** 2 / size) / (size - 1)
    variance[variance < 1e-12] = np.nan
    mean = sums / size
    for row in rows[2:]:
        change = centred[row] - a
        first = (counts @ (b * change) - mean * (counts @ change)) / base
        total = (counts @ (change * change)) / (2 * base)
        yield first / variance, total / variance, variance


def _table(
    outputs: Outputs,
    row_of: npt.NDArray[np.int64],
    counts: npt.NDArray[np.float32],
    factors: list[str],
    names: list[str],
) -> pd.DataFrame:
    """Indices of every output, a bounded number of outputs at a time."""
    step = max(1, _CELLS // len(outputs))
    return pd.concat(
        [
            _some(outputs[:, at : at + step], row_of, counts, factors, names[at : at + step])
            for at in range(0, len(names), step)
        ],
        ignore_index=True,
    )


def _some(
    outputs: Outputs,
    row_of: npt.NDArray[np.int64],
    counts: npt.NDArray[np.float32],
    factors: list[str],
    names: list[str],
) -> pd.DataFrame:
    parts = []
    for factor, (first, total, variance) in zip(
        factors, _sums(outputs, row_of, counts), strict=True
    ):
        part = {"iso3": names, "factor": factor, **_spread("first", first)}
        part |= {**_spread("total", total), "variance": variance[0]}
        parts.append(pd.DataFrame(part))
    table = pd.concat(parts, ignore_index=True)
    # One row for each factor and output; wanted is output by output.
    places = np.arange(len(table)).reshape(len(factors), len(names)).T.ravel()
    table["variance"] = table["variance"].fillna(0.0)
    return table.iloc[places].reset_index(drop=True)


def _spread(name: str, values: Array) -> dict[str, Array]:
    """The estimate and its bootstrap interval.

    A resample in which the rank does not vary has no index and is left out.
    """
    if len(values) == 1:
        gaps = np.full(values.shape[1], np.nan)
        return {name: values[0], f"{name}_low": gaps, f"{name}_high": gaps}
    drawn = np.sort(values[1:], axis=0)  # missing ones last
    last = np.maximum(np.isfinite(drawn).sum(axis=0) - 1, 0)
    ends = [np.rint(level * last).astype(np.int64)[None, :] for level in (LOW, HIGH)]
    low, high = (np.take_along_axis(drawn, end, axis=0)[0] for end in ends)
    return {name: values[0], f"{name}_low": low, f"{name}_high": high}
