#!/bin/sh
# Like a tool that starts providers, which start workers of their own: one of them in another session, one deaf.
# Under calloff-init each of them hears SIGTERM, and none outlives the grace.
provider() { sh -c "trap 'echo $1 released; exit 0' TERM; while :; do sleep 0.05; done"; }

provider network &
setsid sh -c "trap 'echo disk released; exit 0' TERM; while :; do sleep 0.05; done" &
if [ "$1" = deaf ]; then sh -c "trap '' TERM; while :; do sleep 0.05; done" & fi
trap 'echo lock released; wait; exit 0' TERM
echo applying
while :; do sleep 0.05; done
