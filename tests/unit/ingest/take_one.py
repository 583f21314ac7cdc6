"""Takes in one file in a home of its own and tells the outcome, the time and the most memory, as JSON.

    python take_one.py FILE '{"limit": value}'

A process of its own, so that what is measured is the reading and not whatever the tests hold.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from include.config import load_configuration
from include.inbox.claim import claim_complete_files
from include.ingest.submission import ingest_claim
from include.settings import REPOSITORY, Settings
from include.workspace import Workspace

LOG = "dkp/beras/penyaluran"


class Peak(threading.Thread):
    """The most that this process and its children held together."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.bytes = 0

    def run(self) -> None:
        me = psutil.Process()
        while True:
            held = 0
            for process in (me, *me.children(recursive=True)):
                try:
                    held += process.memory_info().rss
                except psutil.Error:
                    continue
            self.bytes = max(self.bytes, held)
            time.sleep(0.01)


def main(file: Path, limits: dict[str, float]) -> None:
    configuration = load_configuration(REPOSITORY / "include" / "config" / "dompu")
    configuration = configuration.model_copy(
        update={"limits": configuration.limits.model_copy(update=limits)}
    )
    with tempfile.TemporaryDirectory(dir=file.parent) as home:
        settings = Settings(home=Path(home), given_secret="a secret of the tests only")
        settings.make_folders(feed.path for feed in configuration.feeds)
        ws = Workspace(settings, configuration)
        os.link(file, settings.inbox / LOG / file.name)
        peak = Peak()
        peak.start()
        started = time.monotonic()
        claims = claim_complete_files(ws, look_again_after=0.0).claims
        found = [ingest_claim(ws, claim.submission_id) for claim in claims]
        seconds = time.monotonic() - started
        outcomes = [
            [one.reading_status, one.reason, one.reason_detail, one.rows_read, one.rows_data] for one in found
        ]
        print(json.dumps({"outcomes": outcomes, "seconds": seconds, "peak_mib": peak.bytes >> 20}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
