# Stages: `runtime` is what compose.yml runs; `test` adds everything that `pytest` needs.
FROM python:3.12.14-slim-bookworm@sha256:a116514e19457bcb7af7efe9c3dd0b9b71e85b317694e7882a1c52aa15a78134 AS runtime

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/app \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    METAMORPH_VAR_DIR=/data \
    METAMORPH_HOST=0.0.0.0 \
    METAMORPH_CHROMIUM=/usr/lib/chromium/chromium-headless-shell

# The user exists before anything is installed, so that /data belongs to it in a fresh volume too.
RUN useradd --uid 10001 --user-group --create-home --shell /usr/sbin/nologin metamorph \
    && install --directory --owner metamorph --group metamorph /app /data \
    && apt-get update \
    && apt-get install --yes --no-install-recommends chromium-headless-shell fonts-liberation \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY locks/runtime.txt locks/runtime.txt
RUN pip install --require-hashes --requirement locks/runtime.txt
COPY api api
COPY graph graph
COPY domain domain
COPY workers workers
COPY migrations migrations

USER metamorph
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["python", "-m", "api.cli.main"]
CMD ["api"]


FROM runtime AS test

USER root
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git make redis-server \
    && rm -rf /var/lib/apt/lists/*
COPY locks/dev.txt locks/dev.txt
RUN pip install --require-hashes --requirement locks/dev.txt
COPY --chown=metamorph:metamorph . .
USER metamorph
ENTRYPOINT []
CMD ["python", "-m", "pytest"]
