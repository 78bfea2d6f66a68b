"""Bytes kept for the next request: the least recently used go first, and a bound holds always."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from typing import Concatenate, Generic, ParamSpec, TypeVar

Value = TypeVar("Value")
Text = TypeVar("Text", bound=str | None)
Given = ParamSpec("Given")

SHORT = 2000  # characters; what is remembered of texts stays below a few megabytes
_REMEMBERED = 500

_OVERHEAD = 512  # of an entry beside its bytes: key, tuple and place in the table


class ByteCache(Generic[Value]):
    """Values with a size, at most `max_bytes` together; 0 keeps nothing.

    Keys name the dataset by its digest, so an answer of an older dataset is never found again.
    """

    def __init__(self, max_bytes: int):
        self.max_bytes, self.used = max_bytes, 0
        self._entries: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()

    def get(self, key: Hashable) -> Value | None:
        """Return what is kept under a key, or None."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: Hashable, value: Value, size: int) -> None:
        """Keep a value of so many bytes; one that is larger than the whole bound is not kept."""
        size += _OVERHEAD
        if size > self.max_bytes:
            return
        self.used -= self._entries.pop(key, (value, 0))[1]
        self._entries[key] = (value, size)
        self.used += size
        while self.used > self.max_bytes:
            self.used -= self._entries.popitem(last=False)[1][1]

    def __len__(self) -> int:
        return len(self._entries)


def remember(
    function: Callable[Concatenate[Text, Given], Value],
) -> Callable[Concatenate[Text, Given], Value]:
    """Return a pure function that keeps its last results for short texts, but no exception.

    The text is its first argument. What comes with it must be short wherever there is a result.
    """
    kept = lru_cache(_REMEMBERED)(function)

    @wraps(function)
    def remembered(text: Text, /, *given: Given.args, **named: Given.kwargs) -> Value:
        if text is not None and len(text) > SHORT:
            return function(text, *given, **named)
        return kept(text, *given, **named)

    return remembered
