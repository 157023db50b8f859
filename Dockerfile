# The gateway: `docker build -t headroom .`, or compose.yaml for it and its store.
FROM python:3.13-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends g++ && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY cpp cpp
COPY packages packages
RUN pip wheel --no-cache-dir --wheel-dir /wheels \
    "./packages/headroom-core[cli,postgres,redis]" "./packages/headroom-proxy[otel]"

FROM python:3.13-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels \
        "headroom-core[cli,postgres,redis]" "headroom-proxy[otel]" \
    && useradd --system --uid 10001 --no-create-home --home-dir /data headroom \
    && install -d -o headroom -m 700 /data
USER headroom
# It listens on all addresses of the container, so it starts only with a token: HEADROOM_TOKEN.
ENV HEADROOM_HOME=/data HEADROOM_HOST=0.0.0.0
VOLUME /data
EXPOSE 8787
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["headroom", "health"]
ENTRYPOINT ["headroom", "proxy"]
