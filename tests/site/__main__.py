"""`python -m tests.site`: serve the replica until a signal says stop."""

import argparse
import json
import signal
import threading
from pathlib import Path

from tests.site import Markup, Replica, Size


def main() -> None:
    """Serve; the first line printed is a JSON object with `url` and `host`."""
    options = _options()
    replica = Replica(
        size=Size(options.size),
        markup=Markup(options.markup),
        seed=options.seed,
        port=options.port,
        traps=options.traps,
        page_cache=options.page_cache,
        crawl_delay=options.crawl_delay,
    )
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    with replica:
        if options.write_profile:
            options.write_profile.write_text(replica.profile(), "utf-8")
        print(json.dumps({"url": replica.url, "host": replica.host}), flush=True)
        stop.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.site", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--size", choices=[size.value for size in Size], default=Size.DEMO.value)
    parser.add_argument("--markup", choices=[markup.value for markup in Markup], default=Markup.MIXED.value)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--traps", action="store_true")
    parser.add_argument("--page-cache", action="store_true")
    parser.add_argument("--crawl-delay", type=int)
    parser.add_argument("--write-profile", type=Path, metavar="FILE")
    return parser.parse_args()


if __name__ == "__main__":
    main()
