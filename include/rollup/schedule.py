"""When the province's morning is; apart from the rest, because Airflow reads it with the DAGs."""

MORNING_HOUR = 8
"""Eight o'clock in the province's time zone: the regencies' own mornings, an hour earlier, are in by then."""
