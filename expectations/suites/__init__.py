"""Suites are built in code in every run: a stored suite silently drops a rule whose class is not imported."""
