"""The documentation that tasks carry in the interface."""

from __future__ import annotations

from inspect import cleandoc

from airflow.sdk import DAG


def with_readable_docs(dag: DAG) -> DAG:
    """Takes the source's indentation out of the tasks' documentation: Markdown would show it all as code."""
    for task in dag.tasks:
        text = task.doc_md if not task.is_mapped else task.partial_kwargs.get("doc_md")
        if text and task.is_mapped:
            task.partial_kwargs["doc_md"] = cleandoc(text)
        elif text:
            task.doc_md = cleandoc(text)
    return dag
