"""The data's own words: which value belongs to which dimension, and what comes nearest to a word nobody knows."""

import difflib
from dataclasses import dataclass
from functools import cached_property

from agent.planners.rules.lexicon import DIMENSION_WORDS, PRIORITY, STOP, SYNONYMS, TYPED, plural
from agent.planners.rules.scan import words
from finops.ports import DataHandle

_LONGEST = 12
# Their values are things one counts: `credits`, `instances`.
_COUNTED = ("ChargeCategory", "ResourceType")
_SHORTEST_NUMBER = 6
_SHORTEST_TYPO = 5


@dataclass(frozen=True)
class Vocabulary:
    """Values and tag keys of one snapshot."""

    values: dict[tuple[str, ...], tuple[tuple[str, str], ...]]
    tags: dict[tuple[str, ...], str]
    dimensions: frozenset[str]
    longest: int

    @classmethod
    def of(cls, data: DataHandle) -> "Vocabulary":
        """Index every value the data lists, by its words."""
        values: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        tags: dict[tuple[str, ...], str] = {}
        for info in data.dimensions:
            if info.name.startswith("tag:"):
                key = info.name.removeprefix("tag:").lower().replace("_", " ")
                for form in (words(key), words(plural(key)), (info.name.removeprefix("tag:").lower(),)):
                    tags.setdefault(form, info.name)
            for value in info.values:
                forms = {words(value), words(plural(value))} if info.name in _COUNTED else {words(value)}
                for key_words in forms:
                    if 0 < len(key_words) <= _LONGEST:
                        values.setdefault(key_words, []).append((info.name, value))
        for synonym, spellings in SYNONYMS.items():
            present = [hit for spelling in spellings for hit in values.get(words(spelling), ())]
            if present and len({value for _, value in present}) == 1:
                for form in ((synonym,), ("amazon", synonym), ("aws", synonym)):
                    values.setdefault(form, present)
        return cls(
            {key: tuple(found) for key, found in values.items()},
            tags,
            frozenset(info.name for info in data.dimensions),
            max((len(key) for key in values), default=0),
        )

    @cached_property
    def dimension_words(self) -> dict[tuple[str, ...], str]:
        """Words for dimensions: the grammar's, the tag keys, and `tag KEY` for a tag whose key the grammar takes otherwise."""
        explicit = {("tag", *key): name for key, name in self.tags.items()}
        explicit |= {(*key, "tag"): name for key, name in self.tags.items()}
        explicit |= {(name.lower(),): name for name in self.tags.values()}
        return {**self.tags, **DIMENSION_WORDS, **explicit}

    def plain(self, phrase: tuple[str, ...]) -> bool:
        """Tell whether a value may be taken without a word for its dimension: not where it is everyday language or a number."""
        if len(phrase) != 1:
            return True
        (word,) = phrase
        if word.replace(".", "").replace(",", "").isdecimal():
            return len(word) >= _SHORTEST_NUMBER
        return len(word) > 1 and word not in STOP and phrase not in self.dimension_words

    def choose(self, found: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
        """Return the one meaning of a value, or several that must be asked back about."""
        others = [hit for hit in found if hit[0] not in PRIORITY and not hit[0].startswith("tag:")]
        for dimension in (*PRIORITY, ""):
            hits = [hit for hit in found if hit[0] == dimension] if dimension else others
            if hits:
                return hits if dimension else hits[:1]
        return list(found)

    def nearest(self, word: str) -> str:
        """Return the value or dimension that a mistyped word was probably meant for, empty where nothing is near."""
        if len(word) < _SHORTEST_TYPO:
            return ""
        texts = {" ".join(key): hits[0][1] for key, hits in sorted(self.values.items())}
        texts |= {" ".join(key): " ".join(key) for key in self.dimension_words if "_" not in key[0]}
        texts |= {word: word for word in TYPED}
        near = difflib.get_close_matches(word.lower(), texts, n=1, cutoff=0.8)
        return texts[near[0]] if near else ""
