"""Trailing medians over days that ignore absent values. The edge to bottleneck, which has no types."""

from typing import cast

import bottleneck  # pyright: ignore[reportMissingTypeStubs]
import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
"""One series a row, one day a column; NaN is a day without data."""


def trailing_median(values: Matrix, window: int, least: int) -> Matrix:
    """Return for each day the median of the last `window` days, itself included; NaN below `least` values."""
    if values.shape[1] < window:
        padding = np.full((values.shape[0], window - values.shape[1]), np.nan)
        return trailing_median(np.hstack([padding, values]), window, least)[:, padding.shape[1] :]
    moved: object = bottleneck.move_median(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        np.ascontiguousarray(values), window=window, min_count=least, axis=1
    )
    return cast(Matrix, moved)


def later(values: Matrix, days: int = 1) -> Matrix:
    """Return the values as they were `days` before: column t holds what t - `days` held."""
    result = np.full_like(values, np.nan)
    result[:, days:] = values[:, :-days]
    return result
