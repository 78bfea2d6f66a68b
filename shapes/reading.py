"""Read the words of a cell as claims: numbers, dates, targets, names. Each returns a list."""

import re

from .lexicon import INSTRUMENTS, RELATED, SPECIES, STATES, named, squeezed
from .paper import Amendment, split_states

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

_LIST = r"\s*((?:\d+(?:\s*(?:,|&|and)\s*|\s+(?=\d)|))+)"
_GBF = re.compile(r"\(?GBF\)? Targets?" + _LIST)
_SPMS = re.compile(r"\(?SPMS\)?,? Goals?" + _LIST)
_FRAMEWORKS = re.compile(
    r"Kunming-Montreal Global Biodiversity Framework"
    r"|Samarkand Strategic Plan for Migratory Species \(2024-2032\)"
)
_NUMBER = r"\d{1,2}\.\d{1,2}"
_REFERENCE = re.compile(rf"(?<![\w.])({_NUMBER})(?:\s*[-\u2013]\s*({_NUMBER}))?(?!\d|\.\d)")
# Numbers that belong to another document: after its name or before it.
_ELSEWHERE = re.compile(
    rf"(?:Resolutions?|Decisions?|Roadmap (?:goals?|measures?)) {_NUMBER}(?: and {_NUMBER})?"
    rf"|\d{{4}} \(Activit(?:y|ies) [^()]*\)|{_NUMBER} of (?:MTIWP|the)"
)
_WHEN = (
    r"(?:at the latest by|by(?: the)? end(?: of)?|by|in|until|before"
    r"|(?P<from>starting in|following|after|since))"
)
_DATE = re.compile(
    rf"\b{_WHEN},? (?:(?:(?P<day>\d{{1,2}}) )?(?P<month>{'|'.join(MONTHS)}) )?"
    r"(?P<year>20\d\d)(?:/(?P<until>\d\d))?(?![\d\u2013-])",
    re.IGNORECASE,
)
_SPAN = re.compile(r"\bwithin (\w+ (?:year|month)s?) of\b", re.IGNORECASE)


def whole(text: str) -> list[str]:
    """Return the text as one claim, white space as single spaces."""
    return [squeezed(text)] if text.strip() else []


def numbers(text: str) -> list[str]:
    """Return the whole numbers in a text."""
    return re.findall(r"\d+", text)


def gbf_targets(text: str) -> list[str]:
    """Return the numbers of the GBF targets that a text cites, in order."""
    return [n for match in _GBF.finditer(squeezed(text)) for n in numbers(match[1])]


def spms_goals(text: str) -> list[str]:
    """Return the numbers of the SPMS goals that a text cites, in order."""
    return [n for match in _SPMS.finditer(squeezed(text)) for n in numbers(match[1])]


def related(text: str) -> list[str]:
    """Return the programmes and instruments beside targets and goals, as slugs.

    What the lexicon does not have stays in its printed words.
    """
    rest = squeezed(text)
    found: list[str] = []
    for pattern, slug in RELATED:
        if re.search(pattern, rest):
            found.append(slug)
            rest = re.sub(pattern, ";", rest)
    rest = _FRAMEWORKS.sub(";", _SPMS.sub(";", _GBF.sub(";", rest)))
    left = re.split(r"[;,]|\band\b", rest)
    return found + [one.strip(" .") for one in left if one.strip(" .()")]


def references(text: str) -> list[str]:
    """Return the numbers of activities of the same programme that a text refers to, once each."""
    found: list[str] = []
    for match in _REFERENCE.finditer(_ELSEWHERE.sub(" ", squeezed(text))):
        first, last = match[1], match[2] or match[1]
        section, _, start = first.partition(".")
        end = last.partition(".")[2] if last.startswith(f"{section}.") else start
        found += [f"{section}.{n}" for n in range(int(start), int(end) + 1)]
    return list(dict.fromkeys(found))


def dates(text: str) -> list[str]:
    """Return the dates that a text sets, as exact as printed; `from` marks a start.

    Years in the period of a title are not dates that a text sets.
    """
    found = spans(text)
    for match in _DATE.finditer(squeezed(text)):
        year, month, day = match["year"], match["month"], match["day"]
        if match["until"]:
            found += [f"from {year}", year[:2] + match["until"]]
            continue
        if month:
            year += f"-{MONTHS.index(month.capitalize()) + 1:02}"
        if day:
            year += f"-{int(day):02}"
        found.append(f"from {year}" if match["from"] else year)
    return sorted(set(found))


def spans(text: str) -> list[str]:
    """Return the time spans after an event that a text sets, such as 'within one year'."""
    return [f"within {match[1].casefold()}" for match in _SPAN.finditer(squeezed(text))]


def states(text: str) -> list[str]:
    """Return the codes of the States that a text lists, in brackets or not."""
    parts = [one for part in re.split(r"[()]", text) for one in split_states(part)]
    return [named(STATES, name) for name in parts]


def occurrence(printed: str) -> str:
    """Return a species of a region as its slug, with its qualifier in brackets."""
    match = re.fullmatch(r"(.+?)\s*\((.+)\)", printed.strip())
    if match:
        return f"{named(SPECIES, match[1])} [{match[2]}]"
    return named(SPECIES, printed)


def occurrences(text: str) -> list[str]:
    """Return the species that a text lists, as for a region."""
    listed = squeezed(text).rpartition("Species:")[2]
    return [occurrence(name) for name in re.split(r",(?![^(]*\))", listed) if name.strip()]


def instrument(title: str) -> str:
    """Return an instrument as its slug with its period in brackets."""
    match = re.fullmatch(r"(.+?) \(?(\d{4})[-\u2013](\d{4})\)?", squeezed(title))
    name, period = (match[1], f"{match[2]}-{match[3]}") if match else (squeezed(title), "")
    return f"{named(INSTRUMENTS, name.replace('(MTIWP) ', ''))} [{period}]"


def instruments(text: str) -> list[str]:
    """Return the instrument that a text is the title of."""
    return [instrument(text)]


def appendices(text: str) -> list[str]:
    """Return the Appendices in a text as Roman numbers."""
    return re.findall(r"\bI{1,2}\b", text)


def amendment(row: Amendment) -> str:
    """Return what a row of the table of amendments does: Retain, Insert, Amend or Delete.

    Without its underlining, text in both cells is new when its paragraph had no plain number of
    its own in the existing text; a changed paragraph has unlike cells or a plain number.
    """
    if not row.clean:
        return "Delete"
    if not row.existing:
        return "Insert"
    if re.match(r"Retain\b", row.commentary):
        return "Retain"
    number = re.match(r"(\d+)( bis)?\.", row.existing)
    plain = number and number[1] != "0" and not number[2]
    same = _words(row.existing) == _words(row.clean)
    return "Insert" if same and not plain else "Amend"


def _words(text: str) -> list[str]:
    return re.sub(r"^\d+(?: bis)?\.", "", text).strip(" ,;.").split()
