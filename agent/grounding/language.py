"""Is a text English? A small test by function words: what is written in another language cannot be held against the evidence."""

import re
import unicodedata
from collections.abc import Collection

from agent.grounding.plain_words import word_set

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
# Words that no English sentence has, of German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Danish, Polish and Turkish. Those
# that are English too (`die`, `an`, `on`, `no`, `me`, `has`, `so`, `was`, `in`, `a`) count for neither.
_FOREIGN = word_set(
    "der das dem den des ein eine einen einem einer und oder nicht kein keine keinen ist sind waren wurde wurden hat haben hatte im um",
    "auf aus bei mit nach seit von vom zu zum zur fur gegen ohne wie als auch nur noch mehr weniger alles insgesamt kosten kostet kostete",
    "betrug sich gestiegen gefallen verdoppelt halbiert doppelt halfte stieg fiel ausgaben rechnung monat",
    "le la les l un une du de et ou est sont etait ete ont avait au aux en dans sur sous pour par avec sans que qui ne pas plus moins",
    "ce cette ses leur cout couts coute depense depenses facture mois tout",
    "el los las una unos unas es son fue fueron era ha han habia del al sin para se su sus lo mas menos como gasto gastos",
    "costo costos coste factura mes todo subio bajo duplico triplico",
    "il gli uno della dello dei delle di da nel nella che non piu meno sono stato costi costato spesa mese tutto",
    "os um uma dos das nas ao foi foram nao mais custo custos custou fatura tudo",
    "het een van en met voor niet geen zijn werd naar door kostte rekening maand meer minder",
    "och att det som ett inte med till av kostade ikke og er til af kostet na nie jest byl koszt ve bir bu icin ile maliyet",
)
_ENGLISH = word_set(
    "the an of in on at for from to by with and or but is are was were be been has have had it its this that these those which than as not",
    "no all both each there their they we our you your will would could can more less most into over under between during what when where",
    "who why how if then also only just about so do does did i me my he she his her us them any some other",
)


def foreign(text: str, known: Collection[str]) -> str:
    """Return the first sentence of `text` that is not English, empty where all are; names and figures are left out of it before.

    A sentence is not English where letters are not Latin, or where function words and letters of other languages outweigh English
    ones; or where it has two words or more that are unknown and none that is known.
    """
    for sentence in _SENTENCE.split(text):
        words = [word.replace("\u2019", "'") for word in _WORD.findall(sentence)]
        if any(not _is_latin(word) for word in words):
            return _told(sentence)
        folded = [_folded(word) for word in words]
        others = sum(one in _FOREIGN or one != word.lower() for one, word in zip(folded, words, strict=True))
        english = sum(one in _ENGLISH for one in folded)
        strange = sum(one.partition("'")[0] not in known and one not in _ENGLISH for one in folded)
        if others > english or (strange > 1 and strange == len(folded)):
            return _told(sentence)
    return ""


def _folded(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("ß", "ss")


def _is_latin(word: str) -> bool:
    return all("LATIN" in unicodedata.name(c, "") or c in "'\u2019" or unicodedata.combining(c) for c in word)


def _told(sentence: str) -> str:
    flat = " ".join(sentence.split()).replace("`", "'")
    return flat if len(flat) <= 60 else f"{flat[:57]}..."
