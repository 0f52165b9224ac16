#!/bin/sh
# A script that knows nothing of Calloff but that SIGTERM comes before the end.
trap 'echo saved; exit 0' TERM
echo working
while :; do sleep 0.05; done
