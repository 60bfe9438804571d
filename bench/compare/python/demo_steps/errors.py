"""Errors in queries: the demo's five kinds, simpler than xqg's (no keyboards, words by spaces), of the same number."""

import unicodedata

KINDS = {"typo": 0.1, "deletion": 0.1, "wordSwap": 0.3, "case": 1, "diacritics": 1}


def perturb(text, kind, rate, random):
    if kind == "case":
        return text.swapcase()
    if kind == "diacritics":
        plain = unicodedata.normalize("NFD", text)
        return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c)))
    units = text.split(" ") if kind == "wordSwap" else list(text)
    hits = random.random(len(units)) < rate
    if kind == "deletion":
        return "".join(unit for unit, hit in zip(units, hits) if not hit) or text
    for place in range(len(units) - 1):
        if hits[place]:
            units[place], units[place + 1] = units[place + 1], units[place]
    return (" " if kind == "wordSwap" else "").join(units)
