"""Seeded numbers that can be asked for in any order: sample i of a stream never depends on how many samples are drawn.

Only integer and basic float operations are used, so the same seed gives the same bytes on every platform and numpy version.
"""

import hashlib

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def _start(seed: int, key: str) -> npt.NDArray[np.uint64]:
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return np.frombuffer(digest[:8], dtype="<u8").astype(np.uint64)


def uniform(seed: int, key: str, index: Ints) -> Floats:
    """Return one number in [0, 1) for each index of the stream `key`: SplitMix64 (Steele, Lea and Flood, 2014) by counter."""
    state = _start(seed, key) + (index.astype(np.uint64) + np.uint64(1)) * _GOLDEN
    state = (state ^ (state >> np.uint64(30))) * _MIX[0]
    state = (state ^ (state >> np.uint64(27))) * _MIX[1]
    state = state ^ (state >> np.uint64(31))
    return (state >> np.uint64(11)).astype(np.float64) * 2.0**-53


def noise(seed: int, key: str, index: Ints) -> Floats:
    """Return bell-shaped numbers of mean 0 and variance 1, within 3.5: a sum of four uniforms, which needs no logarithm."""
    parts = [uniform(seed, f"{key}#{n}", index) for n in range(4)]
    return (parts[0] + parts[1] + parts[2] + parts[3] - 2.0) * 1.7320508075688772


def identifier(seed: int, key: str, *, prefix: str, length: int = 17) -> str:
    """Return a resource id of `length` hexadecimal digits that belongs to `key`."""
    return prefix + hashlib.sha256(f"{seed}:id:{key}".encode()).hexdigest()[:length]
