"""What many regencies cost one Airflow; each part is a module with `measure(folder, counts)`.

    .venv/bin/python -m benchmarks.scale [parse] [poll] [idle] [runs] [lake] [--counts 1 50 514]

parse    reading each DAG file, as the DAG processor and every task do
poll     looking at all inboxes, as the triggerer does
idle     what a running Airflow costs while nothing arrives
runs     whole runs of regencies of Dompu's size, with one and two workers
lake     one such run with the warehouse in a file and in a DuckLake
"""
