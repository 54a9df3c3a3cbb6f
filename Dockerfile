# One image for every process of the hub: migrate, catalogue, ingest, api, jobs. See docs/operations.md.

# By digest where docker-compose.yml is told so (deploy/pin-images).
ARG PYTHON_IMAGE=python:3.11-slim-trixie
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${PYTHON_IMAGE} AS python-packages
RUN python -m venv /opt/venv
# requirements-otel.lock: with what sends traces.
ARG HUB_LOCK=requirements.lock
COPY requirements.lock requirements-otel.lock /build/
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --only-binary :all: \
        --require-hashes --requirement /build/${HUB_LOCK} \
    && /opt/venv/bin/pip uninstall --yes setuptools pip

FROM ${NODE_IMAGE} AS web-packages
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="cityhub" \
      org.opencontainers.image.description="A smart-city sensor and parking data hub for Hanoi" \
      org.opencontainers.image.version="0.1.0"
RUN groupadd --gid 10001 cityhub \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin cityhub
# pg_dump and pg_restore of the database's version, for backups; unpacked, for installed they would bring all of Perl.
RUN apt-get update -q \
    && apt-get install -q -y --no-install-recommends libpq5 liblz4-1 libzstd1 libssl3t64 zlib1g \
    && cd /tmp && apt-get download -q postgresql-client-17 && dpkg --extract postgresql-client-17_*.deb / \
    && rm -rf /tmp/*.deb /var/lib/apt/lists/*
# Messages to phones, invoices, files of data, backups: where volumes of the compose file are mounted.
RUN install -d -o cityhub -g cityhub -m 0750 /var/lib/cityhub/messages /var/lib/cityhub/invoices /var/lib/cityhub/data \
        /backups
WORKDIR /app
COPY --from=python-packages /opt/venv /opt/venv
COPY --from=web-packages /build/node_modules /app/node_modules
COPY cityhub /app/cityhub
COPY ingest /app/ingest
COPY api /app/api
COPY maps /app/maps
COPY portal /app/portal
COPY jobs /app/jobs
COPY simulators /app/simulators
# Of the tools only the command line: what develops, measures and breaks the hub stays outside.
COPY tools/__init__.py tools/__main__.py /app/tools/
COPY tools/cli /app/tools/cli
# Bytecode is made here, because the container's file system is read-only later.
RUN /opt/venv/bin/python -m compileall -q /app
# The packages are found through PYTHONPATH: installing them would fetch a build tool that no lock file pins.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CITYHUB_ASSETS_DIR=/app/node_modules \
    CITYHUB_API_HOST=0.0.0.0 \
    CITYHUB_LOG_FORMAT=json
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-m", "api"]
