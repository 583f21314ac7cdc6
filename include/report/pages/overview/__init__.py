"""Ringkasan: how far the aid is, how many days are left, what has changed, what is asked of whom."""
