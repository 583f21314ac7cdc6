"""`make run`: a real Airflow, a mail catcher, sample files dropped one by one, and a summary."""
