"""What many regencies cost one Airflow; each part is a module with `measure(folder, counts)`.

    .venv/bin/python -m benchmarks.scale [parse] [poll] [--counts 1 50 514]

parse    reading each DAG file, as the DAG processor and every task do
poll     looking at all inboxes, as the triggerer does
"""
