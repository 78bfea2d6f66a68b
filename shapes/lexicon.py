"""The audit's own reading of printed names: what a name in a document stands for in the graph.

Kept by hand from the documents, apart from the tables of facts, so that a slip in a table is not
repeated here. A name that is not listed is a claim of its own, in its printed letters: it differs
from whatever the graph says until an anomaly of the register explains it. Misprints are therefore
not listed.
"""

import re

_SPACES = re.compile(r"\s+")

STATES: dict[str, str] = {
    "afghanistan": "AFG",
    "bhutan": "BTN",
    "china": "CHN",
    "india": "IND",
    "iran": "IRN",
    "islamic republic of iran": "IRN",
    "kazakhstan": "KAZ",
    "kyrgyzstan": "KGZ",
    "mongolia": "MNG",
    "nepal": "NPL",
    "pakistan": "PAK",
    "russia": "RUS",
    "russian federation": "RUS",
    "tajikistan": "TJK",
    "turkmenistan": "TKM",
    "uzbekistan": "UZB",
}

SPECIES: dict[str, str] = {
    "argali": "argali",
    "asiatic cheetah": "asiatic-cheetah",
    "asiatic wild ass": "asiatic-wild-ass",
    "bukhara deer": "bukhara-deer",
    "eurasian lynx": "eurasian-lynx",
    "gobi bear": "gobi-bear",
    "goitered gazelle": "goitered-gazelle",
    "kiang": "kiang",
    "lynx": "eurasian-lynx",
    "mongolian gazelle": "mongolian-gazelle",
    "pallas' cat": "pallas-cat",
    "pallas's cat": "pallas-cat",
    "persian leopard": "persian-leopard",
    "przewalski's horse": "przewalski-horse",
    "saiga": "saiga",
    "saiga antelope": "saiga",
    "snow leopard": "snow-leopard",
    "urial": "urial",
    "wild camel": "wild-camel",
    "wild yak": "wild-yak",
}

REGIONS: dict[str, str] = {
    "western and southern ustyurt": "western-southern-ustyurt",
    "northern and eastern ustyurt": "northern-eastern-ustyurt",
    "aralkum/north-western kyzylkum desert": "aralkum-northwestern-kyzylkum",
    "kopetdag": "kopetdag",
    "koytendag/kugitang": "koytendag-kugitang",
    "western tian shan": "western-tian-shan",
    "northern and inner tian shan": "northern-inner-tian-shan",
    "pamirs-hindukush-karakoram": "pamirs-hindukush-karakoram",
    "altai": "altai",
    "daurian steppe": "daurian-steppe",
    "gobi": "gobi",
    "western himalaya": "western-himalaya",
    "eastern himalaya": "eastern-himalaya",
}

# Instruments at the head of sections, by their title without the period.
INSTRUMENTS: dict[str, str] = {
    "range-wide strategy for the conservation of the persian leopard": "persian-leopard-strategy",
    "action plan for the conservation of the argali": "argali-action-plan",
    "range-wide action plan for the asiatic wild ass": "asiatic-wild-ass-action-plan",
    "work programme for the bukhara deer": "bukhara-deer-work-programme",
    "medium-term international work programme for the saiga antelope": "saiga-mtiwp",
}
_GUIDANCE = "nbsap-technical-guidance"

