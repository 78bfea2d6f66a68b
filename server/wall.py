"""What a worker process may not do any more, held by the kernel: open files, and open sockets.

seccomp: https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

import contextlib
import ctypes
import errno
import platform
import resource
import struct
from collections.abc import Generator
from pathlib import Path

_NUMBERS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}  # machine: its code, socket()
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # instructions of a BPF program
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000 | errno.EACCES
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2  # of prctl


def no_more_files(own: int = 0, later: int = 0) -> None:
    """Let this process open no further file or connection, but for `own` files of its store.

    `later` are those that `files_later` may allow for a while.
    """
    limit = max(int(path.name) for path in Path("/proc/self/fd").iterdir()) + own
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit + later))


def files_of(store: Path) -> int:
    """Return how many files an engine may still open of a store on disk, and none of one in memory.

    It opens those of a large store when a query first needs them.
    """
    return len(list(store.iterdir())) if store.is_dir() else 0


def no_sockets() -> bool:
    """Let this thread, and those that it starts, make no socket; say whether the kernel agreed."""
    known = _NUMBERS.get(platform.machine())
    if known is None or platform.system() != "Linux":
        return False
    code, number = known
    program = b"".join(
        struct.pack("=HBBI", *one)
        for one in (
            (_LOAD, 0, 0, 4),  # the machine that the call is for
            (_EQUAL, 0, 3, code),
            (_LOAD, 0, 0, 0),  # the number of the call
            (_EQUAL, 0, 1, number),
            (_RETURN, 0, 0, _ERROR),
            (_RETURN, 0, 0, _ALLOW),
        )
    )
    held = ctypes.create_string_buffer(program, len(program))
    pointer = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, _address(held)))
    libc = ctypes.CDLL(None)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return libc.prctl(_SET_SECCOMP, _FILTER, ctypes.c_void_p(_address(pointer)), 0, 0) == 0


@contextlib.contextmanager
def files_later() -> Generator[None]:
    """Let this process open the files and connections that were put aside for later."""
    closed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (closed, most))


def _address(buffer: "ctypes.Array[ctypes.c_char]") -> int:
    return ctypes.addressof(buffer)
