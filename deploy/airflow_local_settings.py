"""Imported by every Airflow process of a server: the worker loads the heavy libraries once, its tasks are forked from it."""

import sys

if "worker" in sys.argv:
    import include.orchestration.preload  # noqa: F401
