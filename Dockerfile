# A small image of the server. Build: docker build -t tailrace .
# Run: docker run -p 127.0.0.1:8080:8080 -v tailrace-data:/data --read-only tailrace
FROM debian:trixie-slim AS build
WORKDIR /src
COPY . .
RUN ./dev build

FROM debian:trixie-slim
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        curl libjansson4 libmicrohttpd12t64 librocksdb9.10 libzstd1 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin tailrace \
    && install -d -o tailrace -g tailrace -m 0750 /data
COPY --from=build /src/build/release/tailrace /usr/local/bin/tailrace
COPY LICENSE /usr/share/doc/tailrace/LICENSE
USER tailrace
VOLUME /data
EXPOSE 8080
# Within the container every address is listened on: what reaches it from outside is up to `docker run -p`.
ENV TAILRACE_LISTEN=0.0.0.0:8080 TAILRACE_DATA=/data
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["curl", "-fs", "http://127.0.0.1:8080/livez"]
ENTRYPOINT ["tailrace"]
CMD ["serve"]
