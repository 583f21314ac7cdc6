"""Exits 0 if a URL answers with 200: the health check of a container that has no curl.

Airflow's scheduler answers 200 also with `"status": "unhealthy"` in the body, so that is looked for as well.
"""

import sys
from urllib.request import urlopen

with urlopen(sys.argv[1], timeout=8) as answer:  # noqa: S310 - the URL stands in docker-compose.yml
    sys.exit(answer.status != 200 or b"unhealthy" in answer.read())
