"""The supervisor's own tests in Go: what it asks and when, on a clock that runs by itself."""

from supervisor import toolchain


def test_they_pass():
    # `go vet` is part of `make check`.
    toolchain.run("go", "test", "-vet=off", "-count=1", "./...")
