# The function as an image: one static binary, no shell, no network, run as `nobody`.
#
#   docker build --tag localhost/istio-drain .                      compiles in a container
#   docker build --tag localhost/istio-drain --target prebuilt .    takes the binary that `just image` builds first
#
# BASE_IMAGE is what the binary is put on, BUILD_IMAGE what compiles it: any image with cargo and a static C library for
# its own target.
ARG BASE_IMAGE=scratch
ARG BUILD_IMAGE=docker.io/library/rust:1.89-alpine

# Everything but the binary. kpt and kustomize run functions as `nobody`, by name, so the name has to be known.
FROM ${BASE_IMAGE} AS base
COPY packaging/image/passwd packaging/image/group /etc/
LABEL org.opencontainers.image.title="istio-drain" \
      org.opencontainers.image.description="Makes the pods of an Istio mesh shut down without losing a request: a lossless KRM function for manifests" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0"
USER nobody
ENTRYPOINT ["/usr/local/bin/istio-drain"]

# It stands before the stage that compiles, since older builders build whatever stands before their target.
FROM base AS prebuilt
ARG BINARY=target/x86_64-unknown-linux-musl/image/istio-drain
COPY ${BINARY} /usr/local/bin/istio-drain

FROM ${BUILD_IMAGE} AS build
WORKDIR /istio-drain
COPY . .
# On Alpine the target is musl, which is linked statically.
RUN packaging/build image

FROM base
COPY --from=build /istio-drain/target/image/istio-drain /usr/local/bin/istio-drain
