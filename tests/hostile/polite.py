"""A client that asks small things until its input ends, then prints how it fared, as JSON.

It is a process of its own, so that its times are the server's and not those of the tests.
"""

import json
import select
import sys
import time

import httpx

ASKED = ["/sparql?query=ASK{?s a ?o}", "/queries/region-history", "/livez", "/"]


def main(url: str) -> None:
    statuses: list[int] = []
    seconds: list[float] = []
    with httpx.Client(base_url=url, timeout=30) as client:
        while not select.select([sys.stdin], [], [], 0.01)[0]:
            started = time.perf_counter()
            statuses.append(client.get(ASKED[len(statuses) % len(ASKED)]).status_code)
            seconds.append(time.perf_counter() - started)
    print(json.dumps({"statuses": statuses, "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1])
