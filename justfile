# The steps of CI, one by one; `just` alone runs them all.
default: fmt typos workflows clippy test doc

# Formatting
fmt:
    cargo fmt --check

# Lints
clippy:
    cargo clippy --locked --all-targets --test outside -- -D warnings

# Spelling
typos:
    typos

# Workflows
workflows:
    actionlint

# Tests that need nothing but a Rust toolchain
test:
    cargo test --locked

# Tests over real manifests, recordings and the YAML test suite, and with kubectl and kpt; the variables say where these
# are
outside *args:
    cargo test --locked --test outside -- {{args}}

# The proof under mutation: no change of its code may go unnoticed (cargo install cargo-mutants)
mutants:
    cargo mutants --file src/yaml/compare.rs --file 'src/transform/proof*' --file 'src/transform/proof/*' -- --lib -- proof compare

# The fuzz targets for so many seconds each, or minutes as `10m`
fuzz seconds="60" *targets:
    .ci/fuzz {{seconds}} {{targets}}

# The crate archive with its own tests
archive:
    .ci/archive

# The tools of the other steps, in target/tools
tools:
    .ci/tools

# Documentation, private items too
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

# The pages as a book with search, in target/site (cargo install mdbook)
site:
    packaging/site

# Bans, licences and sources of dependencies
deny:
    cargo deny check bans licenses sources

# The oldest compiler that must do
msrv:
    cargo +1.89 check --locked

# How fast, as ratios; how many instructions
bench:
    cargo bench --bench throughput
    benches/instructions.sh

# The static binary; needs `rustup target add x86_64-unknown-linux-musl` and musl-gcc (Debian: musl-tools)
static:
    packaging/build release x86_64-unknown-linux-musl

# The image, around a smaller one: `just image docker`, `just image podman`, or buildah where there is no engine
image engine="docker":
    packaging/build image x86_64-unknown-linux-musl
    {{engine}} build --tag localhost/istio-drain --target prebuilt .

# What a release consists of: archive, checksum and krew manifest, in target/dist
dist url: static
    packaging/dist {{url}}

# All of a release, from one version; ISTIO_DRAIN_URL says where it is published. `just release 1.2.3 --dry-run` changes
# nothing
release version dry="":
    packaging/release {{dry}} {{version}}

# The static binary once more in another folder: it must have the same bytes
reproduce: static
    packaging/reproduce release x86_64-unknown-linux-musl

# What the binary consists of, as CycloneDX (cargo install cargo-cyclonedx)
sbom:
    cargo cyclonedx --format json --target x86_64-unknown-linux-musl --override-filename target/istio-drain.cdx

# The function in the hands of kpt, kustomize, kubectl, Helm and podman, as far as they can be had
hosts:
    .ci/hosts

# The tool held against Istio, Envoy and Kubernetes themselves, in full; writes docs/conformance.md
conformance:
    conformance/run

# Everything that CI does
ci:
    .ci/run
