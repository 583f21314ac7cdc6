"""Pantau Salur's Python: everything that is neither a DAG, nor SQL of dbt, nor a rule."""
