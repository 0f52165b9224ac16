"""The supervisor `calloff-init`: a small static program in Go, and how it is built."""
