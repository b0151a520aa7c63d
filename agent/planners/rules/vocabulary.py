"""The data's own words: which value belongs to which dimension, and what comes nearest to a word nobody knows."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from agent.planners.rules.dimension_names import DIMENSION_WORDS, PLURALS, plural
from agent.planners.rules.fiscal import is_fiscal_word
from agent.planners.rules.harmless import EVERYDAY
from agent.planners.rules.lexicon import HEADS, PRIORITY, SYNONYMS, TOTALS, TYPED
from agent.planners.rules.scan import Scan, words
from finops.ports import DataHandle, DimensionInfo
from finops.query import VIRTUAL

_LONGEST = 12
_EVERYDAY = EVERYDAY | HEADS | TOTALS
_WEAK = {
    (form,) for word in ("product", "project", "workspace", "location", "supplier") for form in (word, plural(word))
}
# Their values are things one counts: `credits`, `instances`.
_COUNTED = ("ChargeCategory", "ResourceType")
# Keys of tags that are one thing under several names; taken only where the bill has one of them.
TAG_NAMES = (
    ("environment", "env", "stage"), ("cost_centre", "cost centre", "cost center", "costcenter", "costcentre", "cost-center"),
    ("department", "dept"), ("application", "app"), ("business_unit", "business unit", "bu"), ("team", "squad"), ("owner", "owned by"),
)  # fmt: skip
_NAMED = ("ServiceName", "SubAccountName")
# Of these people say a part of a longer name, and mean that.
_SHORT_FOR = ("tag", "ResourceName", "ServiceSubcategory")
_PARTS = re.compile(r"[a-z0-9]+")
_SHORTEST_NUMBER = 6
_SHORTEST_TYPO = 5
_NEAR = 0.82
_MOST_NEAR = 3


@dataclass(frozen=True)
class Vocabulary:
    """Values, tag keys and virtual dimensions of one snapshot and of the rules in force."""

    values: dict[tuple[str, ...], tuple[tuple[str, str], ...]]
    tags: dict[tuple[str, ...], str]
    dimensions: frozenset[str]
    longest: int
    virtual: dict[tuple[str, ...], str]

    @classmethod
    def of(cls, data: DataHandle, virtual: Sequence[DimensionInfo] = ()) -> "Vocabulary":
        """Index every value the data lists, by its words; `virtual` are the dimensions that rules make, `virtual:NAME`."""
        values: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        tags: dict[tuple[str, ...], str] = {}
        made: dict[tuple[str, ...], str] = {}
        for info in (*virtual, *data.dimensions):
            prefix = next((one for one in ("tag:", VIRTUAL) if info.name.startswith(one)), "")
            if prefix:
                for form in _key_forms(info.name.removeprefix(prefix)):
                    (tags if prefix == "tag:" else made).setdefault(form, info.name)
            for value in info.values:
                forms = {words(value), words(plural(value))} if info.name in _COUNTED else {words(value)}
                for key_words in forms:
                    if 0 < len(key_words) <= _LONGEST:
                        values.setdefault(key_words, []).append((info.name, value))
        for synonym, spellings in SYNONYMS.items():
            present = [hit for spelling in spellings for hit in values.get(words(spelling), ())]
            if present and len({value for _, value in present}) == 1:
                leads = ("amazon", "aws") if present[0][0] == "ServiceName" else ()
                for form in ((synonym,), *((lead, synonym) for lead in leads)):
                    values.setdefault(form, present)
        for name in [
            key for key, hits in values.items() if key[0] == "cloud" and len(key) > 1 and hits[0][0] == "ServiceName"
        ]:
            # `Google Cloud Storage` is one service, and not Google Cloud's storage.
            values.setdefault(("google", *name), values[name])
        return cls(
            {key: tuple(found) for key, found in values.items()},
            tags,
            frozenset(info.name for info in (*data.dimensions, *virtual)),
            max((len(key) for key in values), default=0),
            made,
        )

    @cached_property
    def dimension_words(self) -> dict[tuple[str, ...], str]:
        """Words for dimensions: the grammar's, the tag keys, and `tag KEY` for a tag whose key the grammar takes otherwise.

        What a company's own rules call a team or a product comes before a tag or a column of that name.
        """
        explicit = {("tag", *key): name for key, name in self.tags.items()}
        explicit |= {(*key, "tag"): name for key, name in self.tags.items()}
        explicit |= {(name.lower(),): name for name in self.tags.values()}
        called = {form: name for form, name in self._called.items() if form not in self.virtual}
        # A tag of that name says more than a word that only may mean a service.
        weak = {key: name for key, name in self.tags.items() if key in _WEAK}
        return {**called, **self.tags, **DIMENSION_WORDS, **weak, **self.virtual, **explicit}

    @cached_property
    def _called(self) -> dict[tuple[str, ...], str]:
        """Return what else people call the keys there are: `env` for `environment`, `cost center` for `cost_centre`."""
        found: dict[tuple[str, ...], str] = {}
        for key, *others in TAG_NAMES:
            names = {self.tags[form] for one in (key, *others) if (form := words(one)) in self.tags}
            if len(names) == 1:
                (name,) = names
                for one in (key, *others):
                    found |= {words(one): name, words(plural(one)): name}
        tagged = {("tag", *form): name for form, name in found.items()} | {
            (*form, "tag"): name for form, name in found.items()
        }
        return {**tagged, **found}

    @cached_property
    def fiscal_names(self) -> frozenset[str]:
        """Return the values that look like fiscal periods: the data's own words come first."""
        return frozenset(key[0] for key in self.values if len(key) == 1 and is_fiscal_word(key[0]))

    @cached_property
    def words(self) -> frozenset[str]:
        """Return every word of every value and tag key: none of them is a typing error."""
        return frozenset(word for phrase in (*self.values, *self.tags, *self.virtual) for word in phrase)

    @cached_property
    def plurals(self) -> frozenset[tuple[str, ...]]:
        """Return the words for dimensions that stand for many: `services`, `teams`."""
        return PLURALS | {phrase for phrase in (*self.tags, *self.virtual, *self._called) if phrase[-1].endswith("s")}

    def value_at(self, scan: Scan, at: int) -> int:
        """Return how many words the longest value at a place has, 0 where none stands there."""
        for length in range(min(self.longest, len(scan.tokens) - at), 0, -1):
            if tuple(scan.tokens[n].text for n in range(at, at + length)) in self.values:
                return length
        return 0

    def plain(self, phrase: tuple[str, ...]) -> bool:
        """Tell whether a value may be taken without a word for its dimension: not where it is everyday language or a number."""
        if len(phrase) != 1:
            return True
        (word,) = phrase
        if word.replace(".", "").replace(",", "").isdecimal():
            return len(word) >= _SHORTEST_NUMBER
        return len(word) > 1 and word not in _EVERYDAY and phrase not in self.dimension_words

    def choose(self, found: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
        """Return the one meaning of a value, or several that must be asked back about."""
        made = [hit for hit in found if hit[0].startswith(VIRTUAL)]
        if made and all(hit[0].startswith(("tag:", VIRTUAL)) for hit in found):
            return made  # rules copy a tag's values: theirs is the meaning
        others = [hit for hit in found if hit[0] not in PRIORITY and not hit[0].startswith("tag:")]
        for dimension in (*PRIORITY, ""):
            hits = [hit for hit in found if hit[0] == dimension] if dimension else others
            if hits:
                return hits if dimension else hits[:1]
        return list(found)

    def namesakes(self, word: str, dimension: str) -> list[tuple[str, str]]:
        """Return what else a tag's or a resource's name may be short for: `insights`, where there is an account `acme-insights` too.

        Of environments people say the name alone, whatever else is called after them.
        """
        kind, _, key = dimension.partition(":")
        if not word.isalpha() or kind not in _SHORT_FOR or key.replace("_", " ") in TAG_NAMES[0]:
            return []
        tags = (
            [hit for hit in self.values.get((word,), ()) if hit[0].startswith("tag:")] if kind == "ResourceName" else []
        )
        alike = self._parts.get(word, ())
        if kind == "ServiceSubcategory":
            # Its services are what it is about.
            alike = tuple(hit for hit in alike if hit[0] != "ServiceName")
        more = self._resources.get(word, ()) if kind == "ResourceName" else ()
        return [*tags, *(hit for hit in (*alike, *more) if hit[1].casefold() != word)]

    def named_in_part(self, said: str, dimension: str) -> list[tuple[str, str]]:
        """Return the values of a dimension whose names hold these words: `larkspur-support` for `support`."""
        asked = set(_PARTS.findall(said))
        hits = {hit: None for several in self.values.values() for hit in several if hit[0] == dimension}
        return [hit for hit in hits if asked and asked <= set(_PARTS.findall(hit[1].casefold()))]

    @cached_property
    def _resources(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Return resources by each word of their names."""
        found: dict[str, dict[tuple[str, str], None]] = {}
        for hits in self.values.values():
            for hit in hits:
                for part in _PARTS.findall(hit[1].casefold()) if hit[0] == "ResourceName" else ():
                    found.setdefault(part, {})[hit] = None
        return {part: tuple(hits) for part, hits in found.items()}

    @cached_property
    def _parts(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Return services and accounts by each word of their names."""
        found: dict[str, dict[tuple[str, str], None]] = {}
        for hits in self.values.values():
            for hit in hits:
                for part in _PARTS.findall(hit[1].casefold()) if hit[0] in _NAMED else ():
                    found.setdefault(part, {})[hit] = None
        return {part: tuple(hits) for part, hits in found.items()}

    @cached_property
    def _texts(self) -> dict[str, str]:
        """Return what can be said, in lower case, and how it is spelt."""
        texts = {" ".join(key): hits[0][1] for key, hits in sorted(self.values.items())}
        texts |= {" ".join(key): " ".join(key) for key in self.dimension_words if "_" not in key[0]}
        return texts | {word: word for word in TYPED}

    def nearest(self, phrases: Iterable[str]) -> tuple[str, tuple[str, ...]]:
        """Return the phrase that is most like something known, and what it is like: several where they are equally near.

        Whole phrases are compared with whole values, so that `Elastc Compute Cloud` is not taken for what shares its words.
        """
        best, phrase, likes = _NEAR, "", dict[str, None]()
        for said in dict.fromkeys(phrases):
            if len(said) < _SHORTEST_TYPO or said.lower() in self._texts:
                continue  # a word that is known, only not here, is no correction of itself
            matcher = difflib.SequenceMatcher(None, b=said.lower())
            for text, spelt in self._texts.items():
                matcher.set_seq1(text)
                if (
                    matcher.real_quick_ratio() < best
                    or matcher.quick_ratio() < best
                    or (like := matcher.ratio()) < best
                ):
                    continue
                if like > best or said != phrase:
                    best, phrase, likes = like, said, {}
                likes[spelt] = None
        return phrase, tuple(likes)[:_MOST_NEAR]


def _key_forms(key: str) -> tuple[tuple[str, ...], ...]:
    """Return the ways a tag's key or a virtual dimension's name is said: `cost_center` is `cost center` and `cost centers`."""
    said = key.lower().replace("_", " ")
    return words(said), words(plural(said)), (key.lower(),)
