"""Runs the rules of `expectations/` on the warehouse and keeps the life of the flags that they raise."""
