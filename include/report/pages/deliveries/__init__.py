"""Penyaluran: deliveries against their due dates and the survey's window, over time."""
