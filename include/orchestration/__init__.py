"""What the DAG files share: assets, defaults, the steps as tasks call them, dbt's tasks, failure mails."""
