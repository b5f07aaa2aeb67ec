# Build stage: everything is installed into /venv, so that the image has no compiler, no pip cache and no second copy of the source.
FROM python:3.13-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /venv
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# The packages change less often than the code, so they have a layer of their own, without the last line (-e .).
COPY requirements.txt .
RUN grep -v '^-e ' requirements.txt > packages.txt && /venv/bin/pip install -r packages.txt
# What IDEEZA_FACTS needs is large, and most installations have no cluster.
ARG CLUSTER=false
COPY clickhouse-requirements.txt .
RUN [ "$CLUSTER" != true ] || /venv/bin/pip install -r clickhouse-requirements.txt
COPY pyproject.toml .
COPY src/tally src/tally
RUN /venv/bin/pip install --no-deps .

FROM python:3.13-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin ideeza
# A volume that is mounted here begins with this owner.
RUN install --directory --owner ideeza --mode 700 /var/lib/ideeza/metrics
WORKDIR /app
COPY --from=build /venv /venv
COPY manage.py .
COPY ideeza ideeza
COPY analytics analytics
# This key is for this one command. The image contains no key and does not start without one.
RUN SECRET_KEY=for-collectstatic-only-and-in-no-image python manage.py collectstatic --noinput
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["python", "-m", "ideeza.healthcheck"]
# Each thread holds a database connection, and PostgreSQL allows 100. Without a limit, a worker may start 512 threads.
CMD ["granian", "--interface", "wsgi", "--no-ws", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "8", "--respawn-failed-workers", "--workers-kill-timeout", "8", "ideeza.wsgi:application"]
