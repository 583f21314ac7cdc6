"""Berkas: what came in, what did not, and why rows were refused."""
