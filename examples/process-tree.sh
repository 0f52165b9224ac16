#!/bin/sh
# Like a tool that starts providers, which start workers of their own: one of them in another session, one deaf.
# Under calloff-init each of them hears SIGTERM, and none outlives the grace.
holds="trap 'echo \$1 released; exit 0' TERM; echo \$1 held; while :; do sleep 0.05; done"
provider() { sh -c "$holds" sh "$1"; }

provider network &
setsid sh -c "$holds" sh disk &
if [ "$1" = deaf ]; then sh -c "trap '' TERM; echo deaf; while :; do sleep 0.05; done" & fi
trap 'echo lock released; wait; exit 0' TERM
echo lock held
while :; do sleep 0.05; done