# What stands beside targets and goals in the cell of related programmes: a pattern and its slug.
RELATED: tuple[tuple[str, str], ...] = (
    (r"Recommendations of (?:technical guidance for NBSAPs|NBSAP Technical Guidance)", _GUIDANCE),
    (r"CBD Protected Area Work Programme", "cbd-protected-area-work-programme"),
    (r"UNCCD Central Asia \u2013 Russia Interregional Group", "unccd-central-asia-russia-group"),
    (r"Ashgabat [Cc]ommuniqu[eé]", "ashgabat-communique"),
    (r"Decision No\. 11, .*?Organization \(4 July 2024\)", "sco-decision-11"),
    (
        r"Regional Strategy for Drought (?:Risk )?Management .*?2021-2030",
        "drought-strategy-central-asia",
    ),
    (r"Regional Environmental Programme .*?2020-2030", "rep4sd-ca"),
    (r"IUCN Red List Assessments", "iucn-red-list"),
    (
        r"Agreement between the Government .*?17 March 1998(?: \(hereinafter \u2013 the Agreement\))?",
        "agreement-1998-kaz-kgz-uzb",
    ),
    (r"\bGSLEP\b", "gslep"),
    (r"\bPICA\b", "pica"),
    (r"\bUNESCO\b", "unesco"),
)
ACTORS: dict[str, tuple[str, ...]] = {
    "businesses": ("businesses",),
    "cami focal points": ("cami-focal-points",),
    "cami range state focal points": ("cami-focal-points [CAMI Range State Focal Points]",),
    "cites": ("cites",),
    "cites mas": ("cites-management-authorities",),
    "cites parties": ("cites-parties",),
    "cites secretariat": ("cites-secretariat",),
    "cms": ("cms",),
    "cms and cites parties": ("cms-parties", "cites-parties"),
    "cms and cites secretariats": ("cms-secretariat", "cites-secretariat"),
    "cms parties": ("cms-parties",),
    "cms secretariat": ("cms-secretariat",),
    "community leaders": ("community-leaders",),
    "companies": ("companies",),
    "department of environment iran (doe)": ("doe-iran",),
    "development agencies": ("development-agencies",),
    "doe": ("doe-iran",),
    "doe of iran": ("doe-iran",),
    "donors": ("donors",),
    "focal points": ("focal-points",),
    "giz": ("giz",),
    "gos": ("government-organizations",),
    "government agencies": ("government-agencies",),
    "group of experts from 10.8": ("expert-groups-10-8",),
    "gslep": ("gslep",),
    "gslep secretariat": ("gslep-secretariat",),
    "health organizations": ("health-organizations",),
    "herders": ("herders",),
    "hunting grounds": ("hunting-grounds",),
    "ics": ("iranian-cheetah-society",),
    "ifis": ("international-financial-institutions",),
    "igos": ("igos",),
    "ingos": ("international-ngos",),
    "insurance sector": ("insurance-sector",),
    "international ngos": ("international-ngos",),
    "international takhi group (itg)": ("international-takhi-group",),
    "interpol": ("interpol",),
    "iranian cheetah society (ics)": ("iranian-cheetah-society",),
    "iucn": ("iucn",),
    "iucn antelope specialist group": ("iucn-antelope-sg",),
    "iucn cat specialist group": ("iucn-cat-sg",),
    "iucn equid specialist group": ("iucn-equid-sg",),
    "iucn ssc": ("iucn-ssc",),
    "iucn ssc human-wildlife conflict and coexistence (hwcc) sg": ("iucn-ssc-hwcc-sg",),
    "iucn ssc sgs": ("iucn-ssc-specialist-groups",),
    "iucn transboundary specialist group newsletter": ("iucn-transboundary-sg [newsletter]",),
    "iucn wcpa": ("iucn-wcpa",),
    "iucn world commission on protected areas (wcpa)": ("iucn-wcpa",),
    "kazakhstan": ("government-of-kazakhstan",),
    "kyrgyz state agency": ("kyrgyz-state-agency",),
    "kyrgyzstan": ("government-of-kyrgyzstan",),
    "local and national ngos": ("local-ngos", "national-ngos"),
    "local authorities": ("local-authorities",),
    "local communities": ("local-communities",),
    "local government agencies": ("local-government-agencies",),
    "manul working group": ("manul-working-group",),
    "mass-media": ("mass-media",),
    "mining and infrastructure companies": ("mining-infrastructure-companies",),
    "national and international ngos": ("national-ngos", "international-ngos"),
    "national focal points": ("national-focal-points",),
    "national scientific institutions": ("national-scientific-institutions",),
    "national/local government agencies": (
        "national-government-agencies",
        "local-government-agencies",
    ),
    "nfps": ("national-focal-points",),
    "ngos": ("ngos",),
    "others": ("others",),
    "pas": ("protected-areas",),
    "pica": ("pica",),
    "private business": ("private-sector",),
    "private sector": ("private-sector",),
    "private sector companies": ("private-sector [companies]",),
    "protected areas": ("protected-areas",),
    "relevant meas and international fora": (
        "multilateral-environmental-agreements",
        "international-fora",
    ),
    "research/ scientific institutions": ("research-institutions", "scientific-institutions"),
    "saiga mou": ("saiga-mou",),
    "scientific institutions": ("scientific-institutions",),
    "sfps": ("species-focal-points",),
    "sustainable use and livelihoods (suli) sg": ("iucn-suli-sg",),
    "tajikistan": ("government-of-tajikistan",),
    "tourism companies": ("tourism-companies",),
    "traffic": ("traffic",),
    "turkmenistan": ("government-of-turkmenistan",),
    "unep": ("unep",),
    "unep-wcmc": ("unep-wcmc",),
    "unodc": ("unodc",),
    "uzbekistan": ("government-of-uzbekistan",),
    "wwf central asia programme": ("wwf-central-asia",),
}

