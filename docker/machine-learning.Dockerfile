# The model service.

FROM rust:1.95-slim-trixie AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ make pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The cache keeps what was compiled between builds, so the program is copied out of it in the same step.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,id=ferrotype-ml-target \
    cargo build --locked --release --package ml \
    && install -D --target-directory=/out target/release/ml

# ONNX Runtime for the processor, as it is published for Python: one library out of the package.
FROM debian:trixie-slim AS runtime
ARG ONNXRUNTIME_VERSION=1.26.0
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-pip unzip \
    && rm -rf /var/lib/apt/lists/* \
    && pip download --no-deps --only-binary=:all: --dest /tmp "onnxruntime==${ONNXRUNTIME_VERSION}" \
    && unzip -q -j "/tmp/onnxruntime-*.whl" "onnxruntime/capi/libonnxruntime.so.*" -d /out

FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 1000 ferrotype \
    && useradd --uid 1000 --gid 1000 --no-create-home --shell /usr/sbin/nologin ferrotype \
    && install -d -o ferrotype -g ferrotype /cache
COPY --from=build /out/ /usr/local/bin/
COPY --from=runtime /out/ /usr/local/lib/
COPY docker/healthcheck /usr/local/bin/
USER 1000:1000
WORKDIR /cache
EXPOSE 3003
CMD ["ml"]
