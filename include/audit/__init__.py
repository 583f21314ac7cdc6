"""The audit database: built beside, checked, then renamed over; and the reading of it."""
