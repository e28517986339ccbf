# Server, worker and the admin command line in one image: they share most of their libraries. The command says which
# one runs: server, worker or ferrotype.

FROM node:20-trixie-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY openapi /src/openapi
COPY web ./
RUN npm run build

FROM rust:1.95-slim-trixie AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        clang cmake g++ make nasm pkg-config \
        libavcodec-dev libavfilter-dev libavformat-dev libswresample-dev libswscale-dev \
        libaom-dev libdav1d-dev libde265-dev libnuma-dev libx265-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The cache keeps what was compiled between builds, so the programs are copied out of it in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,id=ferrotype-target \
    cargo build --locked --release --package server --package worker --package media --package cli \
    && install -D --target-directory=/out \
        target/release/server target/release/worker target/release/image-child target/release/video-child target/release/ferrotype

FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates mawk tzdata \
        libavcodec61 libavfilter10 libavformat61 libswresample5 libswscale8 \
        libaom3 libdav1d7 libde265-0 libnuma1 libx265-215 \
        mesa-va-drivers \
    # Drivers for transcoding on Intel's cards; NVIDIA's come from the host. A card that is missing costs nothing.
    && if [ "$(dpkg --print-architecture)" = amd64 ]; then \
        apt-get install -y --no-install-recommends intel-media-va-driver libmfx-gen1.2; \
    fi \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 1000 ferrotype \
    && useradd --uid 1000 --gid 1000 --no-create-home --shell /usr/sbin/nologin ferrotype \
    && install -d -o ferrotype -g ferrotype /data
COPY --from=build /out/ /usr/local/bin/
COPY --from=web /src/web/build /usr/share/ferrotype/web
COPY docker/healthcheck docker/own-library /usr/local/bin/
ENV IMMICH_MEDIA_LOCATION=/data FERROTYPE_WEB_ROOT=/usr/share/ferrotype/web
USER 1000:1000
WORKDIR /data
EXPOSE 2283
CMD ["server"]