# Words around an actor that qualify it: a pattern with the name as its group, and the qualifier.
QUALIFIERS: tuple[tuple[str, str], ...] = (
    (r"(.+?) \(if needed\)", "if needed"),
    (r"in consultation with (.+)", "in consultation with"),
    (r"other relevant (.+)", "other relevant"),
    (r"(.+?) \(tbc\)", "tbc"),
    (r"as a platform (.+)", "as a platform"),
    (r"for implementation: (.+)", "for implementation"),
    (r"coordination from (.+)", "coordination"),
    (r"facilitated by (.+)", "facilitating"),
    (r"plus (.+)", "plus"),
    (r"(.+?) \(e\.g\. education ministry\)", "e.g. education ministry"),
    (r"(.+?) \(e\.g\. education ministries\)", "e.g. education ministries"),
    (
        r"all (.+?) with presence across relevant countries",
        "all, with presence across relevant countries",
    ),
    (r"(.+?) currently involved", "currently involved"),
)


def squeezed(text: str) -> str:
    """Return a text with each run of white space as one space, and none at its ends."""
    return _SPACES.sub(" ", text).strip()


def key(name: str) -> str:
    """Return a printed name as the keys of this lexicon are written."""
    plain = squeezed(name).replace("\u2019", "'").replace(" / ", "/").casefold()
    return plain.removeprefix("the ").strip(" .;,")


def named(names: dict[str, str], printed: str) -> str:
    """Return what a printed name stands for, or the name itself where the lexicon has none."""
    return names.get(key(printed), squeezed(printed).strip(" ,;"))


def actors(printed: str) -> list[str]:
    """Return the actors of a cell in order, each as its slug with its qualifier in brackets."""
    text = re.sub(r"\(([^()]+?) if needed\)", r", \1 (if needed)", squeezed(printed))
    text = text.replace(" facilitated by ", ", facilitated by ")
    items = re.split(r"[,;](?![^(]*\))", text)
    return [actor for item in items if item.strip(" .") for actor in _actors(item.strip(" ."))]


def _actors(item: str) -> list[str]:
    item = item.removeprefix("and ")
    for pattern, qualifier in QUALIFIERS:
        match = re.fullmatch(pattern, item, re.IGNORECASE)
        if match:
            return [f"{slug} [{qualifier}]" for slug in _actors(match[1])]
    left, _, right = item.partition(" and ")
    if key(item) not in ACTORS and (key(left) in ACTORS or key(right) in ACTORS):
        return _actors(left) + (_actors(right) if right else [])
    return list(ACTORS.get(key(item), (item,)))
