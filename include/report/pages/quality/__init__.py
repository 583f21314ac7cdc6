"""Mutu: the rules and what they found, the runs and how long they took."""
