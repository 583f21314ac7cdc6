"""Shows in Airflow, as an import error of this file, which entries of `regencies.yml` cannot be used and why.

The other files build the DAGs of all other regencies. Whatever is wrong inside a regency's own configuration is told by the first
task of its own DAG, and mailed to its own data engineer.
"""

from include.orchestration.regencies import raise_problems

raise_problems()
