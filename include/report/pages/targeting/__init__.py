"""Sasaran: whom aid does not reach, and how programmes fall together."""
