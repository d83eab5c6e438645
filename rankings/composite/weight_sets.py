"""How are thousands of weight sets held? As one table that reads like a dict of series by name."""

from collections.abc import ItemsView, Iterator, Mapping, Sequence, ValuesView
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]


class WeightSets(dict[str, pd.Series]):
    """Weight sets by name, each a series indexed by code.

    A series is made when it is asked for: to make thousands of them takes longer than to rank by
    them. The dict stores the place of each set in the table, or a series that was put in later;
    whatever reads a value therefore goes through a method below.

    Attributes:
        rows: the sets down, nodes across.
        codes: of the nodes.
    """

    def __init__(self, rows: Array, codes: pd.Index, names: Sequence[str]) -> None:
        self.rows, self.codes = rows, codes
        super().__init__({name: at for at, name in enumerate(names)})  # type: ignore[misc]

    def table(self) -> Array | None:
        """The sets down, nodes across; None once series have been made or put in."""
        places: ValuesView[object] = super().values()
        whole = len(self) == len(self.rows) and all(isinstance(each, int) for each in places)
        return self.rows if whole else None

    def __getitem__(self, name: str) -> pd.Series:
        found: object = super().__getitem__(name)
        if isinstance(found, int):
            # Kept from now on, so that what is done to the series is done to the set.
            super().__setitem__(name, pd.Series(self.rows[found], self.codes))
        return super().__getitem__(name)

    # With this defined here, dict(sets) and {**sets} ask for each series by its name.
    def __iter__(self) -> Iterator[str]:
        return super().__iter__()

    def _filled(self) -> "WeightSets":
        """Itself, with a series in every place."""
        for name in self:
            self[name]
        return self

    def items(self) -> ItemsView[str, pd.Series]:  # type: ignore[override]
        """Name and series of each set."""
        return dict.items(self._filled())

    def values(self) -> ValuesView[pd.Series]:  # type: ignore[override]
        """The series."""
        return dict.values(self._filled())

    def get(self, name: str, default: Any = None) -> Any:
        """The series of a name, or ``default``."""
        return self[name] if name in self else default  # noqa: SIM401

    def copy(self) -> dict[str, pd.Series]:
        """A plain dict of the series."""
        return dict(self)

    def pop(self, *name: Any) -> Any:
        """The series of a name (or the default after it), which is taken out."""
        return dict.pop(self._filled(), *name)

    def popitem(self) -> tuple[str, pd.Series]:
        """The last name and its series, which is taken out."""
        return dict.popitem(self._filled())

    def setdefault(self, name: str, default: Any = None) -> Any:
        """The series of a name, put in if there is none."""
        return dict.setdefault(self._filled(), name, default)

    def __or__(self, other: Mapping[str, pd.Series]) -> dict[str, pd.Series]:  # type: ignore[override]
        return {**self, **other}

    def __eq__(self, other: object) -> bool:
        return dict.__eq__(self._filled(), other)

    __hash__ = None

    def __reduce__(self) -> tuple[type, tuple[dict[str, pd.Series]]]:
        return dict, (dict(self),)
