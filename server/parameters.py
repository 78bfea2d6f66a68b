"""The parameters of an address or of a form, as the bytes that came."""

from urllib.parse import unquote_to_bytes

from .problems import HttpProblem

MAX_FIELDS = 100


def pairs(data: bytes) -> list[tuple[str, str]]:
    """Return percent-encoded parameters, as `urllib.parse.parse_qsl` does, in fewer steps.

    Raises `HttpProblem` for too many, or not UTF-8.
    """
    fields = data.split(b"&")
    if len(fields) > MAX_FIELDS:
        raise HttpProblem(
            400, "many-parameters", "Too many parameters", f"At most {MAX_FIELDS} parameters."
        )
    try:
        data.decode("ascii")
        return [_pair(field) for field in fields if field]
    except UnicodeDecodeError:
        raise HttpProblem(
            400, "encoding", "Not UTF-8", "Parameters must be percent-encoded UTF-8."
        ) from None


def _pair(field: bytes) -> tuple[str, str]:
    name, _, value = field.replace(b"+", b" ").partition(b"=")
    return decoded(name), decoded(value)


def decoded(text: bytes) -> str:
    """Return percent-encoded UTF-8 as text; an escape that is none stays as it is.

    Raises `UnicodeDecodeError`.
    """
    if b"%" not in text:
        return text.decode()
    if b"\\" not in text:  # then Python's own escapes are read several times as fast
        try:
            read = text.replace(b"%", b"\\x").decode("unicode_escape")
        except UnicodeDecodeError:  # not every escape is one
            return unquote_to_bytes(text).decode()
        return read if read.isascii() else read.encode("latin-1").decode()
    return unquote_to_bytes(text).decode()
