# One image for every Airflow process of a server and for the command `pantau`.
# The same lock and the same set-up script as on a laptop: what the tests ran is what runs here.
FROM python:3.11.13-slim-bookworm

# The account that owns all state. The SFTP accounts of the drop zone share its number (deploy/dropzone).
RUN useradd --uid 50000 --create-home --home-dir /home/pantau --shell /usr/sbin/nologin pantau \
    && install --directory --owner pantau --group pantau --mode 0700 /var/lib/pantau /var/log/airflow

# The probes of Airflow's Helm chart go through the entrypoint of the official image (docs/kubernetes.md); this one only runs them.
RUN printf '#!/bin/sh\nexec "$@"\n' >/entrypoint && chmod 0755 /entrypoint

WORKDIR /opt/pantau
# First what changes seldom, so that a new model or template does not install everything again.
COPY requirements.lock pyproject.toml ./
COPY scripts/setup.sh scripts/setup.sh
RUN scripts/setup.sh --without-debian-packages && rm -rf /root/.cache

COPY include include
COPY expectations expectations
COPY dbt_project dbt_project
COPY dags dags
COPY plugins plugins
COPY deploy deploy
COPY deploy/airflow_local_settings.py /home/pantau/airflow/config/
# The models are parsed here once: the DAGs show them as tasks from this manifest.
RUN .venv/bin/python -m include.transform \
    && .venv/bin/python -m compileall -q include expectations dags plugins \
    && chown -R pantau:pantau dbt_project /home/pantau

ENV PATH=/opt/pantau/.venv/bin:$PATH \
    AIRFLOW_HOME=/home/pantau/airflow \
    PANTAU_HOME=/var/lib/pantau \
    PYTHONUNBUFFERED=1
USER pantau
CMD ["pantau", "doctor"]
