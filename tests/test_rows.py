"""The limit of rows: counted in the bytes, and right for any value that a row may hold."""

import itertools

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cami.queries import RESULT_FORMATS, Format, TooManyRows, evaluate
from cami.queries.rows import RowCounter

STORE = ox.Store()
# What looks like the end of a row, of a string or of an escape in one format or another.
PIECES = ["},{", "}},{", '"', "\\", '\\"', "\n", "\r\n", "<result>", ",", "{}", "a", "é", "\t"]
VALUES = st.lists(st.none() | st.lists(st.sampled_from(PIECES)).map("".join), min_size=1)


def query(values: list[str | None]) -> str:
    terms = [str(ox.Literal(one)) if one is not None else "UNDEF" for one in values]
    return f"SELECT * {{ VALUES ?x {{ {' '.join(terms)} }} }}"


@pytest.mark.parametrize("form", RESULT_FORMATS, ids=lambda form: form.name)
@settings(max_examples=300, deadline=None)
@given(values=VALUES)
def test_exactly_the_limit_is_allowed(form: Format, values: list[str | None]) -> None:
    """As many rows as the limit are answered in full, one more is refused."""
    whole = evaluate(STORE, query(values), form, None)
    assert evaluate(STORE, query(values), form, None, max_rows=len(values)) == whole
    with pytest.raises(TooManyRows, match=str(len(values))):
        evaluate(STORE, query([*values, "a"]), form, None, max_rows=len(values))


@pytest.mark.parametrize("form", RESULT_FORMATS, ids=lambda form: form.name)
@settings(max_examples=300, deadline=None)
@given(values=VALUES, cuts=st.lists(st.integers(0, 2000)))
def test_it_does_not_matter_where_the_engine_cuts_what_it_writes(
    form: Format, values: list[str | None], cuts: list[int]
) -> None:
    body = evaluate(STORE, query(values), form, None).body
    places = [0, *sorted({cut % len(body) for cut in cuts}), len(body)]
    exact, short = RowCounter(form, len(values)), RowCounter(form, max(len(values) - 1, 0))
    for start, end in itertools.pairwise(places):
        assert not (exact.add(body[start:end]) and exact.exact(memoryview(body)[:end]))
        last = short.add(body[start:end])
        last = last and short.exact(memoryview(body)[:end])
    assert last


def test_a_boolean_has_no_rows() -> None:
    assert evaluate(STORE, "ASK {}", RESULT_FORMATS[0], None, max_rows=1).body
